"""Data sets as bytes, with every liberty that PS3.5 gives a sender and some that it does not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pydicom.datadict import dictionary_VR, tag_for_keyword

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
JPEG: Final = "1.2.840.10008.1.2.4.50"
RLE: Final = "1.2.840.10008.1.2.5"

_SHORT: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_NUMBERS: Final = {
    "US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q", "AT": "HH",
}  # fmt: skip
UNDEFINED: Final = 0xFFFFFFFF

Value = object
"""str, bytes, a number, a tuple of numbers, a list of `DataSet`, or `Fragments`."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """Encapsulated pixel data (PS3.5 A.4)."""

    values: tuple[bytes, ...]
    table: bytes = b""


@dataclass(frozen=True, slots=True)
class Element:
    """An element before it is encoded; `as_un` writes it as VR UN, in Implicit VR inside."""

    vr: str
    value: Value
    as_un: bool = False


class DataSet(dict[int, Element]):
    """Elements by tag."""

    def put(self, name: str | int, value: Value, vr: str = "", *, as_un: bool = False) -> int:
        """Set an element by keyword or tag, and return the tag."""
        tag = tag_of(name)
        self[tag] = Element(vr or vr_of(tag), value, as_un)
        return tag


def tag_of(name: str | int) -> int:
    """Return the tag of a keyword."""
    if isinstance(name, int):
        return name
    found = tag_for_keyword(name) or _NEWER.get(name)
    if found is None:
        raise KeyError(name)
    return int(found)


_NEWER: Final[dict[str, int]] = {"UnformattedTextValue": 0x00700006}


def vr_of(tag: int) -> str:
    """Return the VR of PS3.6, the first where there are several."""
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        return "UN"


def items(**values: Value) -> DataSet:
    """Return a data set of elements by keyword."""
    found = DataSet()
    for keyword, value in values.items():
        found.put(keyword, value)
    return found


@dataclass(slots=True)
class Encoder:
    """How one instance is encoded.

    Parameters
    ----------
    syntax
        Transfer Syntax UID.
    text
        Encodes text.
    undefined
        Sequences and items of undefined length.
    group_lengths
        Retired group lengths before each group of the top level.
    """

    syntax: str
    text: Callable[[str], bytes]
    undefined: bool = False
    group_lengths: bool = False
    implicit: bool = field(init=False)
    order: str = field(init=False)

    def __post_init__(self) -> None:
        self.implicit = self.syntax == IMPLICIT
        self.order = ">" if self.syntax == BIG_ENDIAN else "<"

    def file(self, data_set: DataSet, *, behind: bytes = b"") -> bytes:
        """Return the data set as it stands in a file, deflated where the syntax says so."""
        raw = self.data_set(data_set, top=True) + behind
        if self.syntax != DEFLATED:
            return raw
        deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
        return deflater.compress(raw) + deflater.flush()

    def data_set(self, data_set: DataSet, *, top: bool = False) -> bytes:
        """Encode elements in the order of their tags."""
        if not (top and self.group_lengths):
            return b"".join(self.element(tag, data_set[tag]) for tag in sorted(data_set))
        return b"".join(self._with_group_lengths(data_set))

    def _with_group_lengths(self, data_set: DataSet) -> Iterator[bytes]:
        groups: dict[int, list[bytes]] = {}
        for tag in sorted(data_set):
            groups.setdefault(tag >> 16, []).append(self.element(tag, data_set[tag]))
        for group, elements in groups.items():
            yield self.element(group << 16, Element("UL", sum(map(len, elements))))
            yield from elements

    def element(self, tag: int, element: Element) -> bytes:
        """Encode an element with its header."""
        if element.as_un and not self.implicit:
            inner = Encoder(IMPLICIT, self.text)
            return self._header(tag, "UN", inner.value(element)) + inner.value(element)
        value = element.value
        if isinstance(value, Fragments):
            return self._fragments(tag, value)
        raw = self.value(element)
        if element.vr == "SQ" and self.undefined:
            return self._header(tag, "SQ", raw, UNDEFINED) + raw + self._mark(0xE0DD, 0)
        return self._header(tag, element.vr, raw) + raw

    def value(self, element: Element) -> bytes:
        """Encode a value, padded."""
        value, vr = element.value, element.vr
        if isinstance(value, list):
            return b"".join(map(self._item, value))
        if isinstance(value, str):
            raw = self.text(value)
        elif isinstance(value, bytes):
            raw = _swapped(value) if vr == "OW" and self.order == ">" else value
        else:
            numbers = value if isinstance(value, tuple) else (value,)
            if vr not in _NUMBERS:
                return self.value(Element(vr, "\\".join(map(str, numbers))))
            raw = struct.pack(f"{self.order}{len(numbers) if vr != 'AT' else ''}{_NUMBERS[vr]}", *numbers)
        return raw + (b"\0" if vr in ("UI", "OB", "UN", "OW") else b" ") * (len(raw) % 2)

    def _item(self, content: DataSet) -> bytes:
        raw = self.data_set(content)
        if self.undefined:
            return self._mark(0xE000, UNDEFINED) + raw + self._mark(0xE00D, 0)
        return self._mark(0xE000, len(raw)) + raw

    def _mark(self, number: int, length: int) -> bytes:
        return struct.pack(f"{self.order}HHL", 0xFFFE, number, length)

    def _header(self, tag: int, vr: str, raw: bytes, length: int | None = None) -> bytes:
        size = len(raw) if length is None else length
        group, number, code = tag >> 16, tag & 0xFFFF, vr.encode()
        if self.implicit:
            return struct.pack("<HHL", group, number, size)
        if code in _SHORT:
            return struct.pack(f"{self.order}HH2sH", group, number, code, size)
        return struct.pack(f"{self.order}HH2sHL", group, number, code, 0, size)

    def _fragments(self, tag: int, pixels: Fragments) -> bytes:
        parts = [self._header(tag, "OB", b"", UNDEFINED), self._mark(0xE000, len(pixels.table)), pixels.table]
        for value in pixels.values:
            padded = value + bytes(len(value) % 2)
            parts += [self._mark(0xE000, len(padded)), padded]
        return b"".join([*parts, self._mark(0xE0DD, 0)])


def _swapped(words: bytes) -> bytes:
    padded = words + bytes(len(words) % 2)
    out = bytearray(padded)
    out[::2], out[1::2] = padded[1::2], padded[::2]
    return bytes(out)
