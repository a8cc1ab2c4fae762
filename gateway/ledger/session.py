"""The writer's end of one client's connection."""

from __future__ import annotations

import socket
from typing import Final

from gateway.ledger import frame

_RECEIVE_BYTES: Final = 1 << 18
_RECEIVE_AT_ONCE: Final = 16
_MAX_WAITING: Final = 64 << 20


class Session:
    """Never blocks: what cannot be sent yet waits.

    Attributes
    ----------
    subscribed
        Whether it gets the doorbell.
    closed
        Whether nothing more comes or goes; the socket itself is still open.
    watched
        For the writer: whether it waits for the socket to take more.
    """

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        self.socket = connected
        self.subscribed = False
        self.closed = False
        self.watched = False
        self._received = frame.FrameBuffer()
        self._waiting = bytearray()
        self._bell_waits = False

    def receive(self) -> list[bytes]:
        """Return the body of each frame that is complete now.

        Raises
        ------
        FrameError
            A frame is too large.
        """
        bodies: list[bytes] = []
        for _ in range(_RECEIVE_AT_ONCE):
            try:
                received = self.socket.recv(_RECEIVE_BYTES)
            except BlockingIOError:
                break
            except OSError:
                received = b""
            if not received:
                self.closed = True
                break
            bodies += self._received.feed(received)
            if len(received) < _RECEIVE_BYTES:
                break
        return bodies

    def send(self, content: object) -> None:
        """Queue `content`; a client that does not read what it asked for is cut off."""
        self._waiting += frame.encode(content)
        self._bell_waits = False
        if len(self._waiting) > _MAX_WAITING:
            self.closed = True

    def ring(self) -> None:
        """Queue the doorbell. One that still waits behind everything else is enough."""
        if not self._bell_waits:
            self._waiting += frame.BELL
            self._bell_waits = True

    def flush(self) -> bool:
        """Send what the socket takes; tell whether something is left."""
        while self._waiting and not self.closed:
            try:
                sent = self.socket.send(self._waiting)
            except BlockingIOError:
                return True
            except OSError:
                self.closed = True
                break
            del self._waiting[:sent]
        self._bell_waits = False
        return False

    def close(self) -> None:
        """Mark it closed."""
        self.closed = True
