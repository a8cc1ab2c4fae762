"""The identifying values of a header, and where the text of a picture says one of them.

Names are searched by component, in every order, run together and with initials; numbers with and
without what separates their parts; dates in every order of day, month and year. A value of up to
three characters proves nothing by itself, except a name of three.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import permutations
from typing import Final

from gateway.deidentify.descriptor.calendar_names import MONTHS
from gateway.deidentify.descriptor.generic_place import GENERIC_PLACES
from gateway.deidentify.needle import PREFIX, TITLES
from gateway.deidentify.pixel.judge.skeleton import EXACT, Near, Skeleton, as_digits, skeleton, tokens
from gateway.deidentify.pixel.judge.vocabulary import Proof, standard
from gateway.deidentify.pixel.message import Kind, Term
from gateway.errors import Reason, Refused

MAX_TERMS: Final = 4096
"""Values of one header; a real one has some dozens."""
MAX_LENGTH: Final = 1024
"""Characters of one value that count."""
MAX_TEXT: Final = 512
"""Characters of one line; a longer one is no line."""
WINDOW: Final = 6
"""Words of a line that may be parts of one value."""
_PARTICLES: Final = frozenset(
    "van von der den de del della di da do dos das du des la le lo ten ter te vom zu zum el al y e".split()
)
_NUMBERS: Final = re.compile(r"\d+")
_DAY_AND_MONTH: Final = (
    re.compile(r"(?<![\d.,])(\d{1,2}) ?[-/] ?(\d{1,2})(?!\d|\.\d)"),
    re.compile(r"(?<![\d.,])(\d{1,2})\. ?(\d{1,2})\.(?!\d\d\d)"),
    re.compile(r"(?<![\d.,])(\d\d)\.(\d\d)(?![\d.]| ?[a-z%])"),
    re.compile(r"^\W*(\d{1,2})[. ]+(\d{1,2})\W*$"),
)
"""Of two numbers with a full stop between them only what is no measurement."""
_MONTH_AND_YEAR: Final = re.compile(r"(?<!\d)(\d{1,2}) ?[-./ '] ?(\d{4}|\d{2})(?!\d)")
_YEAR_AND_MONTH: Final = re.compile(r"(?<!\d)(\d{4}) ?[-./ ] ?(\d{1,2})(?!\d)")
_SHORT_CODE: Final = 5
"""Characters up to which the code of a station or room is short."""


class Hit(IntEnum):
    """What a line says of the header."""

    NONE = 0
    SHORT = 1
    """Something short, that counts beside another hit only."""
    FULL = 2


class Sought:
    """What a header knows, ready to be searched.

    Parameters
    ----------
    terms
        Its identifying values.

    Raises
    ------
    Refused
        More than `MAX_TERMS`.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        if len(terms) > MAX_TERMS:
            raise Refused(Reason.LIMIT, "too many values to look for in pixels")
        self._words: set[Skeleton] = set()
        self._codes: set[Skeleton] = set()
        self._exact: set[str] = set()
        self._short: set[str] = set()
        self._alone: set[str] = set()
        self._dates: set[tuple[int, int, int]] = set()
        self._digits: set[str] = set()
        proof = standard().proof
        for term in terms:
            self._add(Term(term.kind, term.value[:MAX_LENGTH]), proof)
        self._near_words, self._near_codes = Near(self._words), Near(self._codes)
        self._longest = max(self._near_words.longest, self._near_codes.longest, EXACT)
        self.hit = lru_cache(maxsize=1024)(self._hit)

    def _add(self, term: Term, proof: Callable[[str], Proof]) -> None:
        if term.kind is Kind.NAME:
            self._add_name(term.value)
        elif term.kind is Kind.DATE:
            self._add_date(term.value)
        elif term.kind is Kind.TIME:
            self._digits.update(_digits_of_time(term.value))
        elif term.kind is Kind.AGE:
            self._exact.update(_forms_of_age(term.value))
        elif term.kind is Kind.IDENTIFIER:
            self._add_identifier(term.value)
        else:
            self._add_place(term.value, proof, is_text=term.kind is Kind.TEXT)

    def _add_name(self, value: str) -> None:
        for group in re.split(r"[=\\]", value):
            components = [tokens(component) for component in group.split("^")]
            named = [
                words
                for place, words in enumerate(components)
                if words and not (place >= PREFIX and all(word in TITLES for word in words))
            ]
            words = [word for component in named for word in component if word not in TITLES]
            for word in words:
                if word not in _PARTICLES or len(words) == 1:
                    self._add_word(word)
                    self._add_alone(word)
            for form in _run_together(["".join(component) for component in named]):
                self._add_word(form)
            for form in _run_together(words[:4]):
                self._add_word(form)
            # Nothing may differ in these: the longer parts of a name are found by themselves.
            self._exact.update(skeleton(form).plain for form in _with_initials(words))
            self._short.update(_initials(words))

    def _add_word(self, word: str) -> None:
        if len(word) > EXACT:
            self._words.add(skeleton(word))
        elif len(word) == EXACT:
            self._exact.add(skeleton(word).plain)
        elif word:
            self._short.add(word)

    def _add_alone(self, word: str) -> None:
        """Keep a short name or number that is nothing to be black for, and no proof either."""
        if 1 < len(word) <= EXACT:
            self._alone.add(word)

    def is_said(self, text: str) -> bool:
        """Tell whether a line has a word that is a short name or number of the header, as it stands."""
        return not self._alone.isdisjoint(tokens(text[:MAX_TEXT]))

    def _add_identifier(self, value: str) -> None:
        parts = tokens(value)
        whole = "".join(parts)
        for code in {whole, whole.lstrip("0"), *(part for part in parts if part.isdecimal())}:
            digits = sum(map(str.isdecimal, code))
            if len(code) > EXACT:
                (self._codes if digits else self._words).add(skeleton(code))
            elif len(code) == EXACT and 0 < digits < EXACT:
                # Like the name of a probe, and the whole of what a line says.
                self._exact.add(skeleton(code).plain)
            elif code:
                self._short.add(code)
                self._add_alone(code)

    def _add_place(self, value: str, proof: Callable[[str], Proof], *, is_text: bool) -> None:
        for line in re.split(r"[\n\r;,\\^=]+", value):
            words = tokens(line)
            unproved = [word for word in words if proof(word) is not Proof.LABEL]
            if len(words) > 1 and not GENERIC_PLACES.issuperset(words) and (unproved or not is_text):
                self._add_code("".join(words))
            for word in unproved:
                if word.isdecimal() or word in GENERIC_PLACES:
                    continue
                if len(word) > EXACT:
                    self._add_code(word)
                else:
                    self._short.add(word)

    def _add_code(self, word: str) -> None:
        """Add a word of a place; nothing may differ of a short one with digits: many settings are like it."""
        if len(word) <= _SHORT_CODE and any(map(str.isdecimal, word)):
            self._exact.add(skeleton(word).plain)
        else:
            self._add_word(word)

    def _add_date(self, value: str) -> None:
        digits = "".join(_NUMBERS.findall(value[:10]))[:8]
        if len(digits) == 8:
            year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
            self._dates.add((year, month, day))
            self._digits.update(_digits_of_date(year, month, day))
        elif len(digits) >= 4:
            self._digits.add(digits[:4])

    def _hit(self, text: str) -> Hit:
        """Return what a line says of the header; with every window of its words, and as numbers."""
        line = text[:MAX_TEXT]
        repaired = " ".join(map(as_digits, line.split()))
        if self._has_date(line) or self._has_date(repaired):
            return Hit.FULL
        words = tokens(line)
        if any(self._is_hit(window) for window in self._windows(words)):
            return Hit.FULL
        numbers = {number for form in (line, repaired) for number in _NUMBERS.findall(form)}
        if not numbers.isdisjoint(self._digits):
            return Hit.FULL
        return Hit.SHORT if not self._short.isdisjoint(words) else Hit.NONE

    def _windows(self, words: list[str]) -> Iterator[str]:
        for start in range(len(words)):
            window = ""
            count = 0
            for word in words[start:]:
                window += word
                # Letters that stand apart are of one word.
                count += len(word) > 1
                if len(window) > self._longest + 2 or count > WINDOW:
                    break
                yield window

    def _is_hit(self, window: str) -> bool:
        form = skeleton(window)
        if form.plain in self._exact or window in self._exact:
            return True
        letters = sum(map(str.isalpha, window))
        # Digits alone are no name, and letters alone no number.
        return (letters > 0 and self._near_words.has(form)) or (
            letters < len(window) and self._near_codes.has(form)
        )

    def _has_date(self, line: str) -> bool:
        if not self._dates:
            return False
        days = {(day, month) for _, month, day in self._dates}
        months = {(month, year) for year, month, _ in self._dates}
        for pattern in _DAY_AND_MONTH:
            if any((one, other) in days or (other, one) in days for one, other in _pairs(pattern, line)):
                return True
        for month, year in _pairs(_MONTH_AND_YEAR, line):
            if year >= 1000 and (month, year) in months:
                return True
        for year, month in _pairs(_YEAR_AND_MONTH, line):
            if (month, year) in months:
                return True
        return self._has_named_month(line)

    def _has_named_month(self, line: str) -> bool:
        words = tokens(re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)", " ", line))
        named = {MONTHS[word][0] for word in words if word in MONTHS}
        numbers = {int(word) for word in words if word.isdecimal() and len(word) <= 4}
        return any(month in named and ({day, year, year % 100} & numbers) for year, month, day in self._dates)


