"""Reading what retention looks at: the oldest files first, in pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peewee import Tuple

from gateway.ledger.message import InstanceState
from gateway.ledger.model import Instance
from gateway.ledger.pool import ReadPool
from gateway.ledger.retention_store import removable
from gateway.ledger.statement import Statement, given

Place = tuple[float, int]
"""Of an instance in the order of reception: when, in seconds since the epoch, and its row id."""

START: Final[Place] = (float("-inf"), 0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance whose file is kept; `removable` is what the ledger said when it was read."""

    place: Place
    removable: bool


_PAGE: Final = Statement(
    Instance.select(Instance.received_at, Instance.id, removable())
    .where(
        (Instance.project == given("project"))
        & (Instance.state == InstanceState.KEPT.value)
        & (Tuple(Instance.received_at, Instance.id) > Tuple(given("after"), given("after_id")))
        & (Instance.received_at <= given("received_before"))
    )
    .order_by(Instance.received_at, Instance.id)
    .limit(given("limit"))
)
_STATE: Final = Statement(Instance.select(Instance.state).where(Instance.path == given("path")))


class RetentionReader:
    """Read-only view of the ledger for retention.

    Every method raises `gateway.errors.LedgerUnavailable` when the database cannot be read.

    Parameters
    ----------
    path
        The ledger's database file.
    """

    def __init__(self, path: Path) -> None:
        self._pool = ReadPool(path)

    def page(
        self,
        project: str,
        after: Place,
        limit: int,
        *,
        received_before: float,
        delivered_before: float,
        undelivered: bool,
    ) -> list[Candidate]:
        """Return instances behind the place `after`, the oldest first.

        Parameters
        ----------
        received_before, delivered_before, undelivered
            As in `gateway.ledger.message.RemoveInstances`.
        """
        values = {
            "project": project,
            "after": after[0],
            "after_id": after[1],
            "limit": limit,
            "received_before": received_before,
            "delivered_before": delivered_before,
            "undelivered": int(undelivered),
        }
        with self._pool.transaction() as database:
            rows = _PAGE.run(database, values).fetchall()
        return [Candidate((at, row_id), bool(is_removable)) for at, row_id, is_removable in rows]

    def state_of(self, relative: str) -> InstanceState | None:
        """Return the state of the instance that a spool file belongs to, None without a row."""
        with self._pool.transaction() as database:
            row = _STATE.run(database, {"path": relative}).fetchone()
        return None if row is None else InstanceState(row[0])

    def close(self) -> None:
        """Close the connections that no thread is reading from."""
        self._pool.close()
