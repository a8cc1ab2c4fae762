"""The rows of storage commitment requests, of either direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.ledger.commitment_message import CommitmentState
from gateway.ledger.model import Commitment
from gateway.ledger.statement import Statement, given, row_of

_KEPT_FOR_S: Final = 30 * 86_400.0
"""Seconds after which a request is forgotten that is closed, or to which nobody reported."""

OF_PEER: Final = (Commitment.peer == given("peer")) & (Commitment.transaction_uid == given("transaction_uid"))
_ADD: Final = Statement(
    Commitment.insert(
        row_of(
            Commitment.project,
            Commitment.peer,
            Commitment.transaction_uid,
            Commitment.content,
            Commitment.state,
            Commitment.requested_at,
            Commitment.deadline,
            Commitment.attempts,
            Commitment.next_attempt,
        )
    )
)
_REMOVE: Final = Statement(Commitment.delete().where(OF_PEER))
_FORGET: Final = Statement(
    Commitment.delete().where(
        (Commitment.state == given("state")) & (Commitment.next_attempt < given("before"))
    )
)


class Requests:
    """Adds and removes requests.

    Parameters
    ----------
    run, clock
        As for `gateway.ledger.quarantine_store.QuarantineRows`.
    """

    def __init__(
        self, run: Callable[[Statement, Mapping[str, object]], Any], clock: Callable[[], float]
    ) -> None:
        self._run, self._clock = run, clock

    def add(
        self,
        peer: str,
        project: str,
        transaction_uid: str,
        content: bytes,
        next_attempt: float,
        deadline: float | None = None,
    ) -> None:
        """Add a request, and forget old ones; one with a deadline is a modality's."""
        now = self._clock()
        for state in (CommitmentState.ASKED, CommitmentState.REPORTED, CommitmentState.ABANDONED):
            self._run(_FORGET, {"state": state.value, "before": now - _KEPT_FOR_S})
        row = {
            "project": project,
            "peer": peer,
            "transaction_uid": transaction_uid,
            "content": content,
            "state": (CommitmentState.ASKED if deadline is None else CommitmentState.PENDING).value,
            "requested_at": now,
            "deadline": next_attempt if deadline is None else deadline,
            "attempts": 0,
            "next_attempt": next_attempt,
        }
        self._run(_ADD, row)

    def remove(self, peer: str, transaction_uid: str) -> None:
        """Remove a request."""
        self._run(_REMOVE, {"peer": peer, "transaction_uid": transaction_uid})
