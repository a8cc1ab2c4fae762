"""Coded frames, and words planted in them."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO

import jpeg_ls
import numpy as np
from PIL import Image

NAME = b"Wolkenstein^Oswald"
ROWS = COLUMNS = 16
SYNTAX = {
    "JPEG": "1.2.840.10008.1.2.4.50",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "JP2": "1.2.840.10008.1.2.4.90",
}
RLE = "1.2.840.10008.1.2.5"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
JPEG_XL = "1.2.840.10008.1.2.4.110"


def picture(number: int = 0) -> np.ndarray:
    gradient = np.arange(ROWS * COLUMNS, dtype=np.uint32) * (number + 3) % 251
    return gradient.astype(np.uint8).reshape(ROWS, COLUMNS)


@cache
def frame(kind: str, number: int = 0) -> bytes:
    if kind == "JPEG-LS":
        return bytes(jpeg_ls.encode_array(picture(number)))
    buffer = BytesIO()
    image = Image.fromarray(picture(number))
    if kind == "JPEG":
        image.save(buffer, "JPEG", quality=90)
    else:
        image.save(buffer, "JPEG2000", no_jp2=kind == "JPEG 2000")
    return buffer.getvalue()


def decoded(kind: str, coded: bytes) -> np.ndarray:
    if kind == "JPEG-LS":
        return np.asarray(jpeg_ls.decode(np.frombuffer(coded, dtype=np.uint8)))
    return np.asarray(Image.open(BytesIO(coded)))


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg_with(coded: bytes, planted: bytes) -> bytes:
    """Put segments right behind SOI."""
    return coded[:2] + planted + coded[2:]


def before_scan(coded: bytes, planted: bytes) -> bytes:
    position = coded.index(b"\xff\xda")
    return coded[:position] + planted + coded[position:]


def j2k_comment(content: bytes) -> bytes:
    return b"\xff\x64" + (len(content) + 4).to_bytes(2, "big") + b"\0\1" + content


def j2k_main_header(stream: bytes, planted: bytes) -> bytes:
    """Put a segment in front of the first tile-part."""
    position = stream.index(b"\xff\x90\x00\x0a")
    return stream[:position] + planted + stream[position:]


def j2k_tile_part_header(stream: bytes, planted: bytes) -> bytes:
    """Put a segment in front of the data of the first tile-part, and lengthen it."""
    start = stream.index(b"\xff\x90\x00\x0a")
    data = stream.index(b"\xff\x93", start)
    (length,) = struct.unpack_from(">L", stream, start + 6)
    longer = struct.pack(">L", length + len(planted)) if length else bytes(4)
    return stream[: start + 6] + longer + stream[start + 10 : data] + planted + stream[data:]


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content) + 8) + kind + content


def jp2_with(file: bytes, planted: bytes) -> bytes:
    """Put boxes in front of the codestream."""
    position = file.index(b"jp2c") - 4
    return file[:position] + planted + file[position:]


def jp2_header_with(file: bytes, planted: bytes) -> bytes:
    """Put a box inside the JP2 header superbox."""
    start = file.index(b"jp2h") - 4
    (length,) = struct.unpack_from(">L", file, start)
    end = start + length
    return (
        file[:start] + struct.pack(">L", length + len(planted)) + file[start + 4 : end] + planted + file[end:]
    )


def rle_frame(pixels: bytes, tail: bytes = b"") -> bytes:
    """Encode one segment of literal runs (PS3.5 Annex G), with `tail` behind it."""
    runs = b"".join(
        bytes((len(pixels[i : i + 128]) - 1,)) + pixels[i : i + 128] for i in range(0, len(pixels), 128)
    )
    return struct.pack("<16L", 1, 64, *[0] * 14) + runs + b"\0" * (len(runs) % 2) + tail


def module(frames: int = 1, *, rows: int = ROWS, columns: int = COLUMNS, allocated: int = 8) -> dict:
    found = {
        0x00280002: ("US", struct.pack("<H", 1)),
        0x00280004: ("CS", "MONOCHROME2"),
        0x00280010: ("US", struct.pack("<H", rows)),
        0x00280011: ("US", struct.pack("<H", columns)),
        0x00280100: ("US", struct.pack("<H", allocated)),
        0x00280101: ("US", struct.pack("<H", allocated)),
        0x00280102: ("US", struct.pack("<H", allocated - 1)),
        0x00280103: ("US", struct.pack("<H", 0)),
    }
    if frames > 1:
        found[0x00280008] = ("IS", str(frames))
    return found
