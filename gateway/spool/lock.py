"""One gateway to a storage directory."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from gateway.errors import StorageError


class DirectoryLock:
    """An exclusive flock on ``<directory>/lock``, held until it is released.

    A forked process holds it too: as long as one is left, no other gateway starts.

    Raises
    ------
    StorageError
        Another gateway uses the directory, or the file cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        try:
            self._descriptor = os.open(
                directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, "unknown error")
            raise StorageError(f"the storage directory cannot be locked: {name}") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise StorageError("another gateway uses this storage directory") from None

    def release(self) -> None:
        """Let another gateway use the directory."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> DirectoryLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
