"""Private elements: known by creator and offset, never by block number (PS3.5 7.8.1, PS3.15 E.3.10)."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.parse import parse
from gateway.deidentify.private import SAFE, PrivateRules, attribute_of, blocks
from gateway.deidentify.private_attribute import PrivateAttribute, PrivateRule, is_private
from gateway.deidentify.private_declaration import Declarations
from gateway.standard.safe_private import ROWS

FORMS = {
    "explicit": Encoding(implicit=False, little_endian=True),
    "implicit": Encoding(implicit=True, little_endian=True),
    "big endian": Encoding(implicit=False, little_endian=False),
}
MR = "SIEMENS MR HEADER"
PHILIPS = "Philips Imaging DD 001"
B_VALUE = PrivateAttribute(0x0019, MR, 0x0C)
"""IS in the Standard's list."""
SAFE_ONLY = PrivateRules(retain_safe=True)
VALUE = {
    "AT": b"\x28\0\x10\0", "CS": b"YES ", "DS": b"0.5 ", "FD": bytes(8), "FL": bytes(4), "IS": b"12",
    "LO": b"Fast", "LT": b"done", "OB": b"\1\2", "OB or OW": b"\1\2", "OW": b"\1\2", "SH": b"1.375:1 ",
    "SL": bytes(4), "SS": bytes(2), "ST": b"mm", "UI": b"1.2.826.0.1.99.7\0", "UL": bytes(4),
    "US": bytes(2), "": bytes(8), "DA": b"20010203", "TM": b"1200", "DT": b"20010203", "AS": b"045Y",
    "PN": b"Wolkenstein^Oswald", "UT": b"free text ",
}  # fmt: skip


@pytest.fixture(scope="module")
def private(datasets):
    """Write private elements, and plan what becomes of them."""

    def creator(group, block, name, form="explicit", vr="LO"):
        return element(group << 16 | block, vr, name, form)

    def element(tag, vr, value, form="explicit"):
        return datasets.element(tag, vr, value, implicit=form == "implicit", big=form == "big endian")

    def sequence(tag, *items, form="explicit", **settings):
        how = {"implicit": form == "implicit", "big": form == "big endian", **settings}
        return datasets.sequence(tag, *items, **how)

    def plan(data_set, form="explicit", rules=SAFE_ONLY, **settings):
        root = parse(data_set, FORMS[form], private_sequences=True)
        declared = Declarations.of(root, memoryview(data_set))
        return planned(root, data_set, rules, declared, **settings)

    def planned(data_set, source, rules=SAFE_ONLY, declared=None, **settings):
        found = rules.plan(data_set, memoryview(source), declared, **settings)
        tags = {element.start: element.tag for element in data_set.elements}
        assert set(found) <= set(tags)
        return {tags[start]: rule for start, rule in found.items()}

    def row(row, form="explicit", block=0x10, vr=None):
        """Write a row of the table in a block, with a value that it may have."""
        first = (row.group << 16 | block) & 0xFFFF0000
        tag = first | block << 8 | row.offset
        head = creator(row.group, block, row.creator, form)
        if row.vr == "SQ":
            return tag, head + sequence(tag, b"", form=form)
        written = vr or {"": "FD", "OB or OW": "OW"}.get(row.vr, row.vr)
        return tag, head + element(tag, written, VALUE[row.vr], form)

    return SimpleNamespace(
        creator=creator, element=element, sequence=sequence, plan=plan, planned=planned, row=row
    )


def b_value(private, form="explicit", block=0x10, creator=MR, value="50", vr="IS"):
    head = private.creator(0x0019, block, creator, form) if creator else b""
    return head + private.element(0x00190000 | block << 8 | 0x0C, vr, value, form)


def name_of(row):
    return f"{row.group:04X}-{row.creator}-{row.offset:02X}"


