"""Keeping SQLite's write-ahead log short while there is always somebody who reads.

SQLite begins its log anew when a commit finds no reader in it. Readers whose transactions overlap,
each as short as it may be, never give it the chance: the log was measured to grow by 6 MiB a second.
So once it is long the writer waits for those who read at that moment; whoever comes later reads the
database itself.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from peewee import PeeweeException, SqliteDatabase

from gateway.ledger.database import execute

LONG: Final = 16 << 20
"""Bytes from which on the writer waits; SQLite by itself tries to begin anew at 4 MiB."""
_STEP: Final = 8 << 20
"""Bytes that the log may grow before the writer waits again for readers who did not end."""
_PATIENCE_MS: Final = 250
_MOST_PATIENCE_MS: Final = 4000
"""Milliseconds that the writer waits, first and at most: twice as long at each step."""


class WriteAheadLog:
    """The log of one database, which only this process writes.

    Parameters
    ----------
    path
        Of the database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}-wal")
        self._long = LONG

    def shorten(self, database: SqliteDatabase) -> None:
        """Empty the log if it is long; for after a commit.

        What cannot be done now stays for later: everything committed is in the log.

        Parameters
        ----------
        database
            The connection that writes, outside of a transaction.
        """
        size = self._size()
        if size < self._long:
            return
        step = (size - LONG) // _STEP
        self._long = size + _STEP
        with suppress(PeeweeException, sqlite3.Error):
            ((patience,),) = execute(database, "PRAGMA busy_timeout").fetchall()
            execute(database, f"PRAGMA busy_timeout = {min(_PATIENCE_MS << step, _MOST_PATIENCE_MS)}")
            try:
                ((is_busy, *_),) = execute(database, "PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                execute(database, f"PRAGMA busy_timeout = {patience}")
            if not is_busy:
                self._long = LONG

    def sync(self) -> None:
        """Have on disk what is in the log.

        Raises
        ------
        OSError
            It cannot be synced.
        """
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0
