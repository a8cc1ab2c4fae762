"""Words in coded frames: comments, segments, boxes, and the bytes between and behind."""

from __future__ import annotations

from .bitstreams import (
    DEFLATED_FRAME,
    H264,
    HEVC,
    JPEG,
    JPEG_2000,
    JPEG_LS,
    JPEG_XL,
    MPEG,
    RLE,
    UNCOMPRESSED,
    before_the_end,
    box,
    codestream,
    comment,
    deflated_frame,
    jp2,
    jpeg,
    jpeg_ls,
    jpeg_with,
    jxl,
    rle,
    segment,
)
from .builders import FAMILY, Attack, attack, fragments

WORDS = FAMILY.encode() + b"!!"


def _frame(syntax: str, *frames: bytes, planted: str | bytes = FAMILY) -> Attack:
    return attack({}, planted, syntax=syntax, coded=fragments(*frames))


def _with_table(syntax: str, frame: bytes) -> Attack:
    return attack({}, FAMILY, syntax=syntax, coded=fragments(frame, table=WORDS))


_JPEG = {
    "JPEG comment": _frame(JPEG, jpeg_with(0xFE, WORDS)),
    "JPEG comment like an encoder's": _frame(JPEG, jpeg_with(0xFE, b"Lavc55.309.17"), planted="55.309.17"),
    "JPEG comment like an encoder's with a whole record": _frame(
        JPEG, jpeg_with(0xFE, b"Lavc5530917.19520823.07119554820"), planted="5530917.19520823.07119554820"
    ),
    "JPEG comment like another encoder's": _frame(
        JPEG,
        jpeg_with(0xFE, b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 19520823\n"),
        planted="quality = 19520823",
    ),
    "JPEG Exif": _frame(JPEG, jpeg_with(0xE1, b"Exif\0\0" + WORDS)),
    "JPEG extension": _frame(JPEG, jpeg_with(0xF0, WORDS)),
    "JPEG reserved marker": _frame(JPEG, jpeg_with(0x02, WORDS)),
    "JPEG behind a quantization table": _frame(JPEG, jpeg_with(0xDB, bytes(65) + WORDS)),
    "JPEG as a quantization table": _frame(JPEG, jpeg_with(0xDB, b"\3" + (WORDS * 6)[:64])),
    "JPEG as Huffman values": _frame(JPEG, jpeg_with(0xC4, b"\3" + bytes(15) + b"\x0c" + WORDS)),
    "JPEG behind the end": _frame(JPEG, jpeg() + WORDS),
    "JPEG inside the image data": _frame(JPEG, before_the_end(WORDS)),
    "JPEG fill bytes between segments": _frame(
        JPEG, jpeg()[:2] + b"\xff" * 9 + segment(0xFE, WORDS) + jpeg()[2:]
    ),
    "JFIF density": _frame(JPEG, jpeg_with(0xE0, b"JFIF\0Silber!\0\0"), planted=b"Silber!"),
    "Adobe segment": _frame(JPEG, jpeg_with(0xEE, b"AdobeSilberh"), planted=b"AdobeSilberh"),
    "JPEG-LS comment": _frame(JPEG_LS, jpeg_ls(0xFE, WORDS)),
    "JPEG-LS mapping table": _frame(JPEG_LS, jpeg_ls(0xF8, b"\x09" + WORDS)),
    "JPEG offset table": _with_table(JPEG, jpeg()),
}

_JPEG_2000 = {
    "JPEG 2000 comment": _frame(JPEG_2000, codestream(comment(WORDS))),
    "JPEG 2000 comment like an encoder's": _frame(
        JPEG_2000, codestream(comment(b"Kdu-Layer-Info: " + WORDS + b" MRN5530917"))
    ),
    "JPEG 2000 digits in a comment like an encoder's": _frame(
        JPEG_2000,
        codestream(
            comment(
                b"Kdu-Layer-Info: log_2{Delta-D(squared-error)/Delta-L(bytes)}, L(bytes)\n"
                b" 5530917, 1952.0823 "
            )
        ),
        planted="5530917, 1952.0823",
    ),
    "JPEG 2000 marker that nobody knows": _frame(JPEG_2000, codestream(b"\xff\x6f\0\x0e" + WORDS)),
    "JPEG 2000 component registration": _frame(JPEG_2000, codestream(b"\xff\x63\0\x0e" + WORDS)),
    "JPEG 2000 behind the end": _frame(JPEG_2000, codestream(tail=WORDS)),
    "JP2 XML in its header": _frame(JPEG_2000, jp2(header=box(b"xml ", WORDS))),
    "JP2 colour profile": _frame(JPEG_2000, jp2(header=box(b"colr", b"\2\0\0" + WORDS))),
    "JP2 brand": _frame(JPEG_2000, jp2(brand=WORDS)),
    "JP2 UUID box": _frame(JPEG_2000, jp2(between=box(b"uuid", WORDS))),
    "JPEG XL behind a codestream": _frame(JPEG_XL, b"\xff\x0a" + bytes(30) + WORDS),
    "JPEG XL behind a codestream in a box": _frame(JPEG_XL, jxl(b"\xff\x0a" + bytes(21) + WORDS)),
    "JPEG XL metadata": _frame(JPEG_XL, jxl(b"\xff\x0a" + bytes(20)) + box(b"Exif", bytes(4) + WORDS)),
}

_OTHERS = {
    "RLE gap": _frame(RLE, rle(gap=WORDS)),
    "RLE tail": _frame(RLE, rle(tail=WORDS)),
    "RLE unused offsets": _frame(RLE, rle(offsets=(WORDS * 5)[:52])),
    "RLE offset table": _with_table(RLE, rle()),
    "RLE fragment too many": _frame(RLE, rle(), WORDS),
    "RLE extended offset table": attack(
        {"ExtendedOffsetTable": ("OV", f"{FAMILY}      ")}, FAMILY, syntax=RLE, coded=fragments(rle())
    ),
    "MPEG user data": _frame(MPEG, b"\0\0\1\xb3" + bytes(8) + b"\0\0\1\xb2" + WORDS + b"\0\0\1\0" + bytes(8)),
    "H.264 supplemental enhancement": _frame(H264, b"\0\0\0\1\x06\x05\x1b" + bytes(16) + WORDS + b"\x80"),
    "HEVC supplemental enhancement": _frame(HEVC, b"\0\0\0\1\x4e\x01\x05\x1b" + bytes(16) + WORDS),
    "MP4 user data": _frame(H264, box(b"ftyp", b"isom") + box(b"moov", box(b"udta", WORDS))),
    "behind a deflated frame": _frame(DEFLATED_FRAME, deflated_frame(WORDS)),
    "behind an uncompressed frame": _frame(UNCOMPRESSED, bytes(128) + WORDS),
}

ATTACKS = {**_JPEG, **_JPEG_2000, **_OTHERS}
