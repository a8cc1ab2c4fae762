"""What an instance says of its private attributes: a reason to remove, and for who trusts it to keep."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.parse import parse
from gateway.deidentify.private import PrivateRules
from gateway.deidentify.private_attribute import PrivateAttribute, PrivateRule
from gateway.deidentify.private_declaration import Declarations

FORMS = {
    "explicit": Encoding(implicit=False, little_endian=True),
    "implicit": Encoding(implicit=True, little_endian=True),
    "big endian": Encoding(implicit=False, little_endian=False),
}
MR = "SIEMENS MR HEADER"
MAKER = "EXAMPLE MAKER 01"
B_VALUE = PrivateAttribute(0x0019, MR, 0x0C)
"""IS in the Standard's list."""
SAFE_ONLY = PrivateRules(retain_safe=True)
TRUSTING = PrivateRules(retain_safe=True, trust_declarations=True)
US_OFFSETS = {"<": struct.Struct("<H").pack, ">": struct.Struct(">H").pack}


@pytest.fixture(scope="module")
def private(datasets):
    """Write elements, and plan what becomes of the private ones."""

    def element(tag, vr, value, form="explicit"):
        return datasets.element(tag, vr, value, implicit=form == "implicit", big=form == "big endian")

    def sequence(tag, *items, form="explicit"):
        return datasets.sequence(tag, *items, implicit=form == "implicit", big=form == "big endian")

    def plan(data_set, form="explicit", rules=SAFE_ONLY):
        root = parse(data_set, FORMS[form], private_sequences=True)
        return planned(root, data_set, rules, Declarations.of(root, memoryview(data_set)))

    def planned(data_set, source, rules, declared):
        found = rules.plan(data_set, memoryview(source), declared)
        return {element.tag: found[element.start] for element in data_set.elements if element.start in found}

    return SimpleNamespace(element=element, sequence=sequence, plan=plan, planned=planned)


def b_value(private, form="explicit", creator=MR, value="50", vr="IS"):
    head = private.element(0x00190010, "LO", creator, form)
    return head + private.element(0x0019100C, vr, value, form)


@pytest.fixture(scope="module")
def declare(private):
    """Write an item of the Private Data Element Characteristics Sequence, or the whole of it."""

    def number(tag, *values, form="explicit"):
        order = ">" if form == "big endian" else "<"
        return private.element(tag, "US", b"".join(US_OFFSETS[order](value) for value in values), form)

    def item(status, *, group=0x0019, creator=MAKER, safe=(), actions=(), vrs=(), form="explicit"):
        content = number(0x00080301, group, form=form) + private.element(0x00080302, "LO", creator, form)
        content += private.element(0x00080303, "CS", status, form)
        if safe:
            content += number(0x00080304, *safe, form=form)
        if actions:
            nested = [
                number(0x00080306, *offsets, form=form) + private.element(0x00080307, "CS", action, form)
                for action, offsets in actions
            ]
            content += private.sequence(0x00080305, *nested, form=form)
        if vrs:
            nested = [
                number(0x00080308, offset, form=form) + private.element(0x0008030A, "CS", vr, form)
                for offset, vr in vrs
            ]
            content += private.sequence(0x00080310, *nested, form=form)
        return content

    def sequence(*items, form="explicit"):
        return private.sequence(0x00080300, *items, form=form)

    return SimpleNamespace(item=item, sequence=sequence, number=number)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_block_is_declared_to_be_counts_for_who_trusts_it(form, private, declare):
    for status, safe, stays in (("SAFE", (), True), ("MIXED", (0x0C,), True), ("MIXED", (0x0D,), False),
                                ("MIXED", (), False), ("UNSAFE", (0x0C,), False)):  # fmt: skip
        item = declare.item(status, safe=safe, vrs=[(0x0C, "IS")], form=form)
        data_set = declare.sequence(item, form=form) + b_value(private, form, creator=MAKER)
        plan = private.plan(data_set, form, TRUSTING)
        assert plan.get(0x0019100C) == (PrivateRule(Action.KEEP, "IS") if stays else None)
        assert (0x00190010 in plan) == stays
        assert private.plan(data_set, form, SAFE_ONLY) == {}


def test_a_declared_element_of_unknown_vr_goes(private, declare):
    undefined = declare.sequence(declare.item("SAFE", form="implicit"), form="implicit")
    data_set = undefined + b_value(private, "implicit", creator=MAKER)
    assert private.plan(data_set, "implicit", TRUSTING) == {}


def test_a_declared_element_of_another_vr_than_declared_goes(private, declare):
    item = declare.item("SAFE", vrs=[(0x0C, "DS")])
    assert private.plan(declare.sequence(item) + b_value(private, creator=MAKER), rules=TRUSTING) == {}


def test_a_number_in_vr_un_is_little_endian_in_big_endian_too(private, declare):
    form = "big endian"
    group = private.element(0x00080301, "UN", struct.pack("<H", 0x0019), form)
    item = declare.item("SAFE", form=form)
    item = group + item[len(group) - 4 :]
    data_set = declare.sequence(item, form=form) + b_value(private, form, creator=MAKER)
    assert 0x0019100C in private.plan(data_set, form, TRUSTING)


def test_declarations_hold_in_items_too(private, declare):
    data_set = declare.sequence(declare.item("SAFE"))
    data_set += private.sequence(0x0040A043, b_value(private, creator=MAKER))
    root = parse(data_set, FORMS["explicit"])
    declared = Declarations.of(root, memoryview(data_set))
    (item,) = root.find(0x0040A043).items
    assert sorted(private.planned(item, data_set, TRUSTING, declared)) == [0x00190010, 0x0019100C]