def _run_together(parts: Sequence[str]) -> Iterator[str]:
    """Yield the parts of a name in every order."""
    kept = [part for part in parts if part][:4]
    for size in range(2, len(kept) + 1):
        for some in permutations(kept, size):
            yield "".join(some)


def _with_initials(parts: Sequence[str]) -> Iterator[str]:
    """Yield the parts of a name, each with the first letters of the others."""
    kept = [part for part in parts if part][:4]
    for place, part in enumerate(kept):
        others = "".join(other[0] for other in kept[:place] + kept[place + 1 :])
        if others and len(part) >= EXACT:
            yield from (part + others, others + part, part + others[0], others[0] + part)


def _initials(words: Iterable[str]) -> set[str]:
    first = "".join(word[0] for word in words)[:4]
    return {first, first[1:] + first[:1]} if len(first) > 1 else set()


def _digits_of_date(year: int, month: int, day: int) -> set[str]:
    """Return a date without separators, and its year."""
    forms = {f"{year:04}"}
    for years in (f"{year:04}", f"{year % 100:02}"):
        days, months = f"{day:02}", f"{month:02}"
        forms |= {years + months + days, days + months + years, months + days + years, months + years}
    return forms | {f"{year:04}{month:02}", f"{day:02}{month:02}", f"{month:02}{day:02}"}


def _digits_of_time(value: str) -> set[str]:
    digits = "".join(_NUMBERS.findall(value.partition(".")[0]))
    return {digits[:size] for size in (4, 6) if len(digits) >= size}


def _forms_of_age(value: str) -> set[str]:
    found = re.fullmatch(r"0*(\d{1,3})([DWMY])", value.strip().upper())
    if not found:
        return set()
    number, unit = found[1], found[2].lower()
    return {f"{written}{unit}" for written in (number, number.zfill(2), number.zfill(3))}


def _pairs(pattern: re.Pattern[str], line: str) -> Iterator[tuple[int, int]]:
    """Yield the pairs of numbers that a pattern finds, those that overlap too."""
    start = 0
    while found := pattern.search(line, start):
        yield int(found[1]), int(found[2])
        start = found.start(2)
