"""The smallest coded frames of 8 x 8 pixels, written by hand as far as it goes."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image

JPEG: Final = "1.2.840.10008.1.2.4.50"
JPEG_LS: Final = "1.2.840.10008.1.2.4.80"
JPEG_2000: Final = "1.2.840.10008.1.2.4.90"
JPEG_XL: Final = "1.2.840.10008.1.2.4.110"
MPEG: Final = "1.2.840.10008.1.2.4.100"
H264: Final = "1.2.840.10008.1.2.4.102"
HEVC: Final = "1.2.840.10008.1.2.4.107"
RLE: Final = "1.2.840.10008.1.2.5"
DEFLATED_FRAME: Final = "1.2.840.10008.1.2.8.1"
UNCOMPRESSED: Final = "1.2.840.10008.1.2.1.98"


@cache
def jpeg() -> bytes:
    buffer = BytesIO()
    Image.new("L", (8, 8), 77).save(buffer, "JPEG", quality=75)
    return buffer.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_with(marker: int, content: bytes) -> bytes:
    """Return a JPEG with a segment behind SOI."""
    return jpeg()[:2] + segment(marker, content) + jpeg()[2:]


def before_the_end(content: bytes) -> bytes:
    """Return a JPEG with bytes inside its entropy-coded data."""
    position = jpeg().rindex(b"\xff\xd9")
    return jpeg()[:position] + content + jpeg()[position:]


def jpeg_ls(marker: int, content: bytes) -> bytes:
    frame = segment(0xF7, b"\x08\0\x08\0\x08\x01\x01\x11\0")
    scan = segment(0xDA, b"\x01\x01\0\0\0\0") + b"\x11\x22"
    return b"\xff\xd8" + frame + segment(marker, content) + scan + b"\xff\xd9"


def codestream(header: bytes = b"", tail: bytes = b"") -> bytes:
    """Return JPEG 2000 with segments at the end of the main header and bytes behind EOC."""
    size = b"\xff\x51" + struct.pack(">HH8LH3B", 41, 0, 8, 8, 0, 0, 8, 8, 0, 0, 1, 7, 1, 1)
    style = b"\xff\x52" + struct.pack(">H", 12) + b"\0\0\0\1\0\1\3\3\0\0"
    quantization = b"\xff\x5c" + struct.pack(">H", 4) + b"\x40\x40"
    tile = b"\xff\x90" + struct.pack(">HHLBB", 10, 0, 22, 0, 1) + b"\xff\x93" + bytes(8)
    return b"\xff\x4f" + size + style + quantization + header + tile + b"\xff\xd9" + tail


def comment(content: bytes) -> bytes:
    return b"\xff\x64" + struct.pack(">HH", len(content) + 4, 1) + content


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", 8 + len(content)) + kind + content


def jp2(*, brand: bytes = b"", header: bytes = b"", between: bytes = b"") -> bytes:
    """Return a JP2 file with more in its boxes."""
    return (
        box(b"jP  ", b"\r\n\x87\n")
        + box(b"ftyp", b"jp2 \0\0\0\0jp2 " + brand)
        + box(b"jp2h", box(b"ihdr", bytes(14)) + header)
        + between
        + box(b"jp2c", codestream())
    )


def jxl(content: bytes, kind: bytes = b"jxlc") -> bytes:
    return box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ") + box(kind, content)


def rle(*, gap: bytes = b"", tail: bytes = b"", offsets: bytes = bytes(52)) -> bytes:
    """Return two segments of eight by eight zeros (PS3.5 Annex G) with bytes between and behind them."""
    run = b"\xc1\0"
    header = struct.pack("<3L", 2, 64, 66 + len(gap)) + offsets
    return header + run + gap + run + tail


def deflated_frame(tail: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(bytes(128)) + deflater.flush() + tail
