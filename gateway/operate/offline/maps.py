"""Maps of old and new identifiers, written beside a run over files: sealed, unless told otherwise."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, BinaryIO, Final, Protocol, cast

from gateway.deidentify.instance import Deidentified
from gateway.deidentify.pseudonym import delimited
from gateway.errors import StorageError
from gateway.linkage.seal import Sealer
from gateway.operate.offline.sealed_text import SealedText

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "uid_mapping.csv": ("id_old", "id_new"),
        "patid_mapping.csv": ("id_old", "id_new"),
        "studies.csv": (
            "study_instance_uid_old", "study_instance_uid_new", "accession_number_old",
            "accession_number_new", "study_id_old", "study_id_new", "patient_id_old", "patient_id_new",
        ),
        "patients.csv": ("patient_id_old", "issuer_of_patient_id_old", "patient_id_new"),
    }
)  # fmt: skip
"""Columns of each map. The first two maps have the form that the MIDI-B benchmark reads."""
SEALED: Final = ".sealed"
"""Behind the name of a sealed map."""
_DIGEST_BYTES: Final = 16

_Row = tuple[str, tuple[str, ...]]


class _Sink(Protocol):
    """What a map is written to."""

    def write(self, text: str, /) -> object:
        """Write a part of it."""


class Maps:
    """The maps of one run, each row once; as a context manager, ended with the run.

    Values are written exactly as they were. Of what was written only digests stay in memory.

    Parameters
    ----------
    folder
        Made when it is not there. A map that is there already is not touched: it may be the only
        way back for the outputs of an earlier run.
    sealer
        Seals the maps; None writes them in clear.

    Raises
    ------
    StorageError
        A map is there already or cannot be made.
    """

    def __init__(self, folder: Path, sealer: Sealer | None) -> None:
        self._folder, self._seen = folder, set[bytes]()
        self._writers: dict[str, Any] = {}
        with ExitStack() as stack:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if any(Path(folder, name + end).exists() for name in COLUMNS for end in ("", SEALED)):
                    raise FileExistsError
                for name, columns in COLUMNS.items():
                    self._writers[name] = csv.writer(self._sink(stack, name, sealer), lineterminator="\n")
                    self._writers[name].writerow(columns)
            except OSError as error:
                raise self._failure(error) from None
            self._stack = stack.pop_all()

    def add(self, result: Deidentified) -> None:
        """Add what an output says about old and new identifiers.

        Raises
        ------
        StorageError
            It cannot be written.
        """
        try:
            for name, row in _rows(result):
                digest = hashlib.blake2b(delimited(name, *row), digest_size=_DIGEST_BYTES).digest()
                if digest not in self._seen:
                    self._seen.add(digest)
                    self._writers[name].writerow(map(_encodable, row))
        except OSError as error:
            raise self._failure(error) from None

    def __enter__(self) -> Maps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.__exit__(kind, error, trace)
        except OSError as failure:
            raise self._failure(failure) from None

    def _sink(self, stack: ExitStack, name: str, sealer: Sealer | None) -> _Sink:
        path = self._folder / (name if sealer is None else name + SEALED)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        file = cast("BinaryIO", stack.enter_context(os.fdopen(descriptor, "wb")))
        if sealer is not None:
            return stack.enter_context(SealedText(file, sealer))
        return stack.enter_context(io.TextIOWrapper(file, "utf-8", newline=""))

    def _failure(self, error: OSError) -> StorageError:
        if isinstance(error, FileExistsError):
            return StorageError(f"{self._folder} has maps of an earlier run: choose another folder")
        return StorageError(f"{self._folder} cannot be written: {error.strerror}")


def _rows(result: Deidentified) -> Iterable[_Row]:
    originals = result.originals
    patient, study = originals.get("PatientID", ""), originals.get("StudyInstanceUID", "")
    for old, new in result.uids.items():
        yield "uid_mapping.csv", (old, new)
    if patient:  # without one the pseudonym is that of the study
        yield "patid_mapping.csv", (patient, result.pseudonym)
    yield (
        "studies.csv",
        (
            study,
            result.study_instance_uid,
            originals.get("AccessionNumber", ""),
            result.accession_number,
            originals.get("StudyID", ""),
            result.study_id,
            patient,
            result.pseudonym,
        ),
    )
    yield "patients.csv", (patient, originals.get("IssuerOfPatientID", ""), result.pseudonym)


def _encodable(value: str) -> str:
    """Return `value`; what no encoding has, from a value that could not be decoded, is escaped."""
    return value.encode("utf-8", "backslashreplace").decode()
