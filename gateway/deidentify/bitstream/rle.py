"""DICOM's RLE (PS3.5 Annex G)."""

from __future__ import annotations

import struct
from typing import Final

from gateway.errors import Reason, Refused

HEADER: Final = 64
MAX_SEGMENTS: Final = 15


def image_pieces(frame: memoryview) -> list[bytes | memoryview]:
    """Return a frame whose header holds the offsets of its segments and nothing else.

    The segments follow each other without a gap (PS3.5 G.4), so every other byte codes pixels.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when the offsets cannot be right.
    """
    if len(frame) < HEADER:
        raise Refused(Reason.BITSTREAM, "no RLE header")
    count, *offsets = struct.unpack_from("<16L", frame)
    used = offsets[:count]
    if (
        not 1 <= count <= MAX_SEGMENTS
        or used[0] != HEADER
        or used != sorted(set(used))
        or used[-1] >= len(frame)
    ):
        raise Refused(Reason.BITSTREAM, "segments out of order")
    if not any(offsets[count:]):
        return [frame]
    return [struct.pack("<16L", count, *used, *[0] * (MAX_SEGMENTS - count)), frame[HEADER:]]
