"""What a clinical label is made of: words of the vocabulary, measurements, settings, marks.

Every part of a line has to be proved. A number has at most four digits before the point; a letter
by itself is a mark of orientation or laterality, or names a measurement; a word that may be
somebody's name needs a word or measurement beside it that is clinical beyond doubt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.descriptor.folding import folded_text
from gateway.deidentify.pixel.judge.form import CODE, MAX_BARE, NUMBER, is_clinical_form, is_number_line
from gateway.deidentify.pixel.judge.vocabulary import Proof, Vocabulary, is_alone, is_method, is_unit, labels

MAX_LENGTH: Final = 96
"""Characters of the longest label."""
_ATOM: Final = re.compile(r"(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_]+)|(?P<mark>\S)")
_MARKS: Final = frozenset(
    "+-±.,:;=/\\()[]{}<>*#%°'\"|_~×µμ²³√≤≥↑↓←→▲▼●○□■&…–—‘’“”·"  # noqa: RUF001 - as they are read
)
_EXPONENT: Final = re.compile(r"(?<=[a-z])\^?([23])(?=[^\w.,]|$)")
_WINDOW: Final = re.compile(r"\b(?:w ?/ ?[lc]|ww ?/ ?w[lc])\b")
_FOUR: Final = frozenset("ww wl tr te ti w c l b".split())
"""Names of settings that have four digits, however they are written."""
_SHORT: Final = 4
_YEARS: Final = range(1900, 2100)
_INITIAL: Final = re.compile(r"(?:^|[\s,])[a-z]\. ?(?:[a-z]{2}|$)|, ?[a-z]\.?$")
_COMMA: Final = re.compile(r"[a-z]+ ?, ?[a-z]+")
_SEXES: Final = frozenset("mf")
_NAMING: Final = frozenset("abcdeghilpqrstvwxz")
"""Letters that a number of two digits may be written to."""
_BESIDE: Final = frozenset("abcdeptvxy")
"""Letters that stand beside clinical words: views, leads, phases."""
_BEHIND: Final = frozenset("d x st nd rd th ch w t h mode view fps".split())
"""Words written to the number before them, besides units."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A number, word or mark of a line.

    Parameters
    ----------
    kind
        ``number``, ``word`` or ``mark``.
    text
        Folded.
    start, end
        Where it stands in the folded line.
    """

    kind: str
    text: str
    start: int
    end: int


def is_clinical(text: str, vocabulary: Vocabulary) -> bool:
    """Tell whether every part of a line is proved to be clinical.

    Parameters
    ----------
    text
        As it was read.
    vocabulary
        What its words prove.
    """
    line = _unified(text)
    if not line or len(line) > MAX_LENGTH:
        return False
    if is_clinical_form(line):
        return True
    atoms = [Atom(str(found.lastgroup), found[0], *found.span()) for found in _ATOM.finditer(line)]
    parts = [atom for atom in atoms if atom.kind != "mark"]
    if not parts or any(atom.kind == "mark" and atom.text not in _MARKS for atom in atoms):
        return False
    if all(part.kind == "number" for part in parts):
        return is_number_line(line)
    return _Line(line, parts, vocabulary).is_clinical


def _unified(text: str) -> str:
    """Return a line folded, with micro as u and the exponents of units as digits."""
    line = folded_text(unicodedata.normalize("NFKC", text)).strip()
    line = _WINDOW.sub("wl", line)
    return _EXPONENT.sub(r"\1", line.replace("μ", "u").replace("µ", "u"))


class _Line:
    """A line with words, whose parts are proved one by one."""

    def __init__(self, line: str, parts: list[Atom], vocabulary: Vocabulary) -> None:
        self._line, self._parts, self._vocabulary = line, parts, vocabulary
        self._word = vocabulary.proof
        self._proofs = [self._proof(place) for place in range(len(parts))]

    @property
    def is_clinical(self) -> bool:
        """Whether every part is proved, and enough of them prove the ones that may be names."""
        if Proof.NONE in self._proofs or self._is_like_a_name():
            return False
        needy = [place for place, proof in enumerate(self._proofs) if proof is Proof.NEEDY]
        firm = self._proofs.count(Proof.LABEL)
        if not needy:
            return (firm > 0 or self._measures() > 0) and not self._is_short_word()
        if len(self._proofs) == 1:
            return is_alone(self._parts[0].text)
        if firm + self._measures() < len(needy):
            return False
        if all(self._is_of_devices(self._parts[place].text) for place in needy):
            return True
        return self._vocabulary.keeps(self._line)

    def _is_short_word(self) -> bool:
        """Tell whether the line is one short word that no device writes: it may be a name misread."""
        word = self._parts[0].text
        return len(self._parts) == 1 and len(word) <= _SHORT and not self._vocabulary.is_label(word)

    @staticmethod
    def _is_of_devices(word: str) -> bool:
        return word in labels() or is_method(word)

    def _is_like_a_name(self) -> bool:
        """Tell whether the line has the form of a name: an initial, or two words with a comma."""
        if _INITIAL.search(self._line):
            return True
        is_pair = _COMMA.fullmatch(self._line) is not None
        return is_pair and not (self._proofs[0] is self._proofs[-1] is Proof.LABEL)

    def _proof(self, place: int) -> Proof:
        part = self._parts[place]
        written = self._written(place)
        if written != part.text and CODE.fullmatch(written):
            return Proof.LABEL
        if part.kind == "number":
            return Proof.JOINING if self._is_number(place) else Proof.NONE
        if self._is_unit(place):
            return Proof.JOINING
        if len(part.text) == 1:
            return Proof.JOINING if self._is_letter(place) else Proof.NONE
        return self._word(part.text)

    def _written(self, place: int) -> str:
        """Return what a part is written together with."""
        start, end = self._parts[place].start, self._parts[place].end
        line = self._line
        while start > 0 and (line[start - 1].isalnum() or line[start - 1] in ".-"):
            start -= 1
        while end < len(line) and (line[end].isalnum() or line[end] in ".-"):
            end += 1
        return line[start:end].strip(".-")

    def _measures(self) -> int:
        """Return how many numbers have a point, a unit, or a label before them."""
        return sum(
            part.kind == "number"
            and (not part.text.isdecimal() or self._has_unit(place) or self._has_label(place))
            for place, part in enumerate(self._parts)
        )

    def _has_unit(self, place: int) -> bool:
        part = self._parts[place]
        if self._line[part.end :].lstrip()[:1] in ("%", "°"):
            return True
        if place + 1 >= len(self._parts):
            return False
        after = self._parts[place + 1]
        return after.kind == "word" and not self._between(part, after) and is_unit(after.text)

    def _has_label(self, place: int) -> bool:
        """Tell whether a number stands directly behind what devices label."""
        before = self._parts[place - 1] if place else None
        if before is None or before.text not in labels() or len(before.text) == 1:
            return False
        return not self._between(before, self._parts[place]).strip(" :=+-<>~")

    def _between(self, one: Atom, other: Atom) -> str:
        return self._line[one.end : other.start].strip()

    def _is_unit(self, place: int) -> bool:
        """Tell whether a word is the unit of the number before it, or of the unit before it (cm/s)."""
        text = self._parts[place].text
        before = self._line[: self._parts[place].start].rstrip()
        if not is_unit(text):
            return False
        if place and before[-1:].isdecimal():
            return True
        if place and before.endswith(("/", "*", ".", "-")) and is_unit(self._parts[place - 1].text):
            return True
        return before.endswith(("(", "[", "/", "%")) and len(text) > 1

    def _is_number(self, place: int) -> bool:
        part = self._parts[place]
        digits = len(re.split(r"[.,]", part.text)[0])
        if not NUMBER.fullmatch(part.text) or not self._is_well_followed(place):
            return False
        if self._line[part.start - 1 : part.start].isalpha() and place:
            return self._is_glued(place, digits)
        if digits <= MAX_BARE:
            return self._are_few(place)
        if self._has_unit(place) and not self._is_letter_behind(place):
            return True
        return self._is_setting(place)

    def _is_letter_behind(self, place: int) -> bool:
        return place + 1 < len(self._parts) and len(self._parts[place + 1].text) == 1

    def _is_well_followed(self, place: int) -> bool:
        """Tell whether letters written to the end of a number are a unit or such."""
        part = self._parts[place]
        if not self._line[part.end : part.end + 1].isalpha():
            return True
        word = self._parts[place + 1].text
        is_label = len(word) > 1 and word in labels() and (not part.text.isdecimal() or len(part.text) <= 2)
        return self._is_unit(place + 1) or word in _BEHIND or is_label

    def _is_glued(self, place: int, digits: int) -> bool:
        """Tell whether the letters that a number is written to name it: SE4, kV120."""
        word = self._parts[place - 1]
        if self._line[word.start - 1 : word.start].isdecimal() and word.start:
            return False
        if digits > MAX_BARE and word.text not in _FOUR:
            return False
        if len(word.text) == 1:
            return digits <= 2 and word.text in _NAMING
        return self._word(word.text) >= Proof.NEEDY

    def _are_few(self, place: int) -> bool:
        """Tell whether not more than two whole numbers stand in a row with only space between them."""
        run = 1
        while place - run >= 0 and self._is_bare_pair(place - run):
            run += 1
        return run <= 2

    def _is_bare_pair(self, place: int) -> bool:
        here, after = self._parts[place], self._parts[place + 1]
        return (
            here.kind == after.kind == "number"
            and here.text.isdecimal()
            and after.text.isdecimal()
            and not self._between(here, after)
        )

    def _is_setting(self, place: int) -> bool:
        """Tell whether a number of four digits is the value of a label before it."""
        before = place - 1
        while before >= 0 and self._parts[before].kind == "number":
            before -= 1
        if before < 0:
            return False
        word = self._parts[before].text
        is_year = self._parts[place].text.isdecimal() and int(self._parts[place].text) in _YEARS
        return word in _FOUR or (not is_year and word in labels())

    def _is_letter(self, place: int) -> bool:
        """Tell whether a letter by itself is a laterality, or the name of a value that follows."""
        part = self._parts[place]
        behind = self._line[part.end :].lstrip(" :=.)'")
        if re.match(r"[-+]?\d", behind):
            return part.text not in _SEXES or re.match(r"[-+]?\d{1,3}[.,]\d", behind) is not None
        if not self._measures() and not any(self._is_label(other) for other in self._parts):
            return False
        if part.text in "lr" or part.text in _BESIDE:
            return True
        beside = self._line[max(0, part.start - 1) : part.end + 1]
        return re.search(r"[-/()'\[\]:]", beside) is not None

    def _is_label(self, part: Atom) -> bool:
        return part.kind == "word" and len(part.text) > 1 and self._word(part.text) is Proof.LABEL
