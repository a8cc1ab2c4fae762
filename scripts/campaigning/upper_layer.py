"""As much of the DICOM Upper Layer and of C-STORE as both ends of the campaign need (PS3.7, PS3.8).

Not pynetdicom: its requestor may lose a response that arrived just before the peer died, and the
campaign has to know of every answer that reached its sender.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Final

APPLICATION_CONTEXT: Final = b"1.2.840.10008.3.1.1.1"
IMPLEMENTATION: Final = b"2.25.190846322701325127"
EXPLICIT_VR_LITTLE_ENDIAN: Final = b"1.2.840.10008.1.2.1"
MR_IMAGE_STORAGE: Final = b"1.2.840.10008.5.1.4.1.1.4"
LONGEST_PDU: Final = 131072

ASSOCIATE_RQ, ASSOCIATE_AC, P_DATA, RELEASE_RQ, RELEASE_RP = 1, 2, 4, 5, 6
STORE_RQ, STORE_RSP = 0x0001, 0x8001
_COMMAND, _LAST = 1, 2
_CONTEXT_ID: Final = 1

AFFECTED_SOP_CLASS, COMMAND_FIELD, MESSAGE_ID, RESPONDED_TO = 0x0002, 0x0100, 0x0110, 0x0120
PRIORITY, DATA_SET_TYPE, STATUS, AFFECTED_SOP_INSTANCE = 0x0700, 0x0800, 0x0900, 0x1000
_NO_DATA_SET: Final = 0x0101


def pdu(kind: int, content: bytes) -> bytes:
    """Encode a PDU (PS3.8 9.3.1)."""
    return struct.pack(">BxL", kind, len(content)) + content


def _item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(content)) + content


def _associate(kind: int, called: bytes, calling: bytes, context: bytes) -> bytes:
    user = _item(0x51, struct.pack(">L", LONGEST_PDU)) + _item(0x52, IMPLEMENTATION)
    titles = called.ljust(16) + calling.ljust(16)
    items = _item(0x10, APPLICATION_CONTEXT) + context + _item(0x50, user)
    return pdu(kind, struct.pack(">HH", 1, 0) + titles + bytes(32) + items)


def associate_rq(called: str, calling: str) -> bytes:
    """Encode a request for MR Image Storage in Explicit VR Little Endian (PS3.8 9.3.2)."""
    syntaxes = _item(0x30, MR_IMAGE_STORAGE) + _item(0x40, EXPLICIT_VR_LITTLE_ENDIAN)
    context = _item(0x20, struct.pack(">B3x", _CONTEXT_ID) + syntaxes)
    return _associate(ASSOCIATE_RQ, called.encode(), calling.encode(), context)


def associate_ac(request: bytes) -> bytes:
    """Accept the only context that the campaign's gateway proposes (PS3.8 9.3.3)."""
    start = request.index(b"\x20\0", 68)
    accepted = _item(0x21, struct.pack(">B3x", request[start + 4]) + _item(0x40, EXPLICIT_VR_LITTLE_ENDIAN))
    return _associate(ASSOCIATE_AC, request[4:20], request[20:36], accepted)


def command(elements: Mapping[int, int | bytes]) -> bytes:
    """Encode a command set (PS3.7 6.3.1)."""
    body = b""
    for element, value in elements.items():
        encoded = struct.pack("<H", value) if isinstance(value, int) else value + b"\0" * (len(value) % 2)
        body += struct.pack("<HHL", 0, element, len(encoded)) + encoded
    return struct.pack("<HHLL", 0, 0, 4, len(body)) + body


def parsed(encoded: bytes) -> dict[int, bytes]:
    """Decode a command set: values by element number of group 0000."""
    found, position = {}, 0
    while position + 8 <= len(encoded):
        _, element, length = struct.unpack_from("<HHL", encoded, position)
        found[element] = encoded[position + 8 : position + 8 + length]
        position += 8 + length
    return found


def number(value: bytes) -> int:
    """Decode a value of VR US."""
    return int(struct.unpack("<H", value)[0])


def store_rq(message_id: int, uid: bytes) -> bytes:
    """Encode the command of a C-STORE request (PS3.7 9.3.1.1)."""
    return command(
        {
            AFFECTED_SOP_CLASS: MR_IMAGE_STORAGE,
            COMMAND_FIELD: STORE_RQ,
            MESSAGE_ID: message_id,
            PRIORITY: 0,
            DATA_SET_TYPE: 0,
            AFFECTED_SOP_INSTANCE: uid,
        }
    )


def store_rsp(request: Mapping[int, bytes], status: int) -> bytes:
    """Encode the command of a C-STORE response (PS3.7 9.3.1.2)."""
    return command(
        {
            AFFECTED_SOP_CLASS: request[AFFECTED_SOP_CLASS],
            COMMAND_FIELD: STORE_RSP,
            RESPONDED_TO: number(request[MESSAGE_ID]),
            DATA_SET_TYPE: _NO_DATA_SET,
            STATUS: status,
            AFFECTED_SOP_INSTANCE: request[AFFECTED_SOP_INSTANCE],
        }
    )


def fragments(content: bytes, *, is_command: bool, context_id: int = _CONTEXT_ID) -> Iterator[bytes]:
    """Encode a command or data set as P-DATA-TF PDUs (PS3.8 9.3.5)."""
    longest = LONGEST_PDU - 6
    for start in range(0, len(content), longest):
        control = is_command | (_LAST if start + longest >= len(content) else 0)
        piece = content[start : start + longest]
        yield pdu(P_DATA, struct.pack(">LBB", len(piece) + 2, context_id, control) + piece)


class Connection:
    """PDUs over a connected socket; every error is an OSError."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._file = connected.makefile("rb")
        self.context_id = _CONTEXT_ID

    def send(self, content: bytes) -> None:
        """Send encoded PDUs."""
        self._socket.sendall(content)

    def receive(self) -> tuple[int, bytes]:
        """Return type and content of the next PDU."""
        header = self._exactly(6)
        kind, length = struct.unpack(">BxL", header)
        return kind, self._exactly(length)

    def message(self) -> tuple[dict[int, bytes], bytes] | None:
        """Return the next command set with its data set; None for a request to release."""
        parts: dict[bool, list[bytes]] = {True: [], False: []}
        while True:
            kind, content = self.receive()
            if kind == RELEASE_RQ:
                return None
            if kind != P_DATA:
                raise ConnectionAbortedError("aborted")
            for is_command, is_last, piece in self._values(content):
                parts[is_command].append(piece)
                if is_last and not (is_command and self._announces(parts[True])):
                    return parsed(b"".join(parts[True])), b"".join(parts[False])

    def close(self) -> None:
        """Close, without a word."""
        self._file.close()
        self._socket.close()

    def cut(self) -> None:
        """End the connection under the thread that uses it."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _values(self, content: bytes) -> Iterator[tuple[bool, bool, bytes]]:
        position = 0
        while position < len(content):
            length, self.context_id, control = struct.unpack_from(">LBB", content, position)
            piece = content[position + 6 : position + 4 + length]
            yield bool(control & _COMMAND), bool(control & _LAST), piece
            position += 4 + length

    @staticmethod
    def _announces(command_parts: list[bytes]) -> bool:
        return number(parsed(b"".join(command_parts))[DATA_SET_TYPE]) != _NO_DATA_SET

    def _exactly(self, length: int) -> bytes:
        content = self._file.read(length)
        if len(content) != length:
            raise ConnectionResetError("the peer is gone")
        return content
