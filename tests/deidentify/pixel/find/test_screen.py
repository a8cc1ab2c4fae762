import numpy as np
import pytest
from written import section, write

from gateway.deidentify.pixel.find.screen import screened, screened_frame
from gateway.deidentify.pixel.image import Image, Palette


def _hits(stored):
    return screened(stored.astype(np.float32))


def _is_near(box, found):
    return any(line.common(box).height > 0 and line.common(box).width > 0 for line in found)


@pytest.mark.parametrize("height", [8, 12, 20, 32])
@pytest.mark.parametrize("contrast", [48, 100, 400])
def test_text_in_a_corner_is_a_hit(height, contrast):
    stored = section(height)
    box = write(stored, "LINDQVIST Nora", (12, 14), height=height, value=-1000 + contrast)
    assert _is_near(box, _hits(stored))


@pytest.mark.parametrize("value", [-1024, 3071])
def test_text_on_the_body_is_a_hit(value):
    stored = section(5)
    box = write(stored, "12.04.1961", (250, 260), height=11, value=value)
    assert _is_near(box, _hits(stored))


@pytest.mark.parametrize("turns", [1, 3])
def test_text_that_runs_upwards_or_downwards_is_a_hit(turns):
    stored = section(6)
    box = write(stored, "OKAFOR 88120", (150, 12), value=200, turns=turns)
    assert _is_near(box, _hits(stored))


def test_sections_without_text_are_hardly_ever_hits():
    assert sum(bool(_hits(section(seed, noise=5.0 + seed))) for seed in range(24)) == 0


def test_an_even_image_is_no_hit():
    assert not _hits(np.zeros((512, 512), np.uint8))
    assert not _hits(np.zeros((3, 700), np.uint8))


def test_blue_on_black_is_a_hit():
    stored = np.zeros((256, 256, 3), np.uint8)
    box = write(stored, "HADDAD Emil", (30, 30), value=(0, 0, 90))
    assert _is_near(box, screened_frame(stored, Image(256, 256, samples=3, photometric="RGB")))


def test_text_in_entries_of_a_palette_is_a_hit():
    stored = np.zeros((256, 256), np.uint8)
    box = write(stored, "HADDAD Emil", (30, 30), value=1)
    stored[stored > 0] = 1
    palette = Palette(0, bytes([0, 200]), bytes([0, 200]), bytes([0, 0]))
    image = Image(256, 256, photometric="PALETTE COLOR", palette=palette)
    assert _is_near(box, screened_frame(stored, image))
