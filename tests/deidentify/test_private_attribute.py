"""A site's own list of private attributes: exactly such a list, or a line that is at fault."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.action import Action
from gateway.deidentify.private import SAFE, PrivateRules
from gateway.deidentify.private_attribute import PrivateAttribute, PrivateRule, is_private, parse_list
from gateway.errors import SettingsError
from gateway.standard.safe_private import ROWS

HEADER = "group,creator,element,vr,action,meaning\n"
MR = "SIEMENS MR HEADER"
B_VALUE = PrivateAttribute(0x0019, MR, 0x0C)


@pytest.mark.parametrize("attribute", sorted(SAFE))
def test_the_notation_of_an_attribute_is_read_as_it_is_written(attribute):
    assert PrivateAttribute.read(str(attribute)) == attribute


@pytest.mark.parametrize(
    "text",
    [
        "", "00190010", '(0018,"A",10)', '(0001,"A",10)', '(0019,"",10)', '(0019," ",10)', '(0019,"A",1010)',
        '(0019,"A",GG)', '(0019,A,10)', '(0019,"A\\B",10)', '(0019,"' + "A" * 65 + '",10)', '(0019,"Ä",10)',
        '(0019,"A",10) ', '(0019,"A""B",10)', "٠٠١٩",
    ],
)  # fmt: skip
def test_what_is_not_the_notation_of_an_attribute_is_none(text):
    assert PrivateAttribute.read(text) is None


def test_lower_case_digits_are_the_same_attribute():
    assert PrivateAttribute.read('(00e1,"ELSCINT1",2a)') == PrivateAttribute(0x00E1, "ELSCINT1", 0x2A)


def test_a_list_is_read():
    text = HEADER + (
        "0019,SIEMENS MR HEADER,0c,IS,K,B value\n"
        "\n"
        '2005,"Philips MR Imaging DD 001",10,,X,"a meaning, with a comma"\n'
        "00E1,ELSCINT1 ,FF,UI,U,\n"
        "00e1,ELSCINT1,FE,LO,C,free text\n"
        "00E1,ELSCINT1,FD,DS,D,\n"
    )
    creator = "ELSCINT1"
    assert parse_list(text, "site.csv") == {
        B_VALUE: PrivateRule(Action.KEEP, "IS"),
        PrivateAttribute(0x2005, "Philips MR Imaging DD 001", 0x10): PrivateRule(Action.REMOVE),
        PrivateAttribute(0x00E1, creator, 0xFF): PrivateRule(Action.UID, "UI"),
        PrivateAttribute(0x00E1, creator, 0xFE): PrivateRule(Action.CLEAN, "LO"),
        PrivateAttribute(0x00E1, creator, 0xFD): PrivateRule(Action.DUMMY, "DS"),
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_list_may_come_from_a_spreadsheet(newline, mark):
    text = mark + (HEADER + f"0019,{MR},0C,IS,K,\n").replace("\n", newline)
    assert parse_list(text, "site.csv") == {B_VALUE: PrivateRule(Action.KEEP, "IS")}


@pytest.mark.parametrize(
    ("letter", "vr", "action"), [("k", "IS", "K"), ("d", "IS", "X"), ("h", "UI", "U"), ("o", "DA", "C")]
)
def test_the_letters_of_the_cancer_imaging_archive_are_read(letter, vr, action):
    (rule,) = parse_list(HEADER + f"0019,{MR},0C,{vr},{letter},\n", "site.csv").values()
    assert rule == PrivateRule(Action(action), vr)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0018,A,10,IS,K,", "group"),
        ("0001,A,10,IS,K,", "group"),
        ("FFFF,A,10,IS,K,", "group"),
        ("19,A,10,IS,K,", "group"),
        ("001G,A,10,IS,K,", "group"),
        ("٠٠١٩,A,10,IS,K,", "group"),
        ("0019,,10,IS,K,", "creator"),
        ("0019,A\\B,10,IS,K,", "creator"),
        ("0019,Ä,10,IS,K,", "creator"),
        ("0019," + "A" * 65 + ",10,IS,K,", "creator"),
        ("0019,A,1010,IS,K,", "element"),
        ("0019,A,xx10,IS,K,", "element"),
        ("0019,A,,IS,K,", "element"),
        ("0019,A,10,UN,K,", "vr"),
        ("0019,A,10,is,K,", "vr"),
        ("0019,A,10,US or SS,K,", "vr"),
        ("0019,A,10,IS,Z,", "action"),
        ("0019,A,10,IS,,", "action"),
        ("0019,A,10,IS,keep,", "action"),
        ("0019,A,10,PN,K,", "action K"),
        ("0019,A,10,PN,D,", "action D"),
        ("0019,A,10,IS,U,", "action U"),
        ("0019,A,10,,U,", "action U"),
        ("0019,A,10,IS,C,", "action C"),
        ("0019,A,10,SQ,D,", "action D"),
        ("0019,A,10,OB,D,", "action D"),
        ("0019,A,10,IS,K", "6 fields"),
        ("0019,A,10,IS,K,,", "6 fields"),
        ('0019,"A,10,IS,K,', "not valid CSV"),
        ('0019,"A"B,10,IS,K,', "not valid CSV"),
        ("0019,A\0B,10,IS,K,", "creator"),
    ],
)
def test_a_wrong_line_is_named(line, expected):
    good = f"0019,{MR},0C,IS,K,\n"
    with pytest.raises(SettingsError) as raised:
        parse_list(HEADER + good + line + "\n", "site.csv")
    assert raised.value.file == "site.csv"
    assert raised.value.key == "line 3"
    assert raised.value.expected.startswith(expected)


@pytest.mark.parametrize("text", ["", "\n", "0019,A,10,IS,K,\n", HEADER.upper(), HEADER.replace(",vr", "")])
def test_a_list_without_the_header_is_refused(text):
    with pytest.raises(SettingsError, match="line 1: the header group,creator,element,vr,action,meaning"):
        parse_list(text, "site.csv")


def test_an_attribute_that_comes_twice_is_refused_however_it_is_written():
    text = HEADER + "00E1,ELSCINT1,ab,IS,K,\n00e1,ELSCINT1 ,AB,IS,X,\n"
    with pytest.raises(SettingsError, match=r'line 3: each attribute once; \(00E1,"ELSCINT1",AB\)'):
        parse_list(text, "site.csv")


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet='0019,AK"\n\r\\ISX\0é', max_size=60))
def test_any_text_is_a_list_or_a_settings_error(text):
    with suppress(SettingsError):
        assert all(is_private(attribute.group) for attribute in parse_list(HEADER + text, "site.csv"))


def test_every_row_of_the_standard_can_stand_in_a_list():
    lines = [f"{row.group:04x},{row.creator},{row.offset:02x},{row.vr[:2]},K," for row in ROWS]
    lines = [line.replace(row.creator, f'"{row.creator}"') for line, row in zip(lines, ROWS, strict=True)]
    rules = PrivateRules(retain_safe=False, site=parse_list(HEADER + "\n".join(lines), "site.csv"))
    assert len(rules._site) == 479
