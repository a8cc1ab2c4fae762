"""A backup that loses nothing when it is restored: in which order, and why.

1. The ledger. What it does not know yet is in the spool, and is indexed at the start.
2. The spool and the quarantine. Every file that the copied ledger names is there, but for those
   that retention has removed since.
3. The linkage store, last: what links an instance is committed before the instance has its name,
   so every instance that was copied can be found in it.

Keys never change. They go to another place, or whoever finds the backup can open it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from gateway.errors import OutOfResources, StorageError
from gateway.ledger.backup import copy_database
from gateway.ledger.message import RecordAudit
from gateway.operate.wiring import composition
from gateway.operate.wiring.ledger_access import ledger
from gateway.settings import Settings
from gateway.spool.replica import replicate

_QUARANTINE: Final = "quarantine"


class Backup(msgspec.Struct, frozen=True):
    """What was copied.

    Parameters
    ----------
    ledger_bytes, linkage_bytes
        Of the copies of the databases.
    files, files_bytes
        Copied now.
    present
        Files that an earlier backup had copied.
    keys
        Key files that were copied.
    """

    ledger_bytes: int
    linkage_bytes: int
    files: int
    files_bytes: int
    present: int
    keys: int


def back_up(settings: Settings, target: Path, keys: Path | None = None) -> Backup:
    """Copy a storage directory, whether a gateway runs on it or not.

    Parameters
    ----------
    target
        Made when it is not there; what an earlier backup has there is completed.
    keys
        Where key files go to; None copies none.

    Raises
    ------
    StorageError
        Something cannot be read or written.
    """
    storage = settings.storage.directory
    _require_apart(storage, target, keys)
    _make(target)
    ledger_bytes = copy_database(storage / "ledger.sqlite", target / "ledger.sqlite")
    spool = composition.spool_of(settings)
    copied = replicate(storage / "spool", target / "spool", spool.files())
    sealed = replicate(storage / _QUARANTINE, target / _QUARANTINE, _names(storage / _QUARANTINE))
    linkage_bytes = copy_database(storage / "linkage.sqlite", target / "linkage.sqlite")
    made = Backup(
        ledger_bytes,
        linkage_bytes,
        copied.files + sealed.files,
        copied.size + sealed.size,
        copied.present + sealed.present,
        _copy_keys(settings, keys) if keys is not None else 0,
    )
    detail = {name: str(value) for name, value in msgspec.structs.asdict(made).items()}
    with ledger(settings) as access:
        access.call(RecordAudit("backed_up", "", "", detail))
    return made


def _names(directory: Path) -> Iterator[str]:
    if directory.is_dir():
        yield from (path.name for path in directory.iterdir() if path.is_file())


def _require_apart(storage: Path, target: Path, keys: Path | None) -> None:
    """A backup inside of what it backs up is none, and keys beside it open it."""
    places = [storage.resolve(), target.resolve(), *([keys.resolve()] if keys is not None else [])]
    for place in places:
        for other in places:
            if place is not other and place.is_relative_to(other):
                raise StorageError(f"{place} is in {other}: storage directory, backup and keys go apart")


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutOfResources(f"{directory} cannot be made: {error.strerror}") from None


def _copy_keys(settings: Settings, target: Path) -> int:
    _make(target)
    files = [settings.storage.sealing_key_file, *(project.key_file for project in settings.project)]
    try:
        for file in map(Path, files):
            copy = target / file.name
            if copy.exists() and copy.read_bytes() == file.read_bytes():
                continue
            descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with file.open("rb") as source, os.fdopen(descriptor, "wb") as written:
                shutil.copyfileobj(source, written)
                written.flush()
                os.fsync(descriptor)
    except OSError as error:
        raise StorageError(f"a key cannot be copied to {target}: {error.strerror}") from None
    return len(files)
