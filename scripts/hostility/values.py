"""Data sets whose values are hostile: VRs, UIDs, character sets, names, dates."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostility import wire
from hostility.case import EITHER, REFUSED, Case, stored
from hostility.element import CONTENT_SEQUENCE, data_set, element, implicit, sequence
from hostility.planted import PERSON

_NAME, _ID, _CHARACTER_SET, _COMMENTS = 0x00100010, 0x00100020, 0x00080005, 0x00104000
_STUDY, _SERIES, _INSTANCE, _CLASS = 0x0020000D, 0x0020000E, 0x00080018, 0x00080016


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _vrs()
    yield from _uids()
    yield from _sop_classes()
    yield from _character_sets()
    yield from _texts()
    yield from _many_names()
    yield from _numbers()


def _one(name: str, what: str, expected: str, tag: int, encoded: bytes, *, slow: bool = False) -> Case:
    return stored(name, what, expected, lambda uid: data_set(uid, {tag: encoded}), slow=slow)


def _vrs() -> Iterator[Case]:
    wrong = (b"US", b"FD", b"SQ", b"OB", b"UN", b"AT", b"DA", b"UI", b"UR", b"SV", b"OV")
    for vr in wrong:
        encoded = element(_NAME, vr, b"" if vr == b"SQ" else PERSON.name)
        yield _one(f"wrong VR: {vr.decode()}", f"Patient's Name of VR {vr.decode()}", EITHER, _NAME, encoded)
    yield _one(
        "wrong VR: UID is PN",
        "Study Instance UID of VR PN",
        EITHER,
        _STUDY,
        element(_STUDY, b"PN", PERSON.name),
    )
    rows = 0x00280010
    yield _one("wrong VR: rows is a name", "Rows of VR PN", EITHER, rows, element(rows, b"PN", PERSON.name))
    yield _one(
        "wrong VR: pixels are a sequence",
        "Pixel Data of VR SQ",
        EITHER,
        0x7FE00010,
        sequence(0x7FE00010, element(_NAME, b"PN", PERSON.name)),
    )
    for vr in (b"ZZ", b"\0\0", b"??", b"pn", b"\xff\xff", b"  "):
        encoded = element(_NAME, vr, PERSON.name)
        yield _one(f"unknown VR: {vr.hex()}", f"Patient's Name of VR {vr!r}", EITHER, _NAME, encoded)


_PATH = PERSON.path.encode()
_UIDS = {
    "path": _PATH,
    "absolute path": b"/tmp/wexcombetarrant",
    "NUL inside": b"1.2\x003/../wexcombetarrant",
    "200 characters": b"1." * 100,
    "65 digits": b"1.2." + b"3" * 61,
    "spaces": b"  1.2.3.4  5 ",
    "empty": b"",
    "a dot": b"..",
    "leading zeros": b"1.02.003",
    "two values": b"1.2.3\\1.2.4",
    "percent and newline": b"1.2%00%0a\n.3",
    "beyond ASCII": "1.2.ü.wexcombetarrant".encode("latin-1"),
    "a name": PERSON.name.encode(),
    "registered": b"1.2.840.10008.1.2",
}


def _uids() -> Iterator[Case]:
    for kind, uid in _UIDS.items():
        yield stored(
            f"UID in command and data set: {kind}",
            "SOP Instance UID of both",
            f"{EITHER}|A900H|A-ABORT",
            data_set,
            instance=uid,
        )
        yield stored(
            f"UID in the command: {kind}",
            "SOP Instance UID of the command alone",
            f"{REFUSED}|A900H|A-ABORT",
            lambda _: data_set(b"1.2.3.4.5.0.9"),
            instance=uid,
        )
        for name, tag in (("study", _STUDY), ("series", _SERIES), ("instance", _INSTANCE)):
            yield _one(
                f"UID in the data set: {kind}, {name}",
                f"{name.capitalize()} Instance UID",
                f"{EITHER}|A900H",
                tag,
                element(tag, b"UI", wire.even(uid)),
            )


def _sop_classes() -> Iterator[Case]:
    mismatch = element(_CLASS, b"UI", wire.even(wire.SECONDARY_CAPTURE))
    yield _one(
        "SOP class: differs",
        "SOP Class of the data set differs from the command's",
        "A900H",
        _CLASS,
        mismatch,
    )
    yield _one("SOP class: missing", "none in the data set", f"{REFUSED}|A900H", _CLASS, b"")
    yield stored(
        "SOP class: of the context differs",
        "command and data set name another than the context",
        "A900H|0122H",
        lambda uid: data_set(uid, sop_class=wire.SECONDARY_CAPTURE),
        sop_class=wire.MR,
    )
    yield stored(
        "SOP class: private",
        "a context for a private SOP Class",
        "A-ASSOCIATE-AC 1 of result 3",
        data_set,
        sop_class=b"1.2.826.0.1.3680043.99.1",
    )
    yield stored(
        "SOP class: path",
        "a context for an abstract syntax that is a path",
        "A-ASSOCIATE-AC 1 of result 3",
        data_set,
        sop_class=_PATH,
    )


def _character_sets() -> Iterator[Case]:
    kanji = "ISO 2022 IR 6\\ISO 2022 IR 87\\ISO 2022 IR 159\\ISO 2022 IR 149"
    escapes = b"\x1b$B\x1b(B\x1b$(D\x1b$)C"
    bombs = {
        "escapes": (kanji, escapes * 5_000 + PERSON.name.encode()),
        "unfinished escape": (kanji, PERSON.name.encode() + b"\x1b"),
        "unknown escape": (kanji, b"\x1b(Q" + PERSON.name.encode() + b"\x1b$~"),
        "escape in a delimiter": (kanji, b"\x1b$B^\\=" * 1_000 + PERSON.name.encode()),
        "undeclared escapes": ("ISO_IR 100", escapes * 100 + PERSON.name.encode()),
        "unknown set": ("ISO_IR 999", PERSON.name.encode("latin-1")),
        "set is a name": (PERSON.name, PERSON.name.encode()),
        "bad UTF-8": ("ISO_IR 192", b"\xc3\x28\xf0\x28\x8c\xbc" + PERSON.name.encode() + b"\xed\xa0\x80"),
        "overlong UTF-8": ("ISO_IR 192", b"\xc0\xaf\xe0\x80\xaf" + PERSON.name.encode()),
        "UTF-16": ("ISO_IR 192", PERSON.name.encode("utf-16-le")),
        "GB18030 rubbish": ("GB18030", b"\x81\x30\x81" * 1_000 + PERSON.name.encode()),
        "10,000 sets": ("\\".join(["ISO 2022 IR 87"] * 2_000), PERSON.name.encode()),
        "Python codec": ("rot13", PERSON.name.encode()),
        "codec of a bomb": ("zlib_codec\\bz2_codec\\unicode_escape", b"\\U0001F600" + PERSON.name.encode()),
    }
    for kind, (declared, name) in bombs.items():
        other = {_CHARACTER_SET: element(_CHARACTER_SET, b"CS", declared), _NAME: element(_NAME, b"PN", name)}
        yield stored(
            f"characters: {kind}",
            "a hostile name in a declared character set",
            EITHER,
            lambda uid, other=other: data_set(uid, other),
        )
    item = element(_CHARACTER_SET, b"CS", "ISO 2022 IR 149") + element(
        _NAME, b"PN", escapes + PERSON.name.encode()
    )
    yield _one(
        "characters: in an item",
        "an item with a set of its own",
        EITHER,
        CONTENT_SEQUENCE,
        sequence(CONTENT_SEQUENCE, item),
    )


def _texts() -> Iterator[Case]:
    components = PERSON.name + "^x" * 30_000
    yield _one(
        "name: 30,000 components",
        "Patient's Name of 60 KiB",
        EITHER,
        _NAME,
        element(_NAME, b"PN", components),
    )
    for count, slow in ((100_000, False), (1_000_000, True)):
        yield _one(
            f"name: {count:,} components",
            "as Patient Comments of unlimited text",
            EITHER,
            _COMMENTS,
            element(_COMMENTS, b"UT", PERSON.name + "^x" * count),
            slow=slow,
        )
        yield stored(
            f"name: {count:,} components, implicit",
            "Patient's Name, which implicit VR does not bound",
            EITHER,
            lambda uid, count=count: _implicit_name(uid, count),
            syntax=wire.IMPLICIT,
            slow=slow,
        )


def _many_names() -> Iterator[Case]:
    yield _one(
        "name: 10,000 values",
        "names by the thousand",
        EITHER,
        _NAME,
        element(_NAME, b"PN", "\\".join([PERSON.name] * 2_000)),
    )
    yield _one("name: only separators", "", EITHER, _NAME, element(_NAME, b"PN", "^=\\" * 20_000))
    yield _one(
        "text: 10 MiB",
        "Patient Comments of 10 MiB of one word",
        EITHER,
        _COMMENTS,
        element(_COMMENTS, b"UT", f"{PERSON.name} " * 400_000),
        slow=True,
    )


def _numbers() -> Iterator[Case]:
    dates = (
        "99999999",
        "20240230",
        "-0001-01-01",
        "20240101-20240102",
        "19000101" * 500,
        "٢٠٢٤٠١٠١",
        "%s%n",
        "nan",
    )
    for number, date in enumerate(dates):
        yield _one(
            f"date: {number}", "Study Date that is none", EITHER, 0x00080020, element(0x00080020, b"DA", date)
        )
    numbers = {"huge": "9" * 5_000, "not a number": "NaN", "infinite": "1e99999", "negative": "-1"}
    for kind, number in numbers.items():
        yield _one(
            f"number: {kind}", "Instance Number", EITHER, 0x00200013, element(0x00200013, b"IS", number)
        )
    sizes = {
        "rows 65535": (0x00280010, 65535),
        "bits 0": (0x00280100, 0),
        "samples 65535": (0x00280002, 65535),
    }
    for kind, (tag, size) in sizes.items():
        encoded = element(tag, b"US", struct.pack("<H", size))
        yield _one(f"image: {kind}", "a description that does not fit the pixels", EITHER, tag, encoded)
    frames = element(0x00280008, b"IS", str(1 << 31))
    yield _one("image: 2**31 frames", "Number of Frames", EITHER, 0x00280008, frames)


def _implicit_name(uid: bytes, count: int) -> bytes:
    values = {
        _CLASS: wire.even(wire.MR),
        _INSTANCE: wire.even(uid),
        _NAME: PERSON.name.encode() + b"^x" * count,
        _ID: PERSON.identifier.encode(),
        _STUDY: b"1.2.3.4.5.0.1\0",
        _SERIES: b"1.2.3.4.5.0.2\0",
    }
    return b"".join(implicit(tag, value) for tag, value in values.items())
