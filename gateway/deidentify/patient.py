"""Who the patient is, and what stands for him: pseudonym, accession number, study ID."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.pseudonym import PseudonymKey, base32
from gateway.errors import Reason, Refused

RULE_VERSION: Final = "1"
"""Version of the normalisation below; part of every input, so that a change cannot go unnoticed."""
MAX_IDENTIFIER: Final = 1024
"""Characters; PS3.5 allows 64. Normalisation takes the square of a run of combining characters."""
CODE_LENGTH: Final = 13
"""65 bits: among a million patients the chance of any two sharing a code is below 1 in 10^7."""


@dataclass(frozen=True, slots=True)
class PatientIdentity:
    """What the pseudonym of a patient is made from.

    Parameters
    ----------
    kind
        ``patient``, or ``study`` where the instance has no Patient ID: such studies never
        share a pseudonym.
    issuer, value
        Normalised Issuer of Patient ID and Patient ID; the study's UID for ``study``.
    """

    kind: str
    issuer: str
    value: str

    @classmethod
    def of(cls, patient_id: str, issuer: str, study_instance_uid: str) -> PatientIdentity:
        """Return the identity that a header stands for."""
        value = normalised(patient_id)
        if value:
            return cls("patient", normalised(issuer), value)
        return cls("study", "", study_instance_uid)

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """Input of the keyed digests."""
        return RULE_VERSION, self.kind, self.issuer, self.value


def normalised(text: str) -> str:
    """Return `text` without padding, in Unicode's composed form."""
    stripped = text.strip(" \0\t\r\n")
    if len(stripped) > MAX_IDENTIFIER:
        raise Refused(Reason.LIMIT, "an identifier that is too long")
    return unicodedata.normalize("NFC", stripped)


def patient_pseudonym(key: PseudonymKey, identity: PatientIdentity, prefix: str) -> str:
    """Return the replacement Patient ID, `prefix` and 13 characters (PS3.15 E.1.1, action Z/D)."""
    return prefix + base32(key.digest("patient-id", *identity.parts), CODE_LENGTH)


def accession_pseudonym(key: PseudonymKey, original: str) -> str:
    """Return the replacement Accession Number, 13 of the 16 characters of an SH; empty for an empty one."""
    value = normalised(original)
    return base32(key.digest("accession-number", value), CODE_LENGTH) if value else ""


def ae_title_pseudonym(key: PseudonymKey, original: str) -> str:
    """Return the replacement of an AE title, 15 of the 16 characters of an AE.

    It tells devices apart without naming a host of the hospital (PS3.15 E.3.8, action C).
    """
    return "AE" + base32(key.digest("ae-title", normalised(original)), CODE_LENGTH)


def study_id_pseudonym(key: PseudonymKey, original: str, study_instance_uid: str) -> str:
    """Return the replacement Study ID; the study's UID takes part, because Study IDs are often just 1."""
    value = normalised(original)
    return base32(key.digest("study-id", study_instance_uid, value), CODE_LENGTH) if value else ""
