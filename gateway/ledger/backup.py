"""Copies a database that is in use, as it is at one moment."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from gateway.errors import LedgerUnavailable, OutOfResources
from gateway.ledger.database import sync_directory
from gateway.ledger.fault import DAMAGED, phrase
from gateway.ledger.pool import reading


def copy_database(source: Path, target: Path) -> int:
    """Write a complete, checked and synced copy, in place of an earlier one; return its bytes.

    The copy is one file, without a write-ahead log. Whoever writes to `source` is not held up,
    but its log grows meanwhile.

    Raises
    ------
    LedgerUnavailable
        The database cannot be read, or the copy is damaged. An earlier copy is as it was.
    OutOfResources
        The copy cannot be written.
    """
    unfinished = target.with_name(f".{target.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            _copy(source, unfinished)
            _sync(unfinished)
            size = unfinished.stat().st_size
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_directory(target.parent)
    except OSError as error:
        raise OutOfResources(f"{target} cannot be written: {error.strerror}") from None
    return size


def _copy(source: Path, target: Path) -> None:
    with reading(source) as database, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        untyped: Any = database
        connection: sqlite3.Connection = untyped.connection()
        try:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = delete").fetchall()
            whole = copy.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"no copy was made: {phrase(source.name, error)}") from None
    if not whole:
        raise LedgerUnavailable(f"{source.name} {DAMAGED}")


def _sync(path: Path) -> None:
    for left in ("-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + left).unlink()
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
