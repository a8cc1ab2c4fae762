"""Opening SQLite so that a commit is on disk when it returns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from peewee import SqliteDatabase

_PRAGMAS: Final = (
    ("journal_mode", "wal"),
    ("synchronous", "full"),
    ("foreign_keys", 1),
    ("cache_size", -16384),
    ("journal_size_limit", 64 << 20),
)
_READ_PRAGMAS: Final = (("query_only", 1), ("cache_size", -8192))


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
