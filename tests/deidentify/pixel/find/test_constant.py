import cv2
import numpy as np
import pytest
from written import letters, section, write

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.find.constant import penned
from gateway.deidentify.pixel.find.rendering import pictures
from gateway.deidentify.pixel.image import Image


def _speckle(seed):
    random = np.random.default_rng(seed)
    halves = [cv2.GaussianBlur(random.standard_normal((256, 384)), (0, 0), 1.4) for _ in range(2)]
    noise = np.hypot(*halves)
    return np.repeat(np.clip(110 * noise / noise.mean(), 1, 250).astype(np.uint8)[..., None], 3, axis=2)


def _written(picture, colour):
    mask = letters("LINDQVIST 1961", 14) > 0.4
    box = Box(100, 100, 100 + mask.shape[0], 100 + mask.shape[1])
    picture[box.slices][mask] = colour
    return box, mask


@pytest.mark.parametrize("colour", [(140, 140, 140), (120, 60, 60)])
def test_ink_of_one_value_is_told_from_speckle_as_bright(colour):
    picture = _speckle(1)
    box, mask = _written(picture, colour)
    drawn = penned(picture)
    assert (drawn[box.slices][mask] > 100).mean() > 0.95
    assert np.count_nonzero(drawn[:60]) < 100


def test_nobody_has_drawn_speckle_nor_a_section_nor_an_even_picture():
    gray = cv2.convertScaleAbs(section(1).astype(np.float32), alpha=0.06, beta=60)
    for picture in (_speckle(2), cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), np.zeros((9, 9, 3), np.uint8)):
        assert penned(picture) is None


def test_a_comb_of_values_is_no_pen():
    assert penned(_speckle(3) // 8 * 8) is None


def test_letters_on_an_even_ground_need_no_further_picture():
    stored = np.full((256, 384), 20, np.uint8)
    write(stored, "LINDQVIST 1961", (100, 100), value=200)
    assert len(pictures(stored, Image(256, 384))) == 2
