"""A text put together again around what went: one space, no lonely brackets, commas or prepositions."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor.cue import LEADING
from gateway.deidentify.descriptor.introduction import is_measured, lead_in
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import NAMES, Row
from gateway.deidentify.descriptor.token import Why

_EDGES: Final = frozenset(",;:/\\|^_-.~#=&@*!?'\"`<>")
"""Marks that mean nothing at the beginning or end of a text, beside what went."""
_OPENING: Final = {")": "(", "]": "[", "}": "{", "\uff09": "\uff08", "\u3011": "\u3010"}
_CLOSING: Final = frozenset(_OPENING.values())
_STOPS: Final = frozenset(",;:.|")
_DATED: Final = frozenset({Why.DATE, Why.TIME, Why.PHONE, Why.ADDRESS, Why.EMAIL, Why.URL, Why.IDENTIFIER})
_BEGINNING: Final = frozenset("and und et y e en och og i ve".split())
"""Words that join two others and cannot begin a text."""


def tidy(row: Row, goes: list[bool]) -> None:
    """Let go what is left dangling by what goes.

    Parameters
    ----------
    row
        The text with its fates.
    goes
        For each piece whether nothing of it stays; a moved date stays. Changed in place.
    """
    ends = _phrase_ends(row, goes)
    for place in range(len(row)):
        if goes[place] and row.fates[place] is not None:
            _drop_leading(row, place, ends=ends[place])
    for place, fate in enumerate(row.fates):
        goes[place] = goes[place] or fate is Why.CUE
    _drop_brackets(row, goes)
    _drop_marks(row, goes)


def _drop_leading(row: Row, place: int, *, ends: bool) -> None:
    """Let prepositions go with the name, place or date behind them."""
    fate = row.fates[place]
    if fate in NAMES or fate in (Why.KNOWN_IDENTIFIER, *_DATED) or (fate is Why.UNKNOWN and ends):
        lead_in_plain(row, place)


def lead_in_plain(row: Row, place: int) -> None:
    """Remove the small words directly before a piece, and a cue before those."""
    before = place - 1
    while row.is_mark(before, ".:#=-"):
        before -= 1
    if before >= 2 and "".join(piece.word for piece in row.pieces[before - 2 : before + 1]) == "c/o":
        for other in range(before - 2, before + 1):
            row.remove(other, Why.CUE)
        before -= 3
    if before >= 0 and row.fates[before] is None and "\n" not in row.gap(before + 1):
        piece = row.pieces[before]
        if (
            piece.is_word
            and piece.word in LEADING
            and len(piece.word) > 1
            and not _is_capital_term(row, before)
            and not is_measured(row, before)
        ):
            row.remove(before, Why.CUE)
            lead_in(row, before)


def _is_capital_term(row: Row, place: int) -> bool:
    """Tell whether a small word is an abbreviation in capitals in a text of mixed case."""
    return row.original(place).isupper() and not row.is_loud


def _phrase_ends(row: Row, goes: list[bool]) -> list[bool]:
    """Tell for each piece whether nothing of its phrase is left behind it."""
    ends = [True] * len(row)
    for place in range(len(row) - 2, -1, -1):
        following = place + 1
        ends[place] = ends[following] if goes[following] else row.is_mark(following, ",;.:)]}")
    return ends


def _drop_brackets(row: Row, goes: list[bool]) -> None:
    """Drop brackets with nothing between them, and those whose other half went."""
    opened: list[tuple[int, int]] = []
    content = 0
    changed = 0
    gone_since: list[int] = []
    for place, piece in enumerate(row.pieces):
        if goes[place]:
            changed += 1
        elif piece.grade is not Grade.MARK:
            content += 1
        elif piece.word in _CLOSING:
            opened.append((place, content))
            gone_since.append(changed)
        elif piece.word in _OPENING and opened:
            first, before = opened.pop()
            if changed > gone_since.pop() and content == before:
                goes[first] = goes[place] = True


def _drop_marks(row: Row, goes: list[bool]) -> None:
    """Drop the marks of a gap that join nothing any more, all but one of those that still do."""
    place = 0
    while place < len(row):
        if not goes[place]:
            place += 1
            continue
        first, last = _gap_around(row, place, goes)
        _close(row, first, last, goes)
        place = last + 1
    _drop_beginning(row, goes)


def _is_separator(row: Row, place: int) -> bool:
    piece = row.pieces[place]
    return piece.grade is Grade.MARK and piece.word in _EDGES


def _gap_around(row: Row, place: int, goes: list[bool]) -> tuple[int, int]:
    """Return the first and last piece of a gap: what goes, and the marks beside and between it."""
    first = place
    while first > 0 and (goes[first - 1] or _is_separator(row, first - 1)):
        first -= 1
    last = place
    while last + 1 < len(row) and (goes[last + 1] or _is_separator(row, last + 1)):
        last += 1
    return first, last


def _close(row: Row, first: int, last: int, goes: list[bool]) -> None:
    """Keep at most the marks at one side of a gap."""
    left: list[int] = []
    for place in range(first, last + 1):
        if goes[place]:
            break
        left.append(place)
    right: list[int] = []
    for place in range(last, first - 1, -1):
        if goes[place]:
            break
        right.insert(0, place)
    kept = _kept_marks(row, left, right, first, last)
    for place in range(first, last + 1):
        if place not in kept:
            goes[place] = True


def _kept_marks(row: Row, left: list[int], right: list[int], first: int, last: int) -> frozenset[int]:
    opens = first > 0 and row.pieces[first - 1].word in _CLOSING
    closes = last + 1 < len(row) and row.pieces[last + 1].word in _OPENING
    if first == 0 or opens:
        return frozenset()
    if last == len(row) - 1 or closes:
        return frozenset(right) if _is_full_stop(row, right) and last != len(row) - 1 else frozenset()
    texts = ["".join(row.pieces[place].word for place in side) for side in (left, right)]
    if texts[0] == texts[1] or (not texts[0] and texts[1][:1] in _STOPS):
        return frozenset(right or left) if texts[1] else frozenset(left)
    if texts[0] and not texts[1]:
        # A mark that touches what went was a part of it: Smith-, _smith.
        joins = texts[0][-1] in _STOPS or _is_spaced(row, left) or _is_glued_right(row, last)
        return frozenset(left) if joins else frozenset()
    if texts[1] and not texts[0]:
        return frozenset(right) if _is_spaced(row, right) else frozenset()
    stops = [side for side, text in zip((left, right), texts, strict=True) if text[-1:] in _STOPS]
    return frozenset(stops[-1] if stops else left)


def _is_full_stop(row: Row, marks: list[int]) -> bool:
    return len(marks) == 1 and row.pieces[marks[0]].word == "."


def _is_spaced(row: Row, marks: list[int]) -> bool:
    return bool(row.gap(marks[0])) and bool(row.gap(marks[-1] + 1))


def _is_glued_right(row: Row, last: int) -> bool:
    return row.is_touching(last + 1)


def _drop_beginning(row: Row, goes: list[bool]) -> None:
    """Drop a joining word that begins the text because of what went before it."""
    first = next((place for place, gone in enumerate(goes) if not gone), None)
    if first and row.pieces[first].is_word and row.pieces[first].word in _BEGINNING and row.gap(first + 1):
        goes[first] = True
        row.remove(first, Why.CUE)
