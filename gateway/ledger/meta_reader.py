"""Reading facts of a database itself while somebody else writes to it."""

from __future__ import annotations

from pathlib import Path

from gateway.ledger.model import Meta
from gateway.ledger.pool import ReadPool


class MetaReader:
    """Read-only view of the facts that `gateway.ledger.store.SqliteStore` keeps.

    Parameters
    ----------
    path
        The database file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_meta(self, key: str) -> str | None:
        """Return a fact of the database; None when it does not know it.

        Raises
        ------
        LedgerUnavailable
            The database cannot be read.
        """
        pool = ReadPool(self.path)
        try:
            with pool.transaction() as database:
                row = Meta.select(Meta.value).where(Meta.key == key).tuples().execute(database)
                return next((str(value) for (value,) in row), None)
        finally:
            pool.close()
