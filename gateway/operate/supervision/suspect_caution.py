"""How a receiver works on inputs over which a process died before: alone, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from gateway.errors import OutOfResources, Reason, Refused
from gateway.operate.supervision.suspect import Board, Standing, Standings
from gateway.receive.deadline import Deadline

_LOOK_AGAIN_S: Final = 0.5
"""How often a wait looks whether what it waits for is late."""


class Gate:
    """Lets many work at a time, or one alone.

    Who is late does not count: an input that hangs must not keep out the others for ever.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: set[Deadline] = set()
        self._alone: Deadline | None = None

    @contextmanager
    def shared(self, deadline: Deadline) -> Iterator[None]:
        """Be inside with others; DeadlinePassed when one is alone for too long."""
        with self._changed:
            self._wait(lambda: not self._is_reserved(), deadline)
            self._inside.add(deadline)
        try:
            yield
        finally:
            self._leave(deadline)

    @contextmanager
    def alone(self, deadline: Deadline) -> Iterator[None]:
        """Be inside alone; DeadlinePassed when others stay for too long."""
        with self._changed:
            self._wait(lambda: not self._is_reserved(), deadline)
            self._alone = deadline
            try:
                self._wait(lambda: all(other.passed for other in self._inside), deadline)
            except BaseException:
                self._open(deadline)
                raise
            self._inside.add(deadline)
        try:
            yield
        finally:
            self._leave(deadline)

    def _is_reserved(self) -> bool:
        return self._alone is not None and not self._alone.passed

    def _wait(self, condition: Callable[[], bool], deadline: Deadline) -> None:
        while not condition():
            deadline.check()
            self._changed.wait(min(_LOOK_AGAIN_S, deadline.remaining))

    def _leave(self, deadline: Deadline) -> None:
        with self._changed:
            self._inside.discard(deadline)
            self._open(deadline)

    def _open(self, deadline: Deadline) -> None:
        if self._alone is deadline:
            self._alone = None
        self._changed.notify_all()


class Caution:
    """Notes what a receiver works on, and keeps away from it what killed others.

    Parameters
    ----------
    board
        Memory shared with the supervisor.
    receiver
        Which of the receivers this is.
    acquit
        Called with the digest of a suspect over which nobody died.
    """

    def __init__(self, board: Board, receiver: int, acquit: Callable[[bytes], None]) -> None:
        self._board, self._receiver, self._acquit = board, receiver, acquit
        self._standings = Standings(board)
        self._gate = Gate()
        self._free = list(range(board.slots))

    @contextmanager
    def noted(self, digest: bytes, deadline: Deadline) -> Iterator[None]:
        """Note, while in the block, that an input is in work.

        Raises
        ------
        Refused
            Processes died over it, more than once.
        DeadlinePassed
            It may only be worked on alone, and others took too long; or the reverse.
        OutOfResources
            There is no place left to note it.
        """
        with self._entered(digest, deadline) as standing:
            slot = self._take()
            self._board.note(self._receiver, slot, digest)
            try:
                yield
            finally:
                self._board.clear(self._receiver, slot)
                self._free.append(slot)
                if standing is Standing.SUSPECT:
                    self._acquit(digest)

    @contextmanager
    def _entered(self, digest: bytes, deadline: Deadline) -> Iterator[Standing]:
        standing = self._standings.of(digest)
        if standing is Standing.CONDEMNED:
            raise Refused(Reason.SUSPECT, "processes died over it")
        entrance = self._gate.alone if standing is Standing.SUSPECT else self._gate.shared
        with entrance(deadline):
            yield standing

    def _take(self) -> int:
        try:
            return self._free.pop()
        except IndexError:
            raise OutOfResources("no place to note another input") from None
