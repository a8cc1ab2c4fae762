"""De-identified instances on disk: write, sync, rename, sync the directory."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.errors import SyncFailed
from gateway.spool.durable import create, mapped_errors, sync_directory, write_all
from gateway.spool.layout import DIGEST_DIGITS, TEMPORARY, Location, check_project, names_in
from gateway.spool.removal import remove, remove_empty_series
from gateway.spool.room import Room

_PROBE: Final = bytes(4096)
_REMEMBERED: Final = 65536


class Spool:
    """The spool of one storage directory, for any number of threads and processes.

    After a failed sync nothing is accepted until a probe file could be written and synced.

    Parameters
    ----------
    directory
        The storage directory; the spool is its subdirectory ``spool``.
    min_free_bytes
        Bytes that must stay free on its file system.

    Raises
    ------
    StorageError
        The directories cannot be made.
    """

    def __init__(self, directory: Path, *, min_free_bytes: int) -> None:
        self._root = directory / "spool"
        self._temporary = self._root / TEMPORARY
        self._room = Room(directory, min_free_bytes)
        self._lock = threading.Lock()
        self._failed = False
        # Directories whose own entry this process has synced. Another process may have made
        # one and not synced it yet, so having found it does not count.
        self._synced: dict[Path, None] = {}
        with mapped_errors():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._temporary.mkdir(mode=0o700, exist_ok=True)
            for made in (self._root, directory):
                sync_directory(made)

    @property
    def failed(self) -> bool:
        """Whether a sync failed and no probe has succeeded since."""
        return self._failed

    def stage(
        self,
        project: str,
        series_instance_uid: str,
        sop_instance_uid: str,
        buffers: Sequence[bytes | memoryview],
    ) -> Staged:
        """Write and sync a file under a temporary name.

        Parameters
        ----------
        buffers
            A complete Part 10 file when written one after the other.

        Raises
        ------
        Refused
            A UID that is not one, so it cannot name a file.
        OutOfResources
            It would leave less than `min_free_bytes`, or the disk is full. Nothing is left.
        SyncFailed
            Writing or syncing failed, now or before. Nothing is left.
        ValueError
            `project` cannot name a directory.
        """
        size = sum(memoryview(buffer).nbytes for buffer in buffers)
        self._room.require(size)
        self._require_sound()
        digest = hashlib.sha256()
        for buffer in buffers:
            digest.update(buffer)
        location = Location(
            project, series_instance_uid, sop_instance_uid, digest.hexdigest()[:DIGEST_DIGITS]
        )
        temporary = self._temporary / secrets.token_hex(16)
        self._write(temporary, buffers)
        return Staged(self, location, temporary, size)

    @property
    def is_low(self) -> bool:
        """Whether nothing is accepted because the disk is too full; StorageError if that is not known."""
        return self._room.is_low

    def path(self, relative: str) -> Path:
        """Return where the spool file `relative` is.

        Raises
        ------
        ValueError
            `relative` is not the path of a spool file.
        """
        return self._root / Location.parse(relative).path

    def holds(self, relative: str) -> bool:
        """Tell whether the spool file `relative` is there.

        Raises
        ------
        StorageError
            The file system does not tell.
        ValueError
            `relative` is not the path of a spool file.
        """
        with mapped_errors():
            return self.path(relative).is_file()

    def files(self) -> Iterator[str]:
        """Yield the relative path of each complete file, in no order."""
        for project in self._projects():
            yield from self._files(project)

    def is_empty(self, project: str) -> bool:
        """Tell whether there is no complete file of `project`."""
        return next(self._files(project), None) is None

    def sweep(self) -> int:
        """Remove what was not finished; return how many files. Only before any receiver runs.

        Raises
        ------
        StorageError
            A file cannot be removed.
        """
        with mapped_errors():
            unfinished = [self._temporary / name for name in names_in(self._temporary)]
            for path in unfinished:
                path.unlink(missing_ok=True)
        return len(unfinished)

    def remove(self, relatives: Sequence[str]) -> None:
        """Unlink spool files, and sync that.

        Raises
        ------
        StorageError
            A file cannot be removed.
        ValueError
            One is not the path of a spool file.
        """
        remove(self._root, relatives)

    def remove_empty_series(self) -> int:
        """Remove directories without a file; return how many. As `sweep` otherwise."""
        return sum(remove_empty_series(self._root / name) for name in self._projects())

    def publish(self, temporary: Path, location: Location) -> None:
        """Give a staged file its name, durably. Called by `Staged.publish`.

        Raises
        ------
        OutOfResources
            No space for a directory entry.
        SyncFailed
            A directory could not be synced. A file that has its name already is complete and
            may have had it before, so it stays.
        """
        series = self._root / location.directory
        final = self._root / location.path
        try:
            with mapped_errors():
                self._make(series)
                temporary.rename(final)
                sync_directory(series)
        except SyncFailed:
            self._failed = True
            raise

    def _projects(self) -> Iterator[str]:
        for name in names_in(self._root):
            with suppress(ValueError):
                check_project(name)
                yield name

    def _files(self, project: str) -> Iterator[str]:
        for series in names_in(self._root / project):
            for name in names_in(self._root / project / series):
                with suppress(ValueError):
                    yield Location.parse(f"{project}/{series}/{name}").path

    def _write(self, temporary: Path, buffers: Sequence[bytes | memoryview]) -> None:
        try:
            with mapped_errors():
                descriptor = create(temporary)
                try:
                    write_all(descriptor, buffers)
                    os.fdatasync(descriptor)
                finally:
                    os.close(descriptor)
        except BaseException as error:
            if isinstance(error, SyncFailed):
                self._failed = True
            with suppress(OSError):
                temporary.unlink()
            raise

    def _require_sound(self) -> None:
        if not self._failed:
            return
        with self._lock:
            if self._failed:
                self._probe()
                self._failed = False

    def _probe(self) -> None:
        self._write(self._temporary / (probe := secrets.token_hex(16)), [_PROBE])
        with mapped_errors():
            (self._temporary / probe).unlink()
            sync_directory(self._temporary)

    def _make(self, series: Path) -> None:
        for directory in (series.parent, series):
            if directory not in self._synced or not directory.exists():  # a person may remove an empty one
                directory.mkdir(mode=0o700, exist_ok=True)
                sync_directory(directory.parent)
                self._remember(directory)

    def _remember(self, directory: Path) -> None:
        with self._lock:
            self._synced[directory] = None
            if len(self._synced) > _REMEMBERED:
                del self._synced[next(iter(self._synced))]


class Staged:
    """A file that is complete and synced under a temporary name.

    As a context manager it discards what was not published.

    Attributes
    ----------
    digest
        First 32 hexadecimal digits of the SHA-256 of the file.
    size
        Its bytes.
    path
        Relative path that it will have.
    """

    def __init__(self, spool: Spool, location: Location, temporary: Path, size: int) -> None:
        self.digest = location.digest
        self.size = size
        self.path = location.path
        self._spool = spool
        self._location = location
        self._temporary: Path | None = temporary

    def publish(self) -> None:
        """Give it its name and sync the directories; may be done once.

        Raises
        ------
        OutOfResources, SyncFailed
            As in `Spool.publish`.
        ValueError
            It was published or discarded before.
        """
        if self._temporary is None:
            raise ValueError("published or discarded before")
        self._spool.publish(self._temporary, self._location)
        self._temporary = None

    def discard(self) -> None:
        """Remove it, unless it was published."""
        if self._temporary is not None:
            with suppress(OSError):
                self._temporary.unlink()
            self._temporary = None

    def __enter__(self) -> Staged:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()
