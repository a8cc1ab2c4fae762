"""Found lines are read, decided and covered."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.judge import judge
from gateway.deidentify.pixel.judge.profile import is_one_line
from gateway.deidentify.pixel.message import Ground, Kind, Mode, Request, Term
from gateway.deidentify.pixel.picture import Crop, Finder, Found, Reading

REQUEST = Request(Image(300, 400), "1.2.840.10008.1.2.1", terms=(Term(Kind.NAME, "Wolkenstein^Oswald"),))


class Engine:
    """Reads what is written in the first pixels of a crop."""

    name = "stand-in"

    def __init__(self, texts):
        self.texts = texts
        self.asked = []

    def read(self, crops):
        self.asked += [int(crop[0, 0, 0]) for crop in crops]
        return [Reading(*self.texts[int(crop[0, 0, 0])], self.name) for crop in crops]


def found(*numbers, left=50):
    crops = tuple(Crop(np.full((20, 60, 3), number, np.uint8)) for number in numbers)
    return Found(Box(100, left, 114, left + 60), Finder.DETECTOR, 0.9, crops)


def test_a_second_rendering_is_read_only_where_the_first_does_not_decide():
    engine = Engine({1: ("LATERAL", 0.99), 2: ("blur", 0.4), 3: ("SUPINE", 0.99)})
    (region,) = judge([found(1, 3)], REQUEST, [engine])
    assert region.ground is Ground.CLINICAL
    assert engine.asked == [1]
    (region,) = judge([found(2, 3)], REQUEST, [engine])
    assert region.ground is Ground.CLINICAL
    assert engine.asked == [1, 2, 3]


def test_a_line_that_stays_keeps_its_box_and_one_that_goes_is_covered():
    engine = Engine({1: ("LATERAL", 0.99), 4: ("Wolkenstein", 0.9)})
    regions = judge([found(1), found(4, left=250)], REQUEST, [engine])
    assert [region.ground for region in regions] == [Ground.MATCH, Ground.CLINICAL]
    assert regions[1].box == Box(100, 50, 114, 110)


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.MASK])
def test_in_other_modes_all_goes_unread(mode):
    engine = Engine({})
    request = Request(REQUEST.image, "1.2.840.10008.1.2.1", mode=mode)
    (region,) = judge([found(1)], request, [engine])
    assert region.ground is Ground.MODE
    assert engine.asked == []


def test_without_a_reader_all_goes():
    assert [region.ground for region in judge([found(1)], REQUEST, [])] == [Ground.MODE]


def test_a_line_without_crops_is_unreadable():
    assert [region.ground for region in judge([found()], REQUEST, [Engine({})])] == [Ground.UNREADABLE]


def test_words_of_the_site_stay():
    engine = Engine({1: ("Quantex 12 mm", 0.99)})
    request = Request(REQUEST.image, "1.2.840.10008.1.2.1", words=("quantex",))
    assert judge([found(1)], request, [engine])[0].ground is Ground.CLINICAL


@pytest.mark.parametrize("text", ["SAG T2 TSE", "A", "gypsy", "- -", "Mean: 12.3", "i", "LT KIDNEY"])
@pytest.mark.parametrize("height", [9, 20])
def test_one_line_is_one_line(text, height, line_of):
    assert is_one_line(line_of(text, height=height))
    assert is_one_line(line_of(text, height=height, stroke=True, margin=12))


@pytest.mark.parametrize("shade", [60, 255])
def test_two_lines_are_seen(shade, line_of):
    upper, lower = line_of("LATERAL VIEW", height=14), line_of("Oswald", height=14, shade=shade)
    below = np.pad(lower, ((0, 0), (0, upper.shape[1] - lower.shape[1]), (0, 0)))
    assert not is_one_line(np.vstack([upper, below]))
    assert not is_one_line(np.vstack([below, upper]))
