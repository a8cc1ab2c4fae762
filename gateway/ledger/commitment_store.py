"""Applies what is told of the storage commitment of destinations: forward tasks that await a report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from peewee import fn

from gateway.ledger.commitment_message import (
    AskForCommitment,
    CommitmentState,
    PostponeAsking,
    RecordReport,
    ReportOutcome,
    WaiveCommitment,
)
from gateway.ledger.commitment_row import Requests
from gateway.ledger.message import Message, TaskState
from gateway.ledger.model import Commitment, ForwardTask, Instance, column
from gateway.ledger.statement import Statement, given
from gateway.standard.storage_commitment import FailureReason

COMMITMENT_FAILURES: Final = 5
"""So many reports in a row that an instance is not committed to, and it is held."""
NOT_COMMITTED: Final = "not committed"
"""`last_error` of a task that its destination stored and does not commit to."""

NEVER_COMMITTED: Final = frozenset({FailureReason.CLASS_NOT_SUPPORTED, FailureReason.CLASS_INSTANCE_CONFLICT})
"""Failure Reasons that sending again does not change."""

_SENT: Final = ForwardTask.state == TaskState.SENT.value
_ASK: Final = Statement(
    ForwardTask.update(
        {
            ForwardTask.transaction_uid: given("transaction_uid"),
            ForwardTask.next_attempt: given("next_attempt"),
        }
    ).where((ForwardTask.id == given("id")) & (ForwardTask.destination == given("destination")) & _SENT)
)
_POSTPONE_ASKING: Final = Statement(
    ForwardTask.update({ForwardTask.next_attempt: given("next_attempt")}).where(
        (ForwardTask.transaction_uid == given("transaction_uid"))
        & (ForwardTask.transaction_uid != "")
        & (ForwardTask.destination == given("destination"))
        & _SENT
    )
)
_TASK: Final = Statement(
    ForwardTask.select(
        ForwardTask.project,
        ForwardTask.transaction_uid,
        ForwardTask.sent_at,
        column(Instance, "SOPInstanceUID"),
    )
    .join(Instance)
    .where((ForwardTask.id == given("id")) & _SENT)
)
_SETTLE: Final = Statement(
    ForwardTask.update(
        {
            ForwardTask.state: given("state"),
            ForwardTask.last_status: fn.COALESCE(given("status"), ForwardTask.last_status),
            ForwardTask.last_error: given("error"),
            ForwardTask.next_attempt: given("next_attempt"),
            ForwardTask.done_at: given("done_at"),
            ForwardTask.transaction_uid: "",
        }
    ).where(ForwardTask.id == given("id"))
)
_WAIVE: Final = Statement(
    ForwardTask.update(
        {
            ForwardTask.state: TaskState.FORWARDED.value,
            ForwardTask.done_at: given("now"),
            ForwardTask.transaction_uid: "",
        }
    ).where((ForwardTask.destination == given("destination")) & _SENT)
)
_ASKED: Final = Statement(
    Commitment.select(Commitment.peer, Commitment.content, Commitment.requested_at).where(
        (Commitment.transaction_uid == given("transaction_uid"))
        & (Commitment.state == CommitmentState.ASKED.value)
    )
)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A task that its destination has stored and not committed to; `sent_at` is in epoch seconds."""

    id: int
    project: str
    transaction_uid: str
    sent_at: float
    sop_instance_uid: str


