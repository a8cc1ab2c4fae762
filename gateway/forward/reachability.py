"""Whether a destination takes anything at the moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gateway.forward.retry import Backoff


class Reachability:
    """What the associations of one destination know of it together.

    A destination that cannot be reached is left alone as a whole: its instances do not each count
    the failure. One that only refuses a second association is not unreachable.

    Parameters
    ----------
    backoff
        Delays between attempts to reach it.
    jitter
        Returns fractions from 0 to 1.
    """

    def __init__(self, backoff: Backoff, jitter: Callable[[], float]) -> None:
        self._backoff, self._jitter = backoff, jitter
        self._lock = threading.Lock()
        self.opening = threading.Lock()
        """Held while an association is being opened: who opens next knows whether one is open."""
        self._open = self._failures = 0
        self._resume_at = 0.0

    @property
    def resume_at(self) -> float:
        """When it may be tried again, on the monotonic clock; long past if it never failed."""
        return self._resume_at

    @property
    def resting(self) -> bool:
        """Whether it is being left alone."""
        return time.monotonic() < self._resume_at

    @property
    def associations(self) -> int:
        """How many associations are open."""
        return self._open

    def opened(self) -> None:
        """Note that an association was established."""
        with self._lock:
            self._open += 1

    def closed(self) -> None:
        """Note that an association ended."""
        with self._lock:
            self._open -= 1

    def answered(self) -> None:
        """Note that it took or judged an instance: the next failure is a first one."""
        with self._lock:
            self._failures = 0

    def failed(self) -> int:
        """Note that it could not be reached or takes nothing, and leave it alone for a while.

        Returns
        -------
        int
            Failures in a row; 0 if it is being left alone already, because then this one belongs
            to the failure before.
        """
        with self._lock:
            now = time.monotonic()
            if now < self._resume_at:
                return 0
            self._failures += 1
            self._resume_at = now + self._backoff.delay(self._failures, self._jitter())
            return self._failures
