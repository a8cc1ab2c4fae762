"""Connections for reading, so that threads never share one and short threads need not open one."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from peewee import PeeweeException, SqliteDatabase

from gateway.errors import LedgerUnavailable
from gateway.ledger.database import open_for_reading


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
        except (PeeweeException, sqlite3.Error) as error:  # a cursor being read raises the latter
            with suppress(PeeweeException):
                database.close()
            raise LedgerUnavailable(f"{self._path.name} cannot be read: {type(error).__name__}") from None
        except BaseException:
            database.close()
            raise
        self._idle.append(database)

    def close(self) -> None:
        """Close the connections that are not lent at the moment."""
        while self._idle:
            self._idle.pop().close()
