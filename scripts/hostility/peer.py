"""A peer on a raw connection: it says what it is told to, and says in a word what it was answered."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from nodes.dcmtk import Address

from hostility import wire

PATIENCE = 120.0
"""Seconds without a sign of the gateway that count as silence."""
CLOSED, SILENCE = "connection closed", "SILENCE"


class Peer:
    """One connection to a gateway.

    Parameters
    ----------
    heard
        Grows by everything that the gateway says in words of its own.
    source
        Address to call from.
    """

    def __init__(self, address: Address, heard: bytearray, source: str = "127.0.0.1") -> None:
        self._heard = heard
        self.socket = socket.create_connection(
            (address.host, address.port), timeout=PATIENCE, source_address=(source, 0)
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *pieces: bytes | Iterable[bytes]) -> None:
        """Send everything, as far as the gateway takes it: what it thinks of it is then to be read."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            for piece in pieces:
                for part in (piece,) if isinstance(piece, bytes) else piece:
                    self.socket.sendall(part)

    def end_of_speech(self) -> None:
        """Close our direction of the connection."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def pdu(self) -> tuple[int, bytes]:
        """Receive a PDU: its type and body; type 0 when the connection ends, -1 for silence."""
        try:
            header = self._receive(6)
            if len(header) < 6:
                return 0, b""
            body = self._receive(struct.unpack(">L", header[2:])[0])
        except ConnectionError:
            return 0, b""
        except TimeoutError:
            return -1, b""
        self._heard += _own_words(header[0], body)
        return header[0], body

    def answer(self) -> str:
        """Receive a PDU, or all fragments of a command set or data set, and describe it."""
        kind, body = self.pdu()
        whole = bytearray(body)
        while kind == wire.DATA and not body[5] & wire.LAST:
            further, body = self.pdu()
            if further != wire.DATA:
                return described(further, body)
            whole += body[6:]
        return described(kind, bytes(whole))

    def last_answer(self, most: int = 100_000) -> str:
        """Receive PDUs until a final response or the end; describe that one."""
        for _ in range(most):
            said = self.answer()
            if not said.startswith(("FF00H", "FF01H", "data set")):
                return said
        return "ENDLESS"

    def associate(self, *proposals: wire.Proposal, **options: object) -> str:
        """Request an association; say what came of it."""
        self.send(wire.proposing(*proposals, **options))  # type: ignore[arg-type]
        return self.answer()

    def _receive(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            piece = self.socket.recv(count - len(received))
            if not piece:
                break
            received += piece
        return bytes(received)

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()


def _own_words(kind: int, body: bytes) -> bytes:
    """Leave out what an answer has to repeat of a request (PS3.8 Table 9-17, PS3.7 9.3.1.2)."""
    if kind != wire.DATA or not body[5] & wire.COMMAND:
        return b"" if kind == wire.ASSOCIATE_AC else body
    return b" ".join(
        value for number, value in wire.elements_of(body[6:]).items() if number not in (0x0002, 0x1000)
    )


def described(kind: int, body: bytes) -> str:
    """Say in a word what a PDU means."""
    if kind <= 0:
        return SILENCE if kind else CLOSED
    if kind == wire.ASSOCIATE_AC:
        return f"A-ASSOCIATE-AC {' '.join(results_of(body))}".strip()
    if kind == wire.ASSOCIATE_RJ:
        return "A-ASSOCIATE-RJ {}/{}/{}".format(*body[1:4])
    if kind == wire.DATA:
        return _described_data(body)
    return {wire.RELEASE_RQ: "A-RELEASE-RQ", wire.RELEASE_RP: "A-RELEASE-RP", wire.ABORT: "A-ABORT"}[kind]


def _described_data(body: bytes) -> str:
    if not body[5] & wire.COMMAND:
        return "data set"
    elements = wire.elements_of(body[6:])
    if 0x900 not in elements:
        return f"request {struct.unpack('<H', elements[0x100])[0]:04X}H"
    return f"{struct.unpack('<H', elements[0x900])[0]:04X}H"


def results_of(body: bytes) -> list[str]:
    """Result of each presentation context in an A-ASSOCIATE-AC, those of a kind together."""
    results, offset = [], 68
    while offset + 4 <= len(body):
        kind, length = body[offset], struct.unpack_from(">H", body, offset + 2)[0]
        if kind == 0x21:
            results.append(body[offset + 6])
        offset += 4 + length
    return [f"{results.count(result)} of result {result}" for result in sorted(set(results))]


class Dial:
    """Opens connections to a gateway and closes them all."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.heard = bytearray()
        """Everything that the gateway said."""
        self._peers: list[Peer] = []

    def peer(self) -> Peer:
        """Connect once more."""
        self._peers.append(Peer(self.address, self.heard))
        return self._peers[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for peer in self._peers:
            peer.close()
