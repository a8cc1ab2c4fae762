"""PDUs as a hostile peer writes them, right or wrong (PS3.8 section 9, PS3.7 section 6.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
COMMAND, LAST = 1, 2
"""Bits of a message control header (PS3.8 E.2)."""

APPLICATION = b"1.2.840.10008.3.1.1.1"
VERIFICATION = b"1.2.840.10008.1.1"
MR = b"1.2.840.10008.5.1.4.1.1.4"
SECONDARY_CAPTURE = b"1.2.840.10008.5.1.4.1.1.7"
STUDY_FIND, STUDY_MOVE, STUDY_GET = (b"1.2.840.10008.5.1.4.1.2.2." + last for last in (b"1", b"2", b"3"))
IMPLICIT, EXPLICIT = b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1"
DEFLATED, BIG_ENDIAN = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2"
JPEG, JPEG_2000, RLE = b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.5"

C_STORE, C_GET, C_FIND, C_MOVE, C_ECHO, C_CANCEL = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0FFF
NO_DATA_SET = 0x0101
PIECE = 65536
"""Bytes of a fragment; less than every gateway allows."""

Proposal = tuple[bytes, Sequence[bytes]]
"""Abstract syntax and transfer syntaxes of a presentation context."""


def pdu(kind: int, body: bytes, length: int | None = None) -> bytes:
    """Encode a PDU, of a length that is not its own where `length` says so."""
    return struct.pack(">BBL", kind, 0, len(body) if length is None else length) + body


def item(kind: int, body: bytes, length: int | None = None) -> bytes:
    """Encode an item or sub-item of an A-ASSOCIATE PDU."""
    return struct.pack(">BBH", kind, 0, len(body) if length is None else length) + body


def context(identifier: int, abstract: bytes, transfers: Iterable[bytes]) -> bytes:
    """Encode a presentation context item (PS3.8 9.3.2.2)."""
    syntaxes = b"".join(item(0x40, transfer) for transfer in transfers)
    return item(0x20, bytes((identifier, 0, 0, 0)) + item(0x30, abstract) + syntaxes)


def user(*items: bytes, maximum: int = 65536, implementation: bytes = b"1.2.3.4") -> bytes:
    """Encode a user information item (PS3.7 D.3.3)."""
    return item(0x50, item(0x51, struct.pack(">L", maximum)) + item(0x52, implementation) + b"".join(items))


def title(text: bytes) -> bytes:
    """Fill an AE title up to its 16 bytes."""
    return text.ljust(16)[:16]


def request(
    *items: bytes,
    calling: bytes = b"SCANNER",
    called: bytes = b"GATEWAY",
    version: int = 1,
    length: int | None = None,
) -> bytes:
    """Encode an A-ASSOCIATE-RQ of any items (PS3.8 9.3.2)."""
    head = struct.pack(">HH", version, 0) + title(called) + title(calling) + bytes(32)
    return pdu(ASSOCIATE_RQ, head + b"".join(items), length)


def proposing(
    *proposals: Proposal,
    calling: bytes = b"SCANNER",
    called: bytes = b"GATEWAY",
    further: Sequence[bytes] = (),
    identifiers: Sequence[int] | None = None,
    maximum: int = 65536,
) -> bytes:
    """Encode an A-ASSOCIATE-RQ with presentation contexts 1, 3, 5, and so on.

    Parameters
    ----------
    further
        Sub-items of the user information.
    identifiers
        In place of 1, 3, 5.
    """
    numbers = identifiers or range(1, 2 * len(proposals), 2)
    contexts = [context(number % 256, *one) for number, one in zip(numbers, proposals, strict=True)]
    information = user(*further, maximum=maximum)
    return request(item(0x10, APPLICATION), *contexts, information, calling=calling, called=called)


def pdv(identifier: int, control: int, data: bytes, length: int | None = None) -> bytes:
    """Encode a presentation data value item (PS3.8 9.3.5.1)."""
    return struct.pack(">LBB", len(data) + 2 if length is None else length, identifier, control) + data


def fragment(identifier: int, control: int, data: bytes) -> bytes:
    """Encode a P-DATA-TF PDU of one presentation data value."""
    return pdu(DATA, pdv(identifier, control, data))


def command_set(elements: Mapping[int, int | bytes]) -> bytes:
    """Encode the elements of group 0000 by their number; whole numbers are of VR US (PS3.7 6.3.1)."""
    encoded = b""
    for number, value in sorted(elements.items()):
        data = struct.pack("<H", value) if isinstance(value, int) else value
        encoded += struct.pack("<HHL", 0, number, len(data)) + data
    return struct.pack("<HHLL", 0, 0, 4, len(encoded)) + encoded


def even(uid: bytes) -> bytes:
    """Pad a UID to an even length."""
    return uid + b"\0" * (len(uid) % 2)


def echo_command(message: int = 1) -> bytes:
    """Encode the command set of a C-ECHO request."""
    return command_set({0x2: even(VERIFICATION), 0x100: C_ECHO, 0x110: message, 0x800: NO_DATA_SET})


def store_command(instance: bytes, sop_class: bytes = MR, message: int = 1) -> bytes:
    """Encode the command set of a C-STORE request."""
    elements: dict[int, int | bytes] = {0x2: even(sop_class), 0x100: C_STORE, 0x110: message, 0x700: 2}
    return command_set({**elements, 0x800: 1, 0x1000: even(instance)})


def query_command(kind: int, sop_class: bytes, message: int = 1, destination: bytes = b"") -> bytes:
    """Encode the command set of a C-FIND, C-MOVE or C-GET request."""
    elements: dict[int, int | bytes] = {0x2: even(sop_class), 0x100: kind, 0x110: message, 0x700: 2}
    moved = {0x600: even(destination)} if destination else {}
    return command_set({**elements, **moved, 0x800: 1})


def message(identifier: int, command: bytes, data_set: bytes | None = None) -> Iterator[bytes]:
    """Encode a message as P-DATA-TF PDUs."""
    yield fragment(identifier, COMMAND | LAST, command)
    if data_set is None:
        return
    view = memoryview(data_set)
    for start in range(0, max(len(view), 1), PIECE):
        last = LAST if start + PIECE >= len(view) else 0
        yield fragment(identifier, last, bytes(view[start : start + PIECE]))


def elements_of(command: bytes) -> dict[int, bytes]:
    """Split a command set of the gateway into its elements by number."""
    found, data = {}, command
    while len(data) >= 8:
        _, number, length = struct.unpack_from("<HHL", data)
        found[number] = data[8 : 8 + length]
        data = data[8 + length :]
    return found
