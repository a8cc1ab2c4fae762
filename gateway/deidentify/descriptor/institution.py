"""Names of hospitals and practices: a word for such a place, and the words beside it that name it."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor.folding import folded_text
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import Row
from gateway.deidentify.descriptor.token import Why

_BEFORE: Final = (
    "hospital clinic hospice infirmary krankenhaus klinikum klinik spital ziekenhuis sjukhus sygehus "
    "sykehus hastanesi "
    "szpital nemocnice university universität college institute center centre zentrum centrum imaging "
    "practice praxis "
    "gasthuis hospitalet kliniken charité"
)
_BEHIND: Final = (
    "hospital klinikum universitätsklinikum uniklinikum uniklinik universitätsspital kantonsspital "
    "krankenhaus klinik "
    "kreisklinik praxis radiologiepraxis gemeinschaftspraxis mvz chu chru chr ch hôpital hôpitaux "
    "clinique ospedale "
    "policlinico azienda hospitalier clínica clinica casa centro ziekenhuis umc azm szpital poliklinik "
    "university universität "
    "université universidad università universiteit charité institut instituto istituto hospices "
    "consultorio"
)
BEFORE: Final = frozenset(folded_text(_BEFORE).split())
"""Words that the name of a place may stand before: St. Mary's Hospital."""
BEHIND: Final = frozenset(folded_text(_BEHIND).split())
"""Words that it may stand behind: Ospedale San Luca."""
_ANYTHING: Final = frozenset(
    "ch casa centro center centre imaging practice institute institut instituto azienda college".split()
)
"""Words that are no place without a capital and a name in capitals beside them."""
_LINKS: Final = frozenset(
    "of the de du des d la le les l di della del san santa santo sant saint st sankt st. sta u und and "
    "for f am an der zu "
    "medical center centre health healthcare clinic hospital imaging general memorial regional "
    "universitaire universitario "
    "universitaria universitari medicine e".split()
)
"""Words that belong to such a name and name nothing."""
_MAX_WORDS: Final = 6


def mark_institutions(row: Row) -> None:
    """Remove the names of institutions, with the word that says what they are."""
    for place, piece in enumerate(row.pieces):
        if piece.is_word and row.fates[place] is None and (piece.word in BEFORE or piece.word in BEHIND):
            left = _extent(row, place, -1) if piece.word in BEFORE else place
            right = _extent(row, place, 1) if piece.word in BEHIND or left < place else place
            if left < place or right > place:
                for other in range(left, right + 1):
                    row.remove(other, Why.INSTITUTION)


def _extent(row: Row, place: int, step: int) -> int:
    """Return how far a name extends from its keyword; the keyword's own place where there is none."""
    far = reached = place
    words = 0
    while words < _MAX_WORDS:
        far += step
        if not 0 <= far < len(row) or "\n" in row.gap(max(far, far - step)):
            break
        piece = row.pieces[far]
        if piece.grade is Grade.MARK:
            if piece.word in ".'-&" and (piece.word != "." or step < 0 or not row.gap(far)):
                continue
            break
        if _names(row, far, place):
            reached = far
            words += 1
        elif not (piece.is_word and (piece.word in _LINKS or piece.grade is Grade.LETTER)):
            break
    return _with_links(row, reached, place, step)


def _names(row: Row, place: int, keyword: int) -> bool:
    """Tell whether a word is a part of the name of a place."""
    piece = row.pieces[place]
    if row.fates[place] in (Why.KNOWN_PLACE, Why.KNOWN_NAME):
        return True
    if row.fates[place] is not None or not piece.is_word or piece.word in _LINKS:
        return False
    if piece.grade is Grade.UNKNOWN:
        sure = row.pieces[keyword].word not in _ANYTHING or row.is_capital(keyword)
        return sure and (row.is_capital(place) or (row.strict and row.pieces[keyword].word not in _ANYTHING))
    return False


def _with_links(row: Row, reached: int, place: int, step: int) -> int:
    """Return `reached`, and the linking words beyond it: St. before Mary's, Medical Center behind it."""
    if reached == place:
        return place
    far = reached
    while 0 <= far + step < len(row) and abs(far - reached) < _MAX_WORDS:
        following = row.pieces[far + step]
        link = following.is_word and following.word in _LINKS
        mark = following.grade is Grade.MARK and following.word in ".'" and row.is_touching(far + step)
        if not (link or mark) or row.fates[far + step] is not None:
            break
        far += step
    # A linking word at the far end belongs to the rest of the text: CT of, and.
    while far != reached and row.pieces[far].word in (
        "of",
        "the",
        "and",
        "for",
        "und",
        "de",
        "am",
        "an",
        "f",
        "e",
        "d",
    ):
        far -= step
    return far
