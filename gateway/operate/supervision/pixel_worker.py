"""A process that examines pixels; there are several, and they hold nothing that lasts."""

from __future__ import annotations

import socket

import structlog

from gateway.errors import SettingsError
from gateway.operate.pixels import worker
from gateway.operate.pixels.confinement import confine
from gateway.operate.pixels.engine import load, settled
from gateway.operate.supervision import entry
from gateway.operate.supervision.control import Channel, Ready, Tether
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.heartbeat import Heart
from gateway.settings import Settings


def main(tether: Tether, settings: Settings, _lock: Descriptor, listener: socket.socket, number: int) -> None:
    """Examine what receivers ask for, until the supervisor asks to stop.

    Parameters
    ----------
    listener
        The socket of all pixel workers.
    number
        Which of them this is, from 0.
    """
    pixels = settings.pixels
    log = structlog.get_logger()

    def body(channel: Channel, _: Heart) -> None:
        try:
            loaded = settled(load, pixels)
        except SettingsError as error:
            log.error("pixel_engine_missing", detail=str(error))
            raise
        log.info("pixel_engines", detail=", ".join(loaded.names) or "none: masking")
        channel.send(Ready())
        worker.serve(worker.Place(number, listener, pixels.timeout_s), loaded.examination, channel)

    def confined() -> None:
        if not confine(pixels.private_tmpfs):
            log.warning("pixels_not_confined")

    entry.run(f"pixels-{number}", settings, tether, body, confined)
