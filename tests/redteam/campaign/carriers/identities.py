"""People, orders, issuers and places in the sequences that are made for them."""

from __future__ import annotations

from typing import Final

from ..draft import Draft  # noqa: TID252
from ..encoding import DataSet, items  # noqa: TID252
from ..modules import code  # noqa: TID252
from ..people import Name  # noqa: TID252
from ..texts import describe  # noqa: TID252


def _person(draft: Draft, name: Name) -> DataSet:
    staff = draft.secret(f"ST{draft.rng.randrange(10**6, 10**7)}", "code of a person")
    return items(
        PersonIdentificationCodeSequence=[code(staff, "99STAFF", f"Dr {name.given} {name.family}")],
        PersonAddress=draft.secret(f"{draft.rng.randrange(400, 999)} Physicians Walk", "address of a person"),
        PersonTelephoneNumbers=draft.secret(
            f"(01632) 96{draft.rng.randrange(1000, 9999)}", "phone of a person"
        ),
        InstitutionName=draft.hospital.name,
        InstitutionAddress=draft.hospital.address,
    )


def people(draft: Draft) -> None:
    """Everybody around the patient, by name and by code."""
    for keyword, sequence in (
        ("PhysiciansOfRecord", "PhysiciansOfRecordIdentificationSequence"),
        ("NameOfPhysiciansReadingStudy", "PhysiciansReadingStudyIdentificationSequence"),
        ("RequestingPhysician", "RequestingPhysicianIdentificationSequence"),
        ("ConsultingPhysicianName", "ConsultingPhysicianIdentificationSequence"),
    ):
        name = draft.secret_name(draft.stranger(), keyword, keyword)
        other = draft.secret_name(draft.stranger(), keyword, keyword)
        draft.data.put(keyword, f"{name.dicom}\\{other.dicom}")
        draft.data.put(sequence, [_person(draft, name)])


def identifiers(draft: Draft) -> None:
    """Other identifiers of the patient, with their issuers."""
    who, where = draft.patient, draft.hospital
    other = draft.secret(f"OLD{draft.rng.randrange(10**7, 10**8)}", "other patient ID")
    qualifiers = items(
        UniversalEntityID=draft.secret(where.host, "issuer"),
        UniversalEntityIDType="DNS",
        AssigningFacilitySequence=[
            items(LocalNamespaceEntityID=draft.secret(where.department, "assigning facility"))
        ],
    )
    draft.data.put("OtherPatientIDs", f"{other}\\{draft.secret(who.ssn, 'social security number')}")
    one = items(
        PatientID=other, IssuerOfPatientID=draft.secret(where.ae_title, "issuer"), TypeOfPatientID="TEXT"
    )
    draft.data.put("OtherPatientIDsSequence", [one])
    draft.data.put("IssuerOfPatientIDQualifiersSequence", [qualifiers])
    draft.data.put("PatientBirthName", draft.secret_name(draft.stranger(), "birth name").dicom)
    draft.data.put("PatientMotherBirthName", draft.secret_name(draft.stranger(), "mother's birth name").dicom)
    draft.hide("MedicalRecordLocator", f"SHELF{draft.rng.randrange(10**6, 10**7)}", "medical record")
    draft.hide("PatientTelecomInformation", who.email, "e-mail address")


def orders(draft: Draft) -> None:
    """Orders and requests, by number and in words."""
    for keyword in ("PlacerOrderNumberImagingServiceRequest", "FillerOrderNumberImagingServiceRequest"):
        draft.hide(keyword, f"ORD{draft.rng.randrange(10**7, 10**8)}", keyword)
    draft.hide("OrderEnteredBy", draft.stranger().dicom.split("^")[0], "order entered by")
    draft.hide("OrderEntererLocation", draft.hospital.department, "order's place")
    draft.hide("OrderCallbackPhoneNumber", f"(01632) 96{draft.rng.randrange(1000, 9999)}", "callback number")
    issuer = items(
        LocalNamespaceEntityID=draft.secret(draft.hospital.ae_title, "issuer of the accession number")
    )
    draft.data.put("IssuerOfAccessionNumberSequence", [issuer])
    draft.data.put("OrderPlacerIdentifierSequence", [issuer])
    request = items(
        RequestedProcedureID=draft.secret(f"RP{draft.rng.randrange(10**6, 10**7)}", "requested procedure"),
        ScheduledProcedureStepID=draft.secret(f"SPS{draft.rng.randrange(10**6, 10**7)}", "scheduled step"),
        AccessionNumber=draft.study.accession,
        StudyInstanceUID=draft.study.uid,
    )
    path = "RequestAttributesSequence"
    describe(draft, "RequestedProcedureDescription", "CT CHEST", data=request, path=path, retained=False)
    describe(
        draft, "ScheduledProcedureStepDescription", "CHEST ROUTINE", data=request, path=path, retained=False
    )
    describe(draft, "ReasonForTheRequestedProcedure", "COUGH", data=request, path=path, retained=False)
    draft.data.put(path, [request])


