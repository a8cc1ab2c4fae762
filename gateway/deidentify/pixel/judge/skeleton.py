"""Text as an engine may have misread it: letters and digits that look alike are one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.deidentify.descriptor.folding import folded_text

EXACT: Final = 3
"""Characters up to which nothing may differ."""
_ALIKE: Final = str.maketrans("oqdil|!j$szbg", "0001111155286")
_SPREAD: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
"""Two letters that close together look like one."""
_TOKEN: Final = re.compile(r"[^\W_]+|[|!$]+")
_AS_DIGITS: Final = str.maketrans("oOQDIl|!iSsBZzG", "000011111558226")
_LIKE_DIGITS: Final = frozenset("0123456789oOQDIl|!iSsBZzG")


def errors(length: int) -> int:
    """Return how many characters of a value of some length may be wrong, left out or swapped."""
    if length <= EXACT:
        return 0
    if length <= 5:
        return 1
    return 2 if length <= 9 else length // 4


@dataclass(frozen=True, slots=True, order=True)
class Skeleton:
    """A word without what engines confuse.

    Parameters
    ----------
    plain
        Letter by letter.
    joined
        With pairs of letters that look like one as that one.
    """

    plain: str
    joined: str


def skeleton(text: str) -> Skeleton:
    """Return the skeleton of a text, of which only letters, digits and what looks like them count."""
    fold = "".join(_TOKEN.findall(folded_text(text)))
    joined = fold
    for pair, one in _SPREAD:
        joined = joined.replace(pair, one)
    return Skeleton(fold.translate(_ALIKE), joined.translate(_ALIKE))


def tokens(text: str) -> list[str]:
    """Return the words and numbers of a text, folded."""
    return _TOKEN.findall(folded_text(text))


def is_near(one: Skeleton, other: Skeleton) -> bool:
    """Tell whether two words may be the same; the second says how many errors there may be."""
    return any(
        OSA.distance(here, there, score_cutoff=errors(len(there))) <= errors(len(there))
        for here, there in ((one.plain, other.plain), (one.joined, other.joined))
    )


class Near:
    """Words, to be found again with errors.

    Parameters
    ----------
    words
        Skeletons.
    """

    def __init__(self, words: set[Skeleton]) -> None:
        self._by_length: dict[int, list[str]] = {}
        every = sorted({word.plain for word in words} | {word.joined for word in words})
        for word in every:
            if word:
                self._by_length.setdefault(len(word), []).append(word)
        self.longest = max((length + errors(length) for length in self._by_length), default=0)

    def has(self, word: Skeleton) -> bool:
        """Tell whether one of the words is near."""
        return any(self._has(form) for form in {word.plain, word.joined})

    def _has(self, form: str) -> bool:
        for length, words in self._by_length.items():
            allowed = errors(length)
            if abs(length - len(form)) <= allowed and (
                process.extractOne(form, words, scorer=OSA.distance, score_cutoff=allowed) is not None
            ):
                return True
        return False


def as_digits(token: str) -> str:
    """Return a token as a number where most of it is digits and the rest looks like some; else itself."""
    characters = [character for character in token if character.isalnum() or character in "|!"]
    if not _LIKE_DIGITS.issuperset(characters):
        return token
    digits = sum(character.isdecimal() for character in characters)
    return token.translate(_AS_DIGITS) if 2 * digits >= len(characters) > 0 else token
