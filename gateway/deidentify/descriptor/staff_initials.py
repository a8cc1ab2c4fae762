"""The initials of somebody of the staff behind a role or what was done: tech: KW, performed by AB."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor.ambiguity import MODALITIES
from gateway.deidentify.descriptor.cue import CUES, Cue
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import Row
from gateway.deidentify.descriptor.technical import UNITS, is_technical_word

STAFF: Final = frozenset(
    "tech technologist technician mtra mtr mta radiologist radiologe sonographer nurse resident operator "
    "reader rad rt initials inits by".split()
)
"""Words before the initials of whoever did it; by only behind a verb, RT only before a colon."""
_SERVICES: Final = frozenset(
    "ed er ent gp gu gi ir icu ccu nicu picu or ob gyn obg hno pcp ems onc ortho neuro pt ot ai cad qa qc "
    "mip mlo cc ue le fx all us uk eu iv im po".split()
)
"""Abbreviations of services, programs, views and routes, which stand there as well."""
_DEGREES: Final = frozenset("rt md rn do phd pa np cnmt rdms".split())
"""What may stand behind initials."""
_MARKS: Final = ":=#."
_LETTERS: Final = range(2, 4)


def initials_behind(row: Row, cue: int) -> int | None:
    """Return the place of the initials behind a word of `STAFF`, or None where there are none."""
    if not _is_role(row, cue):
        return None
    place = cue + 1
    while row.is_mark(place, _MARKS) and place - cue <= len(_MARKS):
        place += 1
    if place >= len(row) or row.fates[place] is not None or "\n" in row.gap(place):
        return None
    return place if _are_initials(row, place) and _ends_phrase(row, place) else None


def _is_role(row: Row, cue: int) -> bool:
    """Tell whether a word is somebody's role here, and no side, dose or preposition of something else."""
    word = row.pieces[cue].word
    if word == "by":
        return cue > 0 and Cue.VERB in CUES.get(row.pieces[cue - 1].word, ())
    if word == "rt":
        short = cue + 2 < len(row) and len(row.pieces[cue + 2].word) == _LETTERS.start
        return short and row.is_mark(cue + 1, ":=")
    return word != "rad" or not row.is_loud


def _are_initials(row: Row, place: int) -> bool:
    piece, original = row.pieces[place], row.original(place)
    if piece.grade > Grade.TECHNICAL or len(original) not in _LETTERS or not original.isupper():
        return False
    return not (
        piece.word in MODALITIES
        or piece.word in _SERVICES
        or (is_technical_word(piece.word) and piece.word not in UNITS)
    )


def _ends_phrase(row: Row, place: int) -> bool:
    """Tell whether nothing belongs to a piece but a degree."""
    following = row.neighbour(place, 1)
    return following is None or row.pieces[following].word in _DEGREES
