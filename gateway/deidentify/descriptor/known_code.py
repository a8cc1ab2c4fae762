"""Identifiers and places of a header in a folded text: codes with separators, and words in a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from gateway.deidentify.descriptor.script import cuts_number, places_of
from gateway.deidentify.descriptor.span import Span
from gateway.deidentify.descriptor.token import Why

CODES: Final = re.compile(r"[^\W_]+")
"""Words and numbers, and mixtures of them."""
_SEPARATORS: Final = re.compile(r"[-./_\s]+")


def short_codes(fold: str, codes: Collection[str]) -> Iterator[Span]:
    """Yield whole numbers and codes, with leading zeros or without."""
    if not codes:
        return
    for found in CODES.finditer(fold):
        if (found[0].lstrip("0") if found[0].isdecimal() else found[0]) in codes:
            yield Span(*found.span(), Why.KNOWN_IDENTIFIER)


def long_codes(fold: str, codes: Iterable[str]) -> Iterator[Span]:
    """Yield where codes stand, with separators between their characters or without."""
    squashed = _SEPARATORS.sub("", fold)
    hits = [code for code in codes if code in squashed]
    if not hits:
        return
    origin = [place for place, character in enumerate(fold) if not _SEPARATORS.match(character)]
    for code in hits:
        for place in places_of(squashed, code):
            start, end = origin[place], origin[place + len(code) - 1] + 1
            while start > 0 and fold[start - 1] == "0" and fold[start].isdecimal():
                start -= 1
            if not cuts_number(fold, start, end):
                yield Span(start, end, Why.KNOWN_IDENTIFIER)


def phrases(fold: str, places: Mapping[str, Iterable[tuple[str, ...]]]) -> Iterator[Span]:
    """Yield where all words of a place stand in order; `places` by their first word."""
    found = [match.span() for match in CODES.finditer(fold)]
    words = [fold[start:end] for start, end in found]
    for place, word in enumerate(words):
        for phrase in places.get(word, ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                yield Span(found[place][0], found[place + len(phrase) - 1][1], Why.KNOWN_PLACE)
