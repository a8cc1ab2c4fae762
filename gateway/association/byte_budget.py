"""How many bytes of instances all receivers together may hold in memory."""

from __future__ import annotations

import mmap
import threading
from typing import Final

_COUNTER_BYTES: Final = 8


class ByteBudget:
    """Bytes in flight, summed over processes without a lock between them.

    Each process writes a counter of its own and reads the others'. A process that is killed
    takes no lock with it, and whoever starts in its place gives its bytes back by `clear`. Two
    processes that reserve in the same instant may overshoot by what they reserve.

    Parameters
    ----------
    limit
        Bytes that may be reserved at a time, all processes together.
    counters
        Memory that the processes share: 8 bytes per process, zero at first. None for a
        process alone.
    process
        Which of the counters is this process' own.
    """

    def __init__(self, limit: int, counters: mmap.mmap | bytearray | None = None, process: int = 0) -> None:
        self.limit = limit
        self._counters = memoryview(bytearray(_COUNTER_BYTES) if counters is None else counters).cast("q")
        self._process = process
        self._lock = threading.Lock()

    @property
    def reserved(self) -> int:
        """Bytes reserved now by all processes."""
        return sum(self._counters)

    def reserve(self, count: int) -> bool:
        """Take `count` bytes, or none and say False."""
        with self._lock:
            if self.reserved + count > self.limit:
                return False
            self._counters[self._process] += count
            return True

    def release(self, count: int) -> None:
        """Give `count` bytes back."""
        with self._lock:
            self._counters[self._process] -= count

    def clear(self) -> None:
        """Give back everything this process ever took; for its start."""
        with self._lock:
            self._counters[self._process] = 0
