"""The threads that work while somebody waits for them, no longer than to a deadline."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar, cast

from gateway.errors import DeadlinePassed, OutOfResources
from gateway.receive.deadline import Deadline
from gateway.receive.share import Shares

R = TypeVar("R")

MOST_LATE: Final = 16
"""Threads of one process that may be late at a time; each holds its instance in memory."""
_WAITING_PART: Final = 0.5
"""Of the time left, what work may wait for a place: begun at its very end it would only be late."""
_IDLE_S: Final = 30.0
"""After which a thread without work ends."""


class Workers:
    """Threads that do one thing each while somebody waits for it, no longer than to a deadline.

    Parameters
    ----------
    most_late
        Threads that may be late at a time; beyond that nothing is begun.
    idle
        Seconds after which a thread without work ends.
    """

    def __init__(self, most_late: int = MOST_LATE, idle: float = _IDLE_S) -> None:
        self._most_late, self._idle_seconds = most_late, idle
        self._lock = threading.Lock()
        self._shares = Shares()
        self._idle: list[_Worker] = []
        self._late: dict[_Task, float] = {}
        self._made = 0

    @property
    def late(self) -> int:
        """Threads that are late now."""
        return len(self._late)

    def overdue(self, seconds: float) -> bool:
        """Tell whether a thread has been late for longer than `seconds`.

        How many are late does not count: what is slow ends.
        """
        with self._lock:
            begun = min(self._late.values(), default=math.inf)
            return time.monotonic() - begun > seconds

    def run(
        self,
        work: Callable[[], R],
        deadline: Deadline,
        abandon: Callable[[], Callable[[], None]],
        *,
        owner: str,
    ) -> R:
        """Do `work` in a thread of its own; return what it returns and raise what it raises.

        Parameters
        ----------
        abandon
            Called when the work is late and goes on without anybody waiting. What it returns is
            called at the end of the work, by its thread.
        owner
            Whose work it is: the peer. One owner has only its share of the threads.

        Raises
        ------
        DeadlinePassed
            It took too long.
        OutOfResources
            Too many are late already, there is no thread for it, or none of its owner's share.
        """
        deadline.check()
        task = _Task(work, owner)
        self._shares.take(owner, _WAITING_PART * deadline.remaining)
        try:
            worker = self._worker()
        except BaseException:
            self._shares.give_back(owner)
            raise
        worker.begin(task)
        if not self._has_ended(task, deadline):
            is_certain = deadline.expire()
            if not self._left_alone(task, abandon):
                raise DeadlinePassed("not done in time" if is_certain else "uncertain")
        return cast("R", task.outcome())

    def _worker(self) -> _Worker:
        with self._lock:
            if self.late >= self._most_late:
                raise OutOfResources("too many instances are late")
            if self._idle:
                return self._idle.pop()
            self._made += 1
            name = f"store-{self._made}"
        try:
            return _Worker(name, self._idle_seconds, self._ended, self._dismissed)
        except RuntimeError:
            raise OutOfResources("no thread for another instance") from None

    def _has_ended(self, task: _Task, deadline: Deadline) -> bool:
        while (patience := deadline.patience) > 0:
            if task.done.acquire(timeout=patience):
                return True
        return False

    def _left_alone(self, task: _Task, abandon: Callable[[], Callable[[], None]]) -> bool:
        """Let a task that is late go on; True when it has ended in this instant."""
        with self._lock:
            if task.has_ended:
                return True
            self._late[task] = time.monotonic()
            task.at_end = abandon()
            return False

    def _ended(self, worker: _Worker, task: _Task) -> None:
        with self._lock:
            task.has_ended = True
            self._late.pop(task, None)
            self._idle.append(worker)
        self._shares.give_back(task.owner)

    def _dismissed(self, worker: _Worker) -> bool:
        """Tell whether an idle worker may end: nobody is about to give it something to do."""
        with self._lock:
            if worker not in self._idle:
                return False
            self._idle.remove(worker)
            return True


class _Task:
    """One piece of work and its outcome."""

    def __init__(self, work: Callable[[], object], owner: str) -> None:
        self.owner = owner
        self.done = threading.Lock()
        self.done.acquire()
        self.has_ended = False
        self.at_end: Callable[[], None] = _nothing
        self._work: Callable[[], object] | None = work
        self._result: object = None
        self._error: BaseException | None = None

    def perform(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        try:
            self._result = work()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            self._error = error

    def outcome(self) -> object:
        if self._error is not None:
            error, self._error = self._error, None  # its frames hold the task, and the instance
            try:
                raise error
            finally:
                del error  # this frame is one of them
        return self._result

    def forget(self) -> None:
        """Drop an outcome that nobody waits for: the frames of an error hold the instance."""
        self._result = self._error = None


class _Worker:
    """A thread that waits for tasks, the one that worked last first: its memory is warm."""

    def __init__(
        self,
        name: str,
        idle: float,
        ended: Callable[[_Worker, _Task], None],
        dismissed: Callable[[_Worker], bool],
    ) -> None:
        self._idle, self._ended, self._dismissed = idle, ended, dismissed
        self._given = threading.Lock()
        self._given.acquire()
        self._task: _Task | None = None
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def begin(self, task: _Task) -> None:
        self._task = task
        self._given.release()

    def _run(self) -> None:
        while True:
            if not self._given.acquire(timeout=self._idle):
                if self._dismissed(self):
                    return
                continue
            task, self._task = self._task, None
            assert task is not None
            task.perform()  # the instance is free when this returns
            self._ended(self, task)
            if task.at_end is not _nothing:
                task.forget()
            task.at_end()
            task.done.release()
            del task


def _nothing() -> None:
    """Do nothing."""
