"""Where connections come in: accepted, heard, counted, and passed to a receiver or told why not."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from gateway.operate.supervision.admission import Admission
from gateway.operate.supervision.arrival import Arrival, Arrivals, Progress
from gateway.operate.supervision.child import Child
from gateway.operate.supervision.control import Connection
from gateway.operate.supervision.refusal import Refusals

_log = structlog.get_logger()

_ACCEPTS_PER_TURN: Final = 64
_PAUSE_S: Final = 0.5
"""How long accepting pauses when there is no descriptor left for a connection."""
_LINE_S: Final = 1.0
"""Rejections come by the thousand, their lines in the log not more often than this."""


class Entrance:
    """The listening sockets, on the selector of the supervisor.

    Parameters
    ----------
    listeners
        Listening sockets and whether TLS is spoken on each; closed by `close`.
    receivers
        Processes that take connections.
    admission
        The caps on connections.
    selector
        Calls what it finds registered; `attend` is to be called at `deadline`.
    """

    def __init__(
        self,
        listeners: Sequence[tuple[socket.socket, bool]],
        receivers: Sequence[Child],
        admission: Admission,
        selector: selectors.BaseSelector,
    ) -> None:
        self._listeners, self._receivers = tuple(listeners), receivers
        self._admission, self._selector = admission, selector
        self._refusals, self._arrivals = Refusals(), Arrivals(admission.patience)
        self.is_open = False
        self._resume_at: float | None = None
        self._unsaid, self._said_at = 0, float("-inf")

    @property
    def deadline(self) -> float | None:
        """When `attend` has something to do, on the monotonic clock."""
        moments = (self._resume_at, self._refusals.next_deadline, self._arrivals.next_deadline)
        return min((moment for moment in moments if moment is not None), default=None)

    def open(self) -> None:
        """Accept from now on."""
        self.is_open = True
        self._watch()

    def close(self) -> None:
        """Accept nothing more."""
        if self.is_open and self._resume_at is None:
            self._unwatch()
        self.is_open, self._resume_at = False, None
        for listener, _ in self._listeners:
            listener.close()
        for arrival in self._arrivals.all():
            self._leave(arrival).close()

    def release(self, number: int) -> None:
        """Note that a connection is over."""
        self._admission.release(number)

    def attend(self, now: float) -> None:
        """Do what is due at `now`, on the monotonic clock."""
        for sock in self._refusals.overdue():
            self._end_refusal(sock)
        for arrival in self._arrivals.overdue():
            self._leave(arrival).close()
        if self._resume_at is not None and self._resume_at <= now:
            self._resume_at = None
            self._watch()

    def _watch(self) -> None:
        for listener, secure in self._listeners:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener, secure))

    def _unwatch(self) -> None:
        for listener, _ in self._listeners:
            self._selector.unregister(listener)

    def _accept(self, listener: socket.socket, secure: bool) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, address = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._pause(error)
                return
            self._welcome(sock, address[0].removeprefix("::ffff:"), address[1], secure)

    def _pause(self, error: OSError) -> None:
        """Leave connections in the backlog for a moment: there is no descriptor for them."""
        _log.warning("accepting_paused", error=type(error).__name__)
        if self._resume_at is None:
            self._unwatch()
        self._resume_at = time.monotonic() + _PAUSE_S

    def _welcome(self, sock: socket.socket, host: str, port: int, secure: bool) -> None:
        """Let a connection wait until its peer has said what it wants."""
        try:
            arrival = self._arrivals.add(sock, host, port, secure)
        except OSError:
            sock.close()
            return
        self._selector.register(sock, selectors.EVENT_READ, partial(self._hear, arrival))
        for surplus in self._arrivals.overdue():
            self._leave(surplus).close()

    def _hear(self, arrival: Arrival) -> None:
        if arrival.sock.fileno() < 0:  # closed for another's sake, in the same turn
            return
        progress = arrival.look()
        if progress is Progress.WAITING:
            return
        with self._leave(arrival) as sock:
            if progress is Progress.COMPLETE:
                self._place(sock, arrival.host, arrival.port, arrival.secure)

    def _leave(self, arrival: Arrival) -> socket.socket:
        self._selector.unregister(arrival.sock)
        self._arrivals.remove(arrival)
        return arrival.sock

    def _place(self, sock: socket.socket, host: str, port: int, secure: bool) -> None:
        """Pass a connection to the least loaded receiver that takes it."""
        number = self._admission.admit(host)
        if number is not None:
            ready = [child for child in self._receivers if child.ready]
            for child in sorted(ready, key=lambda child: child.load):
                if child.pass_connection(Connection(number, host, port, secure), sock):
                    return
            self._admission.release(number)
        self._say_rejected(host)
        self._refuse(socket.socket(fileno=sock.detach()), secure)

    def _say_rejected(self, host: str) -> None:
        self._unsaid, now = self._unsaid + 1, time.monotonic()
        if now - self._said_at < _LINE_S:
            return
        active = self._admission.active
        _log.warning("connection_rejected", address=host, associations=active, count=self._unsaid)
        self._unsaid, self._said_at = 0, now

    def _refuse(self, sock: socket.socket, secure: bool) -> None:
        if secure:  # an A-ASSOCIATE-RJ cannot be said before the handshake
            sock.close()
        elif self._refusals.add(sock):
            self._selector.register(sock, selectors.EVENT_READ, partial(self._drain, sock))

    def _drain(self, sock: socket.socket) -> None:
        if not self._refusals.drain(sock):
            self._end_refusal(sock)

    def _end_refusal(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        self._refusals.close(sock)
