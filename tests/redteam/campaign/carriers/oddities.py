"""Elements that are not what their VR or the dictionary says."""

from __future__ import annotations

from typing import Final

from ..answer import Class  # noqa: TID252
from ..draft import Draft  # noqa: TID252
from ..encoding import DataSet, items  # noqa: TID252
from ..modules import code  # noqa: TID252

_DEEP: Final = 10


def unknown_elements(draft: Draft) -> None:
    """Tags of even groups that no dictionary has."""
    name = draft.secret_name(draft.stranger(), "element unknown to the dictionary")
    for tag, vr in ((0x00089FF1, "LO"), (0x00109FF2, "PN"), (0x00189FF3, "UN"), (0x00420FF4, "LT")):
        draft.data.put(tag, f"{name.given} {name.family}", vr)


def retired_groups(draft: Draft) -> None:
    """Repeating and retired elements."""
    name = draft.secret_name(draft.stranger(), "retired element")
    for tag, vr in (
        (0x00203100, "CS"),
        (0x00080001, "UL"),
        (0x00080010, "SH"),
        (0x00080041, "LT"),
        (0x40000010, "LT"),
    ):
        text = name.family if vr != "LT" else f"{name.given} {name.family}"
        draft.data.put(tag, text.encode().ljust(len(text) + len(text) % 2), vr if vr != "UL" else "UN")


def as_unknown(draft: Draft) -> None:
    """Text, names and sequences as VR UN."""
    name = draft.secret_name(draft.stranger(), "text as UN")
    draft.data.put("RequestingService", f"{name.given} {name.family}", as_un=True)
    draft.data.put("PatientBirthName", name.dicom, as_un=True)
    item = items(CodeValue="D1", CodingSchemeDesignator="99X", CodeMeaning="x")
    item.put("PersonName", name.dicom)
    draft.data.put("ReferringPhysicianIdentificationSequence", [item], as_un=True)
    region = code("69536005", "SCT", "Head")
    region.put("PatientName", name.dicom)
    region.put("InstitutionName", draft.hospital.name)
    draft.data.put("PrimaryAnatomicStructureSequence", [region], as_un=True)


def deep(draft: Draft) -> None:
    """The patient's name ten sequences deep."""
    name = draft.secret_name(draft.stranger(), f"element {_DEEP} sequences deep")
    inner: DataSet = items(
        PatientName=name.dicom, InstitutionName=draft.hospital.name, OtherPatientNames=name.dicom
    )
    inner.put("StudyDate", draft.study.date)
    for _ in range(_DEEP - 1):
        outer = code("69536005", "SCT", "Head")
        outer.put("AnatomicRegionModifierSequence", [inner])
        inner = outer
    draft.data.put("PrimaryAnatomicStructureSequence", [inner])


def wrong_vr(draft: Draft) -> None:
    """A name where a number, a date, a code or a UID is due."""
    name = draft.secret_name(draft.patient.name, "name in a number, a date or a UID").family
    for keyword in (
        "TableHeight",
        "DistanceSourceToDetector",
        "Exposure",
        "DateOfSecondaryCapture",
        "FilterType",
    ):
        draft.data.put(keyword, name)
        draft.check(Class.TEXT_REMOVED, keyword, name, f"name in {keyword}")
    draft.data.put("TimeOfSecondaryCapture", name)
    draft.data.put("ConcatenationUID", name)
    draft.data.put("RetrieveAETitle", name[:16])
    draft.data.put("PatientSexNeutered", name[:16])


def another_vr(draft: Draft) -> None:
    """A text under a tag that has numbers."""
    name = draft.secret_name(draft.patient.name, "text under a numeric tag").family
    draft.data.put("SmallestImagePixelValue", name, "LO")
    draft.data.put("PixelPaddingRangeLimit", name, "LT")
    draft.data.put("SliceLocation", name, "UT")


