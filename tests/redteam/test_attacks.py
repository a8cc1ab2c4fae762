"""What identifies the patient does not leave, by every attack so far; ordinary studies do, undamaged."""

from __future__ import annotations

import warnings
from io import BytesIO

import pydicom
import pytest
from pydicom.dataset import Dataset

from gateway.errors import Reason, Refused
from gateway.standard.attribute_type import attribute_type

SETTINGS = (
    "Modality",
    "ImageType",
    "KVP",
    "BodyPartExamined",
    "SeriesNumber",
    "InstanceNumber",
    "Rows",
    "Columns",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "RescaleIntercept",
    "RescaleSlope",
    "PatientSex",
    "Manufacturer",
    "PixelData",
)
"""What researchers need of every image, and what none of these studies may lose."""
MAY_BE_LOST = {"Manufacturer", "BodyPartExamined", "PatientSex"}
"""Attributes of Type 2 and 3: may be emptied where the patient is called like them."""


def read(encoded: bytes) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = pydicom.dcmread(BytesIO(encoded), force=True)
        assert len(list(data_set.iterall())) > 10
        return data_set


def file_before(instance) -> bytes:
    """Return a stored data set as a file: pydicom reads Explicit VR Little Endian without a header too."""
    return bytes(128) + b"DICM" + instance.data_set


def damage(before: Dataset, after: Dataset, sop_class_uid: str, path: tuple[int, ...] = ()) -> list[str]:
    """Name the attributes of Type 1 and 2 that are gone, and those of Type 1 that are empty."""
    found = []
    for element in before:
        kind = (attribute_type(sop_class_uid, path, element.tag) or "3")[0]
        there = after.get(element.tag)
        if kind == "3":
            continue
        if there is None or (kind == "1" and there.is_empty and not element.is_empty):
            found.append(element.keyword)
        elif element.VR == "SQ":
            pairs = zip(element.value, there.value, strict=True)
            found += [
                name for items in pairs for name in damage(*items, sop_class_uid, (*path, int(element.tag)))
            ]
    return found


def test_what_identifies_does_not_leave(attack):
    result = attack.result()
    if isinstance(result, Refused):
        assert result.reason in Reason
    else:
        assert attack.found(result) == []


def test_what_leaves_can_be_read(readable):
    result = readable.result()
    if isinstance(result, Refused):
        pytest.skip("refused")
    assert read(b"".join(result.buffers)).PatientIdentityRemoved == "YES"


def test_an_ordinary_study_passes_undamaged(study):
    result = study.result()
    assert not isinstance(result, Refused), result
    before, after = read(file_before(study)), read(b"".join(result.buffers))
    assert damage(before, after, study.sop_class_uid) == []
    assert [
        name for name in SETTINGS if name not in MAY_BE_LOST and after.get(name) != before.get(name)
    ] == []


def test_a_limit_is_that_of_an_attack_and_is_either_known_or_open(limits, names):
    assert limits.KNOWN_LIMITS.keys() <= names
