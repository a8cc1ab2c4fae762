"""JPEG and JPEG-LS interchange format (ISO/IEC 10918-1 Annex B, ISO/IEC 14495-1 Annex C)."""

from __future__ import annotations

import re
from typing import Final

from gateway.errors import Reason, Refused

SOI: Final = b"\xff\xd8"
EOI: Final = 0xD9
SOS: Final = 0xDA
COM: Final = 0xFE
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment: TEM, RSTm and SOI."""

ENCODER_COMMENT: Final = re.compile(
    rb"(CREATOR: gd-jpeg v\d\.\d \(using IJG JPEG v\d+\), (quality = \d+|default quality)\n?"
    rb"|Lavc[\d.]+|LEAD Technologies Inc\. V\d\.\d+)\0?"
)
"""Comments that name the encoder and nothing else, kept so that the coded image stays byte for byte."""

_JPEG_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_JPEG_LS_MARKER = re.compile(rb"\xff+([\x80-\xcf\xd8-\xfe])")
"""Next marker behind entropy-coded data. There FF is followed by zero, in JPEG-LS by a byte below 80."""


def image_spans(frame: bytes | memoryview, *, jpeg_ls: bool) -> list[tuple[int, int]]:
    """Return the spans of a frame that code the image.

    Left out are comments, application segments except the three that decoders need, and what
    follows the end of the image unless it is padding.

    Parameters
    ----------
    frame
        One coded frame, from SOI.
    jpeg_ls
        Whether entropy-coded data is stuffed as JPEG-LS does.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when the segments cannot be told apart.
    """
    if bytes(frame[:2]) != SOI:
        raise _unreadable("a frame does not begin with SOI")
    marker = _JPEG_LS_MARKER if jpeg_ls else _JPEG_MARKER
    spans, position = [(0, 2)], 2
    while position < len(frame):
        start = position
        code, position = _marker(frame, position)
        if code == EOI:
            spans.append((start, position))
            if not any(frame[position:]):
                spans.append((position, len(frame)))
            break
        if code in STANDALONE:
            spans.append((start, position))
            continue
        length = int.from_bytes(frame[position : position + 2], "big")
        end = position + length
        if length < 2 or end > len(frame):
            raise _unreadable("a segment exceeds the frame")
        if _is_image(code, bytes(frame[position + 2 : min(end, position + 66)]), length - 2):
            spans.append((start, end))
        position = end
        if code == SOS:
            found = marker.search(frame, position)
            position = found.start() if found else len(frame)
            spans.append((end, position))
    return spans


def _marker(frame: bytes | memoryview, position: int) -> tuple[int, int]:
    """Return the marker code at `position` and the offset behind it; FF may be repeated as fill."""
    if frame[position] != 0xFF:
        raise _unreadable("no marker where one is due")
    while position < len(frame) and frame[position] == 0xFF:
        position += 1
    if position >= len(frame):
        raise _unreadable("a marker is cut off")
    return frame[position], position + 1


def _is_image(code: int, content: bytes, length: int) -> bool:
    if code == 0xE0:
        # JFIF without a thumbnail: version, density and nothing else.
        return length == 14 and content.startswith(b"JFIF\0") and content[12:14] == b"\0\0"
    if code == 0xE8:
        # The colour transform of HP's JPEG-LS, without which colours are wrong.
        return length == 5 and content.startswith(b"mrfx")
    if code == 0xEE:
        return length == 12 and content.startswith(b"Adobe")
    if 0xE0 <= code <= 0xEF:
        return False
    if code == COM:
        return length <= 64 and ENCODER_COMMENT.fullmatch(content) is not None
    return True


def _unreadable(detail: str) -> Refused:
    return Refused(Reason.BITSTREAM, detail)
