import numpy as np
import pytest
from written import is_within, write

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find import search
from gateway.deidentify.pixel.find.apart import is_initial, joined, spelled
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Depth, Request


def _searched(engines, letters, *, down=0, across=0, height=16):
    picture = np.zeros((260, 340), np.uint8)
    boxes = [
        write(picture, letter, (30 + down * place, 30 + across * place), height=height)
        for place, letter in enumerate(letters)
    ]
    found = search(picture, Request(Image(260, 340), "1.2.840.10008.1.2.1", depth=Depth.FULL), engines)
    return boxes, found


@pytest.mark.parametrize(("height", "down", "across"), [(16, 0, 54), (9, 40, 0)])
def test_letters_far_apart_are_one_line(engines, height, down, across):
    boxes, found = _searched(engines, "OKAFOR", down=down, across=across, height=height)
    assert len(found) == 1
    assert all(is_within(box, found) for box in boxes)


def test_a_letter_alone_is_no_line(engines):
    assert _searched(engines, "R")[1] == []


def _lines(*places, side=20):
    return [Detected(Box(top, left, top + side, left + side), 0.6) for top, left in places]


ROW = _lines((40, 10), (41, 150), (40, 300))


def test_three_letters_of_a_row_or_column_are_a_line():
    letters = dict(zip(ROW, "NOA", strict=True))
    assert spelled(ROW[::-1], letters.get) == [ROW]
    column = _lines((10, 40), (150, 43), (300, 40))
    assert spelled(column, dict(zip(column, "NOA", strict=True)).get) == [column]


@pytest.mark.parametrize("read", ["NO ", "III", "1l1", "OOO"])
def test_what_is_not_read_as_three_letters_is_none(read):
    assert spelled(ROW, lambda line: read[ROW.index(line)].strip()) == []


def test_letters_on_no_line_are_none():
    lines = _lines((40, 10), (60, 150), (40, 300), (200, 20), (40, 560))
    assert spelled(lines, lambda line: "NOAKR"[lines.index(line)]) == []


def test_letters_of_other_sizes_are_none():
    lines = [*_lines((40, 10), (40, 300)), *_lines((32, 150), side=36)]
    assert spelled(lines, lambda line: "NOA"[lines.index(line)]) == []


def test_the_line_is_around_all_letters():
    assert joined(ROW).box == Box(40, 10, 61, 320)
    assert joined(ROW).turned == 0
    assert joined(_lines((10, 40), (150, 43), (300, 40))).turned == 1


def test_an_initial_stands_beside_a_line_of_its_height():
    name = Detected(Box(40, 60, 60, 160), 0.9)
    assert is_initial(*_lines((41, 30)), [name])
    assert not is_initial(*_lines((41, 230)), [name])
    assert not is_initial(*_lines((70, 60)), [name])
