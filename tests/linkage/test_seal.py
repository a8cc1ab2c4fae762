from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KeyGuardError
from gateway.linkage.seal import BlindIndex, Sealer, delimited, key_id_of

VALUES = {"PatientName": "Müller^Jürgen", "PatientID": "4711"}
PLACE = ("patient", "default", "P1")


@pytest.fixture
def sealer():
    return Sealer("k1", b"k" * 32)


@given(st.dictionaries(st.text(), st.text(), max_size=5), st.lists(st.text() | st.binary(), max_size=4))
def test_what_was_sealed_opens_in_its_place(values, place):
    sealer = Sealer("k1", b"k" * 32)
    assert sealer.open(sealer.seal(values, *place), *place) == values


@pytest.mark.parametrize(
    "place",
    [
        ("study", "default", "P1"),
        ("patient", "other", "P1"),
        ("patient", "default", "P2"),
        ("patient", "defaul", "tP1"),
        ("patient", "default", "P1", ""),
    ],
)
def test_it_opens_in_no_other_place(sealer, place):
    with pytest.raises(KeyGuardError):
        sealer.open(sealer.seal(VALUES, *PLACE), *place)


@pytest.mark.parametrize("other", [Sealer("k1", b"x" * 32), Sealer("k2", b"k" * 32)])
def test_it_opens_with_no_other_key(sealer, other):
    with pytest.raises(KeyGuardError):
        other.open(sealer.seal(VALUES, *PLACE), *PLACE)


def test_an_altered_or_cut_value_does_not_open(sealer):
    sealed = sealer.seal(VALUES, *PLACE)
    for index in range(0, len(sealed), 7):
        altered = bytearray(sealed)
        altered[index] ^= 1
        with pytest.raises(KeyGuardError):
            sealer.open(bytes(altered), *PLACE)
    for length in (0, 5, 12, len(sealed) - 1):
        with pytest.raises(KeyGuardError):
            sealer.open(sealed[:length], *PLACE)


def test_the_same_values_are_sealed_differently_each_time_but_at_one_length(sealer):
    first, second = sealer.seal(VALUES, *PLACE), sealer.seal(VALUES, *PLACE)
    assert first != second
    assert len(sealer.seal({"PatientName": "A"}, *PLACE)) == len(
        sealer.seal({"PatientName": "Abcdefgh"}, *PLACE)
    )


@given(st.lists(st.text()), st.lists(st.text()))
def test_two_lists_never_look_the_same(one, other):
    assert (delimited(*one) == delimited(*other)) == (one == other)


def test_a_blind_index_depends_on_key_project_kind_and_value():
    blind = BlindIndex(b"k" * 32)
    indexes = {
        blind.of("default", "PatientID", "4711"),
        blind.of("other", "PatientID", "4711"),
        blind.of("default", "AccessionNumber", "4711"),
        blind.of("default", "PatientID", "4712"),
        blind.of("default", "PatientID", "47", "11"),
        BlindIndex(b"x" * 32).of("default", "PatientID", "4711"),
    }
    assert len(indexes) == 6
    assert {len(index) for index in indexes} == {32}


@pytest.mark.parametrize(
    ("one", "other"), [(" 4711 ", "4711"), ("1.2.3\0", "1.2.3"), ("Mu\u0308ller", "M\u00fcller")]
)
def test_padding_and_unicode_forms_make_no_difference(one, other):
    blind = BlindIndex(b"k" * 32)
    assert blind.of("default", "PatientID", one) == blind.of("default", "PatientID", other)


def test_a_key_id_names_a_key_without_telling_it():
    assert key_id_of(b"k" * 32) == key_id_of(b"k" * 32) != key_id_of(b"x" * 32)
    assert len(key_id_of(b"k" * 32)) == 16
