"""Attributes that identify, in and beyond PS3.15 Table E.1-1."""

from __future__ import annotations

from .builders import FAMILY, NAME, STRANGER, Attack, attack, code

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
HOST = "pacs.hildegund.example"
HOSPITAL = "ST_HILDEGUND"
PERSON = code(f"Dr {STRANGER}", "D4712", "99L")


def _removed(keyword: str, text: str, *planted: str) -> Attack:
    return attack({keyword: text}, *(planted or (text,)))


def _document(elements: dict, sop_class: str, modality: str, *planted: str) -> Attack:
    return attack(elements, *planted, sop_class=sop_class, modality=modality, pixels=False)


def _in_sequence(keyword: str, item: dict, *planted: str) -> Attack:
    return attack({keyword: [item]}, *planted)


_TEXTS = {
    keyword: _removed(keyword, f"ask {STRANGER} 0711-9554820", STRANGER)
    for keyword in (
        "CommentsOnTheScheduledProcedureStep",
        "DoseComment",
        "RTImageDescription",
        "ContentDescription",
        "ImageComments",
        "PatientComments",
        "AdditionalPatientHistory",
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "DerivationDescription",
        "AcquisitionComments",
        "RequestedProcedureDescription",
        "DeviceDescription",
        "TextComments",
        "InterpretationText",
        "ResultsComments",
        "VisitComments",
        "DetectorDescription",
        "ContrastBolusAgent",
        "PerformedStationName",
        "TrackingID",
        "TextValue",
        "UnformattedTextValue",
    )
}

_NAMES_OF_PLACES = {
    keyword: _removed(keyword, text)
    for keyword, text in {
        "InstitutionName": HOSPITAL,
        "InstitutionAddress": f"Lindenplatz 14 {HOSPITAL}",
        "StationName": f"{HOSPITAL}_2",
        "RetrieveAETitle": HOSPITAL,
        "RetrieveURL": f"https://{HOST}/x",
        "RetrieveURI": f"https://{HOST}/x",
        "StorageURL": f"https://{HOST}/x",
        "PixelDataProviderURL": f"https://{HOST}/x",
        "NTPSourceAddress": f"10.77.14.25 {HOST}",
        "StorageMediaFileSetID": HOSPITAL,
        "StorageMediaFileSetUID": "1.2.3.99999.4",
        "DeviceID": f"INV-77144-{HOSPITAL}",
        "RadiationMachineName": f"{HOSPITAL}_LN",
        "PlacerOrderNumberProcedure": "PL88301442",
        "FillerOrderNumberProcedure": "FI88301442",
        "PlacerOrderNumberImagingServiceRequestRetired": "PO88301442",
        "FillerOrderNumberImagingServiceRequestRetired": "FO88301442",
        "EthnicGroup": FAMILY,
    }.items()
}

_SEQUENCES = {
    "issuer of the accession number": _in_sequence(
        "IssuerOfAccessionNumberSequence",
        {"LocalNamespaceEntityID": HOSPITAL, "UniversalEntityID": "1.2.276.0.76.3.1.77144"},
        HOSPITAL,
        "1.2.276.0.76.3.1.77144",
    ),
    "qualifiers of the issuer": _in_sequence(
        "IssuerOfPatientIDQualifiersSequence",
        {
            "UniversalEntityID": HOST,
            "AssigningFacilitySequence": [{"LocalNamespaceEntityID": HOSPITAL}],
            "AssigningAgencyOrDepartmentCodeSequence": [code("Neuroradiology Ward 7", "DEP7", "99L")],
        },
        HOST,
        HOSPITAL,
        "Ward 7",
    ),
    "placer of the order": _in_sequence(
        "OrderPlacerIdentifierSequence", {"LocalNamespaceEntityID": HOSPITAL}, HOSPITAL
    ),
    "requesting physician": _in_sequence(
        "RequestingPhysicianIdentificationSequence",
        {"PersonIdentificationCodeSequence": [PERSON]},
        STRANGER,
        "D4712",
    ),
    "human performer": _in_sequence("HumanPerformerCodeSequence", PERSON, STRANGER, "D4712"),
    "requesting service": _in_sequence(
        "RequestingServiceCodeSequence", code("Hildegund Ward 7", "W7", "99L"), "Hildegund"
    ),
    "asserter": _in_sequence(
        "AsserterIdentificationSequence", {"PersonIdentificationCodeSequence": [PERSON]}, STRANGER
    ),
    "comments on a request": _in_sequence(
        "RequestAttributesSequence", {"CommentsOnTheScheduledProcedureStep": f"call {STRANGER}"}, STRANGER
    ),
    "coding scheme of a hospital": _in_sequence(
        "CodingSchemeIdentificationSequence",
        {"CodingSchemeDesignator": "99HIL", "CodingSchemeResponsibleOrganization": "Hildegund Hospital"},
        "Hildegund",
    ),
    "name of a coding scheme with its author": _in_sequence(
        "CodingSchemeIdentificationSequence",
        {"CodingSchemeDesignator": "99HIL", "CodingSchemeName": f"Codes of {STRANGER}"},
        STRANGER,
    ),
    "text of an annotation": _in_sequence(
        "AcquisitionContextSequence", {"ValueType": "TEXT", "TextValue": f"ask {STRANGER}"}, STRANGER
    ),
    "beam": _in_sequence("BeamSequence", {"BeamNumber": "1", "BeamName": f"{FAMILY} LAO"}, FAMILY),
    "treatment machine": _in_sequence("BeamSequence", {"TreatmentMachineName": f"{HOSPITAL}_LN"}, HOSPITAL),
    "region of interest": _in_sequence(
        "StructureSetROISequence", {"ROINumber": "1", "ROIName": f"GTV {FAMILY}"}, FAMILY
    ),
}

_DOCUMENTS = {
    "encapsulated document": _document(
        {"EncapsulatedDocument": ("OB", FAMILY), "DocumentTitle": FAMILY}, ENCAPSULATED_PDF, "DOC", FAMILY
    ),
    "text of a report": _document({"ContentSequence": [{"TextValue": FAMILY}]}, BASIC_TEXT_SR, "SR", FAMILY),
    "person of a report": _document(
        {
            "VerifyingObserverSequence": [
                {"VerifyingObserverName": f"{STRANGER}^J", "VerifyingOrganization": HOSPITAL}
            ],
            "ContentSequence": [{"ValueType": "PNAME", "PersonName": NAME}],
        },
        BASIC_TEXT_SR,
        "SR",
        STRANGER,
        HOSPITAL,
        FAMILY,
    ),
}


def _named(prefix: str, attacks: dict[str, Attack]) -> dict[str, Attack]:
    return {f"{prefix} {name}": attack for name, attack in attacks.items()}


ATTACKS = {
    **_named("a person in", _TEXTS),
    **_named("a place or an order in", _NAMES_OF_PLACES),
    **_SEQUENCES,
    **_DOCUMENTS,
}
