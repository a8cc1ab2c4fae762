"""The steward's part of storage commitment: modalities are told what we commit to."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Protocol

import structlog

from gateway.association.commitment_association import CommitmentAssociation
from gateway.association.commitment_information import Information
from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.association.requestor import Timeouts
from gateway.errors import AssociationError, KeyGuardError
from gateway.forward.retry import Backoff
from gateway.ledger.commitment_message import CloseRequest, CommitmentState, PostponeReport
from gateway.ledger.commitment_reader import CommitmentReader, Request
from gateway.ledger.message import Ledger
from gateway.receive.commitment_answer import Assessor
from gateway.standard.storage_commitment import CommitmentStatus

TOLD_FOR_S: Final = 3600.0
"""Seconds beyond its deadline for which a modality is called; then its request is given up.

Not longer: an open request takes a place of those that its modality may have open.
"""
_LOOK_AGAIN_S: Final = 2.0
_LONGEST_LOOK_S: Final = 30.0
"""Seconds between looks at what is on its way: more with the age of the request, up to these."""
_HORIZON_S: Final = 3600.0
"""Seconds beyond every delay: a request that waits longer does so since the clock was set back."""
_REST: Final = 20.0
"""After its requests were looked at a modality's rest, so many times as long as that took the processor."""
_LONGEST_REST_S: Final = 60.0
_AT_A_TIME: Final = 100
_PEERS_AT_A_TIME: Final = 4

_log = structlog.get_logger()
_random: Final = random.SystemRandom()


class Vault(Protocol):
    """Opens what a modality asked for."""

    def open(self, project: str, peer: str, digest: str, content: bytes) -> Information:
        """Return the request of a row, or raise KeyGuardError."""


@dataclass(frozen=True, slots=True)
class Calling:
    """How modalities are called.

    Parameters
    ----------
    backoff
        Delays after a modality was called in vain.
    jitter
        Returns fractions from 0 to 1.
    """

    timeouts: Timeouts
    backoff: Backoff = field(default_factory=lambda: Backoff(first=5.0, longest=900.0))
    jitter: Callable[[], float] = _random.random


class CommitmentDuty:
    """Reports to modalities over associations of our own.

    Parameters
    ----------
    peers, projects
        By name.
    clock
        Seconds since the epoch, as in the ledger.
    effort
        Seconds that the calling thread has had a processor.
    """

    name = "commitment"

    def __init__(
        self,
        peers: Mapping[str, Peer],
        projects: Mapping[str, Project],
        reader: CommitmentReader,
        ledger: Ledger,
        vault: Vault,
        assessor: Assessor,
        calling: Calling,
        *,
        clock: Callable[[], float] = time.time,
        effort: Callable[[], float] = time.thread_time,
    ) -> None:
        self._peers, self._projects = peers, projects
        self._reader, self._ledger, self._vault, self._assessor = reader, ledger, vault, assessor
        self._calling, self._clock, self._effort = calling, clock, effort
        self._rest_until: dict[str, float] = {}

    def perform(self, stop: threading.Event) -> float:
        """Report what is decided; return the seconds until it should be looked at again."""
        now = self._clock()
        # What rests beyond the longest rest does so since the clock was set back.
        resting = [name for name, end in self._rest_until.items() if now < end <= now + _LONGEST_REST_S]
        due = self._reader.pending(now, _AT_A_TIME, _HORIZON_S, resting)
        due.sort(key=lambda one: one.peer)
        groups = [list(group) for _, group in groupby(due, key=lambda one: one.peer)]
        if groups:
            with ThreadPoolExecutor(_PEERS_AT_A_TIME, thread_name_prefix="commitment") as pool:
                # A fault with one modality is raised once the others are seen to.
                list(pool.map(lambda group: self._see_to(group, stop), groups))
        return 0.0 if len(due) == _AT_A_TIME else _LOOK_AGAIN_S

    def _see_to(self, requests: Sequence[Request], stop: threading.Event) -> None:
        """Report the requests of one modality; one that does not answer is called once, not for each."""
        began, is_reachable = self._effort(), True
        for request in requests:
            if stop.is_set():
                return
            if not is_reachable and not self._is_over(request):
                self._put_off(request)  # unread: what is decided cannot be reported
                continue
            is_reachable = self._attend(request, may_call=is_reachable) and is_reachable
        took = self._effort() - began
        self._rest_until[requests[0].peer] = self._clock() + min(_REST * took, _LONGEST_REST_S)

    def _is_over(self, request: Request) -> bool:
        return self._clock() > request.deadline + TOLD_FOR_S

    def _attend(self, request: Request, *, may_call: bool) -> bool:
        """See to one request; tell whether its modality can be called."""
        peer, project = self._peers.get(request.peer), self._projects.get(request.project)
        if peer is None or project is None or not peer.requests_commitment:
            self._close(request, CommitmentState.ABANDONED, 0, 0)
            return True
        try:
            asked = self._vault.open(request.project, request.peer, request.transaction_uid, request.content)
        except KeyGuardError:
            self._close(request, CommitmentState.ABANDONED, 0, 0)
            return True
        now = self._clock()
        assessment = self._assessor.assess(request.project, asked.references)
        if assessment.waiting and now < request.deadline:
            age = max(now - request.requested_at, 0.0)
            pause = min(max(age / 10, _LOOK_AGAIN_S), _LONGEST_LOOK_S, max(request.deadline - now, 0.0))
            self._postpone(request, now + pause, attempted=False)
            return True
        report = assessment.report(asked.transaction_uid)
        if may_call and self._told(peer, project, report):
            self._close(request, CommitmentState.REPORTED, len(report.references), len(report.failed))
            return True
        if self._is_over(request):
            self._close(request, CommitmentState.ABANDONED, len(report.references), len(report.failed))
        else:
            self._put_off(request)
        return False

    def _put_off(self, request: Request) -> None:
        """Have a modality called again that did not take a report."""
        delay = self._calling.backoff.delay(request.attempts + 1, self._calling.jitter())
        self._postpone(request, self._clock() + delay, attempted=True)

    def _told(self, peer: Peer, project: Project, report: Information) -> bool:
        """Call a modality under the title that it calls, and report; tell whether it took the report."""
        try:
            with CommitmentAssociation.open(
                peer, project.ae_title.strip(), self._calling.timeouts, as_scp=True
            ) as association:
                status = association.report(report)
        except AssociationError as error:
            _log.warning("commitment_not_reported", peer=peer.name, error=type(error).__name__)
            return False
        counts = {"count": len(report.references), "failed": len(report.failed)}
        _log.info("commitment_reported", peer=peer.name, status=f"{status:04X}", **counts)
        return status == CommitmentStatus.SUCCESS

    def _postpone(self, request: Request, due: float, *, attempted: bool) -> None:
        self._ledger.call(PostponeReport(request.peer, request.transaction_uid, due, attempted))

    def _close(self, request: Request, state: CommitmentState, committed: int, failed: int) -> None:
        if state is CommitmentState.ABANDONED:
            _log.error("commitment_abandoned", peer=request.peer, project=request.project)
        self._ledger.call(CloseRequest(request.peer, request.transaction_uid, state, committed, failed))
