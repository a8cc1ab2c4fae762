"""The process that keeps the others alive and hands them the connections.

One thread and one selector: nothing here waits for a peer, a disk or a database. It holds the
listening socket, counts connections, passes each to the receiver that has the fewest, starts again
what dies, and stops everything in order: receivers and forwarder first, the ledger writer last.
"""

from __future__ import annotations

import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from gateway.errors import GatewayError
from gateway.operate.admission import Admission
from gateway.operate.child import Child
from gateway.operate.control import Connection, Ended, Message, Ready
from gateway.operate.notify import notify
from gateway.operate.refusal import Refusals

_log = structlog.get_logger()

_ACCEPTS_PER_TURN: Final = 64
_MESSAGES_PER_TURN: Final = 64
_SLACK_S: Final = 5.0
"""What a process gets beyond its grace before it is killed."""
_PAUSE_S: Final = 0.5
"""How long accepting pauses when there is no descriptor left for a connection."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes of a gateway."""

    writer: Child
    receivers: Sequence[Child]
    forwarder: Child | None

    @property
    def clients(self) -> tuple[Child, ...]:
        """All that need the ledger writer."""
        return (*self.receivers, *((self.forwarder,) if self.forwarder else ()))

    @property
    def all(self) -> tuple[Child, ...]:
        """Everyone."""
        return (self.writer, *self.clients)


