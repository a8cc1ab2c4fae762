"""Reading the ledger: what is known, due and held, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from peewee import JOIN, fn

from gateway.ledger import statement
from gateway.ledger.account import REFUSED, Sum, sums
from gateway.ledger.message import InstanceState, TaskState
from gateway.ledger.model import (
    AuditEntry,
    Counter,
    ForwardTask,
    Instance,
    Patient,
    Series,
    Study,
    Treatment,
    column,
)
from gateway.ledger.pool import ReadPool

_SOP_CLASS: Final = column(Instance, "SOPClassUID")
_SOP_INSTANCE: Final = column(Instance, "SOPInstanceUID")
_SERIES_INSTANCE: Final = column(Series, "SeriesInstanceUID")
_STUDY_INSTANCE: Final = column(Study, "StudyInstanceUID")


@dataclass(frozen=True, slots=True)
class Known:
    """An instance that was received before.

    Parameters
    ----------
    path
        Of its spool file.
    removed
        Whether retention removed the file.
    """

    path: str
    removed: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A forward task that is due."""

    id: int
    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    series_instance_uid: str
    attempts: int
    size: int


@dataclass(frozen=True, slots=True)
class Held:
    """A forward task that waits for a person; `error` is a fixed phrase."""

    id: int
    project: str
    destination: str
    path: str
    sop_class_uid: str
    sop_instance_uid: str
    attempts: int
    status: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """An instance that no query shows: another came first under its SOP Instance UID."""

    project: str
    path: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class Treated:
    """What was done to an instance; `treatment` is a JSON object, empty where nobody knows."""

    project: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    sop_class_uid: str
    pseudonym: str
    treatment: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many instances of a project were refused for one reason."""

    project: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the audit trail; `at` is in seconds since the epoch."""

    id: int
    at: float
    kind: str
    project: str
    peer: str
    detail: Mapping[str, str]