def identifier_as_number(draft: Draft) -> None:
    """The number of the patient among the numbers of the image."""
    digits = "".join(filter(str.isdigit, draft.patient.patient_id))
    if len(digits) < 7:
        return
    draft.data.put("OtherPatientIDs", digits)
    draft.data.put("TemporalPositionIdentifier", digits, "IS")
    draft.data.put("TriggerTime", f"{digits}.0", "DS")
    for keyword in ("TemporalPositionIdentifier", "TriggerTime"):
        draft.secret(digits, "identifier as a number", keyword)


def several_values(draft: Draft) -> None:
    """Names among the values of a list, and behind much padding."""
    name = draft.secret_name(draft.patient.name, "one of several values")
    draft.data.put("ImageType", f"ORIGINAL\\PRIMARY\\{name.family.upper()[:16]}")
    draft.types.pop(0x00080008, None)
    draft.checks[:] = [one for one in draft.checks if one.path != "00080008"]
    draft.data.put("SoftwareVersions", f"VB42A\\{name.family}   ")
    draft.checks[:] = [one for one in draft.checks if one.path != "00181020"]
    draft.data.put("DeviceDescription", f"    {name.given} {name.family}" + " " * 20)
    draft.data.put("PatientAlternativeCalendar", f"{name.family}"[:16])


def old_dates(draft: Draft) -> None:
    """Dates as they were written before 1993, of unknown precision, and with an offset."""
    date = draft.study.date
    dotted = f"{date[:4]}.{date[4:6]}.{date[6:]}"
    draft.data.put("DateOfSecondaryCapture", dotted)
    draft.check(Class.TEXT_REMOVED, "DateOfSecondaryCapture", dotted, "date with dots")
    draft.put("PatientBirthDateInAlternativeCalendar", f"{int(draft.patient.birth_date[:4]) - 621}-03-11")
    moment = f"{date}{draft.study.time}.5+0130"
    draft.put("DateTimeOfLastCalibration", moment)
    draft.check(Class.TEXT_REMOVED, "DateTimeOfLastCalibration", moment, "date of a device")
    draft.put("FrameReferenceDateTime", moment)
    draft.date("FrameReferenceDateTime", moment, "with an offset")


def folded(draft: Draft) -> None:
    """The patient's name without accents, in other letters, with invisible characters, in odd fields."""
    name = draft.patient.name
    text = f"B30f {name.family[:3]}\N{ZERO WIDTH NON-JOINER}{name.family[3:]}"
    if draft.script.label == "UTF-8":
        draft.data.put("ConvolutionKernel", text)
        draft.secret(name.family, "zero-width character", "ConvolutionKernel")
        draft.checks[:] = [
            one for one in draft.checks if one.path != "00181210" or one.check != Class.TEXT_RETAINED
        ]
        draft.data.put("FilterMaterial", f"AL {''.join(chr(ord(c) + 0xFEE0) for c in name.family)}")
    draft.data.put("ReceiveCoilName", f"HEAD {name.family.upper()}")
    draft.secret(name.family, "name of a coil", "ReceiveCoilName")


def multiplied(draft: Draft) -> None:
    """An element that stands in the wrong place: names of groups that belong elsewhere."""
    name = draft.secret_name(draft.stranger(), "element of another service")
    uid = draft.new_uid("command")
    draft.uids[uid] = "affected instance"
    for tag, value, vr in (
        (0x00041500, f"{name.family.upper()[:8]}\\IM1", "CS"),
        (0x00041130, name.family.upper()[:16], "CS"),
        (0x00041511, uid, "UI"),
        (0x00400001, name.family[:16], "AE"),
        (0x00400006, name.dicom, "PN"),
        (0x30080105, name.dicom, "PN"),
        (0x40080102, f"{name.given} {name.family}", "PN"),
    ):
        draft.data.put(tag, value, vr)


CARRIERS: Final = {
    function.__name__.replace("_", " "): function
    for function in (
        unknown_elements,
        retired_groups,
        as_unknown,
        deep,
        wrong_vr,
        another_vr,
        identifier_as_number,
        several_values,
        old_dates,
        folded,
        multiplied,
    )
}
