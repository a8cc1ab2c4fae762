"""The process that sends to the destinations."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from gateway.operate.supervision import entry
from gateway.operate.supervision.control import Channel, Ready, Tether
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.heartbeat import Heart
from gateway.operate.wiring import composition
from gateway.settings import Settings

_THREADS: Final = "forward-"
"""What the names of the forwarder's threads begin with."""


def main(tether: Tether, settings: Settings, _lock: Descriptor) -> None:
    """Forward until the supervisor asks to stop."""

    def body(channel: Channel, heart: Heart) -> None:
        stop = threading.Event()
        forwarder = composition.forwarder(settings)
        entry.when_stopped(channel, stop.set)
        heart.check(_none_lost(stop))
        channel.send(Ready())
        forwarder.run(stop)

    entry.run("forwarder", settings, tether, body)


def _none_lost(stop: threading.Event) -> Callable[[], bool]:
    """Return what tells whether no thread has ended: each has a destination that nobody else serves.

    What a thread does may take as long as the destination is let take; each wait has its own end.
    """
    seen: set[str] = set()

    def is_well() -> bool:
        alive = {thread.name for thread in threading.enumerate() if thread.name.startswith(_THREADS)}
        seen.update(alive)
        return stop.is_set() or alive == seen

    return is_well