@pytest.mark.parametrize(
    ("code", "vr", "value", "expected"),
    [
        ("X", "LO", "Fast", None),
        ("Z", "LO", "Fast", Action.EMPTY),
        ("D", "LO", "Fast", Action.DUMMY),
        ("U", "UI", "1.2.3", Action.UID),
        ("U", "LO", "1.2.3", None),
        ("D", "OB", b"\1\2", None),
        ("D", "PN", "Wolkenstein", None),
        ("K", "LO", "Fast", None),
        ("C", "LO", "Fast", None),
        ("", "LO", "Fast", None),
    ],
)
def test_a_declared_action_is_applied_for_who_trusts_it(code, vr, value, expected, private, declare):
    for status in ("MIXED", "UNSAFE", "SAFE"):
        item = declare.item(status, safe=[0x0D], actions=[(code, [0x0C])])
        data_set = declare.sequence(item) + b_value(private, creator=MAKER, value=value, vr=vr)
        plan = private.plan(data_set, rules=TRUSTING)
        assert plan.get(0x0019100C) == (PrivateRule(expected, vr) if expected else None)
        assert private.plan(data_set, rules=SAFE_ONLY) == {}


def test_two_actions_for_one_element_remove_it(private, declare):
    item = declare.item("MIXED", actions=[("Z", [0x0C]), ("D", [0x0C])])
    assert private.plan(declare.sequence(item) + b_value(private, creator=MAKER), rules=TRUSTING) == {}


@pytest.mark.parametrize("rules", [SAFE_ONLY, TRUSTING], ids=["not trusted", "trusted"])
def test_what_is_declared_identifying_goes_although_the_standard_calls_it_safe(rules, private, declare):
    for item in (declare.item("UNSAFE", creator=MR), declare.item("MIXED", creator=MR, safe=[0x0D])):
        assert private.plan(declare.sequence(item) + b_value(private), rules=rules) == {}
    for item in (declare.item("SAFE", creator=MR), declare.item("MIXED", creator=MR, safe=[0x0C])):
        assert 0x0019100C in private.plan(declare.sequence(item) + b_value(private), rules=rules)


def test_the_site_decides_before_what_is_declared(private, declare):
    data_set = declare.sequence(declare.item("UNSAFE", creator=MR)) + b_value(private)
    kept = PrivateRules(retain_safe=False, site={B_VALUE: PrivateRule(Action.KEEP, "IS")})
    assert 0x0019100C in private.plan(data_set, rules=kept)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "status", ["", "safe", "SAFE\\SAFE", "SAFE" + " " * 20, "MIXED", "UNSAFE", "Wolkenstein"]
)
def test_a_status_that_does_not_say_safe_makes_nothing_safe(status, form, private, declare):
    item = declare.item(status, vrs=[(0x0C, "IS")], form=form)
    data_set = declare.sequence(item, form=form) + b_value(private, form, creator=MAKER)
    assert private.plan(data_set, form, TRUSTING) == {}


def test_a_block_that_is_declared_twice_is_not_safe(private, declare):
    data_set = declare.sequence(declare.item("SAFE"), declare.item("SAFE")) + b_value(private, creator=MAKER)
    assert private.plan(data_set, rules=TRUSTING) == {}


def broken(private, declare):
    """Declarations that lack something, or have something of the wrong size or kind."""
    us, text = declare.number, private.element
    group, creator, status = (
        us(0x00080301, 0x0019),
        text(0x00080302, "LO", MAKER),
        text(0x00080303, "CS", "MIXED"),
    )
    safe = us(0x00080304, 0x0C)
    yield from (b"", group + status + safe, creator + status + safe, group + creator + safe)
    yield us(0x00080301) + creator + status + safe
    yield us(0x00080301, 0x0019, 0x0021) + creator + status + safe
    yield us(0x00080301, 0x0018) + creator + status + safe
    yield text(0x00080301, "LO", "0019") + creator + status + safe
    yield group + text(0x00080302, "LO", "") + status + safe
    yield group + text(0x00080302, "LO", MAKER + "\\X") + status + safe
    yield group + text(0x00080302, "LO", MAKER + " " * 60) + status + safe
    yield group + private.sequence(0x00080302) + status + safe
    for wrong in (b"", b"\x0c", b"\x0c\0\0", b"\x0c\0" * 257, struct.pack("<H", 0x100C)):
        head = struct.pack("<HH2sH", 0x0008, 0x0304, b"US", len(wrong))
        yield group + creator + status + head + wrong
    yield group + creator + status + text(0x00080304, "IS", "12")
    yield group + creator + status + private.sequence(0x00080304)


def test_a_broken_declaration_makes_nothing_safe(private, declare):
    for item in broken(private, declare):
        data_set = declare.sequence(item) + b_value(private, creator=MAKER)
        assert private.plan(data_set, rules=TRUSTING) == {}
    for value in (b"", b"SAFE"):
        data_set = private.element(0x00080300, "UN", value) + b_value(private, creator=MAKER)
        assert private.plan(data_set, rules=TRUSTING) == {}


def test_an_instance_that_declares_nothing_has_no_declarations(private):
    data_set = b_value(private)
    assert Declarations.of(parse(data_set, FORMS["explicit"]), memoryview(data_set)) is None


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.tuples(st.integers(0x0301, 0x0311), st.binary(max_size=20)), max_size=6))
def test_any_bytes_may_stand_in_a_declaration(values, private, declare):
    content = b"".join(private.element(0x00080000 | tag, "UN", raw) for tag, raw in dict(values).items())
    data_set = declare.sequence(content) + b_value(private)
    assert set(private.plan(data_set, rules=TRUSTING)) <= {0x00190010, 0x0019100C}
