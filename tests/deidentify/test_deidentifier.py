"""The only way in: what every output has, what is refused, and that nothing else takes part."""

from __future__ import annotations

import builtins
import os
import socket
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import __version__
from gateway.deidentify.file_meta import IMPLEMENTATION_CLASS_UID
from gateway.deidentify.instance import Instance, Origin
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import Reason, Refused
from gateway.standard.query_retrieve import STORED_KEYS

KEPT, EQUIPMENT = 0x0040A043, 0x0018A001
ROOT = Path(__file__).resolve().parents[2]


def codes(sequence):
    return [(item.CodeValue, item.CodingSchemeDesignator) for item in sequence]


@pytest.mark.parametrize("form", ["explicit", "implicit", "big endian", "deflated"])
def test_every_output_says_who_did_it_and_how(form, datasets):
    implicit, big = form == "implicit", form == "big endian"
    data_set = datasets.image(implicit=implicit, big=big)
    syntax = {"implicit": datasets.IMPLICIT, "big endian": datasets.BIG_ENDIAN}.get(form, datasets.EXPLICIT)
    if form == "deflated":
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data_set, syntax = deflater.compress(data_set) + deflater.flush(), datasets.DEFLATED
    output = datasets.deidentify(data_set, transfer_syntax_uid=syntax).data_set
    assert output.PatientIdentityRemoved == "YES"
    assert "basic_dates" in str(output.DeidentificationMethod)
    assert codes(output.DeidentificationMethodCodeSequence) == [
        ("113100", "DCM"),
        ("113107", "DCM"),
        ("113108", "DCM"),
    ]
    assert output.LongitudinalTemporalInformationModified == "MODIFIED"
    (equipment,) = output.ContributingEquipmentSequence
    assert codes(equipment.PurposeOfReferenceCodeSequence) == [("109104", "DCM")]
    assert equipment.SoftwareVersions == __version__
    assert "BurnedInAnnotation" not in output
    assert output.file_meta.TransferSyntaxUID == syntax


def test_what_the_instance_said_of_earlier_deidentification_is_replaced(datasets):
    code = datasets.encoded(
        {0x00080100: ("SH", "113111"), 0x00080102: ("SH", "DCM"), 0x00080104: ("LO", "x")}
    )
    extra = {
        0x00120062: ("CS", "NO"),
        0x00120063: ("LO", "Murnau's method"),
        0x00120064: datasets.sequence(0x00120064, code),
        0x00280303: ("CS", "UNMODIFIED"),
        EQUIPMENT: datasets.sequence(EQUIPMENT, datasets.element(0x00080070, "LO", "ACME Bad Tolz")),
    }
    output = datasets.deidentify(datasets.image(extra))
    assert output.data_set.PatientIdentityRemoved == "YES"
    assert output.data_set.LongitudinalTemporalInformationModified == "MODIFIED"
    assert not output.has(b"Murnau")
    assert not output.has(b"ACME")
    assert not output.has(b"113111")


def test_the_preamble_is_empty_and_the_file_meta_written_anew(datasets):
    output = datasets.deidentify(datasets.image())
    assert output.file[:132] == bytes(128) + b"DICM"
    meta = output.data_set.file_meta
    assert {element.tag for element in meta} == {
        *(0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013),
    }
    assert meta.MediaStorageSOPClassUID == datasets.CT
    assert meta.MediaStorageSOPInstanceUID == output.data_set.SOPInstanceUID
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.FileMetaInformationGroupLength == len(output.result.buffers[0]) - 144


def test_command_and_file_meta_elements_inside_a_data_set_go(datasets):
    extra = {0x00020016: ("AE", "CT_ROOM_1"), 0x00000600: ("AE", "DEST"), 0x00041500: ("CS", "FILE")}
    output = datasets.deidentify(datasets.image(extra))
    assert not output.has(b"CT_ROOM_1")
    assert not output.has(b"DEST")
    assert not output.has(b"FILE")


def test_group_lengths_go_so_that_none_is_wrong(datasets):
    output = datasets.deidentify(datasets.image({0x00080000: ("UL", struct.pack("<L", 999))}))
    assert 0x00080000 not in output.data_set


def test_unknown_attributes_go(datasets):
    extra = {0x00080002: ("LO", "Murnau"), 0x77770010: ("LO", "Murnau"), 0x00187777: ("UN", b"Murnau")}
    assert not datasets.deidentify(datasets.image(extra)).has(b"Murnau")


