"""The value that replaces another, for every action and every attribute with a rule of its own."""

from __future__ import annotations

from typing import Final

from gateway.deidentify import temporal
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.dummy import dummy_value
from gateway.deidentify.patient import (
    PatientIdentity,
    accession_pseudonym,
    patient_pseudonym,
    study_id_pseudonym,
)
from gateway.deidentify.profile import VOCABULARY_DATES
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.uid import UidMap
from gateway.standard.dictionary import tag_of, vr_of

PATIENT_ID: Final = tag_of("PatientID")
PATIENT_NAME: Final = tag_of("PatientName")
ACCESSION_NUMBER: Final = tag_of("AccessionNumber")
STUDY_ID: Final = tag_of("StudyID")


KEYED: Final = frozenset({PATIENT_ID, PATIENT_NAME, ACCESSION_NUMBER, STUDY_ID})
"""Attributes whose replacement is a function of the original."""


class Replacer:
    """Makes the replacements of one instance.

    Parameters
    ----------
    key
        The project's.
    prefix
        Put before every replacement Patient ID.
    identity
        The patient of the instance.
    study_instance_uid
        Original UID of the study.
    max_shift_days
        Most days by which dates move.
    """

    def __init__(
        self,
        key: PseudonymKey,
        prefix: str,
        identity: PatientIdentity,
        study_instance_uid: str,
        max_shift_days: int = temporal.MAX_SHIFT_DAYS,
    ) -> None:
        self._key = key
        self._prefix = prefix
        self._identity = identity
        self._study = study_instance_uid
        self._days = temporal.shift_days(key, identity, max_shift_days)
        self.uids = UidMap(key)
        self.pseudonym = patient_pseudonym(key, identity, prefix)

    def value(
        self, tag: int, raw: bytes, action: Action, encoding: Encoding, charset: CharacterSet
    ) -> bytes | None:
        """Return the encoded value that replaces `raw`, or None where it cannot be cleaned.

        Parameters
        ----------
        tag
            Of the attribute.
        raw
            Encoded original value with its padding.
        action
            D, Z, U or C.
        encoding, charset
            Of the data set that holds the attribute.
        """
        vr = (vr_of(tag) or "UN")[:2]
        if action is Action.UID or (action is Action.DUMMY and vr == "UI"):
            return self._replaced_uids(raw)
        if action in (Action.EMPTY, Action.DUMMY):
            keyed = self._keyed(tag, charset.decode(raw)) if tag in KEYED else None
            if keyed is not None and (keyed or action is Action.EMPTY):
                return keyed.encode("ascii")
            return b"" if action is Action.EMPTY else dummy_value(vr, encoding)
        return self._cleaned(tag, vr, raw) if action is Action.CLEAN else None

    def _replaced_uids(self, raw: bytes) -> bytes:
        originals = raw.decode("iso8859").strip(" \0").split("\\")
        return "\\".join(self.uids.replace(uid.strip(" \0")) if uid else "" for uid in originals).encode(
            "ascii"
        )

    def _keyed(self, tag: int, original: str) -> str | None:
        """Return the keyed replacement of an attribute that has one, else None."""
        if tag == PATIENT_NAME:
            return self.pseudonym
        if tag == PATIENT_ID:
            # An item may name another patient, a mother for one.
            other = PatientIdentity.of(original, self._identity.issuer, self._study)
            return patient_pseudonym(self._key, other, self._prefix)
        if tag == ACCESSION_NUMBER:
            return self.accession_number(original)
        if tag == STUDY_ID:
            return self.study_id(original)
        return None

    def accession_number(self, original: str) -> str:
        """Return the replacement of an Accession Number, empty for an empty one."""
        return accession_pseudonym(self._key, original)

    def study_id(self, original: str) -> str:
        """Return the replacement of a Study ID, empty for an empty one."""
        return study_id_pseudonym(self._key, original, self._study)

    def _cleaned(self, tag: int, vr: str, raw: bytes) -> bytes | None:
        """Return dates moved by the patient's days and ages capped (PS3.15 E.3.6, E.3.7)."""
        if not raw.isascii():
            return None
        texts = [text.strip(" \0") for text in raw.decode("ascii").split("\\")]
        results = [self._cleaned_text(tag, vr, text) if text else "" for text in texts]
        if any(result is None for result in results):
            return None
        return "\\".join(result for result in results if result is not None).encode("ascii")

    def _cleaned_text(self, tag: int, vr: str, text: str) -> str | None:
        if vr == "AS":
            return temporal.capped_age(text)
        if tag in VOCABULARY_DATES:
            return text if temporal.is_datetime(text) else None
        return temporal.shifted(text, vr, self._days) if vr in ("DA", "TM", "DT", "SH") else None
