"""Reading what storage commitment needs: what was sent, who asked, and where an instance is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from peewee import JOIN, fn

from gateway.ledger.commitment_message import CommitmentState
from gateway.ledger.message import InstanceState, TaskState
from gateway.ledger.model import Commitment, ForwardTask, Instance, column
from gateway.ledger.pool import ReadPool

_AT_ONCE: Final = 500
"""SOP Instance UIDs of one query."""
_SOP_CLASS: Final = column(Instance, "SOPClassUID")
_SOP_INSTANCE: Final = column(Instance, "SOPInstanceUID")


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """An instance that a destination stored, and is to be asked to commit to."""

    id: int
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class Request:
    """A modality's request that waits for our report; `content` is sealed, times are epoch seconds."""

    project: str
    peer: str
    transaction_uid: str
    content: bytes
    requested_at: float
    deadline: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a version of an instance is: here, and at each of its destinations."""

    sop_class_uid: str
    state: InstanceState
    path: str
    tasks: tuple[TaskState, ...]


class CommitmentReader:
    """Read-only view of the ledger for storage commitment.

    Every method raises `gateway.errors.LedgerUnavailable` when the database cannot be read.

    Parameters
    ----------
    path
        The ledger's database file.
    """

    def __init__(self, path: Path) -> None:
        self._pool = ReadPool(path)

    def uncommitted(self, destination: str, now: float, limit: int, horizon: float) -> list[Uncommitted]:
        """Return what a destination is to be asked for, the longest due first.

        Parameters
        ----------
        now
            Seconds since the epoch.
        horizon
            Seconds. Nothing is put off for longer: what is waits since the clock was set back.
        """
        query = (
            ForwardTask.select(ForwardTask.id, _SOP_CLASS, _SOP_INSTANCE)
            .join(Instance)
            .where(_sent_to(destination) & _is_due(ForwardTask.next_attempt, now, horizon))
            .order_by(ForwardTask.next_attempt, ForwardTask.id)
            .limit(limit)
        )
        return [Uncommitted(*row) for row in self._rows(query)]

    def next_due(self, destination: str) -> float | None:
        """Return when a destination is to be asked next, in epoch seconds; None for not at all."""
        query = ForwardTask.select(fn.MIN(ForwardTask.next_attempt)).where(_sent_to(destination))
        ((due,),) = self._rows(query)
        return None if due is None else float(due)

    def is_awaited(self, transaction_uid: str) -> bool:
        """Tell whether a report under a Transaction UID of ours is still of use."""
        query = ForwardTask.select(ForwardTask.id).where(
            (ForwardTask.transaction_uid == transaction_uid)
            & (ForwardTask.transaction_uid != "")
            & (ForwardTask.state == TaskState.SENT.value)
        )
        return bool(self._rows(query.limit(1)))

    def pending(self, now: float, limit: int, horizon: float, resting: Collection[str] = ()) -> list[Request]:
        """Return the requests of modalities that are due, the longest due first.

        Parameters
        ----------
        now, limit, horizon
            As of `uncommitted`.
        resting
            Names of the modalities whose requests are left out.
        """
        query = (
            Commitment.select(
                Commitment.project,
                Commitment.peer,
                Commitment.transaction_uid,
                Commitment.content,
                Commitment.requested_at,
                Commitment.deadline,
                Commitment.attempts,
            )
            .where(
                (Commitment.state == CommitmentState.PENDING.value)
                & _is_due(Commitment.next_attempt, now, horizon)
                & Commitment.peer.not_in(list(resting))
            )
            .order_by(Commitment.next_attempt, Commitment.id)
            .limit(limit)
        )
        return [
            Request(project, peer, transaction_uid, bytes(content), *rest)
            for project, peer, transaction_uid, content, *rest in self._rows(query)
        ]

    def whereabouts(
        self, project: str, sop_instance_uids: Collection[str]
    ) -> Mapping[str, tuple[Whereabouts, ...]]:
        """Return every version of each instance that there is, by SOP Instance UID."""
        found: dict[str, dict[int, Whereabouts]] = {}
        remaining = iter(sop_instance_uids)
        while wanted := list(islice(remaining, _AT_ONCE)):
            for uid, number, sop_class, state, path, task in self._versions(project, wanted):
                versions = found.setdefault(uid, {})
                known = versions.get(number) or Whereabouts(sop_class, InstanceState(state), path, ())
                tasks = (*known.tasks, TaskState(task)) if task is not None else known.tasks
                versions[number] = Whereabouts(known.sop_class_uid, known.state, known.path, tasks)
        return {uid: tuple(versions.values()) for uid, versions in found.items()}

    def close(self) -> None:
        """Close the connections that no thread is reading from."""
        self._pool.close()

    def _versions(self, project: str, wanted: list[str]) -> Iterator[tuple[Any, ...]]:
        query = (
            Instance.select(
                _SOP_INSTANCE, Instance.id, _SOP_CLASS, Instance.state, Instance.path, ForwardTask.state
            )
            .join(ForwardTask, JOIN.LEFT_OUTER, on=(ForwardTask.instance == Instance.id))
            .where((Instance.project == project) & _SOP_INSTANCE.in_(wanted))
            .order_by(Instance.id)
        )
        yield from self._rows(query)

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with self._pool.transaction() as database:
            return list(query.tuples().execute(database))


def _is_due(next_attempt: Any, now: float, horizon: float) -> Any:
    return (next_attempt <= now) | (next_attempt > now + horizon)


def _sent_to(destination: str) -> Any:
    return (ForwardTask.destination == destination) & (ForwardTask.state == TaskState.SENT.value)
