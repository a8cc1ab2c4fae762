"""Applies what is told of the storage commitment requests of modalities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from peewee import fn

from gateway.ledger.commitment_message import (
    CloseRequest,
    CommitmentState,
    PostponeReport,
    RecordRequest,
    RequestOutcome,
)
from gateway.ledger.commitment_row import OF_PEER, Requests
from gateway.ledger.message import Message
from gateway.ledger.model import Commitment
from gateway.ledger.statement import Statement, given

_FOUND: Final = Statement(Commitment.select(Commitment.state, Commitment.project).where(OF_PEER))
_PENDING: Final = Statement(
    Commitment.select(fn.COUNT(Commitment.id), fn.COALESCE(fn.SUM(Commitment.reference_count), 0)).where(
        (Commitment.peer == given("peer")) & (Commitment.state == CommitmentState.PENDING.value)
    )
)
_POSTPONE: Final = Statement(
    Commitment.update(
        {
            Commitment.next_attempt: given("next_attempt"),
            Commitment.attempts: Commitment.attempts + given("add"),
        }
    ).where(OF_PEER & (Commitment.state == CommitmentState.PENDING.value))
)
_CLOSE: Final = Statement(
    Commitment.update(
        {Commitment.state: given("state"), Commitment.done_at: given("now"), Commitment.content: b""}
    ).where(OF_PEER & (Commitment.state == CommitmentState.PENDING.value))
)


class RequestRows:
    """What changes the requests of modalities.

    Parameters
    ----------
    run, audit, clock
        As for `gateway.ledger.quarantine_store.QuarantineRows`.
    """

    def __init__(
        self,
        run: Callable[[Statement, Mapping[str, object]], Any],
        audit: Callable[[str, str, str, Mapping[str, str]], None],
        clock: Callable[[], float],
    ) -> None:
        self._run, self._audit, self._clock = run, audit, clock
        self._requests = Requests(run, clock)

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {
            RecordRequest: self._record_request,
            PostponeReport: self._postpone_report,
            CloseRequest: self._close_request,
        }

    def _record_request(self, message: RecordRequest) -> RequestOutcome:
        named = {"peer": message.peer, "transaction_uid": message.transaction_uid}
        found = self._run(_FOUND, named).fetchone()
        if found is not None and found[0] in (CommitmentState.PENDING, CommitmentState.ASKED):
            return RequestOutcome.DUPLICATE
        requests, references = self._run(_PENDING, named).fetchone()
        if requests >= message.most_pending or references + message.count > message.most_references:
            return RequestOutcome.FULL
        if found is not None:
            self._requests.remove(message.peer, message.transaction_uid)
        self._requests.add(
            message.peer,
            message.project,
            message.transaction_uid,
            message.content,
            message.count,
            message.next_attempt,
            message.deadline,
        )
        self._audit("commitment_requested", message.project, message.peer, {"count": str(message.count)})
        return RequestOutcome.ACCEPTED

    def _postpone_report(self, message: PostponeReport) -> None:
        named = {"peer": message.peer, "transaction_uid": message.transaction_uid}
        self._run(_POSTPONE, {**named, "next_attempt": message.next_attempt, "add": int(message.attempted)})

    def _close_request(self, message: CloseRequest) -> bool:
        named = {"peer": message.peer, "transaction_uid": message.transaction_uid}
        found = self._run(_FOUND, named).fetchone()
        changed = self._run(_CLOSE, {**named, "state": message.state.value, "now": self._clock()}).rowcount
        if not changed:
            return False
        detail = {"committed": str(message.committed), "failed": str(message.failed)}
        self._audit(f"commitment_{message.state}", found[1], message.peer, detail)
        return True
