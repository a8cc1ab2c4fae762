"""The process that keeps the others alive and hands them the connections.

One thread and one selector: nothing here waits for a peer, a disk or a database. It holds the
listening socket, counts connections, passes each to the receiver that has the fewest, starts again
what dies, and stops everything in order: receivers and forwarder first, who serves them after them,
the ledger writer last.
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
from gateway.operate.pixels.death import Deaths
from gateway.operate.supervision.admission import Admission
from gateway.operate.supervision.child import Child
from gateway.operate.supervision.control import Acquitted, Ended, Message, Ready
from gateway.operate.supervision.entrance import Entrance
from gateway.operate.supervision.heartbeat_watch import Watch, watchdog_seconds
from gateway.operate.supervision.notify import notify
from gateway.operate.supervision.suspect import Board
from gateway.operate.supervision.suspect_inquest import Inquest

_log = structlog.get_logger()

_MESSAGES_PER_TURN: Final = 64
_SLACK_S: Final = 5.0
"""What a process gets beyond its grace before it is killed."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes of a gateway, and what its receivers are working on."""

    writer: Child
    receivers: Sequence[Child]
    forwarder: Child | None
    steward: Child
    board: Board
    pixels: Sequence[Child] = ()
    deaths: Deaths | None = None
    """How pixel workers died."""

    @property
    def clients(self) -> tuple[Child, ...]:
        """All that need the ledger writer."""
        return (*self.receivers, *((self.forwarder,) if self.forwarder else ()), self.steward)

    @property
    def all(self) -> tuple[Child, ...]:
        """Everyone."""
        return (self.writer, *self.pixels, *self.clients)


class Supervisor:
    """Run a gateway's processes until a signal asks to stop.

    Parameters
    ----------
    listeners
        Listening sockets and whether TLS is spoken on each; the supervisor closes them.
    crew
        Processes, none started yet.
    admission
        The caps on connections.
    grace
        Seconds that running associations get to finish after SIGTERM.
    heartbeat_timeout
        Seconds after which a process that shows no life is killed.
    published
        Called when everything accepts, and whenever a process was replaced.
    """

    def __init__(
        self,
        listeners: Sequence[tuple[socket.socket, bool]],
        crew: Crew,
        admission: Admission,
        grace: float,
        heartbeat_timeout: float,
        published: Callable[[Crew], None],
    ) -> None:
        self._crew, self._grace, self._published = crew, grace, published
        self._selector = selectors.DefaultSelector()
        self._entrance = Entrance(listeners, crew.receivers, admission, self._selector)
        self._inquest = Inquest(crew.board)
        self._watch = Watch(
            crew.all, heartbeat_timeout, time.monotonic(), self._inquest.attend, watchdog_seconds()
        )
        self._signals = 0
        self._ending = False

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
                self._start((*self._crew.pixels, *self._crew.clients))
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
        self._entrance.open()
        self._published(self._crew)

    def _stop(self) -> None:
        self._entrance.close()
        self._ending, asked = True, self._signals
        notify("STOPPING=1")
        for child in self._crew.all:
            child.start_at = None
        self._finish(self._crew.clients, self._grace, asked)
        self._finish(self._crew.pixels, 0.0, asked)
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
        self._entrance.attend(now)
        self._watch.attend(now, strict=not self._ending)

    def _timeout(self, deadline: float | None) -> float | None:
        starts = [child.start_at for child in self._crew.all]
        moments = [deadline, self._entrance.deadline, self._watch.deadline, *starts]
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
            if self._entrance.is_open:
                self._published(self._crew)
        elif isinstance(message, Ended) and message.number in child.connections:
            child.connections.remove(message.number)
            self._entrance.release(message.number)
        elif isinstance(message, Acquitted):
            self._inquest.acquit(message.digest)

    def _lose(self, child: Child) -> None:
        assert child.channel is not None
        if not child.deaf:
            self._selector.unregister(child.channel)
        self._selector.unregister(child.sentinel)
        for number in child.connections:
            self._entrance.release(number)
        silence, pid = child.silence if child.is_given_up else 0.0, child.pid
        code = child.bury()
        if child in self._crew.pixels and self._crew.deaths is not None:
            self._crew.deaths.note(self._crew.pixels.index(child), pid, code, is_silent=silence > 0)
        if self._ending or self._signals:
            child.start_at = None
            return
        _log.error("process_died", child=child.role.name, exit_code=code)
        if child in self._crew.receivers:
            self._inquest.died(self._crew.receivers.index(child), code, silence)
        if not self._entrance.is_open:
            child.start_at = None
            raise GatewayError(f"{child.role.name} did not start (exit code {code})")


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
