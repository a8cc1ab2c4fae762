"""Query/Retrieve information model: levels, unique keys and the keys this SCP supports (PS3.4 C.6).

A key is an attribute's keyword. The unique key of a level names its entity; every other key
may be used for matching and is returned when asked for. Computed keys have no stored value:
they are derived from the entities below at query time.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Level(StrEnum):
    """Values of Query/Retrieve Level (0008,0052), PS3.4 C.6.1.1 and C.6.2.1."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


UNIQUE_KEY: Final = MappingProxyType(
    {
        Level.PATIENT: "PatientID",
        Level.STUDY: "StudyInstanceUID",
        Level.SERIES: "SeriesInstanceUID",
        Level.IMAGE: "SOPInstanceUID",
    }
)
"""The unique key attribute of each level."""

STORED_KEYS: Final = MappingProxyType(
    {
        Level.PATIENT: ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
        Level.STUDY: (
            "StudyInstanceUID",
            "StudyDate",
            "StudyTime",
            "AccessionNumber",
            "StudyID",
            "StudyDescription",
            "ReferringPhysicianName",
            "PatientAge",
            "PatientSize",
            "PatientWeight",
        ),
        Level.SERIES: (
            "SeriesInstanceUID",
            "Modality",
            "SeriesNumber",
            "SeriesDescription",
            "SeriesDate",
            "SeriesTime",
            "BodyPartExamined",
            "Laterality",
            "ProtocolName",
            "Manufacturer",
            "ManufacturerModelName",
            "StationName",
            "InstitutionName",
            "OperatorsName",
            "PerformingPhysicianName",
            "PerformedProcedureStepStartDate",
            "PerformedProcedureStepStartTime",
            "FrameOfReferenceUID",
            "PatientPosition",
        ),
        Level.IMAGE: (
            "SOPInstanceUID",
            "SOPClassUID",
            "InstanceNumber",
            "ContentDate",
            "ContentTime",
            "AcquisitionDate",
            "AcquisitionTime",
            "AcquisitionDateTime",
            "AcquisitionNumber",
            "ImageType",
            "NumberOfFrames",
            "Rows",
            "Columns",
            "BitsAllocated",
            "PhotometricInterpretation",
        ),
    }
)
"""Keys kept in the index, by the level of the entity that has them; the unique key first."""

COMPUTED_KEYS: Final = MappingProxyType(
    {
        Level.PATIENT: (
            "NumberOfPatientRelatedStudies",
            "NumberOfPatientRelatedSeries",
            "NumberOfPatientRelatedInstances",
        ),
        Level.STUDY: (
            "ModalitiesInStudy",
            "SOPClassesInStudy",
            "NumberOfStudyRelatedSeries",
            "NumberOfStudyRelatedInstances",
        ),
        Level.SERIES: ("NumberOfSeriesRelatedInstances",),
        Level.IMAGE: ("AvailableTransferSyntaxUID",),
    }
)
"""Keys derived at query time (PS3.4 C.3.4, C.6.1.1.2 to C.6.1.1.5)."""
