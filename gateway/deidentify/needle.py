"""What the residual check looks for, and how text is compared.

A value is compared in a folded form: without case, accents, padding, and the characters that do
not print, because a sender who writes Müller here may write MULLER there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

MIN_SUBSTRING: Final = 4
"""Characters from which a value is searched anywhere; shorter ones only as whole words of text."""
MIN_WORD: Final = 2
MIN_NUMBER: Final = 3
"""Digits from which an identifier is searched, as a whole number, inside text."""
MIN_NUMERIC_VALUE: Final = 6
"""Digits from which it is searched among decimal and integer strings too, which are full of numbers."""

MIN_GLUED: Final = 6
"""Characters from which a name is searched inside the words of a code string."""

_TITLES: Final = (
    "dr prof professor med mr mrs ms miss herr frau sir dame rev pfarrer dipl ing mag phd md dds do rn "
    "ba bsc ma msc jr sr junior senior ii iii iv"
)
TITLES: Final = frozenset(_TITLES.split())
"""Prefixes and suffixes of names (PS3.5 6.2.1.1), which name nobody."""

PREFIX: Final = 3
"""Place of the first component of a name that is no name, from zero (PS3.5 6.2.1.1)."""
_ESCAPE: Final = re.compile(r"\x1b[\x20-\x2f]*[\x30-\x7e]?")
"""A designation of ISO 2022, where no character set was declared that has any."""
PARTS: Final = re.compile(r"[\^=\s,.;:/\\'\"()\-_]+")
"""Between the words of a name or a text."""
_DIGITS: Final = re.compile(r"\d+")
_DECIMAL: Final = re.compile(r"[+-]?(?P<head>\d*)(?:\.(?P<fraction>\d*))?(?:[eE](?P<exponent>[+-]?\d{1,2}))?")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[-./ ](?=\d)")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_CONTROLS: Final = dict.fromkeys((*range(32), 127))
_LETTERS: Final = str.maketrans(
    {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "ŧ": "t", "\u0640": None}  # noqa: RUF001
    | {chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
)
"""Letters that no normalisation takes apart, and that people write without: dotless, with a stroke,
the Arabic filler; katakana as hiragana."""
_LATIN: Final = re.compile(r"[a-z]{2,}")
_LINE: Final = re.compile(r"[\t\n\v\f\r]")
SEPARATORS: Final = "-./ "
"""Between the parts of a date as people write it."""
_JOINED: Final = dict.fromkeys(map(ord, "-./ _"))
_HYPHENATED: Final = dict.fromkeys(map(ord, SEPARATORS), "-")
_UID: Final = re.compile(r"[0-9.]{9,}")
_SILENT: Final = frozenset({"Cf", "Cc", "Cn", "Co", "Cs", "Mn", "Me"})


def _is_title(component: str) -> bool:
    """Tell whether a component of a name is a prefix or suffix such as Prof. Dr. or Jr. and nothing else."""
    return all(word.casefold() in TITLES for word in PARTS.split(component) if word)


def folded(text: str) -> str:
    """Return `text` for comparison.

    Linear in the length of `text`: combining characters go before the normalisation, which
    would sort them.
    """
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if text.isascii():
        return (text if text.isprintable() else text.translate(_CONTROLS)).strip().lower()
    printing = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
        if unicodedata.category(character) not in _SILENT
    )
    decomposed = unicodedata.normalize("NFKD", printing)
    return (
        "".join(character for character in decomposed if not unicodedata.combining(character))
        .casefold()
        .translate(_LETTERS)
        .strip()
    )


def folded_readings(text: str) -> str:
    """Return `text` folded, and once more with its lines apart where it has several."""
    if text.isprintable() or not _LINE.search(text):
        return folded(text)
    return f"{folded(text)};{folded(_LINE.sub(' ', text))}"


def words_of(text: str) -> list[str]:
    """Return the words of a folded text, and the Latin ones among other letters and digits."""
    return [*PARTS.split(text), *_LATIN.findall(text)]


def number_of(digits: str) -> str:
    """Return the digits of a decimal number before its point, without sign and leading zeros."""
    found = _DECIMAL.fullmatch(digits.strip())
    if found is None:
        return ""
    head, fraction, exponent = found["head"], found["fraction"] or "", int(found["exponent"] or 0)
    if exponent > 0:
        head += fraction[:exponent].ljust(exponent, "0")
    elif exponent:
        head = head[:exponent]
    return head.lstrip("0")


@dataclass(slots=True)
class Needles:
    """Identifying values, folded.

    Parameters
    ----------
    values
        Whole values and parts of names, four characters or longer.
    phrases
        Those of the values that a public code can hardly hold by chance: of several words, or
        of letters and digits.
    words
        Shorter parts of names.
    numbers
        Digits of numeric identifiers, without leading zeros.
    uids
        Original UIDs.
    codes
        Identifiers of letters and digits, without separators.
    dates
        Spellings of dates, with a hyphen for whatever may separate their parts.
    """

    values: set[str] = field(default_factory=set)
    phrases: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """Add an identifier or a whole name."""
        value = folded(text)
        digits = "".join(_DIGITS.findall(value))
        if value.replace(" ", "").isdigit() or len(digits) >= MIN_NUMERIC_VALUE:
            self._add_number(digits)
        for run in _DIGITS.findall(value):
            if len(run) >= MIN_NUMERIC_VALUE:
                self._add_number(run)
        joined = value.translate(_JOINED)
        if digits and len(joined) >= MIN_NUMERIC_VALUE and not joined.isdigit() and joined.isalnum():
            self.codes.add(joined)
        if not value.isdigit():
            self._add_text(value, short=not value.isascii())

    def add_name(self, text: str) -> None:
        """Add a Person Name: each component group whole, its parts, and both orders without separator."""
        for group in text.split("="):
            components = [
                part.strip()
                for place, part in enumerate(group.split("^"))
                # Do and Ma are family names too: only prefix and suffix are titles.
                if part.strip() and not (place >= PREFIX and _is_title(part))
            ]
            if not components:
                continue
            ideographic = not components[0].isascii()
            for joined in (" ".join(components), "".join(components[:2]), "".join(reversed(components[:2]))):
                self._add_text(folded(joined), short=ideographic)
            words = (word for component in components for word in PARTS.split(component))
            for part in {*components, *words}:
                self._add_part(part)

    def _add_part(self, part: str) -> None:
        """Add a component of a name or one of its words."""
        value = folded(part)
        self._add_text(value, short=not part.isascii() and _without_spaces(part))
        glued = value if value.isalnum() else PARTS.sub("", value)
        if len(glued) >= MIN_SUBSTRING and glued not in self.values:
            self.words.add(glued)
        lowered = "" if part.isascii() else part.casefold().translate(_UMLAUTS)
        if lowered.isascii():
            self._add_text(lowered, short=False)

    def _add_text(self, value: str, *, short: bool) -> None:
        """Add a folded value; `short` ones of a script without spaces are searched anywhere too."""
        if value.isdigit():
            self._add_number(value)
        elif len(value) >= MIN_SUBSTRING or (short and len(value) >= MIN_WORD):
            self.values.add(value)
            if " " in value or (not value.isalpha() and len(value) >= MIN_GLUED):
                self.phrases.add(value)
        elif len(value) >= MIN_WORD:
            self.words.add(value)

    def _add_number(self, digits: str) -> None:
        number = digits.lstrip("0")
        if len(number) >= MIN_NUMBER:
            self.numbers.add(number)

    @property
    def searched(self) -> int:
        """Return how many values each need a pass over the text."""
        return len(self.values) + len(self.codes) + len(self.dates) + len(self.words) + len(self.numbers)

    def in_text(self, text: str) -> bool:
        """Search a folded text."""
        joined = text.translate(_JOINED)
        return (
            any(value in text for value in self.values)
            or any(code in joined for code in self.codes)
            or self._dates_in(text)
            or self._words_in(text)
            or self._numbers_in(text, joined)
            or self._uids_in(text)
        )

    def _dates_in(self, text: str) -> bool:
        """Search dates whose parts are all separated by the same character."""
        hyphenated = text.translate(_HYPHENATED)
        return any(
            date.replace("-", separator) in text
            for date in self.dates
            if date in hyphenated
            for separator in SEPARATORS
        )

    def _words_in(self, text: str) -> bool:
        """Search words; the text is split only where one of them is there at least as a part of another."""
        return any(word in text for word in self.words) and not self.words.isdisjoint(words_of(text))

    def _uids_in(self, text: str) -> bool:
        """Search UIDs where something like one stands, which is hardly ever."""
        if not self.uids:
            return False
        found = " ".join(_UID.findall(text))
        return bool(found) and any(uid in found for uid in self.uids)

    def in_code(self, text: str) -> bool:
        """Search a folded value of a public coding scheme."""
        return any(phrase in text for phrase in self.phrases) or self._uids_in(text)

    def in_term(self, text: str) -> bool:
        """Search a folded code string, where a short name is the whole of a word or is not there."""
        return (
            not self.values.isdisjoint((*words_of(text), text))
            or any(len(value) >= MIN_GLUED and value in text for value in self.values)
            or self._dates_in(text)
            or self._numbers_in(text, text.translate(_JOINED), MIN_NUMERIC_VALUE)
            or self._uids_in(text)
        )

    def in_numbers(self, text: str) -> bool:
        """Search the values of decimal, integer, date or time strings."""
        long = [number for number in self.numbers if len(number) >= MIN_NUMERIC_VALUE]
        if not long:
            return False
        parts = text.split("\\")
        if not any(number in text for number in long):
            # Without an exponent a number has no digits but those that stand there.
            parts = [part for part in parts if "e" in part or "E" in part]
        return not {number_of(part) for part in parts}.isdisjoint(long)

    def in_uids(self, text: str) -> bool:
        """Search the UIDs of a kept UI value, and their components."""
        long = {number for number in self.numbers if len(number) >= MIN_NUMERIC_VALUE}
        return any(
            self._uids_in(uid) or not long.isdisjoint(part.lstrip("0") for part in uid.split("."))
            for uid in text.split("\\")
        )

    def _numbers_in(self, text: str, joined: str, shortest: int = MIN_NUMBER) -> bool:
        """Search runs of digits, as they stand and without the separators between them.

        Runs are looked at only where the digits of a number stand in `joined`, the text without separators.
        """
        if not any(number in joined for number in self.numbers):
            return False
        runs = (*_DIGITS.findall(text), *_DIGITS.findall(_BETWEEN_DIGITS.sub("", text)))
        return not self.numbers.isdisjoint(run.lstrip("0") for run in runs if len(run) >= shortest)


def _without_spaces(text: str) -> bool:
    """Tell whether a text is in a script that puts no spaces between words."""
    return all("\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in text)
