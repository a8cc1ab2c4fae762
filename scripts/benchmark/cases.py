"""Instances to measure with: a public header with an invented patient, and generated ones.

Each is a whole Part 10 file. The digits of `SERIAL` stand in its SOP Instance UID and are
different in every call, so that no engine gains from having seen the instance before.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

SERIAL: Final = "9000000001"
"""Last component of every SOP Instance UID, replaced in each call."""

_ROOT: Final = "1.2.826.0.1.3680043.10.999"
CT: Final = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT: Final = "1.2.840.10008.5.1.4.1.1.2.1"
COMPREHENSIVE_SR: Final = "1.2.840.10008.5.1.4.1.1.88.33"
ELEMENTS_OF_A_FRAME: Final = 40
"""Elements that each frame of `enhanced` adds, items not counted."""

_PERSON: Final = {
    "PatientName": "Winterbottom^Agatha^Rose^Dr",
    "PatientID": "WB-2047193",
    "PatientBirthDate": "19610417",
    "PatientSex": "F",
    "PatientAge": "062Y",
    "AccessionNumber": "ACC-558120",
    "InstitutionName": "Nettlecombe Cottage Hospital",
    "InstitutionAddress": "14 Quillfeather Lane, Lower Nettlecombe",
    "ReferringPhysicianName": "Okonkwo-Lindqvist^Ezekiel",
    "OperatorsName": "Thistlewood^Perpetua",
}
_SLICE: Final = {
    "SeriesDescription": "Axial lung 1.5 mm", "ProtocolName": "Chest routine", "BodyPartExamined": "CHEST",
    "WindowCenter": ["40", "-600"], "WindowWidth": ["400", "1600"], "BurnedInAnnotation": "NO",
}  # fmt: skip


def _uid(*components: int | str) -> str:
    return ".".join((_ROOT, *map(str, components)))


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _set(data_set: Dataset, values: dict[str, object]) -> None:
    for keyword, value in values.items():
        setattr(data_set, keyword, value)


def _references(sop_class_uid: str, *components: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, _uid(*components)
    return item


def _file(data_set: Dataset, sop_class_uid: str) -> bytes:
    data_set.SOPClassUID = sop_class_uid
    data_set.SOPInstanceUID = _uid(4, SERIAL)
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.MediaStorageSOPClassUID = sop_class_uid
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set.save_as(out, enforce_file_format=True)
    return out.getvalue()


def elements_of(file: bytes) -> int:
    """Count the elements of a file at every depth, items not counted."""
    return sum(1 for _ in pydicom.dcmread(BytesIO(file)).iterall())


def ct() -> bytes:
    """Return pydicom's CT_small with some 260 elements and an image of 512 x 512 x 16 bit."""
    data_set = pydicom.dcmread(str(get_testdata_file("CT_small.dcm", download=False)))
    _set(data_set, _PERSON | _SLICE)
    data_set.AnatomicRegionSequence = [_code("51185008", "SCT", "Chest")]
    data_set.ReferencedStudySequence = [_references("1.2.840.10008.3.1.2.3.1", 5, 1)]
    data_set.Rows = data_set.Columns = 512
    data_set.PixelData = bytes(range(256)) * (512 * 512 * 2 // 256)
    return _file(data_set, CT)


def _study(modality: str) -> Dataset:
    data_set = Dataset()
    data_set.SpecificCharacterSet = "ISO_IR 100"
    _set(data_set, _PERSON)
    _set(data_set, {"StudyDate": "20240301", "StudyTime": "101500", "StudyID": "ST-4471", "SeriesNumber": 3})
    _set(data_set, {"Manufacturer": "Invented Devices", "StudyDescription": "Chest", "InstanceNumber": 1})
    data_set.Modality = modality
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = _uid(1), _uid(2)
    return data_set


def _groups_of_frame(number: int) -> Dataset:
    """Return the functional groups of a frame (PS3.3 C.7.6.16, C.8.15.3): `ELEMENTS_OF_A_FRAME` elements."""
    groups = {
        "FrameContentSequence": {
            "FrameReferenceDateTime": f"20240301101{number % 600 // 60}{number % 60:02}",
            "FrameAcquisitionDateTime": "20240301101500", "FrameAcquisitionDuration": 250.0,
            "StackID": "1", "InStackPositionNumber": number + 1, "DimensionIndexValues": [1, number + 1],
            "FrameAcquisitionNumber": 1,
        },
        "PlanePositionSequence": {"ImagePositionPatient": [-158.1, -179.0, -0.7 * number]},
        "PlaneOrientationSequence": {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
        "PixelMeasuresSequence": {"PixelSpacing": [0.66, 0.66], "SliceThickness": 0.7},
        "CTAcquisitionDetailsSequence": {
            "RotationDirection": "CW", "RevolutionTime": 0.5, "SingleCollimationWidth": 0.6,
            "TotalCollimationWidth": 38.4, "TableHeight": 133.7, "GantryDetectorTilt": 0,
            "DataCollectionDiameter": 500,
        },
        "CTExposureSequence": {
            "ExposureTimeInms": 500.0, "XRayTubeCurrentInmA": 170.0, "ExposureInmAs": 85.0,
            "ExposureModulationType": "XYZ_EC", "CTDIvol": 7.31,
        },
        "CTXRayDetailsSequence": {"KVP": 120, "FocalSpots": 0.7, "FilterType": "WEDGE"},
        "CTReconstructionSequence": {
            "ReconstructionAlgorithm": "FILTER_BACK_PROJ", "ConvolutionKernel": "B30F",
            "ReconstructionDiameter": 338.6,
        },
        "PixelValueTransformationSequence": {
            "RescaleIntercept": -1024, "RescaleSlope": 1, "RescaleType": "HU",
        },
    }  # fmt: skip
    frame = Dataset()
    for keyword, values in groups.items():
        item = Dataset()
        _set(item, values)
        setattr(frame, keyword, [item])
    return frame


def enhanced(frames: int, *, rows: int = 16) -> bytes:
    """Return an Enhanced CT of `frames` frames of `rows` x `rows` pixels of 16 bits."""
    data_set = _study("CT")
    _set(data_set, {"ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], "NumberOfFrames": frames})
    _set(data_set, {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"})
    _set(data_set, {"Rows": rows, "Columns": rows, "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11})
    _set(data_set, {"PixelRepresentation": 0, "ContentDate": "20240301", "ContentTime": "101600"})
    data_set.PerFrameFunctionalGroupsSequence = [_groups_of_frame(number) for number in range(frames)]
    data_set.PixelData = bytes(rows * rows * 2 * frames)
    return _file(data_set, ENHANCED_CT)


def large(megabytes: int) -> bytes:
    """Return an Enhanced CT of so many megabytes of pixels, 512 x 512 x 16 bit a frame, and few elements."""
    frames = megabytes * 1_000_000 // (512 * 512 * 2)
    data_set = _study("CT")
    _set(data_set, {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"})
    _set(data_set, {"Rows": 512, "Columns": 512, "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11})
    _set(data_set, {"PixelRepresentation": 0, "NumberOfFrames": frames})
    data_set.PixelData = bytes(512 * 512 * 2 * frames)
    return _file(data_set, ENHANCED_CT)


def _finding(number: int) -> Dataset:
    """Return a content item (PS3.3 C.17.3): a number, a code, a text and a reference take turns."""
    item = Dataset()
    item.RelationshipType = "CONTAINS"
    item.ConceptNameCodeSequence = [_code("121071", "DCM", "Finding")]
    kind = ("NUM", "CODE", "TEXT", "UIDREF")[number % 4]
    item.ValueType = kind
    if kind == "NUM":
        value = Dataset()
        value.NumericValue = f"{number % 97}.5"
        value.MeasurementUnitsCodeSequence = [_code("mm", "UCUM", "millimeter")]
        item.MeasuredValueSequence = [value]
    elif kind == "CODE":
        item.ConceptCodeSequence = [_code("39607008", "SCT", "Lung structure")]
    elif kind == "TEXT":
        item.TextValue = f"Nodule {number}, solid, no change since the last examination of Mrs Winterbottom."
    else:
        item.UID = _uid(7, number)
    return item


def report(items: int) -> bytes:
    """Return a Comprehensive SR of so many content items in containers of ten."""
    data_set = _study("SR")
    _set(data_set, {"ContentDate": "20240301", "ContentTime": "101600", "ValueType": "CONTAINER"})
    _set(
        data_set,
        {"CompletionFlag": "COMPLETE", "VerificationFlag": "UNVERIFIED", "ContinuityOfContent": "SEPARATE"},
    )
    data_set.ConceptNameCodeSequence = [_code("18748-4", "LN", "Diagnostic imaging report")]
    data_set.ReferencedPerformedProcedureStepSequence = []
    data_set.ContentSequence = []
    for first in range(0, items, 11):
        container = Dataset()
        container.RelationshipType, container.ValueType = "CONTAINS", "CONTAINER"
        container.ContinuityOfContent = "SEPARATE"
        container.ConceptNameCodeSequence = [_code("121070", "DCM", "Findings")]
        container.ContentSequence = [_finding(number) for number in range(first + 1, min(first + 11, items))]
        data_set.ContentSequence.append(container)
    return _file(data_set, COMPREHENSIVE_SR)
