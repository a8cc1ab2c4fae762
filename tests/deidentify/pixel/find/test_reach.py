import numpy as np
import pytest
from written import write

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find.reach import whole


def _picture():
    return np.zeros((120, 400, 3), np.uint8)


def _part(box, left, right):
    return Detected(Box(box.top - 4, left, box.bottom + 4, right), 0.8)


@pytest.mark.parametrize(("left", "right"), [(60, 150), (100, 175), (60, 120)])
def test_letters_beyond_either_end_belong_to_the_line(left, right):
    seen = _picture()
    box = write(seen, "LINDQVIST, N", (50, 60), height=14, value=(255, 255, 255))
    line = whole(seen, _part(box, left, right)).box
    assert line.left <= box.left
    assert line.right >= box.right
    assert line.right < box.right + 12


def test_letters_of_a_turned_line_too():
    seen = np.zeros((400, 120, 3), np.uint8)
    box = write(seen, "LINDQVIST, N", (60, 50), height=14, value=(255, 255, 255), turns=1)
    line = whole(seen, Detected(Box(120, box.left - 4, 200, box.right + 4), 0.8, 1)).box
    assert line.top <= box.top
    assert line.bottom >= box.bottom


def test_a_label_farther_away_does_not():
    seen = _picture()
    box = write(seen, "LINDQVIST", (50, 60), height=14, value=(255, 255, 255))
    write(seen, "5 cm", (50, box.right + 40), height=14, value=(255, 255, 255))
    assert whole(seen, _part(box, box.left, box.right)).box.right == box.right


def test_what_goes_on_above_and_below_is_no_letter():
    seen = _picture()
    box = write(seen, "LINDQVIST", (50, 60), height=14, value=(255, 255, 255))
    seen[:, box.right + 4 : box.right + 40] = 255
    assert whole(seen, _part(box, box.left, box.right)).box.right == box.right


def test_nothing_is_followed_where_nothing_is_seen():
    line = Detected(Box(40, 60, 60, 200), 0.8)
    assert whole(_picture(), line) == line
