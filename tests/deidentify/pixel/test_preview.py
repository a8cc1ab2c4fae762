"""Pictures for a person's review."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gateway.deidentify.pixel import preview
from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image, Palette
from gateway.deidentify.pixel.message import Ground, Region

ROWS, COLUMNS = 80, 600
GRAY = Image(ROWS, COLUMNS, 3)
COLOUR = Image(ROWS, COLUMNS, 3, samples=3, photometric="RGB")


def decoded(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def pair(image: Image, before: np.ndarray, *regions: Region, frame: int = 0) -> tuple[np.ndarray, np.ndarray]:
    after = before.copy()
    for region in regions:
        if region.is_black:
            after[region.box.slices] = 0
    one, two = preview.pair(before, after, image, image, regions, frame)
    return decoded(one), decoded(two)


def test_the_area_is_shown_before_and_black_after_with_an_outline_around_it() -> None:
    before = np.full((ROWS, COLUMNS, 3), 90, np.uint8)
    box = Box(30, 100, 50, 200)
    one, two = pair(COLOUR, before, Region(box, 0, 2, Ground.MATCH))
    assert (one[box.slices] == 90).all()
    assert (two[box.slices] == 0).all()
    for picture in (one, two):
        assert picture[29, 150].tolist() == [255, 64, 64]
        assert picture[40, 99].tolist() == [255, 64, 64]
        assert picture[50, 150].tolist() == [255, 64, 64]
        assert picture[40, 200].tolist() == [255, 64, 64]


def test_what_stays_is_outlined_in_green() -> None:
    before = np.full((ROWS, COLUMNS, 3), 90, np.uint8)
    _, two = pair(COLOUR, before, Region(Box(30, 100, 50, 200), 0, 2, Ground.CLINICAL))
    red, green, blue = two[29, 150]
    assert green > red
    assert green > blue
    assert (two[30:50, 100:200] == 90).all()


def test_regions_of_other_frames_are_not_drawn() -> None:
    before = np.full((ROWS, COLUMNS, 3), 90, np.uint8)
    one, _ = pair(COLOUR, before, Region(Box(30, 100, 50, 200), 1, 2, Ground.MATCH), frame=0)
    assert (one[:ROWS] == 90).all()
    one, _ = pair(COLOUR, before, Region(Box(30, 100, 50, 200), 1, 2, Ground.MATCH), frame=1)
    assert not (one[:ROWS] == 90).all()


@pytest.mark.parametrize(
    ("image", "stored"),
    [
        (COLOUR, (200, 30, 60)),
        (
            Image(ROWS, COLUMNS, samples=3, photometric="YBR_FULL"),
            tuple(cv2.cvtColor(np.array([[[200, 30, 60]]], np.uint8), cv2.COLOR_RGB2YCrCb)[0, 0, [0, 2, 1]]),
        ),
        (
            Image(
                ROWS,
                COLUMNS,
                photometric="PALETTE COLOR",
                palette=Palette(0, bytes([0, 200]), bytes([0, 30]), bytes([0, 60])),
            ),
            (1,),
        ),
    ],
)
def test_colours_are_shown_as_they_are(image: Image, stored: tuple[int, ...]) -> None:
    values = np.empty((ROWS, COLUMNS, len(stored)), np.uint8)
    values[:] = stored
    one, _ = pair(image, values if len(stored) > 1 else values[..., 0])
    assert np.abs(one[40, 300].astype(int) - [200, 30, 60]).max() <= 2


def test_high_values_of_monochrome1_are_dark() -> None:
    values = np.zeros((ROWS, COLUMNS), np.uint16)
    values[:, 300:] = 4000
    image = Image(ROWS, COLUMNS, allocated=16, stored=12, high_bit=11, photometric="MONOCHROME1")
    one, _ = pair(image, values)
    assert one[40, 10, 0] > one[40, 590, 0]


@pytest.mark.parametrize("ground", list(Ground))
@pytest.mark.parametrize("box", [Box(0, 0, 5, 5), Box(75, 590, 80, 600), Box(0, 0, ROWS, COLUMNS)])
def test_every_ground_can_be_drawn_anywhere(ground: Ground, box: Box) -> None:
    one, two = pair(GRAY, np.zeros((ROWS, COLUMNS), np.uint8), Region(box, 0, 0, ground))
    assert one.shape == two.shape
    assert one.shape[0] > ROWS


def test_the_ground_of_one_area_is_not_written_over_another() -> None:
    before = np.full((ROWS, COLUMNS, 3), 90, np.uint8)
    boxes = [Box(10, 100, 26, 200), Box(28, 100, 44, 200), Box(46, 100, 62, 200)]
    one, _ = pair(COLOUR, before, *(Region(box, 0, 0, Ground.UNPROVED) for box in boxes))
    for box in boxes:
        # The outline of a neighbour may touch the first and last row.
        assert (one[box.top + 1 : box.bottom - 1, box.left : box.right] == 90).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (700, 3)])
def test_odd_sizes_are_drawn(shape: tuple[int, int]) -> None:
    whole = Region(Box(0, 0, *shape), 0, 0, Ground.LABEL)
    one, two = preview.pair(
        np.ones(shape, np.uint8), np.zeros(shape, np.uint8), Image(*shape), Image(*shape), (whole,), 0
    )
    assert decoded(one).shape == decoded(two).shape