class ReportRows:
    """What changes the tasks that a destination stored and has not committed to.

    How often an instance was not committed to in a row is counted in memory: a restart costs
    some more attempts.

    Parameters
    ----------
    run, audit, clock, touch
        As for `gateway.ledger.task_decision.TaskDecisions`.
    """

    def __init__(
        self,
        run: Callable[[Statement, Mapping[str, object]], Any],
        audit: Callable[[str, str, str, Mapping[str, str]], None],
        clock: Callable[[], float],
        touch: Callable[[], None],
    ) -> None:
        self._run, self._audit, self._clock, self._touch = run, audit, clock, touch
        self._requests = Requests(run, clock)
        self._failures: dict[int, int] = {}

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {
            AskForCommitment: self._ask,
            PostponeAsking: self._postpone_asking,
            RecordReport: self._record_report,
            WaiveCommitment: self._waive,
        }

    def _ask(self, message: AskForCommitment) -> int:
        asked = {
            "destination": message.destination,
            "transaction_uid": message.transaction_uid,
            "next_attempt": message.next_attempt,
        }
        ids = [task for task in message.task_ids if self._run(_ASK, {**asked, "id": task}).rowcount]
        if ids:
            content = json.dumps(ids).encode()
            self._requests.add(
                message.destination, "", message.transaction_uid, content, len(ids), message.next_attempt
            )
        return len(ids)

    def _postpone_asking(self, message: PostponeAsking) -> None:
        values = {
            "destination": message.destination,
            "transaction_uid": message.transaction_uid,
            "next_attempt": message.next_attempt,
        }
        self._run(_POSTPONE_ASKING, values)

    def _record_report(self, message: RecordReport) -> ReportOutcome:
        named = {"transaction_uid": message.transaction_uid, "peer": message.destination}
        found = {peer: rest for peer, *rest in self._run(_ASKED, named).fetchall()}
        if message.destination not in found:
            outcome = ReportOutcome.FOREIGN if found else ReportOutcome.UNKNOWN
            self._audit("commitment_not_awaited", "", message.destination, {"reason": outcome.value})
            return outcome
        content, asked_at = found[message.destination]
        counts: Counter[tuple[str, str]] = Counter()
        committed = frozenset(message.committed)
        left = [
            task
            for task in self._sent(json.loads(bytes(content)))
            if not self._settled(task, message, committed, asked_at, counts)
        ]
        if not left:
            self._requests.remove(message.destination, message.transaction_uid)
        for project in sorted({project for project, _ in counts}):
            detail = {state: str(counts[project, state]) for state in ("committed", "failed")}
            self._audit("commitment_received", project, message.destination, detail)
        if counts:
            self._touch()
        return ReportOutcome.APPLIED

    def _sent(self, ids: list[int]) -> list[_Sent]:
        rows = ((task, self._run(_TASK, {"id": task}).fetchone()) for task in ids)
        return [_Sent(task, row[0], row[1], row[2] or 0.0, row[3]) for task, row in rows if row is not None]

    def _settled(
        self,
        task: _Sent,
        message: RecordReport,
        committed: Collection[str],
        asked_at: float,
        counts: Counter[tuple[str, str]],
    ) -> bool:
        """Apply a report to one task; tell whether it says anything of it.

        A late report that a newer request overtook still proves what it commits to, unless the
        instance was sent again since. That it does not commit is what the newer one will say.
        """
        is_current = task.transaction_uid == message.transaction_uid
        reason = message.failed.get(task.sop_instance_uid)
        if reason is not None:
            if is_current:
                self._fail(task, message, reason)
                counts[task.project, "failed"] += 1
            return is_current
        if task.sop_instance_uid in committed and (is_current or task.sent_at <= asked_at):
            self._failures.pop(task.id, None)
            self._settle(task, TaskState.FORWARDED, done_at=self._clock())
            counts[task.project, "committed"] += 1
            return True
        return False

    def _fail(self, task: _Sent, message: RecordReport, reason: int) -> None:
        now = self._clock()
        if reason == FailureReason.DUPLICATE_TRANSACTION:  # to be asked under another Transaction UID
            self._settle(task, TaskState.SENT, next_attempt=now + message.resend_after)
            return
        failures = self._failures.pop(task.id, 0) + 1
        if reason in NEVER_COMMITTED or failures >= COMMITMENT_FAILURES:
            self._settle(task, TaskState.HELD, status=reason, error=NOT_COMMITTED)
            detail = {"task": str(task.id), "error": NOT_COMMITTED}
            self._audit(TaskState.HELD.value, task.project, message.destination, detail)
            return
        self._failures[task.id] = failures
        due = now + message.resend_after * 2.0 ** (failures - 1)
        self._settle(task, TaskState.WAITING, status=reason, error=NOT_COMMITTED, next_attempt=due)

    def _settle(
        self,
        task: _Sent,
        state: TaskState,
        *,
        status: int | None = None,
        error: str = "",
        next_attempt: float = 0.0,
        done_at: float | None = None,
    ) -> None:
        change = {"id": task.id, "state": state.value, "status": status, "error": error}
        self._run(_SETTLE, {**change, "next_attempt": next_attempt, "done_at": done_at})

    def _waive(self, message: WaiveCommitment) -> int:
        count = int(self._run(_WAIVE, {"destination": message.destination, "now": self._clock()}).rowcount)
        if count:
            self._audit("commitment_waived", "", message.destination, {"count": str(count)})
            self._touch()
        return count
