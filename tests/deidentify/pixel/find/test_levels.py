import numpy as np
import pytest
from written import letters, section, write

from gateway.deidentify.pixel.find.levels import levels
from gateway.deidentify.pixel.find.rendering import pictures
from gateway.deidentify.pixel.find.screen import screened_frame
from gateway.deidentify.pixel.image import Image, Palette, Window

DEEP = Image(256, 320, allocated=16, stored=12, high_bit=11)
SIGNED = Image(256, 256, allocated=16, stored=16, high_bit=15, signed=True)
COLOUR = Image(128, 256, samples=3, photometric="RGB", allocated=16, stored=16, high_bit=15)
WIDE = Image(256, 320, allocated=32, stored=32, high_bit=31)


def _shows(views, box, margin=4):
    """By how much ink is told from what is around it, in the picture that shows it best."""
    best = 0
    for view in views:
        plane = view.max(axis=2).astype(int)
        inside, around = plane[box.slices], plane[box.grown(margin, margin).slices]
        best = max(best, abs(np.percentile(inside, [3, 97]) - np.median(around)).max())
    return best


def _changed(image, **changes):
    return Image(**{name: getattr(image, name) for name in image.__struct_fields__} | changes)


@pytest.mark.parametrize("windows", [(), (Window(1000, 80),), (Window(2000, 4000), Window(1000, 80))])
def test_text_shows_that_only_a_narrow_window_shows(windows):
    stored = np.full((256, 320), 1000, np.uint16)
    stored += np.random.default_rng(1).integers(0, 3, stored.shape, np.uint16)
    stored[:, 260:] = 3000
    stored[:4], stored[4:8] = 0, 4095
    box = write(stored, "ROSSI Anna", (120, 60), value=1012)
    assert _shows(pictures(stored, _changed(DEEP, windows=windows)), box) > 60


@pytest.mark.parametrize("padding", [-32768, None])
def test_text_shows_beside_padding_far_below(padding):
    stored = section(1, rows=256, noise=5.0)
    stored[np.hypot(*np.indices(stored.shape) - 128.0) > 120] = -32768
    box = write(stored, "ROSSI Anna", (128, 100), value=140)
    image = _changed(SIGNED, padding=padding, windows=(Window(40, 400),))
    assert _shows(pictures(stored, image), box) > 40
    assert any(hit.common(box).height > 0 < hit.common(box).width for hit in screened_frame(stored, image))


def test_neither_padding_nor_its_range_is_in_the_range():
    stored = np.tile(np.arange(100, 200, dtype=np.int16), (50, 1))
    stored[:5], stored[5:10] = -3000, -2500
    image = _changed(SIGNED, padding=-3000, padding_limit=-2500)
    assert levels(stored, image).full == (100, 199)
    assert levels(np.full((50, 50), -3000, np.int16), image).full == (-3000, -2999)


def test_no_further_picture_shows_what_is_seen_anyway():
    for windows in ((), (Window(40, 400),), (Window(40, 400), Window(60, 350), Window(30000, 1))):
        assert len(pictures(section(2), _changed(SIGNED, windows=windows))) == 2


@pytest.mark.parametrize(("ground", "ink"), [(0, 255), (0, 4095), (1000, 1200), (30000, 30100)])
def test_colours_of_16_bits_show_whichever_bits_they_use(ground, ink):
    stored = np.full((128, 256, 3), ground, np.uint16)
    box = write(stored, "ROSSI Anna", (60, 60), value=(ink,) * 3)
    assert _shows(pictures(stored, COLOUR), box) > 60


def test_entries_of_a_palette_that_share_a_colour_show():
    stored = np.full((128, 256), 10, np.uint8)
    box = write(stored, "ROSSI Anna", (60, 60), value=11)
    table = bytes([90] * 256)
    image = Image(128, 256, photometric="PALETTE COLOR", palette=Palette(0, table, table, table))
    assert _shows(pictures(stored, image), box) > 60
    assert screened_frame(stored, image)


@pytest.mark.parametrize("is_full", [False, True])
def test_differences_between_large_numbers_show(is_full):
    stored = np.full((256, 320), 1 << 31, np.uint32)
    mask = letters("ROSSI Anna", 12) > 0.5
    stored[100 : 100 + mask.shape[0], 60 : 60 + mask.shape[1]][mask] += 100
    if is_full:
        stored[:5], stored[5:10] = 0, (1 << 32) - 1
    image = _changed(WIDE, windows=(Window((1 << 31) + 50, 100),))
    views = pictures(stored, image)
    assert max(np.ptp(view[100 : 100 + mask.shape[0], 60:150].astype(int)) for view in views) > 60
