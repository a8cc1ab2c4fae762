from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.deidentify.descriptor.cleaner import MAX_LENGTH, Cleaner
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.descriptor.token import Cleaned, Verdict, Why
from gateway.errors import Refused

Clean = Callable[..., str]
CLEANER = Cleaner()
SETTINGS = settings(max_examples=150, deadline=None)

WORDS = (
    "CT CHEST head Thorax mit KM LONG MARK Young RT for by Dr. Patient: Name performed at Hospital geb. "
    "DOB tel MRN: on am "
    "Quillfeather Ebenezer J. O'Xyzzy von der Klinikum 12 4711 20190619 19.06.2019 14:32 0711-955-4820 "
    "(PE) - , _ / ^ ; "
    "1.2.840.10008.5.1.4 ada@example.org June 2019 5mm 山田 頭部 Müller Иванов April\n"
).split(" ")
PIECES = st.sampled_from(WORDS)
DESCRIPTORS = st.lists(
    st.tuples(PIECES, st.sampled_from([" ", " ", " ", "_", ", ", "", "-"])), max_size=9
).map(lambda pairs: "".join(word + gap for word, gap in pairs))
TEXTS = st.one_of(DESCRIPTORS, st.text(max_size=40))


def cleaned(text: str, known: Known | None = None, *, strict: bool = True) -> Cleaned:
    return CLEANER.clean(text, known or Known(), strict=strict, date=None, uid=lambda _: "")


def test_clinical_descriptor_stays_as_it_is(stay: str, clean: Clean) -> None:
    assert clean(stay) == stay


def test_stranger_goes_from_a_descriptor(names: tuple[str, str], clean: Clean) -> None:
    assert clean(names[0]) == names[1]


def test_date_or_time_goes_from_a_descriptor(dates: tuple[str, str], clean: Clean) -> None:
    assert clean(dates[0]) == dates[1]


def test_number_or_contact_goes_from_a_descriptor(numbers: tuple[str, str], clean: Clean) -> None:
    assert clean(numbers[0]) == numbers[1]


def test_place_goes_from_a_descriptor(places: tuple[str, str], clean: Clean) -> None:
    assert clean(places[0]) == places[1]


def test_technical_text_stays_as_it_is(technical: str, clean: Clean) -> None:
    assert clean(technical, strict=False) == technical


def test_technical_text_loses_what_identifies(technical_cleaned: tuple[str, str], clean: Clean) -> None:
    assert clean(technical_cleaned[0], strict=False) == technical_cleaned[1]


def test_uid_is_replaced(clean: Clean) -> None:
    assert clean("CHEST 1.2.840.113619.2.55.3.1234") == "CHEST 2.25.4711"


def test_uid_that_stays_the_same_is_kept() -> None:
    result = CLEANER.clean(
        "CHEST 1.2.840.10008.5.1.4.1.1.2", Known(), strict=True, date=None, uid=lambda uid: uid
    )
    assert result.text == "CHEST 1.2.840.10008.5.1.4.1.1.2"
    assert result.tokens[-1].verdict is Verdict.KEPT


def test_word_of_the_site_stays() -> None:
    cleaner = Cleaner(words=frozenset({"frobnik"}))
    assert cleaner.clean("CT Frobnik", Known(), strict=True, date=None, uid=str).text == "CT Frobnik"


def test_plug_in_only_removes() -> None:
    cleaner = Cleaner(finders=(lambda text: [(3, 8)] if text.startswith("CT CHEST") else [],))
    result = cleaner.clean("CT CHEST PA", Known(), strict=True, date=None, uid=str)
    assert result.text == "CT PA"
    assert result.tokens[1].why == Why.PLUG_IN


def test_failing_plug_in_refuses() -> None:
    def fails(text: str) -> list[tuple[int, int]]:
        raise ValueError(text)

    with pytest.raises(Refused):
        Cleaner(finders=(fails,)).clean("CT", Known(), strict=True, date=None, uid=str)


def test_too_long_text_is_not_kept() -> None:
    result = cleaned("A" * (MAX_LENGTH + 1))
    assert result.text == ""
    assert len(result.tokens) == 1


@pytest.mark.parametrize(
    "part", ["1-", "a.", "Dr. ", "for Xyz ", "(", "12 main ", "山田", "jan 1 ", "van ", "c:/", "0711 "]
)
def test_hostile_text_takes_no_longer_than_a_long_one(part: str) -> None:
    text = part * (20_000 // len(part))
    assert len(cleaned(text).text) <= len(text)


def test_reasons_are_told() -> None:
    result = cleaned("CT for Ebenezer Quillfeather 19.06.2019 5mm")
    assert [(token.text, token.verdict.value, str(token.why)) for token in result.tokens] == [
        ("CT", "kept", "vocabulary"),
        ("for", "removed", "cue"),
        ("Ebenezer", "removed", "cue"),
        ("Quillfeather", "removed", "cue"),
        ("19.06.2019", "removed", "date"),
        ("5", "kept", "number"),
        ("mm", "kept", "vocabulary"),
    ]


def test_a_text_cleaned_before_is_cleaned_by_its_own_header_and_dates() -> None:
    text = "CT 2019-06-19 Long LONG AXIS"
    long, other = Known(), Known()
    long.add_name("Long^Axis")
    cleaner = Cleaner()
    dates = (None, lambda _: "20010203", lambda _: "20020304")
    assert [
        cleaner.clean("CT Long Axis", known, strict=True, date=None, uid=str).text
        for known in (long, other, long)
    ] == ["CT", "CT Long Axis", "CT"]
    assert [cleaner.clean(text, other, strict=True, date=date, uid=str).text[3:13] for date in dates] == [
        "LONG AXIS",
        "2001-02-03",
        "2002-03-04",
    ]
    other.add_name("Axis^Long")
    assert cleaner.clean("CT Long Axis", other, strict=True, date=None, uid=str).text == "CT"


@SETTINGS
@given(TEXTS, st.booleans())
@example("頭部_", True)
@example("각A\x1ba", False)
@example("\u200b CT\u200b ", True)
def test_every_character_is_in_one_token_or_is_white_space(text: str, strict: bool) -> None:
    position = 0
    for token in cleaned(text, strict=strict).tokens:
        assert token.text == text[token.start : token.end]
        assert position <= token.start < token.end
        assert not text[position : token.start].strip()
        position = token.end
    assert not text[position:].strip()


@SETTINGS
@given(TEXTS, st.booleans())
def test_cleaning_twice_changes_nothing(text: str, strict: bool) -> None:
    once = cleaned(text, strict=strict).text
    assert cleaned(once, strict=strict).text == once


@SETTINGS
@given(TEXTS, st.booleans())
def test_text_never_grows(text: str, strict: bool) -> None:
    assert len(cleaned(text, strict=strict).text) <= len(text)


@SETTINGS
@given(
    st.permutations(["Quillfeather", "Ebenezer", "CT", "CHEST", "12"]),
    st.sampled_from([str, str.upper, str.lower, str.title]),
    st.sampled_from([" ", "_", ", ", "^", "-", "  "]),
    st.booleans(),
)
def test_known_name_is_never_left(
    parts: list[str], case: Callable[[str], str], gap: str, strict: bool
) -> None:
    known = Known()
    known.add_name("Quillfeather^Ebenezer")
    left = cleaned(case(gap.join(parts)), known, strict=strict).text.lower()
    assert "quillfeather" not in left
    assert "ebenezer" not in left
