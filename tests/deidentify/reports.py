"""Structured reports as devices and people write them, with invented identities planted in them.

Each report says what must not leave under Clean Structured Content alone (`secrets`), and what is
clinical content that must (`clinical`).
"""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"
ENHANCED = "1.2.840.10008.5.1.4.1.1.88.22"
COMPREHENSIVE_3D = "1.2.840.10008.5.1.4.1.1.88.34"
PROCEDURE_LOG = "1.2.840.10008.5.1.4.1.1.88.40"
MAMMOGRAPHY_CAD = "1.2.840.10008.5.1.4.1.1.88.50"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
DOSE = "1.2.840.10008.5.1.4.1.1.88.67"
COMPREHENSIVE = "1.2.840.10008.5.1.4.1.1.88.33"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MG_IMAGE = "1.2.840.10008.5.1.4.1.1.1.2"
ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
VL_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"

Code = tuple[str, str, str]
"""Code Value, Coding Scheme Designator, Code Meaning."""

COMMENT: Code = ("121106", "DCM", "Comment")
FINDING: Code = ("121071", "DCM", "Finding")
FINDING_SITE: Code = ("363698007", "SCT", "Finding Site")
MEASUREMENT: Code = ("410668003", "SCT", "Length")
MILLIMETER: Code = ("mm", "UCUM", "mm")
YEAR: Code = ("a", "UCUM", "year")
DATETIME_STARTED: Code = ("111526", "DCM", "DateTime Started")
DEVICE_SERIAL: Code = ("121016", "DCM", "Device Observer Serial Number")
OBSERVER_NAME: Code = ("121008", "DCM", "Person Observer Name")
ORGANIZATION: Code = ("121009", "DCM", "Person Observer's Organization Name")
PROCEDURE_STUDY_UID: Code = ("121018", "DCM", "Procedure Study Instance UID")
SUBJECT_AGE: Code = ("121033", "DCM", "Subject Age")
SUBJECT_NAME: Code = ("121029", "DCM", "Subject Name")
SUBJECT_SEX: Code = ("121032", "DCM", "Subject Sex")
SOURCE_OF_MEASUREMENT: Code = ("121112", "DCM", "Source of Measurement")

_VALUE = {"TEXT": "TextValue", "PNAME": "PersonName", "DATE": "Date", "TIME": "Time", "DATETIME": "DateTime"}


