import datetime

import pytest

from gateway.index.moment import bounds, parse

MICROSECOND = datetime.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("vr", "value", "length"),
    [
        ("DA", "20200229", datetime.timedelta(days=1)),
        ("TM", "12", datetime.timedelta(hours=1)),
        ("TM", "1205", datetime.timedelta(minutes=1)),
        ("TM", "120530", datetime.timedelta(seconds=1)),
        ("TM", "120530.5", datetime.timedelta(milliseconds=100)),
        ("TM", "120530.123456", MICROSECOND),
        ("DT", "2020", datetime.timedelta(days=366)),
        ("DT", "202002", datetime.timedelta(days=29)),
        ("DT", "202012", datetime.timedelta(days=31)),
        ("DT", "2020022912", datetime.timedelta(hours=1)),
        ("DT", "20200229120530.25+0100", datetime.timedelta(milliseconds=10)),
    ],
)
def test_a_value_stands_for_the_time_that_its_precision_leaves_open(vr, value, length):
    moment = parse(vr, value)
    assert moment.last - moment.first == length - MICROSECOND


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DA", "20200230"),
        ("DA", "2020"),
        ("DA", "2020013\u0661"),
        ("TM", "24"),
        ("TM", "1260"),
        ("TM", "1205.5"),
        ("DT", "20200101+1500"),
        ("DT", "20200101-1230"),
        ("DT", "20200101+0175"),
        ("DT", "00000101"),
        ("TM", ""),
    ],
)
def test_what_the_calendar_does_not_have_is_no_moment(vr, value):
    assert parse(vr, value) is None


@pytest.mark.parametrize("vr", ["DA", "DT"])
def test_the_last_day_of_the_calendar_is_a_moment(vr):
    assert parse(vr, "99991231").last.isoformat() == "9999-12-31T23:59:59.999999"


def test_a_hyphen_before_a_possible_offset_is_the_offset():
    assert bounds("DT", "2000-1100").lower.offset == -datetime.timedelta(hours=11)


def test_a_hyphen_before_a_year_makes_a_range():
    span = bounds("DT", "2000-2001")
    assert (span.lower.first.year, span.upper.last.year) == (2000, 2001)


def test_both_ends_of_a_range_may_have_offsets():
    span = bounds("DT", "20200101-0500-20200102+0100")
    assert (span.lower.offset, span.upper.offset) == (
        -datetime.timedelta(hours=5),
        datetime.timedelta(hours=1),
    )


@pytest.mark.parametrize("value", ["-", "foo-bar", "20200101-x", "x-20200101", "20200101-20200102-20200103"])
def test_what_has_no_ends_is_no_range(value):
    assert bounds("DA", value) is None
