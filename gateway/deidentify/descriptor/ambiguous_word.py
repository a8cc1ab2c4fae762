"""A word that is clinical and somebody's name too, judged by the words beside it."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor import vocabulary
from gateway.deidentify.descriptor.ambiguity import (
    COLLOCATIONS,
    EPONYM_LEADS,
    EVERYDAY,
    MODALITIES,
    MOSTLY_CLINICAL,
)
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import NAMES, Row
from gateway.deidentify.descriptor.term import COUNTED, DESCRIBING, GRADED, SIZED, SIZES, VIEWS, WEAK_HEADS
from gateway.deidentify.descriptor.token import Why

_SIDES: Final = frozenset("lr")
"""Letters beside a word that are more often left and right than an initial."""
_JOINTS: Final = "-_+/"
"""Marks that join a letter to a term."""
_UNIT_WORDS: Final = frozenset({"hu"})
"""Units that are a family's name too: units where they end a phrase behind a number."""
_UNIT_LETTERS: Final = frozenset("cft")
"""Letters that behind a decimal number are a unit more often than an initial: 38.5 C, 1.5 T."""
_BEHIND_ONLY: Final = frozenset({"li", "lim"})
"""Abbreviations that begin no text: left, limited."""
_BETWEEN: Final = frozenset(
    "left right rt lt residual focal simple bilateral new subpleural renal hepatic ovarian".split()
)
"""What may stand between a size and what has it."""
_REACH: Final = 3
"""Words among which an eponym has its head: Miller Fisher syndrome."""


def is_collocation(row: Row, one: int | None, other: int | None) -> bool:
    """Tell whether two neighbours are a term that nobody is called."""
    if one is None or other is None:
        return False
    return (row.pieces[one].word, row.pieces[other].word) in COLLOCATIONS


def is_name(row: Row, place: int) -> bool:
    """Judge an ambiguous word of a descriptor by the words beside it."""
    before, after = row.neighbour(place, -1), row.neighbour(place, 1)
    if is_collocation(row, before, place) or is_collocation(row, place, after) or is_eponym(row, place):
        return False
    word = row.pieces[place].word
    if word in _UNIT_WORDS and _is_number(row, before) and after is None and row.original(place).isupper():
        return False
    beside_name = _is_sure_name(row, before) or _is_sure_name(row, after)
    if word in COUNTED and (_is_number(row, before) or (_is_number(row, after) and not beside_name)):
        return False
    small = not row.is_low or word in EVERYDAY
    is_word = small and not row.is_capital(place) and not vocabulary.is_eponym_only(word)
    if is_word or (word in MOSTLY_CLINICAL and not (word in _BEHIND_ONLY and before is None)):
        alone = not (_is_clinical(row, before) or _is_clinical(row, after))
        return beside_name and alone and (row.is_title_case(place) or word not in MOSTLY_CLINICAL)
    if beside_name or _is_in_pair(row, place) or is_name_like(row, before):
        return True
    return not _describes(row, place, after)


def _describes(row: Row, place: int, after: int | None) -> bool:
    """Tell whether a word describes the clinical word behind it."""
    if after is None or not _is_clinical(row, after):
        return False
    word, following = row.pieces[place].word, row.pieces[after].word
    if word in SIZES:
        further = row.neighbour(after, 1) if following in _BETWEEN else None
        return following in SIZED or (further is not None and row.pieces[further].word in SIZED)
    return word in DESCRIBING and following not in MODALITIES


def is_eponym(row: Row, place: int) -> bool:
    """Tell whether a word is the name in a term here: of a disease, sign, view or classification."""
    word = row.pieces[place].word
    if word in VIEWS and _is_near(row, place, VIEWS[word]):
        return True
    if not vocabulary.is_eponym(word):
        return False
    after = row.neighbour(place, 1)
    if word in GRADED and after is not None and _is_degree(row, after):
        return True
    return _has_head_behind(row, place) or _has_head_before(row, place)


def _is_near(row: Row, place: int, anatomy: frozenset[str]) -> bool:
    for step in (-1, 1):
        other = place
        for _ in range(_REACH):
            following = row.neighbour(other, step)
            if following is None or row.fates[following] is not None:
                break
            if row.pieces[following].word in anatomy:
                return True
            other = following
    return False


