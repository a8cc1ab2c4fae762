"""A process that serves associations; there are several."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from gateway.linkage.key import Keys
from gateway.operate import composition, entry
from gateway.operate.control import Channel, Connection, Ended, Ready, Stop
from gateway.operate.descriptor import Descriptor
from gateway.receive.server import ReceiverServer
from gateway.settings import Settings


class AcceptedSocket(socket.socket):
    """A connection that says when it is closed, whoever closes it, and why ever.

    Parameters
    ----------
    descriptor
        Of the accepted connection; it becomes this object's own.
    closed
        Called once.
    """

    def __init__(self, descriptor: int, closed: Callable[[], None]) -> None:
        super().__init__(fileno=descriptor)
        self._when_closed: Callable[[], None] | None = closed

    def close(self) -> None:
        """Close the connection."""
        super().close()
        closed, self._when_closed = self._when_closed, None
        if closed is not None:
            closed()


def main(
    sock: socket.socket,
    settings: Settings,
    _lock: Descriptor,
    keys: Keys,
    counters: Descriptor,
    number: int,
) -> None:
    """Serve the connections that the supervisor passes on, until it asks to stop.

    Parameters
    ----------
    keys
        As the start found them to be those of this store.
    counters
        Memory that all receivers share, for their byte budget.
    number
        Which of the receivers this is, from 0.
    """

    def body(channel: Channel) -> None:
        server = composition.receiver(settings, keys, counters, number)
        channel.send(Ready())
        server.stop(_serve(server, channel))

    entry.run(f"receiver-{number}", settings, sock, body)


def _serve(server: ReceiverServer, channel: Channel) -> float:
    """Take connections until the supervisor asks to stop; return the seconds of grace."""
    while (received := channel.receive()) is not None:
        message, descriptor = received
        if isinstance(message, Stop):
            return message.grace
        if isinstance(message, Connection):
            _take(server, channel, message, descriptor)
    return 0.0


def _take(server: ReceiverServer, channel: Channel, connection: Connection, descriptor: int | None) -> None:
    def closed() -> None:
        try:
            channel.send(Ended(connection.number))
        except OSError:
            return  # the supervisor is gone; so is this process, in a moment

    if descriptor is None:  # lost on the way: this process has no room for another
        closed()
        return
    try:
        accepted = AcceptedSocket(descriptor, closed)
    except OSError:
        os.close(descriptor)
        closed()
        return
    accepted.settimeout(None)
    server.handle(accepted, (connection.host, connection.port))
