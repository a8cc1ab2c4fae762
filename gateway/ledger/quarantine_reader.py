"""Reading what the ledger knows of refused instances that are kept sealed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from peewee import fn

from gateway.ledger.message import QuarantineState
from gateway.ledger.model import Counter, Quarantined
from gateway.ledger.pool import ReadPool
from gateway.ledger.quarantine_store import NOT_QUARANTINED

ENTRY_BYTES: Final = 8 << 10
"""What an instance in the quarantine takes beside its data set: the blocks and the inode of a file, rows."""

_KEPT: Final = Quarantined.state == QuarantineState.KEPT.value


@dataclass(frozen=True, slots=True)
class QuarantinedInstance:
    """A row of the quarantine, without what identifies.

    Attributes
    ----------
    tag
        The attribute at fault, where there is one.
    file
        Name of the sealed file.
    size
        Bytes of the data set.
    at
        When it was kept, in seconds since the epoch.
    """

    id: int
    project: str
    peer: str
    reason: str
    tag: int | None
    sop_class_uid: str
    transfer_syntax_uid: str
    file: str
    size: int
    state: str
    at: float


@dataclass(frozen=True, slots=True)
class Occupied:
    """How much some rows keep; `last` is the highest id of them, 0 where there is none."""

    count: int
    size: int
    last: int

    @property
    def bytes(self) -> int:
        """What it takes on disk, about."""
        return self.size + self.count * ENTRY_BYTES


@dataclass(frozen=True, slots=True)
class QuarantineSum:
    """How many instances of a project are kept for one reason; `oldest` is in seconds since the epoch."""

    project: str
    reason: str
    count: int
    size: int
    oldest: float


@dataclass(frozen=True, slots=True)
class NotQuarantined:
    """How many refused instances of a project could not be kept, and why: ``full`` or ``failed``."""

    project: str
    cause: str
    count: int


_COLUMNS: Final = (
    Quarantined.id,
    Quarantined.project,
    Quarantined.peer,
    Quarantined.reason,
    Quarantined.tag,
    Quarantined.sop_class_uid,
    Quarantined.transfer_syntax_uid,
    Quarantined.file,
    Quarantined.size,
    Quarantined.state,
    Quarantined.quarantined_at,
)


class QuarantineReader:
    """Read-only view of the quarantine's rows for any number of threads.

    Every method raises `gateway.errors.LedgerUnavailable` when the database cannot be read.

    Parameters
    ----------
    path
        The ledger's database file.
    """

    def __init__(self, path: Path) -> None:
        self._pool = ReadPool(path)

    def kept_file(self, project: str, input_digest: bytes) -> str | None:
        """Return the name of the file that an input is kept in; None when it is not kept."""
        query = Quarantined.select(Quarantined.file).where(
            _KEPT & (Quarantined.project == project) & (Quarantined.input_digest == input_digest)
        )
        return next((str(file) for (file,) in self._rows(query)), None)

    def kept_files(self) -> frozenset[str]:
        """Return the name of every file that has a row."""
        return frozenset(
            str(file) for (file,) in self._rows(Quarantined.select(Quarantined.file).where(_KEPT))
        )

    def occupied(self, after: int = 0) -> Occupied:
        """Return what is kept in rows with an id above `after`."""
        numbers = (
            fn.COUNT(Quarantined.id),
            fn.COALESCE(fn.SUM(Quarantined.size), 0),
            fn.COALESCE(fn.MAX(Quarantined.id), 0),
        )
        (found,) = self._rows(Quarantined.select(*numbers).where(_KEPT & (Quarantined.id > after)))
        return Occupied(*found)

    def instance(self, row_id: int) -> QuarantinedInstance | None:
        """Return the row with this id, whatever became of it; None when there never was one."""
        query = Quarantined.select(*_COLUMNS).where(Quarantined.id == row_id)
        return next((QuarantinedInstance(*row) for row in self._rows(query)), None)

    def kept(
        self,
        after: int = 0,
        limit: int = 1000,
        *,
        project: str = "",
        reason: str = "",
        before: float | None = None,
    ) -> list[QuarantinedInstance]:
        """Return what is kept, the lowest id first.

        Parameters
        ----------
        after
            Ids above this only.
        project, reason
            Of this project, refused for this reason; empty for any.
        before
            Only what was kept before this time, in seconds since the epoch.
        """
        chosen = _KEPT & (Quarantined.id > after)
        if project:
            chosen &= Quarantined.project == project
        if reason:
            chosen &= Quarantined.reason == reason
        if before is not None:
            chosen &= Quarantined.quarantined_at < before
        query = Quarantined.select(*_COLUMNS).where(chosen).order_by(Quarantined.id).limit(limit)
        return [QuarantinedInstance(*row) for row in self._rows(query)]

    def sums(self) -> list[QuarantineSum]:
        """Return how many are kept, by project and reason."""
        key = (Quarantined.project, Quarantined.reason)
        numbers = (
            fn.COUNT(Quarantined.id),
            fn.SUM(Quarantined.size),
            fn.MIN(Quarantined.quarantined_at),
        )
        query = Quarantined.select(*key, *numbers).where(_KEPT).group_by(*key).order_by(*key)
        return [QuarantineSum(*row) for row in self._rows(query)]

    def not_kept(self) -> list[NotQuarantined]:
        """Return how many refused instances could not be kept, by project and cause."""
        query = (
            Counter.select(Counter.project, Counter.name, Counter.value)
            .where(Counter.name.startswith(NOT_QUARANTINED))
            .order_by(Counter.project, Counter.name)
        )
        return [
            NotQuarantined(project, name[len(NOT_QUARANTINED) :], count)
            for project, name, count in self._rows(query)
        ]

    def close(self) -> None:
        """Close the connections that no thread is reading from."""
        self._pool.close()

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with self._pool.transaction() as database:
            return list(query.tuples().execute(database))
