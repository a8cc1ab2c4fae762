"""Records what became of tasks, beside the sending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.client import LedgerClient
from gateway.ledger.message import TaskOutcome

_AT_ONCE: Final = 8
"""Calls that wait for the ledger together, to share its commits."""
_MOST_WAITING: Final = 256
"""Outcomes that may be unrecorded before sending waits for the ledger."""
_PAUSE: Final = 1.0
"""Seconds between attempts while the ledger does not commit."""

_log = structlog.get_logger(__name__)


class Recorder:
    """Hands outcomes to the ledger while the next instances are being sent.

    An outcome that is lost with the process is found again as a task that is still waiting: its
    instance is sent once more, which the Storage Service allows.

    Parameters
    ----------
    stop
        Once set, what the ledger does not take at once is given up.
    """

    def __init__(self, ledger: LedgerClient, stop: threading.Event) -> None:
        self._ledger, self._stop = ledger, stop
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="forward-recorder")

    def record(self, outcome: TaskOutcome, then: Callable[[], None]) -> None:
        """Have `outcome` recorded, and `then` called afterwards; wait only while too many do.

        `then` is called from another thread, and not at all when the outcome is given up.
        """
        self._room.acquire()
        self._pool.submit(self._record, outcome, then)

    def close(self) -> None:
        """Return when everything was recorded, or given up because of `stop`."""
        self._pool.shutdown()

    def _record(self, outcome: TaskOutcome, then: Callable[[], None]) -> None:
        try:
            if self._call(outcome):
                then()
        finally:
            self._room.release()

    def _call(self, outcome: TaskOutcome) -> bool:
        while True:
            try:
                self._ledger.call(outcome)
            except LedgerUnavailable:
                if self._stop.wait(_PAUSE):
                    _log.warning("outcome_not_recorded", status=outcome.status)
                    return False
            else:
                return True
