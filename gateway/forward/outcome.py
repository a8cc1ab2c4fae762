"""What a destination's answer means for the task (PS3.4 B.2.3, PS3.7 Annex C)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from gateway.forward.retry import Backoff
from gateway.ledger.message import TaskOutcome, TaskState
from gateway.ledger.reader import Task
from gateway.standard.status import Status

PROCESSING_FAILURES: Final = 5
"""So many answers 0110H in a row, and the instance is held."""

BREAKS: Final = 5
"""So many associations that ended over an instance while others were delivered, and it is held."""

_WARNINGS: Final = frozenset({0x0001, 0x0107, 0x0116})
"""Of status type Warning outside B000H to BFFFH (PS3.7 C.1): the instance was stored."""


class Verdict(StrEnum):
    """What the status of a C-STORE response says of the instance."""

    DELIVERED = "delivered"
    OUT_OF_RESOURCES = "out_of_resources"
    """The destination takes nothing at the moment."""
    PROCESSING_FAILURE = "processing_failure"
    """It failed with this instance, perhaps by chance."""
    REJECTED = "rejected"
    """It will not take this instance."""


def verdict(status: int) -> Verdict:
    """Classify a status; one that the Standard does not define is a rejection, for a person to see."""
    if status == Status.SUCCESS or status in _WARNINGS or status & 0xF000 == 0xB000:
        return Verdict.DELIVERED
    if status & 0xFF00 == Status.OUT_OF_RESOURCES:
        return Verdict.OUT_OF_RESOURCES
    if status == Status.PROCESSING_FAILURE:
        return Verdict.PROCESSING_FAILURE
    return Verdict.REJECTED


class Judge:
    """Turns what happened to tasks of one destination into what the ledger records.

    Counts how often an instance was answered 0110H in a row, and how often an association ended
    over it; the counts do not survive a restart, which costs some more attempts.

    Parameters
    ----------
    backoff
        Delays between attempts with one instance.
    jitter
        Returns fractions from 0 to 1.
    clock
        Seconds since the epoch.
    commits
        Whether the destination is asked for commitment to what it stored.
    """

    def __init__(
        self,
        backoff: Backoff,
        jitter: Callable[[], float],
        clock: Callable[[], float],
        *,
        commits: bool = False,
    ) -> None:
        self._backoff, self._jitter, self._clock, self._commits = backoff, jitter, clock, commits
        self._failures: dict[int, int] = {}
        self._breaks: dict[int, tuple[int, int]] = {}
        self._deliveries = 0
        self._lock = threading.Lock()

    def answered(self, task: Task, status: int) -> TaskOutcome:
        """Judge the status of a response."""
        meaning = verdict(status)
        failures = self._count(task.id, meaning)
        if meaning is Verdict.DELIVERED:
            if self._commits:
                return TaskOutcome(task.id, TaskState.SENT, status, next_attempt=self._clock())
            return TaskOutcome(task.id, TaskState.FORWARDED, status)
        if meaning is Verdict.REJECTED:
            return held(task, "rejected by the destination", status)
        if failures >= PROCESSING_FAILURES:
            return held(task, "processing failed repeatedly", status)
        return self.later(task, meaning.replace("_", " "), status)

    def broken(self, task: Task, error: str) -> TaskOutcome:
        """Judge an association that ended, or fell silent, over an instance.

        It counts against the instance only if another was delivered since the last time: that a
        destination goes down is no instance's fault.

        Parameters
        ----------
        error
            A fixed phrase.
        """
        with self._lock:
            breaks, deliveries = self._breaks.pop(task.id, (0, -1))
            breaks += self._deliveries > deliveries
            if breaks < BREAKS:
                self._breaks[task.id] = (breaks, self._deliveries)
        if breaks >= BREAKS:
            return held(task, f"{error}, repeatedly")
        return self.later(task, error)

    def later(self, task: Task, error: str, status: int | None = None) -> TaskOutcome:
        """Have a task tried again, later each time.

        Parameters
        ----------
        error
            A fixed phrase.
        """
        due = self._clock() + self._backoff.delay(task.attempts + 1, self._jitter())
        return TaskOutcome(task.id, TaskState.WAITING, status, error, due)

    def _count(self, task_id: int, meaning: Verdict) -> int:
        with self._lock:
            self._breaks.pop(task_id, None)
            self._deliveries += meaning is Verdict.DELIVERED
            failures = self._failures.pop(task_id, 0) + 1
            if meaning is not Verdict.PROCESSING_FAILURE:
                return 0
            if failures < PROCESSING_FAILURES:
                self._failures[task_id] = failures
            return failures


def held(task: Task, error: str, status: int | None = None) -> TaskOutcome:
    """Have a task wait for a person.

    Parameters
    ----------
    error
        A fixed phrase.
    """
    return TaskOutcome(task.id, TaskState.HELD, status, error)
