"""The process that writes the ledger and the linkage store; nobody else does."""

from __future__ import annotations

import socket

import structlog

from gateway.ledger.reserve import Reserve
from gateway.ledger.writer import Writer
from gateway.operate.supervision import entry
from gateway.operate.supervision.control import Channel, Ready, Tether
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.heartbeat import Heart
from gateway.operate.wiring import composition
from gateway.settings import Settings


def main(tether: Tether, settings: Settings, _lock: Descriptor, listener: socket.socket) -> None:
    """Serve the ledger's socket until the supervisor asks to stop."""

    def body(channel: Channel, heart: Heart) -> None:
        stores = composition.stores(settings)
        writer = Writer(
            listener, stores, heart.loop(), reserve=Reserve(settings.storage.directory), said=_say
        )
        entry.when_stopped(channel, writer.stop)
        channel.send(Ready())
        writer.run()
        for store in stores:
            store.close()

    entry.run("ledger", settings, tether, body)


def _say(failure: str) -> None:
    log = structlog.get_logger()
    if failure:
        log.error("ledger_failed", detail=failure)
    else:
        log.info("ledger_recovered")
