"""What can be said of a text before anything is known of the instance it stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.descriptor.address import addresses
from gateway.deidentify.descriptor.cue import AFTER_NAME, CUES
from gateway.deidentify.descriptor.date import dates
from gateway.deidentify.descriptor.folding import Folded, fold
from gateway.deidentify.descriptor.institution import BEFORE, BEHIND
from gateway.deidentify.descriptor.lexer import Grade, Lexicon, Piece, around
from gateway.deidentify.descriptor.pattern import ages, contacts, numbers, times
from gateway.deidentify.descriptor.span import Span, united
from gateway.deidentify.descriptor.staff_initials import STAFF

_DIGITS: Final = re.compile(r"\d")
_CONTACT: Final = re.compile(r"@|\(at\)|\[at\]|[:/\\]|\w\.\w")
_ANNOUNCING: Final = frozenset(CUES) | AFTER_NAME | BEFORE | BEHIND | STAFF


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with everything found in it that any instance would have removed.

    Parameters
    ----------
    text
        The folded text.
    spans
        Dates, numbers, addresses: in order and apart.
    pieces
        Words, numbers and marks, and the spans among them.
    words
        The words.
    unknown
        Those that no vocabulary has.
    has_cues
        Whether one of the words announces a name, number or place.
    is_quiet
        Whether nothing is in it that could go, except what a header knows.
    """

    text: Folded
    spans: tuple[Span, ...]
    pieces: list[Piece]
    words: frozenset[str]
    unknown: tuple[str, ...]
    has_cues: bool
    is_quiet: bool


def read(
    text: str, lexicon: Lexicon, more: Callable[[Folded], Iterable[Span]] | None = None, *, strict: bool
) -> Reading:
    """Read a text; linear in its length.

    Parameters
    ----------
    text
        As it was written.
    lexicon
        Grades its words.
    more
        Finds what else goes; of a reading that is for one instance only.
    strict
        Whether it is a descriptor.
    """
    folded = fold(text)
    found = _spans(folded, lexicon, strict=strict)
    spans = tuple(united([*found, *more(folded)] if more else found))
    pieces = around(folded, lexicon, list(spans))
    words = frozenset(piece.word for piece in pieces if piece.grade <= Grade.LETTER)
    unknown = tuple(sorted({piece.word for piece in pieces if piece.grade is Grade.UNKNOWN}))
    has_cues = not words.isdisjoint(_ANNOUNCING)
    quiet = not spans and not has_cues
    if strict:
        quiet = quiet and not unknown and all(piece.grade is not Grade.AMBIGUOUS for piece in pieces)
    return Reading(folded, spans, pieces, words, unknown, has_cues, quiet)


def _spans(text: Folded, lexicon: Lexicon, *, strict: bool) -> list[Span]:
    spans: list[Span] = []
    if _CONTACT.search(text.fold):
        spans += contacts(text.fold, strict=strict)
    spans += ages(text.fold)
    if _DIGITS.search(text.fold) or not text.fold.isascii():
        spans += dates(text, strict=strict)
        spans += times(text.fold, strict=strict)
        spans += numbers(text.fold, lexicon.is_clinical, strict=strict)
    spans += addresses(text.fold, lexicon.is_clinical, lexicon.is_term, strict=strict)
    return spans
