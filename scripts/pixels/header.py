"""The header of an instance: an invented patient, study and device around its pixels."""

from __future__ import annotations

from typing import Any, Final

from numpy.random import Generator
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from scripts.pixels.people import Study, pick
from scripts.pixels.scene import Scene

_ROOT: Final = "1.2.826.0.1.3680043.10.1462"
_DEVICES: Final = {
    "US": (("Sonavue", "Aria 70"), ("Echotron", "VX-9"), ("Nordsound", "Lumen Pro")),
    "CT": (("Tomex", "Spiral 64"), ("Helicon", "Definite Edge")),
    "MR": (("Magnex", "Aero 1.5"), ("Larmor", "Vida X")),
    "XA": (("Angiotec", "Artis 3"), ("Cathline", "Allure")),
    "": (("Radiant Systems", "DR 600"), ("Kodiak", "Pixelray")),
}


def header(rng: Generator, scene: Scene, study: Study, number: int) -> Dataset:
    """Return a data set without pixels.

    Parameters
    ----------
    number
        Of the instance: its UIDs are made from it.
    """
    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.SpecificCharacterSet = "ISO_IR 192"
    data_set.ImageType = list(scene.image_type)
    data_set.SOPClassUID = scene.sop_class
    data_set.SOPInstanceUID = f"{_ROOT}.{number + 1}.4"
    data_set.StudyInstanceUID = f"{_ROOT}.{number + 1}.2"
    data_set.SeriesInstanceUID = f"{_ROOT}.{number + 1}.3"
    data_set.Modality = scene.modality
    data_set.Manufacturer, data_set.ManufacturerModelName = _device(rng, scene.modality)
    _patient(data_set, study)
    _study(rng, data_set, study)
    data_set.SeriesNumber, data_set.InstanceNumber = 1, number + 1
    if rng.random() < 0.4:
        # What the header claims is wrong as often as it is right.
        data_set.BurnedInAnnotation = pick(rng, ("NO", "NO", "YES"))
    _pixel_module(data_set, scene)
    for keyword, value in scene.header.items():
        setattr(data_set, keyword, _item(value) if isinstance(value, dict) else value)
    return data_set


def _device(rng: Generator, modality: str) -> tuple[str, str]:
    devices = _DEVICES.get(modality, _DEVICES[""])
    return devices[int(rng.integers(len(devices)))]


def _patient(data_set: Dataset, study: Study) -> None:
    data_set.PatientName = study.patient.value
    data_set.PatientID = study.patient_id
    data_set.OtherPatientIDsSequence = [_only(PatientID=study.other_id, TypeOfPatientID="TEXT")]
    data_set.PatientBirthDate = study.birth_date
    data_set.PatientSex = study.sex
    data_set.PatientAge = study.age


def _study(rng: Generator, data_set: Dataset, study: Study) -> None:
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(data_set, keyword, study.study_date)
    for keyword in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(data_set, keyword, study.study_time)
    data_set.AccessionNumber = study.accession
    data_set.StudyID = study.study_id
    data_set.ReferringPhysicianName = study.referring.value
    data_set.PerformingPhysicianName = study.performing.value
    data_set.OperatorsName = study.operator.value
    data_set.InstitutionName = study.institution
    data_set.InstitutionAddress = study.address
    data_set.InstitutionalDepartmentName = study.department
    data_set.StationName = study.station
    data_set.PatientTelephoneNumbers = study.phone
    data_set.StudyDescription = pick(rng, ("Abdomen", "Routine", "Thorax a.p.", "Echo TTE", "Follow up"))
    data_set.SeriesDescription = pick(rng, ("Series 1", "Standard", "b-mode"))


def _pixel_module(data_set: Dataset, scene: Scene) -> None:
    is_colour = scene.photometric == "RGB"
    data_set.SamplesPerPixel = 3 if is_colour else 1
    data_set.PhotometricInterpretation = scene.photometric
    if is_colour:
        data_set.PlanarConfiguration = 0
    if scene.frames > 1:
        data_set.NumberOfFrames = scene.frames
        data_set.FrameTime = 40
        data_set.FrameIncrementPointer = 0x00181063
    data_set.Rows, data_set.Columns = scene.rows, scene.columns
    data_set.BitsAllocated = 1 if scene.stored == 1 else (8 if scene.stored <= 8 else 16)
    data_set.BitsStored, data_set.HighBit = scene.stored, scene.stored - 1
    data_set.PixelRepresentation = int(scene.signed)


def _only(**values: Any) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _item(values: dict[str, Any]) -> Sequence:
    return Sequence([_only(**values)])
