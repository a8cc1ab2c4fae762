"""The time that a peer waits for an answer, and the threads that work against it.

A sync, a commit or a decoder may hang for longer than a sender waits. So an instance is received
by a thread of its own, and the association's thread gives the answer in time, whatever that
thread is doing. What then comes too late must leave nothing behind: `Deadline` decides, once and
for both threads, whether it still counts.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from gateway.errors import DeadlinePassed

_COMMIT_S: Final = 1.0
"""What the answer waits for a commit that was asked for in time; the ledger refuses it by then."""
_LONGEST_WAIT_S: Final = 3600.0
_LOOK_AGAIN_S: Final = 1.0
"""While a clock stands still: when it goes on is not known before."""


class Deadline:
    """The moment until which a request must be answered.

    Parameters
    ----------
    at
        Seconds of the monotonic clock, which all processes share; infinity for never.
    """

    def __init__(self, at: float = math.inf) -> None:
        self.at = at
        self._lock = threading.Lock()
        self._is_expired = self._is_handed_over = self._is_standing = False

    @property
    def remaining(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether it is too late."""
        return self._is_expired or time.monotonic() >= self.at

    def check(self) -> None:
        """Go on only while there is time.

        Raises
        ------
        DeadlinePassed
            The answer was given, or will be in a moment.
        """
        if self.passed:
            raise DeadlinePassed("not done in time")

    @contextmanager
    def standing(self, longest: float) -> Iterator[None]:
        """Let the clock stand still in the block, but not for longer than `longest` seconds.

        For work whose own limits end it: its time is as long as it takes, and nobody else's.
        """
        began = time.monotonic()
        with self._lock:
            self.at += longest
            self._is_standing = True
        try:
            yield
        finally:
            with self._lock:
                self.at -= max(0.0, longest - (time.monotonic() - began))
                self._is_standing = False

    def hand_over(self) -> None:
        """Pass the point of no return: from here on only the ledger decides what is kept.

        Raises
        ------
        DeadlinePassed
            The answer was given, or will be in a moment: nothing may be kept.
        """
        with self._lock:
            self.check()
            self._is_handed_over = True

    def expire(self) -> bool:
        """Answer now; tell whether that is sure to keep everything out.

        It is not after `hand_over`: the ledger may have begun to commit.
        """
        with self._lock:
            self._is_expired = True
            return not self._is_handed_over

    @property
    def patience(self) -> float:
        """Seconds that an answer may still wait for what is being done."""
        extra = _COMMIT_S if self._is_handed_over else 0.0
        longest = _LOOK_AGAIN_S if self._is_standing else _LONGEST_WAIT_S
        return min(max(0.0, self.at + extra - time.monotonic()), longest)


_current: ContextVar[Deadline] = ContextVar("deadline")


def current() -> Deadline:
    """Return the deadline of what this thread works on; never, where nobody waits."""
    return _current.get(None) or Deadline()


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Make `deadline` the one of what this thread works on in the block."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)