@pytest.mark.parametrize(
    ("vr", "value"), [("DS", "Murnau"), ("IS", "Hedwig"), ("CS", b"\0\1"), ("US", b"\1")]
)
def test_a_value_that_is_none_of_its_vr_does_not_stay(vr, value, datasets):
    tag = {"DS": 0x00180050, "IS": 0x00200013, "CS": 0x00185100, "US": 0x00280006}[vr]
    output = datasets.deidentify(
        datasets.image(
            {tag: datasets.unpadded(tag, vr, value if isinstance(value, bytes) else value.encode())}
        )
    )
    if vr != "CS":
        assert tag not in output.data_set or not output.data_set[tag].value


@pytest.mark.parametrize("times", [1, 2])
def test_its_own_output_is_refused_as_a_loop(times, datasets):
    output = datasets.deidentify(datasets.image())
    core = datasets.Deidentifier(datasets.basic_dates(), datasets.KEY)
    again = Instance(datasets.CT, output.result.sop_instance_uid, datasets.EXPLICIT, output.encoded)
    for _ in range(times):
        with pytest.raises(Refused) as refused:
            core.deidentify(again)
        assert refused.value.reason is Reason.LOOP


def test_the_output_of_another_project_is_no_loop(datasets):
    output = datasets.deidentify(datasets.image())
    core = datasets.Deidentifier(datasets.basic_dates(), PseudonymKey(bytes(32)))
    again = Instance(datasets.CT, output.result.sop_instance_uid, datasets.EXPLICIT, output.encoded)
    assert core.deidentify(again).pseudonym != output.result.pseudonym


@pytest.mark.parametrize(
    ("extra", "without", "reason"),
    [
        ({0x00080018: ("UI", "1.2.3")}, (), Reason.IDENTIFIER_MISMATCH),
        ({0x00080016: ("UI", "1.2.840.10008.5.1.4.1.1.4")}, (), Reason.IDENTIFIER_MISMATCH),
        ({}, (0x00080018,), Reason.STRUCTURE),
        ({}, (0x00080016,), Reason.STRUCTURE),
        ({}, (0x0020000D,), Reason.STRUCTURE),
        ({}, (0x0020000E,), Reason.STRUCTURE),
        ({0x0020000D: ("UI", "")}, (), Reason.STRUCTURE),
        ({0x0020000D: ("UI", "Wolkenstein")}, (), Reason.STRUCTURE),
        ({0x0020000E: ("UI", "1.2\\1.3")}, (), Reason.STRUCTURE),
        ({0x00080018: ("UI", "")}, (), Reason.IDENTIFIER_MISMATCH),
    ],
)
def test_an_instance_whose_identifiers_are_missing_or_not_the_commands_is_refused(
    extra, without, reason, datasets
):
    refused = datasets.outcome(datasets.image(extra, without=without))
    assert isinstance(refused, Refused)
    assert refused.reason is reason


ANNOTATED = [
    ("1.2.840.10008.5.1.4.1.1.6.1", {}),
    ("1.2.840.10008.5.1.4.1.1.7", {}),
    ("1.2.840.10008.5.1.4.1.1.12.1", {}),
    ("1.2.840.10008.5.1.4.1.1.2", {0x00080060: ("CS", "US")}),
    ("1.2.840.10008.5.1.4.1.1.2", {0x00280301: ("CS", "YES")}),
    ("1.2.840.10008.5.1.4.1.1.2", {0x00280301: ("CS", "yes ")}),
]


@pytest.mark.parametrize(("sop_class_uid", "extra"), ANNOTATED)
def test_pixels_that_often_carry_text_are_refused_unless_set_to_pass(sop_class_uid, extra, datasets):
    data_set = datasets.image(extra, sop_class_uid=sop_class_uid)
    refused = datasets.outcome(data_set, sop_class_uid=sop_class_uid)
    assert refused.reason is Reason.UNEXAMINED_PIXELS
    assert datasets.deidentify(data_set, sop_class_uid=sop_class_uid, unexamined_pixels="pass")


def test_other_pixels_and_objects_without_pixels_pass(datasets):
    assert datasets.deidentify(datasets.image({0x00080060: ("CS", "CT"), 0x00280301: ("CS", "NO")}))
    report = datasets.document({0x00080060: ("CS", "US")}, sop_class_uid=datasets.COMPREHENSIVE_SR)
    assert datasets.deidentify(report, sop_class_uid=datasets.COMPREHENSIVE_SR)


