"""Removing files of the spool, durably."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.spool.durable import mapped_errors, sync_directory
from gateway.spool.layout import Location, names_in

_IN_USE: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})
"""Why a series stays: it has files, or is none."""


def remove(root: Path, relatives: Iterable[str]) -> None:
    """Unlink spool files.

    A file that is gone already is as it should be. Who has one open reads it to its end. The
    directory of a series stays: a receiver that has synced its entry does not do so again.

    Parameters
    ----------
    root
        Directory of the spool.
    relatives
        Paths below it.

    Raises
    ------
    StorageError
        A file cannot be removed, or the removal not be synced.
    ValueError
        One is not the path of a spool file.
    """
    locations = [Location.parse(relative) for relative in relatives]
    with mapped_errors():
        for location in locations:
            (root / location.path).unlink(missing_ok=True)
        for series in sorted({location.directory for location in locations}):
            if (root / series).exists():
                sync_directory(root / series)


def remove_empty_series(project: Path) -> int:
    """Remove the directories of series that have no file; return how many.

    Only while nobody writes to the spool.

    Raises
    ------
    StorageError
        One cannot be removed.
    """
    with mapped_errors():
        return sum(_was_empty(project / series) for series in names_in(project))


def _was_empty(series: Path) -> bool:
    try:
        series.rmdir()
    except OSError as error:
        if error.errno in _IN_USE:
            return False
        raise
    return True
