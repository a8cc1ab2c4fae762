"""Copies files that never change once they have their name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.spool.durable import create, mapped_errors, sync_directory


@dataclass(frozen=True, slots=True)
class Copied:
    """How many files were copied now, and their bytes; how many had been before."""

    files: int
    size: int
    present: int


def replicate(source: Path, target: Path, relatives: Iterable[str]) -> Copied:
    """Copy what `target` does not have yet, durably.

    A file that is gone meanwhile is left out: retention removed it.

    Parameters
    ----------
    relatives
        Paths below both.

    Raises
    ------
    StorageError
        A file cannot be read or written.
    """
    files = size = present = 0
    changed: set[Path] = set()
    with mapped_errors():
        for relative in relatives:
            copy = target / relative
            try:
                length = (source / relative).stat().st_size
                if copy.is_file() and copy.stat().st_size == length:
                    present += 1
                    continue
                _copy(source / relative, copy, target, changed)
            except FileNotFoundError:
                continue
            files, size = files + 1, size + length
        for directory in sorted(changed):
            sync_directory(directory)
    return Copied(files, size, present)


def _copy(source: Path, copy: Path, root: Path, changed: set[Path]) -> None:
    folders = [folder for folder in reversed(copy.parents) if folder.is_relative_to(root)]
    for folder in folders:
        folder.mkdir(mode=0o700, exist_ok=True)
    changed.update((root.parent, *folders))
    unfinished = copy.with_name(f".{copy.name}.new")
    with source.open("rb") as original:
        unfinished.unlink(missing_ok=True)
        descriptor = create(unfinished)
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(original, file, 1 << 20)
                file.flush()
                os.fdatasync(descriptor)
            unfinished.replace(copy)
        finally:
            unfinished.unlink(missing_ok=True)