@pytest.mark.parametrize("missing", [0x00280010, 0x00280011, 0x00280100])
def test_annotated_pixels_pass_no_more_easily_without_their_description(missing, datasets):
    data_set = datasets.image(sop_class_uid=datasets.ULTRASOUND, without=(missing,))
    assert isinstance(datasets.outcome(data_set, sop_class_uid=datasets.ULTRASOUND), Refused)


def rich(datasets):
    """Build an instance of which every step has something to do."""
    item = datasets.encoded(
        {0x00080104: ("LO", "see Oswald"), 0x00081070: ("PN", "Murnau^Hedwig"), 0x00081155: ("UI", "1.2.3.9")}
    )
    return datasets.image(
        {
            0x00080020: ("DA", "20190417"),
            0x00080050: ("SH", "A-4711-B"),
            0x00080070: ("LO", "by Wolkenstein"),
            0x00101010: ("AS", "095Y"),
            0x00200010: ("SH", "S1"),
            KEPT: datasets.sequence(KEPT, item, item, undefined=True),
        }
    )


IN_ANOTHER_PROCESS = """
import hashlib, sys
from pathlib import Path
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Instance
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
text = Path("config/profiles/basic_dates.toml").read_text(encoding="utf-8")
profile = Profile.load(text, "basic_dates.toml")
core = Deidentifier(profile, PseudonymKey(bytes(range(32))))
result = core.deidentify(Instance(sys.argv[1], sys.argv[2], sys.argv[3], sys.stdin.buffer.read()))
print(hashlib.sha256(b"".join(result.buffers)).hexdigest())
print(sorted(result.uids.items()), result.removed_by_residual)
"""


def test_the_same_instance_gives_the_same_bytes_in_every_process(datasets):
    outputs = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                IN_ANOTHER_PROCESS,
                datasets.CT,
                datasets.SOP_INSTANCE_UID,
                datasets.EXPLICIT,
            ],
            input=rich(datasets),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed, zone in (("0", "UTC"), ("1", "Asia/Tokyo"), ("4711", "America/New_York"))
    }
    assert len(outputs) == 1


def test_the_same_instance_gives_the_same_bytes_whatever_came_before(datasets):
    first = datasets.deidentify(rich(datasets)).file
    datasets.deidentify(datasets.image({0x00100020: ("LO", "SOMEBODY-ELSE")}))
    assert datasets.deidentify(rich(datasets)).file == first
    assert datasets.deidentify(bytes(bytearray(rich(datasets)))).file == first


def test_a_memoryview_is_as_good_as_bytes(datasets):
    core = datasets.Deidentifier(datasets.basic_dates(), datasets.KEY)
    results = [
        core.deidentify(
            Instance(datasets.CT, datasets.SOP_INSTANCE_UID, datasets.EXPLICIT, kind(rich(datasets)))
        )
        for kind in (bytes, memoryview)
    ]
    assert b"".join(results[0].buffers) == b"".join(results[1].buffers)


