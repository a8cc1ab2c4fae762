"""Queues between the two threads of an association that wake the one that waits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Final

from pynetdicom.pdu_primitives import P_DATA

from gateway.association.byte_stream import Doorbell

_MOST_UNSENT: Final = 32
_LOOK_AGAIN_AFTER: Final = 0.1


class IncomingQueue(queue.Queue[Any]):
    """What arrived for the association's thread.

    Parameters
    ----------
    work
        Set with every item.
    """

    def __init__(self, work: threading.Event) -> None:
        super().__init__()
        self._work = work

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add an item."""
        super().put(item, block, timeout)
        self._work.set()


class OutgoingQueue(queue.Queue[Any]):
    """What the association's thread wants sent.

    It holds few data PDUs: who sends more waits for a slow peer, instead of filling memory.

    Parameters
    ----------
    bell
        Rung with every item.
    is_read
        Whether there is a thread that empties the queue.
    """

    def __init__(self, bell: Doorbell, is_read: Callable[[], bool]) -> None:
        super().__init__()
        self._bell, self._is_read = bell, is_read
        self._has_room = threading.Event()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add an item; of data, once there is room or nobody is left to send it."""
        while isinstance(item, P_DATA) and self.qsize() >= _MOST_UNSENT and self._is_read():
            self._has_room.clear()
            self._has_room.wait(_LOOK_AGAIN_AFTER)
        super().put(item, block, timeout)
        self._bell.ring()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an item."""
        item = super().get(block, timeout)
        self._has_room.set()
        return item
