"""JPEG and JPEG-LS interchange format (ISO/IEC 10918-1 Annex B, ISO/IEC 14495-1 Annex C)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from gateway.deidentify.bitstream.scan import Scans
from gateway.errors import Reason, Refused

SOI: Final = b"\xff\xd8"
EOI: Final = 0xD9
SOS: Final = 0xDA
COM: Final = 0xFE
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment: TEM, RSTm and SOI."""

ADOBE: Final = re.compile(rb"Adobe\0[de][\x00\x40\x80\xc0]\0[\x00\x40\x80\xc0]\0[\0-\2]")
"""Version, two fields of flags and the colour transform of Adobe's APP14."""
_FIXED: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD, 0xF7, 0xF8}) - {0xC8}
"""Segments of the image: frame and scan headers, tables, line count, restart interval, JPEG-LS parameters."""

ENCODER_COMMENT: Final = re.compile(
    rb"(CREATOR: gd-jpeg v\d\.\d \(using IJG JPEG v\d{2}\), (quality = \d{1,3}|default quality)\n?"
    rb"|Lavc\d{2}\.\d{1,3}\.\d{1,3}|LEAD Technologies Inc\. V\d\.\d+)\0?"
)
"""Comments that name the encoder and nothing else, kept so that the coded image stays byte for byte."""

_JPEG_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_JPEG_LS_MARKER = re.compile(rb"\xff([\x80-\xcf\xd8-\xfe])")
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
        `Reason.BITSTREAM` when the segments cannot be told apart, or scans are such that a
        decoder has to guess.
    """
    if bytes(frame[:2]) != SOI:
        raise _unreadable("a frame does not begin with SOI")
    marker = _JPEG_LS_MARKER if jpeg_ls else _JPEG_MARKER
    spans, position, scans = [(0, 2)], 2, Scans()
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
        content = bytes(frame[position + 2 : end])
        if code in _LENGTH and not _LENGTH[code](content):
            raise _unreadable("a segment of another length than its content")
        if _is_image(code, content[:64], length - 2):
            spans.append((start, end))
        position = end
        if code == SOS:
            found = marker.search(frame, position)
            position = found.start() if found else len(frame)
            scans.check(content, frame[end:position])
            spans.append((end, position))
        else:
            scans.segment(code, content)
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


def _quantization_fits(content: bytes | memoryview) -> bool:
    """Tell whether a DQT segment consists of tables (ISO/IEC 10918-1 B.2.4.1)."""
    position = 0
    while position < len(content):
        position += 129 if content[position] >> 4 else 65
    return position == len(content)


def _huffman_fits(content: bytes | memoryview) -> bool:
    """Tell whether a DHT segment consists of tables (ISO/IEC 10918-1 B.2.4.2)."""
    position = 0
    while position + 17 <= len(content):
        position += 17 + sum(content[position + 1 : position + 17])
    return position == len(content)


def _frame_fits(content: bytes | memoryview) -> bool:
    return len(content) >= 6 and len(content) == 6 + 3 * content[5]


_FRAME_HEADERS: Final = ({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}) | {0xF7}
_LENGTH: Final[Mapping[int, Callable[[bytes | memoryview], bool]]] = MappingProxyType(
    {
        **dict.fromkeys(_FRAME_HEADERS, _frame_fits),
        0xC4: _huffman_fits,
        0xCC: lambda content: len(content) % 2 == 0 and len(content) <= 16,
        SOS: lambda content: len(content) >= 1 and len(content) == 4 + 2 * content[0],
        0xDB: _quantization_fits,
        0xDC: lambda content: len(content) == 2,
        0xDD: lambda content: len(content) in (2, 3, 4),
        0xF8: lambda content: len(content) == 11 and content[0] == 1,
    }
)
"""Whether the content of a segment is as long as it says, so that nothing stands behind it."""


def _is_image(code: int, content: bytes, length: int) -> bool:
    """Tell whether a segment is one that decoders need, and is as long as it must be."""
    if code in _FIXED:
        return True
    if code == 0xE0:
        # JFIF without a thumbnail: version, density and nothing else.
        return (
            length == 14 and content.startswith(b"JFIF\0\1") and content[7] < 3 and content[12:14] == b"\0\0"
        )
    if code == 0xE8:
        # The colour transform of HP's JPEG-LS, without which colours are wrong.
        return length == 5 and content.startswith(b"mrfx")
    if code == 0xEE:
        return length == 12 and ADOBE.fullmatch(content) is not None
    if code == COM:
        return length <= 64 and ENCODER_COMMENT.fullmatch(content) is not None
    # JPGn, reserved and application markers are nobody's image.
    return False


def _unreadable(detail: str) -> Refused:
    return Refused(Reason.BITSTREAM, detail)
