"""What is wrong with a database, in words that say what to do. Never a value of it."""

from __future__ import annotations

import sqlite3
from typing import Final

from peewee import PeeweeException

DATABASE_ERRORS: Final = (PeeweeException, sqlite3.Error)
"""What peewee and SQLite raise."""

DAMAGED: Final = "is damaged: stop the gateway and restore it from the backup (docs/how-to/backup.md)"
GONE: Final = "was removed or replaced while in use: put it back and start the gateway anew"

_PHRASES: Final = (
    ("SQLITE_BUSY", "is locked by another process"),
    ("SQLITE_LOCKED", "is locked by another process"),
    ("SQLITE_FULL", "does not fit on the disk any more: the disk is full"),
    ("SQLITE_CORRUPT", DAMAGED),
    ("SQLITE_NOTADB", DAMAGED),
    ("SQLITE_READONLY", "cannot be written: file or file system is read-only"),
    ("SQLITE_CANTOPEN", "cannot be opened: missing, or not permitted"),
    ("SQLITE_PERM", "cannot be opened: not permitted"),
    ("SQLITE_IOERR", "cannot be read or written: the disk reports an error"),
    ("SQLITE_INTERRUPT", "took too long"),
)


def name_of(error: BaseException) -> str:
    """Return SQLite's name of an error, or the name of its class."""
    original: object = error
    while (wrapped := getattr(original, "orig", None)) is not None:  # by peewee, once or twice
        original = wrapped
    return str(getattr(original, "sqlite_errorname", type(error).__name__))


def is_damage(error: BaseException) -> bool:
    """Tell whether the database file itself is wrong, which no retry mends."""
    return name_of(error).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def is_uncertain(error: BaseException) -> bool:
    """Tell whether the disk may not hold what was written to it."""
    return name_of(error).startswith(("SQLITE_IOERR", "SQLITE_FULL"))


def phrase(file: str, error: BaseException) -> str:
    """Return what is wrong with the database `file`."""
    name = name_of(error)
    said = next((text for prefix, text in _PHRASES if name.startswith(prefix)), "cannot be used")
    return f"{file} {said} ({name})"
