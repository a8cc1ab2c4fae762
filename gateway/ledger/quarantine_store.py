"""Applies the messages about refused instances that are kept sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from peewee import EXCLUDED

from gateway.ledger.message import (
    CloseQuarantined,
    Message,
    QuarantineState,
    RecordNotQuarantined,
    RecordQuarantined,
)
from gateway.ledger.model import Quarantined
from gateway.ledger.statement import Statement, given, row_of

NOT_QUARANTINED: Final = "not quarantined:"
"""Counters of refused instances that could not be kept are named by this and the cause."""

_BY_INPUT: Final = Statement(
    Quarantined.select(Quarantined.id, Quarantined.state, Quarantined.file).where(
        (Quarantined.project == given("project")) & (Quarantined.input_digest == given("input_digest"))
    )
)
_BY_ID: Final = Statement(
    Quarantined.select(
        Quarantined.state,
        Quarantined.file,
        Quarantined.project,
        Quarantined.peer,
        Quarantined.reason,
        Quarantined.sop_class_uid,
    ).where(Quarantined.id == given("id"))
)
_CHANGED: Final = (
    Quarantined.peer,
    Quarantined.reason,
    Quarantined.tag,
    Quarantined.sop_class_uid,
    Quarantined.transfer_syntax_uid,
    Quarantined.file,
    Quarantined.size,
    Quarantined.state,
    Quarantined.quarantined_at,
    Quarantined.done_at,
)
# An instance that was dropped and comes again keeps its row, and so its number.
_KEEP: Final = Statement(
    Quarantined.insert(row_of(Quarantined.project, Quarantined.input_digest, *_CHANGED)).on_conflict(
        conflict_target=(Quarantined.project, Quarantined.input_digest),
        update={field: getattr(EXCLUDED, field.name) for field in _CHANGED},
    )
)
_CLOSE: Final = Statement(
    Quarantined.update({Quarantined.state: given("state"), Quarantined.done_at: given("done_at")}).where(
        Quarantined.id == given("id")
    )
)


class QuarantineRows:
    """The quarantine's part of the ledger's database.

    Parameters
    ----------
    run
        Runs a statement in the writer's transaction.
    audit
        Adds an audit entry: kind, project, peer, detail.
    count
        Adds 1 to a counter: project, name.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        run: Callable[[Statement, Mapping[str, object]], Any],
        audit: Callable[[str, str, str, Mapping[str, str]], None],
        count: Callable[[str, str], None],
        clock: Callable[[], float],
    ) -> None:
        self._run, self._audit, self._count, self._clock = run, audit, count, clock

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {
            RecordQuarantined: self._keep,
            RecordNotQuarantined: self._count_not_kept,
            CloseQuarantined: self._close,
        }

    def _keep(self, message: RecordQuarantined) -> bool:
        key = {"project": message.project, "input_digest": message.input_digest}
        found = self._run(_BY_INPUT, key).fetchone()
        if found is not None and found[1] == QuarantineState.KEPT and found[2] != message.replaces:
            return False
        row = {
            **key,
            "peer": message.peer,
            "reason": message.reason,
            "tag": message.tag,
            "sop_class_uid": message.sop_class_uid,
            "transfer_syntax_uid": message.transfer_syntax_uid,
            "file": message.file,
            "size": message.size,
            "state": QuarantineState.KEPT.value,
            "quarantined_at": self._clock(),
            "done_at": None,
        }
        self._run(_KEEP, row)
        ((row_id, *_),) = self._run(_BY_INPUT, key).fetchall()
        self._audit("quarantined", message.project, message.peer, _named(row_id, message))
        return True

    def _count_not_kept(self, message: RecordNotQuarantined) -> None:
        self._count(message.project, NOT_QUARANTINED + message.cause)

    def _close(self, message: CloseQuarantined) -> bool:
        found = self._run(_BY_ID, {"id": message.row_id}).fetchone()
        if found is None or found[:2] != (QuarantineState.KEPT.value, message.file):
            return False
        _, _, project, peer, reason, sop_class_uid = found
        change = {"id": message.row_id, "state": message.state.value, "done_at": self._clock()}
        self._run(_CLOSE, change)
        detail = {"id": str(message.row_id), "refused": reason, "sop_class_uid": sop_class_uid}
        self._audit(f"quarantine_{message.state}", project, peer, {**detail, **message.detail})
        return True


def _named(row_id: int, message: RecordQuarantined) -> dict[str, str]:
    return {
        "id": str(row_id),
        "reason": message.reason,
        "sop_class_uid": message.sop_class_uid,
        "transfer_syntax_uid": message.transfer_syntax_uid,
    }