# Every row of the table


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_stays_with_its_creator_under_the_option_and_goes_without(row, form, private):
    tag, data_set = private.row(row, form)
    plan = private.plan(data_set, form)
    assert private.plan(data_set, form, PrivateRules(retain_safe=False)) == {}
    if not row.vr and form == "implicit":
        # Nobody says what the bytes are.
        assert plan == {}
        return
    assert list(plan) == [tag, row.group << 16 | 0x10]
    expected = Action.UID if row.vr == "UI" else Action.KEEP
    unknown = {"": "FD", "OB or OW": "OB" if form == "implicit" else "OW"}
    assert plan[tag] == PrivateRule(expected, unknown.get(row.vr, row.vr))
    assert plan[row.group << 16 | 0x10] == PrivateRule(Action.KEEP, "LO")


@pytest.mark.parametrize("block", [0x11, 0x7F, 0xFF])
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_stays_in_whatever_block_its_creator_reserves(row, block, private):
    tag, data_set = private.row(row, block=block)
    assert tag in private.plan(data_set)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_a_row_goes_without_its_creator_or_with_another(row, private):
    _, data_set = private.row(row)
    other = {one.creator for one in ROWS if (one.group, one.offset) == (row.group, row.offset)}
    foreign = next(one.creator for one in ROWS if one.creator not in other)
    root = parse(data_set, FORMS["explicit"])
    bare = data_set[root.elements[1].start :]
    assert private.plan(bare) == {}
    assert private.plan(private.creator(row.group, 0x10, foreign) + bare) == {}
    assert private.plan(private.creator(row.group, 0x11, row.creator) + bare) == {}
    assert private.plan(private.creator(row.group, 0x10, row.creator + "X") + bare) == {}


@pytest.mark.parametrize("form", ["explicit", "big endian"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.vr], ids=name_of)
def test_a_row_in_vr_un_is_judged_by_the_vr_of_the_list(row, form, private):
    if row.vr == "SQ":
        tag = row.group << 16 | 0x1000 | row.offset
        inner = private.element(0x00080104, "LO", "Chest", "implicit")
        data_set = private.creator(row.group, 0x10, row.creator, form)
        data_set += private.sequence(tag, inner, form=form, vr="UN")
    else:
        tag, data_set = private.row(row, form, vr="UN")
    assert private.plan(data_set, form)[tag].vr == row.vr[:2]


@pytest.mark.parametrize("row", [row for row in ROWS if row.vr not in ("", "SQ", "LT")], ids=name_of)
def test_a_row_of_another_vr_than_the_list_goes(row, private):
    _, data_set = private.row(row, vr="LT")
    assert private.plan(data_set) == {}


def test_a_private_element_goes_under_the_basic_profile(datasets):
    block = datasets.element(0x00190010, "LO", MR) + datasets.element(0x0019100C, "IS", "4711")
    assert not datasets.deidentify(datasets.image({0x00190010: block})).has(b"4711")


@pytest.mark.parametrize("vr", ["FD", "FL", "DS", "IS", "SL", "US"])
@pytest.mark.parametrize("row", [row for row in ROWS if not row.vr], ids=name_of)
def test_a_row_without_a_vr_stays_as_a_number_that_the_data_set_declares(row, vr, private):
    tag = row.group << 16 | 0x1000 | row.offset
    data_set = private.creator(row.group, 0x10, row.creator)
    assert private.plan(data_set + private.element(tag, vr, VALUE[vr]))[tag].vr == vr


@pytest.mark.parametrize("vr", ["UN", "LO", "SH", "OB", "CS", "UI", "DA", "PN"])
@pytest.mark.parametrize("row", [row for row in ROWS if not row.vr], ids=name_of)
def test_a_row_without_a_vr_goes_as_anything_else(row, vr, private):
    tag = row.group << 16 | 0x1000 | row.offset
    data_set = private.creator(row.group, 0x10, row.creator) + private.element(tag, vr, b"12")
    assert private.plan(data_set) == {}


# Creators and blocks


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("padded", [MR + " ", " " + MR, "  " + MR + "  ", MR + "\0", MR + " " * 47])
def test_a_creator_is_compared_without_its_padding(padded, form, private):
    assert 0x0019100C in private.plan(b_value(private, form, creator=padded), form)


