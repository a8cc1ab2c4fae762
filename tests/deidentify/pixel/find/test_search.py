import cv2
import numpy as np
import pytest
from written import is_within, letters, section, write

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected, Engines
from gateway.deidentify.pixel.find import search, usual_areas
from gateway.deidentify.pixel.find.detection import detected
from gateway.deidentify.pixel.image import Image, Window
from gateway.deidentify.pixel.message import Depth, Request

EXPLICIT = "1.2.840.10008.1.2.1"
CT = Image(256, 256, allocated=16, stored=16, high_bit=15, signed=True, windows=(Window(40, 400),))
RGB = Image(200, 320, samples=3, photometric="RGB")


def _request(image, depth=Depth.FULL, **asked):
    return Request(image, EXPLICIT, depth=depth, **asked)


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((0, 0, 0), (0, 0, 120)),
        ((230, 230, 230), (60, 60, 60)),
        ((90, 90, 90), (125, 125, 125)),
    ],
)
def test_lines_of_any_ink_are_found_apart(engines, ground, ink):
    stored = np.full((200, 320, 3), ground, np.uint8)
    boxes = [
        write(stored, "LINDQVIST Nora", (20, 20), value=ink),
        write(stored, "12.04.1961", (60, 20), height=9, value=ink),
        write(stored, "ID 7731", (150, 150), height=24, value=ink),
    ]
    found = search(stored, _request(RGB), engines)
    assert all(is_within(box, found) for box in boxes)
    assert len(found) == 3


def test_a_line_that_runs_upwards_is_turned_upright_for_reading(engines):
    stored = np.zeros((200, 320, 3), np.uint8)
    box = write(stored, "LINDQVIST Nora", (30, 60), height=14, value=(255, 255, 0), turns=1)
    (line,) = search(stored, _request(RGB), engines)
    assert is_within(box, [line])
    assert {crop.turned for crop in line.crops} == {1, 3}
    assert all(crop.pixels.shape[1] > crop.pixels.shape[0] for crop in line.crops)
    texts = [engines.readers[0].read([crop.pixels])[0].text for crop in line.crops]
    assert any("LINDQVIST" in text for text in texts)


def test_text_that_the_border_cuts_is_found(engines):
    stored = np.zeros((200, 320, 3), np.uint8)
    write(stored, "LINDQVIST Nora", (40, 100), height=16, value=(255, 255, 255))
    cut = np.ascontiguousarray(stored[43:])
    found = search(cut, _request(Image(157, 320, samples=3, photometric="RGB")), engines)
    assert found
    assert found[0].box.top == 0
    assert found[0].box.width > 110


@pytest.mark.parametrize("value", [-1024, 60, 3071])
def test_text_on_the_body_is_found(engines, value):
    stored = section(7, rows=256)
    box = write(stored, "ROSSI Anna", (130, 90), height=11, value=value + (100 if value == 60 else 0))
    assert is_within(box, search(stored, _request(CT), engines))


def test_anatomy_alone_is_no_text(engines):
    assert not search(section(8, rows=256), _request(CT), engines)


def test_a_busy_background_is_no_text_and_what_is_written_on_it_is(engines):
    random = np.random.default_rng(9)
    halves = [cv2.GaussianBlur(random.standard_normal((240, 320)), (0, 0), 1.4) for _ in range(2)]
    speckle = np.clip(100 * np.hypot(*halves) / 0.3, 0, 190).astype(np.uint8)
    image = Image(240, 320)
    assert not search(speckle, _request(image), engines)
    box = write(speckle, "LINDQVIST 1961", (110, 70), height=18, value=255)
    assert is_within(box, search(speckle, _request(image), engines))


