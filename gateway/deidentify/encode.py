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
    order = "<" if encoding.little_endian else ">"
    if encoding.implicit:
        return struct.pack(order + "HHL", tag >> 16, tag & 0xFFFF, length)
    code = vr.encode("ascii")
    if code not in LONG_VRS:
        if length <= MAX_SHORT_LENGTH:
            return struct.pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, code, length)
        code = b"UN"
    return struct.pack(order + "HH2sHL", tag >> 16, tag & 0xFFFF, code, 0, length)


def element(tag: int, vr: str, value: bytes, encoding: Encoding) -> bytes:
    """Return a whole element; an odd `value` is padded as its VR demands (PS3.5 6.2)."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    return header(tag, vr, len(value), encoding) + value


def item_header(encoding: Encoding, length: int = UNDEFINED) -> bytes:
    """Return the header of a sequence item or fragment (PS3.5 7.5)."""
    return struct.pack("<HHL" if encoding.little_endian else ">HHL", ITEM >> 16, ITEM & 0xFFFF, length)


def item_delimiter(encoding: Encoding) -> bytes:
    """Return an Item Delimitation Item (PS3.5 7.5.1)."""
    return struct.pack("<HHL" if encoding.little_endian else ">HHL", 0xFFFE, ITEM_DELIMITER & 0xFFFF, 0)


def sequence_delimiter(encoding: Encoding) -> bytes:
    """Return a Sequence Delimitation Item (PS3.5 7.5.2)."""
    return struct.pack("<HHL" if encoding.little_endian else ">HHL", 0xFFFE, SEQUENCE_DELIMITER & 0xFFFF, 0)


def sequence(tag: int, items: list[bytes], encoding: Encoding) -> bytes:
    """Return a sequence of explicit length from encoded items."""
    value = b"".join(item_header(encoding, len(item)) + item for item in items)
    return header(tag, "SQ", len(value), encoding) + value
