import warnings
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread

from scripts.pixels import fonts, generator
from scripts.pixels.case import Role
from scripts.pixels.dates import FORMS
from scripts.pixels.interval import wilson
from scripts.pixels.scoring import score
from scripts.pixels.showing import shown, stored_frames


@pytest.fixture(scope="session")
def screen():
    return generator.instance(1, 3, kind="US gray", clean=0.0)


def frames_of(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set, frames = stored_frames(case.file)
    return [shown(data_set, frame, case.limits) for frame in frames]


def black(frames, boxes):
    cleaned = [frame.copy() for frame in frames]
    for frame in cleaned:
        for top, left, bottom, right in boxes:
            frame[top:bottom, left:right] = 0
    return cleaned


def small(number):
    return generator.instance(9, number, kind="NM", clean=0.0)


def bounds(case, role):
    return [part.bounds for run in case.runs if run.role is role for part in run.appearances]


def test_a_seed_gives_the_same_bytes_again(screen):
    assert generator.instance(1, 3, kind="US gray", clean=0.0).file == screen.file
    assert generator.instance(2, 3, kind="US gray", clean=0.0).file != screen.file


@pytest.mark.parametrize("kind", ["CT", "NM", "US colour", "SC 1 bit", "US cine gray"])
def test_an_instance_is_a_dicom_file_that_shows_its_pixels(kind):
    case = generator.instance(5, 1, kind=kind, clean=0.0)
    data_set = dcmread(BytesIO(case.file))
    assert int(data_set.Rows), int(data_set.Columns) == case.burned.shape[1:3]
    assert len(frames_of(case)) == len(case.burned)


def test_glyphs_are_where_the_ink_is():
    case = generator.instance(4, 2, kind="CT", clean=0.0)
    changed = (case.clean != case.burned).any(0)
    for run in case.runs:
        for part in run.appearances:
            inked = [changed[glyph.slices][glyph.mask].mean() for glyph in part.glyphs]
            assert np.median(inked) > 0.9


def test_an_instance_without_text_was_not_touched():
    case = generator.instance(1, 0, kind="MR", clean=1.0)
    assert case.is_clean
    assert np.array_equal(case.clean, case.burned)


def test_fonts_that_are_held_out_are_not_seen_while_tuning():
    seen = {run.font for number in range(6) for run in small(number).runs}
    assert not seen & set(fonts.HELD_OUT)
    assert set(fonts.HELD_OUT).isdisjoint(fonts.TUNING)


def test_there_are_dates_in_twenty_five_forms():
    assert len(set(FORMS)) == 25


def test_what_was_not_cleaned_is_visible_and_kept(screen):
    frames = frames_of(screen)
    found = score(screen, frames, frames, dct=False)
    assert not any(one.is_hidden for one in found.strings)
    assert all(one.is_kept for one in found.strings)
    assert found.over == found.altered == 0


def test_what_is_black_is_hidden_and_no_label_is_lost_for_it(screen):
    frames = frames_of(screen)
    found = score(screen, frames, black(frames, bounds(screen, Role.PHI)), dct=False)
    assert all(one.is_hidden for one in found.strings if one.role == Role.PHI)
    assert all(one.is_kept for one in found.strings if one.role == Role.LABEL)
    assert found.over == 0


def test_half_a_line_is_not_hidden(screen):
    frames = frames_of(screen)
    halves = [
        ((top), left, (top + bottom) // 2, right) for top, left, bottom, right in bounds(screen, Role.PHI)
    ]
    found = score(screen, frames, black(frames, halves), dct=False)
    assert not any(one.is_hidden for one in found.strings if one.role == Role.PHI)
    assert any(one.is_leak for one in found.strings)


def test_black_outside_of_text_is_counted(screen):
    frames = frames_of(screen)
    everything = (0, 0, *frames[0].shape[:2])
    assert score(screen, frames, black(frames, [everything]), dct=False).over > 0.1


def test_an_interval_holds_its_share():
    low, high = wilson(98, 100)
    assert low < 0.98 < high < 1
    assert wilson(0, 0) == (0, 1)
