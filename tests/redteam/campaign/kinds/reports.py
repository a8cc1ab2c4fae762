"""Structured reports: people, places, dates and UIDs as content items."""

from __future__ import annotations

from typing import Final

from ..answer import Class  # noqa: TID252
from ..draft import Draft  # noqa: TID252
from ..encoding import DataSet, items  # noqa: TID252
from ..modules import STORAGE, begin, code, reference  # noqa: TID252
from ..texts import attacked  # noqa: TID252
from .state import evidence

_CONTENT: Final = "ContentSequence"
_FINDINGS: Final = (
    "Nodule in the right upper lobe, 12 mm",
    "No pleural effusion. Heart size normal.",
    "Mild degenerative changes of the lumbar spine",
    "Liver and spleen are unremarkable",
)


def _item(value_type: str, concept: tuple[str, str, str], **values: object) -> DataSet:
    content = items(RelationshipType="CONTAINS", ValueType=value_type, **values)
    content.put("ConceptNameCodeSequence", [code(*concept)])
    return content


def _text(
    draft: Draft, concept: tuple[str, str, str], clinical: str, path: str = _CONTENT, *, kept: bool = True
) -> DataSet:
    text, secrets, label = attacked(draft, clinical, "UT")
    for secret in secrets:
        draft.secret(secret, f"text item {concept[2]}, {label}", f"{path}/TextValue")
    if kept:
        draft.retains(f"{path}/TextValue", text, clinical, label)
    return _item("TEXT", concept, TextValue=text)


def _observers(draft: Draft, path: str = _CONTENT) -> list[DataSet]:
    """Return who says so: by name, by organization, by device."""
    name = draft.secret_name(draft.stranger(), "person observer", f"{path}/PersonName")
    where = draft.hospital
    uid = draft.refer(draft.new_uid("device"), f"{path}/UID")
    draft.secret(where.name, "organization of the observer", f"{path}/TextValue")
    serial = draft.secret(f"DEV{draft.rng.randrange(10**6, 10**7)}", "serial number", f"{path}/TextValue")
    return [
        _item("PNAME", ("121008", "DCM", "Person Observer Name"), PersonName=name.dicom),
        _item("TEXT", ("121009", "DCM", "Person Observer's Organization Name"), TextValue=where.name),
        _item("UIDREF", ("121012", "DCM", "Device Observer UID"), UID=uid),
        _item("TEXT", ("121016", "DCM", "Device Observer Serial Number"), TextValue=serial),
    ]


def _subject(draft: Draft, path: str = _CONTENT) -> list[DataSet]:
    """Return who it is about."""
    who = draft.patient
    draft.secret(who.name.family, "subject of the report", f"{path}/PersonName")
    found = [_item("PNAME", ("121029", "DCM", "Subject Name"), PersonName=who.name.dicom)]
    if who.patient_id:
        draft.secret(who.patient_id, "subject of the report", f"{path}/TextValue")
        found.append(_item("TEXT", ("121030", "DCM", "Subject ID"), TextValue=who.patient_id))
    draft.check(Class.TEXT_REMOVED, f"{path}/Date", who.birth_date, "birth date of the subject")
    found.append(_item("DATE", ("121031", "DCM", "Subject Birth Date"), Date=who.birth_date))
    return found


def _when(draft: Draft, path: str = _CONTENT) -> list[DataSet]:
    moment = f"{draft.study.date}{draft.study.time}"
    draft.date(f"{path}/DateTime", moment, "date and time as content")
    draft.check(Class.TEXT_REMOVED, f"{path}/Date", draft.study.date, "date as content")
    return [
        _item("DATETIME", ("111526", "DCM", "DateTime Started"), DateTime=moment),
        _item("DATE", ("122128", "DCM", "Study Date of Comparison"), Date=draft.study.date),
    ]


def _report(draft: Draft, sop_class: str, title: tuple[str, str, str]) -> None:
    begin(draft, sop_class, "SR", "CT CHEST", "RADIOLOGY REPORT")
    draft.one("InstanceNumber", "1")
    draft.one("ContentDate", draft.date("ContentDate", draft.study.date), keep=False)
    draft.one("ContentTime", draft.time("ContentTime", draft.study.time), keep=False)
    draft.one("CompletionFlag", "COMPLETE")
    draft.one("VerificationFlag", "VERIFIED")
    draft.two("ReferencedPerformedProcedureStepSequence", [], keep=False)
    draft.two("PerformedProcedureCodeSequence", [])
    draft.one("ValueType", "CONTAINER")
    draft.one("ContinuityOfContent", "SEPARATE")
    draft.one("ConceptNameCodeSequence", [code(*title)])
    _verifier(draft)


