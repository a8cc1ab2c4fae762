"""Small studies of several modalities and vendors: public images with invented identities.

None of these people, hospitals or numbers exists. What the public images themselves show is as public as
it was before; one image is drawn, and shows whom it is of.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

from nodes import ultrasound
from nodes.sample import sample

DRAWN = "ultrasound"
"""Stands among the samples for an image that is drawn, with its patient burned in."""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient and where they are treated."""

    name: str
    patient_id: str
    birth_date: str
    sex: str
    address: str
    telephone: str
    institution: str
    referring: str
    operator: str


@dataclass(frozen=True, slots=True)
class Visit:
    """An invented study and the public samples it is made of."""

    person: Person
    accession_number: str
    study_id: str
    date: str
    time: str
    description: str
    samples: tuple[str, ...]


WINTERBOTTOM = Person(
    name="Winterbottom^Agatha^Rose^Dr",
    patient_id="WB-2047193",
    birth_date="19610417",
    sex="F",
    address="14 Quillfeather Lane, Lower Nettlecombe",
    telephone="+44 1632 960814",
    institution="Nettlecombe Cottage Hospital",
    referring="Okonkwo-Lindqvist^Ezekiel",
    operator="Thistlewood^Perpetua",
)
TANAKAHARA = Person(
    name="Tanakahara^Yoshinobu=田中原^義信",
    patient_id="70413-KZ",
    birth_date="19310930",
    sex="M",
    address="富士見坂病院通り 3-14-15",
    telephone="+81 3 5550 0142",
    institution="Fujimizaka Memorial Clinic",
    referring="Müller-Weißenfels^Jörg",
    operator="Szczepańska^Świętosława",
)

VISITS = (
    Visit(
        WINTERBOTTOM,
        accession_number="ACC-88120-A",
        study_id="S-5501",
        date="20240311",
        time="091532",
        description="Staging CT for Dr Winterbottom",
        samples=("CT_small.dcm", "RG3_J2KR.dcm", "rtplan.dcm", "rtdose.dcm"),
    ),
    Visit(
        WINTERBOTTOM,
        accession_number="ACC-91777-B",
        study_id="S-5874",
        date="20240902",
        time="142005",
        description="MR follow-up, phone 01632 960814",
        samples=(
            "MR_small.dcm",
            "examples_overlay.dcm",
            "MR2_J2KR.dcm",
            "emri_small_RLE.dcm",
        ),
    ),
    Visit(
        TANAKAHARA,
        accession_number="ACC-40021-C",
        study_id="S-0093",
        date="20231224",
        time="235958",
        description="Echo and report, Tanakahara",
        samples=("examples_rgb_color.dcm", "examples_jpeg2k.dcm", "reportsi.dcm", "waveform_ecg.dcm"),
    ),
)
"""One patient with two studies, one with a name in two scripts; ten kinds of object, seven makers."""
SCAN = Visit(
    WINTERBOTTOM,
    accession_number="ACC-95310-D",
    study_id="S-6120",
    date="20241105",
    time="101344",
    description="Abdominal ultrasound",
    samples=(DRAWN,),
)
"""A study whose image says in its pixels whom it shows."""


def write(folder: Path, visits: tuple[Visit, ...] = VISITS) -> list[Path]:
    """Write the files of `visits` and return their paths.

    Series are numbered from 1 within a study; Instance Number is the place in the whole list, from 1,
    so that a de-identified file can be laid beside its original.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for visit in visits:
        study = generate_uid(entropy_srcs=["invented", visit.accession_number])
        for number, name in enumerate(visit.samples, 1):
            path = folder / f"{visit.study_id}-{number}-{Path(name).stem}.dcm"
            data_set = ultrasound.data_set(burned_in(visit)) if name == DRAWN else _data_set(name)
            _write_identity(data_set, visit)
            _number(data_set, study, number, len(paths) + 1)
            if data_set.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian:
                # As scanners send today: getscu settles on explicit VR, whatever it asked for.
                data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            data_set.save_as(path, enforce_file_format=True)
            paths.append(path)
    return paths


def identifying(visit: Visit) -> tuple[ultrasound.Line, ...]:
    """What the device has written into the image of whom it shows."""
    person = visit.person
    return ultrasound.identity(
        person.name, person.patient_id, person.birth_date, person.institution, visit.date
    )


def burned_in(visit: Visit) -> tuple[ultrasound.Line, ...]:
    """All that it has written: of whom, and what is clinical."""
    return (*identifying(visit), *ultrasound.LABELS)


def _data_set(name: str) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = pydicom.dcmread(sample(name))
        data_set.decode()
    data_set.SpecificCharacterSet = "ISO_IR 192"
    return data_set


def _write_identity(data_set: Dataset, visit: Visit) -> None:
    person = visit.person
    data_set.PatientName = person.name
    data_set.PatientID = person.patient_id
    data_set.PatientBirthDate = person.birth_date
    data_set.PatientSex = person.sex
    data_set.PatientAge = f"{(int(visit.date) - int(person.birth_date)) // 10000:03}Y"
    data_set.PatientAddress = person.address
    data_set.PatientTelephoneNumbers = person.telephone
    data_set.InstitutionName = person.institution
    data_set.ReferringPhysicianName = person.referring
    data_set.OperatorsName = person.operator
    data_set.AccessionNumber = visit.accession_number
    data_set.StudyID = visit.study_id
    data_set.StudyDescription = visit.description
    data_set.StudyDate = data_set.SeriesDate = data_set.ContentDate = visit.date
    data_set.StudyTime = visit.time
    data_set.PatientComments = f"Lives at {person.address}"


def _number(data_set: Dataset, study: str, number: int, place: int) -> None:
    data_set.StudyInstanceUID = study
    data_set.SeriesInstanceUID = f"{study[:56]}.{number}"
    data_set.SOPInstanceUID = f"{study[:54]}.{number}.1"
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.SeriesNumber = number
    data_set.InstanceNumber = place
