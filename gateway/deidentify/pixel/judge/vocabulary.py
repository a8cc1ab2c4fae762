"""The words of labels in images, by which a line is proved to be clinical.

Besides the vocabulary of descriptors there are the abbreviations that devices write beside a
picture. They stand in `vocabulary/*.txt`: a line that starts with `#` is a comment, everything else
is words, folded.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from gateway.deidentify.descriptor.ambiguity import EVERYDAY, MOSTLY_CLINICAL, NAME_HEAVY
from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.descriptor.lexer import Grade, Lexicon
from gateway.deidentify.descriptor.token import Verdict
from gateway.deidentify.descriptor.vocabulary import is_ambiguous, is_eponym, is_function_word

_FOLDER: Final = "vocabulary"
_APART: Final = frozenset({"alone", "cue", "eponym", "unit"})
"""Files that are no labels by themselves."""
_REMEMBERED: Final = 1 << 14
_SHORT: Final = 3
"""Letters up to which a word of the descriptors' vocabulary proves nothing: almost all are in it."""

_KNOWN: Final = (Grade.CLINICAL, Grade.TECHNICAL, Grade.AMBIGUOUS)


class Proof(IntEnum):
    """What a word says about the line it stands in."""

    NONE = 0
    """It is unknown: the line goes."""
    NEEDY = 1
    """It may be a name: it stays only beside a word that proves something."""
    JOINING = 2
    """It stays, and proves nothing."""
    LABEL = 3
    """It is a clinical label."""


@cache
def _words(name: str) -> frozenset[str]:
    text = (files(__package__) / _FOLDER / f"{name}.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def labels() -> frozenset[str]:
    """Return every word that devices write."""
    names = (entry.name.removesuffix(".txt") for entry in (files(__package__) / _FOLDER).iterdir())
    return frozenset().union(*(_words(name) for name in names if name not in _APART))


def is_unit(word: str) -> bool:
    """Tell whether a folded word is a unit of measurement."""
    return word in _words("unit")


def cues() -> frozenset[str]:
    """Return the folded words that announce a person, something of theirs, a place or a date."""
    return _words("cue")


def is_method(word: str) -> bool:
    """Tell whether a folded name is one of a method or view that labels have."""
    return word in _words("eponym")


def is_alone(word: str) -> bool:
    """Tell whether a folded word that may be a name is a label where it stands alone."""
    return word in _words("alone")


class Vocabulary:
    """The words of labels, and the site's own.

    Parameters
    ----------
    words
        The site's own, folded.
    """

    def __init__(self, words: frozenset[str] = frozenset()) -> None:
        self._words = words
        self._lexicon = Lexicon(words)
        self._cleaner = Cleaner(words=words | labels())
        self.proof: Callable[[str], Proof] = lru_cache(maxsize=_REMEMBERED)(self._proof)
        """What a folded word of letters proves."""

    def _proof(self, word: str) -> Proof:
        if word in self._words:
            return Proof.LABEL
        if word in _words("eponym"):
            return Proof.NEEDY
        is_firm = word in MOSTLY_CLINICAL or not _may_be_name(word)
        if word in labels():
            return Proof.LABEL if is_firm else Proof.NEEDY
        if word in cues() or self._lexicon.grade(word) not in _KNOWN:
            return Proof.NONE
        if not is_firm:
            return Proof.NEEDY
        return Proof.JOINING if is_function_word(word) or len(word) <= _SHORT else Proof.LABEL

    def is_label(self, word: str) -> bool:
        """Tell whether a folded word is one that devices write, or of the site."""
        return word in labels() or word in self._words

    def keeps(self, line: str) -> bool:
        """Tell whether a descriptor would keep all of a line, in which a word may be a name."""
        tokens = self._cleaner.clean(line, Known(), strict=True, date=None, uid=_same).tokens
        return all(token.verdict is Verdict.KEPT for token in tokens)


def _may_be_name(word: str) -> bool:
    return is_ambiguous(word) or is_eponym(word) or word in NAME_HEAVY or word in EVERYDAY


def _same(text: str) -> str:
    return text


@cache
def standard() -> Vocabulary:
    """Return the vocabulary without words of a site."""
    return Vocabulary()