def _verifier(draft: Draft) -> None:
    path = "VerifyingObserverSequence"
    name = draft.secret_name(draft.stranger(), "verifying observer", f"{path}/VerifyingObserverName")
    draft.secret(draft.hospital.name, "verifying organization", f"{path}/VerifyingOrganization")
    moment = f"{draft.study.date}{draft.study.time}"
    observer = items(
        VerifyingObserverName=name.dicom,
        VerifyingOrganization=draft.hospital.name,
        VerificationDateTime=moment,
        VerifyingObserverIdentificationCodeSequence=[
            code(f"DR{draft.rng.randrange(10**6, 10**7)}", "99ST", f"Dr {name.family}")
        ],
    )
    draft.check(Class.TEXT_REMOVED, f"{path}/VerificationDateTime", moment, "verification")
    draft.one(path, [observer])


def _measurement(path: str, draft: Draft) -> DataSet:
    value = items(NumericValue="12.5", MeasurementUnitsCodeSequence=[code("mm", "UCUM", "millimeter")])
    draft.check(Class.TEXT_RETAINED, f"{path}/MeasuredValueSequence/NumericValue", "12.5", "measurement")
    return _item("NUM", ("81827009", "SCT", "Diameter"), MeasuredValueSequence=[value])


def basic_text(draft: Draft) -> None:
    """Basic Text SR: findings, a history and a conclusion, flat."""
    _report(draft, f"{STORAGE}88.11", ("11528-7", "LN", "Radiology Report"))
    number = draft.turn("findings", len(_FINDINGS))
    draft.one(
        _CONTENT,
        [
            *_observers(draft),
            *_subject(draft),
            *_when(draft),
            _text(draft, ("121071", "DCM", "Finding"), _FINDINGS[number]),
            _text(draft, ("11329-0", "LN", "History"), "Cough and fever"),
            _text(draft, ("121077", "DCM", "Conclusion"), "Pneumonia"),
            _text(draft, ("121106", "DCM", "Comment"), "Follow up recommended"),
            _text(draft, ("NONSENSE", "99LOCAL", "Remark of the site"), "Nothing else", kept=False),
        ],
    )


def enhanced(draft: Draft) -> None:
    """Enhanced SR: a section with a measurement and an image."""
    _report(draft, f"{STORAGE}88.22", ("11528-7", "LN", "Radiology Report"))
    path = f"{_CONTENT}/{_CONTENT}"
    section = _item("CONTAINER", ("121070", "DCM", "Findings"), ContinuityOfContent="SEPARATE")
    section.put(
        _CONTENT,
        [
            _text(draft, ("121071", "DCM", "Finding"), _FINDINGS[0], path),
            _measurement(path, draft),
            *_when(draft, path),
        ],
    )
    draft.one(_CONTENT, [*_observers(draft), section])


def comprehensive(draft: Draft) -> None:
    """Comprehensive SR: nested ten deep, with an image of the study."""
    _report(draft, f"{STORAGE}88.33", ("126000", "DCM", "Imaging Measurement Report"))
    targets = draft.study.of_kind("CT", "MR", "US", "CR")
    draft.one("CurrentRequestedProcedureEvidenceSequence", evidence(draft, targets))
    path = f"{_CONTENT}/ReferencedSOPSequence"
    images = [
        _item(
            "IMAGE",
            ("260753009", "SCT", "Source"),
            ReferencedSOPSequence=[reference(draft, targets[0], path)],
        )
    ]
    depth = 10
    deep = "/".join([_CONTENT] * depth)
    inner = [
        _text(draft, ("121071", "DCM", "Finding"), _FINDINGS[1], deep),
        _measurement(deep, draft),
        *_observers(draft, deep),
        *_subject(draft, deep),
    ]
    for _ in range(depth - 1):
        group = _item("CONTAINER", ("125007", "DCM", "Measurement Group"), ContinuityOfContent="SEPARATE")
        group.put(_CONTENT, inner)
        inner = [group]
    draft.one(_CONTENT, [*_observers(draft), *images, *inner])


def dose(draft: Draft) -> None:
    """X-Ray Radiation Dose SR: irradiation events with UIDs, times and doses."""
    _report(draft, f"{STORAGE}88.67", ("113701", "DCM", "X-Ray Radiation Dose Report"))
    path = f"{_CONTENT}/{_CONTENT}"
    event = _item("CONTAINER", ("113819", "DCM", "CT Acquisition"), ContinuityOfContent="SEPARATE")
    uid = draft.refer(draft.new_uid("event"), f"{path}/UID")
    value = items(NumericValue="8.45", MeasurementUnitsCodeSequence=[code("mGy", "UCUM", "mGy")])
    draft.check(Class.TEXT_RETAINED, f"{path}/MeasuredValueSequence/NumericValue", "8.45", "dose")
    event.put(
        _CONTENT,
        [
            _text(draft, ("125203", "DCM", "Acquisition Protocol"), "CHEST ROUTINE", path),
            _item("UIDREF", ("113769", "DCM", "Irradiation Event UID"), UID=uid),
            _item("NUM", ("113830", "DCM", "Mean CTDIvol"), MeasuredValueSequence=[value]),
            *_when(draft, path),
        ],
    )
    draft.one(_CONTENT, [*_observers(draft), event])


KINDS: Final = {
    "Basic Text SR": basic_text,
    "Enhanced SR": enhanced,
    "Comprehensive SR": comprehensive,
    "Dose SR": dose,
}
