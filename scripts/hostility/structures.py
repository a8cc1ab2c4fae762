"""Data sets whose structure is hostile: depth, lengths, delimiters, deflate."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from hostility import wire
from hostility.case import EITHER, HANDLED, REFUSED, Case, stored
from hostility.element import (
    CONTENT_SEQUENCE,
    ITEM,
    ITEM_END,
    LARGEST,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    bare,
    data_set,
    element,
    implicit,
    nested,
    sequence,
)
from hostility.planted import PERSON

_DEPTHS = (12, 49, 180, 10_000, 1_000_000)
_DEEPEST = 48
_NAME = 0x00100010
_PRIVATE = 0x00111001
_CREATOR = {0x00110010: element(0x00110010, b"LO", "HOSTILE 1.0")}


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _nesting()
    yield from _lengths()
    yield from _deflate()
    yield from _delimiters()


def _nesting() -> Iterator[Case]:
    for depth in _DEPTHS:
        for defined in (True, False):
            kind = "defined" if defined else "undefined"
            yield stored(
                f"nesting: {depth}, {kind}",
                f"{depth:,} sequences within one another, lengths {kind}",
                HANDLED if depth <= _DEEPEST else "C002H",
                lambda uid, depth=depth, defined=defined: data_set(
                    uid, {CONTENT_SEQUENCE: nested(depth, defined=defined)}
                ),
            )
    yield stored(
        "nesting: in UN", "12 sequences in private values of VR UN, implicit within", EITHER, _nested_unknown
    )
    yield stored("nesting: a million items", "one sequence of a million empty items", EITHER, _many_items)
    yield stored(
        "nesting: number of three bytes",
        "12 sequences around a US of three bytes",
        EITHER,
        lambda uid: data_set(uid, {CONTENT_SEQUENCE: _around(element(0x00280010, b"US", b"abc", 3), 12)}),
        slow=True,
    )


def _around(inner: bytes, depth: int) -> bytes:
    for _ in range(depth):
        inner = sequence(CONTENT_SEQUENCE, inner)
    return inner


def _nested_unknown(uid: bytes) -> bytes:
    inner = implicit(_NAME, PERSON.name)
    for _ in range(12):
        inner = implicit(_PRIVATE, bare(ITEM, len(inner)) + inner)
    return data_set(uid, {**_CREATOR, _PRIVATE: element(_PRIVATE, b"UN", inner)})


def _many_items(uid: bytes) -> bytes:
    items = bare(ITEM) * 1_000_000
    return data_set(uid, {CONTENT_SEQUENCE: element(CONTENT_SEQUENCE, b"SQ", items)})


def _lengths() -> Iterator[Case]:
    giant = {
        "value": element(0x00081030, b"UN", b"x", LARGEST),
        "pixel data": element(PIXEL_DATA, b"OW", bytes(64), LARGEST),
        "sequence": element(CONTENT_SEQUENCE, b"SQ", b"", LARGEST),
        "item": element(CONTENT_SEQUENCE, b"SQ", bare(ITEM, LARGEST), UNDEFINED),
        "fragment": element(PIXEL_DATA, b"OB", bare(ITEM) + bare(ITEM, LARGEST) + b"\xff\xd8", UNDEFINED),
        "64-bit integers": element(0x00281199, b"UV", b"12345678", 1 << 30),
        "signed 64-bit integers": element(0x00281199, b"SV", b"12345678", 1 << 30),
    }
    for place, encoded in giant.items():
        yield stored(
            f"length: giant {place}",
            f"{place} that claims 1 to 4 GiB and has a few bytes",
            "C001H",
            lambda uid, encoded=encoded: data_set(uid, tail=encoded),
        )
    wrong = {
        "odd value": ({0x00100040: element(0x00100040, b"CS", b"F", 1)}, EITHER),
        "odd UID": ({0x0020000D: element(0x0020000D, b"UI", b"1.2.3.4.5", 9)}, EITHER),
        "odd sequence": (
            {
                CONTENT_SEQUENCE: element(
                    CONTENT_SEQUENCE, b"SQ", bare(ITEM, 9) + element(_NAME, b"PN", b"N", 1)
                )
            },
            EITHER,
        ),
        "short number": ({0x00280010: element(0x00280010, b"US", b"\x08", 1)}, EITHER),
        "number of 7 bytes": ({0x00280010: element(0x00280010, b"US", b"\x08" * 7, 7)}, EITHER),
        "undefined in a text": ({0x00081030: element(0x00081030, b"UT", b"x", UNDEFINED)}, REFUSED),
    }
    for kind, (other, expected) in wrong.items():
        yield stored(
            f"length: {kind}",
            f"a length that no {kind.split()[-1]} has",
            expected,
            lambda uid, other=other: data_set(uid, other),
        )


def _deflate() -> Iterator[Case]:
    def bomb(uid: bytes) -> bytes:
        return _deflated(data_set(uid, {0x00204000: element(0x00204000, b"UT", bytes(100 << 20))}))

    def nested_bomb(uid: bytes) -> bytes:
        return _deflated(_deflated(_deflated(data_set(uid, tail=bytes(50 << 20)))))

    bombs = (
        ("1000:1", "100 MiB of zeros in a few hundred KiB", bomb, "C002H"),
        ("nested", "a deflate stream in one in one", nested_bomb, REFUSED),
        (
            "truncated",
            "a deflate stream cut in the middle",
            lambda uid: _deflated(data_set(uid))[:-40],
            REFUSED,
        ),
        ("none", "bytes that are no deflate stream", lambda _: b"\xff" * 4096, REFUSED),
        ("trailing", "bytes behind the stream", lambda uid: _deflated(data_set(uid)) + bytes(4096), REFUSED),
        ("not deflated", "a plain data set in the deflated syntax", data_set, REFUSED),
        ("empty blocks", "a million empty blocks", lambda _: b"\0\0\0\xff\xff" * 1_000_000, REFUSED),
    )
    for kind, what, encode, expected in bombs:
        yield stored(f"deflate: {kind}", what, expected, encode, syntax=wire.DEFLATED)


def _deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


_DELIMITERS = {
    "at the top": bare(ITEM_END),
    "of a sequence at the top": bare(SEQUENCE_END),
    "item at the top": bare(ITEM),
    "missing": element(CONTENT_SEQUENCE, b"SQ", bare(ITEM, UNDEFINED), UNDEFINED),
    "missing in an item": element(
        CONTENT_SEQUENCE, b"SQ", bare(ITEM, UNDEFINED) + bare(SEQUENCE_END), UNDEFINED
    ),
    "with a length": element(CONTENT_SEQUENCE, b"SQ", bare(SEQUENCE_END, 8) + bytes(8), UNDEFINED),
    "twice": element(CONTENT_SEQUENCE, b"SQ", bare(SEQUENCE_END) * 2, UNDEFINED),
    "truncated item": element(CONTENT_SEQUENCE, b"SQ", bare(ITEM)[:6], UNDEFINED),
    "truncated item of defined length": element(CONTENT_SEQUENCE, b"SQ", bare(ITEM)[:6]),
    "of an item in a fragment": element(PIXEL_DATA + 0x10000, b"OB", bare(ITEM) + bare(ITEM_END), UNDEFINED),
}


def _delimiters() -> Iterator[Case]:
    for kind, body in _DELIMITERS.items():
        # One of no length that closes nothing is an unknown element: it goes.
        expected = EITHER if kind.endswith("at the top") or kind == "twice" else REFUSED
        yield stored(
            f"delimiter: {kind}",
            f"delimiter {kind}",
            expected,
            lambda uid, body=body: data_set(uid, tail=body),
        )
    embedded = bare(ITEM_END) + bare(SEQUENCE_END) + element(_NAME, b"PN", PERSON.name)
    yield stored(
        "delimiter: in a text",
        "delimiters and an element inside a text of an item",
        EITHER,
        lambda uid: data_set(
            uid,
            {
                CONTENT_SEQUENCE: element(
                    CONTENT_SEQUENCE,
                    b"SQ",
                    bare(ITEM, UNDEFINED)
                    + element(0x0040A160, b"UT", embedded)
                    + bare(ITEM_END)
                    + bare(SEQUENCE_END),
                    UNDEFINED,
                )
            },
        ),
    )
    pixels = (bare(ITEM_END) + bare(SEQUENCE_END) + element(_NAME, b"PN", "Not^Needed")).ljust(64, b"\0")
    yield stored(
        "delimiter: in pixels",
        "delimiters and an element inside Pixel Data",
        EITHER,
        lambda uid: data_set(uid, {PIXEL_DATA: element(PIXEL_DATA, b"OW", pixels)}),
    )
