"""Values at their limits: what a mutation of a length, a size or a dummy would change unseen."""

from __future__ import annotations

import struct

import pytest

from gateway.deidentify.action import Action
from gateway.deidentify.birth_date import numbers_of_date, spelled
from gateway.deidentify.character_set import character_set
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.descriptor.token import Cleaned
from gateway.deidentify.dummy import DUMMY_ITEM, dummy_value
from gateway.deidentify.file_meta import file_meta
from gateway.deidentify.free_text import FreeText
from gateway.deidentify.lexical import MAX_CODE_STRING, fits, most_bytes
from gateway.deidentify.parse import parse
from gateway.deidentify.patient import (
    MAX_IDENTIFIER,
    PatientIdentity,
    accession_pseudonym,
    ae_title_pseudonym,
    normalised,
    patient_pseudonym,
    study_id_pseudonym,
)
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.replacement import Replacer
from gateway.deidentify.temporal import capped_age, is_datetime
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import keyword_of, tag_of

LITTLE, BIG = Encoding(implicit=False, little_endian=True), Encoding(implicit=False, little_endian=False)
SIZES = {
    "AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8,
    "OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8, "OB": 1,
}  # fmt: skip
NUMBERS = ("AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV")
ASCII = character_set((), "")


@pytest.mark.parametrize("vr", SIZES)
def test_a_binary_value_is_kept_as_a_whole_number_of_its_numbers_only(vr):
    accepted = [length for length in range(1, 25) if fits(bytes(length), vr, vr)]
    assert accepted == [length for length in range(1, 25) if length % SIZES[vr] == 0]


@pytest.mark.parametrize("vr", SIZES)
def test_numbers_are_bounded_by_their_multiplicity_and_bytes_are_not(vr):
    assert most_bytes(vr, 3) == (3 * SIZES[vr] if vr in NUMBERS else None)
    assert most_bytes(vr, None) is None


def test_a_code_is_bounded_in_each_of_its_values():
    longest = b"A" * MAX_CODE_STRING
    assert fits(longest, "CS", "CS")
    assert fits(longest + b"\\" + longest, "CS", "CS")
    assert not fits(b"YES\\" + longest + b"B", "CS", "CS")
    assert fits(longest + b"B", "LO", "LO")


@pytest.mark.parametrize("encoding", [LITTLE, BIG])
@pytest.mark.parametrize("vr", NUMBERS)
def test_the_dummy_of_a_number_is_a_single_zero(vr, encoding):
    assert dummy_value(tag_of("Rows"), vr, encoding) == bytes(SIZES[vr])


def test_the_dummy_of_a_fill_pattern_is_solid():
    assert dummy_value(tag_of("FillPattern"), "OB", LITTLE) == b"\xff" * 128


@pytest.mark.parametrize("encoding", [LITTLE, BIG])
def test_the_annotation_that_stands_for_others_is_one_point_in_the_corner(encoding):
    source = DUMMY_ITEM[tag_of("GraphicAnnotationSequence")](encoding)
    (point,) = parse(source, encoding).find(tag_of("GraphicObjectSequence")).items
    order = "<" if encoding.little_endian else ">"

    def numbers(keyword, code):
        element = point.find(tag_of(keyword))
        return struct.unpack(order + code, source[element.value : element.end])

    assert numbers("GraphicDimensions", "H") == (2,)
    assert numbers("NumberOfGraphicPoints", "H") == (1,)
    assert numbers("GraphicData", "2f") == (0.0, 0.0)


@pytest.mark.parametrize("encoding", [LITTLE, BIG])
def test_the_waveform_annotation_that_stands_for_others_is_about_the_first_group(encoding):
    source = DUMMY_ITEM[tag_of("WaveformAnnotationSequence")](encoding)
    channels = parse(source, encoding).find(tag_of("ReferencedWaveformChannels"))
    order = "<" if encoding.little_endian else ">"
    assert struct.unpack(order + "2H", source[channels.value : channels.end]) == (1, 0)


def test_the_file_meta_fits_its_vrs():
    meta = file_meta("1.2.3", "1.2.4", "1.2.840.10008.1.2.1")
    assert meta[:132] == bytes(128) + b"DICM"
    root = parse(meta[132:], LITTLE)
    name = root.find(0x00020013)
    assert 0 < name.end - name.value <= 16
    group_length = root.find(0x00020000)
    assert struct.unpack("<L", meta[132:][group_length.value : group_length.end]) == (len(meta) - 144,)


