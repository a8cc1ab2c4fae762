"""The process that looks after what is stored: what is due is done, one duty after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from gateway.errors import GatewayError
from gateway.linkage.key import Keys
from gateway.operate.supervision import entry
from gateway.operate.supervision.control import Channel, Ready, Tether
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.duty import Duty
from gateway.operate.supervision.heartbeat import Heart, Loop
from gateway.operate.wiring import composition
from gateway.settings import Settings

_log = structlog.get_logger()

_PAUSE_S: Final = 60.0
"""Between attempts at a duty that failed."""
_LONGEST_S: Final = 900.0
"""What a duty may take at a time before the process counts as hung."""


def main(tether: Tether, settings: Settings, _lock: Descriptor, keys: Keys) -> None:
    """Perform every duty in a thread of its own until the supervisor asks to stop."""

    def body(channel: Channel, heart: Heart) -> None:
        stop = threading.Event()
        duties = composition.duties(settings, keys)
        entry.when_stopped(channel, stop.set)
        channel.send(Ready())
        serve(duties, stop, lambda: heart.loop(_LONGEST_S))

    entry.run("steward", settings, tether, body)


def serve(duties: Sequence[Duty], stop: threading.Event, loop: Callable[[], Loop] = Loop) -> None:
    """Perform `duties` until `stop` is set; each is watched by a loop of its own."""
    threads = [
        threading.Thread(target=_repeat, args=(duty, stop, loop()), name=duty.name, daemon=True)
        for duty in duties
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join()


def _repeat(duty: Duty, stop: threading.Event, loop: Loop) -> None:
    pause = 0.0
    while not stop.wait(pause):
        try:
            with loop:
                pause = duty.perform(stop)
        except GatewayError as error:
            _log.warning("duty_postponed", duty=duty.name, error=type(error).__name__)
            pause = _PAUSE_S
        except Exception as error:  # noqa: BLE001 - worker loop: a duty is never given up
            _log.error("duty_failed", duty=duty.name, error=type(error).__name__)
            pause = _PAUSE_S
