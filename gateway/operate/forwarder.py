"""The process that sends to the destinations."""

from __future__ import annotations

import socket
import threading

from gateway.operate import composition, entry
from gateway.operate.control import Channel, Ready
from gateway.operate.descriptor import Descriptor
from gateway.settings import Settings


def main(sock: socket.socket, settings: Settings, _lock: Descriptor) -> None:
    """Forward until the supervisor asks to stop."""

    def body(channel: Channel) -> None:
        stop = threading.Event()
        forwarder = composition.forwarder(settings)
        entry.when_stopped(channel, stop.set)
        channel.send(Ready())
        forwarder.run(stop)

    entry.run("forwarder", settings, sock, body)
