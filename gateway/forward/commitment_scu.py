"""Storage Commitment SCU (PS3.4 J.3): asks a destination to commit to keep what it stored.

What a destination answered a C-STORE for is *sent*. It is delivered once the destination reports
that it commits to it: over the association of the request, or over one of its own to the listener,
where a receiver records it. Without a report in time it is asked again, for ever.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.association.commitment_association import CommitmentAssociation
from gateway.association.commitment_information import Information, Reference
from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts
from gateway.errors import LedgerUnavailable, NoPresentationContext, PeerUnreachable
from gateway.forward.retry import Backoff
from gateway.ledger.client import LedgerClient
from gateway.ledger.commitment_message import (
    AskForCommitment,
    PostponeAsking,
    RecordReport,
    WaiveCommitment,
)
from gateway.ledger.commitment_reader import CommitmentReader, Uncommitted
from gateway.standard.storage_commitment import CommitmentStatus

RESEND_AFTER_S: Final = 60.0
"""Seconds until an instance is sent again that the destination does not commit to."""
_LONGEST_WAIT: Final = 30.0
"""Seconds after which the ledger is looked into without a reason."""
_PAUSE: Final = 1.0
"""Seconds after a fault on our own side."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CommitmentPace:
    """How a destination is asked.

    Parameters
    ----------
    timeout
        Seconds until it is asked again without a report.
    wait
        Seconds that the association of a request stays open for the report.
    linger
        Seconds between requests, so that one names many instances.
    batch
        Most instances of a request.
    resend_after
        As in `gateway.ledger.commitment_message.RecordReport`.
    """

    timeout: float = 600.0
    wait: float = 5.0
    linger: float = 1.0
    batch: int = 500
    resend_after: float = RESEND_AFTER_S


@dataclass(frozen=True, slots=True)
class Means:
    """What a `Committer` works with.

    Parameters
    ----------
    jitter
        Returns fractions from 0 to 1.
    clock
        Seconds since the epoch, as in the ledger.
    """

    reader: CommitmentReader
    ledger: LedgerClient
    timeouts: Timeouts
    backoff: Backoff
    jitter: Callable[[], float]
    clock: Callable[[], float]


