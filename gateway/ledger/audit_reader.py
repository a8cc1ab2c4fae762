"""Reading the audit trail, piece by piece: no transaction lasts as long as the trail is long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from peewee import fn

from gateway.ledger.model import AuditEntry
from gateway.ledger.pool import ReadPool
from gateway.ledger.reader import Entry

_STRIDE: Final = 10_000
"""Rows that one transaction looks at."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are meant; empty texts and None stand for any.

    Parameters
    ----------
    since, until
        Seconds since the epoch; `until` itself is left out.
    """

    since: float | None = None
    until: float | None = None
    kind: str = ""
    project: str = ""
    peer: str = ""


class AuditReader:
    """Read-only view of the audit trail.

    Every method raises `gateway.errors.LedgerUnavailable` when the database cannot be read.

    Parameters
    ----------
    path
        The ledger's database file.
    """

    def __init__(self, path: Path) -> None:
        self._pool = ReadPool(path)

    def entries(self, chosen: AuditFilter) -> Iterator[Entry]:
        """Yield the entries that are meant, oldest first, up to the last one there is now."""
        conditions = _conditions(chosen)
        ((first, last),) = self._rows(AuditEntry.select(fn.MIN(AuditEntry.id), fn.MAX(AuditEntry.id)))
        for start in range(first, last + 1, _STRIDE) if last is not None else ():
            stride = AuditEntry.id.between(start, min(start + _STRIDE - 1, last))
            query = AuditEntry.select(
                AuditEntry.id,
                AuditEntry.at,
                AuditEntry.kind,
                AuditEntry.project,
                AuditEntry.peer,
                AuditEntry.detail,
            ).where(stride, *conditions)
            for row_id, at, kind, project, peer, detail in self._rows(query.order_by(AuditEntry.id)):
                yield Entry(row_id, at, kind, project, peer, json.loads(detail))

    def close(self) -> None:
        """Close the connections that no thread is reading from."""
        self._pool.close()

    def _rows(self, query: Any) -> list[tuple[Any, ...]]:
        with self._pool.transaction() as database:
            return list(query.tuples().execute(database))


def _conditions(chosen: AuditFilter) -> list[Any]:
    conditions: list[Any] = [
        field == value
        for field, value in (
            (AuditEntry.kind, chosen.kind),
            (AuditEntry.project, chosen.project),
            (AuditEntry.peer, chosen.peer),
        )
        if value
    ]
    if chosen.since is not None:
        conditions.append(AuditEntry.at >= chosen.since)
    if chosen.until is not None:
        conditions.append(AuditEntry.at < chosen.until)
    return conditions
