"""The words a descriptor may keep: an allow-list of clinical and everyday vocabulary.

Cleaning a descriptor (PS3.15 E.3.5) by looking for what must go finds no name that nobody listed;
this list says instead what may stay. It names no place, street, institution or title. A word of it
that is also somebody's name is ambiguous, and the cleaner has its neighbours decide.

The words stand in `vocabulary/*.txt`, one file a topic and language: a line that starts with `#` is
a comment, everything else is words in lower case with their accents.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from gateway.deidentify.needle import folded

MAX_COMPOUND: Final = 48
"""Letters to which a word is taken apart; the longest compounds of radiology have about forty."""
MIN_PART: Final = 3
MIN_FIRST: Final = 5
"""Letters from which any word of a language that joins words may begin a compound."""
MIN_LAST: Final = 6
"""Letters from which any word of the vocabulary may end a compound."""
MAX_PART: Final = 20
MAX_PARTS: Final = 5
_FOLDER: Final = "vocabulary"
_UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"}
)
"""How people write these letters where a keyboard or a character set has none of them."""
_NOT_ALLOWED: Final = frozenset({"ambiguous", "eponyms", "compound_first", "compound_last", "compound_names"})
"""Files that say something about words, or hold parts of words; every other file is words to keep."""
_JOINING: Final = ("de_anatomy", "de_everyday", "de_findings", "de_imaging", "nl_clinical", "nord_clinical")
_LINKS: Final = ("", "s", "n", "en", "es", "e", "o")
"""What German, Dutch and the Greek of medicine put between the parts of a compound."""


def _lines(name: str) -> list[str]:
    text = (files(__package__) / _FOLDER / f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@cache
def _words(name: str) -> frozenset[str]:
    """Return the words of a file folded, and as they are written without umlauts."""
    lines = _lines(name)
    return frozenset(
        word
        for line in lines
        for form in ((line,) if line.isascii() else (line, line.casefold().translate(_UMLAUTS)))
        for word in folded(form).split()
    )


@cache
def _allowed() -> frozenset[str]:
    """Return every word that may stay by itself or by its neighbours."""
    return _ordinary() | _words("eponyms")


@cache
def _ordinary() -> frozenset[str]:
    """Return every word that is vocabulary for more than an eponym."""
    names = (entry.name.removesuffix(".txt") for entry in (files(__package__) / _FOLDER).iterdir())
    return frozenset().union(*(_words(name) for name in names if name not in _NOT_ALLOWED))


@cache
def _joining() -> frozenset[str]:
    """Return the words of the languages that write compounds as one word."""
    return frozenset().union(*(_words(name) for name in _JOINING))


def load() -> None:
    """Read every list now; otherwise the first text of a process waits for it."""
    for entry in (files(__package__) / _FOLDER).iterdir():
        _words(entry.name.removesuffix(".txt"))
    _allowed()
    _joining()
    cjk_terms()


def is_clinical(word: str) -> bool:
    """Tell whether a word is vocabulary, by itself or as a compound of vocabulary.

    Parameters
    ----------
    word
        Letters, folded as `needle.folded` does; umlauts may be written ae, oe, ue.

    Returns
    -------
    bool
        Whether a descriptor may keep the word. An ambiguous word is clinical as well.
    """
    return word in _allowed() or _is_compound(word)


def is_listed(word: str) -> bool:
    """Tell whether a word is vocabulary by itself; folded as for `is_clinical`."""
    return word in _allowed()


def is_ambiguous(word: str) -> bool:
    """Tell whether a word of the vocabulary is a family or given name too, folded as for `is_clinical`.

    Eponyms are, but those that hardly anybody is called by.
    """
    return word in _words("ambiguous")


def is_eponym(word: str) -> bool:
    """Tell whether a word is a name inside medical terms, such as Hodgkin; folded as for `is_clinical`."""
    return word in _words("eponyms")


def is_eponym_only(word: str) -> bool:
    """Tell whether an eponym is vocabulary for no other reason, such as Bennett but not Stone."""
    return word in _words("eponyms") and word not in _ordinary()


def is_eponym_head(word: str) -> bool:
    """Tell whether a word beside an eponym says what is called so: disease, sign, fracture, view."""
    return word in _words("eponym_heads")


def is_function_word(word: str) -> bool:
    """Tell whether a word only joins others: and, mit, sans, con; folded as for `is_clinical`."""
    return word in _words("function")


@cache
def cjk_terms() -> tuple[str, ...]:
    """Return the terms of scripts without spaces, the longest first.

    Returns
    -------
    tuple of str
        Terms as they are written, composed (NFC); those in katakana in the narrow letters of
        ISO-IR 13 (PS3.3 C.12.1.1.2) as well.
    """
    terms = {unicodedata.normalize("NFC", term) for line in _lines("unspaced") for term in line.split()}
    terms |= {_narrow(term) for term in terms}
    return tuple(sorted(terms, key=lambda term: (-len(term), term)))


@cache
def _narrow_letters() -> dict[str, str]:
    """Return for each katakana of full width how ISO-IR 13 writes it, voiced ones as two letters."""
    letters: dict[str, str] = {}
    for code in range(0xFF66, 0xFF9E):
        for mark in ("", "\uff9e", "\uff9f"):
            narrow = chr(code) + mark
            wide = unicodedata.normalize("NFKC", narrow)
            if len(wide) == 1:
                letters[wide] = narrow
    return letters


def _narrow(term: str) -> str:
    return "".join(_narrow_letters().get(letter, letter) for letter in term)


def _is_compound(word: str) -> bool:
    """Tell whether a word is first parts of compounds and then a last part.

    The last part names nobody, so that Schwarzkopf is none although both of its parts are
    vocabulary. Linear in the word: its length, the length of a part and the number of parts are
    bounded.
    """
    if not 2 * MIN_PART <= len(word) <= MAX_COMPOUND or word in _words("compound_names"):
        return False
    starts = {0}
    for _ in range(MAX_PARTS - 1):
        ends = {
            start + length
            for start in starts
            for length in range(MIN_PART, min(MAX_PART, len(word) - start - MIN_PART) + 1)
            if _is_first_part(word[start : start + length])
        }
        starts = {end + len(link) for end in ends for link in _LINKS if word.startswith(link, end)}
        if any(_is_last_part(word[start:]) for start in starts):
            return True
    return False


def _is_first_part(part: str) -> bool:
    if part in _words("compound_first"):
        return True
    return len(part) >= MIN_FIRST and part in _joining() and part not in _words("ambiguous")


def _is_last_part(part: str) -> bool:
    if part in _words("ambiguous") or part in _words("eponyms"):
        return False
    return part in _words("compound_last") or (len(part) >= MIN_LAST and part in _allowed())
