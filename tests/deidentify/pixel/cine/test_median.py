"""What the median, the signatures and the samples show of frames."""

from __future__ import annotations

import numpy as np
import pytest
from cines import NAME, Text, colour, gray, shuffled_palette, speckle, still_ground

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine.median import is_steady, median
from gateway.deidentify.pixel.cine.plan import evenly
from gateway.deidentify.pixel.cine.plane import Planes
from gateway.deidentify.pixel.cine.signature import scanned
from gateway.deidentify.pixel.cine.still import Group
from gateway.deidentify.pixel.image import Image, Palette


class Frames:
    """A source of given frames."""

    def __init__(self, image: Image, frames: list[np.ndarray]) -> None:
        self.image = image
        self.frames = frames

    def frame(self, number: int) -> np.ndarray:
        return self.frames[number]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.int32])
@pytest.mark.parametrize("count", [1, 3, 5, 9])
def test_the_median_is_that_of_the_stored_values(dtype: type, count: int) -> None:
    random = np.random.default_rng(count)
    limits = np.iinfo(dtype)
    high = min(limits.max, 40000)
    frames = [random.integers(limits.min // 2, high, (7, 9, 3)).astype(dtype) for _ in range(count)]
    found = median(Image(7, 9, count, samples=3, allocated=limits.bits), frames)
    assert found.dtype == dtype
    expected = np.median(np.stack(frames).astype(np.int64), axis=0)
    assert np.array_equal(found, expected)


def test_the_median_of_indices_is_an_index_of_medium_brightness() -> None:
    palette, index = shuffled_palette()
    image = Image(1, 3, 3, photometric="PALETTE COLOR", palette=palette)
    shown = [np.array([[10, 200, 90]]), np.array([[250, 10, 91]]), np.array([[120, 30, 90]])]
    found = median(image, [index[values] for values in shown])
    assert np.frombuffer(palette.red, np.uint8)[found].tolist() == [[120, 30, 90]]


def test_static_text_over_speckle_keeps_its_contrast_in_the_median() -> None:
    ground = speckle(240, 320)
    mask = Text(NAME, 120, 80, scale=0.35).mask(0, 240, 320)
    frames = [ground(number).copy() for number in range(0, 48, 6)][:7]
    for frame in frames:
        frame[mask] = 255
    found = median(colour(240, 320, 7), frames)
    assert (found[mask] == 255).all()
    grain = [
        np.abs(np.diff(picture[125:160, 130:190, 0].astype(int))).mean() for picture in (found, frames[0])
    ]
    assert grain[0] < grain[1] / 1.5


def test_a_line_is_steady_if_its_strokes_are_whatever_is_between_them() -> None:
    ground = speckle(240, 320)
    mask = Text(NAME, 120, 80, scale=0.35).mask(0, 240, 320)
    other = Text("ROE^RICHARD", 120, 80, scale=0.35).mask(0, 240, 320)
    frames = [ground(number).copy() for number in range(0, 45, 5)]
    for frame in frames:
        frame[mask] = 255
    box = Box(110, 78, 124, 200)
    assert is_steady(colour(240, 320, 9), frames, box)
    frames[4] = ground(20).copy()
    frames[4][other] = 255
    assert not is_steady(colour(240, 320, 9), frames, box)


@pytest.mark.parametrize(
    ("ground", "value"),
    [(0, (255, 255, 255)), (255, (0, 0, 0)), (0, (0, 0, 255)), (120, (0, 0, 255)), (0, (31, 31, 31))],
)
def test_every_text_changes_mean_and_contrast(ground: int, value: tuple[int, ...]) -> None:
    blank = still_ground(64, 128, ground)(0)
    text = blank.copy()
    mask = Text("AB", 30, 20).mask(0, 64, 128)
    text[mask] = value
    found = scanned(Frames(colour(64, 128, 2), [blank, text]), {}).frames
    apart = found.contrast[1].astype(int) - found.contrast[0]
    assert (apart > 20).sum() >= 4
    assert (np.abs(found.mean[1].astype(int) - found.mean[0]) > 2).sum() >= 4


def test_a_stroke_that_fills_cells_has_contrast() -> None:
    frame = np.zeros((32, 32), np.uint8)
    frame[8:12, 8:24] = 255
    found = scanned(Frames(gray(32, 32, 1), [frame]), {}).frames
    assert found.contrast.max() == 255


def test_unlike_letters_of_the_same_extremes_have_other_means() -> None:
    frames = [still_ground(32, 64, samples=1)(0) for _ in "EF"]
    for frame, letter in zip(frames, "EF", strict=True):
        frame[Text(letter, 20, 10).mask(0, 32, 64)] = 255
    found = scanned(Frames(gray(32, 64, 2), frames), {}).frames
    assert (np.abs(found.mean[0].astype(int) - found.mean[1]) > 10).any()


def test_long_cines_have_larger_cells() -> None:
    blank = np.zeros((64, 64), np.uint8)

    class Endless:
        image = Image(4096, 4096, 300)

        def frame(self, number: int) -> np.ndarray:
            return blank

    assert scanned(Endless(), {}).cell > 4
    assert scanned(Frames(gray(64, 64, 3), [blank] * 3), {}).cell == 4


def test_signed_indices_and_short_tables_are_looked_up() -> None:
    palette = Palette(-2, bytes([1, 2, 3]), bytes([1, 2, 3]), bytes([1, 2, 9]))
    image = Image(1, 4, photometric="PALETTE COLOR", palette=palette, signed=True)
    shown = Planes(image).of(np.array([[-100, -2, -1, 100]], np.int8))
    assert shown[0].tolist() == [[1, 1, 1], [1, 1, 1], [2, 2, 2], [3, 3, 9]]


def test_what_is_evenly_spread_has_the_first_and_the_last() -> None:
    assert evenly(range(100), 5) == [0, 24, 49, 74, 99]
    assert evenly((3, 7), 9) == [3, 7]


def test_a_line_is_restless_if_a_glyph_in_five_is() -> None:
    restless = np.zeros((10, 20), np.bool_)
    restless[2:4, 10:13] = True
    group = Group((0, 1), restless, 4)
    assert group.is_restless(Box(8, 32, 16, 60))
    assert not group.is_restless(Box(8, 0, 16, 60))
    assert group.touches(Box(8, 0, 16, 60))
    assert not group.touches(Box(20, 0, 40, 60))
    assert not group.is_restless(Box(400, 400, 410, 420))
