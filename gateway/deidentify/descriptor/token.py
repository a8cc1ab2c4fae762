"""What became of each part of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a token."""

    KEPT = "kept"
    REMOVED = "removed"
    REPLACED = "replaced"


class Why(StrEnum):
    """Why it became that; a closed list, none of which quotes the text."""

    VOCABULARY = "vocabulary"
    NUMBER = "number"
    TECHNICAL = "technical"
    PUNCTUATION = "punctuation"
    KNOWN_NAME = "known name"
    KNOWN_IDENTIFIER = "known identifier"
    KNOWN_PLACE = "known place"
    DATE = "date"
    TIME = "time"
    PHONE = "phone"
    EMAIL = "e-mail"
    URL = "url"
    IDENTIFIER = "identifier"
    CUE = "cue"
    ADDRESS = "address"
    INSTITUTION = "institution"
    UNKNOWN = "unknown word"
    UID = "uid"
    PLUG_IN = "plug-in"
    NEIGHBOURS = "name by its neighbours"


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the original text.

    Parameters
    ----------
    text
        The part itself.
    start, end
        Where it stands in the original text, in characters.
    verdict, why
        What became of it.
    after
        What stands in its place: itself, nothing, or a shifted date or new UID.
    """

    text: str
    start: int
    end: int
    verdict: Verdict
    why: str
    after: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text; every character of the original is in one token or is white space."""

    text: str
    tokens: tuple[Token, ...]


Finder = Callable[[str], Iterable[tuple[int, int]]]
"""Finds what names a person or place: spans of characters. What it finds goes; nothing stays for it."""
