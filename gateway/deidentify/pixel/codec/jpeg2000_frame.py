"""JPEG 2000 and HTJ2K codestreams: the sizes of their main header (ISO/IEC 15444-1 A.5.1)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from gateway.deidentify.bitstream.jpeg2000 import SOT, image_pieces
from gateway.deidentify.pixel.codec.codestream import Header
from gateway.deidentify.pixel.codec.failure import refusing, undecodable
from gateway.deidentify.pixel.message import Coded

_SIZ: Final = b"\xff\x4f\xff\x51"
_LEAST: Final = 4 + 2 + 36
_SOD: Final = re.compile(rb"\xff\x93")
_EOC: Final = b"\xff\xd9"
_IDLE: Final = re.compile(rb"(?:[\x00\x80]|\xff\x92|\xff\x91\x00\x04..)*\Z", re.DOTALL)
"""Empty packets, and the markers around packets: where they are missing a decoder reads the same."""
_MOST_SHORTENED: Final = 64
"""Tiles that are tried one by one; each costs a pass over all headers."""
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


def cut_short(stream: bytes) -> Iterator[bytes] | None:
    """Return the codestream once for each tile, without the last byte of that tile that may say something.

    The tile comes first, so that a decoder meets it before any other. None where there are too many
    tiles, or a part that cannot be told from the next.
    """
    start = stream.find(SOT.to_bytes(2, "big"))
    tiles: dict[bytes, list[bytes]] = {}
    position = start
    while stream[position : position + 2] == SOT.to_bytes(2, "big"):
        length = int.from_bytes(stream[position + 6 : position + 10], "big")
        end = position + length if length else stream.find(_EOC, position)
        if not position + 14 <= end <= len(stream):
            return None
        tiles.setdefault(stream[position + 4 : position + 6], []).append(stream[position:end])
        position = end
    if not tiles or len(tiles) > _MOST_SHORTENED:
        return None
    return _shortened(stream[:start], tiles)


def _shortened(main: bytes, tiles: dict[bytes, list[bytes]]) -> Iterator[bytes]:
    for number, parts in tiles.items():
        own = list(parts)
        others = [part for other, those in tiles.items() if other != number for part in those]
        while own:
            last = own.pop()
            if short := _without_last(last):
                yield b"".join((main, *own, short, *others, _EOC))
                break
            # A part of empty packets goes as a whole, and the one before it is tried.


def _without_last(part: bytes) -> bytes:
    """Return a tile-part without its last byte that may say something, nothing where there is none."""
    found = _SOD.search(part, 12)
    data = found.end() if found else len(part)
    idle = _IDLE.search(part, data)
    end = idle.start() if idle else len(part)
    if end <= data:
        return b""
    return part[:6] + (end - 1).to_bytes(4, "big") + part[10 : end - 1]