@pytest.mark.parametrize(
    "creator",
    [
        "", " ", "\\", MR + "\\", MR + "\\" + MR, "\\" + MR, MR.lower(), MR.title(), MR[:-1],
        MR + " " * 48, MR.replace(" ", "  "), MR + "\t", MR + " Wolkenstein^Oswald",
    ],
)  # fmt: skip
def test_a_creator_that_is_not_exactly_one_of_the_list_reserves_nothing(creator, private):
    assert private.plan(b_value(private, creator=creator)) == {}


@pytest.mark.parametrize("raw", [MR.encode() + b"\xe4 ", MR.encode("utf-16-le"), b"\xff" * 16])
def test_a_creator_outside_of_ascii_reserves_nothing(raw, private):
    assert private.plan(b_value(private, creator=raw)) == {}


@pytest.mark.parametrize("vr", ["SH", "CS", "LT", "OB", "PN", "UT"])
def test_a_creator_that_is_no_lo_reserves_nothing(vr, private):
    data_set = private.creator(0x0019, 0x10, MR, vr=vr) + private.element(0x0019100C, "IS", "50")
    assert private.plan(data_set) == {}


def test_a_creator_in_vr_un_reserves_its_block(private):
    data_set = private.creator(0x0019, 0x10, MR, vr="UN") + private.element(0x0019100C, "IS", "50")
    assert sorted(private.plan(data_set)) == [0x00190010, 0x0019100C]


def test_a_creator_that_is_a_sequence_reserves_nothing(private):
    item = private.element(0x00080104, "LO", MR)
    data_set = private.sequence(0x00190010, item) + private.element(0x0019100C, "IS", "50")
    assert private.plan(data_set) == {}


def test_a_creator_stays_only_with_an_element_of_its_block(private):
    alone = private.creator(0x0019, 0x10, MR)
    assert private.plan(alone) == {}
    unlisted = alone + private.element(0x001910FF, "IS", "50")
    assert private.plan(unlisted) == {}
    unfit = alone + private.element(0x0019100C, "IS", "Oswald")
    assert private.plan(unfit) == {}


def test_one_creator_may_reserve_two_blocks(private):
    data_set = (
        private.creator(0x0019, 0x10, MR)
        + private.creator(0x0019, 0x20, MR)
        + private.element(0x0019100C, "IS", "50")
        + private.element(0x0019200C, "IS", "60")
    )
    assert sorted(private.plan(data_set)) == [0x00190010, 0x00190020, 0x0019100C, 0x0019200C]


def test_of_two_creators_each_has_its_own_block(private):
    data_set = (
        private.creator(0x0019, 0x10, "Wolkenstein^Oswald")
        + private.creator(0x0019, 0x11, MR)
        + private.element(0x0019100C, "IS", "50")
        + private.element(0x0019110C, "IS", "60")
    )
    assert sorted(private.plan(data_set)) == [0x00190011, 0x0019110C]


def test_a_creator_reserves_nothing_in_another_group(private):
    data_set = private.creator(0x0019, 0x10, MR) + private.element(0x0021100C, "IS", "50")
    assert private.plan(data_set) == {}


def test_order_of_the_elements_does_not_matter(private):
    data_set = private.element(0x0019100C, "IS", "50") + private.creator(0x0019, 0x10, MR)
    assert sorted(private.plan(data_set)) == [0x00190010, 0x0019100C]


@pytest.mark.parametrize("tag", [0x00190000, 0x00190001, 0x0019000C, 0x0019000F, 0x0019010C, 0x00190F0C])
def test_elements_below_the_blocks_go(tag, private):
    data_set = private.element(tag, "LO", MR) + b_value(private)
    assert sorted(private.plan(data_set)) == [0x00190010, 0x0019100C]


@pytest.mark.parametrize("block", [0x00, 0x01, 0x0F])
def test_blocks_below_the_first_one_cannot_be_reserved(block, private):
    assert private.plan(b_value(private, block=block)) == {}


