"""Applies what a person decides about held forward tasks, and those of a former destination."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from gateway.ledger.message import DropTasks, Message, RetryTasks, TaskState
from gateway.ledger.model import ForwardTask, Instance, column
from gateway.ledger.statement import Statement, given

DROPPED_BY: Final = "dropped by "
"""`last_error` of a task that was given up is this and the account of the person."""

_SOP_INSTANCE: Final = column(Instance, "SOPInstanceUID")
_TASK: Final = Statement(
    ForwardTask.select(
        ForwardTask.state,
        ForwardTask.project,
        ForwardTask.destination,
        ForwardTask.last_error,
        _SOP_INSTANCE,
    )
    .join(Instance)
    .where(ForwardTask.id == given("id"))
)
_RETRY: Final = Statement(
    ForwardTask.update(
        {
            ForwardTask.state: TaskState.WAITING.value,
            ForwardTask.attempts: 0,
            ForwardTask.last_status: None,
            ForwardTask.last_error: "",
            ForwardTask.next_attempt: given("now"),
            ForwardTask.transaction_uid: "",
        }
    ).where(ForwardTask.id == given("id"))
)
_DROP: Final = Statement(
    ForwardTask.update(
        {
            ForwardTask.state: TaskState.DROPPED.value,
            ForwardTask.last_error: given("error"),
            ForwardTask.done_at: given("now"),
            ForwardTask.transaction_uid: "",
        }
    ).where(ForwardTask.id == given("id"))
)


class TaskDecisions:
    """What changes held tasks by command.

    Parameters
    ----------
    run, audit, clock
        As for `gateway.ledger.quarantine_store.QuarantineRows`.
    touch
        Called when forward tasks were changed, for the doorbell.
    """

    def __init__(
        self,
        run: Callable[[Statement, Mapping[str, object]], Any],
        audit: Callable[[str, str, str, Mapping[str, str]], None],
        clock: Callable[[], float],
        touch: Callable[[], None],
    ) -> None:
        self._run, self._audit, self._clock, self._touch = run, audit, clock, touch

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {RetryTasks: self._retry, DropTasks: self._drop}

    def _retry(self, message: RetryTasks) -> int:
        return self._decide(message.task_ids, _RETRY, "retried", {"user": message.by})

    def _drop(self, message: DropTasks) -> int:
        detail = {"user": message.by, "reason": message.reason}
        kind, error = TaskState.DROPPED.value, DROPPED_BY + message.by
        return self._decide(message.task_ids, _DROP, kind, detail, error, message.former)

    def _decide(
        self,
        ids: Iterable[int],
        change: Statement,
        kind: str,
        detail: Mapping[str, str],
        error: str = "",
        former: Collection[str] = (),
    ) -> int:
        count, now = 0, self._clock()
        for task in dict.fromkeys(ids):
            found = self._run(_TASK, {"id": task}).fetchone()
            if found is None or not _is_undecided(found[0], found[2], former):
                continue
            _, project, destination, held_for, sop_instance_uid = found
            self._run(change, {"id": task, "now": now, "error": error})
            named = {"task": str(task), "sop_instance_uid": sop_instance_uid, "error": held_for}
            self._audit(kind, project, destination, {**named, **detail})
            count += 1
        if count:
            self._touch()
        return count


def _is_undecided(state: str, destination: str, former: Collection[str]) -> bool:
    return state == TaskState.HELD or (destination in former and state in (TaskState.WAITING, TaskState.SENT))
