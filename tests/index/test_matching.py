"""Each row of PS3.4 C.2.2.2, then every type against an implementation too simple to be wrong."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.index.matching import MATCHING, MatchingType, matching_type, predicate


@pytest.mark.parametrize(
    ("vr", "wanted", "expected"),
    [
        ("CS", ["CT"], MatchingType.SINGLE_VALUE),
        ("UI", ["1.2"], MatchingType.SINGLE_VALUE),
        ("UI", ["1.2", "1.3"], MatchingType.LIST_OF_UID),
        ("LO", [], MatchingType.UNIVERSAL),
        ("LO", [""], MatchingType.UNIVERSAL),
        ("PN", ["*"], MatchingType.UNIVERSAL),
        ("DA", ["*"], MatchingType.UNIVERSAL),
        ("LO", ["A*"], MatchingType.WILD_CARD),
        ("SH", ["A?"], MatchingType.WILD_CARD),
        ("IS", ["1*"], MatchingType.SINGLE_VALUE),
        ("AS", ["0?0Y"], MatchingType.SINGLE_VALUE),
        ("DA", ["20200101-"], MatchingType.RANGE),
        ("DA", ["20200101"], MatchingType.SINGLE_VALUE),
        ("TM", ["-12"], MatchingType.RANGE),
        ("DT", ["20200101120000-0500"], MatchingType.SINGLE_VALUE),
        ("DT", ["20200101-20200131"], MatchingType.RANGE),
        ("LO", ["a-b"], MatchingType.SINGLE_VALUE),
        ("SQ", ["x"], MatchingType.SEQUENCE),
    ],
)
def test_a_key_asks_for_the_matching_type_that_the_standard_gives_it(vr, wanted, expected):
    assert matching_type(vr, wanted) is expected


def test_every_matching_type_has_its_function():
    assert set(MATCHING) == set(MatchingType)


@pytest.mark.parametrize(
    ("vr", "wanted", "stored", "expected"),
    [
        # C.2.2.2.1
        ("LO", "chest", "chest", True),
        ("LO", "chest", "Chest", False),
        ("LO", "chest", "chest ", True),
        ("LO", "chest", "", False),
        ("LO", "A_1", "AX1", False),
        ("LO", "50%", "50", False),
        ("PN", "DOE^JANE", "Doe^Jane", True),
        ("PN", "doe^jane", "Doe^Jane^^", True),
        ("PN", "MÜLLER", "müller", True),
        ("PN", "doe", "Doe^Jane", False),
        ("PN", "山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
        ("PN", "yamada^tarou=山田^太郎", "Yamada^Tarou=山田^太郎", True),
        ("IS", "1", "001", True),
        ("IS", "+1", "1", True),
        ("IS", "1", "10", False),
        ("DS", "1.50", "1.5", True),
        ("DS", "15e-1", "1.5", True),
        ("US", "512", "512", True),
        ("IS", "one", "1", False),
        ("DA", "20200131", "20200131", True),
        ("DA", "20200131", "2020.01.31", True),
        ("DA", "20200131", "20200201", False),
        ("TM", "1205", "120500", True),
        ("TM", "1205", "120559.999", True),
        ("TM", "1205", "1206", False),
        ("TM", "120500.000000", "1205", True),
        ("TM", "12:05", "120530", True),
        ("DT", "2020", "20200601120000", True),
        ("DT", "20200101120000+0100", "20200101110000+0000", True),
        ("LT", "a\\b", "a\\b", True),
        ("AS", "030Y", "030Y", True),
        # C.2.2.2.4
        ("LO", "A*", "ABC", True),
        ("LO", "A*", "A", True),
        ("LO", "A*", "BA", False),
        ("LO", "*A", "BA", True),
        ("LO", "A?C", "ABC", True),
        ("LO", "A?C", "AC", False),
        ("LO", "a*", "ABC", False),
        ("LO", "A_*", "AX1", False),
        ("LO", "A_*", "A_1", True),
        ("LO", "A%*", "AB", False),
        ("LO", "[A]*", "A1", False),
        ("LO", "[A]*", "[A]1", True),
        ("LO", ".*", "anything", False),
        ("LO", "*", "", True),
        ("LO", "**", "", True),
        ("LO", "?", "", False),
        ("LO", "A*B*C", "AxxByyC", True),
        ("LO", "*ab*ab*", "ab", False),
        ("PN", "do*", "Doe^Jane", True),
        ("PN", "DOE^*", "Doe", True),
        ("PN", "*^jane", "Doe^Jane", True),
        ("PN", "山*", "Yamada^Tarou=山田^太郎", True),
        ("LO", "A*", "A\nB", True),
        # C.2.2.2.5
        ("DA", "20200101-20200131", "20200101", True),
        ("DA", "20200101-20200131", "20200131", True),
        ("DA", "20200101-20200131", "20200201", False),
        ("DA", "-20200131", "19000101", True),
        ("DA", "-20200131", "20200201", False),
        ("DA", "20200101-", "20991231", True),
        ("DA", "20200101-", "20191231", False),
        ("DA", "20200101-99991231", "20240101", True),
        ("DA", "20200101-", "", False),
        ("DA", "20200101-", "unknown", False),
        ("DA", "20200131-20200101", "20200115", False),
        ("DA", "20200101 - 20200131", "20200115", True),
        ("DA", "-", "20200101", False),
        ("TM", "10-12", "125959.999999", True),
        ("TM", "10-12", "13", False),
        ("TM", "-1030", "1030", True),
        ("TM", "-1030", "103059", True),
        ("TM", "-1030", "1031", False),
        ("TM", "2200-0600", "2300", False),
        ("TM", "235959-235960", "235960", True),
        ("DT", "20200101-20200102", "20200102235959", True),
        ("DT", "202001011200+0000-202001011300+0000", "202001011330+0100", True),
        ("DT", "-2020", "20201231", True),
        # C.2.2.3: several values
        ("CS", "PRIMARY", "ORIGINAL\\PRIMARY\\AXIAL", True),
        ("CS", "PRIM*", "ORIGINAL\\PRIMARY\\AXIAL", True),
        ("CS", "ORIGINAL*AXIAL", "ORIGINAL\\PRIMARY\\AXIAL", False),
        ("DS", "2", "1\\2.0\\3", True),
        ("DA", "20200101-20200131", "20190101\\20200115", True),
        ("UI", "1.2.3", "1.2\\1.2.3", True),
        ("UI", "1.2.*", "1.2.3", False),
    ],
)
def test_a_key_matches_as_its_row_of_the_standard_says(vr, wanted, stored, expected):
    assert predicate(vr, [wanted])(stored) is expected


def test_several_values_of_a_key_match_when_one_of_them_does():
    assert predicate("CS", ["CT", "MR"])("MR")
    assert predicate("CS", ["CT", "M*"])("MR")
    assert not predicate("CS", ["CT", "MR"])("XA")


@pytest.mark.parametrize("kind", [MatchingType.UNIVERSAL, MatchingType.SEQUENCE])
def test_universal_and_sequence_keys_restrict_nothing(kind):
    vr, wanted = {MatchingType.UNIVERSAL: ("LO", ()), MatchingType.SEQUENCE: ("SQ", ("x",))}[kind]
    assert MATCHING[kind](vr, wanted)("")
    assert MATCHING[kind](vr, wanted)("anything")


def test_a_hostile_pattern_takes_no_longer_than_a_plain_one():
    matches = predicate("LO", ["*a" * 200 + "*b"])
    assert not matches("a" * 20_000)


def glob(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(glob(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and glob(pattern[1:], text[1:])


few = st.text(alphabet="aB_%[.é", max_size=7)


@given(pattern=st.text(alphabet="aB_%[.é?**", min_size=1, max_size=7), text=few)
@settings(max_examples=500)
def test_wild_cards_agree_with_recursion(pattern, text):
    expected = any(glob(pattern, text) for _ in (0,)) if set(pattern) != {"*"} else True
    if "*" not in pattern and "?" not in pattern:
        expected = pattern == text
    if not text and set(pattern) != {"*"}:
        expected = False
    assert predicate("LO", [pattern])(text) is expected


@given(wanted=st.lists(few.filter(bool), min_size=1, max_size=3), stored=st.lists(few, max_size=3))
def test_exact_values_agree_with_set_intersection(wanted, stored):
    assert predicate("LO", wanted)("\\".join(stored)) is any(one in wanted for one in stored if one)


numbers = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-20, max_value=20)
zeros = st.integers(0, 3).map("0".__mul__)


@given(wanted=numbers, stored=numbers, before=zeros, after=zeros)
def test_numbers_agree_with_arithmetic(wanted, stored, before, after):
    sign, digits = ("-", str(stored)[1:]) if str(stored).startswith("-") else ("", str(stored))
    text = f"{sign}{before}{digits}{after}"
    assert predicate("DS", [str(wanted)])(text) is (Decimal(text) == wanted)


uids = st.lists(st.integers(0, 3).map(str), min_size=2, max_size=3).map(".".join)


@given(wanted=st.lists(uids, min_size=1, max_size=4), stored=uids)
def test_lists_of_uids_agree_with_membership(wanted, stored):
    assert predicate("UI", wanted)(stored) is (stored in wanted)


dates = st.dates(datetime.date(2019, 12, 28), datetime.date(2020, 1, 4))


@given(lower=st.none() | dates, upper=st.none() | dates, stored=dates)
def test_date_ranges_agree_with_the_calendar(lower, upper, stored):
    if lower is None and upper is None:
        return
    wanted = "-".join("" if end is None else end.strftime("%Y%m%d") for end in (lower, upper))
    expected = (lower is None or lower <= stored) and (upper is None or stored <= upper)
    assert predicate("DA", [wanted])(stored.strftime("%Y%m%d")) is expected


CLOCK = [f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}" for second in range(86400)]


def seconds_of(text):
    """All seconds of the day that a TM value names."""
    return [second for second, clock in enumerate(CLOCK) if clock.startswith(text)]


times = st.builds(
    lambda hour, minute, second, length: f"{hour:02}{minute:02}{second:02}"[:length],
    st.integers(11, 13),
    st.integers(58, 59),
    st.integers(58, 59),
    st.sampled_from([2, 4, 6]),
)


@given(lower=times, upper=times, stored=times)
@settings(max_examples=40, deadline=None)
def test_time_ranges_agree_with_counting_seconds(lower, upper, stored):
    first = min(seconds_of(stored))
    assert predicate("TM", [f"{lower}-{upper}"])(stored) is (
        min(seconds_of(lower)) <= first <= max(seconds_of(upper))
    )
    assert predicate("TM", [upper])(stored) is (first in seconds_of(upper))


name_parts = st.text(alphabet="aAbBéÉß", max_size=3)
names = st.lists(name_parts, min_size=1, max_size=3).map("^".join)


@given(wanted=names.filter(lambda name: name.strip("^")), stored=names)
def test_names_agree_with_comparing_folded_components(wanted, stored):
    def components(name):
        parts = [part.casefold() for part in name.split("^")]
        return parts + [""] * (5 - len(parts))

    expected = bool(stored) and components(wanted) == components(stored)
    assert predicate("PN", [wanted])(stored) is expected


def test_a_pattern_is_not_compiled_before_there_is_a_text_that_is_long_enough(monkeypatch):
    matches = predicate("UT", ("*?" * 100_000 + "x",))
    with monkeypatch.context() as patched:
        patched.setattr("gateway.index.matching._expression", None)
        assert not matches("short")
    assert predicate("LO", ("a*?b*",))("axb")
    assert not predicate("LO", ("a*?b*",))("ab")
