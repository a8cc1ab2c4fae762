"""The rows of storage commitment requests, of either direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.ledger.commitment_message import CommitmentState
from gateway.ledger.model import Commitment
from gateway.ledger.statement import Statement, given, row_of

_KEPT_FOR_S: Final = MappingProxyType(
    {
        CommitmentState.ASKED: 86_400.0,
        CommitmentState.REPORTED: 30 * 86_400.0,
        CommitmentState.ABANDONED: 30 * 86_400.0,
    }
)
"""Seconds after which a request is forgotten. To an archive that never reports there are many."""

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
            Commitment.reference_count,
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
        count: int,
        next_attempt: float,
        deadline: float | None = None,
    ) -> None:
        """Add a request that names `count` instances, and forget old ones.

        One with a deadline is a modality's.
        """
        now = self._clock()
        for state, kept_for in _KEPT_FOR_S.items():
            self._run(_FORGET, {"state": state.value, "before": now - kept_for})
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
            "reference_count": count,
        }
        self._run(_ADD, row)

    def remove(self, peer: str, transaction_uid: str) -> None:
        """Remove a request."""
        self._run(_REMOVE, {"peer": peer, "transaction_uid": transaction_uid})
