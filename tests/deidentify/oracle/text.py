"""Clean Descriptors: which texts the cleaner sees, and what the header tells it (PS3.15 E.3.5)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pydicom.dataset import Dataset

from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known
from gateway.standard.defined_terms import DEFINED_TERMS
from gateway.standard.dictionary import is_registered_uid, keyword_of, vr_of

from .reading import any_text, can_say, element_of, strict_text, tags_of, terms_of
from .rule import Rules
from .value import moved_date

PLACES = {
    *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName"),
    *("ReferringPhysicianAddress", "CurrentPatientLocation", "PatientInstitutionResidence"),
    *("ScheduledPatientInstitutionResidence", "ResponsibleOrganization"),
    *("VerifyingOrganization", "ClinicalTrialSiteName"),
    *("ClinicalTrialCoordinatingCenterName", "ScheduledProcedureStepLocation", "PerformedLocation"),
    *("PatientAddress", "PersonAddress"),
}
IDENTIFIERS = {
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "ServiceEpisodeID"),
    *("PatientTelephoneNumbers", "PatientTelecomInformation", "MedicalRecordLocator"),
    *("InsurancePlanIdentification", "PlacerOrderNumberImagingServiceRequest"),
    *("FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberProcedure", "FillerOrderNumberProcedure"),
    *("PatientBirthDateInAlternativeCalendar", "ReferringPhysicianTelephoneNumbers"),
    *("PersonTelephoneNumbers", "OrderCallbackPhoneNumber", "ClinicalTrialSubjectID"),
    *("StudyID", "RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID"),
    *("DeviceSerialNumber", "DetectorID", "PlateID", "CassetteID", "GantryID", "ContainerIdentifier"),
    *("SpecimenIdentifier", "IssuerOfPatientID"),
}
LONGEST = {"LO": 64, "LT": 10240, "SH": 16, "ST": 1024}
LOOKED_AT = 1 << 16


def kind_of(tag: int, sent_vr: str, inside: str) -> str:
    """Tell what an attribute is to the cleaner; `inside` is the keyword of the sequence around it."""
    keyword = keyword_of(tag)
    if vr_of(tag) == "PN":
        return "name"
    if inside == "PersonIdentificationCodeSequence" and keyword in ("CodeMeaning", "CodeValue"):
        return "name" if keyword == "CodeMeaning" else "identifier"
    if keyword in PLACES or (inside == "InstitutionCodeSequence" and keyword == "CodeMeaning"):
        return "place"
    return "identifier" if keyword in IDENTIFIERS else "name" if sent_vr == "PN" else ""


class Texts:
    """Cleans the texts of one instance."""

    def __init__(
        self, data_set: Dataset, rules: Rules, uid: Callable[[str], str], days: int | None, *, private: bool
    ) -> None:
        self._cleaner, self._known, self._days = Cleaner(), Known(), days
        self._uid = lambda original: original if is_registered_uid(original) else uid(original)
        self._learn(data_set, (), terms_of(data_set, ()), rules, private=private)

    def _learn(self, data_set, path, terms, rules, *, private) -> None:
        for tag in tags_of(data_set):
            element = element_of(data_set, tag, looks_into_private=private)
            for item in element.items or ():
                self._learn(item, (*path, tag), terms_of(item, terms), rules, private=private)
            kind = kind_of(tag, element.vr, keyword_of(path[-1]) if path else "")
            if not kind or element.items is not None or rules.ruling(tag, path).action == "K":
                continue
            for text in any_text(element.value[:LOOKED_AT], terms).strip(" \0").split("\\"):
                if text.strip():
                    getattr(self._known, f"add_{kind}")(text)

    def cleaned(self, raw: bytes, tag: int, vr: str, terms: tuple[str, ...], *, strict: bool) -> str | None:
        """Return what is left of a text, None where it cannot be read or what is left not be written."""
        text = strict_text(raw.rstrip(b" \0"), terms)
        if text is None:
            return None
        values = text.split("\\") if vr in ("CS", "LO", "SH", "UC") else [text]
        if vr == "CS":
            cleaned = [self._code(value, DEFINED_TERMS.get(tag, ())) for value in values]
        else:
            cleaned = [self._one(value, vr, strict=strict) for value in values]
        result = "\\".join(cleaned) if any(cleaned) or cleaned == values else ""
        return result if can_say(result, terms) or result == text else None

    def _code(self, code: str, defined: Collection[str]) -> str:
        """Return a code, or another one: half a code is none."""
        if code.strip() in defined or self._one(code, "CS", strict=True) == code:
            return code
        return "OTHER" if "OTHER" in defined else ""

    def _one(self, text: str, vr: str, *, strict: bool) -> str:
        result = self._run(text, self._uid, strict=strict)
        limit = max(LONGEST.get(vr, 0), len(text)) if vr in LONGEST else len(text)
        return self._run(text, lambda _: "", strict=strict) if len(result) > limit else result

    def _run(self, text: str, uid: Callable[[str], str], *, strict: bool) -> str:
        days = self._days
        date = None if days is None else lambda digits: moved_date(digits, days)
        return self._cleaner.clean(text, self._known, strict=strict, date=date, uid=uid).text
