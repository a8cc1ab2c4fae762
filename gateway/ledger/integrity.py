"""Whether a database is whole."""

from __future__ import annotations

import time
from typing import Any, Final

from peewee import PeeweeException, SqliteDatabase

from gateway.ledger.database import execute
from gateway.ledger.fault import is_damage, name_of

_STEPS: Final = 50_000
"""Instructions of SQLite between two looks at the clock."""


def quick_check(database: SqliteDatabase, seconds: float) -> bool | None:
    """Tell whether the structure of a database is whole; None when there was no time to look at all.

    What is not looked at: whether each index has every row of its table, and values, which have
    no checksum.

    Parameters
    ----------
    seconds
        After which the look ends.

    Raises
    ------
    peewee.PeeweeException
        It cannot be read, other than for damage.
    """
    end = time.monotonic() + seconds
    untyped: Any = database
    connection = untyped.connection()
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    try:
        rows = execute(database, "PRAGMA quick_check(1)").fetchall()
    except PeeweeException as error:
        if name_of(error) == "SQLITE_INTERRUPT":
            return None
        if is_damage(error):
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return [tuple(row) for row in rows] == [("ok",)]
