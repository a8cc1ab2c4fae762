"""What identifies by its form alone: dates, times, numbers to call or to identify, addresses on the net.

Engines take letters for digits, so each word is also read as the number that it may be.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.deidentify.descriptor.calendar_names import MONTHS
from gateway.deidentify.descriptor.date import dates
from gateway.deidentify.descriptor.folding import fold
from gateway.deidentify.descriptor.pattern import contacts
from gateway.deidentify.pixel.judge.skeleton import as_digits, tokens

_DIGITS: Final = 5
"""Digits in a row from which a number identifies."""
_LONG: Final = re.compile(rf"\d{{{_DIGITS},}}")
_DATE: Final = re.compile(
    r"(?<![\d.,])(?:\d{1,2} ?[-./,'_ ] ?\d{1,2} ?[-./,'_ ] ?(?:\d{4}|'?\d\d)"
    r"|\d{4} ?[-./,_ ] ?\d{1,2} ?[-./,_ ] ?\d{1,2})(?!\d|[.,]\d| ?(?:[km]?hz|[cm]m|ms|db)\b)",
    re.IGNORECASE,
)
_PARTS: Final = re.compile(r"\d+")
_TIME: Final = re.compile(
    r"(?<![\d.,:])(?:[01]?\d|2[0-4])(?:[:;][0-5]\d(?:[:;.][0-5]\d)?(?!\d)|[hH][0-5]\d(?![\d:])"
    r"|[.][0-5]\d[.:][0-5]\d(?!\d))|(?<!\d)\d{1,2} ?[ap]\.?m\.?(?![a-z])",
    re.IGNORECASE,
)
_HOURS: Final = re.compile(r"(?:[1-9]|1[0-2]):[03]0")
_CLOCK: Final = re.compile(
    r"\b(?:fn|cmfn|breast|brst|mamma|o'?clock|uhr lage|radial|arad|antirad|areola\w*|nipple)\b", re.IGNORECASE
)
"""Places in a breast are told by the clock."""
_GROUPS: Final = re.compile(
    r"(?<![\d.,])\+?\(?\d{1,6}\)?(?: ?[-/() ] ?\(?\d{2,6}\)?){1,6}(?![.,]?\d| ?[a-z%µ°])", re.IGNORECASE
)
"""Groups of digits: numbers to call and to identify."""
_CALL: Final = 7
"""Digits of such groups together from which they are one."""
_MIXED: Final = re.compile(r"[^\W_](?:[-/.]?[^\W_]){3,}")
_MIXED_DIGITS: Final = 4
_MEASURE: Final = re.compile(
    r"[+\-~<>±]?\d{1,4}(?:[.,]\d{1,3})?(?:[x*\-/]\d{1,4}(?:[.,]\d{1,3})?){0,2}[a-z%°µ]{1,6}[23²³]?"
    r"|\d{1,4}(?:[.,]\d{1,3})?(?:[x×*]\d{1,4}(?:[.,]\d{1,3})?){0,2}"  # noqa: RUF001 - as it is written
    r"|(?:ww|wl|tr|te|ti|b|kvp?|mas?|fov|[wcl])[:=]?-?\d{1,4}(?:\.\d{1,3})?",
    re.IGNORECASE,
)
"""What is a measurement or a setting, of up to four digits each."""
_NET: Final = re.compile(r"@|www\.|://|\.(?:com|org|net|de|fr|it|es|uk|edu)\b", re.IGNORECASE)


def is_identifying(text: str) -> bool:
    """Tell whether something in a line identifies by its form; `text` as it was read."""
    repaired = " ".join(map(as_digits, text.split()))
    return (
        _NET.search(text) is not None
        or any(
            _LONG.search(form) is not None
            or _has_date(form)
            or _has_time(form)
            or _has_groups(form)
            or any(True for _ in contacts(form.lower(), strict=True))
            for form in {text, repaired}
        )
        or _has_mixed(text)
    )


def _has_date(text: str) -> bool:
    if any(_is_day(found[0]) for found in _DATE.finditer(text)):
        return True
    if any(True for _ in dates(fold(text), strict=True)):
        return True
    return _has_month(text)


def _is_day(text: str) -> bool:
    """Tell whether three numbers can be a date in some order; between spaces only if they look like one."""
    parts = sorted(map(int, _PARTS.findall(text)))
    if " " in text and not re.search(r"[-./,'_]", text):
        return any(1900 <= part <= 2100 for part in parts) or re.search(r"\b0\d", text) is not None
    small = [part for part in parts if 1 <= part <= 12]
    return bool(small) and sum(1 <= part <= 31 for part in parts) >= 2


def _has_month(text: str) -> bool:
    """Tell whether the name of a month stands beside a day or a year."""
    words = tokens(re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)", " ", text))
    for place, word in enumerate(words):
        if len(word) < 3 or word not in MONTHS:
            continue
        beside = words[max(0, place - 1) : place] + words[place + 1 : place + 2]
        if any(other.isdecimal() and (int(other) <= 31 or 1900 <= int(other) <= 2100) for other in beside):
            return True
    return False


def _has_time(text: str) -> bool:
    clock = _CLOCK.search(text) is not None
    return any(not (clock and _HOURS.fullmatch(found[0])) for found in _TIME.finditer(text))


def _has_groups(text: str) -> bool:
    for found in _GROUPS.finditer(text):
        groups = _PARTS.findall(found[0])
        digits = sum(map(len, groups))
        if len(groups) == 2 and "/" in found[0]:
            continue  # two settings of up to four digits
        if digits >= _CALL and ("+" in found[0] or not all(group.endswith("0") for group in groups)):
            return True
    return False


def _has_mixed(text: str) -> bool:
    """Tell whether a word of letters and digits has so many digits that it is a number of somebody."""
    for word in text.split():
        if _MEASURE.fullmatch(word.strip("()[]:;,=")):
            continue
        for found in _MIXED.finditer(word):
            digits = sum(map(str.isdecimal, found[0]))
            letters = sum(map(str.isalpha, found[0]))
            parts = found[0].split("/")
            if digits >= _MIXED_DIGITS and letters and not all(map(_MEASURE.fullmatch, parts)):
                return True
    return False
