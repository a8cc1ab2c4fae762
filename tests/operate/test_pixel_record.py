"""What is kept and counted of an examination of pixels: areas and reasons, never text."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Depth, Ground, Outcome, Region, Verdict
from gateway.deidentify.pixel_account import PixelAccount
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.operate.command import record as record_command
from gateway.operate.offline.pixel_report import PixelReport
from gateway.operate.wiring import pixel_record
from gateway.operate.wiring.record import Recorder

EXPLICIT, JPEG, JPEG_LS = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80"
IMAGE = Image(rows=100, columns=100, frames=4)


def account(verdict=Verdict.NO_TEXT, *, depth=Depth.FULL, sample=False, regions=(), syntax=EXPLICIT, **found):
    changed = any(region.is_black for region in regions)
    outcome = Outcome(verdict, tuple(regions), changed, IMAGE, syntax, **found)
    return PixelAccount(depth, sample, outcome, EXPLICIT if syntax == EXPLICIT else JPEG)


def region(ground, first=0, last=0):
    return Region(Box(1, 2, 11, 22), first, last, ground)


@pytest.fixture(scope="module")
def core():
    return Deidentifier(Profile.load('base = "basic"\n', "trial.toml"), PseudonymKey(bytes(32)))


@pytest.fixture(scope="module")
def result(core):
    return core.deidentify(instance_of(Path(get_testdata_file("MR_small.dcm")).read_bytes()))


def test_an_area_is_recorded_by_its_edges_frames_and_ground():
    regions = (region(Ground.MATCH, 1, 3), region(Ground.CLINICAL))
    found = pixel_record.pixel_record(
        account(Verdict.IDENTIFYING_TEXT, regions=regions, syntax=JPEG_LS, by_screen=1, by_detector=2)
    )
    assert [(area.box, area.ground, area.frames) for area in found.areas] == [
        ((2, 1, 22, 11), "match", (1, 3)),
        ((2, 1, 22, 11), "clinical", (0, 0)),
    ]
    assert (found.verdict, found.depth, found.changed) == ("identifying_text", "full", True)
    assert (found.by_screen, found.by_detector, found.transfer_syntax_uid) == (1, 2, JPEG_LS)


def test_the_same_coding_is_not_named():
    assert pixel_record.pixel_record(account()).transfer_syntax_uid == ""


def test_areas_without_end_are_counted(monkeypatch):
    monkeypatch.setattr(pixel_record, "_MAX_AREAS", 3)
    found = pixel_record.pixel_record(
        account(regions=[region(Ground.RULE, frame, frame) for frame in range(4)])
    )
    assert (len(found.areas), found.left_out) == (3, 1)


def test_instances_without_pixels_have_none_on_record(core, result):
    assert pixel_record.pixel_record(None) is None
    assert Recorder(core).record(result).pixels is None


def test_the_record_of_an_output_has_its_pixels_and_what_was_treated_alike_is_kept_once(core, result):
    recorder = Recorder(core)
    clean = replace(result, pixels=account())
    black = replace(result, pixels=account(Verdict.TEXT, regions=[region(Ground.UNPROVED)]))
    assert recorder.record(clean).pixels.verdict == "no_text"
    assert recorder.treatment(clean) == recorder.treatment(replace(result, pixels=account()))
    assert len({recorder.treatment(one).digest for one in (result, clean, black)}) == 3


def test_people_see_the_areas_of_a_record(core, result):
    pixels = account(
        Verdict.IDENTIFYING_TEXT,
        depth=Depth.SCREEN,
        sample=True,
        regions=[region(Ground.MATCH), region(Ground.CLINICAL, 0, 2)],
        syntax=JPEG_LS,
    )
    lines = list(record_command._lines(Recorder(core).record(replace(result, pixels=pixels)), 100))
    assert f"pixels               identifying_text, depth screen, sample, changed, now {JPEG_LS}" in lines
    assert f"{'':20} match: 2, 1 to 22, 11, frame 0" in lines
    assert f"{'':20} clinical: 2, 1 to 22, 11, frames 0-2" in lines


def test_the_report_counts_what_the_screen_found_and_what_it_missed():
    report = PixelReport()
    for pixels in (
        None,
        account(),
        account(depth=Depth.SCREEN),
        account(Verdict.TEXT, depth=Depth.SCREEN, by_screen=1, by_detector=1),
        account(depth=Depth.SCREEN, sample=True),
        account(Verdict.TEXT, depth=Depth.SCREEN, sample=True, by_detector=2, regions=[region(Ground.MODE)]),
        account(Verdict.TEXT, depth=Depth.SCREEN, sample=True, by_screen=1, by_detector=2),
    ):
        report.add(pixels)
    assert report.verdicts == {"no_text": 3, "text": 3}
    assert (report.changed, report.screened, report.screen_hits) == (1, 5, 2)
    assert (report.sampled, report.missed_by_screen) == (3, 1)
    assert report.lines() == [
        "pictures    no_text 3, text 3; 1 changed",
        "screen      2 hits in 5 pictures; 1 of 3 samples had text that it missed",
    ]
    assert PixelReport().lines() == []


def test_an_account_is_shown_without_text():
    shown = account(Verdict.TEXT, regions=[region(Ground.UNPROVED, 0, 3), region(Ground.CLINICAL, 2, 2)])
    assert shown.summary == "text, 1 areas black, 1 of text stay"
    assert [(area.text, area.verdict, area.why) for area in shown.areas] == [
        ("rows 1-10, columns 2-21, frames 0-3", "replaced", "unproved"),
        ("rows 1-10, columns 2-21, frame 2", "kept", "clinical"),
    ]
