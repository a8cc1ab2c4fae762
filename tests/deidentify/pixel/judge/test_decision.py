"""What becomes of the lines of a picture, each by itself and beside the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.judge.decision import Decider, is_large
from gateway.deidentify.pixel.judge.sought import Sought
from gateway.deidentify.pixel.message import Ground, Kind, Term

NAME = Term(Kind.NAME, "Wolkenstein^Li")


@pytest.fixture(scope="module")
def decide(vocabulary):
    def decided(*lines, terms=(NAME,)):
        return Decider(Sought(terms), vocabulary).decide(lines)

    return decided


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("Wolkenstein", Ground.MATCH),
        ("12.03.1967", Ground.PATTERN),
        ("12 Mar 1967", Ground.PATTERN),
        ("12/3/67", Ground.PATTERN),
        ("l2/O3/1967", Ground.PATTERN),
        ("19:07:44", Ground.PATTERN),
        ("7:07 PM", Ground.PATTERN),
        ("12345", Ground.PATTERN),
        ("A1234567", Ground.PATTERN),
        ("X12Y34Z", Ground.PATTERN),
        ("555-123-4567", Ground.PATTERN),
        ("+49 89 1234567", Ground.PATTERN),
        ("jane@example.org", Ground.PATTERN),
        ("www.example.org", Ground.PATTERN),
        ("Name: Sommerfeld", Ground.CUE),
        ("Pat.: X", Ground.CUE),
        ("Dr. Sommerfeld", Ground.CUE),
        ("DR SOMMERFELD", Ground.CUE),
        ("ID 47", Ground.CUE),
        ("Acc# 12", Ground.CUE),
        ("geb. 1967", Ground.CUE),
        ("Klinikum Musterstadt", Ground.CUE),
        ("Sommerfeld", Ground.UNPROVED),
        ("DR 60", Ground.CLINICAL),
        ("Acc 120 cm/s2", Ground.CLINICAL),
        ("Window Center 40", Ground.CLINICAL),
        ("12:00 3 CM FN", Ground.CLINICAL),
        ("FOV 512x512", Ground.CLINICAL),
    ],
)
def test_a_line_goes_for_what_it_says(text, ground, decide, read_as):
    assert decide(read_as(text, text)) == [ground]


def test_nothing_read_is_unreadable(decide, read_as):
    assert decide(read_as("", "")) == [Ground.UNREADABLE]
    assert decide(read_as("MI 1.2", "", confidence=0.2)) == [Ground.UNREADABLE]


def test_what_one_engine_reads_beyond_doubt_stays_and_less_needs_another(decide, read_as):
    assert decide(read_as("MI 1.2", "", confidence=0.9)) == [Ground.CLINICAL]
    assert decide(read_as("MI 1.2", "", confidence=0.6)) == [Ground.UNPROVED]
    assert decide(read_as("MI 1.2", "Ml 1.2", confidence=0.6)) == [Ground.CLINICAL]
    assert decide(read_as("MI 1.2", "MI 7.2", confidence=0.6)) == [Ground.UNPROVED]


def test_any_engine_that_reads_the_name_decides(decide, read_as):
    assert decide(read_as("LATERAL", "Wolkenstein", confidence=(1.0, 0.1))) == [Ground.MATCH]


def test_an_engine_that_reads_something_else_with_confidence_is_heard(decide, read_as):
    assert decide(read_as("POST CONTRAST", "Bruno Adler", confidence=(0.95, 0.95))) == [Ground.UNPROVED]


def test_a_crop_of_two_lines_proves_nothing(decide, read_as):
    assert decide(read_as("LATERAL", "LATERAL", is_single=False)) == [Ground.UNPROVED]


def test_a_match_takes_along_what_stands_directly_beside_it(decide, read_as):
    name = read_as("Wolkenstein", box=Box(10, 10, 24, 110))
    near = read_as("LATERAL", box=Box(10, 120, 24, 190))
    far = read_as("LATERAL", box=Box(10, 300, 24, 370))
    below = read_as("LATERAL", box=Box(27, 10, 41, 80))
    assert decide(name, near, far, below) == [Ground.MATCH, Ground.CUE, Ground.CLINICAL, Ground.CLINICAL]


def test_the_value_of_a_cue_goes_to_its_right_and_below(decide, read_as):
    cue = read_as("Name:", box=Box(10, 10, 24, 60))
    right = read_as("STONE", box=Box(10, 150, 24, 220))
    below = read_as("LONG", box=Box(30, 12, 44, 60))
    other = read_as("LONG", box=Box(80, 12, 94, 60))
    assert decide(cue, right, below, other) == [Ground.CUE, Ground.CUE, Ground.CUE, Ground.CLINICAL]


def test_a_short_name_goes_beside_another_part_of_it_and_proves_nothing_alone(decide, read_as):
    family = read_as("Wolkenstein", box=Box(10, 10, 24, 110))
    given_name = read_as("LI", box=Box(28, 10, 42, 30))
    assert decide(family, given_name) == [Ground.MATCH, Ground.CUE]
    assert decide(given_name) == [Ground.UNPROVED]


def test_a_line_with_another_inside_that_goes_is_not_proved(decide, read_as):
    large = read_as("LATERAL", box=Box(10, 10, 70, 300))
    inside = read_as("Sommerfeld", box=Box(30, 40, 44, 140))
    assert decide(large, inside) == [Ground.UNPROVED, Ground.UNPROVED]
    beside = read_as("Sommerfeld", box=Box(120, 40, 134, 140))
    assert decide(large, beside) == [Ground.CLINICAL, Ground.UNPROVED]


def test_what_is_higher_than_a_line_is_not_proved_by_words(read_as):
    page = read_as("LATERAL", box=Box(44, 0, 724, 1024))
    assert is_large(page, (768, 1024))
    assert not is_large(read_as("L", box=Box(40, 40, 160, 120)), (768, 1024))
    assert not is_large(read_as("LATERAL", box=Box(40, 40, 100, 400)), (768, 1024))


texts = st.sampled_from(
    ("MI 1.2", "Wolkenstein", "LI", "LATERAL", "Name:", "12.03.1967", "Sommerfeld", "", "45°")
)
boxes = st.builds(
    lambda top, left, height, width: Box(top, left, top + height, left + width),
    st.integers(0, 80),
    st.integers(0, 300),
    st.integers(8, 20),
    st.integers(8, 120),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, boxes), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_lines_decides_nothing(decide, read_as, found, random):
    lines = [read_as(text, text, box=box) for text, box in found]
    order = list(range(len(lines)))
    random.shuffle(order)
    expected = decide(*lines)
    assert decide(*(lines[place] for place in order)) == [expected[place] for place in order]
