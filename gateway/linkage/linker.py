"""Turns what de-identification replaced into sealed rows, in the receiver: sealing costs CPU."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.linkage.message import RecordLinkage, SealedPatient, SealedStudy, SealedUid, UidKind
from gateway.linkage.seal import BlindIndex, Sealer

PATIENT_KEYS: Final = (
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
)
STUDY_KEYS: Final = (
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "ReferringPhysicianName",
)
UID: Final = "UID"
"""Keyword under which an original UID is sealed."""

_REMEMBERED: Final = 65536


class Kind(StrEnum):
    """By what an original can be found; the values name the blind indexes."""

    PATIENT_ID = "PatientID"
    ACCESSION_NUMBER = "AccessionNumber"
    UID = "UID"


class Linker:
    """Makes the linkage rows of an instance; leaves out those known to be committed.

    Any number of threads may use it.

    Parameters
    ----------
    sealer
        The sealing key that is in use.
    blind_key
        Key of the blind indexes, 32 bytes.
    """

    def __init__(self, sealer: Sealer, blind_key: bytes) -> None:
        self._sealer = sealer
        self._blind = BlindIndex(blind_key)
        self._lock = threading.Lock()
        self._committed: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def rows(
        self,
        project: str,
        pseudonym: str,
        accession_number: str,
        study_id: str,
        originals: Mapping[str, str],
        uids: Mapping[str, str],
        study_instance_uid: str,
        series_instance_uid: str,
        sop_instance_uid: str,
    ) -> RecordLinkage:
        """Return what is to be kept about an instance, sealed.

        Parameters
        ----------
        pseudonym, accession_number, study_id
            Replacements; empty where the original had none.
        originals
            Original values by keyword.
        uids
            Original UID to replacement.
        study_instance_uid, series_instance_uid, sop_instance_uid
            UIDs of the output.
        """
        kinds = {
            study_instance_uid: UidKind.STUDY,
            series_instance_uid: UidKind.SERIES,
            sop_instance_uid: UidKind.INSTANCE,
        }
        study = (study_instance_uid, pseudonym, accession_number, study_id)
        return RecordLinkage(
            project=project,
            key_id=self._sealer.key_id,
            patients=self._patient(project, pseudonym, originals),
            studies=self._study(project, study, originals),
            uids=self._uids(project, uids, kinds, study_instance_uid),
        )

    def committed(self, message: RecordLinkage) -> None:
        """Remember that the rows of `message` are committed, so that they are not sealed again."""
        unique = [
            *(patient.variant for patient in message.patients),
            *(study.variant for study in message.studies),
            *(_unique(uid.replacement, uid.kind) for uid in message.uids),
        ]
        with self._lock:
            for name in unique:
                self._committed[message.project, name] = None
            while len(self._committed) > _REMEMBERED:
                self._committed.popitem(last=False)

    def _patient(self, project: str, pseudonym: str, originals: Mapping[str, str]) -> list[SealedPatient]:
        values = _present(originals, PATIENT_KEYS)
        variant = self._blind.of(project, "patient", pseudonym, *_flat(values))
        if self._is_committed(project, variant):
            return []
        sealed = self._sealer.seal(values, "patient", project, pseudonym, variant)
        index = self._index(project, Kind.PATIENT_ID, originals)
        return [SealedPatient(pseudonym, variant, index, sealed)]

    def _study(
        self, project: str, replacements: tuple[str, str, str, str], originals: Mapping[str, str]
    ) -> list[SealedStudy]:
        values = _present(originals, STUDY_KEYS)
        variant = self._blind.of(project, "study", *replacements, *_flat(values))
        if self._is_committed(project, variant):
            return []
        sealed = self._sealer.seal(values, "study", project, *replacements, variant)
        index = self._index(project, Kind.ACCESSION_NUMBER, originals)
        return [SealedStudy(*replacements, variant, index, sealed)]

    def _uids(
        self, project: str, uids: Mapping[str, str], kinds: Mapping[str, UidKind], study: str
    ) -> list[SealedUid]:
        rows: list[SealedUid] = []
        for original, replacement in uids.items():
            kind = kinds.get(replacement, UidKind.REFERENCE)
            if not self._is_committed(project, _unique(replacement, kind)):
                sealed = self._sealer.seal({UID: original}, "uid", project, replacement, kind, study)
                index = self._blind.of(project, Kind.UID, original)
                rows.append(SealedUid(replacement, kind, study, index, sealed))
        return rows

    def _index(self, project: str, kind: Kind, originals: Mapping[str, str]) -> bytes:
        value = originals.get(kind.value, "")
        return self._blind.of(project, kind, value) if value else b""

    def _is_committed(self, project: str, unique: bytes) -> bool:
        with self._lock:
            if (project, unique) not in self._committed:
                return False
            self._committed.move_to_end((project, unique))
            return True


def _unique(replacement: str, kind: UidKind) -> bytes:
    return f"{kind} {replacement}".encode()


def _present(originals: Mapping[str, str], keys: tuple[str, ...]) -> dict[str, str]:
    return {key: originals[key] for key in keys if originals.get(key)}


def _flat(values: Mapping[str, str]) -> list[str]:
    return [text for item in values.items() for text in item]
