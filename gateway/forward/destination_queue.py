"""Which instances a destination is to be sent next, and when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.forward.reachability import Reachability
from gateway.ledger.reader import LedgerReader, Task

CLAIM: Final = 256
"""Tasks of a series that are taken at a time."""
_LONGEST_WAIT: Final = 30.0
"""Seconds after which the ledger is looked into without a reason."""
HORIZON: Final = 600.0
"""Seconds; no attempt is put off for so long: what waits longer does so since the clock was set back."""
_SHORTEST_WAIT: Final = 0.01
_BUSY_WAIT: Final = 0.2
"""Seconds between looks in vain while series are busy: their tasks are due and have to be skipped."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Due tasks of one series, for one association.

    Parameters
    ----------
    series_instance_uid
        Belongs to whoever has the claim until each of its tasks is settled.
    tasks
        Not empty, longest due first.
    """

    series_instance_uid: str
    tasks: tuple[Task, ...]


class DestinationQueue:
    """The queue of one destination, shared by its associations.

    The ledger is the queue; this decides who takes what, and takes nothing while the destination
    is left alone.

    Parameters
    ----------
    destination
        Name of the peer.
    clock
        Seconds since the epoch, as in the ledger.
    """

    def __init__(
        self,
        destination: str,
        reader: LedgerReader,
        reachability: Reachability,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._destination, self._reader = destination, reader
        self._reachability, self._clock = reachability, clock
        self._changed = threading.Condition()
        self._unsettled: dict[str, int] = {}
        self._next_look = self._next_look_ahead = 0.0
        self._closed = False

    def take(self, patience: float | None = None) -> Claim | None:
        """Wait for due tasks of a series that nobody else has.

        Parameters
        ----------
        patience
            Seconds to wait; None for ever.

        Returns
        -------
        Claim or None
            None when patience is over or the queue is closed.

        Raises
        ------
        LedgerUnavailable
            The ledger cannot be read.
        """
        end = None if patience is None else time.monotonic() + patience
        with self._changed:
            while not self._closed:
                claim = self._claim()
                if claim is not None:
                    return claim
                now = time.monotonic()
                if end is not None and now >= end:
                    return None
                wake = self._wake(now)
                self._changed.wait((wake if end is None else min(wake, end)) - now)
        return None

    def settle(self, series_instance_uid: str, count: int = 1) -> None:
        """Note that so many tasks of a claim are recorded, or given back untouched."""
        with self._changed:
            self._unsettled[series_instance_uid] -= count
            if not self._unsettled[series_instance_uid]:
                del self._unsettled[series_instance_uid]
                self._next_look = 0.0
                self._changed.notify_all()

    def ring(self) -> None:
        """Have the ledger looked into: there may be new tasks."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Let everyone who waits go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _claim(self) -> Claim | None:
        now = time.monotonic()
        if now < max(self._reachability.resume_at, self._next_look):
            return None
        busy = tuple(self._unsettled)
        due = self._stranded(now, busy) or self._reader.due_tasks(
            self._destination, self._clock(), CLAIM, busy
        )
        if not due:
            self._next_look = now + _BUSY_WAIT if busy else 0.0
            return None
        series = due[0].series_instance_uid
        tasks = tuple(task for task in due if task.series_instance_uid == series)
        self._unsettled[series] = len(tasks)
        return Claim(series, tasks)

    def _stranded(self, now: float, busy: tuple[str, ...]) -> list[Task]:
        """Return tasks that only wait because the clock was set back."""
        if now < self._next_look_ahead:
            return []
        ahead = self._clock() + HORIZON
        stranded = self._reader.due_tasks(self._destination, ahead, CLAIM, busy, later=True)
        if not stranded:
            self._next_look_ahead = now + _LONGEST_WAIT
        return stranded

    def _wake(self, now: float) -> float:
        """Return when to look again, on the monotonic clock."""
        if now < self._reachability.resume_at:
            return self._reachability.resume_at
        if self._unsettled:
            return self._next_look
        due = self._reader.next_due(self._destination)
        wait = _LONGEST_WAIT if due is None else due - self._clock()
        return now + min(max(wait, _SHORTEST_WAIT), _LONGEST_WAIT)
