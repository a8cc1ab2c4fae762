from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import MAX_VALUES, Known
from gateway.errors import Refused

Clean = Callable[..., str]
MODES = pytest.mark.parametrize("strict", [True, False], ids=["descriptor", "technical"])


def named(*names: str) -> Known:
    known = Known()
    for name in names:
        known.add_name(name)
    return known


def numbered(*numbers: str) -> Known:
    known = Known()
    for number in numbers:
        known.add_identifier(number)
    return known


def placed(*places: str) -> Known:
    known = Known()
    for place in places:
        known.add_place(place)
    return known


@MODES
def test_known_name_goes_however_it_is_written(known: tuple[str, str], strict: bool, clean: Clean) -> None:
    assert clean(known[0], named("Quillfeather^Ebenezer^Tobias^Prof.^Jr."), strict=strict) == known[1]


@MODES
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Müllerquill^Jörg", "MUELLERQUILL"),
        ("Müllerquill^Jörg", "Mullerquill"),
        ("Müllerquill^Jörg", "Joerg"),
        ("Muellerquill^Joerg", "Müllerquill"),
        ("Großquill^A", "GROSSQUILL"),
        ("Sørquill^A", "SOERQUILL"),
        ("Łozquill^A", "LOZQUILL"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ヤマダ"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ﾔﾏﾀﾞ"),
        ("Wang^Lin=王^霖", "王霖"),
        ("Kim^Huijung=김^희중", "김희중"),
        ("Малинова^Анна", "МАЛИНОВА"),
        ("Ανθόπουλος^Α", "ΑΝΘΟΠΟΥΛΟΣ"),
        ("الزهراني^س", "الزهـــراني"),
        ("אלמוגי^נ", "אלמוגי"),
        ("O'Quilly^Ada", "OQuilly"),
        ("O'Quilly^Ada", "O\u2019Quilly"),
        ("Abendquill-Ebert^Ada", "AbendquillEbert"),
        ("van der Quill^Ada", "van der Quill"),
        ("van der Quill^Ada", "vanderQuill"),
        ("Quillfeather^A", "Quill\u200bfeather"),
        ("Quillfeather^A", "Quill\x00feather"),
        ("Quillfeather^A", "Q\u0308uillfeather"),
        ("Quillfeather^A", "\uff31\uff35\uff29\uff2c\uff2c\uff26\uff25\uff21\uff34\uff28\uff25\uff32"),
        ("Ode^Ana", "odeana"),
        ("Ode^Ana", "Ode"),
        ("Ode^Ana", "Ode1"),
        ("Ma^Do", "Ma Do"),
    ],
)
def test_name_goes_in_other_letters(name: str, text: str, strict: bool, clean: Clean) -> None:
    assert clean(f"{text} 3", named(name), strict=strict) in ("3", "1 3")


@MODES
def test_name_inside_a_sentence_without_spaces_goes(strict: bool, clean: Clean) -> None:
    left = clean("撮影山田太郎様", named("Yamada^Tarou=山田^太郎"), strict=strict)
    assert "山田" not in left
    assert "太郎" not in left


def test_clinical_word_is_no_misspelled_name(clean: Clean) -> None:
    assert clean("LIVER", named("Livers^Ada")) == "LIVER"
    assert clean("chest", named("Chost^Ada"), strict=False) == "chest"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("LONG AXIS VIEW", "LONG AXIS VIEW"),
        ("CT LONG", "CT"),
        ("LONG", ""),
        ("LONG CHEST", "CHEST"),
        ("MARK LONG", ""),
        ("MARK NIPPLE", "MARK NIPPLE"),
        ("CT for LONG", "CT"),
        ("Dr. LONG AXIS", "AXIS"),
    ],
)
def test_clinical_word_that_is_the_patients_name_is_judged_by_its_neighbours(
    text: str, left: str, clean: Clean
) -> None:
    assert clean(text, named("LONG^MARK")) == left


@MODES
@pytest.mark.parametrize(
    ("identifier", "text"),
    [
        ("00123456", "123456"),
        ("123456", "00123456"),
        ("123456", "12-34-56"),
        ("123456", "12 34 56"),
        ("12-34-56", "123456"),
        ("AB-1277", "AB1277"),
        ("AB1277", "AB-12-77"),
        ("AB1277", "ab_1277"),
        ("4711", "4711"),
        ("4711", "004711"),
        ("SUBJ-88301", "subj88301"),
        ("quillfe", "QUILLFE"),
    ],
)
def test_identifier_goes_with_and_without_separators(
    identifier: str, text: str, strict: bool, clean: Clean
) -> None:
    assert clean(f"B30f {text}", numbered(identifier), strict=strict) == "B30f"


def test_longer_number_is_another_number(clean: Clean) -> None:
    assert clean("B30f 47112", numbered("4711"), strict=False) == "B30f 47112"
    assert clean("B30f AB12773", numbered("AB1277"), strict=False) == "B30f AB12773"


@MODES
@pytest.mark.parametrize(
    ("place", "text", "left"),
    [
        ("Quillith Heart Center", "Quillith Heart Center CT", "CT"),
        ("Quillith Heart Center", "Quillith CT", "CT"),
        ("Quillith Heart Center", "CT Heart", "CT Heart"),
        ("St. Quillith Hospital\nQuillweg 4\n12345 Quillstadt", "Quillstadt CT", "CT"),
        ("CTQ77", "CTQ77 CT", "CT"),
    ],
)
def test_place_goes_but_not_its_everyday_words(
    place: str, text: str, left: str, strict: bool, clean: Clean
) -> None:
    assert clean(text, placed(place), strict=strict) == left


def test_titles_and_particles_are_no_names(clean: Clean) -> None:
    known = named("van der Quill^Ada^^Prof. Dr.^PhD")
    assert not {"van", "der", "prof", "dr", "phd"} & known.words.keys()


def test_empty_and_strange_values_are_nothing(clean: Clean) -> None:
    known = named("", "^^^^", "=", "\\", " ", "\x00")
    known.add_identifier("")
    known.add_identifier("--")
    known.add_place("\n,")
    assert clean("CT 3", known) == "CT 3"


def test_too_many_values_refuse() -> None:
    known = numbered(*(f"A{number:06}" for number in range(MAX_VALUES)))
    with pytest.raises(Refused):
        known.add_identifier("A999999")


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Quillfeather^Ada", "CT Quillf\u0435ather", "CT"),
        ("Quillfeather^Ada", "CT Quillfe\u03b1ther", "CT"),
        ("\u041f\u0435\u0442\u0440\u043e\u0432", "\u041a\u0422 \u041fe\u0442p\u043e\u0432", "\u041a\u0422"),
        ("Hope^Ada", "Xyzzy \u041d\u043e\u0440\u0435 3", "Xyzzy 3"),
        ("Long^Mark", "Mark Long LONG AXIS 2CH", "LONG AXIS 2CH"),
    ],
)
def test_name_goes_in_letters_that_look_like_its_own_and_a_term_behind_it_stays(
    name: str, text: str, left: str
) -> None:
    known = Known()
    known.add_name(name)
    assert Cleaner().clean(text, known, strict="Xyzzy" not in text, date=None, uid=str).text == left
