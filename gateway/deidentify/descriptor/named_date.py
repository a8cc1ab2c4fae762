"""Dates whose month is a word: 17 avril 1961, April 17th, 1961, 19JUN2019, 17. März 1961."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.deidentify.descriptor.calendar_names import GERMAN_MONTHS, MONTHS, WEEKDAYS
from gateway.deidentify.descriptor.folding import Folded
from gateway.deidentify.descriptor.span import Part, Span, Written
from gateway.deidentify.descriptor.token import Why

_WORD: Final = re.compile(r"[^\W\d_]{3,14}")
_REACH: Final = 28
"""Characters around the name of a month in which the rest of its date stands."""
_DAY_BEFORE: Final = re.compile(
    r"(?<![\d.,/])(?P<range>\d{1,2}(?:st|nd|rd|th)?\.? ?(?:-|/|to|bis|und|and|et|y|e) ?)?(?P<d>\d{1,2})"
    r"(?P<suffix>st|nd|rd|th|er|re|\.?[oa]\b|º|ª|\.)?[ \-./_,']{0,3}(?:(?:de|of|di|den|d|the|del)[ "
    r"']{1,2})?$"
)
_YEAR_BEFORE: Final = re.compile(r"(?<!\d)(?P<y>(?:1[89]|20)\d\d)[ \-./,_]{0,3}$")
_YEAR_AFTER: Final = re.compile(
    r"[ \-./,_]{0,3}(?:(?:de|del|of|do) )?(?:(?P<y>(?:1[89]|20)\d\d)(?!\d)|'?\d\d(?![\d.,]))"
)
_YEAR_OF_MONTH: Final = re.compile(r"[ \-./,_]{0,3}(?:(?:de|del|of|do) )?(?:(?:1[89]|20)\d\d|'\d\d)(?!\d)")
_DAY_AFTER: Final = re.compile(
    r"[ \-./_]{0,2}(?P<d>\d{1,2})(?P<suffix>st|nd|rd|th|er)?(?!\d|[.,]\d|[a-z%])"
    r"(?P<range> ?(?:-|to|and) ?\d{1,2}(?:st|nd|rd|th)?(?!\d))?"
    r"\.?(?:[ \-./_,]{1,3}(?:of )?(?:(?P<y>(?:1[89]|20)\d\d)|(?P<short>'\d\d))(?!\d))?"
)
_WEEKDAY_BEFORE: Final = re.compile(r"(?P<name>[^\W\d_]{2,14})(?P<gap>[., ]{1,3}(?:(?:den|the|le|el) )?)$")
_SHORT: Final = frozenset(
    "jan feb mar apr jun jul aug sep sept oct nov dec okt dez mrz mai janv fevr avr juil june july".split()
)
"""Short names that are a date beside a day, if they are written as names are or a word says so."""
_OTHERWISE: Final = frozenset({"mrt"})
"""Names of months that are a common term as well: only between a day and a year."""
_SELDOM: Final = frozenset(
    {"mar", "mai", "may", "sep", "dec", "set", "out", "mag", "gen", "ago", "ott", "lug", "dic"}
)
"""Short names that are abbreviations of other things: not behind a year alone."""
_VERB_BEHIND: Final = re.compile(
    r" (?:be|not|have|also|represent|reflect|relate|indicate|suggest|correspond|result|need|cause|account|"
    r"contribute|benefit|require|simply)\b"
)
"""What makes `may` behind a number a verb."""
_UNIT_BEHIND: Final = re.compile(r" ?\d{1,2} ?(?:[cm]m|m[gls]|kv|hz|min|sec)\b")
"""What makes the number behind a name a measure: Oct 3 mm."""
_CUE_BEFORE: Final = re.compile(
    r"(?<![a-z])(?:prior|previous|on|vom|am|from|of|dated|since|seit|until|till|mon|tues?|wed|thu(?:rs?)?|fri|"
    r"sat|sun|[a-z]{3,6}day|[a-z]{4,7}tag|exam|study|scan|seen)[., ]{1,2}$"
)
_CLEAR: Final = 5
"""Letters from which the name of a month beside a day is a date without a year."""


def named_dates(text: Folded) -> Iterator[Span]:
    """Yield the dates of a folded text in which the month is named."""
    fold = text.fold
    for found in _WORD.finditer(fold):
        named = MONTHS.get(found[0])
        if named is not None and (found.start() == 0 or not fold[found.start() - 1].isalpha()):
            written = text.original(*found.span())
            span = _around(fold, found.start(), found.end(), named)
            if span is None and (found[0] in _SHORT or found[0] == "may"):
                is_title = written[:1].isupper() and written[1:].islower()
                span = _without_year(fold, found.start(), found.end(), is_title=is_title)
            if span is not None:
                yield _with_weekday(fold, span)


def _around(fold: str, start: int, end: int, named: tuple[int, tuple[str, ...]]) -> Span | None:
    """Return the date that the name of a month at `start` to `end` is part of."""
    low = max(0, start - _REACH)
    before, after = fold[low:start], fold[end : end + _REACH]
    day = _DAY_BEFORE.search(before)
    later = _DAY_AFTER.match(after)
    # A number before a full date that begins with its month is of what stands before: T2 May 2, 2019.
    is_full = later is not None and later["y"] and 1 <= int(later["d"]) <= 31
    if day is not None and later is not None and is_full and (day["suffix"] or day["range"]):
        return Span(low + day.start(), end + later.end(), Why.DATE)
    if day is not None and not is_full:
        return _day_first(fold, start, end, named, day, low)
    year = None if day else _YEAR_BEFORE.search(before)
    if fold[start:end] in _OTHERWISE:
        return None
    if later is not None and (
        year or later["y"] or later["short"] or later["suffix"] or end - start >= _CLEAR
    ):
        return _month_first(start, end, named, later, year, low)
    following = _YEAR_OF_MONTH.match(after)
    if following is not None:
        return Span(start, end + following.end(), Why.DATE)
    return Span(low + year.start(), end, Why.DATE) if year and fold[start:end] not in _SELDOM else None


def _without_year(fold: str, start: int, end: int, *, is_title: bool) -> Span | None:
    """Return a day and a short name of a month, which is one by its capital or the word before it."""
    low = max(0, start - _REACH)
    if (fold[start:end] == "may" and _VERB_BEHIND.match(fold, end)) or _UNIT_BEHIND.match(fold, end):
        return None
    first, last = start, end
    day = _DAY_BEFORE.search(fold[low:start])
    if day is not None and 1 <= int(day["d"]) <= 31 and not fold[: low + day.start()][-1:].isalpha():
        first = low + day.start()
    else:
        later = _DAY_AFTER.match(fold, end, end + _REACH)
        if later is None:
            return None
        last = later.end()
    cue = None if is_title else _CUE_BEFORE.search(fold[max(0, first - 14) : first])
    return Span(first, last, Why.DATE) if is_title or cue else None


def _day_first(
    fold: str, start: int, end: int, named: tuple[int, tuple[str, ...]], day: re.Match[str], low: int
) -> Span | None:
    number, names = named
    first = low + day.start()
    following = _YEAR_AFTER.match(fold, end, end + _REACH)
    if following is None:
        clear = day["suffix"] or end - start >= _CLEAR
        return Span(first, end, Why.DATE) if clear and 1 <= int(day["d"]) <= 31 else None
    last = following.end()
    if day["range"] or not following["y"]:
        return Span(first, last, Why.DATE)
    if fold[start:end] == "may" and fold[start - 1 : start] != " ":
        names = MONTHS["jan"][1]  # the one month whose name is its abbreviation: 19-May-2019, 19MAY2019
    if day["suffix"] == "." and fold[start:end] in _GERMAN:
        names = GERMAN_MONTHS
    parts = (
        Part("day", low + day.start("d"), low + day.end("d")),
        Part("month name", start, end, names),
        Part("year", *following.span("y")),
    )
    # The suffix of an English or French day changes with the day.
    changing = day["suffix"] not in (None, ".")
    written = None if changing else _written(following["y"], number, day["d"], parts)
    return Span(first, last, Why.DATE, written)


def _month_first(
    start: int,
    end: int,
    named: tuple[int, tuple[str, ...]],
    later: re.Match[str],
    year: re.Match[str] | None,
    low: int,
) -> Span:
    number, names = named
    first = low + year.start() if year else start
    last = end + later.end()
    parts: tuple[Part, ...] = (
        Part("month name", start, end, names),
        Part("day", end + later.start("d"), end + later.end("d")),
    )
    if later["suffix"] or later["range"]:
        return Span(first, last, Why.DATE)
    if later["y"]:
        parts = (*parts, Part("year", end + later.start("y"), end + later.end("y")))
        return Span(first, last, Why.DATE, _written(later["y"], number, later["d"], parts))
    if year:
        parts = (Part("year", low + year.start("y"), low + year.end("y")), *parts)
        return Span(first, last, Why.DATE, _written(year["y"], number, later["d"], parts))
    return Span(first, last, Why.DATE)


def _with_weekday(fold: str, span: Span) -> Span:
    """Return the span with the day of the week before it."""
    low = max(0, span.start - _REACH)
    found = _WEEKDAY_BEFORE.search(fold[low : span.start])
    named = WEEKDAYS.get(found["name"]) if found else None
    if found is None or named is None:
        return span
    start = low + found.start("name")
    written = span.written
    if written is not None:
        weekday = Part("weekday", start, low + found.end("name"), named[1])
        written = Written(written.year, written.month, written.day, (weekday, *written.parts))
    return Span(start, span.end, Why.DATE, written)


def _written(year: str, month: int, day: str, parts: tuple[Part, ...]) -> Written | None:
    try:
        date(int(year), month, int(day))
    except ValueError:
        return None
    return Written(int(year), month, int(day), parts)


_GERMAN: Final = frozenset(
    name for name, (_, names) in MONTHS.items() if name in map(str.lower, GERMAN_MONTHS)
)
