"""Values that stay are searched together first; what that look misses, nobody finds."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.deidentify.birth_date import numbers_of_date, spelled
from gateway.deidentify.character_set import character_set
from gateway.deidentify.needle import Needles
from gateway.deidentify.needle_bytes import in_bytes
from gateway.deidentify.residual import Evidence

PATIENT_ID = 0x00100020
BIRTH_DATE = 0x00100030
REFERRING = 0x00080090
STUDY_UID = 0x0020000D
MANUFACTURER = 0x00080070
MODEL = 0x00081090
LATIN = character_set(("ISO_IR 100",), "")
UTF_8 = character_set(("ISO_IR 192",), "")


def hits_of(lost, *kept, charset=UTF_8):
    """Return the places of those values, of pairs of tag and text, that still hold one that was lost."""
    evidence = Evidence()
    for tag, vr, value in lost:
        evidence.lose(tag, vr, value.encode(), charset)
    for place, (tag, value) in enumerate(kept):
        encoded = value if isinstance(value, bytes) else value.encode()
        evidence.keep(place, (), tag, encoded, charset)
    return sorted(hit.start for hit in evidence.hits())


@pytest.mark.parametrize("behind", ["", "16 slices", "7", "1.5 T", "-3", "slices"])
@pytest.mark.parametrize("before", ["", "16", "Model 16", "3.0"])
def test_a_number_is_found_whatever_stands_in_the_values_around_it(before, behind):
    lost = [(PATIENT_ID, "LO", "556677")]
    around = ((MODEL, before), (MANUFACTURER, "55-66-77"), (MODEL, behind))
    assert hits_of(lost, *around) == [1]


@pytest.mark.parametrize("separator", ["-", ".", "/", " "])
@pytest.mark.parametrize(
    "written",
    ["1961-04-17", "17-04-1961", "04-17-1961", "17-04-61", "61-04-17", "17-4-1961", "17-apr-1961",
     "april-17-1961", "1961-april-17"],
)  # fmt: skip
def test_a_birth_date_is_found_in_every_order_with_every_separator(written, separator):
    text = f"born {written.replace('-', separator)} in"
    assert hits_of([(BIRTH_DATE, "DA", "19610417")], (MANUFACTURER, text)) == [0]
    assert hits_of([(BIRTH_DATE, "DA", "1961.04.17")], (MANUFACTURER, text)) == [0]


def test_parts_with_different_separators_are_no_birth_date():
    assert hits_of([(BIRTH_DATE, "DA", "19610417")], (MANUFACTURER, "61-04/17")) == []


@pytest.mark.parametrize("text", ["", "00000000", "1961", "1961041", "abcdefgh", "196104177"])
def test_what_is_no_date_is_not_searched(text):
    assert (numbers_of_date(text), spelled(text)) == ([], [])


def test_a_month_that_does_not_exist_has_no_name():
    assert all(part.isdigit() for text in spelled("19611301") for part in text.split("-"))


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("value", ["winterbottom", "1961/04/17", "1.2.826.0.1.99.7", "müller-lüdenscheidt"])
def test_values_are_found_in_bytes_in_every_coding(value, codec):
    needles = Needles(values={"winterbottom", "müller-lüdenscheidt"}, uids={"1.2.826.0.1.99.7"})
    needles.dates.update(spelled("19610417"))
    around = bytes(range(128, 160))
    assert in_bytes(needles, around + value.encode(codec) + around, 4)
    assert not in_bytes(needles, around + value[:-1].encode(codec) + around, 4)


def test_values_below_the_shortest_are_not_searched_in_bytes():
    assert in_bytes(Needles(values={"rosa"}), b"\1rosa\2", 4)
    assert not in_bytes(Needles(values={"rosa"}), b"\1rosa\2", 5)


def test_bytes_without_zeros_are_no_value_unless_the_value_stands_there():
    # Zeros anywhere but between the characters: the quick look finds it, the exact one must not.
    assert not in_bytes(Needles(values={"rosa"}), b"ro\0\0\0sa", 4)


def test_a_text_beyond_ascii_does_not_hide_the_others():
    lost = [(REFERRING, "PN", "Winterbottom^Agatha")]
    kept = ((MANUFACTURER, "Größe"), (MODEL, "for Winterbottom"), (MANUFACTURER, "Ärzte"))
    assert hits_of(lost, *kept) == [1]
    assert hits_of(lost, *kept, charset=LATIN) == [1]


@pytest.mark.parametrize("text", ["Größe, Winterbottom", "WINTERBOTTOM Größe"])
@pytest.mark.parametrize("charset", [LATIN, UTF_8])
def test_a_name_beside_letters_beyond_ascii_is_found(text, charset):
    lost = [(REFERRING, "PN", "Winterbottom^Agatha")]
    assert hits_of(lost, (MODEL, "16"), (MANUFACTURER, text), charset=charset) == [1]


@pytest.mark.parametrize(
    "written", ["1.23456e5", "1.23456E5", "1.23456E+05", "123456", "0123456.7", "+12.3456e4"]
)
def test_a_number_with_an_exponent_is_found(written):
    assert hits_of([(PATIENT_ID, "LO", "123456")], (0x00180050, "1.5"), (0x00180050, written)) == [1]


_TEXT = st.text(st.sampled_from("0123456789-./ _;,^abcÄé\n\\"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(
    lost=st.text(st.sampled_from("0123456789-abc"), min_size=4, max_size=10), kept=st.lists(_TEXT, max_size=4)
)
@example(lost="556677", kept=["55-66-77", "16"])
def test_together_everything_is_found_that_is_found_alone(lost, kept):
    values = [(MANUFACTURER, text.replace("abc", lost)) for text in kept]
    for tag, vr in ((PATIENT_ID, "LO"), (REFERRING, "PN")):
        alone = [place for place, value in enumerate(values) if hits_of([(tag, vr, lost)], value)]
        assert hits_of([(tag, vr, lost)], *values) == alone


@settings(max_examples=200, deadline=None)
@given(
    number=st.integers(100_000, 10**9).map(str),
    kept=st.lists(
        st.sampled_from(["1.5", "-3", "1E9", "1.23456e5", "{}", "{}.25", "0{}", "1{}", ""]), max_size=5
    ),
)
def test_numbers_in_decimal_strings_are_found_together_as_alone(number, kept):
    slice_thickness = 0x00180050
    values = [(slice_thickness, text.format(number)) for text in kept]
    lost = [(PATIENT_ID, "LO", number)]
    alone = [place for place, value in enumerate(values) if hits_of(lost, value)]
    assert hits_of(lost, *values) == alone


@pytest.mark.parametrize("size", [9, 4096, 4097, (1 << 20) + 7, (1 << 20) - 3])
def test_a_name_is_found_in_bytes_of_any_length_and_at_the_edge_of_a_window(size):
    red_palette = 0x00281201
    value = b"\1" * size + b"winterbottom" + b"\1" * 9
    lost = [(REFERRING, "PN", "Winterbottom^Agatha")]
    assert hits_of(lost, (red_palette, b"\1" * 16), (red_palette, value)) == [1]
