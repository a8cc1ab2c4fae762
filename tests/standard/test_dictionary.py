from __future__ import annotations

import pytest
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.datadict import dictionary_VR
from pydicom.uid import UID, UID_dictionary

from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import first_of_repeating, is_registered_uid, keyword_of, tag_of, vr_of

SINGLE = [row for row in ROWS if row.tag != "private" and "x" not in row.tag]


def test_every_single_tag_of_the_profile_has_vr_and_keyword() -> None:
    tags = {int(row.tag, 16): row for row in SINGLE}
    assert {tag: (vr_of(tag), keyword_of(tag)) for tag in tags} == {
        tag: (row.vr, row.keyword) for tag, row in tags.items()
    }
    assert [tag_of(row.keyword) for row in SINGLE] == list(tags)


def test_the_repeating_rows_of_the_profile_have_vr_and_keyword() -> None:
    rows = {row.tag: row for row in ROWS if "xx" in row.tag}
    assert keyword_of(0x50003000) == rows["50xxxxxx"].keyword
    for row in (rows["60xx3000"], rows["60xx4000"]):
        tag = int(row.tag.replace("xx", "1E"), 16)
        assert (vr_of(tag), keyword_of(tag)) == (row.vr, row.keyword)


def test_the_table_and_pydicom_agree_on_every_attribute_that_both_have() -> None:
    both = [row for row in SINGLE if int(row.tag, 16) in DicomDictionary]
    assert [(row.tag, row.vr) for row in both] == [(row.tag, dictionary_VR(int(row.tag, 16))) for row in both]


def test_pydicom_lacks_the_26_newest_attributes_of_the_table() -> None:
    newer = [row.keyword for row in SINGLE if int(row.tag, 16) not in DicomDictionary]
    assert len(newer) == 26
    assert vr_of(tag_of("NameToUse")) == "LT"
    assert vr_of(tag_of("GenderIdentitySequence")) == "SQ"


def test_every_attribute_of_pydicom_is_known_but_items_and_delimiters() -> None:
    unknown = {tag for tag in DicomDictionary if vr_of(tag) is None}
    assert unknown == {0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD}
    assert all(vr_of(tag) == entry[0] for tag, entry in DicomDictionary.items() if tag not in unknown)


def test_vrs_that_depend_on_other_attributes_are_given_as_alternatives() -> None:
    assert vr_of(0x00280106) == "US or SS"
    assert vr_of(0x7FE00010) == "OB or OW"


@pytest.mark.parametrize("plane", range(0, 0x20, 2))
def test_each_overlay_and_curve_group_is_known(plane: int) -> None:
    overlay, curve = 0x60003000 + (plane << 16), 0x50000022 + (plane << 16)
    assert (vr_of(overlay), keyword_of(overlay)) == ("OB or OW", "OverlayData")
    assert (vr_of(curve), keyword_of(curve)) == ("LO", "CurveDescription")
    assert first_of_repeating(overlay) == 0x60003000
    assert first_of_repeating(curve) == 0x50000022


@pytest.mark.parametrize(
    "tag", [0x60013000, 0x601F3000, 0x60203000, 0x60FE3000, 0x50200022, 0x501F0022, 0x40003000]
)
def test_groups_beyond_the_sixteen_even_ones_do_not_repeat(tag: int) -> None:
    assert vr_of(tag) is None
    assert first_of_repeating(tag) == tag


def test_every_curve_and_overlay_attribute_of_pydicom_is_known() -> None:
    masks = {mask: entry for mask, entry in RepeatersDictionary.items() if mask[:4] in {"50xx", "60xx"}}
    assert {mask: vr_of(int(mask.replace("xx", "02"), 16)) for mask in masks} == {
        mask: entry[0] for mask, entry in masks.items()
    }


@pytest.mark.parametrize("tag", [0x00090000, 0x00090010, 0x00091001, 0x7FE10010])
def test_private_attributes_are_unknown(tag: int) -> None:
    assert vr_of(tag) is None
    assert keyword_of(tag) == ""


@pytest.mark.parametrize("tag", [0x00100001, 0x002031AB, 0x7F020010, 0xFFFEE00D])
def test_unregistered_attributes_and_obsolete_repeating_groups_are_unknown(tag: int) -> None:
    assert vr_of(tag) is None
    assert keyword_of(tag) == ""


def test_group_lengths_are_known_in_every_even_group() -> None:
    assert vr_of(0x00080000) == "UL"
    assert vr_of(0x00020000) == "UL"
    assert keyword_of(0x00020000) == "FileMetaInformationGroupLength"
    assert keyword_of(0x00080000) == "GenericGroupLength"


@pytest.mark.parametrize("keyword", ["", "PatientNam", "patientname", "OverlayData"])
def test_a_keyword_that_names_no_single_tag_is_an_error(keyword: str) -> None:
    with pytest.raises(KeyError):
        tag_of(keyword)


def test_every_uid_that_pydicom_knows_is_registered() -> None:
    assert [uid for uid in UID_dictionary if not is_registered_uid(uid)] == []


@pytest.mark.parametrize("uid", ["1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.99.1"])
def test_a_uid_below_the_root_of_the_standard_is_registered_even_when_newer(uid: str) -> None:
    assert not UID(uid).name.endswith("Storage")
    assert is_registered_uid(uid)


@pytest.mark.parametrize(
    "uid",
    [
        "",
        "1.2.840.10008",
        "1.2.840.10008.",
        "1.2.840.100081.5",
        "1.2.840.113619.2.1",
        "2.25.1",
        "1.2.840.10008.DOE^JOHN",
        "1.2.840.10008.1\n",
        "1.2.840.10008.1\\2.25.1",
        "1.2.840.10008.٣",
        "1.2.840.10008." + "1" * 51,
    ],
)
def test_other_roots_and_malformed_uids_are_not_registered(uid: str) -> None:
    assert not is_registered_uid(uid)
