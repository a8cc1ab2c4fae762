"""Sends what is due to one destination, over one association at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import structlog

from gateway.association.storage_scu import StorageAssociation
from gateway.errors import LedgerUnavailable, NoPresentationContext, PeerUnreachable
from gateway.forward.destination_queue import Claim, DestinationQueue
from gateway.forward.line import Line, Pair
from gateway.forward.outcome import Judge, Verdict, held, verdict
from gateway.forward.reachability import Reachability
from gateway.forward.recorder import Recorder
from gateway.forward.retry import Backoff
from gateway.ledger.message import TaskOutcome, TaskState
from gateway.ledger.reader import Task

NO_CONTEXT: Final = "no presentation context accepted"
FILE_MISSING: Final = "file missing"
FILE_DAMAGED: Final = "file damaged"
FILE_UNREADABLE: Final = "file unreadable"
NO_RESPONSE: Final = "no response"
INTERNAL_ERROR: Final = "internal error"

_PAUSE: Final = 1.0
"""Seconds after a fault on our own side."""
_STORED: Final = (TaskState.SENT, TaskState.FORWARDED)

_log = structlog.get_logger(__name__)


class SpoolFiles(Protocol):
    """Where the spool keeps its files."""

    def path(self, relative: str) -> Path:
        """Return the path of a spool file."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """What the senders of one destination share.

    Parameters
    ----------
    destination
        Name of the peer.
    idle
        Seconds after which an unused association is released.
    backoff
        Delays of a sender that gets no association although others have one.
    jitter
        Returns fractions from 0 to 1.
    """

    destination: str
    queue: DestinationQueue
    reachability: Reachability
    judge: Judge
    recorder: Recorder
    spool: SpoolFiles
    idle: float
    backoff: Backoff
    jitter: Callable[[], float]


class Sender:
    """One thread's work: takes a series, sends what is due of it, takes the next.

    Parameters
    ----------
    line
        Used by this sender alone.
    stop
        Once set, the sender ends after the instance at hand.
    """

    def __init__(self, route: Route, line: Line, stop: threading.Event) -> None:
        self._route, self._line, self._stop = route, line, stop
        self._refusals = 0
        self._log = _log.bind(destination=route.destination)

    def run(self) -> None:
        """Send until `stop` is set and the queue is closed."""
        while not self._stop.is_set():
            try:
                self._serve()
            except LedgerUnavailable:
                self._log.warning("ledger_unavailable")
                self._stop.wait(_PAUSE)
            except Exception as error:  # noqa: BLE001 - worker loop: a destination is never given up
                self._log.error("sender_failed", error=type(error).__name__)
                self._stop.wait(_PAUSE)
        self._line.release()

    def interrupt(self) -> None:
        """Break a transfer that is under way; from another thread."""
        self._line.interrupt()

    def _serve(self) -> None:
        claim = self._route.queue.take(self._route.idle if self._line.is_open else None)
        if claim is None:
            self._line.release()
            return
        self._line.reconsider()
        recorded = delivered = 0
        try:
            for outcome in self._outcomes(claim):
                settle = partial(self._route.queue.settle, claim.series_instance_uid)
                self._route.recorder.record(outcome, settle)
                recorded += 1
                delivered += outcome.state in _STORED
        finally:
            if recorded < len(claim.tasks):
                self._route.queue.settle(claim.series_instance_uid, len(claim.tasks) - recorded)
        if delivered:
            self._log.info("instances_forwarded", instances=delivered)
        if self._refusals:
            self._stop.wait(self._route.backoff.delay(self._refusals, self._route.jitter()))

    def _outcomes(self, claim: Claim) -> Iterator[TaskOutcome]:
        for position, task in enumerate(claim.tasks):
            if self._stop.is_set() or self._route.reachability.resting:
                return
            try:
                outcome = self._attempt(task, claim.tasks[position:])
            except Exception as error:  # noqa: BLE001 - worker loop: one instance must not stop the others
                self._log.error("sender_failed", error=type(error).__name__)
                outcome = self._route.judge.later(task, INTERNAL_ERROR)
            if outcome is None:
                return
            yield outcome

    def _attempt(self, task: Task, upcoming: Sequence[Task]) -> TaskOutcome | None:
        """Send one instance; None when that was not possible for a reason beyond this instance."""
        try:
            association = self._line.get(_pair(task), map(_pair, upcoming))
        except NoPresentationContext:
            return self._held(task, NO_CONTEXT)
        except PeerUnreachable:
            self._not_opened()
            return None
        self._refusals = 0
        return self._store(association, task)

    def _store(self, association: StorageAssociation, task: Task) -> TaskOutcome | None:
        try:
            path = self._route.spool.path(task.path)
            status = association.store(
                path, task.sop_class_uid, task.sop_instance_uid, task.transfer_syntax_uid
            )
        except NoPresentationContext:
            return self._held(task, NO_CONTEXT)
        except PeerUnreachable:
            return None if self._stop.is_set() else self._broken(task)
        except FileNotFoundError:
            return self._held(task, FILE_MISSING)
        except ValueError:
            return self._held(task, FILE_DAMAGED)
        except OSError:
            return self._route.judge.later(task, FILE_UNREADABLE)
        return self._answered(task, status)

    def _answered(self, task: Task, status: int) -> TaskOutcome:
        if verdict(status) is Verdict.OUT_OF_RESOURCES:
            self._failed()
        else:
            self._route.reachability.answered()
        return self._logged(task, self._route.judge.answered(task, status))

    def _held(self, task: Task, error: str) -> TaskOutcome:
        return self._logged(task, held(task, error))

    def _logged(self, task: Task, outcome: TaskOutcome) -> TaskOutcome:
        if outcome.state is TaskState.HELD:
            self._log.warning(
                "instance_held",
                sop_instance_uid=task.sop_instance_uid,
                status=outcome.status,
                error=outcome.error,
                attempts=task.attempts + 1,
            )
        return outcome

    def _broken(self, task: Task) -> TaskOutcome:
        # The instance may be what broke the association: it waits longer each time, others go ahead.
        self._failed()
        return self._logged(task, self._route.judge.broken(task, NO_RESPONSE))

    def _not_opened(self) -> None:
        if self._route.reachability.associations:
            self._refusals += 1
            self._log.info("association_refused", attempts=self._refusals)
        elif not self._stop.is_set():
            self._failed()

    def _failed(self) -> None:
        failures = self._route.reachability.failed()
        if failures:
            self._log.warning("destination_unavailable", attempts=failures)


def _pair(task: Task) -> Pair:
    return task.sop_class_uid, task.transfer_syntax_uid
