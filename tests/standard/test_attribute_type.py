from __future__ import annotations

import json
from collections import defaultdict
from importlib.resources import files

import pytest

from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.dictionary import keyword_of, tag_of

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
US = "1.2.840.10008.5.1.4.1.1.6.1"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
RT_ION_TREATMENT_RECORD = "1.2.840.10008.5.1.4.1.1.481.9"
TYPES = ("1", "1C", "2", "2C", "3")


def type_of(sop_class_uid: str, *keywords: str) -> str | None:
    *path, tag = (tag_of(keyword) for keyword in keywords)
    return attribute_type(sop_class_uid, tuple(path), tag)


@pytest.fixture(scope="module")
def shipped() -> dict:
    text = files("gateway.standard").joinpath("attribute_types.json").read_text(encoding="utf-8")
    return json.loads(text)


@pytest.mark.parametrize(
    ("sop_class_uid", "keywords", "expected"),
    [
        (CT, ["PatientID"], "2"),
        (CT, ["PatientName"], "2"),
        (CT, ["PatientBirthDate"], "2"),
        (CT, ["StudyInstanceUID"], "1"),
        (CT, ["StudyDate"], "2"),
        (CT, ["SeriesDate"], "3"),
        (CT, ["StudyDescription"], "3"),
        (CT, ["AcquisitionDateTime"], "3"),
        (ENHANCED_CT, ["AcquisitionDateTime"], "1C"),
        (CT, ["DeviceSerialNumber"], "3"),
        (ENHANCED_CT, ["DeviceSerialNumber"], "1"),
        (CT, ["KVP"], "2"),
        (CT, ["ContentDate"], "2C"),
        (ENHANCED_CT, ["ContentDate"], "1"),
        (BASIC_TEXT_SR, ["VerifyingObserverSequence"], "1C"),
        (BASIC_TEXT_SR, ["VerifyingObserverSequence", "VerifyingObserverName"], "1"),
        (CT, ["ReferencedStudySequence"], "3"),
        (CT, ["ReferencedStudySequence", "ReferencedSOPInstanceUID"], "1"),
        (RT_ION_TREATMENT_RECORD, ["TreatmentDate"], "2"),
    ],
)
def test_the_type_is_the_one_of_the_iod(sop_class_uid: str, keywords: list[str], expected: str) -> None:
    assert type_of(sop_class_uid, *keywords) == expected


@pytest.mark.parametrize("groups", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"])
def test_functional_group_macros_are_found_inside_both_sequences(groups: str) -> None:
    assert type_of(ENHANCED_CT, groups) is not None
    assert type_of(ENHANCED_CT, groups, "FrameContentSequence", "FrameAcquisitionDateTime") == "1C"
    assert type_of(ENHANCED_CT, groups, "PixelMeasuresSequence", "PixelSpacing") == "1C"
    assert type_of(ENHANCED_CT, "FrameAcquisitionDateTime") is None


@pytest.mark.parametrize(
    "keywords",
    [
        ["BeamName"],
        ["NameToUse"],
        ["PatientID", "PatientName"],
        ["ReferencedStudySequence", "PatientName"],
        ["BeamSequence", "BeamName"],
        ["ReferencedStudySequence", "BeamSequence", "BeamName"],
    ],
)
def test_what_the_iod_does_not_define_there_has_no_type(keywords: list[str]) -> None:
    assert type_of(CT, *keywords) is None


def test_private_attributes_have_no_type() -> None:
    assert attribute_type(CT, (), 0x00091001) is None
    assert attribute_type(CT, (0x00091001,), tag_of("PatientID")) is None


@pytest.mark.parametrize("uid", ["", "1.2.840.113619.4.26", "1.2.840.10008.5.1.4.1.1.6"])
def test_an_unknown_iod_defines_nothing(uid: str) -> None:
    assert not iod_known(uid)
    assert attribute_type(uid, (), tag_of("PatientID")) is None
    assert attribute_type(uid, (tag_of("ReferencedStudySequence"),), tag_of("PatientID")) is None


def test_a_known_iod_is_told() -> None:
    assert iod_known(CT)


@pytest.mark.parametrize("plane", range(0, 0x20, 2))
def test_each_overlay_plane_has_the_types_of_the_overlay_module(plane: int) -> None:
    assert attribute_type(US, (), 0x60000010 + (plane << 16)) == "1"
    assert attribute_type(US, (), 0x60000022 + (plane << 16)) == "3"


def test_a_group_that_is_no_overlay_plane_has_no_type() -> None:
    assert attribute_type(US, (), 0x60200010) is None
    assert attribute_type(US, (), 0x60010010) is None


def test_the_strictest_type_of_all_modules_counts() -> None:
    # General Equipment has Type 3, Enhanced General Equipment has Type 1.
    assert type_of(ENHANCED_CT, "SoftwareVersions") == "1"
    assert type_of(CT, "SoftwareVersions") == "3"


def test_types_agree_with_every_row_of_the_compound_action_table(
    compound_action_types: list[dict[str, str]], shipped: dict
) -> None:
    sop_class = {iod: uid for uid, iod in shipped["sop_classes"].items()}
    strictest: dict[tuple[str, tuple[int, ...], int], str] = {}
    for row in compound_action_types:
        path = tuple(tag_of(keyword) for keyword in row["sequence_path"].split("/") if keyword)
        # "None": the Standard's own table gives no Type; it counts as 3.
        given = row["type_in_module"] if row["type_in_module"] in TYPES else "3"
        for usage in row["iods_with_usage"].split():
            key = usage.split(":")[0], path, int(row["tag"], 16)
            strictest[key] = min(strictest.get(key, "3"), given, key=TYPES.index)
    found = {
        (iod, path, tag): attribute_type(sop_class[iod], path, tag)
        for iod, path, tag in strictest
        if iod in sop_class
    }
    assert len(compound_action_types) == 987
    assert {iod for iod, *_ in strictest} - set(sop_class) <= {
        "real-time-audio-waveform",
        "real-time-video-endoscopic-image",
        "real-time-video-photographic-image",
        "rendition-selection-document",
    }
    assert found == {key: type_ for key, type_ in strictest.items() if key in found}


def test_no_compound_attribute_is_defined_where_the_table_does_not_have_it(
    compound_action_types: list[dict[str, str]], shipped: dict
) -> None:
    tabled = defaultdict(set)
    for row in compound_action_types:
        if not row["sequence_path"]:
            tabled[int(row["tag"], 16)].update(use.split(":")[0] for use in row["iods_with_usage"].split())
    for uid, iod in shipped["sop_classes"].items():
        for tag, iods in tabled.items():
            assert (attribute_type(uid, (), tag) is not None) == (iod in iods), (iod, keyword_of(tag))


def test_every_line_of_the_table_is_well_formed(shipped: dict) -> None:
    levels = shipped["levels"]
    for number, level in enumerate(levels):
        for attribute in level.split():
            tag, _, rest = attribute.partition(":")
            type_, _, items = rest.partition(">")
            assert keyword_of(int(tag, 16))
            assert type_ in TYPES
            assert not items or int(items) < number
    assert set(shipped["iods"]) == set(shipped["sop_classes"].values())
    assert set(shipped["iods"].values()) <= set(range(len(levels)))
