from __future__ import annotations

import pytest
from pydicom.uid import UID, UID_dictionary

from gateway.standard import sop_class
from gateway.standard.attribute_type import iod_known

RETIRED_WITHOUT_IOD = 17


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.5.1.4.1.1.2",
        "1.2.840.10008.5.1.4.1.1.6",  # retired
        "1.2.840.10008.5.1.4.1.1.77.1",  # retired trial
        "1.2.840.10008.5.1.4.1.1.66.7",  # newer than pydicom
        "1.2.840.10008.5.1.4.34.7",
        "1.2.840.10008.5.1.4.1.1.66",
    ],
)
def test_storage_sop_classes_are_recognised(uid: str) -> None:
    assert sop_class.is_storage(uid)
    assert not sop_class.is_private(uid)


@pytest.mark.parametrize(
    "uid",
    [
        "",
        "1.2.840.10008.1.1",
        "1.2.840.10008.1.3.10",  # DICOMDIR
        "1.2.840.10008.5.1.4.1.2.2.1",
        "1.2.840.10008.5.1.4.1.1.201.2",  # a query
        "1.2.840.10008.5.1.4.1.1.201.1.1",  # a well-known instance
        "1.2.840.10008.5.1.4.1.1.201.1",  # not of a patient
        "1.2.840.10008.5.1.4.1.1.501.1",  # security screening
        "1.2.840.10008.5.1.4.38.1",
        "1.2.840.113619.4.26",
    ],
)
def test_nothing_else_is_a_storage_sop_class(uid: str) -> None:
    assert not sop_class.is_storage(uid)


@pytest.mark.parametrize("uid", ["1.2.840.113619.4.26", "1.3.12.2.1107.5.9.1", "1.2.840.100081.1"])
def test_a_sop_class_of_another_root_is_private(uid: str) -> None:
    assert sop_class.is_private(uid)


def test_pynetdicom_has_no_storage_sop_class_that_is_missing_here() -> None:
    from pynetdicom.presentation import AllStoragePresentationContexts

    uids = {str(context.abstract_syntax) for context in AllStoragePresentationContexts}
    assert [uid for uid in uids if not sop_class.is_storage(uid)] == []


def test_every_current_storage_sop_class_has_an_iod() -> None:
    without = [uid for uid in sop_class._STORAGE_SOP_CLASSES if not iod_known(uid)]
    assert [uid for uid in without if not UID(uid).is_retired] == []
    assert len(without) == RETIRED_WITHOUT_IOD


def test_pydicom_has_not_caught_up_with_the_newer_sop_classes() -> None:
    assert [uid for uid in sop_class._NEWER if uid in UID_dictionary] == []


def test_what_the_policies_name_are_storage_sop_classes() -> None:
    for uid in sop_class.REFUSED_BY_DEFAULT | sop_class.HAS_PIXELS_OFTEN_ANNOTATED:
        assert sop_class.is_storage(uid)


def test_raw_data_voices_and_encapsulated_documents_are_refused_by_default() -> None:
    assert {UID(uid).name for uid in sop_class.REFUSED_BY_DEFAULT} == {
        "Raw Data Storage",
        "Basic Voice Audio Waveform Storage",
        "General Audio Waveform Storage",
        "Encapsulated PDF Storage",
        "Encapsulated CDA Storage",
        "Encapsulated STL Storage",
        "Encapsulated OBJ Storage",
        "Encapsulated MTL Storage",
    }


@pytest.mark.parametrize(
    "words",
    ["Ultrasound", "Secondary Capture", "X-Ray Angiographic", "Endoscopic", "Photograph", "VL ", "Video"],
)
def test_all_sop_classes_of_annotated_kinds_are_listed(words: str) -> None:
    names = {
        UID(uid).name
        for uid in sop_class._STORAGE_SOP_CLASSES - sop_class.HAS_PIXELS_OFTEN_ANNOTATED
        if words in UID(uid).name
    }
    assert names == set()


def test_cross_sectional_images_are_not_suspected() -> None:
    assert (
        not {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"} & sop_class.HAS_PIXELS_OFTEN_ANNOTATED
    )
    assert not {"CT", "MR", "PT", "CR", "DX", "MG"} & sop_class.ANNOTATED_MODALITIES
    assert {"US", "XA", "RF", "ES", "XC", "OP"} <= sop_class.ANNOTATED_MODALITIES
