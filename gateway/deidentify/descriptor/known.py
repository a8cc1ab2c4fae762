"""What the header of an instance knows about its people, numbers and places, and where a text says it.

A name is searched in any order, as whole words, glued together, abbreviated to initials, with
accents or without, with its umlauts spelled out, and with an error of typing; in scripts that
join words as a part of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import OSA

from gateway.deidentify.descriptor.folding import folded_text, latin_alike
from gateway.deidentify.descriptor.generic_place import GENERIC_PLACES
from gateway.deidentify.descriptor.known_code import CODES, long_codes, phrases, short_codes
from gateway.deidentify.descriptor.script import is_joining_script, is_spaceless, places_of
from gateway.deidentify.descriptor.span import Span
from gateway.deidentify.descriptor.token import Why
from gateway.deidentify.needle import PREFIX, TITLES
from gateway.errors import Reason, Refused

MIN_GLUED: Final = 4
"""Letters from which a name is searched inside other words."""
MIN_FUZZY: Final = 5
"""Letters from which a name may have one error of typing."""
MIN_FUZZY_TWICE: Final = 8
MIN_CODE: Final = 6
"""Characters from which an identifier is searched with separators between and without."""
MIN_NUMBER: Final = 3
"""Characters from which an identifier is searched as a whole number or code."""
MIN_PLACE: Final = 4
MAX_VALUES: Final = 4096
"""Names, identifiers and places of one instance; a real one has some dozens."""
MAX_WORK: Final = 1 << 29
"""Characters of a text times values that are searched in it."""
_RANK: Final = {Why.KNOWN_PLACE: 0, Why.KNOWN_IDENTIFIER: 1, Why.KNOWN_NAME: 2}
"""Of a word that is several of these the highest counts, in whatever order they are found."""
_MAX_LENGTH: Final = 1 << 14
_MAX_MEMO: Final = 4096
_MAX_KEY: Final = 1 << 12
"""Characters of all values up to which a header is compared with that of an earlier instance."""
_MAX_BEGINNING: Final = 32
_FEW_LETTERS: Final = 3

_DIGIT: Final = re.compile(r"\d")
_WORDS: Final = re.compile(r"[^\W\d_]+")
_GROUP: Final = re.compile(r"[=\\]")
_FORMS: Final = frozenset("dr drs prof mr mrs ms miss herr frau med phd md dipl ing".split())
"""Titles that nobody is called by, dropped wherever they stand; `TITLES` behind the name only."""
_PARTICLES: Final = frozenset(
    "van von der den de del della di da do dos das du des la le lo ten ter te vom zu zum el al y e".split()
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_SPELLED: Final = re.compile(r"(?<=[^aeiouq])([aou])e|aa")


class Known:
    """Names, identifiers and places that the header of one instance has."""

    def __init__(self) -> None:
        self.words: dict[str, Why] = {}
        """Folded words, and what they are."""
        self.letters: set[str] = set()
        """First letters of names."""
        self.initials: set[str] = set()
        """First letters of given and family name, together, in both orders."""
        self._glued: dict[str, None] = {}  # in order, so that two runs say the same
        self._by_length: dict[int, list[str]] = {}
        self._scripts: dict[str, None] = {}
        self._codes: dict[str, None] = {}
        self._short_codes: set[str] = set()
        self._phrases: dict[str, dict[tuple[str, ...], None]] = {}
        self._beginnings: set[str] = set()
        self._memo: dict[str, Why | None] = {}
        self._count = 0
        self._values: list[tuple[Why, str]] | None = []
        self._length = 0
        self._key: tuple[tuple[Why, str], ...] | None = None

    @property
    def key(self) -> tuple[tuple[Why, str], ...] | None:
        """Return what was added, in order; None where that is too much to compare for every text."""
        if self._key is None and self._values is not None:
            self._key = tuple(self._values)
        return self._key

    def _note(self, why: Why, text: str) -> None:
        self._key = None
        self._length += len(text) + 1
        if self._values is not None:
            self._values.append((why, text))
        if self._length > _MAX_KEY:
            self._values = None

    def add_name(self, text: str) -> None:
        """Add the name of a person: a value of VR PN with its component groups, or any other writing.

        Raises
        ------
        Refused
            More than `MAX_VALUES` values.
        """
        self._note(Why.KNOWN_NAME, text)
        for group in _GROUP.split(text[:_MAX_LENGTH]):
            components = [
                folded_component
                for place, component in enumerate(group.split("^"))
                if (folded_component := self._component(component, title=place >= PREFIX))
            ]
            if components:
                self._add_group(components, group)

    def _component(self, component: str, *, title: bool) -> list[str]:
        words = _WORDS.findall(folded_text(component))
        if title and all(word in TITLES for word in words):
            return []
        return [word for word in words if word not in _FORMS] or (words if len(words) == 1 else [])

    def _add_group(self, components: list[list[str]], group: str) -> None:
        self._counted(len(components))
        words = [word for component in components for word in component]
        for component in components:
            self._add_words(component, alone=len(words) == 1)
            self._add_joined("".join(component))
        self._add_spelled(group)
        joined = ["".join(component) for component in components[:3]]
        for one, other in pairwise(joined):
            self._add_pair(one, other)
        if len(joined) == 1 and 2 <= len(words) <= 4:
            self._add_pair(words[0], words[-1])
        first = [component[0][0] for component in components if component]
        self.letters.update(word[0] for word in words)
        if len(first) > 1:
            self.initials.update(
                ("".join(first), "".join(first[1:] + first[:1]), first[0] + first[1], first[1] + first[0])
            )

    def _add_words(self, words: list[str], *, alone: bool) -> None:
        for word in words:
            if len(word) > 1 and (alone or word not in _PARTICLES):
                self._add_word(word, Why.KNOWN_NAME)
                self._add_word(_SPELLED.sub(lambda found: found[1] or "a", word), Why.KNOWN_NAME)

    def _add_spelled(self, group: str) -> None:
        """Add the words of a name with their umlauts spelled out."""
        lowered = group.casefold()
        spelled = lowered.translate(_UMLAUTS)
        if spelled != lowered:
            for word in _WORDS.findall(folded_text(spelled)):
                if len(word) > 1 and word not in _PARTICLES:
                    self._add_word(word, Why.KNOWN_NAME)

    def _add_pair(self, one: str, other: str) -> None:
        """Add two parts of a name run together, and each with the first letter of the other."""
        for first, second in ((one, other), (other, one)):
            self._add_joined(first + second)
            if len(first) >= MIN_GLUED and first.isascii():
                self._add_joined(first + second[:1])
                self._add_joined(second[:1] + first)
            if is_spaceless(first[:1]):
                self._scripts.update(
                    dict.fromkeys(first + between + second for between in ("", " ", "\u30fb", "^", ","))
                )

    def _add_joined(self, joined: str) -> None:
        if len(joined) >= MIN_GLUED:
            self._add_word(joined, Why.KNOWN_NAME)

    def _add_word(self, word: str, why: Why) -> None:
        before = self.words.get(word)
        if before is None or _RANK[why] > _RANK[before]:
            self._memo.clear()
            self.words[word] = why
        if before is not None:
            return
        self._beginnings.update(word[:length] for length in range(2, min(len(word), _MAX_BEGINNING)))
        if is_joining_script(word):
            if len(word) >= (2 if is_spaceless(word[0]) else MIN_GLUED):
                self._scripts[word] = None
            return
        if len(word) >= MIN_GLUED:
            self._glued[word] = None
        if len(word) >= MIN_FUZZY:
            self._by_length.setdefault(len(word), []).append(word)

    def add_identifier(self, text: str) -> None:
        """Add a number or code: Patient ID, Accession Number, a phone number, a user name.

        Raises
        ------
        Refused
            More than `MAX_VALUES` values.
        """
        self._note(Why.KNOWN_IDENTIFIER, text)
        fold = folded_text(text[:_MAX_LENGTH])
        code = "".join(CODES.findall(fold))
        self._counted(1)
        if len(code) < MIN_NUMBER:
            return
        if not any(character.isdecimal() for character in code):
            for word in _WORDS.findall(fold):
                if len(word) >= MIN_NUMBER:
                    self._add_word(word, Why.KNOWN_IDENTIFIER)
            return
        code = code.lstrip("0") if code.isdecimal() else code
        if len(code) >= MIN_CODE:
            self._codes[code] = None
        elif len(code) >= MIN_NUMBER:
            self._short_codes.add(code)

    def add_place(self, text: str) -> None:
        """Add an institution, department, station or address, of one or several lines.

        Raises
        ------
        Refused
            More than `MAX_VALUES` values.
        """
        self._note(Why.KNOWN_PLACE, text)
        for line in re.split(r"[\n\r,;\\^]+", text[:_MAX_LENGTH]):
            fold = folded_text(line)
            words = tuple(CODES.findall(fold))
            if not words:
                continue
            self._counted(1)
            if len(words) > 1 and not set(words) <= GENERIC_PLACES:
                self._phrases.setdefault(words[0], {})[words] = None
            for word in words:
                if any(character.isdecimal() for character in word):
                    if len(word) >= MIN_PLACE and not word.isdecimal():
                        self._short_codes.add(word)
                    elif len(word) >= MIN_PLACE:
                        self._short_codes.add(word.lstrip("0"))
                elif len(word) >= (2 if is_spaceless(word[0]) else MIN_PLACE) and word not in GENERIC_PLACES:
                    self._add_word(word, Why.KNOWN_PLACE)

    def _counted(self, values: int) -> None:
        self._count += values
        if self._count > MAX_VALUES:
            raise Refused(Reason.LIMIT, "too many names to look for")

    def may_begin(self, words: frozenset[str]) -> bool:
        """Tell whether one of these may be the first half of a known word, or its letters stand apart."""
        return not self._beginnings.isdisjoint(words) or sum(len(word) == 1 for word in words) >= _FEW_LETTERS

    def nearly(self, word: str) -> Why | None:
        """Return what a folded word that no vocabulary has is, glued to others or with an error of typing."""
        if word not in self._memo:
            if len(self._memo) >= _MAX_MEMO:
                self._memo.clear()
            self._memo[word] = self._nearly(word)
        return self._memo[word]

    def _nearly(self, word: str) -> Why | None:
        exact = self.words.get(word) or self.words.get(latin_alike(word))
        if exact is not None or len(word) < MIN_GLUED:
            return exact
        inside = next((part for part in self._glued if len(part) < len(word) and part in word), None)
        if inside is not None:
            return self.words[inside]
        return self._mistyped(word)

    def _mistyped(self, word: str) -> Why | None:
        for length in range(len(word) - 2, len(word) + 3):
            errors = 2 if length >= MIN_FUZZY_TWICE else 1
            if abs(length - len(word)) > errors:
                continue
            for part in self._by_length.get(length, ()):
                if OSA.distance(part, word, score_cutoff=errors) <= errors:
                    return self.words[part]
        return None

    def spans(self, fold: str) -> Iterator[Span]:
        """Yield what stands in a folded text as a part of a word, or as several words.

        Raises
        ------
        Refused
            The text is so long and the values are so many that the search would not end soon.
        """
        if len(fold) * self._count > MAX_WORK:
            raise Refused(Reason.LIMIT, "too many names to look for")
        if not fold.isascii():
            for part in self._scripts:
                why = self.words.get(part, Why.KNOWN_NAME)
                yield from (Span(place, place + len(part), why) for place in places_of(fold, part))
        if _DIGIT.search(fold):
            yield from short_codes(fold, self._short_codes)
            yield from long_codes(fold, self._codes)
        if any(first in fold for first in self._phrases):
            yield from phrases(fold, self._phrases)