def original_attributes(draft: Draft) -> None:
    """What the data set said before somebody corrected it."""
    name = draft.secret_name(draft.stranger(), "original attributes")
    before = items(
        PatientName=name.dicom,
        PatientID=draft.secret(f"WRONG{draft.rng.randrange(10**6, 10**7)}", "original patient ID"),
        StudyDescription=f"CT for {name.given} {name.family}",
    )
    modified = items(
        ModifiedAttributesSequence=[before],
        AttributeModificationDateTime=f"{draft.study.date}120000",
        ModifyingSystem=draft.secret(draft.hospital.ae_title, "modifying system"),
        SourceOfPreviousValues=draft.hospital.name,
        ReasonForTheAttributeModification="COERCE",
    )
    draft.data.put("OriginalAttributesSequence", [modified])


def signatures(draft: Draft) -> None:
    """A digital signature with a certificate that names the signer."""
    name = draft.secret_name(draft.stranger(), "certificate of a signer")
    signature = items(
        MACIDNumber=1,
        DigitalSignatureUID=draft.new_uid("signature"),
        DigitalSignatureDateTime=f"{draft.study.date}120000",
        CertificateType="X509_1993_SIG",
    )
    signature.put(
        "CertificateOfSigner", f"0\x82CN={name.given} {name.family}, O={draft.hospital.name}".encode(), "OB"
    )
    signature.put("Signature", bytes(range(64)), "OB")
    draft.data.put("DigitalSignaturesSequence", [signature])


def equipment(draft: Draft) -> None:
    """Devices through which the instance went."""
    where = draft.hospital
    operator = draft.secret_name(draft.stranger(), "operator of contributing equipment")
    one = items(
        PurposeOfReferenceCodeSequence=[code("109101", "DCM", "Acquisition Equipment")],
        Manufacturer="SIEMENS",
        InstitutionName=where.name,
        InstitutionAddress=where.address,
        StationName=draft.secret(where.station, "station"),
        OperatorsName=operator.dicom,
        ContributionDateTime=f"{draft.study.date}120000",
    )
    path = "ContributingEquipmentSequence"
    draft.date(f"{path}/ContributionDateTime", f"{draft.study.date}120000", "contributing equipment")
    describe(draft, "ContributionDescription", "Acquisition", data=one, path=path, retained=False)
    draft.data.put(path, [one])


def trial(draft: Draft) -> None:
    """A clinical trial: the subject, the site, the sponsor."""
    for keyword, value in (
        ("ClinicalTrialSubjectID", f"SUBJ{draft.rng.randrange(10**6, 10**7)}"),
        ("ClinicalTrialSubjectReadingID", f"READ{draft.rng.randrange(10**6, 10**7)}"),
        ("ClinicalTrialSiteName", draft.hospital.name),
        ("ClinicalTrialSponsorName", f"{draft.stranger().family} Pharma"),
        ("ClinicalTrialProtocolID", f"PROT{draft.rng.randrange(10**6, 10**7)}"),
    ):
        draft.hide(keyword, value, f"clinical trial {keyword}")


def codes(draft: Draft) -> None:
    """Names as the meaning of codes that stay."""
    name = draft.patient.name
    meaning = code("77477000", "SCT", f"CT for {name.given} {name.family}")
    draft.data.put("ProcedureCodeSequence", [meaning])
    draft.secret_name(name, "code meaning", "ProcedureCodeSequence/CodeMeaning")
    other = draft.secret_name(draft.stranger(), "code meaning")
    draft.data.put(
        "PerformedProtocolCodeSequence",
        [code("P1", "99LOCAL", f"Performed by Dr. {other.given} {other.family}")],
    )
    scheme = items(
        CodingSchemeDesignator="99LOCAL",
        CodingSchemeName="Local codes",
        CodingSchemeResponsibleOrganization=draft.secret(draft.hospital.name, "coding scheme"),
    )
    draft.data.put("CodingSchemeIdentificationSequence", [scheme])


def long_stay(draft: Draft) -> None:
    """A visit: admission, place, diagnosis, state."""
    draft.hide("AdmissionID", f"ADM{draft.rng.randrange(10**6, 10**7)}", "admission")
    draft.hide(
        "CurrentPatientLocation", f"{draft.hospital.department}, room {draft.number % 90 + 10}", "location"
    )
    draft.hide("PatientInstitutionResidence", f"{draft.patient.town} Almshouse", "residence")
    for keyword, clinical in (
        ("AdmittingDiagnosesDescription", "PNEUMONIA"),
        ("VisitComments", "OUTPATIENT"),
        ("PatientState", "STABLE"),
        ("Allergies", "PENICILLIN"),
    ):
        describe(draft, keyword, clinical, retained=False)
    draft.put("AdmittingDate", draft.date("AdmittingDate", draft.study.date))


CARRIERS: Final = {
    function.__name__.replace("_", " "): function
    for function in (
        people,
        identifiers,
        orders,
        original_attributes,
        signatures,
        equipment,
        trial,
        codes,
        long_stay,
    )
}
