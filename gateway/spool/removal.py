"""Removing files of the spool, durably."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateway.spool.durable import mapped_errors, sync_directory
from gateway.spool.layout import Location

_IN_USE: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT})
"""Why a series stays: it has other files, or is gone already."""


def remove(root: Path, relatives: Iterable[str]) -> None:
    """Unlink spool files and the directories of series that they leave empty.

    A file that is gone already is as it should be. Who has one open reads it to its end.

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
            _close(root / series)


def _close(series: Path) -> None:
    """Make what was unlinked durable; remove the series when nothing is left of it."""
    try:
        series.rmdir()
    except OSError as error:
        if error.errno not in _IN_USE:
            raise
    for directory in (series, series.parent):
        if directory.exists():
            sync_directory(directory)
            return
