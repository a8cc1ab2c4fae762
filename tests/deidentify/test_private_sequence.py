"""A private value of VR UN may be a sequence: it is one when it consists of items to its end."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify import parse as parser
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.parse import parse
from gateway.errors import Reason, Refused

KEPT = 0x0040A043
CODE_MEANING = 0x00080104
SEQUENCE_END = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
ITEM_START = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
EXPLICIT_LITTLE = Encoding(implicit=False, little_endian=True)
PRIVATE = 0x2001105F
IMPLICIT_LITTLE = Encoding(implicit=True, little_endian=True)
SYNTAXES = {
    "explicit": EXPLICIT_LITTLE,
    "implicit": IMPLICIT_LITTLE,
    "big endian": Encoding(implicit=False, little_endian=False),
}


@pytest.fixture(scope="module")
def private(datasets):
    """Write a private value of VR UN, as all private values are in Implicit VR."""

    def value(content, form="implicit", tag=PRIVATE):
        how = {"implicit": form == "implicit", "big": form == "big endian"}
        return datasets.unpadded(tag, "UN", content, **how)

    return value


def supposed(data_set, form="implicit"):
    """Return the only element, looked into."""
    (element,) = parse(data_set, SYNTAXES[form], private_sequences=True).elements
    return element


def items_of(*elements, datasets, undefined=False):
    return b"".join(datasets.item(element, undefined=undefined) for element in elements)


@pytest.mark.parametrize("undefined", [False, True], ids=["defined length", "undefined length"])
@pytest.mark.parametrize("delimiter", [b"", SEQUENCE_END], ids=["", "with its delimiter"])
@pytest.mark.parametrize("form", SYNTAXES)
def test_a_private_value_of_items_is_a_sequence_for_who_asks(form, delimiter, undefined, datasets, private):
    code = datasets.element(CODE_MEANING, "LO", "Chest", implicit=True)
    data_set = private(items_of(code, code, datasets=datasets, undefined=undefined) + delimiter, form)
    (opaque,) = parse(data_set, SYNTAXES[form]).elements
    assert (opaque.vr, opaque.items) == ("UN", None)
    element = supposed(data_set, form)
    assert (element.vr, element.end) == ("SQ", len(data_set))
    assert [[nested.tag for nested in item.elements] for item in element.items] == [[CODE_MEANING]] * 2
    assert {item.encoding for item in element.items} == {IMPLICIT_LITTLE}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"Wolkenstein^Oswald", b"\xfe\xff\x00", b"\xfe\xff\x00\xe0", b"\xfe\xff\x00\xe0\0\0\0",
        b"\xff\xfe\xe0\0\0\0\0\0", b"\xfe\xff\x00\xe0\0\0\0\0Oswald", ITEM_START, SEQUENCE_END,
        b"\xfe\xff\x00\xe0\0\0\0\0" + SEQUENCE_END + b"\xfe\xff\x00\xe0\0\0\0\0",
        b"\xfe\xff\x00\xe0\0\0\0\0" + SEQUENCE_END + b"\0\0",
        b"\xfe\xff\x00\xe0\4\0\0\0abcd", b"\xfe\xff\x00\xe0\xff\0\0\0abcdabcd",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", SYNTAXES)
def test_a_private_value_that_is_not_all_items_stays_a_value(form, content, datasets, private):
    behind = datasets.element(
        0x7FE00010, "OW", b"\1\2", implicit=form == "implicit", big=form == "big endian"
    )
    data_set = private(content, form) + behind
    element, last = parse(data_set, SYNTAXES[form], private_sequences=True).elements
    assert (element.vr, element.items) == ("UN", None)
    assert data_set[element.value : element.end] == content
    assert last.tag == 0x7FE00010


def test_a_private_value_with_an_attribute_that_comes_twice_stays_a_value(datasets, private):
    code = datasets.element(CODE_MEANING, "LO", "Chest", implicit=True)
    element = supposed(private(items_of(code + code, datasets=datasets)))
    assert (element.vr, element.items) == ("UN", None)


def test_only_private_values_of_vr_un_are_looked_into(datasets, private):
    content = items_of(b"", datasets=datasets)
    assert supposed(datasets.unpadded(PRIVATE, "OB", content), "explicit").items is None
    assert supposed(private(content, tag=0x0020FFFE)).items is None
    blank = struct.pack("<HH2sH", PRIVATE >> 16, PRIVATE & 0xFFFF, b"  ", len(content)) + content
    assert supposed(blank, "explicit").items is None


def test_of_nested_private_values_only_the_one_that_is_no_sequence_stays_a_value(datasets, private):
    good = private(items_of(datasets.element(CODE_MEANING, "LO", "Chest", implicit=True), datasets=datasets))
    bad = private(items_of(b"", datasets=datasets) + b"Oswald", tag=PRIVATE + 1)
    outer = supposed(private(items_of(good + bad, good, datasets=datasets)))
    first, second = outer.items
    assert [element.vr for element in first.elements] == ["SQ", "UN"]
    assert [element.vr for element in second.elements] == ["SQ"]


def test_what_lies_behind_a_value_in_its_item_is_checked_as_strictly(datasets, private):
    bad = private(items_of(b"", datasets=datasets) + b"Oswald")
    outer = supposed(private(items_of(bad + b"Oswald", datasets=datasets)))
    assert outer.items is None
    with pytest.raises(Refused) as refused:
        parse(bad + b"Oswald", IMPLICIT_LITTLE, private_sequences=True)
    assert refused.value.reason is Reason.STRUCTURE


@pytest.mark.parametrize("undefined", [False, True])
def test_a_private_value_deeper_than_the_limit_stays_a_value(undefined, datasets, private):
    content = datasets.element(CODE_MEANING, "LO", "Chest", implicit=True)
    for _ in range(parser.MAX_DEPTH + 10):
        content = private(items_of(content, datasets=datasets, undefined=undefined))
    element, depth = supposed(content), 0
    while element.items is not None:
        element, depth = element.items[0].elements[0], depth + 1
    assert depth == parser.MAX_DEPTH
    assert element.vr == "UN"


def test_a_standard_sequence_too_deep_in_a_private_value_leaves_it_a_value(datasets, private):
    content = b""
    for _ in range(parser.MAX_DEPTH + 1):
        content = datasets.sequence(KEPT, content, implicit=True)
    assert supposed(private(items_of(content, datasets=datasets))).items is None


def test_a_private_value_of_more_elements_than_the_limit_stays_a_value(datasets, private, monkeypatch):
    monkeypatch.setattr(parser, "MAX_ELEMENTS", 1000)
    items = [items_of(*[b""] * number, datasets=datasets) for number in (400, 1001, 400)]
    data_set = b"".join(private(value, tag=PRIVATE + index) for index, value in enumerate(items))
    elements = parse(data_set, IMPLICIT_LITTLE, private_sequences=True).elements
    # What was counted in the second one is not held against the third.
    assert [element.vr for element in elements] == ["SQ", "UN", "SQ"]
    monkeypatch.setattr(parser, "MAX_ELEMENTS", 2)
    with pytest.raises(Refused) as refused:
        parse(data_set, IMPLICIT_LITTLE, private_sequences=True)
    assert refused.value.reason is Reason.LIMIT


def test_after_too_many_elements_in_vain_nothing_is_looked_into(datasets, private, monkeypatch):
    monkeypatch.setattr(parser, "MAX_ELEMENTS", 1000)
    vain = items_of(*[b""] * 600, datasets=datasets) + b"Oswald"
    good = private(items_of(b"", datasets=datasets), tag=PRIVATE + 9)
    for times, vr in ((1, "SQ"), (2, "UN"), (20, "UN")):
        data_set = b"".join(private(vain, tag=PRIVATE - times + index) for index in range(times)) + good
        elements = parse(data_set, IMPLICIT_LITTLE, private_sequences=True).elements
        assert [element.vr for element in elements] == ["UN"] * times + [vr]


def test_no_byte_of_nested_private_values_is_read_twice(datasets, private, monkeypatch):
    """Each level is wrong at its very end, so that each is given up after all it holds was read."""
    content = datasets.element(CODE_MEANING, "LO", "Chest", implicit=True)
    for _ in range(parser.MAX_DEPTH - 1):
        broken = private(items_of(content, datasets=datasets) + b"Oswald..")
        content = broken + private(items_of(b"", b"", datasets=datasets), tag=PRIVATE + 1)
    read = []
    header = parser.implicit_header

    def counted(source, position, little_endian):
        read.append(position)
        return header(source, position, little_endian)

    monkeypatch.setattr(parser, "implicit_header", counted)
    parse(content, IMPLICIT_LITTLE, private_sequences=True)
    assert len(read) == len(set(read))
    assert len(read) > parser.MAX_DEPTH


@pytest.mark.parametrize(("times", "vr"), [(20, "SQ"), (40, "UN")])
def test_values_that_are_looked_into_in_vain_are_not_many(times, vr, datasets, private, monkeypatch):
    """Giving a value up costs time too."""
    monkeypatch.setattr(parser, "MAX_ELEMENTS", 1000)
    vain = items_of(b"", datasets=datasets) + b"Oswald"
    data_set = b"".join(private(vain, tag=PRIVATE + index) for index in range(times))
    data_set += private(items_of(b"", datasets=datasets), tag=PRIVATE + times)
    assert parse(data_set, IMPLICIT_LITTLE, private_sequences=True).elements[-1].vr == vr


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=120), form=st.sampled_from(sorted(SYNTAXES)), item=st.booleans())
def test_any_private_value_is_read_to_its_end(content, form, item, private):
    start = b"\xfe\xff\x00\xe0" + struct.pack("<L", len(content)) if item else b"\xfe\xff\x00\xe0"
    data_set = private(start + content, form)
    element = supposed(data_set, form)
    assert element.end == len(data_set)
    assert (element.vr == "SQ") == (element.items is not None)


_PARTS = st.sampled_from(
    [
        ITEM_START, SEQUENCE_END, struct.pack("<HHL", 0xFFFE, 0xE00D, 0), b"ab", b"\0\0\0\0",
        *(struct.pack("<HHL", 0xFFFE, 0xE000, length) for length in (0, 8, 16, 24, 40)),
        *(struct.pack("<HHL", 0x2001, 0x105F, length) for length in (0, 8, 16, 24, 0xFFFFFFFF)),
        struct.pack("<HHL", KEPT >> 16, KEPT & 0xFFFF, 16),
    ]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(parts=st.lists(_PARTS, max_size=20), form=st.sampled_from(sorted(SYNTAXES)))
def test_looking_into_private_values_refuses_nothing_that_is_read_otherwise(parts, form, private):
    start = struct.pack("<HHL", 0xFFFE, 0xE000, 0)
    data_set = private(start + b"".join(parts), form) + private(b"Oswald", form, PRIVATE + 1)
    elements = parse(data_set, SYNTAXES[form]).elements
    looked_into = parse(data_set, SYNTAXES[form], private_sequences=True).elements
    spans = [(element.tag, element.start, element.end) for element in elements]
    assert spans == [(element.tag, element.start, element.end) for element in looked_into]
