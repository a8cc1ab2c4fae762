"""Palette Color Lookup Tables, plain and segmented (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6, C.7.9.2)."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.header_values import HeaderValues
from gateway.deidentify.pixel.image import Palette
from gateway.errors import Reason, Refused

_COLOURS: Final = ("Red", "Green", "Blue")
_MAX_ENTRIES: Final = 1 << 16
"""Number of entries that a descriptor of 0 stands for, and the most there are."""
_MAX_SEGMENTS: Final = 1 << 16
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2

_Entries = NDArray[np.int64]


def palette_of(values: HeaderValues, *, signed: bool) -> Palette:
    """Return the palette of an image, most significant 8 bits of each entry.

    Parameters
    ----------
    values
        Of the top level.
    signed
        Pixel Representation: whether the first value that the table maps may be negative.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where it is not there or not whole: nobody knows what such an
        image shows.
    """
    tables = []
    first = 0
    for colour in _COLOURS:
        name = f"{colour}PaletteColorLookupTableDescriptor"
        descriptor = values.numbers(name)
        if len(descriptor) != len(_COLOURS) or descriptor[2] not in (8, 16):
            raise _broken("a palette without a descriptor")
        if colour == "Red":
            first = values.numbers(name, signed=True)[1] if signed else descriptor[1]
        tables.append(_table(values, colour, descriptor[0] or _MAX_ENTRIES, descriptor[2]))
    red, green, blue = tables
    return Palette(first, red, green, blue)


def _table(values: HeaderValues, colour: str, count: int, bits: int) -> bytes:
    """Return the entries of one colour, 8 bits each."""
    raw = values.raw(f"{colour}PaletteColorLookupTableData")
    if len(raw):
        entries = _plain(values, raw, count)
    else:
        words = _words(values, values.raw(f"Segmented{colour}PaletteColorLookupTableData"), bits)
        entries = np.array(_expanded(words, count, bits), np.int64)
    if len(entries) < count:
        raise _broken("a palette with fewer entries than its descriptor says")
    entries = entries[:count]
    # Some writers keep 8 bits in entries of 16: taken at their word, all of the image would be black.
    is_wide = bits == 16 and bool((entries > 0xFF).any())
    return bytes(((entries >> 8) if is_wide else entries & 0xFF).astype(np.uint8))


def _plain(values: HeaderValues, raw: memoryview, count: int) -> _Entries:
    """Return entries of two bytes or of one, whichever there are enough bytes for."""
    is_bytes = len(raw) < 2 * count
    return _words(values, raw, 8 if is_bytes else 16)


def _words(values: HeaderValues, raw: memoryview, bits: int) -> _Entries:
    """Return the numbers of an OW value; in big endian, two entries of 8 bits are swapped with their word."""
    little_endian = values.data_set.encoding.little_endian
    if len(raw) % 2:
        raise _broken("a palette of an odd length")
    if bits == 16:
        return np.frombuffer(raw, "<u2" if little_endian else ">u2").astype(np.int64)
    found = np.frombuffer(raw, np.uint8)
    return (found if little_endian else found.reshape(-1, 2)[:, ::-1].reshape(-1)).astype(np.int64)


def _expanded(words: _Entries, count: int, bits: int) -> list[int]:
    """Return the entries of a segmented table (PS3.3 C.7.9.2).

    An indirect segment repeats others by their offset; it may not repeat indirect ones, so that
    expansion ends.
    """
    entries: list[int] = []
    position, segments = 0, 0
    while position + 1 < len(words) and len(entries) < count:
        segments += 1
        opcode, length = int(words[position]), int(words[position + 1])
        if opcode == _INDIRECT:
            offset, used = _offset(words, position + 2, bits)
            for _ in range(length):
                offset = _segment(words, offset, entries, count)
        else:
            used = 0
            position = _segment(words, position, entries, count)
        position += used and used + 2
        if segments > _MAX_SEGMENTS:
            raise _broken("a palette of too many segments")
    return entries


def _offset(words: _Entries, position: int, bits: int) -> tuple[int, int]:
    """Return where an indirect segment points to, in numbers, and how many numbers say it."""
    used = 2 if bits == 16 else 4
    if position + used > len(words):
        raise _broken("a palette that is cut")
    raw = words[position : position + used].astype("<u2" if bits == 16 else np.uint8).tobytes()
    (offset,) = struct.unpack("<L", raw)
    return offset * 8 // bits, used


def _segment(words: _Entries, position: int, entries: list[int], count: int) -> int:
    """Append a discrete or linear segment; return the position behind it."""
    if position + 1 >= len(words):
        raise _broken("a palette that is cut")
    opcode, length = int(words[position]), int(words[position + 1])
    size = length if opcode == _DISCRETE else 1
    behind = position + 2 + size
    is_known = opcode == _DISCRETE or (opcode == _LINEAR and entries)
    if not is_known or behind > len(words) or len(entries) + length > count or not length:
        raise _broken("a palette with a segment that cannot be")
    if opcode == _DISCRETE:
        entries += words[position + 2 : behind].tolist()
    else:
        start, end = entries[-1], int(words[position + 2])
        entries += [round(start + (end - start) * step / length) for step in range(1, length + 1)]
    return behind


def _broken(detail: str) -> Refused:
    return Refused(Reason.PIXELS_UNDECODABLE, detail)