def _has_head_behind(row: Row, place: int) -> bool:
    """Look for the head behind an eponym, past further eponyms of the same term."""
    other = row.neighbour(place, 1)
    for distance in range(_REACH):
        if other is None or row.fates[other] is not None:
            return False
        word = row.pieces[other].word
        if vocabulary.is_eponym_head(word):
            return distance > 0 or word not in WEAK_HEADS
        is_inside = vocabulary.is_eponym(word) or word == "s" or vocabulary.is_function_word(word)
        if not is_inside:
            return False
        other = row.neighbour(other, 1)
    return False


def _has_head_before(row: Row, place: int) -> bool:
    """Look for the head before an eponym: circle of Willis, morbus Hodgkin."""
    before = row.neighbour(place, -1)
    for distance in range(_REACH):
        if before is None or row.fates[before] is not None:
            return False
        word = row.pieces[before].word
        if len(word) > 1 and (vocabulary.is_eponym_head(word) or word in EPONYM_LEADS):
            return distance > 0 or word in EPONYM_LEADS
        if not (word in _OF or vocabulary.is_eponym(word)):
            return False
        before = row.neighbour(before, -1)
    return False


_OF: Final = frozenset("of de di von van del da du d der nach selon secondo according to".split())
"""Words between the head and the eponym."""


def _is_degree(row: Row, place: int) -> bool:
    """Tell whether a piece is the number or letter of a classification: Gleason 7, Weber B."""
    piece = row.pieces[place]
    roman = set(piece.word) <= set("iv")
    return piece.grade is Grade.NUMBER or roman or (piece.grade is Grade.LETTER and piece.word in "abcd")


def _is_number(row: Row, place: int | None) -> bool:
    return place is not None and row.pieces[place].grade is Grade.NUMBER


def _is_clinical(row: Row, place: int | None) -> bool:
    """Tell whether a neighbour is clinical and nothing else."""
    if place is None or row.fates[place] is not None:
        return False
    piece = row.pieces[place]
    return piece.grade in (Grade.CLINICAL, Grade.TECHNICAL) or piece.word in MOSTLY_CLINICAL


def _is_sure_name(row: Row, place: int | None) -> bool:
    return place is not None and row.fates[place] in NAMES and row.fates[place] is not Why.INSTITUTION


def is_name_like(row: Row, place: int | None) -> bool:
    """Tell whether a neighbour is an initial, or a word that may be a name."""
    if place is None:
        return False
    piece = row.pieces[place]
    if row.fates[place] is Why.UNKNOWN:
        return row.is_capital(place) and len(piece.word) > 1
    if row.fates[place] is not None:
        return False
    if piece.grade is Grade.LETTER:
        return not is_contrast(row, place) and (
            row.is_mark(place + 1, ".")
            or (piece.word not in _SIDES and row.is_capital(place) and row.gap(place) == " ")
        )
    return may_be_name(row, place) and row.is_capital(place)


def is_contrast(row: Row, place: int) -> bool:
    """Tell whether a letter behind a plus says with or without contrast: +C."""
    return row.is_mark(place - 1, "+") and row.is_touching(place)


def is_joined_letter(row: Row, place: int, step: int) -> bool:
    """Tell whether a letter belongs to the term before (-1) or behind (1) it: Lung_L, 38.5 C, T2."""
    outer = place + step
    if row.is_mark(outer, _JOINTS) and row.is_touching(max(place, outer)):
        if step < 0 and row.is_mark(outer, "_") and row.pieces[place].word not in _SIDES:
            return False
        joint, outer = outer, outer + step
        if not row.is_touching(max(joint, outer)):
            return False
    elif not row.is_touching(max(place, outer)):
        is_unit = row.pieces[place].word in _UNIT_LETTERS and row.is_mark(outer - 1, ".")
        return step < 0 and is_unit and row.pieces[outer].grade is Grade.NUMBER
    if not 0 <= outer < len(row) or row.fates[outer] is not None:
        return False
    return row.pieces[outer].grade in (Grade.NUMBER, Grade.CLINICAL, Grade.TECHNICAL, Grade.AMBIGUOUS)


def may_be_name(row: Row, place: int) -> bool:
    """Tell whether a word is as much a name as it is clinical."""
    piece = row.pieces[place]
    return piece.grade is Grade.AMBIGUOUS and piece.word not in MOSTLY_CLINICAL


def _is_in_pair(row: Row, place: int) -> bool:
    """Tell whether a word stands in a pair like Long, Mark."""
    if row.is_mark(place + 1, ",^") and place + 2 < len(row) and "\n" not in row.gap(place + 2):
        other = place + 2
    elif row.is_mark(place - 1, ",^") and place >= 2:
        other = place - 2
    else:
        return False
    return row.is_capital(other) and (row.fates[other] is Why.UNKNOWN or may_be_name(row, other))
