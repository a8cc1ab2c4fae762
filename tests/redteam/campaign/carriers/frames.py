"""Words behind, between and inside coded pixels, and behind native ones."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image

from ..answer import Class  # noqa: TID252
from ..draft import Draft  # noqa: TID252
from ..encoding import BIG_ENDIAN, JPEG, RLE, Fragments  # noqa: TID252

_SIDE: Final = 16
_PIXELS: Final = 0x7FE00010


def _has_pixels(draft: Draft) -> bool:
    return _PIXELS in draft.data and draft.kind in ("SC", "CR", "US", "DX", "MG", "WSI", "XA", "CT", "MR")


def _gray(draft: Draft) -> None:
    """Make the image one frame of eight bits, whatever it was."""
    for keyword, value in (
        ("SamplesPerPixel", 1), ("PhotometricInterpretation", "MONOCHROME2"), ("Rows", _SIDE),
        ("Columns", _SIDE), ("BitsAllocated", 8), ("BitsStored", 8), ("HighBit", 7),
    ):  # fmt: skip
        tag = draft.data.put(keyword, value)
        path = f"{tag:08X}"
        draft.checks[:] = [one for one in draft.checks if one.path != path]
        draft.one(keyword, value)
    for tag in (0x00280006, 0x00280008, 0x00280009):
        draft.data.pop(tag, None)
        draft.types.pop(tag, None)
        draft.checks[:] = [one for one in draft.checks if one.path != f"{tag:08X}"]


@cache
def _jpeg() -> bytes:
    buffer = BytesIO()
    picture = Image.frombytes("L", (_SIDE, _SIDE), bytes(value * 7 % 256 for value in range(_SIDE * _SIDE)))
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(draft: Draft) -> None:
    """JPEG with a comment, Exif, XMP and words behind the end."""
    if not _has_pixels(draft) or draft.coded:
        return
    name = draft.secret_name(draft.stranger(), "segment of a JPEG")
    words = f"{name.given} {name.family}".encode()
    whole = _jpeg()
    segments = (
        _segment(0xFE, words),
        _segment(0xE1, b"Exif\0\0" + words),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + words),
        _segment(0xED, b"Photoshop 3.0\0" + words),
    )
    chosen = segments[draft.turn("segments", len(segments))]
    frame = whole[:2] + chosen + whole[2:] + (words if draft.turn("tail", 2) else b"")
    _gray(draft)
    draft.data.put(_PIXELS, Fragments((frame,)), "OB")
    draft.syntax, draft.coded = JPEG, True
    draft.check(Class.PIXELS_RETAINED, "", whole[whole.index(b"\xff\xda") :].hex(), "JPEG scan")


def _run_length(raw: bytes) -> bytes:
    out = bytearray()
    for position in range(0, len(raw), 128):
        part = raw[position : position + 128]
        out += bytes([len(part) - 1]) + part
    return bytes(out) + bytes(len(out) % 2)


def run_length(draft: Draft) -> None:
    """RLE with words behind the last segment and among the unused offsets."""
    if not _has_pixels(draft) or draft.coded:
        return
    name = draft.secret_name(draft.stranger(), "gap of an RLE frame")
    words = f"{name.given} {name.family}".encode().ljust(40, b"!")[:40]
    segment = _run_length(bytes(value * 5 % 256 for value in range(_SIDE * _SIDE)))
    if draft.turn("RLE", 2):
        frame = struct.pack("<2L", 1, 64 + len(words)) + bytes(56) + words + segment
    else:
        frame = struct.pack("<2L", 1, 64) + words + bytes(56 - len(words)) + segment + words
    _gray(draft)
    draft.data.put(_PIXELS, Fragments((frame,)), "OB")
    draft.syntax, draft.coded = RLE, True
    draft.check(Class.PIXELS_RETAINED, "", segment.hex(), "RLE segment")


def behind_the_pixels(draft: Draft) -> None:
    """A name behind the last pixel."""
    if _PIXELS not in draft.data or draft.coded or draft.kind == "SEG" or draft.syntax == BIG_ENDIAN:
        return
    element = draft.data[_PIXELS]
    assert isinstance(element.value, bytes)
    name = draft.secret_name(draft.stranger(), "behind the last pixel")
    words = f"{name.given} {name.family}".encode()
    draft.check(Class.PIXELS_RETAINED, "", element.value.hex(), "native, with a tail")
    draft.data.put(_PIXELS, element.value + words + bytes(len(words) % 2), element.vr)


CARRIERS: Final = {"JPEG segments": jpeg, "RLE gaps": run_length, "behind the pixels": behind_the_pixels}
