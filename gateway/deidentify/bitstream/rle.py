"""DICOM's RLE (PS3.5 Annex G)."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Final

from gateway.errors import Reason, Refused

HEADER: Final = 64
MAX_SEGMENTS: Final = 15
_NO_OPERATION: Final = 128
"""Control byte behind which nothing follows; smaller ones begin literal bytes, greater ones a run."""


def image_pieces(frame: memoryview, frame_bytes: int) -> list[bytes | memoryview]:
    """Return a frame of which every byte codes pixels: no gap, no unused offset, nothing behind the last run.

    Parameters
    ----------
    frame
        Header and segments.
    frame_bytes
        Bytes of the decoded frame, of which each segment codes an equal part (PS3.5 G.2).

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
        or used[0] < HEADER
        or used != sorted(set(used))
        or used[-1] >= len(frame)
    ):
        raise Refused(Reason.BITSTREAM, "segments out of order")
    spans = [*pairwise(used), (used[-1], len(frame))]
    ends = [_end(frame, start, end, frame_bytes // count) for start, end in spans]
    if used[0] == HEADER and all(end == last for end, (_, last) in zip(ends, spans, strict=True)):
        if not any(offsets[count:]):
            return [frame]
        return [struct.pack("<16L", count, *used, *[0] * (MAX_SEGMENTS - count)), frame[HEADER:]]
    segments: list[bytes | memoryview] = []
    positions, position = [], HEADER
    for (start, _), end in zip(spans, ends, strict=True):
        positions.append(position)
        padding = bytes((end - start) % 2)
        segments += [frame[start:end], padding]
        position += end - start + len(padding)
    return [struct.pack("<16L", count, *positions, *[0] * (MAX_SEGMENTS - count)), *segments]


def _end(frame: memoryview, start: int, end: int, plane_bytes: int) -> int:
    """Return where a segment's last run ends; its own end where it is padded to an even length, or too short.

    A decoder stops there, so whatever stands behind it is seen by nobody (PS3.5 G.3.2). Encoders
    pad with a zero or with the control byte that means nothing.
    """
    position, left = start, plane_bytes
    while left > 0:
        if position >= end:
            return end
        control = frame[position]
        if control < _NO_OPERATION:
            position += control + 2
            left -= control + 1
        elif control > _NO_OPERATION:
            position += 2
            left -= 257 - control
        else:
            position += 1
    behind = end - position
    is_padding = behind == 1 and frame[position] in (0, _NO_OPERATION)
    return end if behind <= 0 or is_padding else position