def test_an_identifier_is_read_up_to_its_limit():
    assert len(normalised("7" * MAX_IDENTIFIER)) == MAX_IDENTIFIER == 1024
    with pytest.raises(Refused) as refused:
        normalised("7" * (MAX_IDENTIFIER + 1))
    assert refused.value.reason is Reason.LIMIT


def test_the_first_year_of_the_calendar_is_a_datetime():
    """A version of a vocabulary is checked and not moved, so nothing leaves the calendar."""
    assert is_datetime("0001")
    assert is_datetime("00010101")


@pytest.mark.parametrize(
    ("age", "expected"), [("089Y", "089Y"), ("090Y", "090Y"), ("091Y", "090Y"), ("999M", "999M")]
)
def test_ages_of_ninety_years_are_one_group(age, expected):
    assert capped_age(age) == expected


class Lengthening:
    """A cleaner that makes text as long as it is told, unless UIDs are to go."""

    def __init__(self, length):
        self.length = length

    def clean(self, text, known, *, strict, date, uid):
        return Cleaned("a" * self.length if uid("1.2") else "short", ())


def left(cleaner, raw, vr):
    """Return the encoded text that is left of an Image Comments of that VR."""
    text = FreeText(cleaner, Known, None, lambda _: "2.25.1")
    return text.cleaned(raw, tag_of("ImageComments"), vr, ASCII, strict=False)[0]


@pytest.mark.parametrize(("vr", "longest"), [("LO", 64), ("LT", 10240), ("SH", 16), ("ST", 1024)])
def test_a_replacement_that_makes_text_too_long_for_its_vr_goes(vr, longest):
    def after(length, original=b"1.2"):
        return left(Lengthening(length), original, vr)

    assert after(longest) == b"a" * longest
    assert after(longest + 1) == b"short"
    # What came too long may stay as long.
    assert after(longest + 5, b"b" * (longest + 5)) == b"a" * (longest + 5)
    assert after(longest + 6, b"b" * (longest + 5)) == b"short"


class Listening(Lengthening):
    """A cleaner that takes note of the texts that it is given."""

    def __init__(self):
        super().__init__(1)
        self.heard = []

    def clean(self, text, known, **how):
        self.heard.append(text)
        return super().clean(text, known, **how)


@pytest.mark.parametrize(
    ("vr", "values"),
    [("LO", 2), ("SH", 2), ("UC", 2), ("LT", 1), ("ST", 1), ("UT", 1)],
)
def test_a_backslash_parts_values_where_there_may_be_several(vr, values):
    cleaner = Listening()
    left(cleaner, b"one\\two", vr)
    assert cleaner.heard == (["one", "two"] if values == 2 else ["one\\two"])


def test_text_without_a_limit_of_its_own_does_not_grow():
    assert left(Lengthening(5), b"1.2", "UT") == b"short"


KEY = PseudonymKey(bytes(range(32)))
KEYED = ("PatientID", "PatientName", "AccessionNumber", "StudyID")


def replaced(keyword, original, action, vr="LO"):
    identity = PatientIdentity.of("PAT-1", "", "1.2.3")
    replacer = Replacer(KEY, "P", identity, "1.2.3")
    return replacer.value(tag_of(keyword), vr, original, action, LITTLE, ASCII), replacer


@pytest.mark.parametrize("action", [Action.EMPTY, Action.DUMMY])
@pytest.mark.parametrize("keyword", KEYED)
def test_an_identifier_is_replaced_by_its_pseudonym_whether_it_may_be_empty_or_not(keyword, action):
    value, replacer = replaced(keyword, b"PAT-1 ", action)
    expected = {
        "PatientID": replacer.pseudonym,
        "PatientName": replacer.pseudonym,
        "AccessionNumber": accession_pseudonym(KEY, "PAT-1"),
        "StudyID": study_id_pseudonym(KEY, "PAT-1", "1.2.3"),
    }
    assert value.decode() == expected[keyword]


@pytest.mark.parametrize("keyword", ["AccessionNumber", "StudyID"])
def test_a_number_that_is_empty_stays_so_unless_it_may_not(keyword):
    assert replaced(keyword, b"", Action.EMPTY)[0] == b""
    assert replaced(keyword, b"", Action.DUMMY)[0] == b"REMOVED"


