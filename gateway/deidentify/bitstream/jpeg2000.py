"""JPEG 2000 and HTJ2K codestreams, and boxes around them (ISO/IEC 15444-1 Annexes A and I, 18181-2)."""

from __future__ import annotations

import re
from typing import Final

from gateway.errors import Reason, Refused

SOC: Final = b"\xff\x4f"
SOT, SOD, EOC, COM = 0xFF90, 0xFF93, 0xFFD9, 0xFF64
BOX_SIGNATURES: Final = (b"\0\0\0\x0cjP  ", b"\0\0\0\x0cJXL ")

CODESTREAM_BOXES: Final = frozenset({b"jp2c", b"jxlc", b"jxlp"})
"""Boxes with the codestream that PS3.5 A.4.4 wants bare. All others describe it, many in words."""
IMAGE_SEGMENTS: Final = frozenset(
    {0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F}
    | {0xFF60, 0xFF61, *range(0xFF70, 0xFF7A)}
)
"""Marker segments of parts 1, 2 and 15 that a decoder reads."""

ENCODER_COMMENT: Final = re.compile(
    rb"(Kakadu-v?[\d.]{1,12}"
    rb"|Kdu-Layer-Info: log_2\{Delta-D\([A-Za-z-]{1,24}\)/Delta-L\(bytes\)\}, L\(bytes\)\n[-+\d.,eE \n]{0,4096}"  # noqa: E501
    rb"|Created by OpenJPEG version [\d.]{1,12}"
    rb"|(Creator: )?JasPer Version [\d.]{1,12}"
    rb"|LEAD Technologies Inc\. V\d\.\d+"
    rb"|OpenJPH Ver [\d.]{1,12}\.?"
    rb"|Created by Aware, Inc\. ?)\0?"
)
"""Comments that name the encoder and nothing else, kept so that the coded image stays byte for byte."""

_EOC: Final = re.compile(rb"\xff\xd9")
Piece = bytes | memoryview


def image_pieces(frame: memoryview) -> list[Piece]:
    """Return what of a frame codes the image, as buffers to be joined.

    Comments in the main header are left out; those in a tile-part header are overwritten with
    zeros, because tile-part lengths are written elsewhere too.

    Parameters
    ----------
    frame
        A codestream, or a file of boxes with codestreams in it.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when the segments or boxes cannot be told apart.
    """
    if bytes(frame[:8]) in BOX_SIGNATURES:
        return _boxes(frame)
    if bytes(frame[:2]) == SOC:
        return _codestream(frame)
    if bytes(frame[:2]) == b"\xff\x0a":
        return [frame]  # a bare JPEG XL codestream has no place for words
    raise _unreadable("a frame is no codestream")


def _boxes(frame: memoryview) -> list[Piece]:
    """Return the codestream of a file of boxes, without the boxes."""
    pieces: list[Piece] = []
    position = 0
    while position + 8 <= len(frame):
        length, kind, header = _number(frame, position, 4), bytes(frame[position + 4 : position + 8]), 8
        if length == 1:
            length, header = _number(frame, position + 8, 8), 16
        end = len(frame) if length == 0 else position + length
        if end > len(frame) or end < position + header:
            raise _unreadable("a box exceeds the frame")
        if kind == b"jp2c":
            pieces += _codestream(frame[position + header : end])
        elif kind in CODESTREAM_BOXES:
            # A partial codestream begins with its number (ISO/IEC 18181-2 9.9).
            pieces.append(frame[position + header + 4 * (kind == b"jxlp") : end])
        position = end
    if not pieces:
        raise _unreadable("boxes without a codestream")
    return pieces


def _codestream(stream: memoryview) -> list[Piece]:
    if bytes(stream[:2]) != SOC:
        raise _unreadable("a codestream does not begin with SOC")
    pieces, position = _main_header(stream)
    while position < len(stream):
        code = _number(stream, position, 2)
        if code == EOC:
            rest = stream[position + 2 :]
            pieces.append(stream[position:] if not any(rest) else stream[position : position + 2])
            return pieces
        if code != SOT:
            raise _unreadable("something other than a tile-part")
        length = _number(stream, position + 6, 4)
        end = position + length if length else _end_of_image(stream, position)
        if end > len(stream) or (length and length < 14):
            # A truncated codestream is one that a progressive decoder still shows.
            end = len(stream)
        pieces += _tile_part(stream[position:end])
        position = end
    return pieces


def _end_of_image(stream: memoryview, position: int) -> int:
    """Return where a tile-part of unknown length ends: at EOC, which no coded data holds (A.4.2)."""
    found = _EOC.search(stream, position)
    return found.start() if found else len(stream)


def _main_header(stream: memoryview) -> tuple[list[Piece], int]:
    """Return the main header without words, and the offset of the first tile-part."""
    pieces: list[Piece] = []
    kept, position = 0, 2
    while position + 4 <= len(stream):
        code = _number(stream, position, 2)
        if code == SOT:
            pieces.append(stream[kept:position])
            return pieces, position
        end = _segment_end(stream, position)
        if not _is_image(code, stream[position:end]):
            pieces.append(stream[kept:position])
            kept = end
        position = end
    raise _unreadable("a codestream without a tile-part")


def _tile_part(part: memoryview) -> list[Piece]:
    """Return a tile-part with the comments of its header overwritten."""
    pieces: list[Piece] = []
    kept, position = 0, 12
    while True:
        if position + 2 > len(part):
            raise _unreadable("a tile-part without data")
        code = _number(part, position, 2)
        if code == SOD:
            pieces.append(part[kept:])
            return pieces
        end = _segment_end(part, position)
        if not _is_image(code, part[position:end]):
            pieces += [part[kept : position + 4], bytes(end - position - 4)]
            kept = end
        position = end


def _segment_end(stream: memoryview, position: int) -> int:
    length = _number(stream, position + 2, 2)
    end = position + 2 + length
    if stream[position] != 0xFF or length < 2 or end > len(stream):
        raise _unreadable("a segment exceeds the codestream")
    return end


def _is_image(code: int, segment: memoryview) -> bool:
    """Tell whether a segment is one that decoders need, or names the encoder and nothing else."""
    if code == COM:
        return ENCODER_COMMENT.fullmatch(bytes(segment[6:])) is not None
    return code in IMAGE_SEGMENTS


def _number(stream: memoryview, position: int, size: int) -> int:
    if position + size > len(stream):
        raise _unreadable("a number is cut off")
    return int.from_bytes(stream[position : position + size], "big")


def _unreadable(detail: str) -> Refused:
    return Refused(Reason.BITSTREAM, detail)