class Committer:
    """One thread's work: asks one destination, one association at a time.

    Parameters
    ----------
    calling
        Calling AE title.
    stop
        Once set, `run` returns soon.
    """

    def __init__(
        self, peer: Peer, calling: str, means: Means, pace: CommitmentPace, stop: threading.Event
    ) -> None:
        self._peer, self._calling, self._means, self._pace, self._stop = peer, calling, means, pace, stop
        self._changed = threading.Event()
        self._association: CommitmentAssociation | None = None
        self._failures = 0
        self._log = _log.bind(destination=peer.name)

    def run(self) -> None:
        """Ask until `stop` is set."""
        while not self._stop.is_set():
            try:
                pause = self._serve()
            except LedgerUnavailable:
                self._log.warning("ledger_unavailable")
                pause = _PAUSE
            except Exception as error:  # noqa: BLE001 - worker loop: a destination is never given up
                self._log.error("commitment_failed", error=type(error).__name__)
                pause = _PAUSE
            self._stop.wait(pause)

    def ring(self) -> None:
        """Have the ledger looked into: something may have been sent."""
        self._changed.set()

    def close(self) -> None:
        """Let the thread go that waits for something to be sent."""
        self._changed.set()

    def interrupt(self) -> None:
        """Break an exchange that is under way; from another thread."""
        association = self._association
        if association is not None:
            association.interrupt()

    def _serve(self) -> float:
        """Ask for what is due, or wait for it; return for how many seconds to pause then."""
        self._changed.clear()
        reader, now = self._means.reader, self._means.clock()
        horizon = max(self._pace.timeout, self._means.backoff.longest) + _LONGEST_WAIT
        batch = reader.uncommitted(self._peer.name, now, self._pace.batch, horizon)
        if batch:
            pause = self._ask(batch)
            return 0.0 if len(batch) == self._pace.batch and not self._failures else pause
        due = reader.next_due(self._peer.name)
        self._changed.wait(_LONGEST_WAIT if due is None else min(max(due - now, 0.0), _LONGEST_WAIT))
        return self._pace.linger

    def _ask(self, batch: Sequence[Uncommitted]) -> float:
        transaction_uid = f"2.25.{uuid.uuid4().int}"
        references = tuple(Reference(one.sop_class_uid, one.sop_instance_uid) for one in batch)
        # Known before it is asked: the report may come over another association before the answer.
        due = self._means.clock() + self._pace.timeout
        ids = [one.id for one in batch]
        if not self._means.ledger.call(AskForCommitment(self._peer.name, transaction_uid, ids, due)):
            return self._pace.linger
        try:
            status = self._exchange(Information(transaction_uid, references))
        except NoPresentationContext:
            return self._later(transaction_uid, "no presentation context accepted")
        except PeerUnreachable:
            return self._later(transaction_uid, "not reachable")
        if status != CommitmentStatus.SUCCESS:
            return self._later(transaction_uid, "request refused", status)
        self._failures = 0
        return self._pace.linger

    def _exchange(self, information: Information) -> int:
        with CommitmentAssociation.open(
            self._peer, self._calling, self._means.timeouts, take=self._recorded
        ) as association:
            self._association = association
            try:
                status = association.ask(information)
                if status == CommitmentStatus.SUCCESS:
                    self._log.info("commitment_requested", count=len(information.references))
                    self._await(association, information.transaction_uid)
                return status
            finally:
                self._association = None

    def _await(self, association: CommitmentAssociation, transaction_uid: str) -> None:
        """Take reports for a while; most destinations send them over an association of their own."""

        def go_on() -> bool:
            return not self._stop.is_set() and self._means.reader.is_awaited(transaction_uid)

        try:
            association.await_reports(self._pace.wait, go_on)
        except PeerUnreachable:
            return  # it took the request and has ended the association: its report comes over another

    def _recorded(self, information: Information) -> CommitmentStatus:
        try:
            self._means.ledger.call(
                RecordReport(
                    destination=self._peer.name,
                    transaction_uid=information.transaction_uid,
                    committed=[one.sop_instance_uid for one in information.references],
                    failed={one.sop_instance_uid: reason for one, reason in information.failed},
                    resend_after=self._pace.resend_after,
                )
            )
        except LedgerUnavailable:
            return CommitmentStatus.RESOURCE_LIMITATION
        self._log.info(
            "commitment_received", count=len(information.references), failed=len(information.failed)
        )
        return CommitmentStatus.SUCCESS

    def _later(self, transaction_uid: str, error: str, status: int | None = None) -> float:
        if self._stop.is_set():
            return 0.0
        self._failures += 1
        delay = self._means.backoff.delay(self._failures, self._means.jitter())
        self._log.warning("commitment_unavailable", error=error, status=status, attempts=self._failures)
        due = self._means.clock() + delay
        self._means.ledger.call(PostponeAsking(self._peer.name, transaction_uid, due))
        return delay


class Waiver:
    """One thread's work: what was sent to destinations that are not asked any more is delivered.

    Parameters
    ----------
    destinations
        Names of peers whose C-STORE response is the proof of delivery.
    stop
        Once set, `run` returns soon.
    """

    def __init__(self, destinations: Sequence[str], means: Means, stop: threading.Event) -> None:
        self._destinations, self._means, self._stop = destinations, means, stop

    def run(self) -> None:
        """Record it, as soon as the ledger takes it."""
        remaining = list(self._destinations)
        while remaining and not self._stop.is_set():
            try:
                if self._means.reader.next_due(remaining[-1]) is not None:
                    self._means.ledger.call(WaiveCommitment(remaining[-1]))
                remaining.pop()
            except LedgerUnavailable:
                self._stop.wait(_PAUSE)
