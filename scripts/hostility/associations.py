"""Hostile association requests (PS3.8 9.3.2, PS3.7 Annex D)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostility import wire
from hostility.case import ENDED, REJECTED, Case, said
from hostility.peer import Peer
from hostility.planted import PERSON

_APPLICATION = wire.item(0x10, wire.APPLICATION)
_ECHO = wire.context(1, wire.VERIFICATION, [wire.IMPLICIT])
_ACCEPTED = "A-ASSOCIATE-AC.*"
_ANY = f"{_ACCEPTED}|{REJECTED}|{ENDED}"


def _sent(name: str, what: str, expected: str, *encoded: bytes) -> Case:
    return said(name, what, expected, lambda peer: peer.send(*encoded), contexts=None)


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _titles()
    yield from _contexts()
    yield from _items()
    yield from _user_information()


def _titles() -> Iterator[Case]:
    hostile = {
        "empty": b"",
        "blank": b" " * 16,
        "NUL": bytes(16),
        "NUL inside": b"SCAN\0NER",
        "backslash": b"SCAN\\NER",
        "control characters": bytes(range(1, 17)),
        "beyond ASCII": "WEXCOMBETARRANTÜ".encode("latin-1"),
        "UTF-8": "威克斯科姆".encode(),
        "0xFF": b"\xff" * 16,
        "path": b"../../etc/passwd",
        "a name": PERSON.title.encode(),
        "newline and JSON": b'\n{"event":"x"}',
        "format": b"%s%n{0}$(id)",
        "quote": b"' OR 1=1 --",
    }
    for kind, title in hostile.items():
        for end in ("calling", "called"):
            request = wire.proposing((wire.VERIFICATION, [wire.IMPLICIT]), **{end: title})  # type: ignore[arg-type]
            yield _sent(f"AE title: {kind}, {end}", f"{end} AE title", "A-ASSOCIATE-RJ 1/1/[37]", request)


_IMPLICIT = [wire.IMPLICIT]
_MR = (wire.MR, _IMPLICIT)
_MANY_SYNTAXES = [wire.IMPLICIT, *(b"1.2.3.4.%d" % number for number in range(2_000))]
_CONTEXTS: dict[str, tuple[str, str, bytes]] = {
    "128": ("as many as there may be", "A-ASSOCIATE-AC 128 of result 0", wire.proposing(*[_MR] * 128)),
    "129": ("one more: its number is an earlier one's", _ANY, wire.proposing(*[_MR] * 129)),
    "5,000": ("far too many", _ANY, wire.proposing(*[_MR] * 5_000)),
    "same number": ("twice the number 1", _ANY, wire.proposing(_MR, _MR, identifiers=(1, 1))),
    "same number, other syntax": (
        "one number, two abstract syntaxes",
        _ANY,
        wire.proposing(_MR, (wire.VERIFICATION, _IMPLICIT), identifiers=(1, 1)),
    ),
    "even number": ("number 2", _ANY, wire.proposing(_MR, identifiers=(2,))),
    "number 0": ("number 0", _ANY, wire.proposing(_MR, identifiers=(0,))),
    "none": ("no presentation context", _ANY, wire.proposing()),
    "no transfer syntax": ("a context without one", _ANY, wire.proposing((wire.MR, []))),
    "2,000 transfer syntaxes": ("one context", _ACCEPTED, wire.proposing((wire.MR, _MANY_SYNTAXES))),
    "empty transfer syntax": ("of no characters", _ANY, wire.proposing((wire.MR, [b""]))),
    "empty abstract syntax": ("of no characters", _ANY, wire.proposing((b"", _IMPLICIT))),
    "two abstract syntaxes": (
        "in one context",
        _ANY,
        wire.request(
            _APPLICATION,
            wire.item(
                0x20, bytes((1, 0, 0, 0)) + wire.item(0x30, wire.MR) * 2 + wire.item(0x40, wire.IMPLICIT)
            ),
            wire.user(),
        ),
    ),
    "no abstract syntax": (
        "only a transfer syntax",
        _ANY,
        wire.request(
            _APPLICATION,
            wire.item(0x20, bytes((1, 0, 0, 0)) + wire.item(0x40, wire.IMPLICIT)),
            wire.user(),
        ),
    ),
    "nested item": (
        "a context in a context",
        _ANY,
        wire.request(_APPLICATION, wire.item(0x20, bytes((1, 0, 0, 0)) + _ECHO), wire.user()),
    ),
    "path": ("UIDs that are paths", _ANY, wire.proposing((PERSON.path.encode(), [PERSON.path.encode()]))),
    "long UIDs": ("UIDs of 60,000 characters", _ANY, wire.proposing((b"1." * 15_000, [b"1." * 15_000]))),
    "unknown transfer syntax": (
        "only ones that do not exist",
        "A-ASSOCIATE-AC 1 of result 4",
        wire.proposing((wire.MR, [b"1.2.3.4.5"])),
    ),
    "verification in JPEG": (
        "Verification in JPEG",
        _ANY,
        wire.proposing((wire.VERIFICATION, [wire.JPEG])),
    ),
    "query by a scanner": (
        "a modality asks for C-FIND",
        "A-ASSOCIATE-AC 1 of result 3",
        wire.proposing((wire.STUDY_FIND, _IMPLICIT)),
    ),
    "of an answer": (
        "an A-ASSOCIATE-AC's context",
        _ANY,
        wire.request(
            _APPLICATION,
            wire.item(0x21, bytes((1, 0, 0, 0)) + wire.item(0x40, wire.IMPLICIT)),
            wire.user(),
        ),
    ),
}


def _contexts() -> Iterator[Case]:
    for kind, (what, expected, request) in _CONTEXTS.items():
        yield _sent(f"contexts: {kind}", what, expected, request)


_USER = wire.user()
_WHOLE = wire.request(_APPLICATION, _ECHO, _USER)
_ITEMS: dict[str, tuple[str, str, bytes]] = {
    "no items": ("titles alone", _ANY, wire.request()),
    "no user information": ("none", _ANY, wire.request(_APPLICATION, _ECHO)),
    "user information twice": (
        "twice",
        _ANY,
        wire.request(_APPLICATION, _ECHO, _USER, _USER),
    ),
    "application context twice": (
        "twice",
        _ANY,
        wire.request(_APPLICATION, _APPLICATION, _ECHO, _USER),
    ),
    "no application context": ("none", _ANY, wire.request(_ECHO, _USER)),
    "other application context": (
        "another",
        _ANY,
        wire.request(wire.item(0x10, b"1.2.3"), _ECHO, _USER),
    ),
    "order": ("the items in the wrong order", _ANY, wire.request(_USER, _ECHO, _APPLICATION)),
    "unknown items": (
        "60 unknown items",
        _ANY,
        wire.request(*[wire.item(0x7F, b"x" * 900)] * 60, _ECHO, _USER),
    ),
    "100,000 empty items": (
        "400 KB of items of no length",
        _ANY,
        wire.request(wire.item(0, b"") * 100_000),
    ),
    "item too long": (
        "an item that claims more than there is",
        _ANY,
        wire.request(wire.item(0x10, b"1.2", 60_000)),
    ),
    "item too short": (
        "an item that claims less",
        _ANY,
        wire.request(wire.item(0x10, wire.APPLICATION, 3), _ECHO),
    ),
    "rubbish": ("64 KiB of 0xFF for items", _ANY, wire.request(b"\xff" * 65536)),
    "protocol version 0": ("version 0", _ANY, wire.request(_APPLICATION, _ECHO, _USER, version=0)),
    "protocol version 2": ("version 2", _ANY, wire.request(_APPLICATION, _ECHO, _USER, version=2)),
    "length 0": ("a PDU of length 0", _ANY, wire.pdu(wire.ASSOCIATE_RQ, b"")),
    "length 67": ("a PDU shorter than its fixed fields", _ANY, wire.pdu(wire.ASSOCIATE_RQ, bytes(67))),
    "giant": ("a PDU that claims 4 GiB", ENDED, wire.pdu(wire.ASSOCIATE_RQ, _WHOLE[6:], 0xFFFFFFFE)),
    "larger than allowed": ("a PDU of 2 MiB", ENDED, wire.request(bytes(2 << 20))),
    "data first": ("P-DATA before an association", ENDED, wire.fragment(1, 3, wire.echo_command())),
    "giant data first": (
        "P-DATA of 4 GiB before an association",
        ENDED,
        wire.pdu(wire.DATA, b"x", 0xFFFFFFFE),
    ),
    "release first": ("A-RELEASE-RQ before an association", ENDED, wire.pdu(wire.RELEASE_RQ, bytes(4))),
    "abort first": ("A-ABORT before an association", ENDED, wire.pdu(wire.ABORT, bytes(4))),
    "answer first": (
        "A-ASSOCIATE-AC before an association",
        ENDED,
        wire.pdu(wire.ASSOCIATE_AC, _WHOLE[6:]),
    ),
    "rejection first": (
        "A-ASSOCIATE-RJ before an association",
        ENDED,
        wire.pdu(wire.ASSOCIATE_RJ, bytes(4)),
    ),
    "PDU of type 0": ("type 0", ENDED, wire.pdu(0, bytes(4))),
    "PDU of type 255": ("type 255", ENDED, wire.pdu(255, bytes(4))),
    "HTTP": ("a web browser", ENDED, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "TLS": ("a TLS client hello", ENDED, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(509)),
}


def _items() -> Iterator[Case]:
    for kind, (what, expected, encoded) in _ITEMS.items():
        yield _sent(f"request: {kind}", what, expected, encoded)


_ROLE = struct.pack(">H", len(wire.MR)) + wire.MR
_IDENTITY = {
    number: wire.item(
        0x58,
        bytes((number, 1)) + struct.pack(">H", 15) + PERSON.title.encode() + struct.pack(">H", 4) + b"pass",
    )
    for number in (0, 1, 2, 3, 4, 5, 255)
}
_EXTENDED = struct.pack(">H", len(wire.MR)) + wire.MR
_SUB_ITEMS: dict[str, tuple[str, str, tuple[bytes, ...]]] = {
    "role: rubbish": ("values that are no Booleans", _ANY, (wire.item(0x54, _ROLE + b"\xff\x80"),)),
    "role: too short": ("without the roles", _ANY, (wire.item(0x54, _ROLE),)),
    "role: of nothing": ("of no SOP Class", _ANY, (wire.item(0x54, b"\0\0\1\1"),)),
    "role: length too long": (
        "a UID longer than the item",
        _ANY,
        (wire.item(0x54, b"\xff\xff" + wire.MR + b"\1\1"),),
    ),
    "role: 10 times": ("the same SOP Class again", _ANY, (wire.item(0x54, _ROLE + b"\1\1"),) * 10),
    "role: SCP by a scanner": ("a modality as SCP", _ACCEPTED, (wire.item(0x54, _ROLE + b"\0\1"),)),
    "window": ("an asynchronous window of 65535", _ACCEPTED, (wire.item(0x53, b"\xff\xff\xff\xff"),)),
    "window: unlimited": ("a window of 0", _ACCEPTED, (wire.item(0x53, bytes(4)),)),
    "window: too short": ("of three bytes", _ANY, (wire.item(0x53, bytes(3)),)),
    "implementation: empty": ("a class UID of no characters", _ANY, (wire.item(0x52, b""),)),
    "implementation: rubbish": ("a class UID that is none", _ANY, (wire.item(0x52, b"\xff" * 64),)),
    "implementation: name": ("a version of a name", _ANY, (wire.item(0x55, PERSON.title.encode()),)),
    "implementation: long name": ("a version of 60,000 bytes", _ANY, (wire.item(0x55, b"v" * 60_000),)),
    "implementation: not ASCII": ("a version beyond ASCII", _ANY, (wire.item(0x55, b"\xff\xfe\0"),)),
    "extended": (
        "extended negotiation of 50,000 bytes",
        _ANY,
        (wire.item(0x56, _EXTENDED + bytes(50_000)),),
    ),
    "common extended": ("common extended negotiation, rubbish", _ANY, (wire.item(0x57, b"\xff" * 500),)),
    "common extended: endless": (
        "of 10,000 SOP Classes",
        _ANY,
        (wire.item(0x57, _EXTENDED + _EXTENDED + struct.pack(">H", 45_000) + _EXTENDED * 1_666),),
    ),
    "unknown": ("a sub-item that does not exist", _ANY, (wire.item(0x5F, b"x" * 60_000),)),
    "rubbish": ("bytes for sub-items", _ANY, (b"\xff" * 60_000,)),
    **{
        f"identity: {number}": (f"user identity of type {number}", _ANY, (one,))
        for number, one in _IDENTITY.items()
    },
    "identity: giant field": (
        "a field longer than the item",
        _ANY,
        (wire.item(0x58, b"\2\1\xff\xff" + b"x" * 20),),
    ),
    "identity: twice": ("two identities", _ANY, (_IDENTITY[1], _IDENTITY[2])),
    "identity: 60 KiB": (
        "a password of 60 KiB",
        _ANY,
        (wire.item(0x58, b"\2\1\0\1x\xea\x60" + b"p" * 60_000),),
    ),
}


def _user_information() -> Iterator[Case]:
    for kind, (what, expected, items) in _SUB_ITEMS.items():
        request = wire.proposing(
            (wire.VERIFICATION, [wire.IMPLICIT]), (wire.MR, [wire.IMPLICIT]), further=items
        )
        yield _sent(f"user information: {kind}", what, expected, request)
    for maximum in (0, 1, 6, 7, 0xFFFFFFFF):
        yield said(
            f"user information: maximum length {maximum}",
            "of P-DATA PDUs, then a C-ECHO",
            f"0000H|{ENDED}",
            lambda peer, maximum=maximum: _echoed(peer, maximum),
            contexts=None,
        )


def _echoed(peer: Peer, maximum: int) -> str:
    opened = peer.associate((wire.VERIFICATION, [wire.IMPLICIT]), maximum=maximum)
    if not opened.startswith("A-ASSOCIATE-AC"):
        return opened
    peer.send(wire.message(1, wire.echo_command()))
    return peer.answer()
