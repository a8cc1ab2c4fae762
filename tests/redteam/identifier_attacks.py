"""Identifiers, UIDs and dates: cut, dressed up, and where nobody expects them."""

from __future__ import annotations

from .builders import PATIENT_ID, STRANGER, STUDY_UID, Attack, Value, attack, code, note

TRUNCATED_UID = STUDY_UID.rpartition(".")[0]


def _case(planted: str, patient_id: str, inside: str = "case {}") -> Attack:
    return note(planted, inside, patient_id=patient_id)


def _birth(planted: str, birth_date: str = "19520823") -> Attack:
    return note(planted, "born {}", elements={"PatientBirthDate": birth_date})


def _code_uid(keyword: str, uid: str, patient_id: str = PATIENT_ID) -> Attack:
    return attack({"AnatomicRegionSequence": [code("Brain", **{keyword: uid})]}, uid, patient_id=patient_id)


def _also(keyword: str, value: Value, planted: str) -> Attack:
    return note(planted, "no {}", elements={keyword: value})


_IDENTIFIERS = {
    "identifier without leading zeros": _case("55309174", "0055309174"),
    "identifier without its prefix": _case("5530917", PATIENT_ID),
    "identifier with separators": _case("553-09-1748", "553091748"),
    "identifier with blanks": _case("553 091 748", "553091748"),
    "identifier without its separators": _case("553091748", "553-09-1748"),
    "identifier with a check digit": _case("5530917-4", "5530917"),
    "identifier without its check digit": _case("5530917", "5530917-4"),
    "identifier without its check letter": _case("5530917", "5530917X"),
    "identifier with its issuer": _case("5530917^^^STMARY&1.2.3&ISO^MR", "5530917"),
    "identifier behind its issuer": _case("STMARY:5530917", "5530917"),
    "identifier of letters and digits with separators": _case("QX-55-RT-30", "QX55RT30"),
    "identifier of letters and digits without separators": _case("QX55RT30", "QX-55-RT-30"),
    "identifier touched by other digits": _case("5530917401", "55309174", "{}"),
    "identifier in full-width digits": note("５５３０９１７４", patient_id="55309174", charset="ISO_IR 192"),
    "identifier in Arabic digits": note("٥٥٣٠٩١٧٤", patient_id="55309174", charset="ISO_IR 192"),
    "identifier of an item": attack(
        {
            "OtherPatientIDsSequence": [{"PatientID": "QX77-4402", "TypeOfPatientID": "TEXT"}],
            "SoftwareVersions": "was QX77-4402",
        },
        "QX77-4402",
    ),
    "accession number": note("ACC902144"),
    "study identifier": _also("StudyID", "48123", "48123"),
    "serial number": _also("DeviceSerialNumber", "SN-44781-B", "SN-44781-B"),
    "admission": _also("AdmissionID", "ADM44871", "ADM44871"),
    "telephone number with other separators": _also(
        "PatientTelephoneNumbers", "0711-955-4820", "0711/9554820"
    ),
    "address": _also("PatientAddress", "Lindenplatz 14, Uhlbach", "Lindenplatz 14, Uhlbach"),
    "street of an address": _also("PatientAddress", "Lindenplatz 14, Uhlbach", "Lindenplatz 14"),
    "insurance": _also("InsurancePlanIdentification", "AOK-9912-77", "AOK-9912-77"),
}

_UIDS = {
    "UID below the root of DICOM": attack(
        {"FrameOfReferenceUID": "1.2.840.10008.5530917.19520823"}, "5530917.19520823"
    ),
    "study UID below the root of DICOM": attack(
        {"StudyInstanceUID": "1.2.840.10008.20190611.082533.5530917"}, "082533.5530917"
    ),
    "identifier as the UID of a coding scheme": _code_uid("CodingSchemeUID", "55309170", "55309170"),
    "identifier in the UID of a context": _code_uid("ContextUID", "1.2.276.99.55309170", "55309170"),
    "study UID as the UID of a coding scheme": _code_uid("CodingSchemeUID", STUDY_UID),
    "longer than the study UID as the UID of a coding scheme": _code_uid("CodingSchemeUID", f"{STUDY_UID}.9"),
    "study UID as a referenced class": attack(
        {
            "ReferencedImageSequence": [
                {"ReferencedSOPClassUID": STUDY_UID, "ReferencedSOPInstanceUID": "1.2.3.4.5.6.7"}
            ]
        },
        STUDY_UID,
    ),
    "UID in text": note(STUDY_UID),
    "UID in a code string": attack({"ImageType": f"ORIGINAL\\PRIMARY\\{STUDY_UID}"}, STUDY_UID),
    "UID with letters in text": note(
        "1.2.826.QX40221.7", elements={"FrameOfReferenceUID": "1.2.826.QX40221.7"}
    ),
    "UID cut short in text": note(TRUNCATED_UID),
    "UID that the header does not name": note("1.2.826.0.1.99.7.99887766.5", "v1 {}"),
    "UID in an address": attack(
        {"RetrieveURI": f"https://pacs.hospital.example/x/{STUDY_UID}"}, STUDY_UID, "hospital.example"
    ),
    "UID of a group that nobody expects": attack({0x00001000: ("UI", "1.2.3.55309170")}, "55309170"),
}

_DATES = {
    "study date": attack({}, "20190611"),
    "study date in text": note("20190611"),
    "birth date as the header has it": _birth("19520823"),
    "birth date with dots": _birth("23.08.1952"),
    "birth date with dashes": _birth("1952-08-23"),
    "birth date with a month's name": _birth("23 Aug 1952"),
    "birth date with a month's name in capitals": _birth("23-AUG-1952"),
    "birth date with a month written out": _birth("23 August 1952"),
    "birth date with a year of two digits": _birth("23.08.52"),
    "birth date without separators": _birth("23081952"),
    "birth date without leading zeros": _birth("3.8.1952", "19520803"),
    "birth date of ACR-NEMA": _birth("1952.08.23", "1952.08.23"),
    "birth date in words": _birth("the twenty-third of August fifty-two"),
    "birth date in another calendar": attack(
        {
            "PatientBirthDateInAlternativeCalendar": "昭和27年8月23日",
            "PatientAlternativeCalendar": "JAPANESE",
        },
        "昭和27年8月23日",
        charset="ISO_IR 192",
    ),
    "dates in the Hebrew calendar": attack(
        {
            "PatientBirthDateInAlternativeCalendar": "2 Elul 5712",
            "PatientDeathDateInAlternativeCalendar": "5 Nisan 5781",
        },
        "2 Elul 5712",
        "5 Nisan 5781",
    ),
    "name as a date": attack({"StudyDate": STRANGER}, STRANGER),
    "name as a time": attack({"StudyTime": STRANGER}, STRANGER),
    "name as a time zone": attack({"TimezoneOffsetFromUTC": STRANGER}, STRANGER),
}

ATTACKS = {**_IDENTIFIERS, **_UIDS, **_DATES}
