"""What a sync is for, by what it syncs: the classes that can be left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from powercutting.disk import Change, Write

_FOLDERS = {
    "": "storage-directory",
    "spool": "spool-directory",
    "spool/tmp": "temporary-directory",
    "keys": "keys-directory",
}
_WAL_HEADER = 32


def of(path: Path, storage: Path, pending: Sequence[Write | Change]) -> str:
    """Return the class of a sync.

    Parameters
    ----------
    pending
        What it makes durable that was not so before.
    """
    if path == storage.parent:
        return "storage-parent"
    relative = path.relative_to(storage)
    parts = relative.parts
    if parts[:2] == ("spool", "tmp") and len(parts) == 3:
        return "instance-file"
    if folder := _FOLDERS.get("/".join(parts)):
        return folder
    if parts[:1] == ("spool",):
        return {2: "project-directory", 3: "series-directory"}.get(len(parts), f"other: {relative}")
    if parts[:1] == ("keys",):
        return "key-file"
    if parts[-1] == "ledger.reserve":
        return "ledger-reserve"
    return _of_database(parts[-1], pending)


def _of_database(name: str, pending: Sequence[Write | Change]) -> str:
    stem, _, suffix = name.partition(".sqlite")
    if suffix == "-wal":
        if not pending:
            return f"{stem}-checkpoint-log"
        ends = [one.offset + len(one.data) for one in pending if isinstance(one, Write)]
        return f"{stem}-log-header" if max(ends) <= _WAL_HEADER else f"{stem}-commit"
    return {"": f"{stem}-checkpoint", "-journal": f"{stem}-creation"}.get(suffix, f"other: {name}")
