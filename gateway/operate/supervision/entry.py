"""The first and the last thing that every process of the gateway does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

import structlog

from gateway.operate import log
from gateway.operate.supervision.control import Channel, Stop, Tether
from gateway.operate.supervision.heartbeat import Heart
from gateway.operate.supervision.process import become_child
from gateway.settings import Settings

_FAILED: Final = 70


def run(
    name: str,
    settings: Settings,
    tether: Tether,
    body: Callable[[Channel, Heart], None],
    confine: Callable[[], object] = lambda: None,
) -> None:
    """Run `body` as a process of its own, and end that process.

    The end is immediate: by then everything that matters is done, and a thread that hangs in a
    library must not keep the process.

    Parameters
    ----------
    name
        Of the process, in the log.
    tether
        To the supervisor.
    body
        Says Ready on the channel, and returns when it was asked to stop. It tells the heart what
        has to be well while the process is of any use.
    confine
        Called before there is a second thread, and after the log is open.
    """
    code = 0
    try:
        become_child(name)
        log.configure(name, settings.log.level, settings.log.file)
        confine()
        heart = Heart(tether.pulse)
        heart.start()
        body(Channel(tether.sock), heart)
    except Exception as error:  # noqa: BLE001 - the process' boundary; a traceback could quote a value
        structlog.get_logger().error("process_failed", exc_info=error)
        code = _FAILED
    os._exit(code)


def stop_asked(channel: Channel) -> float:
    """Wait until the supervisor asks to stop, or is gone; return the seconds of grace."""
    while (received := channel.receive()) is not None:
        message, descriptor = received
        if descriptor is not None:
            os.close(descriptor)
        if isinstance(message, Stop):
            return message.grace
    return 0.0


def when_stopped(channel: Channel, stop: Callable[[], None]) -> None:
    """Call `stop` in a thread of its own as soon as the process is to end."""

    def watch() -> None:
        stop_asked(channel)
        stop()

    threading.Thread(target=watch, name="stop", daemon=True).start()