@pytest.mark.parametrize("group", [0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF, 0x0018, 0x0000])
def test_groups_that_are_not_private_are_not_planned(group, private):
    attribute = PrivateAttribute(group, MR, 0x0C)
    rules = PrivateRules(retain_safe=True, site={attribute: PrivateRule(Action.KEEP, "LO")})
    tag = group << 16 | 0x100C
    data_set = private.creator(group, 0x10, MR) + private.element(tag, "LO", "Chest")
    assert not is_private(group)
    assert private.plan(data_set, rules=rules) == {}


def test_the_attribute_of_an_element_is_told_for_people_to_read(private):
    data_set = b_value(private, block=0x42)
    root = parse(data_set, FORMS["explicit"])
    reserved = blocks(root.elements, memoryview(data_set))
    assert attribute_of(0x0019420C, reserved) == B_VALUE
    assert attribute_of(0x00190042, reserved) is None
    assert attribute_of(0x0019430C, reserved) is None
    assert str(B_VALUE) == '(0019,"SIEMENS MR HEADER",0C)'


# Sequences


@pytest.mark.parametrize("form", FORMS)
def test_the_elements_of_an_item_go_by_the_creators_of_the_item(form, private):
    sequence, inside, outside = 0x2001105F, 0x2001102D, 0x20011132
    without = private.element(inside, "SS", bytes(2), form)
    item = private.creator(0x2001, 0x10, PHILIPS, form) + without
    other = private.creator(0x2001, 0x11, PHILIPS, form) + private.element(outside, "FL", bytes(4), form)
    data_set = private.creator(0x2001, 0x10, PHILIPS, form)
    data_set += private.sequence(sequence, item, without, other, form=form)
    root = parse(data_set, FORMS[form], private_sequences=True)
    assert private.planned(root, data_set)[sequence] == PrivateRule(Action.KEEP, "SQ")
    first, second, third = (private.planned(item, data_set) for item in root.find(sequence).items)
    assert sorted(first) == [0x20010010, inside]
    assert second == {}
    assert sorted(third) == [0x20010011, outside]


@pytest.mark.parametrize("form", FORMS)
def test_private_elements_in_an_item_of_a_standard_sequence_are_planned(form, private):
    data_set = private.sequence(0x0040A043, b_value(private, form), form=form)
    root = parse(data_set, FORMS[form], private_sequences=True)
    (item,) = root.elements[0].items
    assert private.planned(root, data_set) == {}
    assert sorted(private.planned(item, data_set)) == [0x00190010, 0x0019100C]


def test_a_listed_sequence_that_does_not_parse_goes_and_an_empty_one_stays(private):
    head = private.creator(0x2001, 0x10, PHILIPS, "implicit")
    for junk in (b"Wolkenstein^Oswald", b"\xfe\xff\0\xe0\4\0\0\0ab", b"\0\0"):
        data_set = head + private.element(0x2001105F, "SQ", junk, "implicit")
        assert private.plan(data_set, "implicit") == {}
    empty = head + private.element(0x2001105F, "SQ", b"", "implicit")
    assert private.plan(empty, "implicit")[0x2001105F] == PrivateRule(Action.KEEP, "SQ")


def test_items_where_the_list_has_a_value_go(private):
    data_set = private.creator(0x0019, 0x10, MR) + private.sequence(0x0019100C, b"", vr="UN")
    assert private.plan(data_set) == {}
    data_set = private.creator(0x7FD1, 0x10, "SIEMENS Ultrasound SC2000")
    data_set += private.sequence(0x7FD11010, b"", vr="UN")
    assert private.plan(data_set) == {}


def test_encapsulated_fragments_in_a_private_element_go(datasets, private):
    data_set = private.creator(0x7FD1, 0x10, "SIEMENS Ultrasound SC2000")
    data_set += datasets.fragments(b"\1\2", tag=0x7FD11010)
    assert private.plan(data_set) == {}


