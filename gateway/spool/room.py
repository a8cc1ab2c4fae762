"""Whether there is room for another instance, and how much is lacking."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gateway.errors import OutOfResources
from gateway.ledger.reserve import Reserve
from gateway.spool.durable import mapped_errors

_FEWEST_INODES: Final = 10_000
_LEAST_SHARE_OF_INODES: Final = 100
"""On a file system with few inodes, one part in so many stays free."""


class Room:
    """The watermarks of a storage directory.

    Parameters
    ----------
    directory
        The storage directory.
    min_free_bytes
        Bytes that must stay free on its file system.
    times
        What both watermarks, of bytes and of inodes, are multiplied by.
    """

    def __init__(self, directory: Path, min_free_bytes: int, times: int = 1) -> None:
        self._directory, self._min_free_bytes = directory, min_free_bytes * times
        self._times = times
        self._reserve = Reserve(directory)

    def require(self, size: int) -> None:
        """Check that `size` bytes may be written.

        Raises
        ------
        OutOfResources
            A watermark would be crossed, or the reserve of the ledger is in use.
        SyncFailed
            The file system does not tell.
        """
        lacking, inodes_lacking = self._lacking(size)
        if lacking > 0:
            raise OutOfResources("spool: below the free space that must stay")
        if inodes_lacking > 0:
            raise OutOfResources("spool: below the free inodes that must stay")
        if self._reserve.is_released:
            raise OutOfResources("spool: the disk is full")

    @property
    def is_low(self) -> bool:
        """Whether nothing is accepted because of the disk; raises as `require`, but for that."""
        return max(self._lacking(0)) > 0 or self._reserve.is_released

    def _lacking(self, size: int) -> tuple[int, int]:
        with mapped_errors():
            system = os.statvfs(self._directory)
        lacking = self._min_free_bytes + size - system.f_bavail * system.f_frsize
        if not system.f_files:  # a file system without a fixed number of inodes
            return lacking, 0
        fewest = self._times * min(_FEWEST_INODES, system.f_files // _LEAST_SHARE_OF_INODES)
        return lacking, fewest - system.f_favail
