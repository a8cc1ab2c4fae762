"""Words judged by the words beside them: clinical words that are names too, initials, unknown words."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor.ambiguity import MOSTLY_CLINICAL
from gateway.deidentify.descriptor.ambiguous_word import (
    is_collocation,
    is_contrast,
    is_joined_letter,
    is_name,
    may_be_name,
)
from gateway.deidentify.descriptor.cue import CUES, LEADING, PARTICLES
from gateway.deidentify.descriptor.known import MIN_GLUED
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import NAMES, Row
from gateway.deidentify.descriptor.technical import SHORT, has_vowel, is_technical_part
from gateway.deidentify.descriptor.token import Why
from gateway.deidentify.descriptor.vocabulary import is_listed

_SPACED: Final = 4
"""Single letters in a row from which they are a word written with spaces."""
_SIDES: Final = frozenset("lr")
"""Letters beside a word that are more often left and right than an initial."""


def mark_known(row: Row) -> set[int]:
    """Remove the words that the header knows; return those that may be clinical here as well."""
    contested: set[int] = set()
    known = row.known
    if not known.words:
        return contested
    for place, piece in enumerate(row.pieces):
        if row.fates[place] is not None or piece.grade > Grade.TECHNICAL:
            continue
        why = known.words.get(piece.word)
        if piece.grade is Grade.UNKNOWN:
            row.fates[place] = why or known.nearly(piece.word)
        elif why is Why.KNOWN_NAME or why is Why.KNOWN_IDENTIFIER:
            if is_listed(piece.word) or not piece.word.isalpha():
                contested.add(place)
            else:
                # A name whose parts make a compound, such as Dunkelbottom.
                row.fates[place] = why
    _mark_joined(row)
    _mark_spaced(row)
    return contested


def _mark_joined(row: Row) -> None:
    """Remove a name that is written as two words, or in camel case."""
    words = row.known.words
    for place in range(1, len(row)):
        one, other = row.pieces[place - 1], row.pieces[place]
        if one.grade <= Grade.LETTER and other.grade <= Grade.LETTER and other.start - one.end <= 1:
            why = words.get(one.word + other.word)
            if why is not None and len(one.word + other.word) >= MIN_GLUED:
                row.remove(place - 1, why)
                row.remove(place, why)


def _mark_spaced(row: Row) -> None:
    """Remove a name whose letters stand apart."""
    run: list[int] = []
    for place in range(len(row) + 1):
        piece = row.pieces[place] if place < len(row) else None
        if piece is not None and piece.grade is Grade.LETTER and row.fates[place] is None:
            run.append(place)
        elif piece is None or piece.grade is not Grade.MARK or piece.word not in "-._":
            if len(run) >= _SPACED:
                _mark_run(row, run)
            run = []


def _mark_run(row: Row, run: list[int]) -> None:
    joined = "".join(row.pieces[place].word for place in run)
    for word, why in row.known.words.items():
        start = joined.find(word) if len(word) >= _SPACED else -1
        if start >= 0:
            for place in run[start : start + len(word)]:
                row.remove(place, why)


def mark_unknown(row: Row) -> None:
    """Remove the words of a descriptor that no vocabulary has, unless they are short beside a number."""
    for place, piece in enumerate(row.pieces):
        if piece.grade is Grade.UNKNOWN and row.fates[place] is None and not _is_technical(row, place):
            row.fates[place] = Why.UNKNOWN


def _is_technical(row: Row, place: int) -> bool:
    piece = row.pieces[place]
    if len(piece.word) > SHORT or not row.original(place).isascii():
        return False
    before = place > 0 and row.is_touching(place)
    after = row.is_touching(place + 1)
    if (before and row.pieces[place - 1].grade is Grade.NUMBER) or (
        after and row.pieces[place + 1].grade is Grade.NUMBER
    ):
        return is_technical_part(piece.word, row.original(place))
    glued = (before and row.is_mark(place - 1, "_^*")) or (after and row.is_mark(place + 1, "_^"))
    return glued and piece.word.isascii() and not has_vowel(piece.word)


def judge(row: Row, contested: set[int]) -> None:
    """Remove ambiguous words that their neighbours make a name, and known ones that no phrase makes clinical.

    Parameters
    ----------
    row
        The text, in which everything else is marked.
    contested
        Places of words that are clinical and that the header knows as a name.
    """
    removed = [
        place
        for place in sorted(contested)
        if row.fates[place] is None and not _is_clinical_phrase(row, place, contested)
    ]
    for place in removed:
        row.remove(place, Why.KNOWN_NAME)
    if row.strict:
        _judge_ambiguous(row, contested)


def _judge_ambiguous(row: Row, contested: set[int]) -> None:
    names = [
        place
        for place, piece in enumerate(row.pieces)
        if piece.grade is Grade.AMBIGUOUS
        and row.fates[place] is None
        and place not in contested
        and is_name(row, place)
    ]
    for place in names:
        row.remove(place, Why.NEIGHBOURS)


def _is_term_behind_name(row: Row, place: int, contested: set[int]) -> bool:
    """Tell whether a term begins behind two words of the name: Mark Long LONG AXIS."""
    after = row.neighbour(place, 1)
    if after in contested or not is_collocation(row, place, after):
        return False
    before = row.neighbour(place, -1)
    first = None if before is None else row.neighbour(before, -1)
    return all(
        other is not None and (row.fates[other] in NAMES or other in contested) for other in (before, first)
    )


def _is_clinical_phrase(row: Row, place: int, contested: set[int]) -> bool:
    """Tell whether a word that the header knows as a name cannot be it here."""
    before, after = row.neighbour(place, -1), row.neighbour(place, 1)
    if _is_term_behind_name(row, place, contested):
        return True
    if any(
        other is not None and (row.fates[other] in NAMES or other in contested) for other in (before, after)
    ):
        return False
    if is_collocation(row, before, place) or is_collocation(row, place, after):
        return True
    piece = row.pieces[place]
    if piece.grade is Grade.AMBIGUOUS and piece.word not in MOSTLY_CLINICAL:
        return False
    return any(
        other is not None
        and row.fates[other] is None
        and row.pieces[other].grade in (Grade.CLINICAL, Grade.TECHNICAL)
        for other in (before, after)
    )


def absorb(row: Row) -> None:
    """Remove what belongs to a name that goes: initials, particles, a genitive, the other half of it."""
    for place, fate in enumerate(row.fates):
        if fate in NAMES or (fate is Why.UNKNOWN and row.is_capital(place)):
            sure = fate is not Why.UNKNOWN
            for step in (-1, 1):
                _absorb(row, place, step, sure=sure)


def _absorb(row: Row, place: int, step: int, *, sure: bool) -> None:
    other, between = place + step, ""
    while row.is_mark(other, ".,'-") and abs(other - place) <= 2:
        between += row.pieces[other].word
        other += step
    if not 0 <= other < len(row) or row.fates[other] is not None or "\n" in row.gap(max(other, other - step)):
        return
    piece = row.pieces[other]
    if piece.grade is Grade.LETTER and _is_initial(row, place, other, between, sure=sure):
        row.remove(other, Why.NEIGHBOURS)
        if between or row.is_mark(other + 1, "."):
            _absorb(row, other, step, sure=sure)
    elif sure and _is_of_name(row, other, between):
        row.remove(other, Why.NEIGHBOURS)
        _absorb(row, other, step, sure=True)


def _is_of_name(row: Row, place: int, between: str) -> bool:
    """Tell whether a word beside a name is a part of it."""
    piece = row.pieces[place]
    if piece.word in row.known.initials and piece.grade is not Grade.CLINICAL:
        return True
    if between == "-" and (piece.grade is Grade.UNKNOWN or may_be_name(row, place)):
        return row.is_capital(place)
    return not between and piece.word in PARTICLES and piece.grade is Grade.UNKNOWN


def _is_initial(row: Row, name: int, place: int, between: str, *, sure: bool) -> bool:
    """Tell whether a letter beside a name, with these marks between them, is an initial of it."""
    letter, step = row.pieces[place].word, place - name
    step //= abs(step)
    stopped = row.is_mark(place + 1, ".") and row.is_touching(place + 1)
    if is_contrast(row, place) or (not stopped and between != "'" and is_joined_letter(row, place, step)):
        return False
    touching = not between and sure and row.is_touching(max(place, place - step))
    if touching or between == "'":
        return True
    if stopped:
        return row.is_capital(place)
    # What stands before a cue belongs to the term before it: Femoral Head L for.
    is_of_term = step < 0 and _is_cue(row, name)
    is_apart = "-" in between or row.gap(max(place, place - step)) not in (" ", "")
    if is_of_term or is_apart or not row.is_capital(place):
        return False
    following = row.neighbour(place, 1) if step > 0 else None
    if (
        following is not None
        and row.fates[following] is None
        and row.pieces[following].grade is not Grade.MARK
    ):
        return False
    return (sure and letter in row.known.letters) or (letter not in _SIDES and sure)


def _is_cue(row: Row, place: int) -> bool:
    """Tell whether what goes is a word that announces a name, not one of a name."""
    word = row.pieces[place].word
    return row.fates[place] is Why.CUE and (word in CUES or word in LEADING)