class Supervisor:
    """Run a gateway's processes until a signal asks to stop.

    Parameters
    ----------
    listener
        A listening socket; the supervisor closes it.
    crew
        Processes, none started yet.
    admission
        The caps on connections.
    grace
        Seconds that running associations get to finish after SIGTERM.
    published
        Called when everything accepts, and whenever a process was replaced.
    """

    def __init__(
        self,
        listener: socket.socket,
        crew: Crew,
        admission: Admission,
        grace: float,
        published: Callable[[Crew], None],
    ) -> None:
        self._listener, self._crew, self._admission = listener, crew, admission
        self._grace, self._published = grace, published
        self._refusals = Refusals()
        self._selector = selectors.DefaultSelector()
        self._signals = 0
        self._open = self._ending = False
        self._resume_at: float | None = None

    def run(self) -> None:
        """Start, serve, stop; return after the last process is gone.

        Raises
        ------
        GatewayError
            A process died before it was ready for the first time.
        """
        with _signals_as_events(self._selector, self._signalled):
            try:
                self._start((self._crew.writer,))
                self._start(self._crew.clients)
                self._accept_from_now_on()
                while not self._signals:
                    self._turn()
            finally:
                self._stop()
                self._selector.close()

    # ------------------------------------------------------------ start and stop

    def _start(self, children: Iterable[Child]) -> None:
        for child in children:
            self._launch(child)
        while not self._signals and not all(child.ready for child in children):
            self._turn()

    def _accept_from_now_on(self) -> None:
        if self._signals:
            return
        self._open = True
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._published(self._crew)

    def _stop(self) -> None:
        self._close_listener()
        self._ending, asked = True, self._signals
        notify("STOPPING=1")
        for child in self._crew.all:
            child.start_at = None
        self._finish(self._crew.clients, self._grace, asked)
        self._finish((self._crew.writer,), _SLACK_S, asked)

    def _finish(self, children: Sequence[Child], grace: float, asked: int) -> None:
        """Let processes end; a further signal, or the end of the grace, kills them."""
        for child in children:
            child.stop(grace)
        deadline = time.monotonic() + grace + _SLACK_S
        while any(child.alive for child in children):
            if self._signals > asked or time.monotonic() >= deadline:
                for child in children:
                    child.kill()
                deadline = time.monotonic() + _SLACK_S
            self._turn(deadline)

    def _close_listener(self) -> None:
        if self._open and self._resume_at is None:
            self._selector.unregister(self._listener)
        self._resume_at = None
        self._listener.close()

    def _signalled(self) -> None:
        self._signals += 1
        _log.info("stopping", count=self._signals)

    # ------------------------------------------------------------ the loop

    def _turn(self, deadline: float | None = None) -> None:
        """Wait for the next event or deadline, and act on it."""
        for key, _ in self._selector.select(self._timeout(deadline)):
            key.data()
        now = time.monotonic()
        for child in self._crew.all:
            if child.start_at is not None and child.start_at <= now:
                self._launch(child)
        for sock in self._refusals.overdue():
            self._end_refusal(sock)
        if self._resume_at is not None and self._resume_at <= now:
            self._resume_at = None
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def _timeout(self, deadline: float | None) -> float | None:
        starts = [child.start_at for child in self._crew.all]
        moments = [deadline, self._resume_at, self._refusals.next_deadline, *starts]
        nearest = min((moment for moment in moments if moment is not None), default=None)
        return None if nearest is None else max(0.0, nearest - time.monotonic())

    # ------------------------------------------------------------ processes

    def _launch(self, child: Child) -> None:
        if not child.start():
            return
        assert child.channel is not None
        self._selector.register(child.channel, selectors.EVENT_READ, partial(self._hear, child))
        self._selector.register(child.sentinel, selectors.EVENT_READ, partial(self._lose, child))

    def _hear(self, child: Child) -> None:
        channel = child.channel
        for _ in range(_MESSAGES_PER_TURN):
            if channel is None:
                return
            try:
                received = channel.receive()
            except BlockingIOError:
                return
            if received is None:
                self._selector.unregister(channel)
                child.deaf = True
                child.kill()
                return
            self._obey(child, received[0])

    def _obey(self, child: Child, message: Message) -> None:
        if isinstance(message, Ready):
            child.ready = True
            _log.info("process_ready", child=child.role.name)
            if self._open:
                self._published(self._crew)
        elif isinstance(message, Ended) and message.number in child.connections:
            child.connections.remove(message.number)
            self._admission.release(message.number)

    def _lose(self, child: Child) -> None:
        assert child.channel is not None
        if not child.deaf:
            self._selector.unregister(child.channel)
        self._selector.unregister(child.sentinel)
        for number in child.connections:
            self._admission.release(number)
        code = child.bury()
        if self._ending or self._signals:
            child.start_at = None
            return
        _log.error("process_died", child=child.role.name, exit_code=code)
        if not self._open:
            child.start_at = None
            raise GatewayError(f"{child.role.name} did not start (exit code {code})")

    # ------------------------------------------------------------ connections

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._pause(error)
                return
            with sock:
                self._place(sock, address[0].removeprefix("::ffff:"), address[1])

    def _pause(self, error: OSError) -> None:
        """Leave connections in the backlog for a moment: there is no descriptor for them."""
        _log.warning("accepting_paused", error=type(error).__name__)
        self._selector.unregister(self._listener)
        self._resume_at = time.monotonic() + _PAUSE_S

    def _place(self, sock: socket.socket, host: str, port: int) -> None:
        """Pass a connection to the least loaded receiver that takes it."""
        number = self._admission.admit(host)
        if number is not None:
            ready = [child for child in self._crew.receivers if child.ready]
            for child in sorted(ready, key=lambda child: len(child.connections)):
                if child.pass_connection(Connection(number, host, port), sock):
                    return
            self._admission.release(number)
        _log.warning("connection_rejected", address=host, associations=self._admission.active)
        self._refuse(socket.socket(fileno=sock.detach()))

    def _refuse(self, sock: socket.socket) -> None:
        if self._refusals.add(sock):
            self._selector.register(sock, selectors.EVENT_READ, partial(self._drain, sock))

    def _drain(self, sock: socket.socket) -> None:
        if not self._refusals.drain(sock):
            self._end_refusal(sock)

    def _end_refusal(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        self._refusals.close(sock)


@contextmanager
def _signals_as_events(selector: selectors.BaseSelector, signalled: Callable[[], None]) -> Iterator[None]:
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)

    def read() -> None:
        for number in reader.recv(64):
            if number in _SIGNALS:
                signalled()

    old_descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    old = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
    old[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    selector.register(reader, selectors.EVENT_READ, read)
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old_descriptor)
        reader.close()
        writer.close()