def test_the_core_opens_no_file_and_no_socket(datasets, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("the core reached outside")

    core = datasets.Deidentifier(datasets.basic_dates(), datasets.KEY)
    instance = Instance(datasets.CT, datasets.SOP_INSTANCE_UID, datasets.EXPLICIT, rich(datasets))
    expected = core.deidentify(instance).buffers
    monkeypatch.setattr(builtins, "open", forbidden)
    monkeypatch.setattr(os, "open", forbidden)
    monkeypatch.setattr(socket, "socket", forbidden)
    found = core.deidentify(instance).buffers
    monkeypatch.undo()
    assert b"".join(found) == b"".join(expected)


def test_the_core_writes_nothing_to_a_log_or_the_console(datasets, caplog, capfd):
    caplog.set_level(0)
    datasets.deidentify(rich(datasets)).file  # noqa: B018
    datasets.outcome(datasets.image() + b"Wolkenstein^Oswald")
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


VALUES = [
    ({0x00080018: ("UI", "1.2.3.4444")}, (), "4444"),
    ({0x0020000D: ("UI", "Wolkenstein")}, (), "Wolken"),
    ({0x00280008: ("IS", "Murnau")}, (), "Murnau"),
    ({0x00100010: b"\x10\x00\x10\x00PN\xff\xffWolkenstein"}, (), "Wolken"),
    ({KEPT: b"\x40\x00\x43\xa0SQ\0\0\x0c\0\0\0Wolkenstein "}, (), "Wolken"),
]


@pytest.mark.parametrize(("extra", "without", "secret"), VALUES)
def test_no_value_of_the_instance_is_in_a_refusal(extra, without, secret, datasets):
    refused = datasets.outcome(datasets.image(extra, without=without))
    assert isinstance(refused, Refused)
    chain, texts = refused, []
    while chain is not None:
        texts += [str(chain), repr(chain), *map(str, chain.args)]
        chain = chain.__cause__ or chain.__context__
    assert secret not in " ".join(texts)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore:Found unknown escape sequence")
def test_no_refusal_of_a_mutated_instance_has_a_word_of_it(data, datasets):
    mutated = bytearray(rich(datasets))
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    result = datasets.outcome(bytes(mutated))
    if isinstance(result, Refused):
        assert not {"Wolkenstein", "Oswald", "Murnau", "778899", "4711"} & {
            word for text in (str(result), result.detail) for word in text.replace("^", " ").split()
        }
        assert result.detail.isascii()


def test_the_result_holds_the_searchable_attributes_of_the_output(datasets):
    extra = {
        0x00080008: ("CS", "ORIGINAL\\PRIMARY"),
        0x00080020: ("DA", "20190417"),
        0x00080060: ("CS", "CT"),
        0x00081010: ("SH", "CT-ROOM-1"),
        0x00081030: ("LO", "Abdomen of Wolkenstein"),
        0x00101010: ("AS", "095Y"),
        0x00200013: ("IS", "7 "),
    }
    output = datasets.deidentify(datasets.image(extra))
    attributes = output.result.attributes
    assert set(attributes) <= {keyword for keywords in STORED_KEYS.values() for keyword in keywords}
    assert attributes["ImageType"] == "ORIGINAL\\PRIMARY"
    assert attributes["StudyDate"] == output.data_set.StudyDate == "20181016"
    assert attributes["PatientAge"] == "090Y"
    assert attributes["InstanceNumber"] == "7"
    assert (attributes["Rows"], attributes["BitsAllocated"]) == ("2", "8")
    assert attributes["PatientID"] == attributes["PatientName"] == output.result.pseudonym
    assert attributes["StudyInstanceUID"] == output.result.study_instance_uid
    for keyword in ("StationName", "StudyDescription"):
        assert attributes.get(keyword, "") == output.data_set.get(keyword, "")
    for keyword, value in attributes.items():
        if keyword != "ImageType":
            assert value == str(output.data_set[keyword].value or "")


def test_the_result_holds_the_originals_for_the_linkage(datasets):
    extra = {0x00080020: ("DA", "20190417"), 0x00100030: ("DA", "19470123"), 0x00081030: ("LO", "Abdomen ")}
    originals = datasets.deidentify(datasets.image(extra)).result.originals
    assert originals["PatientName"] == datasets.PATIENT_NAME
    assert originals["PatientID"] == datasets.PATIENT_ID
    assert originals["PatientBirthDate"] == "19470123"
    assert originals["StudyDescription"] == "Abdomen"
    assert originals["StudyInstanceUID"] == datasets.STUDY_INSTANCE_UID
    assert "AccessionNumber" not in originals


@pytest.mark.parametrize("profile_name", ["basic", "basic_dates"])
def test_explain_names_every_element_and_changes_nothing(profile_name, datasets):
    using = datasets.profile() if profile_name == "basic" else datasets.basic_dates()
    core = datasets.Deidentifier(using, datasets.KEY)
    instance = Instance(datasets.CT, datasets.SOP_INSTANCE_UID, datasets.EXPLICIT, rich(datasets))
    decisions = list(core.explain(instance, Origin()))
    assert {(decision.path, decision.tag) for decision in decisions} >= {
        *(((), 0x00080070), ((), 0x00100010), ((), 0x00100020), ((), 0x7FE00010), ((), KEPT)),
        ((KEPT,), 0x00081070),
    }
    output = datasets.deidentify(rich(datasets), using=using).data_set
    for decision in decisions:
        if not decision.path and decision.action.value == "X":
            assert decision.tag not in output
        if not decision.path and decision.action.value == "K":
            assert decision.tag in output


@pytest.mark.parametrize(
    ("tag", "vr", "value"), [(0x00280006, "US", b"\1\2\3"), (0x00189087, "FD", b"\1\2\3\4")]
)
def test_explain_shows_numbers_of_a_wrong_length_too(tag, vr, value, datasets):
    core = datasets.Deidentifier(datasets.basic_dates(), datasets.KEY)
    data_set = datasets.image({tag: datasets.unpadded(tag, vr, value)})
    assert list(core.explain(Instance(datasets.CT, datasets.SOP_INSTANCE_UID, datasets.EXPLICIT, data_set)))
