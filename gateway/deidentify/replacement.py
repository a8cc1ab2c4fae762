"""The value that replaces another, for every action and every attribute with a rule of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.deidentify import dummy, temporal
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.patient import (
    PatientIdentity,
    accession_pseudonym,
    ae_title_pseudonym,
    patient_pseudonym,
    study_id_pseudonym,
)
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.rule import VOCABULARY_DATES
from gateway.deidentify.uid import UidMap
from gateway.standard.defined_terms import DEFINED_TERMS
from gateway.standard.dictionary import tag_of

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
        self._known: dict[tuple[int, str], str] = {}
        self.uids = UidMap(key)
        self.pseudonym = patient_pseudonym(key, identity, prefix)

    def value(
        self, tag: int, vr: str, raw: bytes, action: Action, encoding: Encoding, charset: CharacterSet
    ) -> bytes | None:
        """Return the encoded value that replaces `raw`, or None where it cannot be cleaned.

        Parameters
        ----------
        tag, vr
            Of the attribute; the VR is that of the dictionary, or of the list that has a private one.
        raw
            Encoded original value with its padding.
        action
            D, Z, U or C.
        encoding, charset
            Of the data set that holds the attribute.
        """
        if action is Action.UID or (action is Action.DUMMY and vr == "UI"):
            return self._replaced_uids(raw)
        if action in (Action.EMPTY, Action.DUMMY):
            keyed = self._keyed(tag, charset.decode(raw)) if tag in KEYED else None
            if keyed is not None and (keyed or action is Action.EMPTY):
                return keyed.encode("ascii")
            return b"" if action is Action.EMPTY else dummy.dummy_value(tag, vr, encoding)
        return self._cleaned(tag, vr, raw) if action is Action.CLEAN else None

    def date_in_text(self, digits: str) -> str | None:
        """Return a date of eight digits moved like the others, or None where there is no such day."""
        return temporal.shifted(digits, "DA", self._days)

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
            if other == self._identity:
                return self.pseudonym
            return patient_pseudonym(self._key, other, self._prefix)
        if tag == ACCESSION_NUMBER:
            return self.accession_number(original)
        if tag == STUDY_ID:
            return self.study_id(original)
        return None

    def accession_number(self, original: str) -> str:
        """Return the replacement of an Accession Number, empty for an empty one."""
        return self._once(ACCESSION_NUMBER, original, lambda: accession_pseudonym(self._key, original))

    def study_id(self, original: str) -> str:
        """Return the replacement of a Study ID, empty for an empty one."""
        return self._once(STUDY_ID, original, lambda: study_id_pseudonym(self._key, original, self._study))

    def _once(self, tag: int, original: str, make: Callable[[], str]) -> str:
        """Return what `make` returns, which is called once for each value of an attribute."""
        known = self._known.get((tag, original))
        if known is None:
            known = self._known[tag, original] = make()
        return known

    def _cleaned(self, tag: int, vr: str, raw: bytes) -> bytes | None:
        """Return dates moved, ages capped and AE titles keyed (PS3.15 E.3.6 to E.3.8)."""
        if not raw.isascii():
            return None
        results: list[str] = []
        for text in raw.decode("ascii").split("\\"):
            value = text.strip(" \0")
            result = self._cleaned_text(tag, vr, value) if value else ""
            if result is None:
                return None
            results.append(result)
        return "\\".join(results).encode("ascii")

    def _cleaned_text(self, tag: int, vr: str, text: str) -> str | None:
        if vr == "AS":
            return temporal.capped_age(text)
        if vr == "CS":
            terms = DEFINED_TERMS.get(tag)
            return None if terms is None else text if text in terms else _other_term(terms)
        if vr == "AE":
            return ae_title_pseudonym(self._key, text)
        if tag in VOCABULARY_DATES:
            return text if temporal.is_datetime(text) else None
        return temporal.shifted(text, vr, self._days) if vr in ("DA", "TM", "DT", "SH") else None


def _other_term(terms: frozenset[str]) -> str:
    """Return what stands for a code that the Standard does not define for an attribute."""
    return "OTHER" if "OTHER" in terms else dummy.TEXT
