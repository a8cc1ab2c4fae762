"""The supervisor's watch over its processes, and the service manager's over the supervisor."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog

from gateway.operate.supervision.child import Child
from gateway.operate.supervision.notify import notify

_log = structlog.get_logger()

_LOOKS: Final = 10
"""During one timeout."""
_SECONDS_BETWEEN: Final = 1.0
"""Looks are not further apart."""


def watchdog_seconds(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return after how long the service manager wants to hear from this process (sd_watchdog_enabled(3))."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    with suppress(ValueError):
        if (microseconds := int(environment.get("WATCHDOG_USEC", ""))) > 0:
            return microseconds / 1e6
    return None


class Watch:
    """Kills the processes that show no life; whoever lost one starts it anew.

    Parameters
    ----------
    children
        Everyone.
    timeout
        Seconds of silence.
    now
        On the monotonic clock.
    looked
        Called at every look.
    watchdog
        Seconds after which the service manager restarts a silent supervisor; None if it does not.
    """

    def __init__(
        self,
        children: Sequence[Child],
        timeout: float,
        now: float,
        looked: Callable[[], None] = lambda: None,
        watchdog: float | None = None,
    ) -> None:
        self._children, self._timeout, self._looked = children, timeout, looked
        self._is_guarded = watchdog is not None
        self._step = min(timeout / _LOOKS, _SECONDS_BETWEEN, (watchdog or timeout) / 4)
        self._last, self.deadline = now, now
        """When `attend` has something to do, on the monotonic clock."""

    def attend(self, now: float, *, strict: bool = True) -> None:
        """Look after everyone if it is time to.

        Parameters
        ----------
        now
            On the monotonic clock.
        strict
            Whether to kill who is silent: not any more when all are asked to stop.
        """
        if now < self.deadline:
            return
        # a supervisor that was itself stopped for a while has seen nobody silent
        elapsed = min(now - self._last, 2 * self._step)
        self._last, self.deadline = now, now + self._step
        for child in self._children:
            child.look(elapsed)
            if strict and child.silence >= self._timeout and not child.is_given_up:
                _log.error("process_silent", child=child.role.name, seconds=round(child.silence, 1))
                child.give_up()
        self._looked()
        if self._is_guarded:
            notify("WATCHDOG=1")
