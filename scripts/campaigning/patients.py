"""Invented patients whose every value is unmistakable, and the instances of their studies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import MRImageStorage

ROOT: Final = "1.2.826.0.1.3680043.8.498.77123"
"""Of every UID of an original."""
STEM: Final = "Qvyxor"
"""In every name and identifier of an original, in one of three cases; no pseudonym can hold it."""
FIRST: Final = 10_000_001
"""Number of the first instance: all numbers have as many digits."""
SERIES: Final = 5
_SMALL, _LARGE = 2 << 10, 300 << 10
_LARGE_EVERY: Final = 16
_SERIES_MARK, _INSTANCE_MARK = "88888888", "99999999"


@dataclass(frozen=True, slots=True)
class Patient:
    """Nobody; the dates of two of them never meet, however a project shifts them."""

    name: str
    patient_id: str
    birth_date: str
    study_date: str
    accession_number: str
    referring: str

    @property
    def dates(self) -> tuple[str, str]:
        """What must not be found as eight digits."""
        return self.birth_date, self.study_date


PATIENTS: Final = (
    Patient(
        "Qvyxorander^Ottqvyxorlie",
        "QVYXOR-90412",
        "19310207",
        "19710314",
        "QVYXOR88120",
        "Drqvyxor^Ada",
    ),
    Patient(
        "Brandqvyxor^Ölqvyxorß",
        "41-QVYXOR-7",
        "19380911",
        "19770619",
        "77QVYXOR-B",
        "Qvyxormann^Jörg",
    ),
    Patient(
        "Van Qvyxor^Maqvyxor^Li",
        "QVYXOR70413",
        "19450123",
        "19840122",
        "AQVYXOR4002",
        "Szqvyxor^Świ",
    ),
    Patient(
        "Tanqvyxor^Yoqvyxor=田中原^義信",
        "QVYXOR.11.X",
        "19521105",
        "19910528",
        "QVYXOR-1-C",
        "Qvyxorov^Ivo",
    ),
)


@dataclass(frozen=True, slots=True)
class Original:
    """An instance as it is sent.

    Parameters
    ----------
    number
        Its Instance Number, which the output keeps.
    uid
        SOP Instance UID.
    data_set
        Encoded in Explicit VR Little Endian.
    """

    number: int
    uid: bytes
    data_set: bytes


def original(number: int) -> Original:
    """Return the instance of a number: the same bytes each time."""
    template = _template(number % len(PATIENTS), _LARGE if number % _LARGE_EVERY == 0 else _SMALL)
    series = str(10_000_000 + number % SERIES)
    data_set = template.replace(_SERIES_MARK.encode(), series.encode())
    data_set = data_set.replace(_INSTANCE_MARK.encode(), str(number).encode())
    return Original(number, f"{ROOT}.3.{number}".encode(), data_set)


@cache
def _template(patient: int, size: int) -> bytes:
    person, data_set = PATIENTS[patient], Dataset()
    data_set.SpecificCharacterSet = "ISO_IR 192"
    data_set.SOPClassUID, data_set.SOPInstanceUID = MRImageStorage, f"{ROOT}.3.{_INSTANCE_MARK}"
    data_set.StudyDate, data_set.StudyTime = person.study_date, "093127"
    data_set.AccessionNumber, data_set.Modality = person.accession_number, "MR"
    data_set.ReferringPhysicianName = person.referring
    data_set.StudyDescription = f"Brain of {person.name.partition('^')[0]}"
    data_set.PatientName, data_set.PatientID = person.name, person.patient_id
    data_set.PatientBirthDate, data_set.PatientSex = person.birth_date, "O"
    data_set.PatientComments = f"{person.patient_id} lives in Qvyxorstadt"
    data_set.StudyInstanceUID = f"{ROOT}.1.{10_000_000 + patient}"
    data_set.SeriesInstanceUID = f"{ROOT}.2{patient}.{_SERIES_MARK}"
    data_set.StudyID, data_set.InstanceNumber = f"QVYXOR{patient}", _INSTANCE_MARK
    data_set.Rows, data_set.Columns = size // 64, 64
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes([patient]) * size
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, data_set)
    return buffer.getvalue()
