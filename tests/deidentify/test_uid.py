"""Replacement UIDs: valid, consistent, keyed, and never for what PS3.6 registers."""

from __future__ import annotations

import re
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID_dictionary

from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.uid import CLASS_UIDS, VALID, UidMap, replacement_uid
from gateway.standard.dictionary import vr_of

KEY = PseudonymKey(bytes(range(32)))
OTHER = PseudonymKey(bytes(range(1, 33)))
uids = st.lists(st.integers(0, 10**9), min_size=3, max_size=7).map(
    lambda parts: "1.2." + ".".join(map(str, parts))
)


@given(original=st.text(max_size=80))
def test_a_replacement_is_a_valid_uid_below_2_25_of_a_version_8_uuid(original):
    replacement = replacement_uid(KEY, original)
    assert len(replacement) <= 44
    assert re.fullmatch(r"2\.25\.(0|[1-9][0-9]*)", replacement)
    uuid = UUID(int=int(replacement.removeprefix("2.25.")))
    assert (uuid.version, uuid.variant) == (8, RFC_4122)


@given(original=uids)
def test_a_replacement_depends_on_the_original_and_the_key_alone(original):
    assert replacement_uid(KEY, original) == replacement_uid(PseudonymKey(bytes(range(32))), original)
    assert replacement_uid(KEY, original) != replacement_uid(OTHER, original)


def test_no_two_of_many_uids_share_a_replacement():
    originals = [f"1.2.826.0.1.99.{number}" for number in range(20_000)]
    assert len({replacement_uid(KEY, original) for original in originals}) == len(originals)


def test_the_first_replacement_that_was_ever_issued_is_still_the_same():
    assert replacement_uid(KEY, "1.2.826.0.1.99.1.1001") == "2.25.308344437008045477538827600481166335703"


KINDS = {uid: entry[1] for uid, entry in UID_dictionary.items()}
WELL_KNOWN = sorted(uid for uid, kind in KINDS.items() if kind != "Transfer Syntax")


@pytest.mark.parametrize("registered", WELL_KNOWN[::25])
def test_a_registered_uid_stays(registered):
    uid_map = UidMap(KEY)
    assert uid_map.replace(registered) == registered
    assert uid_map.replaced == {}


@pytest.mark.parametrize("original", ["1.2.840.10008.5.1.4.1.1.2.20190417101112.1", "1.2.840.10008.1.4.1.99"])
def test_a_uid_that_a_device_made_below_the_root_of_the_standard_is_replaced(original):
    assert UidMap(KEY).replace(original) == replacement_uid(KEY, original)


@given(original=uids)
def test_a_map_replaces_consistently_and_remembers(original):
    uid_map = UidMap(KEY)
    assert uid_map.replace(original) == uid_map.replace(original) == replacement_uid(KEY, original)
    assert uid_map.replaced == {original: replacement_uid(KEY, original)}


@pytest.mark.parametrize("valid", ["1.2.3", "0", "1.02.3", "2.25." + "9" * 39])
def test_a_uid_of_digits_and_dots_is_valid(valid):
    assert VALID.fullmatch(valid)


@pytest.mark.parametrize("invalid", ["", ".1", "1.", "1..2", "1.2a", "1.2\n", "1.2 ", "1.2\\3", "١.٢"])
def test_anything_else_is_not(invalid):
    assert not VALID.fullmatch(invalid)


def test_attributes_for_classes_are_uids():
    assert {vr_of(tag) for tag in CLASS_UIDS} == {"UI"}


def test_every_uid_of_an_instance_is_replaced_and_consistently_at_every_depth(datasets):
    item = datasets.element(0x00081155, "UI", datasets.SOP_INSTANCE_UID) + datasets.element(
        0x0020000D, "UI", datasets.STUDY_INSTANCE_UID
    )
    extra = {0x00200052: ("UI", "1.2.826.0.1.99.4"), 0x0040A043: datasets.sequence(0x0040A043, item)}
    output = datasets.deidentify(datasets.image(extra))
    result = output.result
    assert output.data_set.SOPInstanceUID == result.sop_instance_uid == result.uids[datasets.SOP_INSTANCE_UID]
    assert output.data_set.StudyInstanceUID == result.study_instance_uid
    assert output.data_set.SeriesInstanceUID == result.series_instance_uid
    assert output.data_set.FrameOfReferenceUID == result.uids["1.2.826.0.1.99.4"]
    nested = output.data_set[0x0040A043].value[0]
    assert nested.ReferencedSOPInstanceUID == result.sop_instance_uid
    assert nested.StudyInstanceUID == result.study_instance_uid
    assert output.data_set.file_meta.MediaStorageSOPInstanceUID == result.sop_instance_uid
    assert set(result.uids.values()) == {
        result.sop_instance_uid, result.study_instance_uid, result.series_instance_uid,
        output.data_set.FrameOfReferenceUID,
    }  # fmt: skip


def test_several_values_are_replaced_one_by_one(datasets):
    extra = {0x00080058: ("UI", "1.2.826.0.1.99.4\\1.2.826.0.1.99.5\\1.2.840.10008.1.4.1.1")}
    failed = datasets.deidentify(datasets.image(extra)).data_set.FailedSOPInstanceUIDList
    assert list(failed) == [
        replacement_uid(KEY, "1.2.826.0.1.99.4"),
        replacement_uid(KEY, "1.2.826.0.1.99.5"),
        "1.2.840.10008.1.4.1.1",
    ]


def test_a_uid_outside_the_table_is_replaced_by_its_vr(datasets):
    output = datasets.deidentify(datasets.image({0x0018991E: ("UI", "1.2.826.0.1.99.6")}))
    assert not output.has(b"1.2.826.0.1.99.6")
    assert output.data_set[0x0018991E].value == replacement_uid(KEY, "1.2.826.0.1.99.6")


@pytest.mark.parametrize("malformed", ["not a uid", "1.2.3.", "Wolkenstein^Oswald", b"\xff\xfe1.2"])
def test_a_uid_that_is_none_is_replaced_all_the_same(malformed, datasets):
    output = datasets.deidentify(datasets.image({0x00200052: ("UI", malformed)}))
    assert output.data_set.FrameOfReferenceUID.startswith("2.25.")


def test_a_class_uid_that_is_no_uid_does_not_stay(datasets):
    item = datasets.element(0x00081150, "UI", "Wolkenstein^Oswald")
    output = datasets.outcome(datasets.image({0x0040A043: datasets.sequence(0x0040A043, item)}))
    assert not output.has(b"Wolken")
