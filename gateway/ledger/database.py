"""Opening SQLite so that a commit is on disk when it returns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from peewee import SqliteDatabase

# Caches in KiB are small: there is one for each connection, and the kernel has the pages anyway. With
# 16 MiB the writer was measured to be no faster.
_PRAGMAS: Final = (
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("cache_size", -4096),
    ("journal_size_limit", 64 << 20),
)
_READ_PRAGMAS: Final = (("query_only", 1), ("cache_size", -2048))


def open_for_writing(path: Path, busy_timeout: float = 5.0) -> SqliteDatabase:
    """Return the database at `path`, made for its owner only when it does not exist.

    Parameters
    ----------
    busy_timeout
        Seconds to wait for another process that holds the write lock.

    Raises
    ------
    OSError
        The file cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    else:
        sync_directory(path.parent)
    return SqliteDatabase(
        _uri(path, "rw"),
        pragmas=_PRAGMAS,
        timeout=busy_timeout,
        thread_safe=False,
        check_same_thread=False,
        uri=True,
    )


def open_for_reading(path: Path, busy_timeout: float = 5.0) -> SqliteDatabase:
    """Return a database that cannot write. Only one thread may use it at a time."""
    return SqliteDatabase(
        _uri(path, "ro"),
        pragmas=_READ_PRAGMAS,
        timeout=busy_timeout,
        thread_safe=False,
        check_same_thread=False,
        uri=True,
    )


class HeldFiles:
    """The files of a database, so that none is written to that nobody can find any more.

    SQLite goes on with a file that was removed or replaced, and what it commits is lost.
    """

    def __init__(self, path: Path) -> None:
        self._paths = (str(path), f"{path}-wal")
        self._held: tuple[tuple[int, int], ...] | None = None
        self._database: tuple[int, int] | None = None

    def hold(self) -> bool:
        """Remember the files, in the first transaction of a connection.

        Returns
        -------
        bool
            False if the database is another one than for the connection before.

        Raises
        ------
        OSError
            One is missing.
        """
        if self._held is None:
            found = self._found()
            if self._database not in (None, found[0]):
                return False
            self._held, self._database = found, found[0]
        return True

    def let_go(self) -> None:
        """Forget them: the connection is closed."""
        self._held = None

    def are_held(self) -> bool:
        """Tell whether they are still there under their names."""
        try:
            return self._found() == self._held
        except OSError:
            return False

    def _found(self) -> tuple[tuple[int, int], ...]:
        return tuple((status.st_dev, status.st_ino) for status in map(os.stat, self._paths))


def sync_directory(directory: Path) -> None:
    """Sync the entries of `directory` to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def execute(database: SqliteDatabase, text: str, values: Sequence[object] = ()) -> Any:
    """Run one statement; return the cursor. peewee's own errors come out of it."""
    untyped: Any = database
    return untyped.execute_sql(text, values)


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"
