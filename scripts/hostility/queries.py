"""Hostile Identifiers and requests of a researcher (PS3.4 Annex C)."""

from __future__ import annotations

from collections.abc import Iterator

from hostility import wire
from hostility.case import ENDED, Case
from hostility.element import LARGEST, UNDEFINED, bare, element, nested
from hostility.peer import Dial
from hostility.planted import PERSON

_LEVEL = element(0x00080052, b"CS", "STUDY")
_IMAGE = element(0x00080052, b"CS", "IMAGE")
_STUDY = 0x0020000D
_ANSWERED = r"0000H|A9..H|C...H|A7..H|A801H|FE00H|0122H"
_CASES_OF_A_KIND = (
    ("C-FIND", wire.C_FIND, wire.STUDY_FIND),
    ("C-MOVE", wire.C_MOVE, wire.STUDY_MOVE),
    ("C-GET", wire.C_GET, wire.STUDY_GET),
)


def _query(
    name: str,
    what: str,
    identifier: bytes,
    kind: int = wire.C_FIND,
    sop_class: bytes = wire.STUDY_FIND,
    *,
    destination: bytes = b"",
    expected: str = f"{_ANSWERED}|{ENDED}",
    ahead: bytes = b"",
) -> Case:
    def act(dial: Dial) -> str:
        peer = dial.peer()
        opened = peer.associate((sop_class, [wire.EXPLICIT]), calling=b"RESEARCHER")
        if opened != "A-ASSOCIATE-AC 1 of result 0":
            return opened
        command = wire.query_command(kind, sop_class, destination=destination)
        peer.send(wire.message(1, command, identifier), ahead)
        return peer.last_answer()

    return Case(name, what, expected, act)


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _structures()
    yield from _keys()
    yield from _retrievals()


def _structures() -> Iterator[Case]:
    hostile = {
        "nested 49": ("49 sequences within one another", _LEVEL + nested(49, defined=True)),
        "nested 180": ("180 of undefined length", _LEVEL + nested(180, defined=False)),
        "nested 40,000": ("40,000 of undefined length", _LEVEL + nested(20_000, defined=False)),
        "giant value": ("a key that claims 4 GiB", _LEVEL + element(0x00081030, b"UT", b"x", LARGEST)),
        "giant item": (
            "an item that claims 4 GiB",
            _LEVEL + element(0x00081140, b"SQ", bare(0xFFFEE000, LARGEST), UNDEFINED),
        ),
        "cut": ("without its last byte", (_LEVEL + element(0x00100010, b"PN", PERSON.name))[:-1]),
        "empty": ("no keys", b""),
        "rubbish": ("64 KiB of 0xFF", b"\xff" * 65536),
        "repeated": ("the level twice", _LEVEL + _LEVEL),
        "2 MiB": ("an Identifier of 2 MiB", _LEVEL + element(0x00104000, b"UT", bytes(2 << 20))),
        "50,000 keys": (
            "private keys",
            _LEVEL + b"".join(element(0x00090000 + n, b"LO", "") for n in range(0x1000, 0xC000)),
        ),
        "unknown VR": ("a key of VR ZZ", _LEVEL + element(0x00100010, b"ZZ", PERSON.name)),
        "escapes": (
            "escape sequences",
            element(0x00080005, b"CS", "ISO 2022 IR 87")
            + _LEVEL
            + element(0x00100010, b"PN", b"\x1b$B\x1b(B" * 5_000 + b"*"),
        ),
    }
    for kind, (what, identifier) in hostile.items():
        yield _query(f"query: {kind}", what, identifier)
    yield _query(
        "query: storm of cancels",
        "2,000 C-CANCEL behind it",
        _LEVEL + element(_STUDY, b"UI", ""),
        ahead=wire.fragment(1, 3, wire.command_set({0x100: wire.C_CANCEL, 0x120: 1, 0x800: wire.NO_DATA_SET}))
        * 2_000,
    )


