"""Reading forward tasks for people: what became of them, summed up, and those that are held."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from peewee import SQL, SqliteDatabase, fn

from gateway.ledger.account import ADDRESSED, Sum, sums
from gateway.ledger.message import TaskState
from gateway.ledger.model import Counter, ForwardTask, Instance, column
from gateway.ledger.pool import ReadPool
from gateway.ledger.reader import Held

_PAGE: Final = 1000
_OPEN: Final = (TaskState.HELD, TaskState.WAITING, TaskState.SENT)
_SOP_CLASS: Final = column(Instance, "SOPClassUID")
_SOP_INSTANCE: Final = column(Instance, "SOPInstanceUID")
_HELD_COLUMNS: Final = (
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


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """Tasks of one project, destination and state that had the same answer last.

    Attributes
    ----------
    status
        DIMSE status of the last C-STORE response; None when there was none, and of what was dropped.
    error
        A fixed phrase; of what was dropped, by whom.
    attempts
        The most of any of them.
    next_attempt
        The earliest of any of them, in seconds since the epoch; None but for those that wait.
    last
        When the last of them was delivered, or dropped; None as long as none was.
    """

    project: str
    destination: str
    state: str
    status: int | None
    error: str
    count: int
    attempts: int
    next_attempt: float | None
    last: float | None


@dataclass(frozen=True, slots=True)
class HeldFilter:
    """Which held tasks are meant; empty texts stand for any.

    Parameters
    ----------
    error
        Part of the phrase that says why they are held.
    former
        Destinations for which what waits is meant too: nothing sends it any more.
    """

    project: str = ""
    destination: str = ""
    error: str = ""
    former: frozenset[str] = frozenset()

    def states(self, destination: str) -> tuple[TaskState, ...]:
        """Return the states of the tasks that are meant."""
        return _OPEN if destination in self.former else (TaskState.HELD,)


class TaskReader:
    """Read-only view of the forward tasks for any number of threads.

    Every method raises `gateway.errors.LedgerUnavailable` when the database cannot be read.

    Parameters
    ----------
    path
        The ledger's database file.
    """

    def __init__(self, path: Path) -> None:
        self._pool = ReadPool(path)

    def account(self) -> tuple[list[Sum], list[TaskGroup]]:
        """Return the accounts of promise 3 and what they are made of, read in one transaction."""
        with self._pool.transaction() as database:
            accounts = sums(database)
            keys = [(one.project, one.destination, state) for one in accounts for state in TaskState]
            groups = [group for key in keys if key[1] for group in _groups(database, *key)]
        return accounts, groups

    def sums(self) -> list[Sum]:
        """Return the accounts of promise 3."""
        with self._pool.transaction() as database:
            return sums(database)

    def held(self, chosen: HeldFilter, after: int = 0, limit: int = _PAGE) -> list[Held]:
        """Return held tasks with an id above `after`, the lowest first.

        Each project, destination and state is read by itself: so an index leads to what is held, among
        millions that are not.
        """
        pages = [
            self._page(project, name, state, chosen.error, after, limit)
            for project, name in self._pairs(chosen)
            for state in chosen.states(name)
        ]
        return list(islice(heapq.merge(*pages, key=lambda held: held.id), limit))

    def each_held(self, chosen: HeldFilter) -> Iterator[list[Held]]:
        """Yield all held tasks, in pages; each page is read when it is asked for."""
        after = 0
        while page := self.held(chosen, after):
            after = page[-1].id
            yield page

    def close(self) -> None:
        """Close the connections that no thread is reading from."""
        self._pool.close()

    def _pairs(self, chosen: HeldFilter) -> list[tuple[str, str]]:
        query = Counter.select(Counter.project, Counter.name).where(Counter.name.startswith(ADDRESSED))
        pairs = [(project, name.removeprefix(ADDRESSED)) for project, name in self._rows(query)]
        return [
            (project, name)
            for project, name in sorted(pairs)
            if chosen.project in ("", project) and chosen.destination in ("", name)
        ]

    def _page(
        self, project: str, destination: str, state: TaskState, error: str, after: int, limit: int
    ) -> list[Held]:
        chosen = (ForwardTask.project == project) & (ForwardTask.destination == destination)
        chosen &= (ForwardTask.state == state.value) & (ForwardTask.id > after)
        if error:
            chosen &= fn.INSTR(ForwardTask.last_error, error) > 0
        query = (
            ForwardTask.select(*_HELD_COLUMNS)
            .join(Instance)
            .where(chosen)
            .order_by(ForwardTask.id)
            .limit(limit)
        )
        return [Held(*row) for row in self._rows(query)]

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with self._pool.transaction() as database:
            return list(query.tuples().execute(database))


def _groups(
    database: SqliteDatabase, project: str, destination: str, state: TaskState
) -> Iterable[TaskGroup]:
    is_dropped = state is TaskState.DROPPED  # by whom matters, and not what the last answer was
    key = (SQL("NULL") if is_dropped else ForwardTask.last_status, ForwardTask.last_error)
    numbers = (
        fn.COUNT(ForwardTask.id),
        fn.MAX(ForwardTask.attempts),
        fn.MIN(ForwardTask.next_attempt),
        fn.MAX(fn.COALESCE(ForwardTask.done_at, ForwardTask.sent_at)),
    )
    query = (
        ForwardTask.select(*key, *numbers)
        .where(
            (ForwardTask.project == project)
            & (ForwardTask.destination == destination)
            & (ForwardTask.state == state.value)
        )
        .group_by(*key)
        .order_by(*key)
    )
    waits = state in (TaskState.WAITING, TaskState.SENT)
    for status, error, count, attempts, due, last in query.tuples().execute(database):
        yield TaskGroup(
            project, destination, state.value, status, error, count, attempts, due if waits else None, last
        )
