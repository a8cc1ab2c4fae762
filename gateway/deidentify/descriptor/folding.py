"""A text folded for comparison, character by character, so that what is found can be located."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.needle import folded as needle_folded

_UNPRINTED: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_ESCAPE: Final = re.compile(r"\x1b[\x20-\x2f]*[\x30-\x7e]?")
_LINES: Final = "\n\v\f\r\x85\u2028\u2029"
_MIXED: Final = re.compile("[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ALIKE: Final = dict(zip("авекмнорстухіѕјһԁԛԝӏ", "abekmhopctyxisjhdqwl", strict=True)) | dict(
    zip("αβεζηικνορτυχ", "abezhiknoptyx", strict=True)
)
"""Letters of other scripts that look like a Latin one, small or as a capital."""
_TO_LATIN: Final = str.maketrans(_ALIKE)
_TO_CYRILLIC: Final = str.maketrans(
    {latin: other for other, latin in _ALIKE.items() if "\u0400" <= other < "\u0450"}
)
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_QUOTES: Final = "\u2018\u2019\u201b\u02bc\u00b4`\u2032"


class _Folds(dict[str, str]):
    """The folded form of each character met so far."""

    def __missing__(self, character: str) -> str:
        fold = self[character] = _fold_of(character)
        return fold


def _fold_of(character: str) -> str:
    if character in _LINES:
        return "\n"
    if character.isspace():
        return " "
    if character in _DASHES:
        return "-"
    if character in _QUOTES:
        return "'"
    if unicodedata.category(character) == "Mc":
        return ""  # a vowel sign of an Indic script belongs to the letter before it
    fold = needle_folded(character)
    # A fraction or unit sign stays one character: a part of a character cannot be removed.
    return fold if len(fold) == 1 or fold.isalpha() or not fold else character


_FOLDS: Final = _Folds()


@dataclass(frozen=True, slots=True)
class Folded:
    """A text and its folded form.

    Parameters
    ----------
    text
        The original.
    fold
        Without case, accents and characters that do not print; digits of any script as 0 to 9.
    origin
        For each character of `fold` the place of the one it comes from; None where they are the same.
    """

    text: str
    fold: str
    origin: list[int] | None

    def located(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters `start` to `end` of the folded form stand in the original.

        Characters that fold to nothing belong to the printing one before them.
        """
        if self.origin is None:
            return start, end
        places = self.origin
        first = places[start] if start < len(places) else len(self.text)
        return first, places[end] if end < len(places) else len(self.text)

    def original(self, start: int, end: int) -> str:
        """Return characters `start` to `end` of the folded form as they were written."""
        first, last = self.located(start, end)
        return self.text[first:last]

    def is_direct(self, start: int, end: int) -> bool:
        """Tell whether each folded character of a span stands for one written one, without others between."""
        return self.origin is None or (
            self.origin[end - 1] - self.origin[start] == end - start - 1
            and all(self.origin[place] != self.origin[place + 1] for place in range(start, end - 1))
        )

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """Return the span widened so that it cuts no character of the original in two."""
        if self.origin is None:
            return start, end
        while 0 < start < len(self.origin) and self.origin[start] == self.origin[start - 1]:
            start -= 1
        while 0 < end < len(self.origin) and self.origin[end] == self.origin[end - 1]:
            end += 1
        return start, end

    def place(self, position: int) -> int:
        """Return the place in the folded form of the character at `position` of the original."""
        if self.origin is None:
            return max(0, min(position, len(self.fold)))
        return bisect_left(self.origin, position)


def fold(text: str) -> Folded:
    """Fold a text; linear in its length."""
    if text.isascii() and not _UNPRINTED.search(text):
        return Folded(text, text.lower(), None)
    # Of an escape sequence that no character set declared nothing but its length is left.
    read = _ESCAPE.sub(lambda found: "\0" * len(found[0]), text)
    pieces: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(read):
        folded = _FOLDS[character]
        if folded:
            pieces.append(folded)
            origin.append(position)
            if len(folded) > 1:
                origin.extend([position] * (len(folded) - 1))
    joined = "".join(pieces)
    return Folded(text, _WORD.sub(_in_one_script, joined) if _MIXED.search(joined) else joined, origin)


def _in_one_script(found: re.Match[str]) -> str:
    """Return a word with the letters that only look like those of its script as such, one for one."""
    word = found[0]
    if word.isascii():
        return word
    latin, cyrillic = latin_alike(word), word.translate(_TO_CYRILLIC)
    if latin.isascii():
        return latin
    return cyrillic if all("\u0400" <= letter <= "\u052f" for letter in cyrillic) else word


def latin_alike(word: str) -> str:
    """Return a folded word with a Latin letter for each that looks like one."""
    return word.translate(_TO_LATIN)


def folded_text(text: str) -> str:
    """Return the folded form alone."""
    return fold(text).fold
