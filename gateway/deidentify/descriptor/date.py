"""Dates in a text, in the ways people and devices write them, and how they look when moved.

Only a full date that can be read in one way is moved: year of four digits, and day before month
or month before day beyond doubt. Every other expression of a date can only go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from gateway.deidentify.descriptor.calendar_names import ERA_STARTS, in_case_of
from gateway.deidentify.descriptor.folding import Folded, folded_text
from gateway.deidentify.descriptor.named_date import named_dates
from gateway.deidentify.descriptor.span import Part, Span, Written
from gateway.deidentify.descriptor.token import Why

_YEAR: Final = r"(?P<y>(?:1[89]|20)\d\d)"
_COMPACT: Final = re.compile(
    rf"(?<!\d){_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"
    r"(?P<time>(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\.\d{1,6})?)?)?(?!\d)"
)
"""The forms of DA and DT."""
_YEAR_FIRST: Final = re.compile(
    rf"(?<![\d.,/]){_YEAR}(?P<s>[-/_]|\. ?)(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?!\d|[-./]\d)"
)
_OTHER_YEAR_FIRST: Final = re.compile(r"(?<![\d.,/])(?:1[34]|25)\d\d([-/])\d{1,2}\1\d{1,2}(?!\d|[-./]\d)")
"""Persian, Islamic and Buddhist years, which are not moved."""
_YEAR_LAST: Final = re.compile(
    rf"(?<![\d.,/])(?P<a>\d{{1,2}})(?P<s>[-/_]|\. ?)(?P<b>\d{{1,2}})(?P=s)"
    rf"(?:{_YEAR}|(?P<other>25\d\d|1[34]\d\d))(?!\d)"
)
_SPACED: Final = re.compile(rf"(?<![\d.,/-])(?P<a>\d\d)(?P<s> )(?P<b>\d\d) {_YEAR}(?!\d)")
_YEAR_FIRST_SPACED: Final = re.compile(
    r"(?<![\d.,/-])(?<!\d )(?P<y>(?:19[2-9]|20[0-4])\d) (?P<m>0[1-9]|1[0-2]) (?P<d>0[1-9]|[12]\d|3[01])"
    r"(?!\d| \d|[.,/-]\d)"
)
_ROMAN_MONTH: Final = re.compile(
    r"(?<![\w.,/-])(?:0?[1-9]|[12]\d|3[01])(?P<s>[./-]|\. | )(?:i{1,3}|i?v|vi{1,3}|i?x|xi{1,2})(?P=s)"
    r"(?:(?:19|20)\d\d(?!\w)|(?<![ -])\d\d(?![\w.,/]))"
)
_SHORT_YEAR: Final = re.compile(
    r"(?<![\w.,/^-])(?P<a>\d{1,2})(?P<s>[-/]|\. ?)(?P<b>\d{1,2})(?P=s)'?(?P<y>\d\d)(?![\w/^-]|\.\d)"
)
_SHORT_YEAR_FIRST: Final = re.compile(
    r"(?<![\w.,/^-])\d\d([-/.])(0[1-9]|1[0-2])\1([0-2]\d|3[01])(?![\w/^-]|\.\d)"
)
_GLUED_SHORT: Final = re.compile(r"(?<=_)(?P<a>\d\d)(?P<s>[-.])(?P<b>\d\d)(?P=s)(?P<y>\d\d)(?![\d.])")
_MONTH_OF_YEAR: Final = re.compile(
    r"(?<![\w.,/-])(?:(?:0[1-9]|1[0-2])[-/.]|[1-9]/)(?:19[2-9]|20[0-4])\d(?![\w/-]|\.\d)"
    r"|(?<![\w.,/-])(?:19[2-9]|20[0-4])\d[-/](?:0[1-9]|1[0-2])(?![\w/-]|\.\d)"
)
_NO_YEAR: Final = re.compile(
    r"\b(?:on|am|vom|zum|bis|seit|del?|le|du|al|dal|il|el|em|op|d\.d\.|dated?|datum|fecha|data) {1,2}"
    r"(?P<day>(?:0?[1-9]|[12]\d|3[01])(?:[./-](?:0?[1-9]|[12]\d|3[01])\.?))(?![\d/%-]|\.\d)"
)
_PADDED: Final = re.compile(r"(?<![\w./-])(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.(?![\w])")
"""A day and month as they are written in German, with the full stop behind each."""
_GERMAN_DAY: Final = re.compile(
    r"(?<![\w.,/-])(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?![\w.])"
    r"(?P<cue> ?(?:kontroll|verlauf|voraufn|voruntersuch|untersuch|termin|aufnahme|entlass|op\b))?"
)
"""The same without the zeros: a decimal at the end of a sentence looks like it."""
_GERMAN_CUE: Final = re.compile(
    r"(?<![a-z])(?:km|vom|am|seit|bis|zum|ab|vu|op|kontrolle|voraufnahme|voruntersuchung|untersuchung|"
    r"vorbefund|termin|aufnahme|entlassung)[ :]{1,2}$"
)
_MEASURED: Final = (
    r" ?(?:year|yr|jahr|hour|stunde|day|tag|week|woche|month|monat|fraction|fx\b|fraktion|image|node|"
    r"lymph|core|power|strength|pain|mm\b|cm\b|of\b)"
)
"""What makes two numbers with a stroke between them a share or a score."""
_BEHIND_CUE: Final = re.compile(
    r"(?<![a-z])(?:(?P<weak>prior|previous|from|last|until|thru|through|study of|exam of)|"
    r"voraufnahmen?|voruntersuchung|vorbefund|vorstudie|vu|vom|dated|since|seit|comparison|vergleich|"
    r"compared (?:to|with)|(?:prior|previous|last|old|outside) "
    r"(?:study|exam|examination|cta?|mri?|scan|film)s?(?: (?:from|of|dated|on))?):? {1,2}"
    rf"(?P<day>(?P<a>\d{{1,2}})/'?(?P<b>\d{{1,2}}))(?![\w/%]|[.,]\d|{_MEASURED})"
)
_BEFORE_CUE: Final = re.compile(
    r"(?<![\w.,/^-])(?P<day>(?P<a>\d{1,2})/'?(?P<b>\d{1,2})) "
    rf"(?P<weak>prior|previous|comparison|follow|kontroll|voraufn)(?!\w*{_MEASURED})"
)
_KANJI: Final = "〇零一二三四五六七八九十元"
_IDEOGRAPHIC: Final = re.compile(
    rf"(?:(?P<era>{'|'.join(ERA_STARTS)}) ?(?P<ey>\d{{1,2}}|元)|(?P<y>\d{{4}})|[{_KANJI}]{{1,4}}) ?年"
    rf"(?: ?(?:(?P<m>\d{{1,2}})|[{_KANJI}]{{1,3}}) ?月"
    rf"(?: ?(?:(?P<d>\d{{1,2}})|[{_KANJI}]{{1,3}}) ?[日号])?)?"
    rf"|\d{{1,2}} ?月 ?\d{{1,2}} ?[日号]"
)
_KOREAN: Final = re.compile(
    rf"(?<!\d)(?P<y>\d{{4}}) ?{folded_text('년')}(?: ?(?P<m>\d{{1,2}}) ?{folded_text('월')}"
    rf"(?: ?(?P<d>\d{{1,2}}) ?{folded_text('일')})?)?"
)
_ERA_LETTER: Final = re.compile(
    r"(?<![\w.])[mtshr](?:\d{1,2})([./-])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?![\w.])"
)
_RANGE: Final = re.compile(r"(?<!\d)\d{1,2}\.?(?:[-/]\d{1,2})?\.? ?(?:-|bis|to|/) ?$")
"""What a range of dates begins with: 12.-14.06.2019."""
_ANY: Final = re.compile(r"\d[-./_ ']{1,2}\d|\d[-./ ]{1,2}[ivx]|\d{8}|[年月]")
"""What each of the forms in digits has."""
_KOREAN_YEAR: Final = folded_text("년")


def dates(text: Folded, *, strict: bool) -> Iterator[Span]:
    """Yield the expressions of a date in a folded text; `strict` those also that a version may look like."""
    fold = text.fold
    yield from named_dates(text)
    if not (_ANY.search(fold) or _KOREAN_YEAR in fold):
        return
    for found in _COMPACT.finditer(fold):
        yield _span(found, None if found["time"] else _in_order(found, "y", "m", "d"))
    yield from _year_first(fold, strict=strict)
    for pattern in (_YEAR_LAST, _SPACED):
        for found in pattern.finditer(fold):
            yield from _year_last(found, fold)
    for pattern in (_OTHER_YEAR_FIRST, _MONTH_OF_YEAR, _ROMAN_MONTH):
        yield from (_span(found, None) for found in pattern.finditer(fold))
    yield from _without_century(fold, strict=strict)
    if not fold.isascii():
        yield from _ideographic(fold)


def _year_first(fold: str, *, strict: bool) -> Iterator[Span]:
    for found in _YEAR_FIRST.finditer(fold):
        # Versions of software are numbers between full stops too.
        if strict or found["s"] != "." or len(found["m"]) == len(found["d"]) == 2:
            yield _span(found, _in_order(found, "y", "m", "d"))
    for found in _YEAR_FIRST_SPACED.finditer(fold):
        # A round year may be a repetition time before other numbers.
        if not found["y"].endswith("00") or "0" in (found["m"][0], found["d"][0]):
            yield _span(found, _in_order(found, "y", "m", "d"))


def _without_century(fold: str, *, strict: bool) -> Iterator[Span]:
    """Yield dates whose century or year is left out."""
    for pattern in (_SHORT_YEAR, _SHORT_YEAR_FIRST, _GLUED_SHORT):
        for found in pattern.finditer(fold):
            sure = strict or (len(found[0]) >= len("01.01.01") and found[0][2] != ".")
            if sure and (pattern is _SHORT_YEAR_FIRST or _is_day_and_month(found["a"], found["b"])):
                yield _with_range(found.start(), found.end(), fold)
    for found in _NO_YEAR.finditer(fold):
        yield Span(found.start("day"), found.end("day"), Why.DATE)
    yield from _beside_a_cue(fold)
    if strict:
        for pattern in (_PADDED, _ERA_LETTER):
            yield from (_span(found, None) for found in pattern.finditer(fold))


def _beside_a_cue(fold: str) -> Iterator[Span]:
    """Yield what is a day and month, or a month and year, only because of the word beside it."""
    for pattern in (_BEHIND_CUE, _BEFORE_CUE):
        for found in pattern.finditer(fold):
            if _is_cued(int(found["a"]), int(found["b"]), is_weak=bool(found["weak"])):
                yield Span(found.start("day"), found.end("day"), Why.DATE)
    for found in _GERMAN_DAY.finditer(fold):
        before = fold[max(0, found.start() - 20) : found.start()]
        if _GERMAN_CUE.search(before) or (found["cue"] and not before.rstrip(" ")[-1:].isalnum()):
            yield Span(found.start(), found.start("cue") if found["cue"] else found.end(), Why.DATE)


def _is_cued(one: int, other: int, *, is_weak: bool) -> bool:
    """Tell whether two numbers are a month and day or year; beside some words they are as often a score."""
    is_score = is_weak and one <= other <= 12
    return not is_score and (1 <= one <= 12 or (one <= 31 and 1 <= other <= 12))


def _ideographic(fold: str) -> Iterator[Span]:
    for found in _IDEOGRAPHIC.finditer(fold):
        era = found["era"]
        if not era:
            yield _span(found, _in_order(found, "y", "m", "d"))
            continue
        written = None
        if found["d"] and found["ey"].isdigit():
            year = ERA_STARTS[era] + int(found["ey"])
            parts = (
                Part("era year", *found.span("ey")),
                Part("month", *found.span("m")),
                Part("day", *found.span("d")),
            )
            written = _valid(year, int(found["m"] or 0), int(found["d"]), parts)
        yield _span(found, written)
    if _KOREAN_YEAR in fold:
        for found in _KOREAN.finditer(fold):
            yield _span(found, _in_order(found, "y", "m", "d"))


def _span(found: re.Match[str], written: Written | None) -> Span:
    return Span(found.start(), found.end(), Why.DATE, written)


def _with_range(start: int, end: int, fold: str) -> Span:
    """Return a date that cannot be moved, with what a range begins with before it."""
    before = _RANGE.search(fold[max(0, start - 10) : start])
    return Span(start - (len(before[0]) if before else 0), end, Why.DATE)


def _is_day_and_month(one: str, other: str) -> bool:
    return 1 <= min(int(one), int(other)) <= 12 and 1 <= max(int(one), int(other)) <= 31


def _year_last(found: re.Match[str], fold: str) -> Iterator[Span]:
    """Yield a date that ends in its year, if it is one."""
    if not _is_day_and_month(found["a"], found["b"]):
        return
    start = found.start()
    before = _RANGE.search(fold[max(0, start - 10) : start])
    if before or found["y"] is None:
        yield _with_range(start, found.end(), fold)
        return
    first, second = int(found["a"]), int(found["b"])
    # Full stops are European; with other separators a day up to 12 may be a month.
    day_first = second <= 12 and (first > 12 or first == second or found["s"].startswith("."))
    if day_first:
        yield _span(found, _in_order(found, "y", "b", "a"))
    elif first <= 12 < second:
        yield _span(found, _in_order(found, "y", "a", "b"))
    else:
        yield _span(found, None)


def _in_order(found: re.Match[str], year: str, month: str, day: str) -> Written | None:
    """Return the date that the named groups of a match are, if the calendar has it."""
    if not (found[year] and found[month] and found[day]):
        return None
    parts = (
        Part("year", *found.span(year)),
        Part("month", *found.span(month)),
        Part("day", *found.span(day)),
    )
    return _valid(int(found[year]), int(found[month]), int(found[day]), parts)


def _valid(year: int, month: int, day: int, parts: tuple[Part, ...]) -> Written | None:
    try:
        date(year, month, day)
    except ValueError:
        return None
    return Written(year, month, day, parts)


def moved_text(span: Span, text: Folded, moved: str) -> str | None:
    """Return a date as it is written, but for the day `moved` (YYYYMMDD); None where that cannot be.

    Parameters
    ----------
    span
        With the date as `dates` found it.
    text
        What it was found in.
    moved
        Eight digits.
    """
    written = span.written
    if written is None or len(moved) != 8 or not moved.isdigit():
        return None
    try:
        day = date(int(moved[:4]), int(moved[4:6]), int(moved[6:]))
    except ValueError:
        return None
    pieces: list[str] = []
    position = span.start
    for part in sorted(written.parts, key=lambda part: part.start):
        value = _part_of(day, part, text.original(part.start, part.end), written.year)
        if value is None:
            return None
        pieces += text.original(position, part.start) if part.start > position else "", value
        position = part.end
    pieces.append(text.original(position, span.end) if span.end > position else "")
    return "".join(pieces)


def _part_of(day: date, part: Part, original: str, year: int) -> str | None:
    """Return one part of a moved date in the form of `original`."""
    if part.kind == "month name":
        return in_case_of(original, part.names[day.month - 1])
    if part.kind == "weekday":
        return in_case_of(original, part.names[day.weekday()])
    if part.kind == "era year":
        number = int(original) + day.year - year
        # The year an era begins in belongs to two; it is named for neither.
        return _as_digits_of(original, number) if number > 1 else None
    number = {"year": day.year, "month": day.month, "day": day.day}[part.kind]
    return _as_digits_of(original, number)


def _as_digits_of(original: str, number: int) -> str:
    """Return a number padded as `original` is, in the digits of its script."""
    width = len(original)
    digits = str(number).zfill(width)
    first = original[:1]
    if first.isascii() or not first.isdecimal():
        return digits
    zero = ord(first) - int(first)
    return "".join(chr(zero + int(digit)) for digit in digits)
