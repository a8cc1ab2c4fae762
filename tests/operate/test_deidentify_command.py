import json
from pathlib import Path

import pydicom
import pytest
from click.testing import CliRunner
from pydicom.data import get_testdata_file

from gateway.operate.cli import gateway


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
    from gateway.linkage.key import load_key

    path = tmp_path / "project.key"
    load_key(path, may_create=True)
    return path


def run(*arguments):
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


def test_explain_shows_each_element_before_and_after_and_writes_nothing(source, tmp_path):
    result = run("explain", source / "CT_small.dcm", "--json")

    by_keyword = {decision["keyword"]: decision for decision in json.loads(result.stdout)}
    assert by_keyword["PatientName"]["before"] == "CompressedSamples^CT1"
    assert by_keyword["PatientName"]["after"] == by_keyword["PatientID"]["after"] != ""
    assert by_keyword["InstitutionName"]["action"] == "X"
    assert by_keyword["SliceThickness"]["action"] == "K"
    assert by_keyword["PixelData"]["after"] == "32768 bytes"


def test_explain_prints_a_line_an_element(source):
    result = run("explain", source / "MR_small.dcm")

    assert any("PatientName" in line and " Z " in line for line in result.stdout.splitlines())
