"""How a database is, looked at from outside, whether a gateway runs on it or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.ledger.database import execute
from gateway.ledger.integrity import quick_check
from gateway.ledger.pool import reading

LARGE_LOG: Final = 64 << 20
"""Bytes of a write-ahead log that somebody who reads for ever keeps from being emptied."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was found.

    Parameters
    ----------
    whole
        Whether the structure is whole; None when the time was over before all was looked at.
    log_bytes
        Of the write-ahead log.
    facts
        What the database says of itself (`gateway.ledger.model.Meta`).
    """

    whole: bool | None
    log_bytes: int
    facts: Mapping[str, str]


def look(path: Path, seconds: float) -> Health:
    """Look at a database for at most so many seconds.

    Raises
    ------
    LedgerUnavailable
        It cannot be read at all.
    """
    with reading(path) as database:
        whole = quick_check(database, seconds)
        query = 'SELECT "key", "value" FROM "meta"'
        facts = {} if whole is False else dict(execute(database, query).fetchall())
    return Health(whole, log_bytes(path), facts)


def log_bytes(path: Path) -> int:
    """Return the size of the write-ahead log of a database, 0 without one."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except OSError:
        return 0
