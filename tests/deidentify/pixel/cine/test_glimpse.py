"""Faint text of a moment over what moves is where a closer look is taken."""

from __future__ import annotations

import numpy as np
import pytest
from cines import (
    NAME,
    Cine,
    Text,
    colour,
    gray,
    is_shown,
    perfect,
    shuffled_palette,
    speckle,
    uncovered,
    vessels,
)

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine import look
from gateway.deidentify.pixel.cine.glimpse import Glimpse
from gateway.deidentify.pixel.cine.median import mean
from gateway.deidentify.pixel.cine.plan import Plan, _affordable
from gateway.deidentify.pixel.cine.still import apart
from gateway.deidentify.pixel.image import Image

ROWS, COLUMNS, FRAMES = 240, 320, 48


def brief(*frames: int, value: int = 150) -> Text:
    return Text(NAME, 130, 90, frames, (value,), 0.4)


def cine(*texts: Text) -> Cine:
    return Cine(gray(ROWS, COLUMNS, FRAMES), speckle(ROWS, COLUMNS, samples=1), texts)


def seen(case: Cine, number: int) -> list[Glimpse]:
    """The glimpses in which the text of a frame can be seen."""
    plan, (mask,) = Plan(case), case.masks(number)
    return [
        glimpse
        for glimpse in plan.glimpses()
        if mask[glimpse.box.slices].sum() == mask.sum()
        and is_shown(plan.close(glimpse), mask[glimpse.box.slices], case.texts[0].value)
    ]


@pytest.mark.parametrize(("frames", "value"), [((20, 21), 150), (tuple(range(30, 35)), 130), ((46, 47), 160)])
def test_faint_text_of_few_frames_is_seen_closely_and_in_all_of_them(
    frames: tuple[int, ...], value: int
) -> None:
    found = seen(cine(brief(*frames, value=value)), frames[0])
    assert any(set(frames) <= set(glimpse.frames) for glimpse in found)


def test_it_is_covered_in_its_frames_and_never_taken_for_clinical() -> None:
    case = cine(brief(20, 21, value=140))
    search, _ = perfect(case)
    sightings = look(case, search)
    assert uncovered(case, sightings) == set()
    assert not any(sighting.is_steady for sighting in sightings)


def test_indices_of_a_palette_are_seen_closely_as_they_are() -> None:
    palette, index = shuffled_palette()
    image = Image(ROWS, COLUMNS, FRAMES, photometric="PALETTE COLOR", palette=palette)
    case = Cine(
        image, speckle(ROWS, COLUMNS, samples=1), (brief(20, 21, 22),), alter=lambda frame: index[frame]
    )
    plan = Plan(case)
    glimpse = next(one for one in plan.glimpses() if 21 in one.clear)
    shown = plan.close(glimpse)
    frames = [case.frame(number)[glimpse.box.slices] for number in glimpse.clear]
    assert np.any([shown == frame for frame in frames], axis=0).all()


def test_little_is_looked_at_closely_where_there_is_nothing() -> None:
    for case in (cine(), Cine(gray(ROWS, COLUMNS, FRAMES), vessels(ROWS, COLUMNS))):
        assert sum(glimpse.box.area for glimpse in Plan(case).glimpses()) < 0.3 * ROWS * COLUMNS


def test_together_they_are_no_larger_than_a_picture() -> None:
    found = [Glimpse((0,), (0,), Box(0, 0, 10, 10), 1.0)] * 5
    assert len(_affordable(found, 350)) == 3


def test_a_mean_is_of_the_stored_type_and_does_not_overflow() -> None:
    frames = [np.full((2, 2), value, np.int16) for value in (32000, 32002)]
    assert mean(frames).dtype == np.int16
    assert (mean(frames) == 32001).all()


def test_what_is_far_apart_is_in_parts_that_do_not_overlap() -> None:
    mask = np.zeros((60, 80), np.bool_)
    mask[5, 5] = mask[50, 60] = mask[52, 66] = True
    boxes = apart(mask, 4)
    assert len(boxes) == 2
    assert boxes[0].common(boxes[1]).area == 0
    assert all(
        any(box.top <= row < box.bottom and box.left <= column < box.right for box in boxes)
        for row, column in np.argwhere(mask)
    )


def test_samples_are_searched_where_something_moves() -> None:
    case = Cine(colour(ROWS, COLUMNS, FRAMES), lambda number: _corner(number))
    _, sizes = perfect(case)
    look(case, lambda stored: sizes.append(stored.shape[:2]) or [])
    assert sizes[0] == (ROWS, COLUMNS)
    assert all(rows * columns < ROWS * COLUMNS / 2 for rows, columns in sizes[1:])


def _corner(number: int) -> np.ndarray:
    frame = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    frame[:60, :80] = speckle(60, 80)(number) // 2 + np.uint8(number % 3)
    return frame
