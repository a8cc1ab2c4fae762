"""Modules of PS3.3 that several kinds of instance share."""

from __future__ import annotations

from typing import Final

from .answer import Class
from .draft import Draft, Reference
from .encoding import DataSet, items
from .texts import describe

STORAGE: Final = "1.2.840.10008.5.1.4.1.1."


def code(value: str, scheme: str, meaning: str) -> DataSet:
    """Return an item of a code sequence."""
    return items(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def begin(draft: Draft, sop_class: str, modality: str, study: str, series: str) -> None:
    """Set what every composite instance has.

    Parameters
    ----------
    study, series
        Clinical words of the descriptions.
    """
    draft.sop_class = sop_class
    sop_common(draft)
    patient(draft)
    general_study(draft, study)
    general_series(draft, modality, series)
    equipment(draft)


def sop_common(draft: Draft) -> None:
    """Set the SOP Common module, and the instance's own UIDs."""
    draft.one("SOPClassUID", draft.sop_class)
    draft.uid = draft.new_uid("instance")
    draft.one("SOPInstanceUID", draft.uid, keep=False)
    draft.refer(draft.uid, "SOPInstanceUID", required=True)
    if draft.script.terms:
        draft.put("SpecificCharacterSet", "\\".join(draft.script.terms))
    draft.when("InstanceCreation")
    creator = draft.new_uid("creator")
    draft.put("InstanceCreatorUID", creator)
    draft.uids[creator] = "InstanceCreatorUID"


def patient(draft: Draft) -> None:
    """Set the Patient and Patient Study modules."""
    who = draft.patient
    name = draft.script.name if draft.script.label != "ASCII" else f"{who.name.dicom}^Maud^Dr^PhD"
    draft.two("PatientName", name, keep=False)
    for secret in draft.script.secrets if draft.script.label != "ASCII" else ():
        draft.secret(secret, "patient's name in his script", "PatientName")
    draft.hide("OtherPatientNames", who.name.dicom, "patient's name", who.name.family, who.name.given)
    draft.two("PatientID", who.patient_id, keep=False)
    draft.check(Class.PATID_CONSISTENT, "PatientID", draft.owner)
    draft.secret(who.patient_id, "Patient ID", "PatientID")
    if who.issuer:
        draft.hide("IssuerOfPatientID", who.issuer, "issuer")
    draft.two("PatientBirthDate", who.birth_date, keep=False)
    draft.secret(who.birth_date, "birth date", "PatientBirthDate")
    draft.two("PatientSex", who.sex)
    draft.keep("PatientAge", f"{min(89, (int(draft.study.date) - int(who.birth_date)) // 10000):03}Y")
    draft.keep("PatientWeight", f"{50 + who.number % 40}.5")
    draft.keep("PatientSize", f"1.{50 + who.number % 40}")
    draft.hide("PatientTelephoneNumbers", who.phone, "telephone number")
    draft.hide("PatientAddress", f"{who.street}, {who.town}", "address", who.street, who.town)


def general_study(draft: Draft, clinical: str) -> None:
    """Set the General Study module."""
    study = draft.study
    draft.one("StudyInstanceUID", draft.refer(study.uid, "StudyInstanceUID", required=True), keep=False)
    draft.when("Study", 2)
    draft.check(Class.TEXT_NOTNULL, "StudyDate")
    draft.check(Class.INTERVAL, "StudyDate", study.date)
    draft.two("ReferringPhysicianName", study.referring.dicom, keep=False)
    draft.secret_name(study.referring, "referring physician", "ReferringPhysicianName")
    draft.two("StudyID", study.study_id, keep=False)
    draft.secret(study.study_id, "Study ID", "StudyID")
    draft.two("AccessionNumber", study.accession, keep=False)
    draft.secret(study.accession, "Accession Number", "AccessionNumber")
    describe(draft, "StudyDescription", clinical, dated=draft.turn("dated study", 4) == 3)


def general_series(draft: Draft, modality: str, clinical: str) -> None:
    """Set the General Series module; a new series for each instance but slices of one."""
    draft.one("Modality", modality)
    if not draft.series_uid:
        draft.series_uid = draft.new_uid("series")
        draft.study.series += 1
    draft.one(
        "SeriesInstanceUID", draft.refer(draft.series_uid, "SeriesInstanceUID", required=True), keep=False
    )
    draft.two("SeriesNumber", str(draft.study.series))
    draft.when("Series")
    describe(draft, "SeriesDescription", clinical, dated=draft.turn("dated series", 4) == 2)
    operator = draft.secret_name(draft.stranger(), "operator", "OperatorsName")
    draft.put("OperatorsName", operator.dicom)
    performer = draft.secret_name(draft.stranger(), "performing physician", "PerformingPhysicianName")
    draft.put("PerformingPhysicianName", performer.dicom)


def equipment(draft: Draft) -> None:
    """Set the General Equipment module."""
    draft.two("Manufacturer", ("SIEMENS", "GE MEDICAL SYSTEMS", "Philips Medical Systems")[draft.number % 3])
    draft.hide("InstitutionName", draft.hospital.name, "hospital")
    draft.hide("InstitutionAddress", draft.hospital.address, "address of the hospital")
    draft.hide("InstitutionalDepartmentName", draft.hospital.department, "department")
    draft.hide("StationName", draft.hospital.station, "station")
    draft.hide("DeviceSerialNumber", f"SN{draft.rng.randrange(10**6, 10**7)}Q", "serial number")
    draft.keep("SoftwareVersions", "syngo CT VB42A")


def frame_of_reference(draft: Draft) -> None:
    """Set the Frame of Reference module; one frame for a study."""
    uid = draft.refer(draft.study.frame_uid, "FrameOfReferenceUID", required=True)
    draft.one("FrameOfReferenceUID", uid, keep=False)
    draft.two("PositionReferenceIndicator", "")


def image(draft: Draft, image_type: str, number: int = 1) -> None:
    """Set the General Image module, and the anatomy as a code in the script of the study."""
    draft.one("ImageType", image_type)
    draft.two("InstanceNumber", str(number))
    draft.when("Content", 2)
    draft.when("Acquisition")
    anatomy(draft)


def anatomy(draft: Draft) -> None:
    """Set a code whose meaning is clinical text in the script of the study."""
    draft.put("AnatomicRegionSequence", [code("69536005", "SCT", draft.script.region)])
    if draft.script.honest:
        draft.check(Class.CHARSET, "AnatomicRegionSequence/CodeMeaning", draft.script.region)


def pixels(
    draft: Draft, rows: int, columns: int, *, bits: int = 16, samples: int = 1, frames: int = 0
) -> None:
    """Set the Image Pixel module with pixels that cannot be mistaken for text."""
    draft.one("SamplesPerPixel", samples)
    draft.one("PhotometricInterpretation", "RGB" if samples == 3 else "MONOCHROME2")
    if samples == 3:
        draft.one("PlanarConfiguration", 0)
    if frames:
        draft.one("NumberOfFrames", str(frames))
    draft.one("Rows", rows)
    draft.one("Columns", columns)
    draft.one("BitsAllocated", bits)
    draft.one("BitsStored", 12 if bits == 16 else bits)
    draft.one("HighBit", (12 if bits == 16 else bits) - 1)
    draft.one("PixelRepresentation", 0)
    size = rows * columns * samples * max(frames, 1)
    if bits == 1:
        raw = draft.rng.randbytes((size + 7) // 8)
    elif bits == 8:
        raw = bytes(128 + value % 128 for value in draft.rng.randbytes(size))
    else:
        raw = b"".join(
            (value % 4096).to_bytes(2, "little") for value in range(draft.number, draft.number + size)
        )
    draft.put("PixelData", raw, "OW" if bits == 16 else "OB")


def remember(draft: Draft) -> Reference:
    """Add the instance to those of its study that others may refer to."""
    reference = Reference(draft.kind, draft.sop_class, draft.uid, draft.series_uid)
    draft.study.instances.append(reference)
    return reference


def reference(draft: Draft, to: Reference, path: str, *, required: bool = True) -> DataSet:
    """Return an item that refers to an instance, and note that the reference must still resolve."""
    draft.refer(to.uid, f"{path}/ReferencedSOPInstanceUID", required=required)
    return items(ReferencedSOPClassUID=to.sop_class, ReferencedSOPInstanceUID=to.uid)
