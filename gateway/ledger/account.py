"""The accounts of promise 3: acknowledged is delivered, or held and shown.

What was answered and what was addressed are counters that grow with each commit; what is
stored, and where each forward task is, are counted rows. A row that vanished shows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from peewee import SqliteDatabase, fn

from gateway.ledger.message import TaskState
from gateway.ledger.model import Counter, ForwardTask, Instance

ANSWERED: Final = "answered"
"""Counter of instances to be answered Success."""

DUPLICATES: Final = "duplicates"
"""Counter of those that were stored before."""

ADDRESSED: Final = "addressed:"
"""Counters of instances given to a destination are named by this and the destination."""

REFUSED: Final = "refused:"
"""Counters of refusals are named by this and the reason."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What became of the instances of a project at one destination.

    Attributes
    ----------
    destination
        Empty for a project that never had one.
    stored
        Instances of the project, in rows.
    waiting
        Neither delivered nor given up; a person need not act.
    unaddressed
        Those of `stored` that came while the project did not have this destination.
    uncommitted
        Those of `waiting` that the destination stored, but has not committed to keep yet.
    """

    project: str
    destination: str
    answered: int
    stored: int
    duplicates: int
    forwarded: int
    waiting: int
    held: int
    dropped: int
    unaddressed: int = 0
    uncommitted: int = 0

    @property
    def balanced(self) -> bool:
        """Whether nothing that was answered is lost."""
        tasks = self.forwarded + self.waiting + self.held + self.dropped
        accounted = self.destination == "" or self.stored == self.unaddressed + tasks
        return accounted and self.answered == self.stored + self.duplicates


def sums(database: SqliteDatabase) -> list[Sum]:
    """Return the account of each project and destination; `database` is in a read transaction."""
    counters = _counters(database)
    stored = _stored(database)
    tasks = _tasks(database)
    accounts = {(project, destination) for project, destination, _ in tasks}
    for project, names in counters.items():
        accounts |= {(project, name.removeprefix(ADDRESSED)) for name in names if name.startswith(ADDRESSED)}
    with_destination = {project for project, _ in accounts}
    accounts |= {(project, "") for project in {*counters, *stored} - with_destination}
    return [
        _sum(project, destination, counters.get(project, {}), stored.get(project, 0), tasks)
        for project, destination in sorted(accounts)
    ]


def _sum(
    project: str,
    destination: str,
    counters: dict[str, int],
    stored: int,
    tasks: dict[tuple[str, str, str], int],
) -> Sum:
    by_state = {state: tasks.get((project, destination, state.value), 0) for state in TaskState}
    return Sum(
        project=project,
        destination=destination,
        answered=counters.get(ANSWERED, 0),
        stored=stored,
        duplicates=counters.get(DUPLICATES, 0),
        forwarded=by_state[TaskState.FORWARDED],
        waiting=by_state[TaskState.WAITING] + by_state[TaskState.SENT],
        held=by_state[TaskState.HELD],
        dropped=by_state[TaskState.DROPPED],
        unaddressed=stored - counters.get(ADDRESSED + destination, 0) if destination else 0,
        uncommitted=by_state[TaskState.SENT],
    )


def _counters(database: SqliteDatabase) -> dict[str, dict[str, int]]:
    counters: defaultdict[str, dict[str, int]] = defaultdict(dict)
    query = Counter.select(Counter.project, Counter.name, Counter.value).tuples()
    for project, name, value in query.execute(database):
        counters[project][name] = value
    return dict(counters)


def _stored(database: SqliteDatabase) -> dict[str, int]:
    query = Instance.select(Instance.project, fn.COUNT(Instance.id)).group_by(Instance.project).tuples()
    return dict(query.execute(database))


def _tasks(database: SqliteDatabase) -> dict[tuple[str, str, str], int]:
    key = (ForwardTask.project, ForwardTask.destination, ForwardTask.state)
    query = ForwardTask.select(*key, fn.COUNT(ForwardTask.id)).group_by(*key).tuples()
    return {
        (project, destination, state): count for project, destination, state, count in query.execute(database)
    }
