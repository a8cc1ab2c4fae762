"""A process that serves associations; there are several."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from typing import Final

from gateway.association.accepted_socket import AcceptedSocket
from gateway.linkage.key import Keys
from gateway.operate.pixels.death import Deaths
from gateway.operate.supervision import entry
from gateway.operate.supervision.control import Acquitted, Channel, Connection, Ended, Ready, Stop, Tether
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.heartbeat import Heart, Loop
from gateway.operate.supervision.process import limit_memory, stack_bytes
from gateway.operate.supervision.suspect import Board
from gateway.operate.supervision.suspect_caution import Caution
from gateway.operate.wiring import composition
from gateway.receive.server import ReceiverServer
from gateway.settings import Settings

_MIB: Final = 1 << 20
_COPIES: Final = 3
"""Of an instance, at most: as received, cleaned, and encoded anew."""
_THREADS: Final = 3
"""Of an association: upper layer, services, and the reception of one instance."""


def main(
    tether: Tether,
    settings: Settings,
    _lock: Descriptor,
    keys: Keys,
    counters: Descriptor,
    board: Board,
    number: int,
    deaths: Deaths,
) -> None:
    """Serve the connections that the supervisor passes on, until it asks to stop.

    Parameters
    ----------
    keys
        As the start found them to be those of this store.
    counters
        Memory that all receivers share, for their byte budget.
    board
        What must be handled with care; shared with all receivers and the supervisor.
    number
        Which of the receivers this is, from 0.
    deaths
        How pixel workers died.
    """

    def body(channel: Channel, heart: Heart) -> None:
        caution = Caution(board, number, lambda digest: _say(channel, Acquitted(digest)))
        server = composition.receiver(settings, keys, counters, number, caution, deaths)
        heart.check(lambda: not server.is_stuck)
        # What is there now stays: the collector need not look through it once for each large instance.
        gc.collect()
        gc.freeze()
        limit_memory(_memory(settings))
        channel.send(Ready())
        server.stop(_serve(server, channel, heart.loop()))

    entry.run(f"receiver-{number}", settings, tether, body)


def _memory(settings: Settings) -> int:
    """Return the bytes that serving takes at most: instances with their copies, stacks of threads."""
    associations = 2 * settings.server.max_associations
    return _COPIES * settings.storage.memory_mib * _MIB + associations * _THREADS * stack_bytes()


def _serve(server: ReceiverServer, channel: Channel, loop: Loop) -> float:
    """Take connections until the supervisor asks to stop; return the seconds of grace."""
    while (received := channel.receive()) is not None:
        message, descriptor = received
        if isinstance(message, Stop):
            return message.grace
        if isinstance(message, Connection):
            with loop:
                _take(server, channel, message, descriptor)
    return 0.0


def _say(channel: Channel, message: Acquitted | Ended) -> None:
    with suppress(OSError):  # the supervisor is gone; so is this process, in a moment
        channel.send(message)


def _take(server: ReceiverServer, channel: Channel, connection: Connection, descriptor: int | None) -> None:
    def closed() -> None:
        _say(channel, Ended(connection.number))

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
    server.handle(accepted, (connection.host, connection.port), secure=connection.secure)
