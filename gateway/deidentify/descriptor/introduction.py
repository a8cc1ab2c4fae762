"""What a cue word introduces: the name, number or date of birth behind it goes, and the cue with it."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor.ambiguity import MOSTLY_CLINICAL
from gateway.deidentify.descriptor.cue import (
    AFTER_NAME,
    CUES,
    GLUE,
    LEADING,
    NAMERS,
    ORDINARY_TITLES,
    STRONG,
    Cue,
)
from gateway.deidentify.descriptor.introduced_name import (
    CLEARLY,
    INTRODUCING,
    MAX_WORDS,
    IntroducedName,
    is_behind_verb,
)
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import NAMES, Row
from gateway.deidentify.descriptor.staff_initials import STAFF, initials_behind
from gateway.deidentify.descriptor.technical import UNITS
from gateway.deidentify.descriptor.token import Why

_NUMBER_MARKS: Final = "-./_#"
_PHONE_MARKS: Final = "-./()+"
_PHONE_DIGITS: Final = 3
_CODE_DIGITS: Final = 4
"""Digits that make a number an identifier behind a cue without a colon."""
_ABBREVIATED: Final = frozenset("ref ord req refd attn call perf dict".split())
"""Cues that a full stop or colon follows."""
_NUMBERS: Final = (None, Why.IDENTIFIER, Why.KNOWN_IDENTIFIER)
"""What a part of an identifier is: nothing yet, or found as the number it begins or ends with."""
_BIRTH_NAMES: Final = frozenset("geb geborene geboren nee born ne".split())
_MAX_LEFT: Final = 8
_EVERYDAY: Final = frozenset("portable portatile mobile mobil movil cell".split())
"""Cues of a phone that mean other things where another cue stands between them and a number."""


def introduce(row: Row) -> None:
    """Remove what the cues of a row introduce."""
    for place, piece in enumerate(row.pieces):
        if not piece.is_word:
            continue
        cues = CUES.get(piece.word)
        if row.strict and piece.word in STAFF and _take_initials(row, place):
            continue
        if cues is not None and row.fates[place] is None and not is_measured(row, place):
            _follow(row, place, cues)
        elif piece.word in AFTER_NAME:
            _take_before(row, place)
    _release(row)


def _release(row: Row) -> None:
    """Remove the cues before what goes already: DOB: and a date, tel. and a number, Dr. and a known name."""
    for place, piece in enumerate(row.pieces):
        cues = CUES.get(piece.word) if piece.is_word and row.fates[place] is None else None
        if cues and not (_is_abbreviation(row, place) or is_measured(row, place)):
            following = _object(row, place)
            if following is not None and _announces(cues, row.fates[following]):
                _remove_cue(row, place, following)


def _announces(cues: frozenset[Cue], why: Why | None) -> bool:
    if why in NAMES:
        return bool(cues & (STRONG | {Cue.VERB}))
    if why in (Why.IDENTIFIER, Why.KNOWN_IDENTIFIER, Why.PHONE):
        return bool(cues & {Cue.NUMBER, Cue.PHONE})
    return why is Why.DATE and Cue.BIRTH in cues


def _object(row: Row, place: int) -> int | None:
    """Return the place of what stands behind a cue, past marks and glue."""
    other = place + 1
    is_word = row.pieces[place].word in _EVERYDAY
    while other < len(row):
        piece = row.pieces[other]
        is_between = piece.grade is Grade.MARK and piece.word in INTRODUCING
        if row.fates[other] is None and piece.is_word:
            is_between = piece.word in GLUE or (piece.word in CUES and not is_word)
        if not is_between:
            return other
        other += 1
        if other - place > _MAX_LEFT:
            return None
    return None


def _remove_cue(row: Row, place: int, following: int) -> None:
    """Remove a cue, what is between it and its object, and the words before it that lead to it."""
    for other in range(place, following):
        row.remove(other, Why.CUE)
    lead_in(row, place)


def lead_in(row: Row, place: int) -> None:
    """Remove the words before a piece that mean nothing without it: performed by, date of."""
    other = place - 1
    while other >= 0 and place - other <= _MAX_LEFT and "\n" not in row.gap(other + 1):
        if row.fates[other] is None and _leads(row, other):
            row.remove(other, Why.CUE)
        elif row.fates[other] is not Why.CUE and not _is_stop_of_cue(row, other):
            return
        other -= 1


def _is_stop_of_cue(row: Row, place: int) -> bool:
    """Tell whether a mark ends an abbreviation that leads to what is behind: ref. Dr."""
    return (
        place > 0
        and row.is_mark(place, ".:")
        and row.is_touching(place)
        and row.fates[place] is None
        and row.pieces[place - 1].word in _ABBREVIATED
        and row.fates[place - 1] is None
    )


def is_measured(row: Row, place: int) -> bool:
    """Tell whether a cue is the unit of the number before it: 48 hr."""
    return (
        row.pieces[place].word in UNITS
        and place > 0
        and row.pieces[place - 1].grade is Grade.NUMBER
        and "\n" not in row.gap(place)
    )


def _is_abbreviation(row: Row, place: int) -> bool:
    """Tell whether a cue is written like a modality or other term: MR, PT, SR."""
    if row.pieces[place].word not in ORDINARY_TITLES or row.is_mark(place + 1, ".:"):
        return False
    return row.original(place).isupper()


def _leads(row: Row, place: int) -> bool:
    """Tell whether a word means nothing without what is behind it."""
    piece = row.pieces[place]
    if not piece.is_word or _is_abbreviation(row, place) or is_measured(row, place):
        return False
    cues = CUES.get(piece.word, frozenset())
    leading = piece.word in LEADING and len(piece.word) > 1
    return leading or bool(cues & {Cue.VERB, Cue.PERSON, Cue.TITLE, Cue.AGENT, Cue.NUMBER})


def _follow(row: Row, place: int, cues: frozenset[Cue]) -> None:
    if cues & {Cue.NUMBER, Cue.PHONE} and _take_number(row, place, cues):
        return
    if Cue.BIRTH in cues and _take_birth(row, place):
        return
    if cues & NAMERS or (Cue.PLACE in cues and is_behind_verb(row, place)):
        _take_name(row, place, cues)


def _take_name(row: Row, place: int, cues: frozenset[Cue]) -> bool:
    first = IntroducedName(row, place, cues).take()
    if first is not None:
        _remove_cue(row, place, first)
    return first is not None


def _take_initials(row: Row, place: int) -> bool:
    initials = initials_behind(row, place)
    if initials is not None:
        row.remove(initials, Why.CUE)
        _remove_cue(row, place, initials)
    return initials is not None


def _take_birth(row: Row, place: int) -> bool:
    following = _object(row, place)
    if following is None:
        return False
    if row.fates[following] in (Why.DATE, Why.IDENTIFIER):
        row.births.add(following)
        _remove_cue(row, place, following)
        return True
    return row.pieces[place].word in _BIRTH_NAMES and _take_name(row, place, frozenset({Cue.TITLE}))


def _take_number(row: Row, place: int, cues: frozenset[Cue]) -> bool:
    """Take the number or code behind a cue: everything up to the next space, of a phone all groups."""
    first = _object(row, place)
    if first is None or row.pieces[first].grade is Grade.MARK:
        return False
    if row.pieces[first].grade is Grade.FOUND:
        return _take_rest(row, place, first)
    clear = any(row.is_mark(other, CLEARLY) for other in range(place + 1, first))
    is_phone = Cue.PHONE in cues
    last, marks = first, _PHONE_MARKS if is_phone else _NUMBER_MARKS
    digits = ""
    while (
        last < len(row)
        and row.fates[last] in _NUMBERS
        and (last == first or _continues(row, last, marks, is_phone=is_phone))
    ):
        digits += "".join(filter(str.isdecimal, row.pieces[last].word))
        last += 1
    needed = _PHONE_DIGITS if is_phone else 1 if clear else _CODE_DIGITS
    if len(digits) < needed:
        return False
    for other in range(first, last):
        row.remove(other, Why.PHONE if is_phone else Why.IDENTIFIER)
    _remove_cue(row, place, first)
    return True


def _take_rest(row: Row, place: int, first: int) -> bool:
    """Take what is written together with a number behind a cue that goes already."""
    if row.fates[first] not in (Why.IDENTIFIER, Why.KNOWN_IDENTIFIER):
        return False
    last = first + 1
    while (
        last < len(row) and row.fates[last] is None and _continues(row, last, _NUMBER_MARKS, is_phone=False)
    ):
        row.remove(last, Why.IDENTIFIER)
        last += 1
    _remove_cue(row, place, first)
    return True


def _continues(row: Row, place: int, marks: str, *, is_phone: bool) -> bool:
    """Tell whether a piece belongs to the number before it."""
    piece = row.pieces[place]
    if piece.grade is Grade.MARK:
        return piece.word in marks and (is_phone or row.is_touching(place)) and row.is_touching(place + 1)
    if is_phone and piece.grade is Grade.NUMBER:
        return "\n" not in row.gap(place)
    return row.is_touching(place)


def _take_before(row: Row, place: int) -> None:
    """Take the name before a degree or a form of address that stands behind it."""
    original = row.original(place)
    if original.isascii() and not (original.isupper() or original in ("PhD", "Esq")):
        return
    other, words = place - 1, 0
    while other >= 0 and words < MAX_WORDS and "\n" not in row.gap(other + 1):
        piece = row.pieces[other]
        if piece.grade is Grade.MARK and piece.word in ".,-'":
            other -= 1
            continue
        name = piece.grade is Grade.UNKNOWN or row.fates[other] in NAMES
        name = name or (piece.grade is Grade.AMBIGUOUS and piece.word not in MOSTLY_CLINICAL)
        if not (name or (words and piece.grade is Grade.LETTER)) or not row.is_capital(other):
            break
        words += piece.grade is not Grade.LETTER
        other -= 1
    if words:
        for name_place in range(other + 1, place + 1):
            row.remove(name_place, Why.CUE)
