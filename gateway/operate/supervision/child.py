"""One process of the gateway, as its supervisor sees it: started, ready, dead, started again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from socket import socket
from typing import Any, Final

import structlog

from gateway.operate.supervision.control import Channel, Connection, Message, Stop, Tether
from gateway.operate.supervision.heartbeat import Patient, Pulse

_log = structlog.get_logger()

_FIRST_DELAY_S: Final = 0.1
_LONGEST_DELAY_S: Final = 30.0
_QUIET_S: Final = 5.0
"""Silence after which a process gets no connection if there is another that may have it."""
_START_S: Final = 120.0
"""What the fork server may take to start a process, the first one with all imports; then it hangs."""
_STEADY_S: Final = 60.0
"""A process that lived this long is started again without delay."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a process is for.

    Parameters
    ----------
    name
        Of the process, in the log.
    main
        A module's function; called in the new process with its `Tether` and `arguments`.
    arguments
        Everything the process is given.
    """

    name: str
    main: Callable[..., None]
    arguments: tuple[Any, ...]


def delay(failures: int) -> float:
    """Return the seconds to wait before a start that follows `failures` early deaths."""
    return 0.0 if failures == 0 else min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** (failures - 1))


class Child:
    """A process that is kept alive.

    Parameters
    ----------
    context
        Starts it.
    role
        What it is.
    pulse
        Its sign of life, in memory shared with it.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        context: ForkServerContext,
        role: Role,
        pulse: Pulse,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.role = role
        self.channel: Channel | None = None
        self.ready = False
        self.connections: set[int] = set()
        self.deaf = False
        self.start_at: float | None = None
        self.is_given_up = False
        self._context, self._clock = context, clock
        self._pulse, self._patient = pulse, Patient(pulse)
        self._process: ForkServerProcess | None = None
        self._started_at, self._failures = 0.0, 0

    @property
    def alive(self) -> bool:
        """Tell whether there is a process."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process id, 0 when there is no process."""
        return (self._process.pid or 0) if self._process else 0

    @property
    def silence(self) -> float:
        """Seconds without a sign of life."""
        return self._patient.silence

    @property
    def load(self) -> tuple[bool, int]:
        """The less the better: whether it shows no life, and how many connections it has."""
        return self.silence >= _QUIET_S, len(self.connections)

    @property
    def sentinel(self) -> int:
        """A descriptor that becomes readable when the process is gone."""
        assert self._process is not None
        return self._process.sentinel

    def start(self) -> bool:
        """Start the process and open the channel to it; False when that failed and is planned anew."""
        self._started_at = self._clock()
        try:
            self._start()
        except (OSError, EOFError) as error:  # out of descriptors or memory, or the fork server just died
            _log.error("process_failed", child=self.role.name, error=type(error).__name__)
            if isinstance(error, TimeoutError):
                _end_fork_server()
            self._plan()
            return False
        self.ready, self.deaf, self.start_at = False, False, None
        self.is_given_up = False
        self._patient.reset()
        return True

    def _start(self) -> None:
        ours, theirs = Channel.pair()
        try:
            with theirs, _in_time(_START_S):
                process = self._context.Process(
                    target=self.role.main,
                    args=(Tether(theirs, self._pulse), *self.role.arguments),
                    name=self.role.name,
                )
                process.start()
        except BaseException:
            ours.close()
            raise
        ours.setblocking(False)
        self.channel, self._process = Channel(ours), process

    def _plan(self) -> None:
        lived = self._clock() - self._started_at
        self._failures = 0 if lived >= _STEADY_S else self._failures + 1
        self.start_at = self._clock() + delay(self._failures)

    def pass_connection(self, connection: Connection, sock: socket) -> bool:
        """Hand an accepted connection over; False when the process does not take it."""
        if self.channel is None or not self._send(connection, sock.fileno()):
            return False
        self.connections.add(connection.number)
        return True

    def stop(self, grace: float) -> None:
        """Ask the process to finish."""
        self._send(Stop(grace), None)

    def look(self, elapsed: float) -> None:
        """Look for a sign of life, `elapsed` seconds after the last look."""
        if self.alive:
            self._patient.look(elapsed)

    def give_up(self) -> None:
        """End the process because it shows no life."""
        self.is_given_up = True
        self.kill()

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()

    def bury(self) -> int | None:
        """Clean up after the process' death and plan the next start; return its exit code."""
        assert self._process is not None
        assert self.channel is not None
        self._process.join()
        code = self._process.exitcode
        self._plan()
        self._process.close()
        self.channel.close()
        self._process, self.channel, self.ready = None, None, False
        self.connections.clear()
        return code

    def _send(self, message: Message, descriptor: int | None) -> bool:
        if self.channel is None:
            return False
        try:
            self.channel.send(message, descriptor=descriptor)
        except OSError as error:
            _log.warning("process_unresponsive", child=self.role.name, error=type(error).__name__)
            return False
        return True


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    """Break off what the block waits for after `seconds`; in the main thread only.

    Raises
    ------
    TimeoutError
        The time was over.
    """

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError

    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def _end_fork_server() -> None:
    """Kill the fork server; the next start makes a new one. Its children die with it."""
    pid = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001 - no public name
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