# Values


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("attribute", "vr", "value"),
    [
        (B_VALUE, "IS", b"Oswald"),
        (PrivateAttribute(0x2001, PHILIPS, 0x83), "DS", b"PAT-7788"),
        (PrivateAttribute(0x2001, PHILIPS, 0x01), "FL", b"Osw"),
        (PrivateAttribute(0x2001, PHILIPS, 0x01), "FL", b"Oswald"),
        (PrivateAttribute(0x2001, PHILIPS, 0x4F), "FD", b"Oswald von W"),
        (PrivateAttribute(0x2001, PHILIPS, 0x06), "CS", b"Oswald von Wolkenstein, Schoeneck"),
        (PrivateAttribute(0x0099, "NQHeader", 0x02), "UI", b"Oswald"),
    ],
)
def test_a_value_that_its_vr_does_not_allow_goes(attribute, vr, value, form, private, datasets):
    tag = attribute.group << 16 | 0x1000 | attribute.offset
    how = {"implicit": form == "implicit", "big": form == "big endian"}
    for written in (vr, "UN"):
        head = private.creator(attribute.group, 0x10, attribute.creator, form)
        assert private.plan(head + datasets.unpadded(tag, written, value, **how), form) == {}


def test_a_value_with_a_blank_vr_is_judged_by_the_list(private, datasets):
    blank = struct.pack("<HH2sH", 0x0019, 0x100C, b"  ", 2) + b"50"
    data_set = private.creator(0x0019, 0x10, MR) + blank
    assert private.plan(data_set)[0x0019100C] == PrivateRule(Action.KEEP, "IS")


