"""One process of the gateway, as its supervisor sees it: started, ready, dead, started again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from socket import socket
from typing import Any, Final

import structlog

from gateway.operate.control import Channel, Connection, Message, Stop

_log = structlog.get_logger()

_FIRST_DELAY_S: Final = 0.1
_LONGEST_DELAY_S: Final = 30.0
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
        A module's function; called in the new process with its end of the channel and `arguments`.
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
    clock
        Seconds that only grow.
    """

    def __init__(
        self, context: ForkServerContext, role: Role, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.role = role
        self.channel: Channel | None = None
        self.ready = False
        self.connections: set[int] = set()
        self.deaf = False
        self.start_at: float | None = None
        self._context, self._clock = context, clock
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
            self._plan()
            return False
        self.ready, self.deaf, self.start_at = False, False, None
        return True

    def _start(self) -> None:
        ours, theirs = Channel.pair()
        try:
            with theirs:
                process = self._context.Process(
                    target=self.role.main, args=(theirs, *self.role.arguments), name=self.role.name
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
