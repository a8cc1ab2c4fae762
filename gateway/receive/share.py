"""How much of a process one peer may have: the others are served whatever it sends."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from gateway.errors import OutOfResources

MOST_OF_ONE: Final = 4
"""Instances of one peer that a process works on at a time, late ones included."""
_LONGEST_WAIT_S: Final = 3600.0


class Shares:
    """Places for work, so many for each owner; who wants more waits for its own, in order.

    Parameters
    ----------
    most
        Places of one owner.
    """

    def __init__(self, most: int = MOST_OF_ONE) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._taken: dict[str, int] = {}
        self._waiting: dict[str, deque[threading.Lock]] = {}

    def take(self, owner: str, patience: float) -> None:
        """Take a place of an owner, `patience` seconds at the latest.

        Raises
        ------
        OutOfResources
            It has no place left.
        """
        with self._lock:
            taken = self._taken.get(owner, 0)
            if taken < self._most:
                self._taken[owner] = taken + 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.setdefault(owner, deque()).append(turn)
        if not turn.acquire(timeout=min(patience, _LONGEST_WAIT_S)):
            self._leave(owner, turn)

    def give_back(self, owner: str) -> None:
        """Give a place back; whoever of its owner waits longest has it from now on."""
        with self._lock:
            if waiting := self._waiting.get(owner):
                waiting.popleft().release()
                if not waiting:
                    del self._waiting[owner]
                return
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]

    def _leave(self, owner: str, turn: threading.Lock) -> None:
        """Wait no more, unless the place came in this instant."""
        with self._lock:
            waiting = self._waiting.get(owner)
            if waiting is None or turn not in waiting:
                return
            waiting.remove(turn)
            if not waiting:
                del self._waiting[owner]
        raise OutOfResources("too many instances of one peer in work")
