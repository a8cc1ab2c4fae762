"""JPEG 2000 and HTJ2K codestreams: the sizes of their main header (ISO/IEC 15444-1 A.5.1)."""

from __future__ import annotations

import struct
from typing import Final

from gateway.deidentify.bitstream.jpeg2000 import image_pieces
from gateway.deidentify.pixel.codec.codestream import Header
from gateway.deidentify.pixel.codec.failure import refusing, undecodable
from gateway.deidentify.pixel.message import Coded

_SIZ: Final = b"\xff\x4f\xff\x51"
_LEAST: Final = 4 + 2 + 36
MAX_TILES: Final = 1 << 12
"""Tiles of a frame: each has its own memory. Whole slides have as many frames instead."""


def codestream(frame: Coded) -> bytes:
    """Return the bare codestream of a frame, without boxes around it and words in it.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where there is none.
    """
    with refusing("a frame that is no codestream"):
        return b"".join(image_pieces(memoryview(frame)))


def header(stream: bytes) -> Header:
    """Read the size of a codestream.

    Parameters
    ----------
    stream
        From SOC.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where it is one that nothing here decodes.
    """
    if stream[:4] != _SIZ or len(stream) < _LEAST:
        raise undecodable("a codestream without a size")
    right, bottom, left, top, tile_columns, tile_rows = struct.unpack_from(">6L", stream, 8)
    tile_left, tile_top, count = struct.unpack_from(">2LH", stream, 32)
    depths = stream[42 : 42 + 3 * count : 3]
    if not 1 <= count <= 4 or len(set(depths)) != 1 or not tile_columns or not tile_rows:
        raise undecodable("components that are not samples of one kind")
    tiles = -(-(right - tile_left) // tile_columns) * -(-(bottom - tile_top) // tile_rows)
    if not 1 <= tiles <= MAX_TILES or left >= right or top >= bottom:
        raise undecodable("a codestream of too many tiles")
    return Header(rows=bottom - top, columns=right - left, samples=count, precision=(depths[0] & 0x7F) + 1)


def is_signed(stream: bytes) -> bool:
    """Tell whether the samples of a codestream are signed."""
    return bool(stream[42] & 0x80)