class LedgerReader:
    """Read-only view of the ledger for any number of threads.

    Every method raises `gateway.errors.LedgerUnavailable` when the database cannot be read.

    Parameters
    ----------
    path
        The ledger's database file.
    """

    def __init__(self, path: Path) -> None:
        self._pool = ReadPool(path)

    def known(self, project: str, input_digest: bytes) -> Known | None:
        """Return the committed instance with this keyed digest of its input."""
        with self._pool.transaction() as database:
            values = {"project": project, "input_digest": input_digest}
            row = statement.INSTANCE_BY_INPUT.run(database, values).fetchone()
        return None if row is None else Known(row[0], row[1] == InstanceState.REMOVED.value)

    def known_path(self, relative: str) -> bool:
        """Tell whether a spool file has a row."""
        with self._pool.transaction() as database:
            return statement.INSTANCE_BY_PATH.run(database, {"path": relative}).fetchone() is not None

    def paths(self, after: int = 0, limit: int = 10_000) -> list[tuple[int, str]]:
        """Return row id and path of instances whose file must be there, with an id above `after`."""
        query = (
            Instance.select(Instance.id, Instance.path)
            .where((Instance.id > after) & (Instance.state != InstanceState.REMOVED.value))
            .order_by(Instance.id)
            .limit(limit)
        )
        return [(row_id, path) for row_id, path in self._rows(query)]

    def due_tasks(
        self,
        destination: str,
        now: float,
        limit: int,
        exclude_series: Collection[str] = (),
        later: bool = False,
    ) -> list[Task]:
        """Return waiting tasks whose time has come, or is `later` than `now`, the longest due first.

        `now` is in seconds since the epoch. The series of `exclude_series` are left out: their
        association is busy.
        """
        due = (ForwardTask.destination == destination) & (ForwardTask.state == TaskState.WAITING.value)
        due &= ForwardTask.next_attempt > now if later else ForwardTask.next_attempt <= now
        if exclude_series:
            due &= _SERIES_INSTANCE.not_in(list(exclude_series))
        query = (
            ForwardTask.select(
                ForwardTask.id,
                Instance.path,
                _SOP_CLASS,
                _SOP_INSTANCE,
                Instance.transfer_syntax_uid,
                _SERIES_INSTANCE,
                ForwardTask.attempts,
                Instance.size,
            )
            .join(Instance)
            .join(Series)
            .where(due)
            .order_by(ForwardTask.next_attempt, ForwardTask.id)
            .limit(limit)
        )
        return [Task(*row) for row in self._rows(query)]

    def next_due(self, destination: str) -> float | None:
        """Return when the next waiting task is due, in seconds since the epoch; None without any."""
        query = ForwardTask.select(fn.MIN(ForwardTask.next_attempt)).where(
            (ForwardTask.destination == destination) & (ForwardTask.state == TaskState.WAITING.value)
        )
        ((due,),) = self._rows(query)
        return None if due is None else float(due)

    def sums(self) -> list[Sum]:
        """Return the accounts of promise 3, read in one transaction."""
        with self._pool.transaction() as database:
            return sums(database)

    def refusals(self) -> list[Refusals]:
        """Return how many instances were refused, by project and reason."""
        query = (
            Counter.select(Counter.project, Counter.name, Counter.value)
            .where(Counter.name.startswith(REFUSED))
            .order_by(Counter.project, Counter.name)
        )
        return [Refusals(project, name[len(REFUSED) :], value) for project, name, value in self._rows(query)]

    def held(self, limit: int = 1000) -> list[Held]:
        """Return the tasks that wait for a person, oldest first."""
        query = (
            ForwardTask.select(
                ForwardTask.id,
                ForwardTask.project,
                ForwardTask.destination,
                Instance.path,
                _SOP_CLASS,
                _SOP_INSTANCE,
                ForwardTask.attempts,
                ForwardTask.last_status,
                ForwardTask.last_error,
            )
            .join(Instance)
            .where(ForwardTask.state == TaskState.HELD.value)
            .order_by(ForwardTask.id)
            .limit(limit)
        )
        return [Held(*row) for row in self._rows(query)]

    def conflicts(self, limit: int = 1000) -> list[Conflict]:
        """Return the instances in conflict with an earlier one, oldest first."""
        query = (
            Instance.select(Instance.project, Instance.path, _SOP_INSTANCE)
            .where(Instance.state == InstanceState.CONFLICT.value)
            .order_by(Instance.id)
            .limit(limit)
        )
        return [Conflict(*row) for row in self._rows(query)]

    def treated(self, sop_instance_uid: str) -> list[Treated]:
        """Return what was done to each instance under a new SOP Instance UID, oldest first."""
        projects = Counter.select(Counter.project).distinct()  # the index begins with the project
        query = (
            Instance.select(
                Instance.project,
                _SOP_INSTANCE,
                _SERIES_INSTANCE,
                _STUDY_INSTANCE,
                _SOP_CLASS,
                column(Patient, "PatientID"),
                fn.COALESCE(Treatment.content, ""),
            )
            .join(Series)
            .switch(Instance)
            .join(Study, on=(Instance.study == Study.id))
            .join(Patient)
            .switch(Instance)
            .join(Treatment, JOIN.LEFT_OUTER)
            .where(Instance.project.in_(projects), column(Instance, "SOPInstanceUID") == sop_instance_uid)
            .order_by(Instance.id)
        )
        return [Treated(*row) for row in self._rows(query)]

    def audit(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Return audit entries with an id greater than `after`, oldest first."""
        query = (
            AuditEntry.select(
                AuditEntry.id,
                AuditEntry.at,
                AuditEntry.kind,
                AuditEntry.project,
                AuditEntry.peer,
                AuditEntry.detail,
            )
            .where(AuditEntry.id > after)
            .order_by(AuditEntry.id)
            .limit(limit)
        )
        return [
            Entry(entry_id, at, kind, project, peer, json.loads(detail))
            for entry_id, at, kind, project, peer, detail in self._rows(query)
        ]

    def close(self) -> None:
        """Close the connections that no thread is reading from."""
        self._pool.close()

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with self._pool.transaction() as database:
            return list(query.tuples().execute(database))
