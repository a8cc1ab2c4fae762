"""Whether an unknown value consists of items, to its last byte (PS3.5 6.2.2, 7.5).

pydicom reads what it can and is silent about the rest; here one wrong length makes a value opaque.
"""

from __future__ import annotations

import struct

from gateway.standard.dictionary import vr_of

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
ITEM_TAGS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
UNDEFINED = 0xFFFFFFFF


class NotItems(Exception):
    """A value is no sequence."""


def consists_of_items(value: bytes) -> bool:
    """Tell whether a value of defined length is a sequence in Implicit VR Little Endian."""
    if value[-8:] == struct.pack("<HHL", 0xFFFE, 0xE0DD, 0):
        # What had an undefined length may have kept its delimiter.
        return consists_of_items(value[:-8]) or _is_sequence(value)
    return _is_sequence(value)


def _is_sequence(value: bytes) -> bool:
    try:
        return bool(value) and _items(value, 0, len(value)) == len(value)
    except NotItems:
        return False


def _header(value: bytes, at: int, end: int) -> tuple[int, int, int]:
    if at + 8 > end:
        raise NotItems
    group, element, length = struct.unpack_from("<HHL", value, at)
    return group << 16 | element, length, at + 8


def _items(value: bytes, at: int, end: int, *, delimited: bool = False) -> int:
    """Return where the items end."""
    while delimited or at < end:
        tag, length, start = _header(value, at, end)
        if delimited and tag == SEQUENCE_END and length == 0:
            return start
        if tag != ITEM:
            raise NotItems
        if length == UNDEFINED:
            at = _elements(value, start, end, delimited=True)
        else:
            if start + length > end:
                raise NotItems
            at = _elements(value, start, start + length)
    return at


def _elements(value: bytes, at: int, end: int, *, delimited: bool = False) -> int:
    tags = []
    while delimited or at < end:
        tag, length, start = _header(value, at, end)
        if delimited and tag == ITEM_END and length == 0:
            break
        tags.append(tag)
        if length == UNDEFINED:
            if vr_of(tag) not in (None, "SQ"):
                raise NotItems
            at = _items(value, start, end, delimited=True)
            continue
        if start + length > end:
            raise NotItems
        if vr_of(tag) == "SQ" and value[start : start + 4] in ITEM_TAGS and length:
            _items(value, start, start + length)
        at = start + length
    if len(tags) != len(set(tags)):
        raise NotItems
    return at + 8 if delimited else at