@pytest.mark.parametrize(
    ("vr", "action"),
    [
        ("UI", Action.UID), ("DA", Action.CLEAN), ("DT", Action.CLEAN), ("TM", Action.CLEAN),
        ("AS", Action.CLEAN), ("LO", Action.KEEP), ("UT", Action.KEEP), ("OB", Action.KEEP),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", FORMS)
def test_what_is_replaced_everywhere_is_replaced_in_private_elements_too(vr, action, form, private):
    rules = PrivateRules(retain_safe=False, site={B_VALUE: PrivateRule(Action.KEEP, vr)})
    data_set = b_value(private, form, value=VALUE[vr], vr=vr)
    assert private.plan(data_set, form, rules)[0x0019100C] == PrivateRule(action, vr)


@pytest.mark.parametrize(
    ("vr", "stays"), [("DA", False), ("DT", False), ("TM", False), ("AS", True), ("IS", True)]
)
def test_without_an_option_for_them_dates_go_and_take_their_creator_along(vr, stays, private):
    rules = PrivateRules(retain_safe=False, site={B_VALUE: PrivateRule(Action.KEEP, vr)}, keep_dates=False)
    plan = private.plan(b_value(private, value=VALUE[vr], vr=vr), rules=rules)
    assert sorted(plan) == ([0x00190010, 0x0019100C] if stays else [])


def test_a_dummy_date_stays_without_an_option_for_dates(private):
    rules = PrivateRules(retain_safe=False, site={B_VALUE: PrivateRule(Action.DUMMY, "DA")}, keep_dates=False)
    plan = private.plan(b_value(private, value=VALUE["DA"], vr="DA"), rules=rules)
    assert plan[0x0019100C] == PrivateRule(Action.DUMMY, "DA")


@pytest.mark.parametrize("action", [Action.KEEP, Action.DUMMY, Action.EMPTY, Action.CLEAN, Action.UID])
def test_the_name_of_a_person_goes_whatever_the_rules_say(action, private):
    rules = PrivateRules(retain_safe=False, site={B_VALUE: PrivateRule(action, "PN")})
    assert private.plan(b_value(private, value=VALUE["PN"], vr="PN"), rules=rules) == {}
    anything = PrivateRules(retain_safe=False, site={B_VALUE: PrivateRule(action)})
    assert private.plan(b_value(private, value=VALUE["PN"], vr="PN"), rules=anything) == {}


# Precedence


def test_the_site_decides_before_the_standard(private):
    dropped = PrivateRules(retain_safe=True, site={B_VALUE: PrivateRule(Action.REMOVE)})
    assert private.plan(b_value(private), rules=dropped) == {}
    dummy = PrivateRules(retain_safe=True, site={B_VALUE: PrivateRule(Action.DUMMY)})
    assert private.plan(b_value(private), rules=dummy)[0x0019100C] == PrivateRule(Action.DUMMY, "IS")


def test_an_override_decides_before_the_site(private):
    rules = PrivateRules(retain_safe=True, site={B_VALUE: PrivateRule(Action.REMOVE)})
    overrides = {B_VALUE: PrivateRule(Action.KEEP)}
    plan = private.plan(b_value(private, "implicit"), "implicit", rules, overrides=overrides)
    assert plan[0x0019100C] == PrivateRule(Action.KEEP, "IS")


def test_a_site_rule_without_a_vr_takes_the_one_that_the_data_set_says(private):
    attribute = PrivateAttribute(0x0019, "EXAMPLE MAKER 01", 0x0C)
    rules = PrivateRules(retain_safe=False, site={attribute: PrivateRule(Action.KEEP)})
    creator = attribute.creator
    plan = private.plan(b_value(private, creator=creator, value=b"Fast", vr="SH"), rules=rules)
    assert plan[0x0019100C] == PrivateRule(Action.KEEP, "SH")
    for form in ("explicit", "implicit"):
        unknown = b_value(private, form, creator=creator, value=b"Fast", vr="UN")
        assert private.plan(unknown, form, rules) == {}


def test_a_creator_that_must_go_takes_its_block_along(private):
    data_set = b_value(private)
    root = parse(data_set, FORMS["explicit"])
    creator, element = (found.start for found in root.elements)
    source = memoryview(data_set)
    assert SAFE_ONLY.plan(root, source, gone={creator}) == {}
    assert SAFE_ONLY.plan(root, source, gone={element}) == {}


def test_the_fingerprint_is_that_of_the_content_and_not_of_its_order():
    first = {
        B_VALUE: PrivateRule(Action.KEEP, "IS"),
        PrivateAttribute(0x0019, MR, 0x0D): PrivateRule(Action.KEEP),
    }
    again = dict(reversed(first.items()))
    assert (
        PrivateRules(retain_safe=True, site=first).fingerprint
        == PrivateRules(retain_safe=True, site=again).fingerprint
    )
    other = {**first, B_VALUE: PrivateRule(Action.REMOVE, "IS")}
    prints = {
        PrivateRules(retain_safe=safe, site=site, trust_declarations=trust).fingerprint
        for safe in (False, True)
        for trust in (False, True)
        for site in ({}, first, other)
    }
    assert len(prints) == 12


# Hostile data sets

_CREATORS = st.tuples(st.sampled_from(["LO", "UN"]), st.binary(max_size=70) | st.just(MR.encode()))
_ELEMENTS = st.tuples(st.sampled_from([vr for vr in sorted(VALUE) if len(vr) == 2]), st.binary(max_size=40))


def test_ten_thousand_blocks_are_planned(private):
    groups = range(0x0009, 0x0009 + 2 * 42, 2)
    data_set = b"".join(private.creator(group, block, MR) for group in groups for block in range(0x10, 0x100))
    data_set += b"".join(
        private.element(0x00190000 | block << 8 | 0x0C, "IS", "5") for block in range(0x10, 0x100)
    )
    plan = private.plan(data_set)
    assert len(data_set) > 10_000 * 24
    assert len(plan) == 2 * 240


@pytest.mark.filterwarnings("ignore:Found unknown escape sequence")
@settings(max_examples=300, deadline=None)
@given(
    creators=st.dictionaries(st.integers(0, 0x110), _CREATORS, max_size=5),
    elements=st.dictionaries(st.integers(0x1000, 0x12FF), _ELEMENTS, max_size=8),
    form=st.sampled_from(["explicit", "implicit"]),
)
def test_any_private_elements_are_planned_and_a_creator_that_stays_is_one_of_the_list(
    private, creators, elements, form
):
    found = {0x00190000 | number: value for number, value in {**creators, **elements}.items()}
    data_set = b"".join(private.element(tag, vr, value, form) for tag, (vr, value) in sorted(found.items()))
    plan = private.plan(data_set, form, PrivateRules(retain_safe=True, trust_declarations=True))
    listed = {attribute.creator for attribute in SAFE}
    for tag in plan:
        if not tag & 0xFF00:
            assert found[tag][1].decode("ascii").strip(" \0") in listed
