"""Rules at their edges: groups, Types and options in which a mutation would change an action unseen."""

from __future__ import annotations

import pytest

from gateway.deidentify import ruling
from gateway.deidentify.action import Action, resolved
from gateway.deidentify.rule import Ground
from gateway.deidentify.ruling import Rulebook
from gateway.standard.attribute_type import attribute_type
from gateway.standard.dictionary import tag_of, vr_of

CT = "1.2.840.10008.5.1.4.1.1.2"


def of(datasets, tag, *options, path=()):
    return Rulebook(datasets.profile(options), CT).ruling(path, tag)


def foreign(tag):
    return attribute_type(CT, (), tag) is None


@pytest.mark.parametrize("tag", [0x00180024, 0x00180030, 0x00280050, 0x00280061, 0x00540018, 0x00540400])
def test_a_short_text_of_a_technical_group_stays_in_an_iod_that_does_not_have_it(tag, datasets):
    assert foreign(tag)
    assert vr_of(tag) in ("LO", "SH")
    assert of(datasets, tag).action is Action.KEEP
    assert of(datasets, tag).why == Ground.DEFAULT


@pytest.mark.parametrize("tag", [0x00200070, 0x00201020, 0x00400031, 0x00400255])
def test_other_text_of_an_iod_that_does_not_have_it_goes(tag, datasets):
    assert foreign(tag)
    assert of(datasets, tag).action is Action.REMOVE
    assert of(datasets, tag).why == Ground.FOREIGN


@pytest.mark.parametrize("tag", [0x00001000, 0x00001001, 0x00020003, 0x00041511])
def test_a_row_of_the_table_for_a_command_or_a_directory_says_nothing_of_a_data_set(tag, datasets):
    for path in ((), (tag_of("ReferencedStudySequence"),)):
        found = of(datasets, tag, path=path)
        assert (found.action, found.why) == (Action.REMOVE, Ground.UNKNOWN)


@pytest.mark.parametrize("keyword", ["EthnicGroup", "EthnicGroups"])
def test_a_characteristic_in_words_is_cleaned_of_what_is_known_where_text_is_cleaned(keyword, datasets):
    kept = of(datasets, tag_of(keyword), "retain_patient_characteristics")
    assert kept.action is Action.KEEP
    cleaned = of(datasets, tag_of(keyword), "retain_patient_characteristics", "clean_descriptors")
    assert cleaned.action is Action.CLEAN
    assert cleaned.is_text
    assert not cleaned.strict


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (0x50000010, Ground.GRAPHICS),
        (0x501E3000, Ground.GRAPHICS),
        (0x60003000, Ground.GRAPHICS),
        (0x60FE0010, Ground.GRAPHICS),
        (0x4FFE0010, Ground.UNKNOWN),
        (0x51000010, Ground.UNKNOWN),
        (0x5FFE0010, Ground.UNKNOWN),
        (0x61000010, Ground.UNKNOWN),
        (0x60010010, Ground.PRIVATE),
        (0x00090010, Ground.PRIVATE),
        (0x00080000, Ground.UNKNOWN),
        (0x00080001, Ground.UNKNOWN),
        (0x00200000, Ground.UNKNOWN),
    ],
    ids=lambda value: f"{value:08X}" if isinstance(value, int) else str(value),
)
def test_what_is_no_attribute_of_a_data_set_goes_for_its_own_reason(number, why, datasets):
    found = of(datasets, number)
    assert (found.action, found.why) == (Action.REMOVE, why)


def test_a_rulebook_remembers_no_more_than_its_bound(datasets, monkeypatch):
    monkeypatch.setattr(ruling, "_MAX_REMEMBERED", 8)
    book = Rulebook(datasets.profile(()), CT)
    for number in range(200):
        assert book.ruling((tag_of("ReferencedStudySequence"), number), tag_of("StationName")).vr == "SH"
        assert sum(map(len, book._remembered.values())) <= 9


@pytest.mark.parametrize(
    ("action", "expected"),
    [("X/Z", "XZ"), ("X/D", "XD"), ("Z/D", "ZD"), ("X/Z/D", "XZD"), ("X/Z/U*", "XUU"), ("D", "DD")],
)
def test_the_alternatives_of_an_action_go_by_the_type(action, expected):
    """Of a Type 3, a Type 2 and a Type 1 attribute; an action that ends before takes its last alternative."""
    tags = [tag_of(keyword) for keyword in ("StationName", "AccessionNumber", "StudyInstanceUID")]
    assert [attribute_type(CT, (), tag) for tag in tags] == ["3", "2", "1"]
    found = [resolved(action, CT, (), tag).value for tag in tags]
    assert found == [*{"XZ": "XZZ", "XD": "XDD", "ZD": "ZZD", "DD": "DDD"}.get(expected, expected)]


@pytest.mark.parametrize(
    ("keyword", "options", "fallback"),
    [
        ("DeviceUID", ("retain_uids",), Action.UID),
        ("DeviceUID", ("retain_device_identity",), Action.UID),
        ("ContextGroupVersion", ("retain_full_dates",), Action.DUMMY),
        ("CalibrationDateTime", ("retain_device_identity",), Action.EMPTY),
        ("AcquisitionFieldOfViewLabel", ("clean_descriptors",), Action.DUMMY),
        ("DeviceUID", (), Action.REMOVE),
        ("ContextGroupVersion", (), Action.REMOVE),
        ("AccessionNumber", (), Action.EMPTY),
        ("SOPInstanceUID", (), Action.DUMMY),
    ],
)
def test_a_value_that_an_option_cannot_leave_goes_as_without_it_and_else_by_the_type(
    keyword, options, fallback, datasets
):
    assert of(datasets, tag_of(keyword), *options).fallback is fallback


LISTED, UNLISTED = '(0019,"SIEMENS MR HEADER",0C)', '(0019,"EXAMPLE MAKER 01",0C)'


@pytest.mark.parametrize(
    ("options", "attribute", "weakened"),
    [
        (("retain_safe_private",), LISTED, ()),
        (("retain_safe_private",), UNLISTED, (UNLISTED,)),
        ((), LISTED, (LISTED,)),
        ((), UNLISTED, (UNLISTED,)),
    ],
)
def test_a_private_override_costs_a_claim_unless_the_option_keeps_the_attribute(
    options, attribute, weakened, datasets
):
    assert datasets.profile(options, f"'{attribute}' = \"K\"").weakened == weakened
    assert datasets.profile(options, f"'{attribute}' = \"X\"").weakened == ()


@pytest.mark.parametrize("action", ["Z", "D"])
@pytest.mark.parametrize("path", [(), ("ConceptNameCodeSequence",)])
def test_a_sequence_that_is_emptied_or_replaced_keeps_none_of_its_items(action, path, datasets):
    tag = tag_of("PersonIdentificationCodeSequence")
    code = datasets.element(0x00080100, "SH", "P-7") + datasets.element(0x00080104, "LO", "Zillbauer")
    values = {tag: datasets.sequence(tag, code, code)}
    for keyword in path:
        values = {tag_of(keyword): datasets.sequence(tag_of(keyword), datasets.encoded(values))}
    using = datasets.profile((), f'"PersonIdentificationCodeSequence" = "{action}"')
    output = datasets.deidentify(datasets.image(values), using=using)
    assert not output.has("Zillbauer")
    assert not output.has("P-7")
    holder = output.data_set
    for keyword in path:
        holder = holder[keyword].value[0]
    meanings = [item.CodeMeaning for item in holder.PersonIdentificationCodeSequence]
    assert meanings == {"Z": [], "D": ["Removed"]}[action]
