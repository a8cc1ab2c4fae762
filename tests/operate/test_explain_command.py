import json
from pathlib import Path

import click
import pydicom
import pytest
from click.testing import CliRunner
from pydicom.data import get_testdata_file

from gateway.operate.cli import gateway


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "DOE^JANE"
    (folder / "MR").mkdir(parents=True)
    (folder / "CT_small.dcm").write_bytes(Path(get_testdata_file("CT_small.dcm")).read_bytes())
    (folder / "MR" / "MR_small.dcm").write_bytes(Path(get_testdata_file("MR_small.dcm")).read_bytes())
    (folder / "notes.txt").write_text("not DICOM")
    return folder


@pytest.fixture
def profile(tmp_path):
    def write(name, text):
        (tmp_path / f"{name}.toml").write_text('base = "basic"\n' + text)
        return tmp_path / f"{name}.toml"

    return write


@pytest.fixture
def broken(source):
    (source / "broken.dcm").write_bytes((source / "CT_small.dcm").read_bytes()[:-1000])


def run(*arguments, **options):
    if "--profile" not in arguments:
        arguments = (*arguments, "--profile", "basic_dates")  # which looks at no pixels
    arguments = [str(argument) for argument in ("explain", *arguments)]
    return CliRunner().invoke(gateway, arguments, standalone_mode=False, **options)


def test_a_file_is_shown_element_by_element_and_nothing_is_written(source, tmp_path):
    result = run(source / "CT_small.dcm", "--json")

    by_keyword = {decision["keyword"]: decision for decision in json.loads(result.stdout)}
    assert by_keyword["PatientName"]["before"] == "CompressedSamples^CT1"
    assert by_keyword["PatientName"]["after"] == by_keyword["PatientID"]["after"] != ""
    assert (by_keyword["InstitutionName"]["action"], by_keyword["InstitutionName"]["why"]) == (
        "X",
        "basic_profile",
    )
    assert by_keyword["SliceThickness"]["action"] == "K"
    assert by_keyword["PixelData"]["after"] == "32768 bytes"
    assert [path.name for path in tmp_path.iterdir()] == ["DOE^JANE"]


def test_people_see_a_line_an_element_that_fits_the_terminal(source, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    lines = run(source / "MR" / "MR_small.dcm").stdout.splitlines()
    assert any(line.startswith("(0010,0010)") and " Z  basic_profile" in line for line in lines)
    assert max(map(len, lines)) <= 100


def test_colours_are_for_terminals(source):
    assert "\x1b[" not in run(source / "CT_small.dcm").stdout
    assert "\x1b[" in run(source / "CT_small.dcm", color=True).stdout


def test_a_folder_is_one_document_of_all_its_instances(source, broken):
    result = run(source, "--json")
    found = {entry["file"]: entry for entry in json.loads(result.stdout)}
    assert set(found) == {"CT_small.dcm", "MR/MR_small.dcm", "broken.dcm"}
    assert found["MR/MR_small.dcm"]["decisions"]
    assert found["broken.dcm"]["refused"].startswith("structure")
    assert result.return_value == 7


def test_a_folder_without_instances_is_an_empty_document(tmp_path):
    assert json.loads(run(tmp_path, "--json").stdout) == []


def test_people_see_the_files_of_a_folder_one_after_the_other(source, broken):
    lines = run(source).stdout.splitlines()
    assert [line for line in lines if line.endswith(".dcm")] == [
        "CT_small.dcm",
        "broken.dcm",
        "MR/MR_small.dcm",
    ]
    assert any(line.startswith("refused: structure") for line in lines)


def test_what_became_of_each_part_of_a_text_is_shown(source, profile):
    cleaning = profile("cleaning", 'options = ["clean_descriptors"]\n')
    file = source / "CT_small.dcm"
    data_set = pydicom.dcmread(file)
    data_set.SeriesDescription = "Chest Quibblezork"
    data_set.save_as(file)
    by_keyword = {
        one["keyword"]: one for one in json.loads(run(file, "--profile", cleaning, "--json").stdout)
    }
    series = by_keyword["SeriesDescription"]
    assert (series["action"], series["why"], series["after"]) == ("C", "clean_descriptors", "Chest")
    verdicts = {token["text"]: (token["verdict"], token["why"]) for token in series["tokens"]}
    assert verdicts == {"Chest": ("kept", "vocabulary"), "Quibblezork": ("removed", "unknown word")}
    lines = run(file, "--profile", cleaning, "--tokens").stdout.splitlines()
    assert [line.split() for line in lines if line.endswith("Quibblezork") and "unknown" in line] == [
        ["removed", "unknown", "word", "Quibblezork"]
    ]
    assert not any("unknown word" in line for line in run(file, "--profile", cleaning).stdout.splitlines())


def test_two_profiles_are_compared_over_all_instances(source, profile):
    keeping = profile("keeping", '[override]\n"StationName" = "K"\n')
    basic = profile("basic", "")
    result = run(source, "--profile", basic, "--against", keeping, "--json")

    document = json.loads(result.stdout)
    (difference,) = document["differences"]
    assert difference["keyword"] == "StationName"
    assert difference["first"] == {"action": "X", "why": "basic_profile"}
    assert difference["second"] == {"action": "K", "why": "override"}
    assert (document["compared"], document["first"]["profile"], document["second"]["profile"]) == (
        2,
        "basic",
        "keeping",
    )
    assert "CT01_OC0" not in result.stdout


def test_values_are_shown_only_on_request(source, profile):
    options = ["--profile", profile("basic", ""), "--against"]
    options.append(profile("keeping", '[override]\n"StationName" = "K"\n'))
    assert "CT01_OC0" not in run(source, *options).stdout
    assert "CT01_OC0" in run(source, *options, "--values").stdout
    assert isinstance(run(source, "--values").exception, click.UsageError)


def test_a_profile_does_not_differ_from_itself(source):
    document = json.loads(run(source, "--against", "basic_dates", "--json").stdout)
    assert document["differences"] == []
    assert document["alike"] == 2


def test_what_cannot_be_compared_is_counted(source, broken, profile):
    result = run(source, "--against", profile("basic", ""), "--json")
    document = json.loads(result.stdout)
    assert [sum(document[side]["refused"].values()) for side in ("first", "second")] == [1, 1]
    assert document["compared"] == 2
    assert result.return_value == 7


def test_a_model_without_a_plug_in_is_said(source, tmp_path):
    from gateway.errors import SettingsError

    result = run(source, "--named-entity-model", tmp_path)
    assert isinstance(result.exception, SettingsError)
    assert "named_entities" in str(result.exception)
