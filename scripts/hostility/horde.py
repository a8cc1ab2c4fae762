"""Very many peers that are slow on purpose."""

from __future__ import annotations

import contextlib
import itertools
import selectors
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pydicom
from nodes.dcmtk import Address
from nodes.gateway import Gateway

from hostility import wire
from hostility.element import data_set, element, new_uid
from hostility.peer import Peer

_SMALL_BUFFER = 4096
"""Of a peer that does not read, so that the gateway soon cannot write."""
_SCANNER = wire.proposing((wire.MR, [wire.EXPLICIT]))


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to be slow.

    Parameters
    ----------
    name
        For people.
    opening
        What is said at once.
    awaits
        Bytes of an answer that are read before `then`; everything further stays unread.
    then
        What is said as soon as they are there.
    trickle
        What is said from then on, a byte at a time, from the beginning again at its end.
    """

    name: str
    opening: bytes = b""
    awaits: int = 0
    then: bytes = b""
    trickle: bytes = b""


def _get_request() -> bytes:
    role = wire.item(0x54, len(wire.MR).to_bytes(2, "big") + wire.MR + b"\0\1")
    proposals = ((wire.STUDY_GET, [wire.EXPLICIT]), (wire.MR, [wire.EXPLICIT]))
    return wire.proposing(*proposals, calling=b"RESEARCHER", further=[role])


def kinds(study: bytes) -> tuple[Kind, ...]:
    """Return the ways to be slow.

    Parameters
    ----------
    study
        Study Instance UID of something large to retrieve.
    """
    uid = new_uid()
    store = wire.fragment(1, 3, wire.store_command(uid))
    large = wire.pdu(wire.DATA, wire.pdv(1, 0, bytes(60_000)))
    identifier = element(0x00080052, b"CS", "STUDY") + element(0x0020000D, b"UI", wire.even(study))
    retrieve = b"".join(wire.message(1, wire.query_command(wire.C_GET, wire.STUDY_GET), identifier))
    return (
        Kind("says nothing"),
        Kind("a request byte by byte", opening=_SCANNER[:10], trickle=_SCANNER[10:-1]),
        Kind("a P-DATA PDU byte by byte", _SCANNER, awaits=10, then=store + large[:20], trickle=large[20:-1]),
        Kind("a C-GET that is never read", _get_request(), awaits=10, then=retrieve),
    )


class Horde:
    """So many slow peers, in one thread; each that is thrown out comes back after a while.

    Parameters
    ----------
    address
        Of the gateway.
    count
        How many, of all `ways` in turn.
    sources
        Addresses that they call from, in turn.
    interval
        Seconds between two bytes of a peer, and before it comes back.
    """

    def __init__(
        self,
        address: Address,
        count: int,
        ways: Sequence[Kind],
        *,
        sources: Sequence[str] = ("127.0.0.1",),
        interval: float = 1.0,
    ) -> None:
        self._address, self._interval = address, interval
        turns = zip(itertools.cycle(ways), itertools.cycle(sources), strict=False)
        self._peers = [_Slow(*turn) for turn in itertools.islice(turns, count)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="horde")
        self.thrown_out = 0
        """Connections that the gateway ended so far."""

    @property
    def connected(self) -> Mapping[str, int]:
        """How many of each kind have a connection now, whatever the gateway thinks of it."""
        counts = dict.fromkeys((peer.kind.name for peer in self._peers), 0)
        for peer in self._peers:
            counts[peer.kind.name] += peer.sock is not None
        return counts

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            while not self._stop.is_set():
                begun = time.monotonic()
                for peer in self._peers:
                    self._attend(peer, selector)
                while (left := begun + self._interval - time.monotonic()) > 0 and not self._stop.is_set():
                    for key, _ in selector.select(min(left, 0.1)):
                        self._hear(key.data, selector)
            for peer in self._peers:
                peer.leave(selector)

    def _attend(self, peer: _Slow, selector: selectors.BaseSelector) -> None:
        try:
            if peer.sock is None:
                peer.call(self._address, selector)
            else:
                peer.trickle()
        except OSError:
            self.thrown_out += 1
            peer.leave(selector)

    def _hear(self, peer: _Slow, selector: selectors.BaseSelector) -> None:
        try:
            is_open = peer.hear(selector)
        except OSError:
            is_open = False
        if not is_open:
            self.thrown_out += 1
            peer.leave(selector)


class _Slow:
    """One of them."""

    def __init__(self, kind: Kind, source: str) -> None:
        self.kind, self._source = kind, source
        self.sock: socket.socket | None = None
        self._heard = self._said = 0

    def call(self, address: Address, selector: selectors.BaseSelector) -> None:
        self._heard = self._said = 0
        sock = socket.socket()
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
            sock.bind((self._source, 0))
            sock.settimeout(5.0)
            sock.connect((address.host, address.port))
            sock.sendall(self.kind.opening)
            sock.setblocking(False)
        except OSError:
            sock.close()
            raise
        self.sock = sock
        selector.register(sock, selectors.EVENT_READ, self)

    def hear(self, selector: selectors.BaseSelector) -> bool:
        """Read what is awaited; False when the gateway ended it."""
        assert self.sock is not None
        heard = self.sock.recv(self.kind.awaits or 100)
        if not heard:
            return False
        self._heard += len(heard)
        if self.kind.awaits and self._heard >= self.kind.awaits:
            if heard[:1] == b"\x03":  # rejected
                return False
            selector.unregister(self.sock)
            self.sock.send(self.kind.then)
        return True

    def trickle(self) -> None:
        assert self.sock is not None
        if self._heard < self.kind.awaits:
            return
        text = self.kind.trickle
        with contextlib.suppress(BlockingIOError):
            if text:
                self.sock.send(text[self._said % len(text) :][:1])
                self._said += 1
            elif self.kind.awaits and not self.sock.recv(1, socket.MSG_PEEK):
                raise ConnectionResetError

    def leave(self, selector: selectors.BaseSelector) -> None:
        if self.sock is None:
            return
        with contextlib.suppress(KeyError):
            selector.unregister(self.sock)
        self.sock.close()
        self.sock = None


def stored_study(gateway: Gateway, instances: int) -> bytes:
    """Store something to retrieve; return the Study Instance UID that it got."""
    work(gateway.address, instances)
    file = next((gateway.storage / "spool" / "gateway").rglob("*.dcm"))
    return str(pydicom.dcmread(file, stop_before_pixels=True).StudyInstanceUID).encode()


def work(address: Address, instances: int, per_association: int = 20, source: str = "127.0.0.9") -> float:
    """Store instances as a scanner does, an association for so many; return instances per second.

    Raises
    ------
    RuntimeError
        One was not answered Success.
    """
    begun = time.monotonic()
    for first in range(0, instances, per_association):
        peer = Peer(address, bytearray(), source)
        try:
            opened = peer.associate((wire.MR, [wire.EXPLICIT]))
            if not opened.startswith("A-ASSOCIATE-AC"):
                raise RuntimeError(f"no association: {opened}")
            for _ in range(min(per_association, instances - first)):
                uid = new_uid()
                peer.send(wire.message(1, wire.store_command(uid), image(uid)))
                if (status := peer.answer()) != "0000H":
                    raise RuntimeError(f"answered {status}")
            peer.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
            peer.answer()
        finally:
            peer.close()
    return instances / (time.monotonic() - begun)


def image(uid: bytes, size: int = 256) -> bytes:
    """Encode an MR image of `size` rows and columns of 16 bits."""
    number = size.to_bytes(2, "little")
    return data_set(
        uid,
        {
            0x00280010: element(0x00280010, b"US", number),
            0x00280011: element(0x00280011, b"US", number),
            0x00280100: element(0x00280100, b"US", b"\x10\0"),
            0x00280101: element(0x00280101, b"US", b"\x0c\0"),
            0x00280102: element(0x00280102, b"US", b"\x0b\0"),
            0x7FE00010: element(0x7FE00010, b"OW", bytes(2 * size * size)),
        },
    )
