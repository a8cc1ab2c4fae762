"""Writing data elements (PS3.5 section 7.1)."""

from __future__ import annotations

import struct
from typing import Final

from gateway.deidentify.data_set import (
    ITEM,
    ITEM_DELIMITER,
    LONG_VRS,
    SEQUENCE_DELIMITER,
    UNDEFINED,
    Encoding,
)

MAX_SHORT_LENGTH: Final = 0xFFFE
"""Longest even value of a VR with a 16-bit length; longer ones are written as UN (PS3.5 6.2.2)."""

_WITHOUT_VR: Final = (struct.Struct(">HHL"), struct.Struct("<HHL"))
_SHORT: Final = (struct.Struct(">HH2sH"), struct.Struct("<HH2sH"))
_LONG: Final = (struct.Struct(">HH2sHL"), struct.Struct("<HH2sHL"))
"""Headers in big and in little endian."""


def header(tag: int, vr: str, length: int, encoding: Encoding) -> bytes:
    """Return the encoded header of an element.

    Parameters
    ----------
    tag, vr
        Of the element; `vr` is not written when `encoding` is implicit.
    length
        Length of the value in bytes, or `UNDEFINED`.
    encoding
        Of the data set that takes the element.
    """
    implicit, little_endian = encoding
    if implicit:
        return _WITHOUT_VR[little_endian].pack(tag >> 16, tag & 0xFFFF, length)
    code = vr.encode("ascii")
    if code not in LONG_VRS:
        if length <= MAX_SHORT_LENGTH:
            return _SHORT[little_endian].pack(tag >> 16, tag & 0xFFFF, code, length)
        code = b"UN"
    return _LONG[little_endian].pack(tag >> 16, tag & 0xFFFF, code, 0, length)


def element(tag: int, vr: str, value: bytes, encoding: Encoding) -> bytes:
    """Return a whole element; an odd `value` is padded as its VR demands (PS3.5 6.2)."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    return header(tag, vr, len(value), encoding) + value


def item_header(encoding: Encoding, length: int = UNDEFINED) -> bytes:
    """Return the header of a sequence item or fragment (PS3.5 7.5)."""
    return _WITHOUT_VR[encoding.little_endian].pack(ITEM >> 16, ITEM & 0xFFFF, length)


def item_delimiter(encoding: Encoding) -> bytes:
    """Return an Item Delimitation Item (PS3.5 7.5.1)."""
    return _WITHOUT_VR[encoding.little_endian].pack(0xFFFE, ITEM_DELIMITER & 0xFFFF, 0)


def sequence_delimiter(encoding: Encoding) -> bytes:
    """Return a Sequence Delimitation Item (PS3.5 7.5.2)."""
    return _WITHOUT_VR[encoding.little_endian].pack(0xFFFE, SEQUENCE_DELIMITER & 0xFFFF, 0)


def sequence(tag: int, items: list[bytes], encoding: Encoding) -> bytes:
    """Return a sequence of explicit length from encoded items."""
    value = b"".join(item_header(encoding, len(item)) + item for item in items)
    return header(tag, "SQ", len(value), encoding) + value


def rewritten_sequence(
    tag: int, items: list[list[bytes | memoryview]], inner: Encoding, outer: Encoding
) -> list[bytes | memoryview]:
    """Return a sequence from items in pieces, whose lengths nobody has to add up.

    Parameters
    ----------
    tag
        Of the sequence.
    items
        The encoded elements of each item.
    inner, outer
        Encoding of the items, and of the data set that takes the sequence.
    """
    pieces: list[bytes | memoryview] = []
    for content in items:
        pieces += [item_header(inner), *content, item_delimiter(inner)]
    if inner != outer:
        # What came as UN stays UN: its items are in Implicit VR Little Endian (PS3.5 6.2.2). Readers
        # that do not know that take a value of known length for what it is.
        return [header(tag, "UN", sum(map(len, pieces)), outer), *pieces]
    return [header(tag, "SQ", UNDEFINED, outer), *pieces, sequence_delimiter(inner)]