def test_ink_of_one_value_is_found_on_speckle_that_is_as_bright(engines):
    random = np.random.default_rng(1)
    halves = [cv2.GaussianBlur(random.standard_normal((256, 384)), (0, 0), 1.4) for _ in range(2)]
    noise = np.hypot(*halves)
    speckle = np.clip(110 * noise / noise.mean(), 0, 255).astype(np.uint8)
    image = Image(256, 384)
    assert not search(speckle, _request(image), engines)
    mask = letters("LINDQVIST 1961", 14) > 0.4
    box = Box(100, 100, 100 + mask.shape[0], 100 + mask.shape[1])
    speckle[box.slices][mask] = 160
    assert is_within(box, search(speckle, _request(image), engines))


def test_a_ring_and_a_bar_are_no_text(engines):
    stored = np.zeros((200, 320), np.uint8)
    cv2.circle(stored, (40, 40), 6, 200, 1)
    stored[60:160, 300:310] = np.linspace(255, 0, 100, dtype=np.uint8)[:, None]
    for row in range(20, 180, 12):
        stored[row, 280:286] = 170
    assert not search(stored, _request(Image(200, 320)), engines)


def test_the_screen_keeps_the_detector_from_what_holds_nothing():
    engines = Engines((_Never(),), ())
    assert search(section(10), _request(CT, Depth.SCREEN), engines) == []


def test_a_hit_of_the_screen_and_a_sample_get_the_detector():
    stored = section(10)
    for asked in ({"is_sample": True}, {}):
        engines = Engines((_Never(),), ())
        if not asked:
            write(stored, "ROSSI Anna 1961", (12, 12), value=100)
        with pytest.raises(_Asked):
            search(stored, _request(CT, Depth.SCREEN, **asked), engines)


def test_what_lies_outside_the_regions_is_searched_like_the_inside(engines):
    stored = np.zeros((200, 320, 3), np.uint8)
    inside = write(stored, "ROSSI Anna", (100, 100), value=(255, 255, 255))
    outside = write(stored, "ROSSI Anna", (10, 10), value=(255, 255, 255))
    found = search(stored, _request(RGB, regions=(Box(60, 60, 180, 300),)), engines)
    assert is_within(inside, found)
    assert is_within(outside, found)


def test_a_large_picture_is_searched_in_tiles_at_its_size():
    asked = _Sizes()
    found = detected([asked], [np.arange(2000 * 2500 * 3, dtype=np.uint8).reshape(2000, 2500, 3)])
    assert max(max(shape[:2]) for shape in asked.shapes) <= 1088
    assert asked.scales == {1.0}
    # Each tile says that its first pixel is text: together they reach into every part.
    assert min(line.box.top for line in found) == 4
    assert max(line.box.bottom for line in found) > 900


@pytest.mark.parametrize("rows", [1056, 1057, 1400, 2047, 5000])
def test_tiles_cover_a_picture_and_hardly_more(rows):
    asked = _Sizes()
    detected([asked], [np.arange(rows * 40 * 3, dtype=np.uint8).reshape(rows, 40, 3)])
    lengths = [shape[0] for shape in asked.shapes]
    assert max(lengths) - min(lengths) <= 1
    assert rows + 32 + 95 * (len(lengths) - 1) <= sum(lengths) <= rows + 32 + 97 * (len(lengths) - 1)


def test_an_even_picture_is_not_searched():
    assert detected([_Never()], [np.full((300, 300, 3), 7, np.uint8)]) == []


def test_the_usual_areas_are_inside_and_leave_the_middle():
    for rows, columns in ((1, 1), (480, 640), (3000, 2500)):
        for box in usual_areas(rows, columns):
            assert box == box.clipped(rows, columns)
            assert box.area > 0
    assert all(not box.common(Box(200, 200, 400, 400)).area for box in usual_areas(480, 640))


class _Asked(Exception):
    pass


class _Never:
    name = "never"

    def boxes(self, image, *, scale=1.0):
        raise _Asked


class _Sizes:
    name = "sizes"

    def __init__(self):
        self.shapes, self.scales = [], set()

    def boxes(self, image, *, scale=1.0):
        self.shapes.append(image.shape)
        self.scales.add(scale)
        return [Detected(Box(20, 20, 40, 120), 0.9)]