_UIDS = "\\".join(f"1.2.3.{number}" for number in range(7_000))
_BOMBS = {
    "7,000 UIDs": (_STUDY, b"UI", _UIDS),
    "100,000 UIDs": (_STUDY, b"UT", "\\".join(["1.2.3.4.5"] * 100_000)),
    "wildcards": (0x00100010, b"PN", "*?" * 30_000 + "x"),
    "wildcards, UT": (0x00081030, b"UT", "*?" * 200_000 + "x"),
    "wildcards of words": (0x00081030, b"LO", "*a" * 30_000),
    "brackets": (0x00100010, b"PN", "[a-z]*{1,}" * 1_000),
    "SQL": (0x00100010, b"PN", "'; DROP TABLE instance; --" + PERSON.name),
    "percent": (0x00100010, b"PN", "%_" * 1_000),
    "NUL": (0x00100020, b"LO", PERSON.identifier + "\0*"),
    "newlines": (0x00100020, b"LO", PERSON.identifier + "\n\r\x1b[2J"),
    "path": (_STUDY, b"UI", PERSON.path),
    "50,000 components": (0x00100010, b"PN", "^x" * 30_000),
    "10,000 names": (0x00100010, b"PN", "\\".join([PERSON.title] * 4_000)),
    "bad UTF-8": (0x00100010, b"PN", b"\xff\xfe\xc3\x28*"),
    "surrogates": (0x00100010, b"PN", b"\xed\xa0\x80*"),
}


def _keys() -> Iterator[Case]:
    for kind, (tag, vr, value) in _BOMBS.items():
        yield _query(
            f"key: {kind}", f"({tag >> 16:04X},{tag & 0xFFFF:04X})", _LEVEL + element(tag, vr, value)
        )
    dates = (
        "-",
        "--",
        "20240101-20230101-20220101",
        "99999999-00000000",
        "2024",
        "-20249999",
        "1" * 60_000,
        "٢٠٢٤",
        "nan-inf",
    )
    for number, date in enumerate(dates):
        yield _query(f"key: date {number}", "a range that is none", _LEVEL + element(0x00080020, b"DA", date))
        yield _query(f"key: time {number}", "a range that is none", _LEVEL + element(0x00080030, b"TM", date))
    for level in ("", "PATIENT", "*", PERSON.name, "STUDY\\SERIES", "A" * 60_000):
        yield _query(f"key: level of {len(level)}", "a level that is none", element(0x00080052, b"CS", level))
    yield _query(
        "key: numbers",
        "Instance Number",
        _IMAGE
        + element(_STUDY, b"UI", "1.2")
        + element(0x0020000E, b"UI", "1.2")
        + element(0x00200013, b"IS", "9" * 5_000),
    )


def _retrievals() -> Iterator[Case]:
    uids = "\\".join(f"1.2.3.{number}" for number in range(7_000))
    hostile = {
        "7,000 UIDs": _LEVEL + element(_STUDY, b"UI", uids),
        "no UID": _LEVEL + element(_STUDY, b"UI", ""),
        "wildcard": _LEVEL + element(_STUDY, b"UI", "*"),
        "path": _LEVEL + element(_STUDY, b"UI", PERSON.path),
        "rubbish": b"\xff" * 4096,
        "nested": _LEVEL + nested(10_000, defined=True),
    }
    for name, kind, sop_class in _CASES_OF_A_KIND[1:]:
        for what, identifier in hostile.items():
            yield _query(
                f"{name}: {what}",
                "a hostile Identifier",
                identifier,
                kind,
                sop_class,
                destination=b"RESEARCHER",
            )
    for title in (b"", b"../../tmp", b"\xff" * 16, PERSON.title.encode(), b"A" * 200):
        yield _query(
            f"C-MOVE: to {title[:8]!r}",
            "a destination that is none",
            _LEVEL + element(_STUDY, b"UI", "1.2.3"),
            wire.C_MOVE,
            wire.STUDY_MOVE,
            destination=title,
        )
    for name, kind, _ in _CASES_OF_A_KIND:
        yield _query(
            f"{name}: in another context",
            "a request in a context for Study Root FIND or GET",
            _LEVEL,
            kind,
            wire.STUDY_GET if kind != wire.C_GET else wire.STUDY_FIND,
        )
