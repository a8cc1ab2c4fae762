"""A run of the core over files: what is written, and the account of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified, Instance
from gateway.deidentify.part10 import instance_of, is_part10
from gateway.errors import OutOfResources, Refused, StorageError
from gateway.operate.offline.pixel_report import PixelReport
from gateway.operate.wiring.record import tag_text


class Report(msgspec.Struct):
    """What became of the files of a run."""

    written: int = 0
    duplicates: int = 0
    no_dicom: int = 0
    refused: dict[str, list[str]] = {}
    """Files by reason, as paths below the source."""
    removed_by_residual_check: dict[str, int] = {}
    """Number of instances by the attribute's tag."""
    pixels: PixelReport = msgspec.field(default_factory=PixelReport)
    """Of profiles that clean pixel data."""

    @property
    def refusals(self) -> int:
        """Number of files that were refused or could not be read."""
        return sum(map(len, self.refused.values()))


class Batch:
    """De-identifies files into a folder.

    Parameters
    ----------
    deidentifier
        The core.
    source, target
        File or folder that is read, folder that is written.
    observers
        Each is told of every output that stands in the target: written now, or there before.
    previews
        Draws each of them beside its original; None where nobody asked for it.
    """

    def __init__(
        self,
        deidentifier: Deidentifier,
        source: Path,
        target: Path,
        observers: Sequence[Callable[[Deidentified], None]] = (),
        previews: Callable[[Instance, Deidentified], None] | None = None,
    ) -> None:
        self.report = Report()
        self._deidentifier, self._source, self._target = deidentifier, source, target
        self._observers, self._previews = observers, previews

    def process(self, file: Path) -> None:
        """De-identify one file; what cannot be read and what is refused goes into the report.

        Raises
        ------
        StorageError
            The target or what an observer writes cannot be written.
        """
        name = name_of(file, self._source)
        try:
            content = content_of(file)
        except OSError as error:
            self._refuse(f"cannot be read: {error.strerror}", name)
            return
        if not is_part10(content):
            self.report.no_dicom += 1
            return
        try:
            instance = instance_of(content)
            result = self._deidentifier.deidentify(instance)
        except Refused as refusal:
            self._refuse(str(refusal), name)
            return
        except OutOfResources as shortage:
            self._refuse(f"not now: {shortage}", name)
            return
        try:
            stands = self._write(result)
        except OSError as error:
            raise unwritable(self._target, error) from None
        if not stands:
            self._refuse("the SOP Instance UID was already written with other content", name)
            return
        for observer in self._observers:
            observer(result)
        if self._previews is not None:
            self._previews(instance, result)

    def _refuse(self, reason: str, name: str) -> None:
        self.report.refused.setdefault(reason, []).append(name)

    def _write(self, result: Deidentified) -> bool:
        """Write an output; False when another one has its name."""
        folder = self._target / result.study_instance_uid / result.series_instance_uid
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{result.sop_instance_uid}.dcm"
        content = b"".join(result.buffers)
        if path.exists():
            is_same = path.read_bytes() == content
            self.report.duplicates += is_same
            return is_same
        temporary = path.with_suffix(".part")
        temporary.write_bytes(content)
        temporary.rename(path)
        self.report.written += 1
        self.report.pixels.add(result.pixels)
        removed = self.report.removed_by_residual_check
        for tag, count in Counter(map(tag_text, result.removed_by_residual)).items():
            removed[tag] = removed.get(tag, 0) + count
        return True


def files_of(source: Path, leave_out: Path | None = None) -> Iterator[Path]:
    """Yield the files of a folder at any depth, or the one file, in order.

    Parameters
    ----------
    leave_out
        A folder that may lie inside the source.
    """
    if not source.is_dir():
        yield source
        return
    inside = leave_out.resolve() if leave_out is not None else None
    for folder, folders, names in os.walk(source):
        folders.sort()
        if inside is None or not Path(folder).resolve().is_relative_to(inside):
            yield from (Path(folder, name) for name in sorted(names))


def name_of(file: Path, source: Path) -> str:
    """Return the name of a file below the source."""
    return str(file.relative_to(source)) if source.is_dir() else file.name


def content_of(file: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    OSError
        It cannot be read, or is none: a pipe or a device has no end.
    """
    if file.exists() and not file.is_file():
        raise OSError(0, "not a file")
    return file.read_bytes()


def unwritable(path: Path, error: OSError) -> StorageError:
    """Return the error of a path that cannot be written."""
    return StorageError(f"{path} cannot be written: {error.strerror}")
