"""Studies whose people are called like settings, or whose identifiers look like other numbers.

Nothing is wrong with them: each must pass, and keep what researchers need.
"""

from __future__ import annotations

from .builders import Attack, Value, attack, code


def _study(**elements: Value) -> Attack:
    header = {
        key: elements.pop(keyword)
        for key, keyword in (("name", "PatientName"), ("patient_id", "PatientID"), ("modality", "Modality"))
        if keyword in elements
    }
    anatomy = {"AnatomicRegionSequence": [code("Head")], "SoftwareVersions": "VB42A"}
    return attack({**anatomy, **elements}, charset="ISO_IR 100", **header)


_PEOPLE = {
    f"patient {name}": _study(PatientName=name)
    for name in (
        "CT^Phantom",
        "Head^Anna",
        "Long^Li",
        "Li^An",
        "Ir^Iso",
        "Test^Test",
        "MONOCHROME2^X",
        "SIEMENS^QA",
        "Original^Axial",
        "Hand^Foot",
        "Primary^Otto",
        "Brain^Bo",
        "M^F",
        "Do^Ma",
        "Anonymous",
        "",
        "^^^^",
        "Sensation",
        "SCT^Ada",
    )
}
_IDENTIFIERS = {
    f"identifier {identifier}": _study(PatientID=identifier)
    for identifier in (
        "1",
        "16",
        "100",
        "120",
        "2012",
        "CT1",
        "-1024.0",
        "0",
        "69536005",
        "000",
        "SCT",
        "HEAD",
        "1.5",
        "7",
        "082533",
        "20190611",
    )
}
_OTHERS = {
    "phantom of an MR": _study(PatientName="Phantom^MR", Modality="MR"),
    "operator called CT": _study(OperatorsName="CT"),
    "operator of a department": _study(OperatorsName="MTA HEAD"),
    "physician of a vendor": _study(PerformingPhysicianName="SIEMENS SERVICE"),
    "operator called like the model": _study(OperatorsName="Sensation"),
    "procedure called like its region": _study(
        RequestAttributesSequence=[{"RequestedProcedureID": "CT HEAD"}]
    ),
    "telephone number that is a word": _study(PatientTelephoneNumbers="none", FilterType="NONE"),
    "accession number that is a modality": _study(AccessionNumber="CT"),
    "address that is a region": _study(PatientAddress="HEAD"),
    "identifier that is a setting": _study(PatientID="120000", XRayTubeCurrent="120000"),
    "study identifier that is a number": _study(StudyID="1"),
    "birth date that is unknown": _study(PatientBirthDate="00000000"),
    "birth date without a day": _study(PatientBirthDate="195208"),
}

STUDIES = {**_PEOPLE, **_IDENTIFIERS, **_OTHERS}
