"""Tells a forwarder that there may be something to forward."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from gateway.errors import LedgerUnavailable
from gateway.ledger.connection import Connection
from gateway.ledger.message import Subscribe

_RETRY_SECONDS: Final = (0.05, 0.2, 1.0, 5.0)
_SUBSCRIBE_SECONDS: Final = 20.0


class Doorbell:
    """Keeps one subscription alive in a thread of its own.

    Attributes
    ----------
    event
        Set at each ring, and whenever the subscription was lost or renewed: a ring may have
        been missed in between.
    """

    def __init__(self, socket_path: Path) -> None:
        self.event = threading.Event()
        self._socket_path = socket_path
        self._changed = threading.Condition()
        self._lost = False
        self._stopping = False
        self._thread = threading.Thread(target=self._keep, name="ledger-doorbell", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the subscription and wait for its thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    def _keep(self) -> None:
        failures = 0
        while not self._stopping:
            with self._changed:
                self._lost = False
            try:
                connection = Connection(self._socket_path, self.event.set, self._lose)
            except LedgerUnavailable:
                failures += 1
            else:
                failures = 0 if self._subscribed(connection) else failures + 1
            self.event.set()
            self._pause(failures)

    def _subscribed(self, connection: Connection) -> bool:
        try:
            connection.request(Subscribe(), _SUBSCRIBE_SECONDS)
        except LedgerUnavailable:
            return False
        else:
            self.event.set()
            with self._changed:
                self._changed.wait_for(lambda: self._lost or self._stopping)
            return True
        finally:
            connection.close()

    def _lose(self) -> None:
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _pause(self, failures: int) -> None:
        if failures == 0:
            return
        seconds = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS)) - 1]
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, seconds)
