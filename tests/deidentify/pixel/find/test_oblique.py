import cv2
import numpy as np
import pytest
from written import write

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.find import search
from gateway.deidentify.pixel.find.legible import texts
from gateway.deidentify.pixel.find.oblique import Bar, Oblique, distinct, upright
from gateway.deidentify.pixel.find.outline import outlined
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Depth, Request

ROWS, COLUMNS = 300, 340


def _turned(picture, degrees):
    turn = cv2.getRotationMatrix2D((picture.shape[1] / 2, picture.shape[0] / 2), degrees, 1)
    return cv2.warpAffine(picture, turn, picture.shape[1::-1])


def _written(degrees):
    picture = np.zeros((ROWS, COLUMNS), np.uint8)
    write(picture, "LINDQVIST Nora", (140, 80), height=16)
    return _turned(picture, degrees)


def _covered(boxes, picture):
    is_covered = np.zeros(picture.shape, np.bool_)
    for box in boxes:
        is_covered[box.slices] = True
    return is_covered[picture > 100].mean(), is_covered.mean()


@pytest.mark.parametrize("degrees", [15, -45, 70])
def test_an_oblique_line_is_found_in_pieces_and_never_read(engines, degrees):
    picture = _written(degrees)
    found = search(picture, Request(Image(ROWS, COLUMNS), "1.2.840.10008.1.2.1", depth=Depth.FULL), engines)
    text, area = _covered([line.box for line in found], picture)
    assert text > 0.98
    assert area < 0.12
    assert not any(line.crops for line in found)


@pytest.mark.parametrize("degrees", [12, 40, -25, 81])
def test_an_oblique_bar_is_a_line_of_its_height(degrees):
    probable = np.zeros((ROWS, COLUMNS), np.float32)
    probable[144:156, 70:270] = 0.9
    (line,) = outlined(_turned(probable, degrees), 1.0, ROWS, COLUMNS)
    assert isinstance(line, Oblique)
    assert line.bar.angle == pytest.approx(-degrees, abs=2)
    assert line.bar.height < 40
    assert line.bar.length > 200


def test_a_bar_that_is_hardly_turned_is_level():
    probable = np.zeros((ROWS, COLUMNS), np.float32)
    probable[144:156, 70:270] = 0.9
    assert not any(isinstance(line, Oblique) for line in outlined(_turned(probable, 4), 1.0, ROWS, COLUMNS))


@pytest.mark.parametrize("angle", [-75.0, -20.0, 10.0, 45.0, 80.0])
def test_pieces_cover_the_bar_and_little_else(angle):
    bar = Bar(150, 170, 220, 20, angle)
    picture = np.zeros((ROWS, COLUMNS), np.uint8)
    corners = cv2.boxPoints(((bar.column, bar.row), (bar.length, bar.height), angle))
    cv2.fillConvexPoly(picture, np.rint(corners).astype(int), 255)
    text, area = _covered([box.clipped(ROWS, COLUMNS) for box in bar.pieces()], picture)
    assert text > 0.99
    assert area < 2.5 * (picture > 100).mean()


def test_a_line_is_made_upright_either_way_round(engines):
    picture = np.repeat(_written(30)[..., None], 3, axis=2)
    bar = Bar(ROWS / 2, COLUMNS / 2, 210, 28, -30)
    level, pictures = upright(Oblique(bar.box, 0.9, bar=bar), [picture])
    read = [engines.readers[0].read([shown[level.box.slices]])[0].text for shown in pictures]
    assert "LINDQVIST" in read[0]
    assert "LINDQVIST" not in read[1]


def test_an_oblique_edge_is_no_text(engines):
    picture = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    cv2.line(picture, (60, 60), (300, 230), (90, 90, 90), 60)
    bar = Bar(145, 180, 150, 30, 35)
    assert texts([Oblique(bar.box, 0.5, bar=bar)], [picture], engines.readers[0]) == []


def test_one_line_found_twice_is_one():
    bars = [Bar(100, 100, 120, 20, 30), Bar(101, 102, 100, 18, 32), Bar(200, 100, 120, 20, 30)]
    lines = [Oblique(bar.box, 0.5, bar=bar) for bar in bars]
    assert distinct(lines) == [lines[0], lines[2]]
    assert Box(0, 0, ROWS, COLUMNS).common(lines[0].box) == lines[0].box
