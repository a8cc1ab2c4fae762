from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find.line import merged


def _boxes(*boxes, turned=0):
    return [line.box for line in merged([Detected(Box(*box), 0.5, turned) for box in boxes])]


def test_the_same_line_found_twice_is_one():
    assert _boxes((10, 10, 30, 110), (11, 12, 29, 108)) == [Box(10, 10, 30, 110)]


def test_halves_of_a_line_that_overlap_are_one():
    assert _boxes((10, 10, 30, 110), (11, 100, 31, 200)) == [Box(10, 10, 31, 200)]


def test_parts_are_joined_by_what_is_between_them():
    assert _boxes((10, 0, 30, 60), (10, 120, 30, 200), (10, 50, 30, 130)) == [Box(10, 0, 30, 200)]


def test_lines_below_each_other_stay_two():
    assert len(_boxes((10, 10, 30, 110), (26, 10, 46, 110))) == 2


def test_a_small_line_inside_a_large_one_is_another():
    assert len(_boxes((10, 10, 110, 310), (50, 60, 68, 180))) == 2
    assert len(_boxes((10, 10, 50, 310), (12, 60, 40, 180))) == 1


def test_words_that_do_not_touch_stay_two():
    assert len(_boxes((10, 10, 30, 110), (10, 115, 30, 200))) == 2


def test_a_column_and_a_line_that_cross_stay_two():
    lines = [Detected(Box(10, 10, 30, 110), 0.5), Detected(Box(12, 90, 120, 105), 0.5, 1)]
    assert len(merged(lines)) == 2


def test_the_surer_score_is_kept():
    lines = [Detected(Box(10, 10, 30, 110), 0.4), Detected(Box(10, 10, 30, 90), 0.9)]
    assert merged(lines) == [Detected(Box(10, 10, 30, 110), 0.9)]
