"""Writing so that it is on disk when the call returns, and saying why when it is not."""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.errors import OutOfResources, SyncFailed

_MOMENTARY: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EFBIG}
)
_VECTOR: Final = min(os.sysconf("SC_IOV_MAX"), 1024)


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Turn what the operating system reports into the gateway's errors, without a file name.

    Raises
    ------
    OutOfResources
        No space, quota, memory or descriptor at the moment.
    SyncFailed
        Anything else, such as EIO or a file system that became read-only.
    """
    try:
        yield
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "unknown error")
        if error.errno in _MOMENTARY:
            raise OutOfResources(f"spool: {name}") from None
        raise SyncFailed(f"spool: {name}") from None


def create(path: Path) -> int:
    """Return the descriptor of a new file that only its owner may read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path, flags, 0o600)


def write_all(descriptor: int, buffers: Iterable[bytes | memoryview]) -> int:
    """Write `buffers` one after the other without joining them; return the number of bytes."""
    waiting = deque(view for view in (memoryview(buffer).cast("B") for buffer in buffers) if view.nbytes)
    written = 0
    while waiting:
        count = os.writev(descriptor, [waiting[i] for i in range(min(len(waiting), _VECTOR))])
        written += count
        while waiting and count >= waiting[0].nbytes:
            count -= waiting.popleft().nbytes
        if count:
            waiting[0] = waiting[0][count:]
    return written


def sync_directory(directory: Path) -> None:
    """Sync the entries of `directory`."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
