"""How every other process asks the ledger writer to record something."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import msgspec

from gateway.errors import LedgerUnavailable
from gateway.ledger.connection import Connection
from gateway.ledger.doorbell import Doorbell
from gateway.ledger.message import Message, R


class LedgerClient:
    """A connection to the writer that many threads share and that comes back by itself.

    Make it after a fork, not before: threads do not survive one.

    Parameters
    ----------
    socket_path
        The writer's socket. Nothing is opened before the first call.
    """

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._doorbells: list[Doorbell] = []

    def call(self, message: Message[R], timeout: float = 20.0) -> R:
        """Have `message` committed; return its reply.

        Parameters
        ----------
        timeout
            Seconds to wait for the commit.

        Raises
        ------
        LedgerUnavailable
            It was not committed, or it is not known whether it was. Every message may be
            sent again.
        """
        value = self._connected().request(message, timeout)
        try:
            return cast("R", msgspec.msgpack.decode(value, type=message.reply))
        except msgspec.DecodeError:
            raise LedgerUnavailable("the ledger answered something unknown") from None

    def subscribe(self) -> threading.Event:
        """Return an event that is set when forward tasks may have been added or changed.

        It is also set when the writer was lost or came back, so whoever waits for it looks
        into the ledger anyway. The waiting thread clears it before it looks.
        """
        doorbell = Doorbell(self._socket_path)
        with self._lock:
            self._doorbells.append(doorbell)
        return doorbell.event

    def close(self) -> None:
        """Close the connection and stop all subscriptions."""
        with self._lock:
            connection, self._connection = self._connection, None
            doorbells, self._doorbells = self._doorbells, []
        if connection is not None:
            connection.close()
        for doorbell in doorbells:
            doorbell.close()

    def __enter__(self) -> LedgerClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None or self._connection.closed:
                self._connection = Connection(self._socket_path)
            return self._connection
