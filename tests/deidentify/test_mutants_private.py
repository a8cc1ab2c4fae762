"""Private blocks and declarations at their edges, where a mutation would move a border unseen."""

from __future__ import annotations

import struct

import pytest

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.parse import parse
from gateway.deidentify.private import PrivateRules, attribute_of, blocks
from gateway.deidentify.private_attribute import ILLEGAL_GROUPS, PrivateAttribute, PrivateRule, is_private
from gateway.deidentify.private_declaration import Declarations
from gateway.deidentify.profile import Profile
from gateway.errors import Refused

EXPLICIT = Encoding(implicit=False, little_endian=True)
MR = "SIEMENS MR HEADER"
B_VALUE = PrivateAttribute(0x0019, MR, 0x0C)
"""IS in the Standard's list."""
MAKER = "EXAMPLE MAKER 01"


def parsed(source):
    return parse(source, EXPLICIT), memoryview(source)


def test_private_groups_are_the_odd_ones_that_are_not_reserved():
    assert {1, 3, 5, 7, 0xFFFF} == ILLEGAL_GROUPS
    private = [group for group in range(0x10000) if is_private(group)]
    assert private == [group for group in range(9, 0xFFFF) if group % 2]


@pytest.mark.parametrize("number", [0x0001, 0x000F, 0x0010, 0x00FF, 0x0100, 0x1010])
def test_blocks_are_reserved_by_elements_10_to_ff(number, datasets):
    root, source = parsed(datasets.element(0x00190000 | number, "LO", MAKER))
    expected = {0x001900 | number: MAKER} if 0x10 <= number <= 0xFF else {}
    assert blocks(root.elements, source) == expected


def test_an_even_group_reserves_nothing(datasets):
    root, source = parsed(datasets.element(0x00180010, "LO", MAKER))
    assert blocks(root.elements, source) == {}


def test_an_element_is_told_by_group_creator_and_offset():
    reserved = {0x001910: "A", 0x0019FF: "B"}
    assert attribute_of(0x0019100C, reserved) == PrivateAttribute(0x0019, "A", 0x0C)
    assert attribute_of(0x0019FFFF, reserved) == PrivateAttribute(0x0019, "B", 0xFF)
    assert attribute_of(0x001A100C, reserved) is None


@pytest.mark.parametrize(("length", "stays"), [(1, True), (64, True), (66, False)])
def test_a_creator_has_up_to_64_characters(length, stays, datasets):
    root, source = parsed(datasets.element(0x00190010, "LO", "C" * length))
    assert bool(blocks(root.elements, source)) is stays


def plan(datasets, value, rules, vr="DS"):
    root, source = parsed(datasets.element(0x00190010, "LO", MR) + datasets.element(0x0019100C, vr, value))
    found = rules.plan(root, source, Declarations.of(root, source))
    return {element.tag: found[element.start] for element in root.elements if element.start in found}


def test_a_rule_of_the_site_keeps_its_own_vr_where_the_standards_list_has_another(datasets):
    rules = PrivateRules(retain_safe=True, site={B_VALUE: PrivateRule(Action.KEEP, "DS")})
    assert plan(datasets, "1.5", rules)[0x0019100C] == PrivateRule(Action.KEEP, "DS")
    assert plan(datasets, "15", rules, vr="IS") == {}


def test_declarations_are_not_trusted_unless_somebody_says_so():
    assert not PrivateRules(retain_safe=True)._trust


@pytest.mark.parametrize(("count", "declared"), [(1, True), (256, True), (257, False)])
def test_a_declaration_lists_as_many_elements_as_a_block_has(count, declared, datasets):
    offsets = struct.pack(f"<{count}H", *(index % 256 for index in range(count)))
    item = (
        datasets.element(0x00080301, "US", struct.pack("<H", 0x0019))
        + datasets.element(0x00080302, "LO", MAKER)
        + datasets.element(0x00080303, "CS", "MIXED")
        + datasets.element(0x00080304, "US", offsets)
    )
    declarations = Declarations.of(*parsed(datasets.sequence(0x00080300, item)))
    expected = Action.KEEP if declared else Action.REMOVE
    assert declarations.rule(PrivateAttribute(0x0019, MAKER, 0x00)).action is expected


