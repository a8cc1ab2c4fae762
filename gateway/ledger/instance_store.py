"""Applies the ledger's messages: rows, forward tasks, audit entry and counters of one fact at once."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from gateway.errors import DeadlinePassed, OutOfResources
from gateway.ledger import statement
from gateway.ledger.account import ADDRESSED, ANSWERED, DUPLICATES
from gateway.ledger.commitment_request_store import RequestRows
from gateway.ledger.commitment_store import ReportRows
from gateway.ledger.entity import Entities, stored_values
from gateway.ledger.message import (
    InstanceState,
    Message,
    Outcome,
    RecordAudit,
    RecordDuplicate,
    RecordInstance,
    TaskOutcome,
    TaskState,
)
from gateway.ledger.migration import LEDGER_SCHEMA, Schema
from gateway.ledger.quarantine_store import QuarantineRows
from gateway.ledger.refusal_store import RefusalRows
from gateway.ledger.retention_store import RetentionRows
from gateway.ledger.store import SqliteStore
from gateway.ledger.task_decision import TaskDecisions

CONFLICT: Final = "conflict"
"""`last_error` of a forward task that is held because of a conflict."""

_ENDED: Final = (TaskState.FORWARDED, TaskState.DROPPED)
_DELIVERED: Final = (TaskState.SENT, TaskState.FORWARDED)


class Files(Protocol):
    """The spool, as far as the ledger decides about its files."""

    def holds(self, relative: str) -> bool:
        """Tell whether a file is there."""

    def remove(self, relatives: Sequence[str]) -> None:
        """Remove files."""


class LedgerStore(SqliteStore):
    """The ledger's database as the writer sees it.

    Parameters
    ----------
    path, busy_timeout
        As in `SqliteStore`.
    clock
        Seconds since the epoch; for the ledger's own times, never for what leaves the gateway.
    files
        Where instances are, to withdraw what comes too late; None leaves it there.

    Raises
    ------
    SchemaError, LedgerUnavailable
        As in `SqliteStore`.
    """

    schema: ClassVar[Schema] = LEDGER_SCHEMA

    def __init__(
        self,
        path: Path,
        busy_timeout: float = 5.0,
        clock: Callable[[], float] = time.time,
        files: Files | None = None,
    ) -> None:
        self._clock = clock  # the handlers, which the base class asks for, need it
        self._files = files
        self._refusals = RefusalRows(self._run, self._enter_audit, self._count, clock)
        super().__init__(path, busy_timeout)
        self._entities = Entities(self.database)

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {
            RecordInstance: self._record_instance,
            RecordDuplicate: self._record_duplicate,
            TaskOutcome: self._record_outcome,
            RecordAudit: self._record_audit,
            **self._refusals.handlers(),
            **QuarantineRows(self._run, self._audit, self._count, self._clock).handlers(),
            **RetentionRows(self._run, self._audit, self._clock).handlers(),
            **ReportRows(self._run, self._audit, self._clock, self._touch).handlers(),
            **RequestRows(self._run, self._audit, self._clock).handlers(),
            **TaskDecisions(self._run, self._audit, self._clock, self._touch).handlers(),
        }

    def forget(self) -> None:
        """Forget the rows whose transaction is being undone."""
        self._entities.forget()
        self._refusals.forget()

    def has_rows(self, project: str | None = None) -> bool:
        """Tell whether there is any instance, stored or quarantined, of `project` or at all."""
        values = {"project": project}
        queries = statement.ANY_ROW if project is None else statement.ANY_ROW_OF
        return any(self.any_row(query, values) for query in queries)

    def _record_instance(self, message: RecordInstance) -> Outcome:
        derived = _derived_digest(message.output_digest)
        values = {
            "project": message.project,
            "input_digest": message.input_digest or derived,
            "sop_instance_uid": message.sop_instance_uid,
        }
        if time.monotonic() > message.deadline:
            self._withdraw(message, values)
        self._count(message.project, ANSWERED)
        if self._run(statement.INSTANCE_BY_INPUT, values).fetchone() is not None:
            return self._duplicate(message.project)
        versions = self._run(statement.INSTANCE_VERSIONS, values).fetchall()
        for version, output_digest in versions:
            if output_digest == message.output_digest:
                # A file that was re-indexed learns here what it was made from.
                learned = {"id": version, "derived": derived, "treatment": self._treatment(message)}
                self._run(statement.LEARN_INPUT, {**values, **learned})
                return self._duplicate(message.project)
        if self._files is not None and not self._files.holds(message.path):
            raise OutOfResources("withdrawn: another copy came too late")
        outcome = Outcome.CONFLICT if versions else Outcome.STORED
        self._add_instance(message, values["input_digest"], outcome)
        return outcome

    def _withdraw(self, message: RecordInstance, values: Mapping[str, object]) -> None:
        """Keep nothing of an instance whose sender was told so.

        Only here it is known for sure that no row has the file: whoever else gave it its name
        has to come by, and finds it gone.
        """
        versions = self._run(statement.INSTANCE_VERSIONS, values).fetchall()
        if self._files is not None and message.output_digest not in {digest for _, digest in versions}:
            self._files.remove([message.path])
        raise DeadlinePassed("its sender was told that nothing was kept")

    def _add_instance(self, message: RecordInstance, input_digest: object, outcome: Outcome) -> None:
        now = self._clock()
        study, series = self._entities.enter(message)
        conflict = outcome is Outcome.CONFLICT
        row = {
            **stored_values(message),
            "project": message.project,
            "study": study,
            "series": series,
            "treatment": self._treatment(message),
            "path": message.path,
            "size": message.size,
            "output_digest": message.output_digest,
            "input_digest": input_digest,
            "transfer_syntax_uid": message.transfer_syntax_uid,
            "state": (InstanceState.CONFLICT if conflict else InstanceState.KEPT).value,
            "received_at": now,
        }
        instance = self._run(statement.ADD_INSTANCE, row).lastrowid
        self._add_tasks(message, instance, now, held=conflict and message.hold_conflict)
        self._audit(outcome, message.project, message.peer, {"sop_instance_uid": message.sop_instance_uid})

    def _treatment(self, message: RecordInstance) -> int | None:
        """Return the row of what was done to an instance, a new one when nothing was treated so before."""
        if not message.treatment_digest:
            return None
        row: dict[str, object] = {"digest": message.treatment_digest}
        found = self._run(statement.TREATMENT, row).fetchone()
        if found is not None:
            return int(found[0])
        row["content"] = zlib.decompress(message.treatment).decode()
        return int(self._run(statement.ADD_TREATMENT, row).lastrowid)

    def _add_tasks(self, message: RecordInstance, instance: int, now: float, *, held: bool) -> None:
        for destination in dict.fromkeys(message.destinations):
            task = {
                "project": message.project,
                "instance": instance,
                "destination": destination,
                "state": (TaskState.HELD if held else TaskState.WAITING).value,
                "next_attempt": now,
                "last_error": CONFLICT if held else "",
            }
            self._run(statement.ADD_TASK, task)
            self._count(message.project, ADDRESSED + destination)
            self.touched = True

    def _record_duplicate(self, message: RecordDuplicate) -> None:
        self._count(message.project, ANSWERED)
        self._duplicate(message.project)

    def _duplicate(self, project: str) -> Outcome:
        self._count(project, DUPLICATES)
        return Outcome.DUPLICATE

    def _record_outcome(self, message: TaskOutcome) -> bool:
        before, project, destination = self._run(statement.TASK, {"id": message.task_id}).fetchone()
        # What was delivered stays delivered, and what was dropped too late was delivered.
        if before in _ENDED and (before, message.state) != (TaskState.DROPPED, TaskState.FORWARDED):
            return False
        released = before == TaskState.HELD and message.state is TaskState.WAITING
        attempted = not released and message.state is not TaskState.DROPPED
        change = {
            "id": message.task_id,
            "state": message.state.value,
            "keep": 0 if released else 1,
            "add": 1 if attempted else 0,
            "status": message.status,
            "error": message.error,
            "next_attempt": message.next_attempt,
            "done_at": self._clock() if message.state in _ENDED else None,
            "sent_at": self._clock() if message.state in _DELIVERED else None,
        }
        self._run(statement.CHANGE_TASK, change)
        self.touched = True
        if released or message.state in (TaskState.HELD, TaskState.DROPPED):
            kind = "released" if released else message.state.value
            self._audit(kind, project, destination, {"task": str(message.task_id), "error": message.error})
        return True

    def _record_audit(self, message: RecordAudit) -> None:
        self._audit(message.kind, message.project, message.peer, message.detail)

    def _audit(self, kind: str, project: str, peer: str, detail: Mapping[str, str]) -> None:
        self._enter_audit(kind, project, peer, detail)

    def _enter_audit(self, kind: str, project: str, peer: str, detail: Mapping[str, str]) -> int:
        entry = {
            "at": self._clock(),
            "kind": str(kind),
            "project": project,
            "peer": peer,
            "detail": json.dumps(detail),
        }
        return int(self._run(statement.ADD_AUDIT, entry).lastrowid)

    def _count(self, project: str, name: str) -> None:
        self._run(statement.COUNT, {"project": project, "name": name})

    def _touch(self) -> None:
        self.touched = True

    def _run(self, prepared: statement.Statement, values: Mapping[str, object]) -> Any:
        return prepared.run(self.database, values)


def _derived_digest(output_digest: str) -> bytes:
    return hashlib.sha256(b"derived from the output\0" + output_digest.encode()).digest()
