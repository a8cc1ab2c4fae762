"""Room that is kept for the ledger on a disk that others fill.

A file of some MiB lies beside the databases. When the disk is full it is emptied: what becomes
free is enough to record what is forwarded, and nothing is accepted until it is filled again. An
empty file is the sign, because a file can be emptied on a disk on which none can be made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

SIZE: Final = 16 << 20
"""Bytes of the reserve: more than a write-ahead log of each database before it is copied back."""

NAME: Final = "ledger.reserve"

_LEAST: Final = 1 << 20
"""Bytes of free disk below which the ledger may fail at any moment."""
_SHARE: Final = 8
"""On a small disk, the reserve is one part in so many."""


class Reserve:
    """The reserve of one storage directory. Only one process at a time may secure or release it.

    Parameters
    ----------
    directory
        The storage directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory, self._path = directory, directory / NAME

    @property
    def is_released(self) -> bool:
        """Whether the disk was found full, and nothing may be accepted."""
        try:
            return self._path.stat().st_size == 0
        except OSError:
            return False

    def secure(self) -> bool:
        """Fill the reserve if there is room for twice of it; tell whether it is filled."""
        try:
            size, free = self._sizes()
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return False
        try:
            if os.fstat(descriptor).st_size:
                return True
            if free < 2 * size:
                return False
            return self._fill(descriptor, size)
        finally:
            os.close(descriptor)

    def release_if_full(self) -> bool:
        """Empty the reserve when the disk is full; tell whether it was emptied now."""
        try:
            size, free = self._sizes()
            if free >= min(_LEAST, size) or self.is_released:
                return False
            os.truncate(self._path, 0)
        except OSError:
            return False
        return True

    def _sizes(self) -> tuple[int, int]:
        system = os.statvfs(self._directory)
        total, free = system.f_blocks * system.f_frsize, system.f_bavail * system.f_frsize
        return max(min(SIZE, total // _SHARE), 1), free

    @staticmethod
    def _fill(descriptor: int, size: int) -> bool:
        try:
            os.posix_fallocate(descriptor, 0, size)
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
            return False
        return True
