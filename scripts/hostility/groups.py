"""Data sets whose elements are out of order, repeated, of groups that do not belong there, or none."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostility import wire
from hostility.case import EITHER, HANDLED, REFUSED, Case, stored
from hostility.element import CONTENT_SEQUENCE, ITEM, UNDEFINED, base, data_set, element, implicit, sequence
from hostility.planted import PERSON

_NAME = 0x00100010


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _order()
    yield from _rubbish()
    yield from _groups()


def _order() -> Iterator[Case]:
    name, other_name = element(_NAME, b"PN", PERSON.name), element(_NAME, b"PN", "Other^Name")
    whole = sequence(CONTENT_SEQUENCE, name + other_name)
    yield stored(
        "repeated: element",
        "Patient's Name twice, the second at the end",
        "C001H",
        lambda uid: data_set(uid, tail=name),
    )
    yield stored(
        "repeated: in an item",
        "Patient's Name twice in an item",
        "C001H",
        lambda uid: data_set(uid, {CONTENT_SEQUENCE: whole}),
    )
    yield stored(
        "repeated: 100,000 times",
        "the same element 100,000 times",
        "C001H",
        lambda uid: data_set(uid, tail=name * 100_000),
    )
    yield stored("order: reversed", "all elements in descending order", EITHER, _reversed)
    yield stored(
        "order: patient last",
        "Patient's Name behind Pixel Data",
        HANDLED,
        lambda uid: data_set(uid, {_NAME: b""}, tail=name),
    )
    yield stored(
        "order: whole data set twice", "the data set, and once more", "C001H", lambda u: data_set(u) * 2
    )


def _rubbish() -> Iterator[Case]:
    yield stored("empty", "a C-STORE of no bytes", REFUSED, lambda _: b"")
    yield stored("rubbish: zeros", "1 MiB of zeros", EITHER, lambda _: bytes(1 << 20))
    yield stored("rubbish: 0xFF", "1 MiB of ones", REFUSED, lambda _: b"\xff" * (1 << 20))
    yield stored("rubbish: text", "a web page", REFUSED, lambda _: b"<html>" + PERSON.name.encode() * 100)
    yield stored(
        "rubbish: Part 10 file",
        "preamble and File Meta Information before the data set",
        EITHER,
        lambda uid: bytes(128) + b"DICM" + element(0x00020010, b"UI", wire.EXPLICIT) + data_set(uid),
    )
    yield stored(
        "rubbish: other byte order",
        "big endian in a little endian syntax",
        REFUSED,
        lambda uid: (
            element(0x00080018, b"UI", wire.even(uid), order=">")
            + element(_NAME, b"PN", PERSON.name, order=">")
        ),
    )
    yield stored(
        "rubbish: implicit in explicit",
        "implicit VR in an explicit syntax",
        EITHER,
        lambda uid: implicit(0x00080018, wire.even(uid)) + implicit(_NAME, PERSON.name),
    )
    yield stored(
        "rubbish: explicit in implicit",
        "explicit VR in the implicit syntax",
        EITHER,
        data_set,
        syntax=wire.IMPLICIT,
    )
    yield stored("many: 1,000,000 elements", "private elements, a million", EITHER, _many_elements, slow=True)


def _reversed(uid: bytes) -> bytes:
    return b"".join(encoded for _, encoded in sorted(base(uid).items(), reverse=True))


def _many_elements(uid: bytes) -> bytes:
    private = b"".join(
        element(group << 16 | number, b"LO", "x")
        for group in range(0x21, 0x41, 2)
        for number in range(0x1000, 0xFFFF)
    )
    return data_set(uid, tail=private)


def _groups() -> Iterator[Case]:
    name = PERSON.name
    tags = {
        "0000 command": (0x00000110, b"US", b"\1\0"),
        "0000 text": (0x00000902, b"LO", name),
        "0002 meta": (0x00020010, b"UI", wire.IMPLICIT),
        "0002 text": (0x00020102, b"OB", name),
        "0004 media": (0x00041130, b"CS", name),
        "0001 odd": (0x00011010, b"LO", name),
        "0007 odd": (0x00070010, b"LO", name),
        "0008 length": (0x00080000, b"UL", struct.pack("<L", UNDEFINED)),
        "FFFE item": (ITEM, b"OB", name),
        "FFFE unknown": (0xFFFE1234, b"OB", name),
        "FFFF": (0xFFFF0010, b"LO", name),
        "FFFF end": (0xFFFFFFFF, b"LO", name),
        "FFFC padding": (0xFFFCFFFC, b"OB", name),
        "FFFA signatures": (0xFFFAFFFA, b"SQ", b""),
        "private without creator": (0x00291010, b"PN", name),
        "private creator is a name": (0x00290010, b"LO", name),
        "repeating curve": (0x50003000, b"OW", name),
        "repeating overlay": (0x60FF3000, b"OW", name),
        "odd overlay": (0x60013000, b"OW", name),
        "unknown standard": (0x00087777, b"LO", name),
    }
    for kind, (tag, vr, value) in tags.items():
        encoded = element(tag, vr, value)
        yield stored(
            f"group: {kind}",
            f"({tag >> 16:04X},{tag & 0xFFFF:04X}) in the data set",
            EITHER,
            lambda uid, tag=tag, encoded=encoded: data_set(uid, {tag: encoded}),
        )
