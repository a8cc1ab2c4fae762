"""One client's connection to the ledger writer, and the thread that reads what comes back."""

from __future__ import annotations

import itertools
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from gateway.errors import LedgerUnavailable
from gateway.ledger import frame
from gateway.ledger.endpoint import connect

_CONNECT_SECONDS: Final = 5.0
_SEND_SECONDS: Final = 20
_RECEIVE_BYTES: Final = 1 << 18
_GONE: Final = "the ledger writer is not running"


class Connection:
    """Requests go out from any thread, replies come back in any order.

    Parameters
    ----------
    path
        The writer's socket.
    ring
        Called from the reading thread for each doorbell.
    lost
        Called from the reading thread when the connection has ended.

    Raises
    ------
    LedgerUnavailable
        The writer cannot be reached.
    """

    def __init__(
        self, path: Path, ring: Callable[[], None] | None = None, lost: Callable[[], None] | None = None
    ) -> None:
        try:
            self._socket = connect(path, _CONNECT_SECONDS)
        except OSError:
            raise LedgerUnavailable(_GONE) from None
        # A writer that stops reading must not block a sender for ever.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _SEND_SECONDS, 0))
        self._ring, self._lost = ring, lost
        self._ids = itertools.count(1)
        self._pending: dict[int, Future[msgspec.Raw]] = {}
        self._state_lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._closed = False
        self._reader = threading.Thread(target=self._read, name="ledger-client", daemon=True)
        self._reader.start()

    @property
    def closed(self) -> bool:
        """Whether the connection is of no more use."""
        return self._closed

    def request(self, message: object, timeout: float) -> msgspec.Raw:
        """Send `message` and return the encoded reply.

        Raises
        ------
        LedgerUnavailable
            The writer is gone, could not commit, rejected the message, or did not answer
            within `timeout` seconds. It may have committed all the same in the last case.
        """
        request_id = next(self._ids)
        try:
            content = frame.encode((request_id, message))
        except frame.FrameError as error:
            raise LedgerUnavailable(str(error)) from None
        future: Future[msgspec.Raw] = Future()
        with self._state_lock:
            if self._closed:
                raise LedgerUnavailable(_GONE)
            self._pending[request_id] = future
        try:
            self._send(content)
            return future.result(timeout)
        except TimeoutError:
            raise LedgerUnavailable("the ledger did not answer in time") from None
        finally:
            with self._state_lock:
                self._pending.pop(request_id, None)

    def close(self) -> None:
        """Close it and wait for its thread; whoever waits for a reply gets LedgerUnavailable."""
        self._hang_up()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _send(self, content: bytes) -> None:
        try:
            with self._send_lock:
                self._socket.sendall(content)
        except OSError:
            # Part of the frame may be out: the stream has lost its frames.
            self._hang_up()
            raise LedgerUnavailable(_GONE) from None

    def _hang_up(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        buffer = frame.FrameBuffer()
        try:
            while received := self._socket.recv(_RECEIVE_BYTES):
                for body in buffer.feed(received):
                    self._dispatch(body)
        except (OSError, frame.FrameError):
            pass
        finally:
            self._abandon()

    def _dispatch(self, body: bytes) -> None:
        if not body:
            if self._ring is not None:
                self._ring()
            return
        request_id, failure, value = frame.decode_reply(body)
        with self._state_lock:
            future = self._pending.pop(request_id, None)
        if future is None:
            return
        if failure:
            future.set_exception(LedgerUnavailable(failure))
        else:
            future.set_result(value)

    def _abandon(self) -> None:
        with self._state_lock:
            self._closed = True
            abandoned = list(self._pending.values())
            self._pending.clear()
        with self._send_lock:
            self._socket.close()
        for future in abandoned:
            future.set_exception(LedgerUnavailable(_GONE))
        if self._lost is not None:
            self._lost()