def site(datasets, line, *options):
    header = "group,creator,element,vr,action,meaning\n"
    quoted = ", ".join(f'"{option}"' for option in options)
    text = f'base = "basic"\noptions = [{quoted}]\nprivate_attributes = ["list.csv"]\n'
    return Profile.load(text, "site.toml", lambda _: header + line + "\n")


def private_output(datasets, line, vr, value, *options, block=0x10, creator=MAKER):
    first = 0x00290000
    extra = {
        first | block: ("LO", creator),
        first | block << 8 | 0x05: (vr, value),
    }
    using = site(datasets, line, *options)
    return datasets.deidentify(datasets.image(extra), using=using).data_set.get((0x0029, block << 8 | 0x05))


@pytest.mark.parametrize("block", [0x10, 0xFF])
def test_a_creator_in_any_block_is_no_text_to_clean(block, datasets):
    line = f"0029,{MAKER},05,CS,K,mode"
    found = private_output(
        datasets, line, "CS", "FAST", "retain_safe_private", "clean_descriptors", block=block
    )
    assert found is not None
    assert found.value == "FAST"


def test_a_creator_that_names_the_patient_is_not_cleaned_but_goes_with_its_block(datasets):
    creator = f"{datasets.PATIENT_NAME.split('^')[0].upper()} 01"
    line, options = f"0029,{creator},05,CS,K,mode", ("retain_safe_private", "clean_descriptors")
    assert private_output(datasets, line, "CS", "FAST", *options, creator=creator) is None


def test_a_listed_number_stays_without_an_option_for_dates(datasets):
    found = private_output(datasets, f"0029,{MAKER},05,DS,K,factor", "DS", "1.5", "retain_safe_private")
    assert found.value == 1.5


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), None),
        (("retain_full_dates",), "20190417"),
    ],
)
def test_a_listed_date_follows_the_option_for_dates(options, expected, datasets):
    line = f"0029,{MAKER},05,DA,K,calibrated"
    found = private_output(datasets, line, "DA", "20190417", "retain_safe_private", *options)
    assert (found and found.value) == expected


def test_listed_text_is_cleaned_and_stays_without_an_option_for_dates(datasets):
    line = f"0029,{MAKER},05,LO,C,remark"
    found = private_output(datasets, line, "LO", "abdomen", "retain_safe_private", "clean_descriptors")
    assert found.value == "abdomen"


@pytest.mark.parametrize("keeps", [False, True])
def test_a_listed_uid_stays_only_where_uids_do(keeps, datasets):
    line = f"0029,{MAKER},05,UI,K,frame"
    options = ("retain_safe_private", *(("retain_uids",) if keeps else ()))
    found = private_output(datasets, line, "UI", "1.2.826.0.1.99.5.5", *options)
    assert (found.value == "1.2.826.0.1.99.5.5") is keeps


ITEM = b"\xfe\xff\0\xe0\x08\0\0\0" + b"\x10\0\x10\0\0\0\0\0"
"""An item with an empty Patient Name, in Implicit VR Little Endian."""


@pytest.mark.parametrize("looks", [False, True])
@pytest.mark.parametrize(
    ("tag", "value", "is_sequence"),
    [
        (0x00291005, ITEM, True),
        (0x00291005, b"", False),
        (0x00291005, b"ABCD" + ITEM[4:], False),
        (0x00291005, ITEM[:12], False),
        (0x00204000, ITEM, False),
        (0x7FE10010, ITEM, True),
    ],
)
def test_private_values_are_looked_into_where_somebody_asks_and_no_others(
    tag, value, is_sequence, looks, datasets
):
    source = datasets.element(tag, "UN", value) + datasets.element(0x7FE20010, "UN", b"")
    first, last = parse(source, EXPLICIT, private_sequences=looks).elements
    assert (first.items is not None) is (looks and is_sequence)
    assert (first.vr, first.end, last.tag) == (
        "SQ" if looks and is_sequence else "UN",
        last.start,
        0x7FE20010,
    )


@pytest.mark.parametrize("looks", [False, True])
def test_a_public_sequence_that_does_not_parse_is_refused_whoever_looks(looks, datasets):
    for vr in ("SQ", "UN"):
        source = datasets.element(0x0040A043, vr, ITEM[:12])
        with pytest.raises(Refused):
            parse(source, EXPLICIT, private_sequences=looks)
