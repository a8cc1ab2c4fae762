import cv2
import numpy as np
import pytest
from written import section, write

from gateway.deidentify.pixel.find.rendering import pictures, salient, shown
from gateway.deidentify.pixel.image import Image, Palette, Window


def _stands_out(picture, box, margin=6):
    area = picture[box.grown(margin, margin).clipped(*picture.shape[:2]).slices].max(axis=2).astype(int)
    inner = area[margin:-margin, margin:-margin]
    rim = np.median(np.concatenate([area[:3].ravel(), area[-3:].ravel()]))
    return np.abs(inner - rim).max()


CT = Image(512, 512, allocated=16, stored=16, high_bit=15, signed=True, windows=(Window(40, 400),))


def test_text_at_the_end_of_the_range_shows_over_bone():
    stored = section(1)
    stored[100:200, 100:300] = 1200
    box = write(stored, "ROSSI Anna", (140, 140), value=3071)
    seen, lifted = pictures(stored, CT)
    assert _stands_out(seen, box) > 8
    assert _stands_out(lifted, box) > 60


def test_text_below_the_window_shows():
    stored = section(2)
    box = write(stored, "ROSSI Anna", (20, 20), value=-700)
    assert _stands_out(pictures(stored, CT)[1], box) > 60


def test_faint_text_is_lifted():
    stored = np.full((256, 256), 100, np.uint8)
    box = write(stored, "ROSSI Anna", (90, 90), value=131)
    seen, lifted = pictures(stored, Image(256, 256))
    assert _stands_out(lifted, box) > 2 * 31
    assert seen.shape == lifted.shape == (256, 256, 3)


def test_blue_on_black_is_lifted_in_its_colour():
    stored = np.zeros((200, 300, 3), np.uint8)
    box = write(stored, "ROSSI Anna", (90, 90), value=(0, 0, 60))
    lifted = pictures(stored, Image(200, 300, samples=3, photometric="RGB"))[1]
    assert lifted[box.slices][..., 2].max() - 128 > 60


def test_monochrome1_is_shown_inverted():
    stored = np.zeros((64, 64), np.uint16)
    stored[:, 32:] = 4095
    seen = shown(stored, Image(64, 64, allocated=16, stored=12, high_bit=11, photometric="MONOCHROME1"))
    assert seen[0, 0, 0] > 200 > 50 > seen[0, -1, 0]


def test_an_even_frame_has_nothing_to_lift():
    for value in (0, 77, 255):
        lifted = pictures(np.full((100, 100), value, np.uint8), Image(100, 100))[1]
        assert (lifted == 128).all()


@pytest.mark.parametrize(
    ("photometric", "stored", "colour"),
    [
        ("RGB", (255, 0, 0), (255, 0, 0)),
        ("YBR_FULL", (76, 85, 255), (255, 0, 0)),
        ("YBR_FULL_422", (29, 255, 107), (0, 0, 255)),
        ("YBR_PARTIAL_422", (81, 90, 240), (255, 0, 0)),
        ("YBR_RCT", (10, 200, 30), (10, 200, 30)),
    ],
)
def test_colours_are_shown_as_they_are(photometric, stored, colour):
    frame = np.full((40, 40, 3), stored, np.uint8)
    seen = shown(frame, Image(40, 40, samples=3, photometric=photometric))
    assert np.abs(seen[0, 0].astype(int) - colour).max() <= 3


def test_a_palette_is_looked_up_from_its_first_entry():
    palette = Palette(-2, bytes([0, 10, 20, 30]), bytes([0, 50, 60, 70]), bytes([9, 8, 7, 6]))
    stored = np.array([[-3, -2, -1, 1, 5]] * 40, np.int16)
    seen = shown(stored, Image(40, 5, allocated=16, stored=16, high_bit=15, signed=True, palette=palette))
    assert seen[0].tolist() == [[0, 0, 9], [0, 0, 9], [10, 50, 8], [30, 70, 6], [30, 70, 6]]


def test_a_palette_without_entries_is_shown_in_gray():
    stored = np.arange(1600, dtype=np.uint16).reshape(40, 40)
    seen = shown(
        stored, Image(40, 40, allocated=16, stored=16, high_bit=15, palette=Palette(0, b"", b"", b""))
    )
    assert seen[0, 0, 0] < seen[-1, -1, 0]


def test_a_window_that_shows_nothing_is_not_used():
    stored = section(3)
    image = Image(512, 512, allocated=16, stored=16, high_bit=15, signed=True, windows=(Window(30000, 1),))
    seen = shown(stored, image)
    assert int(seen.max()) - int(seen.min()) > 200


def test_speckle_is_left_out_of_what_is_salient_and_writing_is_not():
    random = np.random.default_rng(4)
    halves = [cv2.GaussianBlur(random.standard_normal((300, 400)), (0, 0), 1.5) for _ in range(2)]
    speckle = np.hypot(*halves)
    noise = np.clip(90 * speckle / speckle.mean(), 0, 200)
    stored = np.repeat(noise[..., None], 3, axis=2).astype(np.uint8)
    box = write(stored, "ROSSI Anna", (140, 120), height=16, value=(255, 255, 255))
    marked = np.abs(salient(stored)[..., 0].astype(int) - 128)
    assert marked[box.slices].mean() > 4 * marked[200:].mean()
