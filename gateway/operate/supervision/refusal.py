"""Connections beyond the caps: told so in DICOM's own words, and closed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Final

REJECTED: Final = bytes((0x03, 0, 0, 0, 0, 4, 0, 2, 3, 2))
"""A-ASSOCIATE-RJ: transient, by the presentation related provider, local limit exceeded (PS3.8 9.3.4)."""

_PATIENCE_S: Final = 2.0
_MOST: Final = 64


class Refusals:
    """Rejected connections that wait for the peer to close.

    A socket that is closed with unread input resets the connection, and the peer may never see
    the rejection; so the input is read away, for a moment, of a bounded number of peers.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline: dict[socket.socket, float] = {}

    def add(self, sock: socket.socket) -> bool:
        """Reject a connection; True when its input is to be drained, False when it is closed."""
        sock.setblocking(False)
        try:
            sock.send(REJECTED)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            sock.close()
            return False
        if len(self._deadline) >= _MOST:
            sock.close()
            return False
        self._deadline[sock] = self._clock() + _PATIENCE_S
        return True

    def drain(self, sock: socket.socket) -> bool:
        """Read input away; False when the peer has closed."""
        try:
            return bool(sock.recv(65536))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def close(self, sock: socket.socket) -> None:
        """Close a connection."""
        del self._deadline[sock]
        sock.close()

    def overdue(self) -> list[socket.socket]:
        """Return the connections whose peer did not close in time."""
        now = self._clock()
        return [sock for sock, deadline in self._deadline.items() if deadline <= now]

    @property
    def next_deadline(self) -> float | None:
        """When the first connection is overdue."""
        return min(self._deadline.values(), default=None)
