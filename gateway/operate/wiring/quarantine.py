"""The quarantine of a storage directory, put together; and what the steward does about it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

import structlog

from gateway.ledger.client import LedgerClient
from gateway.ledger.message import CloseQuarantined, Ledger, QuarantineState
from gateway.ledger.quarantine_reader import QuarantineReader
from gateway.linkage.key import Keys
from gateway.linkage.seal import key_id_of
from gateway.receive.quarantine import Isolation
from gateway.settings import Settings
from gateway.spool.quarantine import PURPOSE, Quarantine, QuarantineFiles
from gateway.spool.sealed_file import FileSealer

_GIB: Final = 1 << 30
_DAY_S: Final = 86_400.0
_PAUSE_S: Final = 600.0
"""Between looks at what has become too old."""
_PAGE: Final = 200

_log = structlog.get_logger()


def quarantine(settings: Settings, sealing: bytes) -> Quarantine:
    """Return the sealed files, for the sealing key `sealing`."""
    storage = settings.storage
    sealer = FileSealer(key_id_of(sealing), sealing, PURPOSE)
    return Quarantine(storage.directory, sealer, min_free_bytes=int(storage.min_free_gib * _GIB))


def files(settings: Settings) -> QuarantineFiles:
    """Return the sealed files, for whoever need not open them."""
    return QuarantineFiles(settings.storage.directory)


def rows(settings: Settings) -> QuarantineReader:
    """Return what the ledger knows of the quarantine."""
    return QuarantineReader(settings.storage.directory / "ledger.sqlite")


def isolation(settings: Settings, keys: Keys, ledger: LedgerClient) -> Isolation | None:
    """Return what keeps refused instances; None when no project asks for it."""
    if not any(project.quarantine for project in settings.project):
        return None
    limit = int(settings.storage.quarantine_gib * _GIB)
    return Isolation(quarantine(settings, keys.sealing), rows(settings), ledger, limit)


def sweep(settings: Settings) -> None:
    """Remove sealed files without a row; only before any receiver runs.

    Raises
    ------
    StorageError
        The quarantine or the ledger cannot be read, or a file not be removed.
    """
    with closing(rows(settings)) as reader:
        swept = files(settings).sweep(reader.kept_files())
    if swept:
        _log.info("quarantine_swept", count=swept)


class Expiry:
    """Drops what is older than ``quarantine_days``: first the row, then the file.

    Parameters
    ----------
    days
        How long an instance stays.
    clock
        Seconds since the epoch.
    """

    name: Final = "quarantine"

    def __init__(
        self,
        files: QuarantineFiles,
        reader: QuarantineReader,
        ledger: Ledger,
        days: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._files, self._reader, self._ledger = files, reader, ledger
        self._days, self._clock = days, clock

    def perform(self, stop: threading.Event) -> float:
        """Drop what is too old; return the seconds until the next look.

        Raises
        ------
        StorageError
            The ledger does not answer, or a file cannot be removed.
        """
        before, count = self._clock() - self._days * _DAY_S, 0
        detail = {"days": f"{self._days:g}"}
        while not stop.is_set() and (page := self._reader.kept(limit=_PAGE, before=before)):
            for instance in page:
                expired = CloseQuarantined(instance.id, instance.file, QuarantineState.EXPIRED, detail)
                count += self._ledger.call(expired)
                self._files.remove(instance.file)
        if count:
            _log.info("quarantine_expired", count=count)
        return _PAUSE_S


def expiry(settings: Settings, ledger: LedgerClient) -> Expiry:
    """Return the duty of the steward."""
    return Expiry(files(settings), rows(settings), ledger, settings.storage.quarantine_days)
