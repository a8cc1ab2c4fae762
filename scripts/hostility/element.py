"""Data elements as a hostile peer encodes them (PS3.5 section 7)."""

from __future__ import annotations

import itertools
import struct

import numpy as np

from hostility.planted import PERSON
from hostility.wire import MR, even

LONG_LENGTH = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
UNDEFINED, LARGEST = 0xFFFFFFFF, 0xFFFFFFFE
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
CONTENT_SEQUENCE, PIXEL_DATA = 0x0040A730, 0x7FE00010

_numbers = itertools.count(1)


def tag_bytes(tag: int, order: str = "<") -> bytes:
    """Encode a tag."""
    return struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF)


def element(
    tag: int, vr: bytes, value: bytes | str = b"", length: int | None = None, order: str = "<"
) -> bytes:
    """Encode an element in explicit VR, of a length that is not its own where `length` says so."""
    data = value.encode() if isinstance(value, str) else value
    if len(data) % 2 and length is None:
        data += b"\0" if vr in (b"UI", b"OB", b"UN") else b" "
    size = len(data) if length is None else length
    head = tag_bytes(tag, order) + vr
    if vr in LONG_LENGTH:
        return head + b"\0\0" + struct.pack(f"{order}L", size) + data
    return head + struct.pack(f"{order}H", size & 0xFFFF) + data


def implicit(tag: int, value: bytes | str = b"", length: int | None = None) -> bytes:
    """Encode an element in implicit VR."""
    data = value.encode() if isinstance(value, str) else value
    data += b" " * (len(data) % 2 if length is None else 0)
    return tag_bytes(tag) + struct.pack("<L", len(data) if length is None else length) + data


def bare(tag: int, length: int = 0) -> bytes:
    """Encode the header of an item or a delimiter."""
    return tag_bytes(tag) + struct.pack("<L", length)


def sequence(tag: int, *items: bytes, vr: bytes = b"SQ") -> bytes:
    """Encode a sequence of defined lengths."""
    return element(tag, vr, b"".join(bare(ITEM, len(one)) + one for one in items))


def nested(depth: int, *, defined: bool) -> bytes:
    """Encode Content Sequences within one another, with a name in the innermost."""
    inside = element(0x00100010, b"PN", PERSON.name)
    head = tag_bytes(CONTENT_SEQUENCE) + b"SQ\0\0"
    if not defined:
        opening = head + struct.pack("<L", UNDEFINED) + bare(ITEM, UNDEFINED)
        return opening * depth + inside + (bare(ITEM_END) + bare(SEQUENCE_END)) * depth
    fields = np.dtype([("head", "S8"), ("length", "<u4"), ("item", "S4"), ("item_length", "<u4")])
    levels = np.zeros(depth, fields)
    behind = 20 * np.arange(depth - 1, -1, -1, dtype=np.uint64) + len(inside)
    levels["length"], levels["item_length"] = behind + 8, behind
    raw = levels.view(np.uint8).reshape(depth, fields.itemsize)
    raw[:, :8], raw[:, 12:16] = np.frombuffer(head, np.uint8), np.frombuffer(tag_bytes(ITEM), np.uint8)
    return raw.tobytes() + inside


def fragments(*pieces: bytes, table: bytes = b"", end: bytes | None = None) -> bytes:
    """Encode encapsulated Pixel Data (PS3.5 A.4)."""
    items = b"".join(bare(ITEM, len(piece)) + piece for piece in (table, *pieces))
    closing = bare(SEQUENCE_END) if end is None else end
    return element(PIXEL_DATA, b"OB", b"", UNDEFINED) + items + closing


def new_uid() -> bytes:
    """Make a UID that no other case has."""
    return b"1.2.3.4.5.%d" % next(_numbers)


def base(instance: bytes, sop_class: bytes = MR) -> dict[int, bytes]:
    """Encode the elements of a small image of the planted patient by their tags."""
    values: dict[int, tuple[bytes, bytes | str]] = {
        0x00080016: (b"UI", even(sop_class)),
        0x00080018: (b"UI", even(instance)),
        0x00080020: (b"DA", "20240102"),
        0x00080030: (b"TM", ""),
        0x00080050: (b"SH", PERSON.accession),
        0x00080060: (b"CS", "MR"),
        0x00080080: (b"LO", PERSON.institution),
        0x00080090: (b"PN", PERSON.physician),
        0x00100010: (b"PN", PERSON.name),
        0x00100020: (b"LO", PERSON.identifier),
        0x00104000: (b"LT", f"Call {PERSON.name} about {PERSON.identifier}"),
        0x0020000D: (b"UI", b"1.2.3.4.5.0.1"),
        0x0020000E: (b"UI", b"1.2.3.4.5.0.2"),
        0x00200010: (b"SH", "S1"),
        0x00200013: (b"IS", "1"),
        0x00280002: (b"US", struct.pack("<H", 1)),
        0x00280004: (b"CS", "MONOCHROME2"),
        0x00280010: (b"US", struct.pack("<H", 8)),
        0x00280011: (b"US", struct.pack("<H", 8)),
        0x00280100: (b"US", struct.pack("<H", 8)),
        0x00280101: (b"US", struct.pack("<H", 8)),
        0x00280102: (b"US", struct.pack("<H", 7)),
        0x00280103: (b"US", struct.pack("<H", 0)),
        PIXEL_DATA: (b"OW", bytes(64)),
    }
    return {tag: element(tag, vr, value) for tag, (vr, value) in values.items()}


def data_set(
    instance: bytes, other: dict[int, bytes] | None = None, tail: bytes = b"", sop_class: bytes = MR
) -> bytes:
    """Encode a small image of the planted patient in explicit VR little endian.

    Parameters
    ----------
    other
        Encoded elements by tag: in place of its own, or beside them; empty for none.
    tail
        What follows behind the last element.
    """
    elements = base(instance, sop_class) | (other or {})
    return b"".join(encoded for _, encoded in sorted(elements.items())) + tail
