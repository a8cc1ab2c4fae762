"""Connections whose peer has not yet said what it wants.

A connection costs a receiver two threads and takes one of the places that the caps allow. So it gets
neither before its association request, or what else it begins with, is there: who connects and
says nothing, or a byte now and then, costs a descriptor and keeps nobody out.
"""

from __future__ import annotations

import fcntl
import resource
import socket
import struct
import termios
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.association.application_entity import Limits

_ASSOCIATE_RQ: Final = 1
_HANDSHAKE: Final = 22
_PDU_HEADER: Final = struct.Struct(">BxL")
"""PS3.8 9.3.1."""
_RECORD_HEADER: Final = struct.Struct(">BxxH")
"""RFC 8446 5.1."""
_LONGEST: Final = 16 * 1024
"""Bytes that are waited for; the rest of a longer request is a receiver's concern."""
_LONGEST_REQUEST: Final = Limits().association_pdu_bytes
"""A receiver reads nothing of one that claims more."""
_MOST: Final = 2048
_ESTABLISHED: Final = 1
"""TCP_ESTABLISHED of tcp_info: the peer has not closed its direction."""


class Progress(Enum):
    """How far a peer has come."""

    WAITING = auto()
    COMPLETE = auto()
    """A receiver has something to do."""
    GONE = auto()
    """It closed the connection, or broke it."""


@dataclass(eq=False, slots=True)
class Arrival:
    """A connection that was accepted.

    Parameters
    ----------
    sock
        Nothing is read from it.
    host, port
        Of the peer.
    secure
        Whether it has to begin with a TLS handshake.
    deadline
        On the monotonic clock.
    wanted
        Bytes that have to be there before anything can be said of it.
    """

    sock: socket.socket
    host: str
    port: int
    secure: bool
    deadline: float
    wanted: int

    def look(self) -> Progress:
        """See what is there, once the socket is readable."""
        try:
            return self._look()
        except OSError:
            return Progress.GONE

    def _look(self) -> Progress:
        available = _available(self.sock)
        if available < self.wanted:
            # The kernel calls it readable all the same: at the end, or when it has no room for more.
            state = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
            return Progress.COMPLETE if available and state[0] == _ESTABLISHED else Progress.GONE
        header = _RECORD_HEADER if self.secure else _PDU_HEADER
        kind, length = header.unpack(self.sock.recv(header.size, socket.MSG_PEEK))
        if kind != (_HANDSHAKE if self.secure else _ASSOCIATE_RQ) or length > _LONGEST_REQUEST:
            return Progress.COMPLETE
        whole = min(header.size + length, _LONGEST)
        if available >= whole:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            return Progress.COMPLETE
        self._wait_for(whole)
        return Progress.WAITING

    def begin(self) -> None:
        """Have the socket become readable when its first header is there."""
        self._wait_for(self.wanted)

    def _wait_for(self, count: int) -> None:
        self.wanted = count
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, count)


class Arrivals:
    """All of them, in the order in which they came.

    Parameters
    ----------
    patience
        Seconds that each has.
    most
        So many at a time; by default as many as leave room for the descriptors of others.
    clock
        Seconds that only grow.
    """

    def __init__(
        self, patience: float, most: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience, self._clock = patience, clock
        self._most = most or min(_MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._waiting: dict[Arrival, None] = {}
        self._count: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, sock: socket.socket, host: str, port: int, secure: bool) -> Arrival:
        """Let a connection wait.

        Raises
        ------
        OSError
            It is broken already.
        """
        size = (_RECORD_HEADER if secure else _PDU_HEADER).size
        arrival = Arrival(sock, host, port, secure, self._clock() + self._patience, size)
        arrival.begin()
        self._waiting[arrival] = None
        self._count[host] += 1
        return arrival

    def remove(self, arrival: Arrival) -> None:
        """Forget a connection, whatever becomes of it."""
        del self._waiting[arrival]
        self._count[arrival.host] -= 1
        if not self._count[arrival.host]:
            del self._count[arrival.host]

    @property
    def next_deadline(self) -> float | None:
        """When the first one has waited for too long."""
        return next(iter(self._waiting)).deadline if self._waiting else None

    def overdue(self) -> list[Arrival]:
        """Return those that have waited for too long; and, if there are too many, one more.

        That is the oldest one of the address that most of them came from.
        """
        now = self._clock()
        found = []
        for arrival in self._waiting:
            if arrival.deadline > now:
                break
            found.append(arrival)
        if not found and len(self._waiting) > self._most:
            ((host, _),) = self._count.most_common(1)
            found.append(next(arrival for arrival in self._waiting if arrival.host == host))
        return found

    def all(self) -> list[Arrival]:
        """Return every one of them."""
        return list(self._waiting)


def _available(sock: socket.socket) -> int:
    answer = fcntl.ioctl(sock, termios.FIONREAD, bytes(4))
    return int(struct.unpack("i", answer)[0])
