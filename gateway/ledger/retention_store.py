"""Applies what retention decides: rows go to state removed before their files go."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from peewee import OP, Expression, fn

from gateway.ledger.message import InstanceState, Message, TaskState
from gateway.ledger.model import ForwardTask, Instance, Meta
from gateway.ledger.retention_message import NoteTime, RemoveInstances
from gateway.ledger.statement import Statement, given, row_of

CLOCK: Final = "clock"
"""Key of `Meta` for what the clock showed last, and for how long it is not trusted."""

ABSENCE_S: Final = 86_400.0
"""A gateway may be off for so long before the clock is suspected; what it may be wrong at a start."""
_TOLERANCE_S: Final = 300.0
"""A running gateway's clock may be corrected by so much at a time."""
_ENDED: Final = (TaskState.FORWARDED.value, TaskState.DROPPED.value)


def removable() -> Expression:
    """Return the condition under which the file of an instance is not needed any more.

    Every destination has taken it by ``delivered_before``, or was given up by command while
    another has taken it. What has no destination only goes if ``undelivered`` is 1: the only
    copy of an instance that was dropped everywhere stays.
    """
    own = ForwardTask.select(ForwardTask.id).where(ForwardTask.instance == Instance.id)
    needed = own.where(
        ForwardTask.state.not_in(_ENDED)
        | ForwardTask.done_at.is_null()
        | (ForwardTask.done_at > given("delivered_before"))
    )
    delivered = own.where(ForwardTask.state == TaskState.FORWARDED.value)
    archived_here = Expression(given("undelivered"), OP.EQ, 1) & ~fn.EXISTS(own)
    condition: Expression = (fn.EXISTS(delivered) & ~fn.EXISTS(needed)) | archived_here
    return condition


_REMOVE: Final = Statement(
    Instance.update({Instance.state: InstanceState.REMOVED.value})
    .where(
        (Instance.id == given("id"))
        & (Instance.project == given("project"))
        & (Instance.state == InstanceState.KEPT.value)
        & (Instance.received_at <= given("received_before"))
        & removable()
    )
    .returning(Instance.path, Instance.size)
)
_READ_CLOCK: Final = Statement(Meta.select(Meta.value).where(Meta.key == CLOCK))
_WRITE_CLOCK: Final = Statement(Meta.insert(row_of(Meta.key, Meta.value)).on_conflict_replace())


class RetentionRows:
    """Retention's part of the ledger's database.

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

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {RemoveInstances: self._remove, NoteTime: self._note_time}

    def _remove(self, message: RemoveInstances) -> list[str]:
        by_age = message.received_before is not None
        if by_age and self._noted()[1] > 0:
            return []
        values = {
            "project": message.project,
            "received_before": message.received_before if by_age else float("inf"),
            "delivered_before": message.delivered_before,
            "undelivered": int(message.undelivered),
        }
        removed = [
            row
            for one in message.instance_ids
            for row in self._run(_REMOVE, {**values, "id": one}).fetchall()
        ]
        if removed:
            detail = {
                "count": str(len(removed)),
                "bytes": str(sum(size for _, size in removed)),
                "reason": "age" if by_age else "room",
            }
            self._audit("files_removed", message.project, "", detail)
        return [path for path, _ in removed]

    def _note_time(self, message: NoteTime) -> float:
        now = self._clock()
        seen, distrust = self._noted()
        if seen is None:
            # A ledger of before: nobody knows what the clock did meanwhile.
            leap, passed = ABSENCE_S, 0.0
        elif message.elapsed is None:
            leap, passed = now - seen, min(max(now - seen, 0.0), ABSENCE_S)
            leap = leap if abs(leap) > ABSENCE_S or leap < -_TOLERANCE_S else 0.0
        else:
            leap, passed = now - seen - message.elapsed, message.elapsed
            leap = leap if abs(leap) > _TOLERANCE_S else 0.0
        distrust = max(distrust - passed, min(leap, message.longest), 0.0)
        if leap and seen is not None:
            self._audit("clock_leapt", "", "", {"seconds": str(round(leap))})
        note = json.dumps({"at": now, "distrust": distrust})
        self._run(_WRITE_CLOCK, {"key": CLOCK, "value": note})
        return 0.0 if distrust else now

    def _noted(self) -> tuple[float | None, float]:
        """Return what the clock showed last, and the seconds for which it is not trusted yet."""
        row = self._run(_READ_CLOCK, {}).fetchone()
        if row is None:
            return None, 0.0
        note = json.loads(row[0])
        return float(note["at"]), float(note["distrust"])
