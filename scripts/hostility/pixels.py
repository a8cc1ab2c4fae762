"""Encapsulated pixel data with hostile fragments (PS3.5 A.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostility import wire
from hostility.case import EITHER, REFUSED, Case, stored
from hostility.element import (
    ITEM,
    ITEM_END,
    LARGEST,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    bare,
    data_set,
    element,
    fragments,
)
from hostility.planted import PERSON

JPEG_FRAME = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0\x43\0"
    + b"\1" * 64
    + b"\xff\xc0\0\x0b\x08\0\x08\0\x08\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0\x7f\xff\xd9\0"
)
_EMPTY, _END = bare(ITEM), bare(SEQUENCE_END)


_COMMENT = PERSON.name.encode()
_COMMENTED = JPEG_FRAME[:2] + b"\xff\xfe" + struct.pack(">H", len(_COMMENT) + 2) + _COMMENT + JPEG_FRAME[2:]
_TABLE = struct.pack("<3L", 0, 0xFFFFFFFF, 0x80000000)
_FRAGMENTS: dict[str, tuple[str, bytes, str]] = {
    "no fragment": ("an offset table and nothing else", fragments(), EITHER),
    "not even a table": ("no item at all", fragments()[:12] + bare(SEQUENCE_END), EITHER),
    "table rubbish": ("offsets beyond the end", fragments(JPEG_FRAME, table=_TABLE), EITHER),
    "table odd": ("an offset table of seven bytes", fragments(JPEG_FRAME, table=b"1234567"), EITHER),
    "table of 1 MiB": (
        "an offset table of 256 Ki offsets",
        fragments(JPEG_FRAME, table=bytes(1 << 20)),
        EITHER,
    ),
    "table with a name": (
        "text in the offset table",
        fragments(JPEG_FRAME, table=_COMMENT + b" "),
        EITHER,
    ),
    "missing delimiter": ("no delimiter", fragments(JPEG_FRAME, end=b""), REFUSED),
    "delimiter of an item": ("an item's delimiter", fragments(JPEG_FRAME, end=bare(ITEM_END)), REFUSED),
    "delimiter with a length": (
        "delimiter of 8",
        fragments(JPEG_FRAME, end=bare(SEQUENCE_END, 8)),
        REFUSED,
    ),
    "giant fragment": ("a fragment of 4 GiB", fragments(end=bare(ITEM, LARGEST)), REFUSED),
    "undefined fragment": (
        "a fragment of undefined length",
        fragments(end=bare(ITEM, UNDEFINED)),
        REFUSED,
    ),
    "not a fragment": (
        "an element among fragments",
        fragments(end=element(0x00100010, b"PN", "A")),
        REFUSED,
    ),
    "delimiters inside": (
        "delimiters within a fragment",
        fragments(JPEG_FRAME + bare(SEQUENCE_END) * 4 + b"\xff\xd9"),
        EITHER,
    ),
    "nested encapsulation": (
        "a data set in a fragment",
        fragments(element(0x00100010, b"PN", PERSON.name)),
        EITHER,
    ),
    "comment": ("the name in a comment of the bitstream", fragments(_COMMENTED), EITHER),
    "truncated": ("a bitstream cut in the middle", fragments(JPEG_FRAME[:60]), EITHER),
    "empty bitstream": ("a fragment of no bytes", fragments(b""), EITHER),
    "endless segments": (
        "60,000 segments without a frame",
        fragments(b"\xff\xd8" + b"\xff\xe1\0\2" * 60_000),
        EITHER,
    ),
    "segment of no length": (
        "a segment of length 0",
        fragments(b"\xff\xd8\xff\xe1\0\0" + JPEG_FRAME),
        EITHER,
    ),
    "defined length": (
        "encapsulated bytes of defined length",
        element(PIXEL_DATA, b"OB", bare(ITEM) * 2),
        EITHER,
    ),
    "100,000 empty": ("empty fragments", fragments(*[b""] * 100_000), EITHER),
    "a million empty": ("a million empty fragments", fragments(end=_EMPTY * 1_000_000 + _END), EITHER),
}


def cases() -> Iterator[Case]:
    """Return the cases."""
    for kind, (what, encoded, expected) in _FRAGMENTS.items():
        yield stored(
            f"fragments: {kind}",
            what,
            expected,
            lambda uid, encoded=encoded: data_set(uid, {PIXEL_DATA: encoded}),
            syntax=wire.JPEG,
            slow=kind.startswith("a million"),
        )
    for name, syntax in (("JPEG 2000", wire.JPEG_2000), ("RLE", wire.RLE)):
        for kind, frame in (("rubbish", b"\xff" * 512), ("zeros", bytes(512)), ("of another", JPEG_FRAME)):
            yield stored(
                f"bitstream: {name}, {kind}",
                f"{kind} bytes as {name}",
                EITHER,
                lambda uid, frame=frame: data_set(uid, {PIXEL_DATA: fragments(frame)}),
                syntax=syntax,
            )
    header = struct.pack("<16L", 15, *[0xFFFFFFF0] * 15)
    yield stored(
        "bitstream: RLE, offsets",
        "fifteen segments far beyond the end",
        EITHER,
        lambda uid: data_set(uid, {PIXEL_DATA: fragments(header + bytes(64))}),
        syntax=wire.RLE,
    )
    yield stored(
        "bitstream: native in JPEG",
        "pixels of defined length in a compressed syntax",
        EITHER,
        data_set,
        syntax=wire.JPEG,
    )
