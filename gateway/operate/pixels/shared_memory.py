"""Pixels on their way between two processes: in memory that has no name (memfd_create(2)), never on a disk.

The size is sealed (F_ADD_SEALS, fcntl(2)) before the other side maps it: memory that shrinks would end
whoever reads it with SIGBUS.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

from gateway.deidentify.pixel.message import Coded

_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
_FINAL: Final = _SEALS | fcntl.F_SEAL_WRITE
_MOST_BUFFERS: Final = 512
"""Of one writev(2); the system allows 1024."""


class Unsound(ValueError):
    """Memory from another process is not what was agreed."""


def written(frames: Sequence[Coded], *, final: bool) -> int:
    """Copy frames into new memory, one after the other; return its descriptor.

    Parameters
    ----------
    final
        Nobody can write to it any more, this process neither.

    Raises
    ------
    OSError
        There is no memory, or it is more than RLIMIT_FSIZE allows.
    """
    descriptor = os.memfd_create("gateway-pixels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        for start in range(0, len(frames), _MOST_BUFFERS):
            _write(descriptor, [memoryview(one).cast("B") for one in frames[start : start + _MOST_BUFFERS]])
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _FINAL if final else _SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _write(descriptor: int, buffers: list[memoryview]) -> None:
    buffers = [buffer for buffer in buffers if buffer.nbytes]
    while buffers:
        count = os.writev(descriptor, buffers)
        while buffers and count >= buffers[0].nbytes:
            count -= buffers.pop(0).nbytes
        if count:
            buffers[0] = buffers[0][count:]


def mapped(descriptor: int, lengths: Sequence[int], *, writable: bool = False) -> mmap.mmap:
    """Map what another process sent; it stays mapped as long as a view of it is used.

    Parameters
    ----------
    lengths
        Of the frames in it.
    writable
        What is written there is seen by the other process.

    Raises
    ------
    Unsound
        Its size is another, or can still be changed; or nothing is in it.
    OSError
        It cannot be mapped.
    """
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    except OSError:
        raise Unsound("not sealed memory") from None
    size = os.fstat(descriptor).st_size
    if seals & _SEALS != _SEALS or size != sum(lengths) or not size or min(lengths) < 0:
        raise Unsound("not the memory that was announced")
    if writable:
        return mmap.mmap(descriptor, size, mmap.MAP_SHARED)
    # private: before Linux 6.7 what is sealed against writing cannot be shared, even to be read
    return mmap.mmap(descriptor, size, mmap.MAP_PRIVATE, mmap.PROT_READ)


def frames_of(memory: mmap.mmap, lengths: Sequence[int]) -> Iterator[memoryview]:
    """Yield each frame, not copied."""
    view = memoryview(memory)
    for start, end in pairwise(accumulate(lengths, initial=0)):
        yield view[start:end]
