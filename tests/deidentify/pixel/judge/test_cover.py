"""The areas that go hide all of a line and say nothing about its length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.judge import Judged, covers
from gateway.deidentify.pixel.judge.cover import LEAST, PADDING
from gateway.deidentify.pixel.message import Ground

SHAPE = (400, 600)
boxes = st.builds(
    lambda top, left, height, width: Box(top, left, top + height, left + width).clipped(*SHAPE),
    st.integers(0, 390),
    st.integers(0, 590),
    st.integers(4, 40),
    st.integers(4, 300),
)
grounds = st.sampled_from((Ground.CLINICAL, Ground.MATCH, Ground.UNPROVED))


def black(*lines):
    return [region for region in covers([Judged(*line) for line in lines], SHAPE) if region.is_black]


def test_an_area_is_padded():
    (region,) = black((Box(100, 100, 120, 180), Ground.MATCH, (100, 120)))
    margin = round(PADDING * 20)
    assert region.box.top == 100 - margin
    assert region.box.bottom == 120 + margin
    assert region.box.left <= 100 - margin
    assert region.box.right >= 180 + margin


def test_small_text_has_a_margin_of_pixels():
    (region,) = black((Box(100, 100, 104, 140), Ground.MATCH, (100, 104)))
    assert region.box.top == 100 - LEAST


def test_a_box_higher_than_its_letters_is_not_padded_twice():
    (region,) = black((Box(90, 100, 130, 180), Ground.MATCH, (100, 120)))
    assert (region.box.top, region.box.bottom) == (93, 127)


def test_names_of_like_lengths_get_areas_of_one_width():
    widths = {black((Box(100, 100, 120, 100 + width), Ground.MATCH))[0].box.width for width in range(70, 90)}
    assert len(widths) <= 2


def test_at_the_border_an_area_grows_inwards():
    (region,) = black((Box(100, 560, 112, 600), Ground.MATCH))
    assert region.box.right == 600
    assert region.box.left < 560 - LEAST


def test_words_of_one_line_get_one_area():
    (region,) = black((Box(100, 100, 114, 150), Ground.MATCH), (Box(101, 158, 115, 220), Ground.UNPROVED))
    assert region.ground is Ground.MATCH
    assert region.box.left < 100
    assert region.box.right > 220


def test_a_label_that_stays_is_kept_free():
    label = Box(100, 200, 112, 260)
    regions = covers([Judged(Box(100, 100, 112, 180), Ground.MATCH), Judged(label, Ground.CLINICAL)], SHAPE)
    (area,) = (region.box for region in regions if region.is_black)
    assert not area.common(label).area


def test_the_letters_of_a_label_in_the_next_row_are_kept_free():
    name, label = Box(100, 100, 124, 200), Box(116, 100, 140, 200)
    regions = covers(
        [Judged(name, Ground.MATCH, (106, 118)), Judged(label, Ground.CLINICAL, (122, 134))], SHAPE
    )
    (area,) = (region.box for region in regions if region.is_black)
    assert area.top < 106
    assert 118 < area.bottom <= 122


def test_letters_keep_a_rim_although_a_label_is_close():
    name, label = Box(100, 100, 124, 200), Box(80, 100, 106, 200)
    (area,) = (
        region.box
        for region in covers(
            [Judged(name, Ground.MATCH, (106, 118)), Judged(label, Ground.CLINICAL, (92, 106))], SHAPE
        )
        if region.is_black
    )
    assert area.top == 104


@given(st.lists(st.tuples(boxes, grounds), max_size=8))
def test_all_that_goes_is_covered_inside_the_picture(lines):
    areas = [region.box for region in black(*lines)]
    for area in areas:
        assert area == area.clipped(*SHAPE)
        assert area.area
    for box, ground in lines:
        if ground is not Ground.CLINICAL and box.area:
            letters = Judged(box, ground).letters
            assert any(area.common(letters) == letters for area in areas)


@given(st.lists(st.tuples(boxes, grounds), max_size=6), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(lines, random):
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert black(*lines) == black(*shuffled)