def code(coded: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = coded
    return item


def reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
    return item


def number(value: str, units: Code = MILLIMETER) -> Dataset:
    item = Dataset()
    item.NumericValue, item.MeasurementUnitsCodeSequence = value, [code(units)]
    return item


def content(
    value_type: str,
    name: Code | None,
    value: object = None,
    *children: Dataset,
    relationship: str = "CONTAINS",
    **attributes: object,
) -> Dataset:
    """Return a content item; the value's attribute is that of its Value Type."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, value_type
    if name is not None:
        item.ConceptNameCodeSequence = [code(name)]
    if value_type in _VALUE:
        setattr(item, _VALUE[value_type], value)
    elif value_type == "UIDREF":
        item.UID = value
    elif value_type == "CODE":
        item.ConceptCodeSequence = [code(value)]
    elif value_type == "NUM":
        item.MeasuredValueSequence = [number(*value)]
    elif value_type in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        item.ReferencedSOPSequence = [reference(*value)]
    elif value_type == "CONTAINER":
        item.ContinuityOfContent = "SEPARATE"
    for keyword, attribute in attributes.items():
        setattr(item, keyword, attribute)
    if children:
        item.ContentSequence = list(children)
    return item


def by_reference(position: list[int], relationship: str = "INFERRED FROM") -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ReferencedContentItemIdentifier = relationship, position
    return item


@dataclass(frozen=True)
class Report:
    """A report, what of it identifies, and what of it is clinical content."""

    data_set: Dataset
    secrets: tuple[str, ...]
    clinical: tuple[str, ...]

    @property
    def sop_class_uid(self) -> str:
        return self.data_set.SOPClassUID

    def encoded(self, *, implicit: bool = False) -> bytes:
        return encoded(self.data_set, implicit=implicit)


def encoded(data_set: Dataset, *, implicit: bool = False) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, implicit
    write_dataset(buffer, data_set)
    return buffer.getvalue()


def document(
    sop_class_uid: str, modality: str, title: Code, template: str, *children: Dataset, **attributes: object
) -> Dataset:
    """Return an SR document with the modules that its IOD asks for (PS3.3 A.35)."""
    data_set = Dataset()
    values = {
        "SOPClassUID": sop_class_uid,
        "SOPInstanceUID": "1.2.826.0.1.99.1.1001",
        "StudyInstanceUID": "1.2.826.0.1.99.1.1002",
        "SeriesInstanceUID": "1.2.826.0.1.99.1.1003",
        "PatientName": "Wolkenstein^Oswald",
        "PatientID": "PAT-778899",
        "PatientBirthDate": "19410202",
        "PatientSex": "M",
        "StudyDate": "20210405",
        "StudyTime": "101112",
        "ReferringPhysicianName": "Leitner^Hedwig",
        "StudyID": "S1",
        "AccessionNumber": "ACC-556677",
        "Modality": modality,
        "SeriesNumber": "1",
        "ReferencedPerformedProcedureStepSequence": [],
        "Manufacturer": "Siemens",
        "ManufacturerModelName": "Model 7",
        "DeviceSerialNumber": "SER-990011",
        "SoftwareVersions": "V1",
        "InstanceNumber": "1",
        "CompletionFlag": "COMPLETE",
        "VerificationFlag": "UNVERIFIED",
        "ContentDate": "20210405",
        "ContentTime": "101500",
        "PerformedProcedureCodeSequence": [],
        "ValueType": "CONTAINER",
        "ConceptNameCodeSequence": [code(title)],
        "ContinuityOfContent": "SEPARATE",
        "ContentSequence": list(children),
        **attributes,
    }
    for keyword, value in values.items():
        setattr(data_set, keyword, value)
    identifier = Dataset()
    identifier.MappingResource, identifier.TemplateIdentifier = "DCMR", template
    data_set.ContentTemplateSequence = [identifier]
    return data_set


def evidence(sop_class_uid: str, sop_instance_uid: str) -> dict[str, object]:
    """Return the evidence that a report that refers to an instance must list (PS3.3 C.17.2)."""
    series, study = Dataset(), Dataset()
    series.SeriesInstanceUID = "1.2.826.0.1.99.1.1003.7"
    series.ReferencedSOPSequence = [reference(sop_class_uid, sop_instance_uid)]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "1.2.826.0.1.99.1.1002", [series]
    return {"CurrentRequestedProcedureEvidenceSequence": [study]}


def person_observer(name: str, organization: str) -> tuple[Dataset, ...]:
    """Return TID 1003."""
    context = "HAS OBS CONTEXT"
    return (
        content(
            "CODE", ("121005", "DCM", "Observer Type"), ("121006", "DCM", "Person"), relationship=context
        ),
        content("PNAME", OBSERVER_NAME, name, relationship=context),
        content("TEXT", ORGANIZATION, organization, relationship=context),
    )


def device_observer(uid: str, serial: str, room: str) -> tuple[Dataset, ...]:
    """Return TID 1004."""
    context = "HAS OBS CONTEXT"
    texts = (
        (("121013", "DCM", "Device Observer Name"), "CTROOM4711"),
        (("121014", "DCM", "Device Observer Manufacturer"), "Siemens"),
        (DEVICE_SERIAL, serial),
        (("121017", "DCM", "Device Observer Physical Location During Observation"), room),
    )
    return (
        content(
            "CODE", ("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device"), relationship=context
        ),
        content("UIDREF", ("121012", "DCM", "Device Observer UID"), uid, relationship=context),
        *(content("TEXT", name, text, relationship=context) for name, text in texts),
    )


def subject(name: str, identifier: str, birth: str, age: str = "") -> tuple[Dataset, ...]:
    """Return TID 1007."""
    context = "HAS OBS CONTEXT"
    return (
        content("PNAME", SUBJECT_NAME, name, relationship=context),
        content("TEXT", ("121030", "DCM", "Subject ID"), identifier, relationship=context),
        content("DATE", ("121031", "DCM", "Subject Birth Date"), birth, relationship=context),
        content("CODE", SUBJECT_SEX, ("M", "DCM", "Male"), relationship=context),
        *([content("NUM", SUBJECT_AGE, (age, YEAR), relationship=context)] if age else []),
    )


def basic_text() -> Report:
    """Return a report of headings and prose (TID 2000)."""
    section = content(
        "CONTAINER",
        ("121070", "DCM", "Findings"),
        None,
        content("TEXT", FINDING, "Oswald Wolkenstein was seen by Dr Leitner"),
        content("TEXT", ("121077", "DCM", "Conclusion"), "Call 089-5551234 about Wolkenstein"),
        content("TEXT", ("77001", "99LOCAL", "Remark"), "lives in Brixen, Domgasse 4"),
    )
    data_set = document(
        BASIC_TEXT,
        "SR",
        ("18782-3", "LN", "Radiology Report"),
        "2000",
        *person_observer("Leitner^Hedwig", "Spital Brixen"),
        *subject("Wolkenstein^Oswald", "PAT-778899", "19410202"),
        content("UIDREF", PROCEDURE_STUDY_UID, "1.2.826.0.1.99.1.1002", relationship="HAS OBS CONTEXT"),
        content("TEXT", ("121022", "DCM", "Accession Number"), "ACC-556677", relationship="HAS OBS CONTEXT"),
        section,
    )
    secrets = ("Wolkenstein", "Leitner", "Brixen", "PAT-778899", "19410202", "ACC-556677", "089-5551234")
    return Report(data_set, (*secrets, "1.2.826.0.1.99.1.1002"), ("Findings",))


def enhanced() -> Report:
    """Return measurements with the image and the region that they were taken from."""
    image = "1.2.826.0.1.99.1.1004"
    region = content(
        "SCOORD",
        ("111030", "DCM", "Image Region"),
        None,
        content("IMAGE", None, (CT_IMAGE, image), relationship="SELECTED FROM"),
        relationship="INFERRED FROM",
        GraphicType="POINT",
        GraphicData=[12.5, 40.25],
    )
    measured = content("NUM", MEASUREMENT, ("27.5", MILLIMETER), region)
    conclusion = content("TEXT", ("121077", "DCM", "Conclusion"), "as told to Mrs Leitner", measured)
    nodule = content("CODE", FINDING, ("27925004", "SCT", "Nodule"), relationship="CONTAINS")
    data_set = document(
        ENHANCED,
        "SR",
        ("126000", "DCM", "Imaging Measurement Report"),
        "1500",
        *person_observer("Leitner^Hedwig", "Spital Brixen"),
        nodule,
        conclusion,
        **evidence(CT_IMAGE, image),
    )
    return Report(data_set, ("Leitner", "Brixen", image), ("Nodule", "27.5", "Image Region"))


def comprehensive_3d() -> Report:
    """Return items that refer to others by position, with identities that must not take one away."""
    data_set = document(
        COMPREHENSIVE_3D,
        "SR",
        ("126000", "DCM", "Imaging Measurement Report"),
        "1500",
        content("TEXT", COMMENT, "for Oswald Wolkenstein"),
        content("NUM", MEASUREMENT, ("31.5", MILLIMETER)),
        content(
            "CODE", FINDING, ("27925004", "SCT", "Nodule"), by_reference([1, 2]), relationship="CONTAINS"
        ),
        content(
            "SCOORD3D",
            ("111030", "DCM", "Image Region"),
            None,
            GraphicType="POINT",
            GraphicData=[1.0, 2.0, 3.0],
            ReferencedFrameOfReferenceUID="1.2.826.0.1.99.1.1005",
        ),
        content("UIDREF", ("112040", "DCM", "Tracking Unique Identifier"), "1.2.826.0.1.99.1.1006"),
        content("TEXT", ("112039", "DCM", "Tracking Identifier"), "Wolkenstein 1"),
    )
    secrets = ("Wolkenstein", "1.2.826.0.1.99.1.1005", "1.2.826.0.1.99.1.1006")
    return Report(data_set, secrets, ("31.5", "Nodule"))


def mammography_cad() -> Report:
    """Return a CAD result (TID 4000) with the image that it was made from."""
    image = "1.2.826.0.1.99.1.1014"
    library = content(
        "CONTAINER",
        ("111028", "DCM", "Image Library"),
        None,
        content(
            "IMAGE",
            None,
            (MG_IMAGE, image),
            content("DATE", ("111060", "DCM", "Study Date"), "20210405", relationship="HAS ACQ CONTEXT"),
            content("TIME", ("111061", "DCM", "Study Time"), "101112", relationship="HAS ACQ CONTEXT"),
            content(
                "DATE",
                ("111018", "DCM", "Content Date"),
                "20210406",
                relationship="HAS ACQ CONTEXT",
            ),
        ),
    )
    findings = content(
        "CODE",
        ("111017", "DCM", "CAD Processing and Findings Summary"),
        ("111242", "DCM", "All algorithms succeeded; with findings"),
        content("TEXT", ("111033", "DCM", "Impression Description"), "compare with Leitner of 20190101"),
    )
    data_set = document(
        MAMMOGRAPHY_CAD,
        "SR",
        ("111036", "DCM", "Mammography CAD Report"),
        "4000",
        library,
        findings,
        **evidence(MG_IMAGE, image),
    )
    secrets = ("Leitner", "20190101", "20210405", "20210406", image)
    return Report(data_set, secrets, ("All algorithms succeeded; with findings",))


def dose() -> Report:
    """Return an X-Ray Radiation Dose SR (TID 10001)."""
    authorizing = content("PNAME", ("113850", "DCM", "Irradiation Authorizing"), "Leitner^Hedwig")
    event = content(
        "CONTAINER",
        ("113706", "DCM", "Irradiation Event X-Ray Data"),
        None,
        content("DATETIME", DATETIME_STARTED, "20210405101213"),
        content("UIDREF", ("113769", "DCM", "Irradiation Event UID"), "1.2.826.0.1.99.1.1021"),
        content("TEXT", ("125203", "DCM", "Acquisition Protocol"), "Thorax Wolkenstein"),
        content("NUM", ("113738", "DCM", "Dose (RP)"), ("0.00125", ("Gy", "UCUM", "Gy"))),
        content("TEXT", COMMENT, "repeated by MTRA Sinzig"),
    )
    calibration = content(
        "CONTAINER",
        ("122505", "DCM", "Calibration"),
        None,
        content("DATETIME", ("113723", "DCM", "Calibration DateTime"), "20200102030405"),
        content("TEXT", ("113724", "DCM", "Calibration Responsible Party"), "Firma Sinzig"),
    )
    participant = content(
        "PNAME",
        ("113870", "DCM", "Person Name"),
        "Sinzig^Ute",
        content("TEXT", ("113871", "DCM", "Person ID"), "EMP-33445", relationship="HAS PROPERTIES"),
        content(
            "TEXT", ("113873", "DCM", "Organization Name"), "Spital Brixen", relationship="HAS PROPERTIES"
        ),
    )
    data_set = document(
        DOSE,
        "SR",
        ("113701", "DCM", "X-Ray Radiation Dose Report"),
        "10001",
        *device_observer("1.2.826.0.1.99.1.1020", "SER-990011", "Haus 3 Brixen"),
        content("DATETIME", ("113809", "DCM", "Start of X-Ray Irradiation"), "20210405101200"),
        content("DATETIME", ("113810", "DCM", "End of X-Ray Irradiation"), "20210405101500"),
        authorizing,
        participant,
        calibration,
        event,
    )
    secrets = (
        *("Leitner", "Sinzig", "Wolkenstein", "Brixen", "EMP-33445", "SER-990011", "CTROOM4711"),
        *("1.2.826.0.1.99.1.1020", "1.2.826.0.1.99.1.1021", "20210405", "20200102030405"),
    )
    return Report(data_set, secrets, ("0.00125", "Irradiation Event X-Ray Data"))


def key_objects() -> Report:
    """Return a Key Object Selection (TID 2010)."""
    image = "1.2.826.0.1.99.1.1031"
    data_set = document(
        KEY_OBJECTS,
        "KO",
        ("113000", "DCM", "Of Interest"),
        "2010",
        *person_observer("Leitner^Hedwig", "Spital Brixen"),
        content("TEXT", ("113012", "DCM", "Key Object Description"), "Wolkenstein, left lung"),
        content("IMAGE", None, (CT_IMAGE, image)),
        **evidence(CT_IMAGE, image),
    )
    for keyword in ("CompletionFlag", "VerificationFlag", "PerformedProcedureCodeSequence"):
        delattr(data_set, keyword)
    return Report(data_set, ("Leitner", "Brixen", "Wolkenstein", image), (CT_IMAGE,))


def procedure_log() -> Report:
    """Return a log of an intervention (TID 3001), whose items say when and by whom."""
    when = ("121125", "DCM", "DateTime of Recording of Log Entry")
    entry = content(
        "CODE",
        ("121146", "DCM", "Procedure Action"),
        ("122001", "DCM", "Patient called to procedure room"),
        content("DATETIME", when, "20210405090000", relationship="HAS OBS CONTEXT"),
        content("PNAME", ("121088", "DCM", "Fellow"), "Sinzig^Ute", relationship="HAS OBS CONTEXT"),
        content("TEXT", ("121173", "DCM", "Physician Note"), "anxious, asked for his wife Hedwig"),
    )
    data_set = document(
        PROCEDURE_LOG,
        "SR",
        ("121120", "DCM", "Cath Lab Procedure Log"),
        "3001",
        content("PNAME", ("76", "NCDR [2.0b]", "Catheterization Operator"), "Leitner^Hedwig"),
        content(
            "TEXT", ("121121", "DCM", "Room Identification"), "Saal Etsch", relationship="HAS OBS CONTEXT"
        ),
        content("TEXT", ("121434", "DCM", "Service Delivery Location"), "Brixen"),
        entry,
        SynchronizationFrameOfReferenceUID="1.2.826.0.1.99.1.1041",
        SynchronizationTrigger="NO TRIGGER",
        AcquisitionTimeSynchronized="N",
    )
    secrets = ("Sinzig", "Leitner", "Hedwig", "Etsch", "Brixen", "20210405")
    return Report(data_set, secrets, ("Patient called to procedure room",))


def echo() -> Report:
    """Return an echocardiogram (TID 5200) with the codes of its time."""
    finding = content(
        "CONTAINER",
        ("T-32500", "SNM3", "Right Atrium"),
        None,
        content("TEXT", ("G-C0E3", "SRT", "Finding Site"), "seen by Leitner"),
        content("NUM", ("G-A185", "SRT", "Length"), ("41.5", MILLIMETER)),
        content("DATETIME", ("G-D321", "SRT", "Start DateTime"), "20210405101112"),
        content("TEXT", ("18118-0", "LN", "LV Wall Motion Segmental Findings"), "per Sinzig"),
    )
    data_set = document(
        COMPREHENSIVE,
        "SR",
        ("125200", "DCM", "Adult Echocardiography Procedure Report"),
        "5200",
        *subject("Wolkenstein^Oswald", "PAT-778899", "19410202", age="93"),
        content("TEXT", ("111516", "DCM", "Medication Type"), "Leitner's prescription"),
        finding,
    )
    secrets = ("Wolkenstein", "PAT-778899", "19410202", "Leitner", "Sinzig", "20210405")
    return Report(data_set, secrets, ("41.5", "Right Atrium"))


def acquisition_context() -> dict[int, Dataset]:
    """Return an Acquisition Context Sequence (PS3.3 C.7.6.14), whose items say no relationship."""
    seen = content("TEXT", ("109054", "DCM", "Patient State"), "nervous, says Leitner")
    operator = content("PNAME", OBSERVER_NAME, "Leitner^Hedwig")
    unnamed = Dataset()
    unnamed.ConceptNameCodeSequence = [code(("77001", "99LOCAL", "Remark"))]
    unnamed.TextValue = "Oswald, Brixen"
    rotation = content("CODE", ("113743", "DCM", "Patient Orientation"), ("102538003", "SCT", "recumbent"))
    for item in (seen, operator, rotation):
        del item.RelationshipType
    data_set = Dataset()
    data_set.AcquisitionContextSequence = [seen, operator, unnamed, rotation]
    return {0x00400555: data_set}


def specimen() -> dict[int, Dataset]:
    """Return a specimen with one step of its preparation (PS3.3 C.7.6.22, TID 8001)."""
    step, description, data_set = Dataset(), Dataset(), Dataset()
    step.SpecimenPreparationStepContentItemSequence = [
        content("TEXT", ("121041", "DCM", "Specimen Identifier"), "SPEC-4488-Leitner"),
        content("TEXT", ("111703", "DCM", "Processing step description"), "cut by Sinzig"),
        content("DATETIME", ("111702", "DCM", "DateTime of processing"), "20210405101112"),
        content("CODE", ("111701", "DCM", "Processing type"), ("65801008", "SCT", "Excision")),
    ]
    for item in step.SpecimenPreparationStepContentItemSequence:
        del item.RelationshipType
    description.SpecimenIdentifier, description.SpecimenUID = "SPEC-4488", "1.2.826.0.1.99.1.1051"
    description.SpecimenPreparationSequence = [step]
    data_set.SpecimenDescriptionSequence = [description]
    return {0x00400560: data_set}


def waveform_annotation() -> dict[int, Dataset]:
    """Return a Waveform Annotation Sequence (PS3.3 C.10.10): prose, a measurement and a coded finding."""
    prose, rate, rhythm, data_set = Dataset(), Dataset(), Dataset(), Dataset()
    prose.UnformattedTextValue = "read by Leitner in Brixen"
    rate.ConceptNameCodeSequence, rate.NumericValue = [code(("8867-4", "LN", "Heart rate"))], "72"
    rate.MeasurementUnitsCodeSequence = [code(("/min", "UCUM", "beats per minute"))]
    rhythm.ConceptNameCodeSequence = [code(FINDING)]
    rhythm.ConceptCodeSequence = [code(("64730000", "SCT", "Normal sinus rhythm"))]
    for item in (prose, rate, rhythm):
        item.ReferencedWaveformChannels = [1, 0]
    data_set.WaveformAnnotationSequence = [prose, rate, rhythm]
    return {0x0040B020: data_set}


REPORTS = {
    build.__name__: build
    for build in (
        *(basic_text, enhanced, comprehensive_3d, mammography_cad, dose),
        *(key_objects, procedure_log, echo),
    )
}
