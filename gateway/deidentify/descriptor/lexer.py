"""A text as a row of words, numbers and marks, each graded by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from gateway.deidentify.descriptor import vocabulary
from gateway.deidentify.descriptor.ambiguity import EVERYDAY, NAME_HEAVY
from gateway.deidentify.descriptor.folding import Folded, folded_text
from gateway.deidentify.descriptor.span import Span
from gateway.deidentify.descriptor.technical import is_technical_word

_IDEOGRAPHS: Final = "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
_PIECE: Final = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W\d_{_IDEOGRAPHS}]+|\d+|[^\w\s]|[_\w]")
_HUMP: Final = re.compile(r"(?<=[^\W\d_A-ZÀ-Þ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])")
_WHOLE: Final = 4
"""Letters from which a part of a word in camel case, of which another part is unknown, is a word."""
_LONGEST: Final = 40
"""Characters of the longest clinical word; what is longer is none."""


class Grade(IntEnum):
    """What a piece is by itself."""

    UNKNOWN = 0
    CLINICAL = 1
    AMBIGUOUS = 2
    TECHNICAL = 3
    LETTER = 4
    NUMBER = 5
    MARK = 6
    FOUND = 7


class Piece:
    """A word, number or mark of a folded text.

    Parameters
    ----------
    start, end
        Where it stands in the folded text.
    word
        Its folded text.
    grade
        What it is by itself.
    span
        What was found here as one.
    """

    __slots__ = ("end", "grade", "span", "start", "word")

    def __init__(self, start: int, end: int, word: str, grade: Grade, span: Span | None = None) -> None:
        self.start = start
        self.end = end
        self.word = word
        self.grade = grade
        self.span = span

    @property
    def is_word(self) -> bool:
        """Tell whether it consists of letters."""
        return self.grade <= Grade.LETTER


class Lexicon:
    """Grades words: the clinical vocabulary and the site's own.

    Parameters
    ----------
    words
        Further clinical words, folded.
    """

    def __init__(self, words: frozenset[str] = frozenset()) -> None:
        self._words = words
        self.unspaced = frozenset(
            word
            for word in (*map(folded_text, vocabulary.cjk_terms()), *words)
            if word and _is_ideographic(word[0])
        )
        """Words of the scripts that put no spaces between them."""
        sizes: dict[str, set[int]] = {}
        for word in self.unspaced:
            sizes.setdefault(word[0], set()).add(len(word))
        self._sizes = {first: tuple(sorted(lengths, reverse=True)) for first, lengths in sizes.items()}
        self.grade: Callable[[str], Grade] = lru_cache(maxsize=1 << 14)(self._grade)

    def is_clinical(self, word: str) -> bool:
        """Tell whether a folded word is clinical vocabulary and no name."""
        return self.grade(word) in (Grade.CLINICAL, Grade.TECHNICAL)

    def sizes_from(self, character: str) -> tuple[int, ...]:
        """Return the lengths of the unspaced words that begin with a character, the longest first."""
        return self._sizes.get(character, ())

    def is_term(self, word: str) -> bool:
        """Tell whether a folded word is clinical vocabulary that says something by itself."""
        return self.is_clinical(word) and not vocabulary.is_function_word(word)

    def _grade(self, word: str) -> Grade:
        if len(word) == 1:
            return Grade.LETTER
        if len(word) > _LONGEST:
            return Grade.UNKNOWN
        if word in self._words:
            return Grade.CLINICAL
        if vocabulary.is_clinical(word):
            is_name = vocabulary.is_ambiguous(word) or word in NAME_HEAVY or word in EVERYDAY
            return Grade.AMBIGUOUS if is_name else Grade.CLINICAL
        if is_technical_word(word):
            return Grade.TECHNICAL
        return Grade.UNKNOWN


def lexed(text: Folded, lexicon: Lexicon, start: int = 0, end: int | None = None) -> list[Piece]:
    """Return the pieces of a folded text from `start` to `end`; white space is in none."""
    fold = text.fold
    pieces: list[Piece] = []
    for found in _PIECE.finditer(fold, start, len(fold) if end is None else end):
        first, last, word = found.start(), found.end(), found[0]
        character = word[0]
        if character.isdecimal():
            pieces.append(Piece(first, last, word, Grade.NUMBER))
        elif not character.isalpha():
            pieces.append(Piece(first, last, word, Grade.MARK))
        elif _is_ideographic(character):
            pieces.extend(_ideographic(first, word, lexicon))
        else:
            grade = lexicon.grade(word)
            if grade is Grade.UNKNOWN:
                pieces.extend(_humps(text, first, last, lexicon))
            else:
                pieces.append(Piece(first, last, word, grade))
    return pieces


def _is_ideographic(character: str) -> bool:
    return "\u3005" <= character < "\ua000"


def _humps(text: Folded, start: int, end: int, lexicon: Lexicon) -> list[Piece]:
    """Return the words of a word in camel case, where they are known; else the word."""
    word = text.fold[start:end]
    original = text.original(start, end)[: len(word)]
    if original[1:].islower() or original.isupper() or not text.is_direct(start, end):
        return [Piece(start, end, word, Grade.UNKNOWN)]
    places = [0, *(found.start() for found in _HUMP.finditer(original)), len(word)]
    parts = [(first, last, lexicon.grade(word[first:last])) for first, last in pairwise(places)]
    if any(grade is Grade.UNKNOWN for _, _, grade in parts):
        parts = _without_fragments(parts)
    return [Piece(start + first, start + last, word[first:last], grade) for first, last, grade in parts]


def _without_fragments(parts: list[tuple[int, int, Grade]]) -> list[tuple[int, int, Grade]]:
    """Return the parts of a word with the short ones as a part of the unknown ones: Mc of McQuill."""
    joined: list[tuple[int, int, Grade]] = []
    for first, last, grade in parts:
        unknown = grade is Grade.UNKNOWN or last - first < _WHOLE
        if unknown and joined and joined[-1][2] is Grade.UNKNOWN:
            joined[-1] = (joined[-1][0], last, Grade.UNKNOWN)
        else:
            joined.append((first, last, Grade.UNKNOWN if unknown else grade))
    return joined


def _ideographic(start: int, word: str, lexicon: Lexicon) -> list[Piece]:
    """Return the longest known words, from the left, of a run of a script without spaces."""
    pieces: list[Piece] = []
    position = unknown = 0
    while position < len(word):
        size = _known_size(word, position, lexicon)
        if not size:
            position += 1
            continue
        if unknown < position:
            pieces.append(Piece(start + unknown, start + position, word[unknown:position], Grade.UNKNOWN))
        last = position + size
        pieces.append(Piece(start + position, start + last, word[position:last], Grade.CLINICAL))
        position = unknown = last
    if unknown < len(word):
        pieces.append(Piece(start + unknown, start + len(word), word[unknown:], Grade.UNKNOWN))
    return pieces


def _known_size(word: str, position: int, lexicon: Lexicon) -> int:
    """Return how many characters from `position` the longest known word has, or none."""
    for size in lexicon.sizes_from(word[position]):
        if position + size <= len(word) and word[position : position + size] in lexicon.unspaced:
            return size
    return 0


def around(text: Folded, lexicon: Lexicon, spans: list[Span]) -> list[Piece]:
    """Return the pieces of a folded text, of which each of `spans`, in order and apart, is one."""
    pieces: list[Piece] = []
    position = 0
    for span in spans:
        start, end = text.whole(span.start, span.end)
        start = max(start, position)
        if start >= end:
            continue
        pieces.extend(lexed(text, lexicon, position, start))
        pieces.append(Piece(start, end, text.fold[start:end], Grade.FOUND, span))
        position = end
    pieces.extend(lexed(text, lexicon, position))
    return pieces
