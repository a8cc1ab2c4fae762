"""Hostile messages on an association (PS3.7 6.3 and 9, PS3.8 9.3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from hostility import wire
from hostility.case import EITHER, ENDED, Case, said
from hostility.element import LARGEST, data_set, new_uid
from hostility.peer import Peer
from hostility.planted import PERSON

_LAST_COMMAND = wire.COMMAND | wire.LAST
ECHO, STORE = 1, 3
"""Numbers of the contexts that these cases negotiate."""


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _values()
    yield from _commands()
    yield from _command_sets()
    yield from _sequences()
    yield from _numbers()


def sent(name: str, what: str, expected: str, *encoded: bytes) -> Case:
    """Make the case of something that is sent on an association."""
    return said(name, what, expected, lambda peer: peer.send(*encoded))


_ECHO_COMMAND = wire.echo_command()
_PDVS = {
    "wrong context": ("a context that was not negotiated", wire.fragment(99, 3, _ECHO_COMMAND)),
    "even context": ("context 2", wire.fragment(2, 3, _ECHO_COMMAND)),
    "context of another service": (
        "C-ECHO in a context for storage",
        wire.fragment(STORE, 3, _ECHO_COMMAND),
    ),
    "giant": ("a PDV that claims 4 GiB", wire.pdu(wire.DATA, wire.pdv(ECHO, 3, _ECHO_COMMAND, LARGEST))),
    "longer than its PDU": (
        "a PDV that claims a byte more",
        wire.pdu(wire.DATA, wire.pdv(ECHO, 3, _ECHO_COMMAND, len(_ECHO_COMMAND) + 3)),
    ),
    "shorter than its header": ("a PDV of one byte", wire.pdu(wire.DATA, wire.pdv(ECHO, 3, b"", 1))),
    "of length 0": ("a PDV that claims nothing", wire.pdu(wire.DATA, wire.pdv(ECHO, 3, b"", 0))),
    "none": ("a P-DATA PDU without a PDV", wire.pdu(wire.DATA, b"")),
    "header cut": ("a PDU of three bytes", wire.pdu(wire.DATA, b"\0\0\0")),
    "giant PDU": ("a P-DATA PDU that claims 4 GiB", wire.pdu(wire.DATA, b"x", LARGEST)),
    "larger than allowed": (
        "a P-DATA PDU of 1 MiB",
        wire.pdu(wire.DATA, wire.pdv(ECHO, 1, bytes(1 << 20))),
    ),
    "data first": ("a data set without a command", wire.fragment(STORE, 2, data_set(new_uid()))),
    "data for an echo": (
        "a data set that was not announced",
        wire.fragment(ECHO, 3, _ECHO_COMMAND) + wire.fragment(ECHO, 2, b"x"),
    ),
    "unknown control": ("control header FFH", wire.fragment(ECHO, 0xFF, _ECHO_COMMAND)),
    "giant release": ("an A-RELEASE-RQ that claims 4 GiB", wire.pdu(wire.RELEASE_RQ, b"", LARGEST)),
    "PDU of type 8": ("an unknown PDU", wire.pdu(8, bytes(4))),
    "rejection": ("an A-ASSOCIATE-RJ on an association", wire.pdu(wire.ASSOCIATE_RJ, bytes(4))),
    "answer": ("an A-RELEASE-RP that nobody asked for", wire.pdu(wire.RELEASE_RP, bytes(4))),
    "abort": ("an A-ABORT", wire.pdu(wire.ABORT, b"\0\0\0\xff")),
}


def _values() -> Iterator[Case]:
    for kind, (what, encoded) in _PDVS.items():
        expected = f"0000H|{ENDED}" if kind in ("data for an echo", "unknown control") else ENDED
        yield sent(f"value: {kind}", what, expected, encoded)
    empty = wire.fragment(ECHO, wire.COMMAND, b"")
    many = wire.pdu(wire.DATA, wire.pdv(ECHO, wire.COMMAND, b"") * 10_000)
    yield sent(
        "value: 20,000 empty PDUs",
        "empty fragments, then a C-ECHO",
        f"0000H|{ENDED}",
        empty * 20_000,
        wire.fragment(ECHO, 3, _ECHO_COMMAND),
    )
    yield sent(
        "value: 200,000 empty in PDUs",
        "empty fragments, then a C-ECHO",
        f"0000H|{ENDED}",
        many * 20,
        wire.fragment(ECHO, 3, _ECHO_COMMAND),
    )
    bytewise = b"".join(
        wire.fragment(ECHO, wire.COMMAND, _ECHO_COMMAND[n : n + 1]) for n in range(len(_ECHO_COMMAND))
    )
    yield sent(
        "value: byte by byte",
        "a C-ECHO in fragments of a byte",
        "0000H",
        bytewise,
        wire.fragment(ECHO, 3, b""),
    )


def _commands() -> Iterator[Case]:
    uid, path = wire.even(wire.MR), wire.even(PERSON.path.encode())
    kinds = {
        0x100: "N-EVENT-REPORT",
        0x110: "N-GET",
        0x120: "N-SET",
        0x130: "N-ACTION",
        0x140: "N-CREATE",
        0x150: "N-DELETE",
    }
    for kind, name in kinds.items():
        encoded = wire.command_set(
            {0x3: uid, 0x2: uid, 0x100: kind, 0x110: 1, 0x800: wire.NO_DATA_SET, 0x1001: path}
        )
        yield sent(f"command: {name}", "a request of no service here", ENDED, wire.fragment(ECHO, 3, encoded))


_PLAIN: dict[int, int | bytes] = {
    0x2: wire.even(wire.VERIFICATION),
    0x100: wire.C_ECHO,
    0x110: 1,
    0x800: wire.NO_DATA_SET,
}
_PLAIN_ECHO = wire.command_set(_PLAIN)
_COMMANDS: dict[str, tuple[str, bytes]] = {
    "0xFFFF": ("command field FFFFH", wire.command_set(_PLAIN | {0x100: 0xFFFF})),
    "C-FIND by a scanner": (
        "a query in a context for Verification",
        wire.command_set(_PLAIN | {0x100: wire.C_FIND}),
    ),
    "C-STORE for an echo": (
        "a store in a context for Verification",
        wire.command_set(_PLAIN | {0x100: wire.C_STORE, 0x1000: b"1.2"}),
    ),
    "no command field": ("none", wire.command_set({one: _PLAIN[one] for one in (0x2, 0x110, 0x800)})),
    "no SOP class": ("none", wire.command_set({one: _PLAIN[one] for one in (0x100, 0x110, 0x800)})),
    "no message id": ("none", wire.command_set({one: _PLAIN[one] for one in (0x2, 0x100, 0x800)})),
    "field of one byte": ("a command field of one byte", wire.command_set(_PLAIN | {0x100: b"\x30"})),
    "field of 60,000 bytes": (
        "a command field that never ends",
        wire.command_set(_PLAIN | {0x100: b"\x30\0" * 30_000}),
    ),
    "empty": ("no command at all", b""),
    "group 0008": ("an element of another group", _PLAIN_ECHO + b"\x08\0\x18\0\x02\0\0\x001."),
    "undefined length": ("a sequence", _PLAIN_ECHO + b"\0\0\0\x09\xff\xff\xff\xff"),
    "giant length": ("a value that claims 4 GiB", _PLAIN_ECHO + b"\0\0\0\x09\xfe\xff\xff\xff"),
    "cut": ("the command set without its last byte", _PLAIN_ECHO[:-1]),
    "explicit": ("a command set in explicit VR", b"\0\0\0\x01US\2\0\x30\0"),
    "rubbish": ("4 KiB of 0xFF", b"\xff" * 4096),
    "text": ("names", PERSON.name.encode() * 100),
    "too large": ("100 KiB of a command", wire.command_set(_PLAIN | {0x902: b"x" * 100_000})),
    "path": (
        "a SOP Class UID that is a path",
        wire.command_set(_PLAIN | {0x2: wire.even(PERSON.path.encode())}),
    ),
    "repeated": ("elements a thousand times", _PLAIN_ECHO * 1000),
}


def _command_sets() -> Iterator[Case]:
    for kind, (what, encoded) in _COMMANDS.items():
        pieces = [encoded[at : at + wire.PIECE] for at in range(0, max(len(encoded), 1), wire.PIECE)]
        fragments = [wire.fragment(ECHO, 1, piece) for piece in pieces[:-1]] + [
            wire.fragment(ECHO, 3, pieces[-1])
        ]
        yield sent(f"command: {kind}", what, f"0000H|{ENDED}" if kind == "repeated" else ENDED, *fragments)


_AN_ECHO, _UID = wire.echo_command(), new_uid()
_A_STORE = wire.fragment(STORE, 3, wire.store_command(_UID))
_A_RESPONSE = wire.command_set(
    {
        0x2: wire.even(wire.MR),
        0x100: 0x8001,
        0x120: 1,
        0x800: wire.NO_DATA_SET,
        0x900: 0,
        0x1000: b"1.2.3\0",
    }
)
_A_REQUEST = wire.proposing((wire.VERIFICATION, [wire.IMPLICIT]))
_SEQUENCES = {
    "second request": ("A-ASSOCIATE-RQ on an association", ENDED, _A_REQUEST),
    "hundred requests": ("A-ASSOCIATE-RQ a hundred times", ENDED, _A_REQUEST * 100),
    "two commands": (
        "a command within another",
        ENDED,
        wire.fragment(ECHO, 1, _AN_ECHO[:20]) + wire.fragment(STORE, 3, _AN_ECHO),
    ),
    "command in a data set": (
        "a C-ECHO before a store's data set is complete",
        ENDED,
        _A_STORE + wire.fragment(STORE, 0, b"x" * 10) + wire.fragment(ECHO, 3, _AN_ECHO),
    ),
    "other context": (
        "a data set in another context than its command",
        ENDED,
        _A_STORE + wire.fragment(ECHO, 2, b"x"),
    ),
    "release within": (
        "an A-RELEASE-RQ within a message",
        f"A-RELEASE-RP|{ENDED}",
        _A_STORE + wire.pdu(wire.RELEASE_RQ, bytes(4)),
    ),
    "abort within": ("an A-ABORT within a message", ENDED, _A_STORE + wire.pdu(wire.ABORT, bytes(4))),
    "two releases": (
        "A-RELEASE-RQ twice",
        f"A-RELEASE-RP|{ENDED}",
        wire.pdu(wire.RELEASE_RQ, bytes(4)) * 2,
    ),
    "data after release": (
        "a C-ECHO behind the A-RELEASE-RQ",
        f"A-RELEASE-RP|{ENDED}",
        wire.pdu(wire.RELEASE_RQ, bytes(4)) + wire.fragment(ECHO, 3, _AN_ECHO),
    ),
    "response": (
        "a response that nobody asked for, then a C-ECHO",
        f"0000H|{ENDED}",
        wire.fragment(STORE, 3, _A_RESPONSE) + wire.fragment(ECHO, 3, _AN_ECHO),
    ),
    "thousand responses": (
        "responses that nobody asked for",
        f"0000H|{ENDED}",
        wire.fragment(STORE, 3, _A_RESPONSE) * 1000 + wire.fragment(ECHO, 3, _AN_ECHO),
    ),
}


def _sequences() -> Iterator[Case]:
    for kind, (what, expected, encoded) in _SEQUENCES.items():
        yield sent(f"sequence: {kind}", what, expected, encoded)


def _numbers() -> Iterator[Case]:
    for number in (0, 1, 65535):
        yield sent(
            f"message id: {number}",
            "of a C-ECHO",
            "0000H",
            wire.fragment(ECHO, 3, wire.echo_command(number)),
        )
        yield said(
            f"message id: {number}, twice",
            "of two C-STORE",
            EITHER,
            lambda peer, number=number: _twice(peer, number),
        )


def _twice(peer: Peer, number: int) -> str:
    for _ in range(2):
        uid = new_uid()
        peer.send(wire.message(STORE, wire.store_command(uid, message=number), data_set(uid)))
        said_last = peer.answer()
    return said_last
