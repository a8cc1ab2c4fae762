"""Connections for reading, so that threads never share one and short threads need not open one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from peewee import SqliteDatabase

from gateway.errors import LedgerUnavailable
from gateway.ledger.database import open_for_reading
from gateway.ledger.fault import DATABASE_ERRORS, phrase

_MOST_IDLE: Final = 8
"""Connections that are kept although nobody reads."""


@contextmanager
def reading(path: Path) -> Iterator[SqliteDatabase]:
    """Open a database for one look, outside of any transaction.

    Raises
    ------
    LedgerUnavailable
        It is not there or cannot be read.
    """
    database = open_for_reading(path)
    try:
        yield database
    except DATABASE_ERRORS as error:
        raise LedgerUnavailable(phrase(path.name, error)) from None
    finally:
        with suppress(*DATABASE_ERRORS):
            database.close()


class ReadPool:
    """Read-only connections to one database; as many as threads ever read at once.

    Parameters
    ----------
    path
        The database file. It need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[SqliteDatabase] = deque()

    @contextmanager
    def transaction(self) -> Iterator[SqliteDatabase]:
        """Lend a connection for one read transaction: all its queries see one state.

        Raises
        ------
        LedgerUnavailable
            The database is not there or cannot be read.
        """
        try:
            database = self._idle.pop()
        except IndexError:
            database = open_for_reading(self._path)
        try:
            with database.atomic():
                yield database
        except DATABASE_ERRORS as error:
            with suppress(*DATABASE_ERRORS):
                database.close()
            raise LedgerUnavailable(phrase(self._path.name, error)) from None
        except BaseException:
            database.close()
            raise
        self._take_back(database)

    def _take_back(self, database: SqliteDatabase) -> None:
        # A rush of threads must not leave its caches behind for ever.
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(database)
        else:
            with suppress(*DATABASE_ERRORS):
                database.close()

    def close(self) -> None:
        """Close the connections that are not lent at the moment."""
        while self._idle:
            self._idle.pop().close()