def test_an_ae_title_has_a_pseudonym_that_fits_one():
    one, other = (ae_title_pseudonym(KEY, title) for title in ("CT1 ", "CT2"))
    assert one == ae_title_pseudonym(KEY, "CT1") != other
    assert len(one) == 15
    assert one.startswith("AE")
    assert one.isalnum()


def test_another_patient_has_a_pseudonym_of_his_own():
    value, replacer = replaced("PatientID", b"PAT-2", Action.EMPTY)
    assert value.decode() != replacer.pseudonym
    other = PatientIdentity.of("PAT-2", "", "1.2.3")
    assert value.decode() == patient_pseudonym(KEY, other, "P")


def test_an_attribute_without_a_pseudonym_is_emptied_or_gets_a_dummy():
    assert replaced("StationName", b"ROOM 7", Action.EMPTY)[0] == b""
    assert replaced("StationName", b"ROOM 7", Action.DUMMY)[0] == b"REMOVED"
    assert replaced("StationName", b"ROOM 7", Action.KEEP)[0] is None
    assert replaced("DeviceUID", b"1.2.9", Action.DUMMY, "UI")[0].startswith(b"2.25.")


MONTHS = "january february march april may june july august september october november december".split()


@pytest.mark.parametrize(("number", "month"), [*enumerate(MONTHS, 1)])
def test_a_birth_date_is_looked_for_in_words(number, month):
    found = set(spelled(f"1947{number:02}03"))
    words = {
        form.format(month=word)
        for word in (month, month[:3])
        for form in (
            "03-{month}-1947",
            "{month}-03-1947",
            "1947-{month}-03",
            "3-{month}-1947",
            "{month}-3-1947",
        )
    }
    orders = {
        "{y}-{m:02}-03",
        "03-{m:02}-{y}",
        "{m:02}-03-{y}",
        "03-{m:02}-47",
        "{m:02}-03-47",
        "47-{m:02}-03",
    }
    digits = {form.format(y=1947, m=number) for form in orders} | {f"3-{number}-1947", f"{number}-3-1947"}
    assert found == words | digits


@pytest.mark.parametrize("month", ["00", "13"])
def test_a_birth_date_of_no_month_has_no_words(month):
    assert not any(letter.isalpha() for form in spelled(f"1947{month}03") for letter in form)


def test_a_birth_date_is_looked_for_as_a_number_in_every_order():
    assert numbers_of_date("19470203") == ["19470203", "3021947", "2031947"]
    for other in ("", "1947", "1947-02-03", "00000000", "194702030"):
        assert numbers_of_date(other) == spelled(other) == []


PERSON = {"InstitutionName", "PersonIdentificationCodeSequence"}
CODE = {"CodeValue", "CodingSchemeDesignator", "CodeMeaning"}
DUMMIES = {
    "PersonIdentificationCodeSequence": CODE,
    "InstitutionCodeSequence": CODE,
    "ConceptCodeSequence": CODE,
    "OperatorIdentificationSequence": PERSON,
    "VerifyingObserverSequence": {
        "VerifyingOrganization",
        "VerificationDateTime",
        "VerifyingObserverName",
        "VerifyingObserverIdentificationCodeSequence",
    },
    "ContentSequence": {"RelationshipType", "ValueType", "ConceptNameCodeSequence", "TextValue"},
    "GraphicAnnotationSequence": {"GraphicLayer", "GraphicObjectSequence"},
    "WaveformAnnotationSequence": {"ReferencedWaveformChannels", "UnformattedTextValue"},
}
"""What PS3.3 asks of an item, of Type 1 and 2."""


@pytest.mark.parametrize("encoding", [LITTLE, BIG, Encoding(implicit=True, little_endian=True)])
@pytest.mark.parametrize("keyword", DUMMIES)
def test_the_item_that_stands_for_others_has_what_its_macro_asks_for(keyword, encoding):
    found = parse(DUMMY_ITEM[tag_of(keyword)](encoding), encoding)
    assert {keyword_of(element.tag) for element in found.elements} == DUMMIES[keyword]
    assert set(DUMMY_ITEM) == set(map(tag_of, DUMMIES))
