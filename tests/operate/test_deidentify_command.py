import csv
import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import click
import msgspec
import pydicom
import pytest
from click.testing import CliRunner
from pydicom.data import get_testdata_file

import gateway as gateway_package
from gateway.errors import KeyGuardError, StorageError
from gateway.linkage.key import load_key
from gateway.operate.cli import gateway
from gateway.operate.command.maps import command as maps_command
from gateway.operate.wiring.record import InstanceRecord


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "DOE^JANE"
    folder.mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        (folder / name).write_bytes(Path(get_testdata_file(name)).read_bytes())
    (folder / "notes.txt").write_text("not DICOM")
    return folder


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "project.key"
    load_key(path, may_create=True)
    return path


def run(*arguments):
    if arguments[0] == "deidentify" and "--profile" not in arguments:
        arguments = (*arguments, "--profile", "basic_dates")  # which looks at no pixels
    return CliRunner().invoke(gateway, [str(argument) for argument in arguments], standalone_mode=False)


def outputs(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.dcm")}


def test_a_folder_is_written_under_replacement_uids(source, tmp_path):
    result = run("deidentify", source, tmp_path / "out", "--json")

    report = json.loads(result.stdout)
    assert result.return_value == 0
    assert (report["written"], report["no_dicom"], report["refused"]) == (2, 1, {})
    for path, content in outputs(tmp_path / "out").items():
        ds = pydicom.dcmread(tmp_path / "out" / path)
        assert path.parts == (ds.StudyInstanceUID, ds.SeriesInstanceUID, f"{ds.SOPInstanceUID}.dcm")
        assert ds.PatientIdentityRemoved == "YES"
        assert b"CompressedSamples" not in content
        assert "DOE" not in str(path)


def test_the_same_key_gives_the_same_bytes_and_no_key_gives_others(source, tmp_path, key):
    for name in ("first", "second"):
        run("deidentify", source, tmp_path / name, "--key", key)
    run("deidentify", source, tmp_path / "third")

    assert outputs(tmp_path / "first") == outputs(tmp_path / "second")
    assert outputs(tmp_path / "first").keys().isdisjoint(outputs(tmp_path / "third"))


def test_a_second_run_into_the_same_folder_counts_duplicates(source, tmp_path, key):
    run("deidentify", source, tmp_path / "out", "--key", key)

    report = json.loads(run("deidentify", source, tmp_path / "out", "--key", key, "--json").stdout)

    assert (report["written"], report["duplicates"]) == (0, 2)


def test_a_refused_file_is_named_with_its_reason_and_sets_the_exit_code(source, tmp_path):
    broken = (source / "CT_small.dcm").read_bytes()[:-1000]
    (source / "broken.dcm").write_bytes(broken)

    result = run("deidentify", source, tmp_path / "out", "--report", tmp_path / "report.json")

    report = json.loads((tmp_path / "report.json").read_text())
    assert result.return_value == 7
    assert list(report["refused"].values()) == [["broken.dcm"]]
    assert report["written"] == 2


def test_images_that_often_carry_text_are_refused_unless_told_to_pass(tmp_path):
    ultrasound = get_testdata_file("examples_ybr_color.dcm")

    assert run("deidentify", ultrasound, tmp_path / "refused").return_value == 7
    assert run("deidentify", ultrasound, tmp_path / "out", "--unexamined-pixels", "pass").return_value == 0


def test_an_unknown_profile_names_those_that_are_there(tmp_path, source):
    from gateway.errors import SettingsError

    result = run("deidentify", source, tmp_path / "out", "--profile", "nonesuch")

    assert isinstance(result.exception, SettingsError)
    assert "basic_dates" in str(result.exception)


def test_what_is_no_file_is_refused_and_does_not_block(source, tmp_path):
    os.mkfifo(source / "pipe")
    report = json.loads(run("deidentify", source, tmp_path / "out", "--json").stdout)
    assert report["refused"] == {"cannot be read: not a file": ["pipe"]}
    assert report["written"] == 2


def test_another_instance_under_a_uid_that_was_written_is_refused_by_its_name(source, tmp_path, key):
    run("deidentify", source, tmp_path / "out", "--key", key)
    data_set = pydicom.dcmread(source / "CT_small.dcm")
    data_set.KVP = 80
    data_set.save_as(source / "CT_small.dcm")

    report = json.loads(run("deidentify", source, tmp_path / "out", "--key", key, "--json").stdout)

    assert list(report["refused"].values()) == [["CT_small.dcm"]]
    assert report["duplicates"] == 1


def test_a_record_is_written_for_each_output_and_names_no_value(source, tmp_path):
    records = tmp_path / "records.jsonl"
    records.write_text("of an earlier run")
    run("deidentify", source, tmp_path / "out", "--records", records, "--force")

    found = [msgspec.json.decode(line, type=InstanceRecord) for line in records.read_bytes().splitlines()]
    written = {path.stem for path in outputs(tmp_path / "out")}
    assert {one.sop_instance_uid for one in found} == written
    assert stat.S_IMODE(records.stat().st_mode) == 0o600
    assert not any(
        value in records.read_bytes() for value in (b"CompressedSamples", b"JFK", b"1.3.6.1.4.1.5962.1")
    )


def test_records_of_an_earlier_run_are_not_overwritten_unless_asked_for(source, tmp_path):
    records = tmp_path / "records.jsonl"
    records.write_text("of an earlier run")
    result = run("deidentify", source, tmp_path / "out", "--records", records)
    assert isinstance(result.exception, StorageError)
    assert "--force" in str(result.exception)
    assert records.read_text() == "of an earlier run"
    assert not (tmp_path / "out").exists()


def test_a_record_is_written_for_a_duplicate_too(source, tmp_path, key):
    for name in ("first", "second"):
        run("deidentify", source, tmp_path / "out", "--key", key, "--records", tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes() != b""


def test_maps_are_sealed_under_a_key_that_is_made_once(source, tmp_path, key):
    maps_key = tmp_path / "keys" / "maps.key"
    for name in ("one", "two"):
        options = ["--key", key, "--maps", tmp_path / name, "--maps-key", maps_key]
        result = run("deidentify", source, tmp_path / "out", *options)
        assert result.return_value == 0
        assert ("made the key" in result.stderr) == (name == "one")
    assert stat.S_IMODE(maps_key.stat().st_mode) == 0o600
    texts = [
        open_map(tmp_path / name / "patid_mapping.csv.sealed", maps_key).stdout for name in ("one", "two")
    ]
    assert texts[0] == texts[1]
    assert set(texts[0].splitlines()) == {"id_old,id_new", *patients(tmp_path / "out", ["1CT1", "4MR1"])}


def test_the_map_of_uids_leads_from_each_output_back_to_its_original(source, tmp_path):
    options = ["--maps", tmp_path / "maps", "--clear-maps"]
    result = run("deidentify", source, tmp_path / "out", *options)
    assert "in clear" in result.stderr
    with (tmp_path / "maps" / "uid_mapping.csv").open(newline="") as file:
        new_to_old = {row["id_new"]: row["id_old"] for row in csv.DictReader(file)}
    originals = {pydicom.dcmread(path).SOPInstanceUID for path in source.glob("*.dcm")}
    assert {new_to_old[path.stem] for path in outputs(tmp_path / "out")} == originals


@pytest.mark.parametrize(
    "options",
    [
        ["--maps", "maps"],
        ["--maps", "maps", "--maps-key", "k", "--clear-maps"],
        ["--maps-key", "k"],
        ["--clear-maps"],
        ["--maps", "out/maps", "--clear-maps"],
        ["--maps", "maps", "--maps-key", "maps/k"],
        ["--maps", "maps", "--maps-key", "out/k"],
    ],
)
def test_a_command_line_that_would_give_identifiers_away_is_wrong(source, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    result = run("deidentify", source, "out", "--records", "records.jsonl", *options)
    assert isinstance(result.exception, click.UsageError)
    assert {path.name for path in tmp_path.iterdir()} == {"DOE^JANE"}


def test_the_pseudonym_key_does_not_seal_maps(source, tmp_path, key):
    options = ["--key", key, "--maps", tmp_path / "maps", "--maps-key", key]
    result = run("deidentify", source, tmp_path / "out", *options)
    assert isinstance(result.exception, KeyGuardError)


def test_a_map_opens_with_its_own_key_only(source, tmp_path):
    maps_key, other = tmp_path / "maps.key", tmp_path / "other.key"
    load_key(other, may_create=True)
    run("deidentify", source, tmp_path / "out", "--maps", tmp_path / "maps", "--maps-key", maps_key)
    result = open_map(tmp_path / "maps" / "studies.csv.sealed", other)
    assert isinstance(result.exception, KeyGuardError)
    assert result.stdout == ""


def test_people_see_a_bar_with_counts_and_rate_and_programs_do_not(source, tmp_path):
    arguments = [sys.executable, "-m", "gateway", "deidentify", str(source), str(tmp_path / "out")]
    arguments += ["--profile", "basic_dates"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(gateway_package.__file__).parents[1]),
        "TERM": "xterm",
    }
    ours, theirs = pty.openpty()
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=theirs, env=environment, check=True)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        shown = terminal.read(65536).decode()
    assert "3/3" in shown
    assert "/s  written 2  refused 0" in shown
    assert done.stdout.startswith(b"written     2")
    done = subprocess.run(arguments, capture_output=True, env=environment, check=False)
    assert done.stderr == b""


def open_map(file, key):
    arguments = ["open", str(file), "--key", str(key)]
    return CliRunner().invoke(maps_command, arguments, standalone_mode=False)


def patients(folder, identifiers):
    """Return the rows that lead from the original Patient IDs of the two samples to the new ones."""
    by_modality = {}
    for path in outputs(folder):
        data_set = pydicom.dcmread(folder / path)
        by_modality[data_set.Modality] = data_set.PatientID
    return [f"{old},{by_modality[old[1:3]]}" for old in identifiers]
