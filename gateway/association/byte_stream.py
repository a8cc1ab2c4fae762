"""Reading and writing a connection under deadlines.

pynetdicom reads a blocking socket in pieces of 4096 bytes, for as long as the peer likes. Here
the socket never blocks, every wait has an end, and one large buffer saves most system calls.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Final

from gateway.association.certificate import Certificate, certificate_of

_BUFFER_BYTES: Final = 128 * 1024
_MOST_DISCARDED: Final = 4 * 1024 * 1024


class Doorbell:
    """Wakes a thread that polls file descriptors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def fileno(self) -> int:
        """Return the descriptor to poll for input."""
        return self._descriptor

    def ring(self) -> None:
        """Wake the poller; nothing happens once the bell is closed."""
        with self._lock:  # a closed descriptor's number may already be another file's
            if self._descriptor >= 0:
                os.eventfd_write(self._descriptor, 1)

    def clear(self) -> None:
        """Make the descriptor silent again."""
        with self._lock, contextlib.suppress(BlockingIOError):
            if self._descriptor >= 0:
                os.eventfd_read(self._descriptor)

    def close(self) -> None:
        """Free the descriptor."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1


class ByteStream:
    """One connection: exact reads through a buffer, writes, each before a deadline.

    Only one thread may use it.

    Parameters
    ----------
    connection
        A connected stream socket; becomes non-blocking.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        connection.setblocking(False)
        self._is_tcp = connection.family in (socket.AF_INET, socket.AF_INET6)
        if self._is_tcp:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._start = self._end = 0
        self._deadline = 0.0

    def handshake(self, seconds: float) -> Certificate | None:
        """Shake hands if the connection is TLS; return what the peer showed.

        Raises
        ------
        OSError
            It failed, or took longer than `seconds` in total.
        """
        if isinstance(self._connection, ssl.SSLSocket):
            self._connection.settimeout(seconds)
            self._connection.do_handshake()
            self._connection.setblocking(False)
            return certificate_of(self._connection)
        return None

    def limit(self, seconds: float) -> None:
        """Let everything until the next call of `limit` take so long in total."""
        self._deadline = time.monotonic() + seconds

    @property
    def has_input(self) -> bool:
        """Whether a read gives at least one byte, or the end of the stream, at once."""
        if self._is_buffered():
            return True
        return self._connection.fileno() >= 0 and bool(self._poll(select.POLLIN, 0.0))

    def wait(self, bell: Doorbell, seconds: float) -> None:
        """Sleep until there is input, the bell rings, or the time is over."""
        if self._is_buffered():
            return
        poller = select.poll()
        if self._connection.fileno() >= 0:
            poller.register(self._connection, select.POLLIN)
        poller.register(bell, select.POLLIN)
        if any(descriptor == bell.fileno() for descriptor, _ in poller.poll(seconds * 1000)):
            bell.clear()

    def take(self, count: int) -> bytes:
        """Read exactly `count` bytes.

        Raises
        ------
        TimeoutError
            The deadline passed.
        OSError
            The peer closed the connection or it broke.
        """
        taken = bytearray()
        for piece in self.pieces(count):
            taken += piece
        return bytes(taken)

    def pieces(self, count: int) -> Iterator[memoryview]:
        """Read exactly `count` bytes, piece by piece; a piece is valid until the next one.

        Raises
        ------
        TimeoutError
            The deadline passed.
        OSError
            The peer closed the connection or it broke.
        """
        while count:
            if self._start == self._end:
                self._fill()
            piece = self._buffer[self._start : min(self._end, self._start + count)]
            self._start += len(piece)
            count -= len(piece)
            yield piece

    def send(self, data: bytes) -> None:
        """Write all of `data`.

        Raises
        ------
        TimeoutError
            The deadline passed.
        OSError
            The connection broke.
        """
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._connection.send(rest) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._await(select.POLLOUT)
            except ssl.SSLWantReadError:
                self._await(select.POLLIN)

    def discard(self) -> None:
        """Read away what is there, within bounds: closing over unread input would reset the connection.

        A reset may overtake what was sent last.
        """
        self._start = self._end = 0
        with contextlib.suppress(OSError):
            for _ in range(_MOST_DISCARDED // _BUFFER_BYTES):
                if not self._connection.recv_into(self._buffer):
                    return

    def close(self) -> None:
        """Close the connection, whatever state it is in."""
        sever(self._connection)
        self._connection.close()

    def _fill(self) -> None:
        while True:
            try:
                received = self._connection.recv_into(self._buffer)
                break
            except (BlockingIOError, ssl.SSLWantReadError):
                self._await(select.POLLIN)
            except ssl.SSLWantWriteError:
                self._await(select.POLLOUT)
        if not received:
            raise ConnectionResetError("closed by the peer")
        self._start, self._end = 0, received
        if self._is_tcp:  # not sticky; without it a peer with Nagle's algorithm waits 40 ms for our ACK
            self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _await(self, events: int) -> None:
        if not self._poll(events, self._deadline - time.monotonic()):
            raise TimeoutError("the peer is too slow")

    def _poll(self, events: int, seconds: float) -> list[tuple[int, int]]:
        # select.select cannot watch descriptors of 1024 and above
        poller = select.poll()
        poller.register(self._connection, events)
        return poller.poll(max(seconds, 0.0) * 1000)

    def _is_buffered(self) -> bool:
        if self._start < self._end:
            return True
        # TLS decrypts whole records, which poll does not see
        return isinstance(self._connection, ssl.SSLSocket) and self._connection.pending() > 0


def sever(connection: socket.socket | None) -> None:
    """End a connection under the threads that use it; they see it as closed by the peer."""
    if connection is None:
        return
    with contextlib.suppress(OSError):
        # Not SSLSocket's own: it takes the TLS layer away first, and what another thread sends in
        # this instant would leave in clear.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
