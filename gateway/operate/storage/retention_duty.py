"""The steward's duty to remove the files of what was delivered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from gateway.ledger.client import LedgerClient
from gateway.ledger.message import Ledger
from gateway.ledger.retention_message import NoteTime
from gateway.ledger.retention_reader import RetentionReader
from gateway.operate.storage.storage_watch import StorageWatch
from gateway.operate.supervision.duty import Duty
from gateway.settings import Settings
from gateway.spool import spool as files
from gateway.spool.retention import Retention, Spool, Term

_log = structlog.get_logger()

_LOOK_S: Final = 60.0
"""Between looks at the clock and the disk."""
_MORE_S: Final = 1.0
"""Between turns while there is more to do: the ledger has others to serve."""
_ROUND_S: Final = 3600.0
"""Between the beginnings of two rounds through all files, unless `_REST` lets it be less."""
_REST: Final = 20.0
"""Between two rounds, so many times as long as the last one took, but not more than `_ROUND_S`."""


def boot_time() -> float:
    """Return seconds that only grow, also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class RetentionDuty:
    """Removes files by age, and for room where the settings ask for it.

    Parameters
    ----------
    longest
        Seconds of the longest finite term of any project.
    prune_when_full
        Whether delivered files may go before their time.
    clock
        Seconds that only grow.
    """

    name = "retention"

    def __init__(
        self,
        retention: Retention,
        spool: Spool,
        ledger: Ledger,
        *,
        longest: float,
        prune_when_full: bool,
        clock: Callable[[], float] = boot_time,
    ) -> None:
        self._retention, self._spool, self._ledger = retention, spool, ledger
        self._longest, self._prune_when_full, self._clock = longest, prune_when_full, clock
        self._noted: float | None = None
        self._round_from: float | None = None
        self._next_round = float("-inf")

    def perform(self, stop: threading.Event) -> float:
        """Do one turn; return the seconds until the next.

        Raises
        ------
        StorageError
            Ledger or spool cannot be read or written.
        """
        trusted = self._note_time()
        in_need, settled = 0, True
        if self._prune_when_full and self._spool.is_low:
            in_need, settled = self._retention.make_room(time.time(), stop.is_set)
        by_age, over = self._remove_old(trusted, stop)
        if in_need or by_age:
            _log.info("files_removed", count=by_age + in_need, reason="room" if in_need else "age")
        return _LOOK_S if settled and over else _MORE_S

    def _note_time(self) -> float:
        """Return the time up to which files may have become old; 0.0 while the clock is not trusted."""
        before, self._noted = self._noted, self._clock()
        elapsed = None if before is None else self._noted - before
        try:
            return self._ledger.call(NoteTime(elapsed, self._longest))
        except BaseException:
            # It is not known whether it was noted: the next one is like the first.
            self._noted = None
            raise

    def _remove_old(self, trusted: float, stop: threading.Event) -> tuple[int, bool]:
        now = self._clock()
        if not trusted or now < self._next_round:
            return 0, True
        if self._round_from is None:
            self._round_from = now
        removed, over = self._retention.remove_old(trusted, stop.is_set)
        if over:
            took, self._round_from = self._clock() - self._round_from, None
            self._next_round = now + min(_REST * took, _ROUND_S)
        return removed, over


def storage_duties(settings: Settings, spool: files.Spool, ledger: LedgerClient) -> list[Duty]:
    """Return retention as the settings ask for it, and what watches the disk."""
    storage = settings.storage
    terms = [
        Term(project.name, project.keep_seconds, forwards=bool(project.destinations))
        for project in settings.project
    ]
    databases = [storage.directory / name for name in ("ledger.sqlite", "linkage.sqlite")]
    retention = RetentionDuty(
        Retention(spool, ledger, RetentionReader(databases[0]), terms),
        spool,
        ledger,
        longest=max((term.keep for term in terms if term.keep is not None), default=0.0),
        prune_when_full=storage.prune_when_full,
    )
    return [retention, StorageWatch(spool, databases)]
