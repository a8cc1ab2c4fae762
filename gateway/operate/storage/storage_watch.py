"""The steward's duty to say in the log what an operator should see before it hurts."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog

from gateway.ledger.health import LARGE_LOG, log_bytes

_log = structlog.get_logger()

_LOOK_S: Final = 30.0
_REPEAT: Final = 120
"""Looks after which it is said again."""


class Spool(Protocol):
    """Where instances are kept."""

    @property
    def is_low(self) -> bool:
        """Whether nothing is accepted because of the disk."""


class StorageWatch:
    """Says when the disk is too full to accept anything, and when a write-ahead log grows.

    Parameters
    ----------
    databases
        The database files.
    """

    name = "storage watch"

    def __init__(self, spool: Spool, databases: Sequence[Path]) -> None:
        self._spool, self._databases = spool, tuple(databases)
        self._said: dict[str, int] = {}

    def perform(self, _stop: threading.Event) -> float:
        """Look; return the seconds until the next look.

        Raises
        ------
        StorageError
            The file system does not tell.
        """
        self._tell("disk", "disk_low", "disk_sufficient", is_so=self._spool.is_low)
        for database in self._databases:
            large = log_bytes(database) > LARGE_LOG
            self._tell(database.name, "database_log_large", "database_log_small", is_so=large)
        return _LOOK_S

    def _tell(self, what: str, begun: str, over: str, *, is_so: bool) -> None:
        """Say that something began, again after a while, and that it is over."""
        looks = self._said.pop(what, 0)
        if is_so:
            self._said[what] = looks + 1
            if looks % _REPEAT == 0:
                _log.warning(begun, detail=what)
        elif looks:
            _log.info(over, detail=what)
