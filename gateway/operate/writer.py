"""The process that writes the ledger and the linkage store; nobody else does."""

from __future__ import annotations

import socket

from gateway.ledger.writer import Writer
from gateway.operate import composition, entry
from gateway.operate.control import Channel, Ready
from gateway.operate.descriptor import Descriptor
from gateway.settings import Settings


def main(sock: socket.socket, settings: Settings, _lock: Descriptor, listener: socket.socket) -> None:
    """Serve the ledger's socket until the supervisor asks to stop."""

    def body(channel: Channel) -> None:
        stores = composition.stores(settings)
        writer = Writer(listener, stores)
        entry.when_stopped(channel, writer.stop)
        channel.send(Ready())
        writer.run()
        for store in stores:
            store.close()

    entry.run("ledger", settings, sock, body)
