"""Is the coded image the same? Segments that may tell who made it (APPn, COM, JP2 boxes) do not count."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.encaps import generate_fragments

KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"


def difference(before: Dataset, after: Dataset) -> str:
    """Say in a phrase how the pixels differ; empty when they are the same."""
    for keyword in KEYWORDS:
        if (keyword in before) != (keyword in after):
            return f"{keyword} is in one of them only"
        if keyword not in before:
            continue
        old, new = bytes(before[keyword].value or b""), bytes(after[keyword].value or b"")
        assumed = after.file_meta.get("TransferSyntaxUID")
        if before.file_meta.get("TransferSyntaxUID", assumed) != assumed:
            return "another transfer syntax"
        if _plain(old) == _plain(new):
            continue
        if not getattr(after.file_meta.TransferSyntaxUID, "is_encapsulated", False):
            return f"{len(old)} bytes became {len(new)}" if len(old) != len(new) else "other bytes"
        if _coded(old) != _coded(new):
            return "the coded image changed"
    return ""


def _plain(value: bytes) -> bytes:
    return value[:-1] if len(value) % 2 == 0 and value.endswith(b"\x00") else value


def _coded(value: bytes) -> bytes:
    """All fragments after the Basic Offset Table, without what only describes."""
    fragments = list(generate_fragments(value))[1:]
    return b"".join(_without_description(fragment) for fragment in _frames(fragments))


def _frames(fragments: list[bytes]) -> Iterator[bytes]:
    """Join what belongs together: a frame starts where its code stream does."""
    starts = (b"\xff\xd8", b"\xff\x4f", JP2_SIGNATURE)
    frame = b""
    for fragment in fragments:
        if frame and fragment.startswith(starts):
            yield frame
            frame = b""
        frame += fragment
    yield frame


def _without_description(frame: bytes) -> bytes:
    if frame.startswith(JP2_SIGNATURE):
        frame = _code_stream(frame)
    if frame.startswith((b"\xff\x4f", b"\xff\xd8")) and b"\xff\xd9" in frame:
        # Both code streams end with the same marker; what follows is none of the image.
        frame = frame[: frame.rfind(b"\xff\xd9") + 2]
    if frame.startswith(b"\xff\x4f"):
        return _without_segments(frame, {0x64}, 0x90)
    if frame.startswith(b"\xff\xd8"):
        return _without_segments(frame, {*range(0xE0, 0xF0), 0xFE}, 0xDA)
    return frame.rstrip(b"\x00")


def _code_stream(frame: bytes) -> bytes:
    """Contents of the jp2c box (ISO/IEC 15444-1 I.5.4)."""
    position = 0
    while position + 8 <= len(frame):
        length, kind = struct.unpack_from(">L4s", frame, position)
        start = position + (16 if length == 1 else 8)
        if length == 1:
            (length,) = struct.unpack_from(">Q", frame, position + 8)
        end = position + length if length else len(frame)
        if kind == b"jp2c":
            return frame[start:end]
        position = max(end, position + 8)
    return frame


def _without_segments(frame: bytes, dropped: set[int], last: int) -> bytes:
    """Leave out marker segments before the image itself, which begins with marker `last`."""
    kept, position = frame[:2], 2
    while position + 4 <= len(frame) and frame[position] == 0xFF:
        marker = frame[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if marker == last:
            break
        (length,) = struct.unpack_from(">H", frame, position + 2)
        if marker not in dropped:
            kept += frame[position : position + 2 + length]
        position += 2 + length
    return kept + frame[position:]
