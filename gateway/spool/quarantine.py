"""Refused instances on disk, sealed: the only place where an original may be, and not in clear.

Each is a file of its own under a random name in ``<storage>/quarantine``, written as the spool
writes: sealed piece by piece, synced, renamed, and the directory synced.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway.errors import Reason, Refused, SealBroken
from gateway.spool.durable import create, mapped_errors, sync_directory, write_all
from gateway.spool.room import Room
from gateway.spool.sealed_file import FileSealer, OpenedFile

PURPOSE: Final = "quarantine"
"""Of the sub-key; never to be changed."""
TIMES: Final = 2
"""So many times the watermarks of the spool must stay free: what is refused takes no good one's place."""
_FILE: Final = "file"
"""What the header in clear says of the file's own name."""
_UNFINISHED: Final = ".part"
_NAME: Final = re.compile(r"[0-9a-f]{32}\.sealed", re.ASCII)
_OURS: Final = re.compile(rf"{_NAME.pattern}({re.escape(_UNFINISHED)})?", re.ASCII)


class QuarantineFiles:
    """The sealed files of a storage directory, for whoever need not open them.

    Parameters
    ----------
    directory
        The storage directory; nothing is made in it before the first file.
    """

    def __init__(self, directory: Path) -> None:
        self._root = directory / "quarantine"

    def holds(self, name: str) -> bool:
        """Tell whether a file is there.

        Raises
        ------
        StorageError
            The file system does not tell.
        """
        with mapped_errors():
            return self._path(name).is_file()

    def remove(self, name: str) -> None:
        """Remove a file, durably; nothing is done when it is gone.

        Raises
        ------
        StorageError
            It cannot be removed.
        """
        with mapped_errors(), suppress(FileNotFoundError):
            self._path(name).unlink()
            sync_directory(self._root)

    def sweep(self, kept: Collection[str]) -> int:
        """Remove what was not finished or has no row; return how many. Only before any receiver runs.

        Their senders were never told of them: they got a failure, or no answer.

        Parameters
        ----------
        kept
            Names of the files that have a row.

        Raises
        ------
        StorageError
            A file cannot be removed.
        """
        with mapped_errors():
            names = os.listdir(self._root) if self._root.is_dir() else []  # noqa: PTH208 - may be many
            left = [name for name in names if _OURS.fullmatch(name) and name not in kept]
            for name in left:
                (self._root / name).unlink(missing_ok=True)
            if left:
                sync_directory(self._root)
        return len(left)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SealBroken("not the name of a sealed file")
        return self._root / name


class Quarantine(QuarantineFiles):
    """The sealed files of a storage directory, for any number of threads and processes.

    Parameters
    ----------
    directory
        As for `QuarantineFiles`.
    sealer
        Seals and opens, for `PURPOSE`.
    min_free_bytes
        Bytes that must stay free on its file system for the spool; for this, `TIMES` as many.
    """

    def __init__(self, directory: Path, sealer: FileSealer, *, min_free_bytes: int) -> None:
        super().__init__(directory)
        self._sealer = sealer
        self._room = Room(directory, min_free_bytes, TIMES)

    def keep(self, place: Mapping[str, str], hidden: Mapping[str, str], data_set: bytes | memoryview) -> str:
        """Seal an instance; once this returns the name of its file, it is on disk.

        Parameters
        ----------
        place
            What may stand in clear beside it, and is bound to it.
        hidden
            What is sealed with it.

        Raises
        ------
        OutOfResources
            It would leave too few bytes or inodes, or the disk is full. Nothing is left.
        SyncFailed
            Writing or syncing failed. Nothing is left.
        """
        name = f"{secrets.token_hex(16)}.sealed"
        unfinished = self._root / (name + _UNFINISHED)
        view = memoryview(data_set)
        with mapped_errors():
            self._make()
            self._room.require(view.nbytes)
        try:
            with mapped_errors():
                descriptor = create(unfinished)
                try:
                    for piece in self._sealer.pieces({**place, _FILE: name}, hidden, [view]):
                        write_all(descriptor, [piece])
                    os.fdatasync(descriptor)
                finally:
                    os.close(descriptor)
                unfinished.rename(self._root / name)
                sync_directory(self._root)
        except BaseException:
            for left in (unfinished, self._root / name):
                with suppress(OSError):
                    left.unlink()
            raise
        return name

    @contextmanager
    def opened(self, name: str) -> Iterator[OpenedFile]:
        """Open a file for the time of the block.

        Raises
        ------
        SealBroken
            It is lost, was altered, is cut, is another one or was sealed with another key; also
            raised while it is read.
        StorageError
            It cannot be read.
        """
        if not self.holds(name):
            raise SealBroken("the sealed file is lost")
        with mapped_errors(), self._path(name).open("rb") as file:
            opened = self._sealer.open(file)
            if opened.place.get(_FILE) != name:
                raise SealBroken("a sealed file was put in the place of another")
            yield opened

    def read(self, name: str, longest: int) -> tuple[OpenedFile, bytearray]:
        """Return a file and its whole data set, proven, in memory once.

        Parameters
        ----------
        longest
            Bytes of the largest data set to take into memory.

        Raises
        ------
        SealBroken, StorageError
            As from `opened`.
        Refused
            It is larger than `longest`.
        """
        data_set = bytearray()
        with self.opened(name) as file:
            for piece in file.pieces():
                data_set += piece
                if len(data_set) > longest:
                    raise Refused(Reason.TOO_LARGE, "over max_instance_mib")
        return file, data_set

    def _make(self) -> None:
        if not self._root.is_dir():
            self._root.mkdir(mode=0o700, exist_ok=True)
            sync_directory(self._root.parent)
