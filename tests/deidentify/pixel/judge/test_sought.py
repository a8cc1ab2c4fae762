"""A value of the header is found however it is written, and with what engines get wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.pixel.judge.skeleton import errors, skeleton
from gateway.deidentify.pixel.judge.sought import MAX_TERMS, Hit, Sought
from gateway.deidentify.pixel.message import Ground, Kind, Term
from gateway.errors import Reason, Refused

NAME = Term(Kind.NAME, "Wolkenstein^Oswald Maria")
CONFUSED = {"o": "0QD", "i": "1l|", "l": "1I|", "s": "5", "b": "8", "z": "2", "g": "6", "m": ("rn",)}


def hit(text, *terms):
    return Sought(terms).hit(text)


@pytest.mark.parametrize(
    "text",
    """Wolkenstein|WOLKENSTEIN, O.|Oswald|O Wolkenstein|WOLKENSTEIN^OSWALD|OswaldWolkenstein|W0LKENSTE1N|
    Wolkenslein|Wolkens tein|W O L K E N S T E I N|wolkenstein oswald maria|WOLKENSTEINO|Oswa1d|MARIA|
    0swald|Wo1kenstain|LAT Wolkenstein AP""".replace("\n    ", "").split("|"),
)
def test_a_name_is_found(text):
    assert hit(text, NAME) is Hit.FULL


@pytest.mark.parametrize("text", ["LEFT KIDNEY", "MI 1.2", "SAG T2 TSE", "Mean 12.3 HU", "WALL", "OW", "OWM"])
def test_what_is_no_part_of_a_name_is_not_found(text):
    assert hit(text, NAME) is not Hit.FULL


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MARK^LONG", "MARK"),
        ("Black^Peter", "BLACK"),
        ("Long^Mary", "LONG AXIS"),
        ("Lat^R.", "R. Lat"),
        ("Lat^R.", "LAT"),
        ("Herz^Anna", "HERZ"),
        ("Müller^Jürgen", "MUELLER"),
        ("Müller^Jürgen", "Miiller"),
        ("Mueller^Juergen", "Müller"),
        ("O'Connor^Sean", "OCONNOR"),
        ("van der Berg^Piet", "v.d. Berg"),
        ("Li^Wei", "LI WEI"),
        ("Meyer-Schulz^Eva", "Meyer Schulz"),
        ("García López^José", "GARCIA LOPEZ"),
        ("Ng^Binh^Thi", "NG BINH"),
    ],
)
def test_a_name_that_is_a_clinical_word_or_has_accents_goes(name, text, ground_of):
    assert ground_of(text, Term(Kind.NAME, name)) is Ground.MATCH


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("19670312", form)
        for form in """12.03.1967|12.3.67|03/12/1967|3/12/67|1967-03-12|19670312|12-MAR-1967|Mar 12, 1967|
        12. März|12 mars 67|12 de marzo|marzo 12|12MAR67|120367|031267|12/03|03-12|12.03.|03/1967|1967|
        1967-03|67-03-12|l2.O3.1967|DOB 12.03|Mar 67|March 1967|0367|*12.3.""".replace(
            "\n        ", ""
        ).split("|")
    ],
)
def test_a_date_is_found_in_every_form(date, text, ground_of):
    assert ground_of(text, Term(Kind.DATE, date)) in (Ground.MATCH, Ground.PATTERN, Ground.CUE)


@pytest.mark.parametrize(
    "text", ["12.3 cm", "12.03 mm", "3.12 m/s", "MI 12.3", "Im: 12/40", "2/30", "Zoom 1.2"]
)
def test_a_measurement_is_no_date(text, ground_of):
    assert ground_of(text, Term(Kind.DATE, "19670312")) is Ground.CLINICAL


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.IDENTIFIER, "PAT-0047", "PAT 0047"),
        (Kind.IDENTIFIER, "4711", "4711"),
        (Kind.IDENTIFIER, "4711", "WW 4711"),
        (Kind.IDENTIFIER, "A-12-B", "A12B"),
        (Kind.IDENTIFIER, "00012345", "12345"),
        (Kind.IDENTIFIER, "SEXQ", "5EXQ"),
        (Kind.IDENTIFIER, "S8-0", "58-0"),
        (Kind.PLACE, "Röntgenpraxis am Tor", "ROENTGENPRAXIS TOR"),
        (Kind.PLACE, "St. Vinzenz Hospital\nMusterstadt", "Musterstadt"),
        (Kind.PLACE, "USROOM7", "US-ROOM 7"),
        (Kind.TIME, "190744.123", "1907"),
        (Kind.TIME, "190744", "19:07"),
        (Kind.AGE, "045Y", "45Y"),
        (Kind.TEXT, "Trauma Quirinsplatz", "QUIRINSPLATZ"),
    ],
)
def test_every_kind_of_value_is_found(kind, value, text, ground_of):
    assert ground_of(text, Term(kind, value)) in (Ground.MATCH, Ground.PATTERN)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.TEXT, "CT ABDOMEN", "ABDOMEN"),
        (Kind.PLACE, "Heart Center Chest Clinic", "HEART"),
        (Kind.IDENTIFIER, "1", "Im: 1"),
        (Kind.NAME, "Ott^Anna^Paula", "AP"),
    ],
)
def test_a_clinical_label_stays_beside_an_initial_or_a_clinical_value(kind, value, text, ground_of):
    assert ground_of(text, Term(kind, value)) is Ground.CLINICAL


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.IDENTIFIER, "12", "SE 12"),
        (Kind.IDENTIFIER, "777", "MI 0.8   777"),
        (Kind.IDENTIFIER, "L5", "L5"),
        (Kind.NAME, "Mi^Xu", "MI 1.2"),
        (Kind.NAME, "Okafor^Li", "LI"),
    ],
)
def test_a_word_that_is_a_short_value_of_the_header_is_no_proof(kind, value, text, ground_of):
    assert ground_of(text, Term(kind, value)) is not Ground.CLINICAL


words = st.sampled_from(
    """Wolkenstein Oswald Hartmann Lindqvist Okafor Bianchi Marković Dubois Sommer Hand Black Stone Long
    Kidney Lateral Müller Nowak Rossi Silva Gomes Ellis Boldizsar Zsolt""".split()
)


@st.composite
def misread(draw, text):
    """Return a text with letters taken for those they look like, and at most the errors that are allowed."""
    characters = [
        draw(st.sampled_from((*CONFUSED[letter.lower()], letter)))
        if letter.lower() in CONFUSED and draw(st.integers(0, 2)) == 0
        else letter
        for letter in text
    ]
    for _ in range(draw(st.integers(0, max(0, errors(len(skeleton(text).plain)) - 1)))):
        place = draw(st.integers(0, len(characters) - 1))
        if draw(st.booleans()):
            characters[place] = draw(st.sampled_from("aeknrtuvwx"))
        else:
            characters.insert(place, draw(st.sampled_from("aeknrtuvwx")))
    return "".join(characters)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), family=words, given_name=words)
def test_a_misread_name_never_stays(ground_of, data, family, given_name):
    written = data.draw(
        st.sampled_from((family, family.upper(), f"{family}, {given_name}", f"{given_name} {family}"))
    )
    text = " ".join(data.draw(misread(part)) for part in written.split(" "))
    assert ground_of(text, Term(Kind.NAME, f"{family}^{given_name}")) is not Ground.CLINICAL


@settings(max_examples=150, deadline=None)
@given(data=st.data(), number=st.from_regex(r"[A-Z]{0,3}[0-9]{4,9}", fullmatch=True))
def test_a_misread_number_never_stays(ground_of, data, number):
    text = "".join(
        data.draw(
            st.sampled_from({"0": "0O", "1": "1lI", "5": "5S", "8": "8B", "2": "2Z", "6": "6G"}.get(c, c))
        )
        for c in number
    )
    assert ground_of(text, Term(Kind.IDENTIFIER, number)) is not Ground.CLINICAL


def test_too_many_values_are_refused():
    with pytest.raises(Refused) as refused:
        Sought([Term(Kind.NAME, f"Name{number}") for number in range(MAX_TERMS + 1)])
    assert refused.value.reason is Reason.LIMIT


def test_a_value_of_any_length_is_taken():
    assert (
        hit("MI 1.2", Term(Kind.NAME, "^" * 5000 + "A" * 100_000), Term(Kind.PLACE, "\n" * 9999)) is Hit.NONE
    )
