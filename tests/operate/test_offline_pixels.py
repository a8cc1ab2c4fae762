"""Commands on files have pictures examined, and account for what was found."""

import json
import stat
from pathlib import Path

import click
import msgspec
import pydicom
import pytest
from click.testing import CliRunner
from pydicom.data import get_testdata_file

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.message import Examined, Ground, Outcome, Region, Verdict
from gateway.errors import OutOfResources, Reason, Refused, StorageError
from gateway.operate.cli import gateway
from gateway.operate.offline import offline
from gateway.operate.wiring.record import InstanceRecord

BOX = Box(2, 3, 6, 11)


class Blacking:
    """Says that the first CT names somebody, and that everything else is clean."""

    def __init__(self, without_engine="refuse"):
        self.without_engine = without_engine

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def examine(self, request, frames):
        if request.modality != "CT":
            return Examined(Outcome(Verdict.NO_TEXT, (), False, request.image, request.transfer_syntax_uid))
        regions = (Region(BOX, 0, 0, Ground.MATCH), Region(Box(0, 0, 1, 1), 0, 0, Ground.CLINICAL))
        outcome = Outcome(
            Verdict.IDENTIFYING_TEXT,
            regions,
            True,
            request.image,
            request.transfer_syntax_uid,
            by_screen=1,
            by_detector=2,
        )
        return Examined(outcome, (bytes(len(frames[0])),))


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        (folder / name).write_bytes(Path(get_testdata_file(name)).read_bytes())
    return folder


@pytest.fixture
def examination(monkeypatch):
    def use(kind=Blacking):
        monkeypatch.setattr(offline, "PixelExamination", kind)

    use()
    return use


def run(*arguments):
    return CliRunner().invoke(gateway, [str(argument) for argument in arguments], standalone_mode=False)


def test_the_default_profile_cleans_pixels_and_the_report_counts_what_was_found(
    source, tmp_path, examination
):
    report = json.loads(run("deidentify", source, tmp_path / "out", "--json").stdout)
    assert report["written"] == 2
    assert report["pixels"]["verdicts"] == {"identifying_text": 1, "no_text": 1}
    assert report["pixels"]["changed"] == 1
    written = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert {data_set.BurnedInAnnotation for data_set in written} == {"NO"}


def test_people_are_told_in_a_line(source, tmp_path, examination):
    lines = run("deidentify", source, tmp_path / "out").stdout.splitlines()
    assert "pictures    identifying_text 1, no_text 1; 1 changed" in lines


def test_the_record_holds_areas_and_reasons(source, tmp_path, examination):
    run("deidentify", source, tmp_path / "out", "--records", tmp_path / "records")
    lines = (tmp_path / "records").read_text().splitlines()
    records = [msgspec.json.decode(line, type=InstanceRecord) for line in lines]
    changed = next(record.pixels for record in records if record.pixels.changed)
    assert changed.verdict == "identifying_text"
    assert [(area.box, area.ground) for area in changed.areas] == [
        ((3, 2, 11, 6), "match"),
        ((0, 0, 1, 1), "clinical"),
    ]
    assert (changed.by_screen, changed.by_detector) == (1, 2)


def test_explain_shows_each_area_and_what_became_of_it(source, examination):
    decisions = json.loads(run("explain", source / "CT_small.dcm", "--json").stdout)
    pixels = next(decision for decision in decisions if decision["keyword"] == "PixelData")
    assert (pixels["action"], pixels["why"]) == ("C", "clean_pixel_data")
    assert [(token["verdict"], token["why"]) for token in pixels["tokens"]] == [
        ("replaced", "match"),
        ("kept", "clinical"),
    ]
    assert pixels["tokens"][0]["text"] == "rows 2-5, columns 3-10, frame 0"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused(Reason.PIXELS_UNDECODABLE, "broken"), "pixels_undecodable: broken"),
        (OutOfResources("no worker"), "not now: no worker"),
    ],
)
def test_a_picture_that_cannot_be_examined_is_refused_and_the_run_goes_on(
    source, tmp_path, examination, error, said
):
    class Failing(Blacking):
        def examine(self, request, frames):
            if request.modality == "CT":
                raise error
            return super().examine(request, frames)

    examination(Failing)
    result = run("deidentify", source, tmp_path / "out", "--json")
    report = json.loads(result.stdout)
    assert (report["written"], report["refused"]) == (1, {said: ["CT_small.dcm"]})
    assert result.return_value == 7


def test_what_becomes_of_pictures_without_an_engine_reaches_the_examination(source, tmp_path, examination):
    seen = []

    class Remembering(Blacking):
        def __init__(self, without_engine):
            seen.append(without_engine)

    examination(Remembering)
    run("deidentify", source, tmp_path / "out", "--without-engine", "mask")
    run("deidentify", source, tmp_path / "out")
    assert seen == ["mask", "refuse"]


def test_the_preview_shows_each_frame_with_an_area_to_its_owner_only(source, tmp_path, examination):
    result = run("deidentify", source, tmp_path / "out", "--preview", tmp_path / "review")
    outputs = (tmp_path / "out").rglob("*.dcm")
    (written,) = [path for path in outputs if pydicom.dcmread(path).Modality == "CT"]
    names = sorted(path.name for path in (tmp_path / "review").iterdir())
    assert names == [f"{written.stem}_0001_after.png", f"{written.stem}_0001_before.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "review").iterdir())
    assert stat.S_IMODE((tmp_path / "review").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "review").iterdir()} == {0o600}
    assert "originals" in result.stderr


def test_a_preview_is_not_made_among_the_outputs_nor_over_another(source, tmp_path, examination):
    result = run("deidentify", source, tmp_path / "out", "--preview", tmp_path / "out" / "review")
    assert isinstance(result.exception, click.UsageError)
    (tmp_path / "review").mkdir()
    (tmp_path / "review" / "something").touch()
    result = run("deidentify", source, tmp_path / "out", "--preview", tmp_path / "review")
    assert isinstance(result.exception, StorageError)
    assert not (tmp_path / "out").exists()


def test_without_a_preview_no_picture_is_written(source, tmp_path, examination):
    run("deidentify", source, tmp_path / "out")
    assert not list(tmp_path.rglob("*.png"))
