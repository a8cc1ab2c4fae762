import hashlib
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from pydicom.data import get_testdata_file

from gateway.deidentify.action import Action
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.touched import Touched
from gateway.operate.wiring import record
from gateway.operate.wiring.record import InstanceRecord, Recorder

PROFILE = 'base = "basic"\noptions = ["retain_modified_dates"]\n[override]\n"StationName" = "K"\n'


@pytest.fixture(scope="module")
def core():
    return Deidentifier(Profile.load(PROFILE, "trial.toml"), PseudonymKey(bytes(32)))


@pytest.fixture(scope="module")
def result(core):
    return core.deidentify(instance_of(Path(get_testdata_file("MR_small.dcm")).read_bytes()))


def opened(treatment):
    return msgspec.json.decode(zlib.decompress(treatment.content), type=InstanceRecord)


def elements(*touched):
    return record._elements(Counter(touched))


def test_a_record_says_what_was_done_by_what_and_why(core, result):
    found = Recorder(core, "finder (invented 1.0)").record(result)
    assert found.sop_instance_uid == result.sop_instance_uid
    assert found.study_instance_uid == result.study_instance_uid
    assert found.pseudonym == result.pseudonym
    assert (found.profile, found.profile_fingerprint) == ("trial", core.profile.fingerprint)
    assert found.key_id == core.key.identifier
    assert found.options == ("retain_modified_dates",)
    assert found.weaker == ("StationName",)
    assert found.named_entities == "finder (invented 1.0)"
    by_keyword = {element.keyword: element for element in found.elements}
    assert (by_keyword["PatientName"].action, by_keyword["PatientName"].why) == ("Z", "basic_profile")
    assert by_keyword["StudyDate"].why == "retain_modified_dates"
    assert "StationName" not in by_keyword


def test_a_record_names_what_the_residual_check_touched(core, result):
    found = Recorder(core).record(replace(result, removed_by_residual=(0x00081030,)))
    assert found.residual == ("(0008,1030)",)


def test_no_value_of_the_original_is_in_a_record(core, result):
    text = msgspec.json.encode(Recorder(core).record(result)).decode()
    values = [value for value in (*result.originals.values(), *result.uids) if len(value) > 3]
    kept = {result.sop_class_uid}
    assert len(values) > 8
    assert [value for value in values if value in text and value not in kept] == []


def test_private_attributes_appear_by_tag_only():
    (element,) = elements(Touched((), 0x00091001, Action.REMOVE, "private"))
    assert msgspec.json.encode(element) == b'{"tag":"(0009,1001)","action":"X","why":"private"}'


def test_elements_of_items_that_were_treated_alike_are_one_entry():
    inside = Touched((0x00400275,), 0x00400007, Action.REMOVE, "basic_profile")
    other = Touched((0x00400275,), 0x00400007, Action.CLEAN, "clean_descriptors")
    first, second = elements(inside, other, inside)
    assert (first.path, first.count, second.count) == (("(0040,0275)",), 2, 1)


def test_a_treatment_is_the_record_without_its_output(core, result):
    recorder = Recorder(core)
    whole, shared = recorder.record(result), opened(recorder.treatment(result))
    assert shared.sop_instance_uid == shared.pseudonym == ""
    assert shared.elements == whole.elements
    assert result.sop_instance_uid.encode() not in msgspec.json.encode(shared)


def test_instances_that_were_treated_alike_share_a_treatment(core, result):
    recorder, again = Recorder(core), Recorder(core)
    other = replace(result, sop_instance_uid="2.25.1", touched=tuple(result.touched))
    assert recorder.treatment(result) == recorder.treatment(other) == again.treatment(result)
    less = replace(result, touched=result.touched[1:])
    residual = replace(result, removed_by_residual=(0x00081030,))
    digests = {recorder.treatment(one).digest for one in (result, less, residual)}
    assert len(digests) == 3


def test_a_record_of_hostile_length_says_what_it_leaves_out(core, result, monkeypatch):
    monkeypatch.setattr(record, "_MAX_ENTRIES", 3)
    found = Recorder(core).record(result)
    assert len(found.elements) == 3
    assert found.left_out == len(set(result.touched)) - 3 > 0


def test_the_digest_is_of_the_json(core, result):
    treatment = Recorder(core).treatment(result)
    assert treatment.digest == hashlib.sha256(zlib.decompress(treatment.content)).digest()


def test_a_list_too_long_to_remember_is_recorded_all_the_same(core, result, monkeypatch):
    monkeypatch.setattr(record, "_LONGEST_REMEMBERED", 1)
    assert Recorder(core).record(result).elements == Recorder(core).record(result).elements != ()


def test_the_documentation_explains_every_field_and_shows_a_valid_line():
    page = (Path(__file__).parents[2] / "docs/how-to/read-a-report.md").read_text(encoding="utf-8")
    names = [*InstanceRecord.__struct_fields__, *record.ElementRecord.__struct_fields__]
    assert [name for name in names if f"`{name}`" not in page] == []
    example = page.split("```json\n", 1)[1].split("```", 1)[0]
    found = msgspec.convert(msgspec.json.decode(example), InstanceRecord)
    shown = set(msgspec.json.decode(example))
    assert shown <= set(InstanceRecord.__struct_fields__)
    assert found.elements
