"""How full the quarantine is, without reading every row at every refusal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from gateway.ledger.quarantine_reader import Occupied

_ANEW_S: Final = 10.0
"""Seconds after which all rows are read again: meanwhile what was released or dropped still counts."""
_REST: Final = 50.0
"""Between two readings of all rows, at least so many times as long as the last one took."""


class Rows(Protocol):
    """What the ledger knows of the quarantine, as far as it is summed up."""

    def occupied(self, after: int = 0) -> Occupied:
        """Return what is kept in rows with an id above this one."""


class Occupancy:
    """A running sum of the bytes that the quarantine takes, for any number of threads.

    Rows that any process added are seen at once. Who sends what is refused, again and again, must
    not have all rows read each time, least of all when the quarantine is full.

    Parameters
    ----------
    clock
        Seconds that only grow.
    """

    def __init__(self, rows: Rows, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows, self._clock = rows, clock
        self._lock = threading.Lock()
        self._bytes = self._last = 0
        self._anew_at = float("-inf")

    def bytes(self) -> int:
        """Return what is taken now.

        Raises
        ------
        LedgerUnavailable
            The ledger cannot be read.
        """
        with self._lock:
            began = self._clock()
            is_anew = began >= self._anew_at
            found = self._rows.occupied(0 if is_anew else self._last)
            if is_anew:
                now = self._clock()
                self._bytes, self._last = 0, 0
                self._anew_at = now + max(_ANEW_S, _REST * (now - began))
            self._bytes += found.bytes
            self._last = max(self._last, found.last)
            return self._bytes
