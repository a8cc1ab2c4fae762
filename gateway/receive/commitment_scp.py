"""Storage Commitment SCP for modalities, and the reports of archives (PS3.4 J.3).

A request is kept, with its content sealed, before it is answered. Once everything is decided, the
report goes over the association of the request if the modality keeps it open; otherwise the
steward calls the modality.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import structlog
from pynetdicom.dimse_primitives import N_ACTION, N_EVENT_REPORT
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import ServiceClass

from gateway.association.commitment_association import send_report
from gateway.association.commitment_information import (
    Information,
    InvalidInformation,
    TooManyReferences,
    decode,
)
from gateway.association.commitment_message import (
    Exchange,
    action_response,
    fault_of_report,
    fault_of_request,
    report_response,
)
from gateway.association.dimse_message import ReceivedDataSet
from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.association.transport import AcceptedAssociation
from gateway.errors import GatewayError, PeerUnreachable, StorageError
from gateway.ledger.commitment_message import (
    CloseRequest,
    CommitmentState,
    PostponeReport,
    RecordReport,
    RecordRequest,
    ReportOutcome,
    RequestOutcome,
)
from gateway.ledger.message import Ledger
from gateway.receive.commitment_answer import Assessment, Assessor
from gateway.standard.storage_commitment import CommitmentStatus

MOST_PENDING: Final = 1000
"""Requests of one modality that may wait for our report."""
MOST_PENDING_REFERENCES: Final = 100_000
"""References that they may have together: each is kept, and looked up again and again."""
FIRST_LOOK_S: Final = 3.0
"""Seconds that belong to the association of a request; then the steward sees to the report."""
_AT_ONCE_S: Final = 1.0
"""Seconds after the answer in which a report may still go over the association of the request."""
_COURTESY_S: Final = 0.3
"""Seconds after the answer in which a modality may release the association before it is used again."""
_LOOK_AGAIN_S: Final = 0.2
_LEASE_S: Final = 30.0
"""Seconds in which the steward does not see to a report that is just being made."""
_ANSWER_S: Final = 20.0
_STALL_S: Final = 20.0

_STATUS: Final = {
    RequestOutcome.ACCEPTED: CommitmentStatus.SUCCESS,
    RequestOutcome.DUPLICATE: CommitmentStatus.DUPLICATE_TRANSACTION,
    RequestOutcome.FULL: CommitmentStatus.RESOURCE_LIMITATION,
}

_log = structlog.get_logger(__name__)


class Vault(Protocol):
    """Keeps what a modality names from being read on disk."""

    def digest(self, project: str, peer: str, transaction_uid: str) -> str:
        """Return what stands for a Transaction UID."""

    def seal(self, project: str, peer: str, information: Information) -> bytes:
        """Return a request sealed."""


@dataclass(frozen=True, slots=True)
class _Talk:
    """One request of a peer, and the way back to it."""

    peer: Peer
    project: Project
    exchange: Exchange
    context_id: int
    syntax: str


class CommitmentSCP:
    """Serves requests of modalities and reports of archives.

    Parameters
    ----------
    wait
        Seconds for which an instance may be on its way before it counts as failed.
    resend_after
        As in `gateway.ledger.commitment_message.RecordReport`.
    is_low
        Tells whether the disk is too full to keep a request, or raises StorageError.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        ledger: Ledger,
        vault: Vault,
        assessor: Assessor,
        is_low: Callable[[], bool],
        *,
        wait: float,
        resend_after: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger, self._vault, self._assessor = ledger, vault, assessor
        self._is_low = is_low
        self._wait, self._resend_after, self._clock = wait, resend_after, clock

    def service_class(self) -> type[ServiceClass]:
        """Return the pynetdicom service class that hands its requests over."""
        serve = self._serve

        class Service(ServiceClass):
            """Serves one message."""

            def SCP(self, req: Any, context: PresentationContext) -> None:  # noqa: N802 - pynetdicom's name
                """Serve `req` to its answer."""
                serve(cast(AcceptedAssociation, self.assoc), req, context)

        return Service

    def _serve(self, association: AcceptedAssociation, message: Any, context: PresentationContext) -> None:
        peer, project = association.session.parties
        exchange = Exchange(association, _STALL_S)
        talk = _Talk(peer, project, exchange, int(context.context_id or 0), str(context.transfer_syntax[0]))
        try:
            if isinstance(message, N_ACTION):
                self._requested(talk, message)
            else:
                self._reported(talk, message)
        except PeerUnreachable:
            _log.info("requestor_gone", peer=peer.name)
        finally:
            exchange.detach()

    def _requested(self, talk: _Talk, message: N_ACTION) -> None:
        status, information = self._kept(talk, message)
        _log.info(
            "commitment_requested",
            peer=talk.peer.name,
            project=talk.project.name,
            status=f"{status:04X}",
            count=len(information.references) if information is not None else 0,
        )
        talk.exchange.send(talk.context_id, action_response(message, status))
        if status == CommitmentStatus.SUCCESS and information is not None:
            try:
                self._report_at_once(talk, information)
            except PeerUnreachable:
                raise
            except GatewayError as error:  # the steward sees to it
                _log.info("commitment_postponed", peer=talk.peer.name, error=type(error).__name__)

    def _kept(self, talk: _Talk, message: N_ACTION) -> tuple[CommitmentStatus, Information | None]:
        fault = fault_of_request(message)
        if fault is not None:
            return fault, None
        try:
            information = _decoded(message.ActionInformation, talk.syntax)
            if not information.references:
                return CommitmentStatus.INVALID_ARGUMENT, None
            return _STATUS[self._record(talk, information)], information
        except (TooManyReferences, StorageError):
            return CommitmentStatus.RESOURCE_LIMITATION, None
        except InvalidInformation:
            return CommitmentStatus.INVALID_ARGUMENT, None
        except Exception as error:  # noqa: BLE001 -- DIMSE boundary: any error refuses the request
            _log.error("commitment_failed", peer=talk.peer.name, error=type(error).__name__)
            return CommitmentStatus.PROCESSING_FAILURE, None

    def _record(self, talk: _Talk, information: Information) -> RequestOutcome:
        if self._is_low():
            return RequestOutcome.FULL
        now = self._clock()
        project, peer = talk.project.name, talk.peer.name
        return self._ledger.call(
            RecordRequest(
                project=project,
                peer=peer,
                transaction_uid=self._vault.digest(project, peer, information.transaction_uid),
                content=self._vault.seal(project, peer, information),
                count=len(information.references),
                deadline=now + self._wait,
                next_attempt=now + FIRST_LOOK_S,
                most_pending=MOST_PENDING,
                most_references=MOST_PENDING_REFERENCES,
            )
        )

    def _report_at_once(self, talk: _Talk, information: Information) -> None:
        end = time.monotonic() + _AT_ONCE_S
        talk.exchange.linger(_COURTESY_S)
        while True:
            assessment = self._assessor.assess(talk.project.name, information.references)
            if not assessment.waiting:
                self._report(talk, information, assessment)
                return
            if time.monotonic() >= end:
                return
            talk.exchange.linger(_LOOK_AGAIN_S)

    def _report(self, talk: _Talk, information: Information, assessment: Assessment) -> None:
        peer = talk.peer.name
        digest = self._vault.digest(talk.project.name, peer, information.transaction_uid)
        self._ledger.call(PostponeReport(peer, digest, self._clock() + _LEASE_S, attempted=False))
        report = assessment.report(information.transaction_uid)
        status = send_report(talk.exchange, talk.context_id, talk.syntax, report, _ANSWER_S)
        committed, failed = len(report.references), len(report.failed)
        _log.info("commitment_reported", peer=peer, status=f"{status:04X}", count=committed, failed=failed)
        if status == CommitmentStatus.SUCCESS:
            self._ledger.call(CloseRequest(peer, digest, CommitmentState.REPORTED, committed, failed))

    def _reported(self, talk: _Talk, message: N_EVENT_REPORT) -> None:
        status = fault_of_report(message) or self._recorded(talk, message)
        talk.exchange.send(talk.context_id, report_response(message, status))

    def _recorded(self, talk: _Talk, message: N_EVENT_REPORT) -> CommitmentStatus:
        try:
            information = _decoded(message.EventInformation, talk.syntax)
            outcome = self._ledger.call(
                RecordReport(
                    destination=talk.peer.name,
                    transaction_uid=information.transaction_uid,
                    committed=[one.sop_instance_uid for one in information.references],
                    failed={one.sop_instance_uid: reason for one, reason in information.failed},
                    resend_after=self._resend_after,
                )
            )
        except StorageError:
            return CommitmentStatus.RESOURCE_LIMITATION
        except InvalidInformation:
            return CommitmentStatus.INVALID_ARGUMENT
        except Exception as error:  # noqa: BLE001 -- DIMSE boundary: any error refuses the report
            _log.error("commitment_failed", peer=talk.peer.name, error=type(error).__name__)
            return CommitmentStatus.PROCESSING_FAILURE
        _log.info(
            "commitment_received",
            destination=talk.peer.name,
            reason=outcome.value,
            count=len(information.references),
            failed=len(information.failed),
        )
        # What nobody waits for any more is no fault of the archive: a report may come twice.
        is_foreign = outcome is ReportOutcome.FOREIGN
        return CommitmentStatus.NOT_AUTHORIZED if is_foreign else CommitmentStatus.SUCCESS


def _decoded(data_set: Any, syntax: str) -> Information:
    if not isinstance(data_set, ReceivedDataSet):
        raise InvalidInformation("no data set")
    data_set.verify()
    return decode(data_set.getvalue(), syntax)
