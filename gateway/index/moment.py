"""Dates and times as keys (PS3.4 C.2.2.2.5, PS3.5 6.2): what span of time a value stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_DATE: Final = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})", re.ASCII)
_TIME: Final = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?", re.ASCII)
_DATE_TIME: Final = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,6}))?)?)?)?)?)?([+-]\d{4})?",
    re.ASCII,
)
_TICK: Final = timedelta(microseconds=1)
_DAY_ZERO: Final = datetime(1, 1, 1)  # noqa: DTZ001 (a time of day has no zone: PS3.5 6.2)
_MOST_WEST, _MOST_EAST = timedelta(hours=-12), timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Moment:
    """First and last microsecond of a value on its own clock, and that clock's offset from UTC."""

    first: datetime
    last: datetime
    offset: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A range; an end that is None is open."""

    lower: Moment | None
    upper: Moment | None

    def holds(self, vr: str, stored: str) -> bool:
        """Tell whether a stored value lies in the range; what is no moment lies in none."""
        moment = parse(vr, stored)
        if moment is None:
            return False
        after = self.lower is None or not _precedes(moment.first, moment, self.lower.first, self.lower)
        before = self.upper is None or not _precedes(self.upper.last, self.upper, moment.first, moment)
        return after and before


def is_range(vr: str, value: str) -> bool:
    """Tell whether a key value has the form of a range; the hyphen of an offset makes none."""
    return "-" in value and parse(vr, value.strip()) is None


def bounds(vr: str, value: str) -> Span | None:
    """Return the span that a single value or a range asks for, or None for anything else."""
    single = parse(vr, value)
    if single is not None:
        return Span(single, single)
    for hyphen in (index for index, character in enumerate(value) if character == "-"):
        ends = value[:hyphen].strip(), value[hyphen + 1 :].strip()
        lower, upper = (parse(vr, end) for end in ends)
        if any(ends) and all(
            (moment is not None) == bool(end) for moment, end in zip((lower, upper), ends, strict=True)
        ):
            return Span(lower, upper)
    return None


def parse(vr: str, value: str) -> Moment | None:
    """Return the moment that a value of VR DA, TM or DT names, or None for any other text."""
    pattern = {"DA": _DATE, "TM": _TIME, "DT": _DATE_TIME}[vr]
    found = pattern.fullmatch(value)
    if found is None:
        return None
    fields = list(found.groups())
    offset = fields.pop() if vr == "DT" else None
    if vr == "TM":
        fields = ["0001", "01", "01", *fields]
    try:
        return _moment([field for field in fields if field is not None], offset)
    except ValueError:
        return None


def _moment(fields: list[str], offset: str | None) -> Moment:
    """Build a moment from year, month, ... and fraction, as many as there are.

    Raises
    ------
    ValueError
        A field or the offset is out of its range.
    """
    numbers = [int(field) for field in fields[:6]]
    if len(numbers) == 6 and numbers[5] == 60:
        # datetime has no leap second, which PS3.5 allows.
        numbers[5] = 59
    year, month, day, hour, minute, second = [*numbers, *(0, 1, 1, 0, 0, 0)[len(numbers) :]]
    fraction = fields[6] if len(fields) == 7 else ""
    first = datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")))  # noqa: DTZ001
    try:
        last = _next(first, len(fields), len(fraction)) - _TICK
    except (OverflowError, ValueError):
        # 99991231 is what many a requestor writes for "open".
        last = datetime.max  # noqa: DTZ901
    return Moment(first, last, _offset(offset))


def _next(first: datetime, precision: int, digits: int) -> datetime:
    """First microsecond behind a value that names `precision` fields and `digits` of a second."""
    if precision == 1:
        return first.replace(year=first.year + 1)
    if precision == 2:
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    if precision == 7:
        return first + timedelta(microseconds=10 ** (6 - digits))
    return first + timedelta(
        days=precision == 3, hours=precision == 4, minutes=precision == 5, seconds=precision == 6
    )


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:])) * (-1 if text[0] == "-" else 1)
    if not _MOST_WEST <= offset <= _MOST_EAST or int(text[3:]) > 59:
        raise ValueError("no offset from UTC")
    return offset


def _precedes(one: datetime, one_clock: Moment, other: datetime, other_clock: Moment) -> bool:
    """Compare on UTC where both offsets are known, else on the clocks' faces."""
    if one_clock.offset is None or other_clock.offset is None:
        return one < other
    return one - _DAY_ZERO - one_clock.offset < other - _DAY_ZERO - other_clock.offset
