import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.find.outline import outlined


def _map(rows=200, columns=300):
    return np.zeros((rows, columns), np.float32)


def test_a_bar_is_a_line_grown_to_the_height_of_its_letters():
    probable = _map()
    probable[50:60, 40:140] = 0.9
    (line,) = outlined(probable, 1.0, 200, 300)
    assert line.box.top < 46
    assert line.box.bottom > 64
    assert line.box.left < 36
    assert line.turned == 0
    assert line.score > 0.8


def test_a_column_is_a_line_that_is_turned():
    probable = _map()
    probable[40:140, 50:60] = 0.9
    (line,) = outlined(probable, 1.0, 200, 300)
    assert line.turned == 1


def test_a_line_is_told_apart_from_speckle_that_touches_it():
    probable = _map()
    probable[60:200, 100:250] = np.where(np.indices((140, 150)).sum(0) % 9 < 6, 0.28, 0.0)
    probable[50:60, 40:140] = 0.9
    lines = outlined(probable, 1.0, 200, 300)
    assert any(line.box.height < 30 and line.box.width > 95 for line in lines)


def test_faint_bars_are_joined_and_what_is_too_faint_is_left_out():
    probable = _map()
    probable[50:60, 40:90] = 0.4
    probable[50:60, 91:140] = 0.4
    probable[100:110, 40:140] = 0.22
    assert len(outlined(probable, 1.0, 200, 300)) == 1


def test_boxes_are_of_the_picture_before_it_was_enlarged():
    probable = _map()
    probable[50:60, 40:140] = 0.9
    (line,) = outlined(probable, 2.0, 100, 150)
    assert line.box.common(Box(25, 20, 30, 70)) == Box(25, 20, 30, 70)
    assert line.box.bottom <= 100


def test_an_empty_map_holds_no_line():
    assert outlined(_map(), 1.0, 200, 300) == []
