"""Lines and words that are clinical by their form: marks, counters, ticks of a scale, settings, codes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

NUMBER: Final = re.compile(r"\d{1,4}(?:[.,]\d{1,3})?|0[.,]\d{1,4}")
"""A number that a label may have: up to four digits before the point."""
MAX_BARE: Final = 3
"""Digits of a number that stands by itself."""
CODE: Final = re.compile(
    # Vertebrae, segments of vessels, leads, planes of a scan, weightings, dimensions, field strength.
    r"c[0-8]|th?(?:\d|1[0-2])|d(?:\d|1[0-2])|l[1-6]|s[1-5]|co?[1-5]|v[1-9]|m[0-6]|p[0-4]|a[0-6]|[ab][1-4]"
    r"|q[1-4]|t[12]w?|[234]d|[1-9]\.?[05]?t|[2345]ch|a[2345]c|b\d{1,4}|[xz]\d{1,2}|\d{1,2}x|[sr][0-4]"
    r"|ph\d{1,3}|e[1-4]|h[1-4]|n[1-4]|g\d{1,3}|r\d|d\d{1,2}|1h|1st|2nd|3rd|[4-9]th|\d{1,2}w(?:\d{1,2}d)?"
    # Reconstruction kernels.
    r"|i\d{2}[fs]?|[efhubq]\d{2}[fsdhq]|(?:br|bf|hr|hf|ur|qr|bv|bl|sa|sd|pr|ub|ud|uh|bm|bs)\d{2}[a-z]?"
    # Places along an axis of the patient, transducers, matrices.
    r"|[lraphfsi]\d{1,3}\.\d{1,2}|[a-z]{1,2}\d{1,2}-\d{1,2}(?:-?[a-z]{1,2})?|\d{1,2}[a-z]{1,2}-[a-z]{1,2}"
    r"|\d{1,4}(?:\.\d{1,3})?(?:x\d{1,4}(?:\.\d{1,3})?){1,2}"
)
"""Letters and digits written together that say something, folded."""
_AXES: Final = ("lr", "ap", "hfsi")
_NAMES: Final = frozenset({"ali", "sal", "lia", "ira", "ria", "pal", "lis", "sil"})
"""What would be marks of orientation, and is more often somebody."""
_ISOLATED: Final = frozenset("lraphfsixv")
"""Letters that stand by themselves: orientation, laterality, ends of a caliper, the mark of a probe."""
_SIGNS: Final = frozenset(
    {"+c", "c+", "c-", "-c", "+ c", "w/c", "w/o c", "t1+c", "t1w+c", "t1 + c", "t1 +c", "+gd", "w/b"}
)
"""With contrast medium, and without."""
_CALIPERS: Final = frozenset("+*<>×▲▼●○□■↑↓←→|-?")  # noqa: RUF001 - as they are read
_WINDOW: Final = r"[wlc]\s*[:=]?\s*[-+]?\d{1,4}"
_SETTINGS: Final = re.compile(
    rf"[csdpgzkav]\s*[:=]?\s*\d{{1,3}}|[wl]\s*[:=]?\s*[-+]?\d{{1,4}}|(?![mf])[a-z]{{1,2}}\s*[:=]\s*[-+]?\d{{1,3}}"
    rf"|(?=w){_WINDOW}[\s,/]*(?=[lc]){_WINDOW}|(?=[lc]){_WINDOW}[\s,/]*(?=w){_WINDOW}"
)
"""Letters that name a setting; of a window and its centre with up to four digits."""
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_PAIR: Final = re.compile(r"\D*([1-9]\d{0,2}) ?(?:[/:] ?([1-9]\d{0,2})|[x×*] ?[1-9]\d{0,3})\D*")  # noqa: RUF001
"""One of several, a ratio, a matrix; a number that begins with 0 may be of a date."""


def is_clinical_form(line: str) -> bool:
    """Tell whether a folded line is clinical by its form, whatever its words."""
    return (
        line in _SIGNS
        or is_orientation(line)
        or _SETTINGS.fullmatch(line) is not None
        or (len(line) <= 2 and _CALIPERS.issuperset(line))
    )


def is_orientation(line: str) -> bool:
    """Tell whether a folded line is one mark of orientation or laterality, such as R, AFL or AR."""
    letters = re.fullmatch(r"[(\[]?([a-z]{1,3})[)\]]?", line)
    if letters is None or letters[1] in _NAMES:
        return False
    word = letters[1]
    if len(word) == 1:
        return word in _ISOLATED
    axes = {place for place, axis in enumerate(_AXES) for letter in word if letter in axis}
    return len(axes) == len(word) and set(word) <= set("".join(_AXES))


def is_number_line(line: str) -> bool:
    """Tell whether a line without words is a measurement, a counter or the ticks of a scale."""
    numbers = _DIGITS.findall(line)
    if not all(NUMBER.fullmatch(number) for number in numbers):
        return False
    if len(numbers) == 1:
        whole = re.split(r"[.,]", numbers[0])[0]
        return len(whole) <= MAX_BARE or re.search(r"[-+]\d|\d ?%", line) is not None
    pair = _PAIR.fullmatch(line)
    if pair is not None:
        # One of several is not more than they are; a stroke read as a 1 makes such a pair of a date.
        return pair[2] is None or int(pair[1]) <= int(pair[2]) or ":" in line
    if not any(map(str.isdecimal, numbers)):
        return True
    if any(len(number) > MAX_BARE for number in numbers if number.isdecimal()):
        return False
    values = [float(number.replace(",", ".")) for number in numbers]
    steps = {round(after - before, 3) for before, after in pairwise(values)}
    return len(values) > 2 and len(steps) == 1 and 0 not in steps
