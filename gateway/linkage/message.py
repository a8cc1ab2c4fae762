"""What the receiver asks the writer to keep about who is behind a pseudonym: sealed, never clear."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gateway.ledger.message import Message


class UidKind(StrEnum):
    """What a UID names."""

    STUDY = "study"
    SERIES = "series"
    INSTANCE = "instance"
    REFERENCE = "reference"
    """Anything else: a frame of reference, a referenced instance."""


class SealedPatient(msgspec.Struct, frozen=True, array_like=True):
    """A patient as one header described it.

    Parameters
    ----------
    pseudonym
        The replacement Patient ID.
    variant
        Keyed digest of everything that was sealed: each description is kept once.
    patient_index
        Blind index of the Patient ID, empty without one.
    """

    pseudonym: str
    variant: bytes
    patient_index: bytes
    sealed: bytes


class SealedStudy(msgspec.Struct, frozen=True, array_like=True):
    """A study as one header described it; the UID, Accession Number and Study ID are replacements."""

    study_instance_uid: str
    pseudonym: str
    accession_number: str
    study_id: str
    variant: bytes
    accession_index: bytes
    sealed: bytes


class SealedUid(msgspec.Struct, frozen=True, array_like=True):
    """A UID and the study it belongs to or was first seen in; both are replacements."""

    replacement: str
    kind: UidKind
    study_instance_uid: str
    original_index: bytes
    sealed: bytes


class RecordLinkage(Message[None], frozen=True):
    """What one instance tells about its patient. Rows that are kept already are left alone."""

    project: str
    key_id: str
    patients: list[SealedPatient]
    studies: list[SealedStudy]
    uids: list[SealedUid]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep, so that it need not be sent."""
        return not (self.patients or self.studies or self.uids)
