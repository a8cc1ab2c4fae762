"""The pieces of one text, and what becomes of each of them."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor.folding import Folded
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.descriptor.lexer import Grade, Piece
from gateway.deidentify.descriptor.token import Why

NAMES: Final = frozenset(
    {Why.KNOWN_NAME, Why.CUE, Why.NEIGHBOURS, Why.PLUG_IN, Why.INSTITUTION, Why.KNOWN_PLACE}
)
"""Why a word goes that is a name beyond doubt."""
INSIDE_PHRASE: Final = frozenset("-_^.'/+&")
"""Marks between words that belong together."""


class Row:
    """The pieces of a text in order.

    Parameters
    ----------
    text
        The folded text.
    pieces
        Its pieces; not changed.
    known
        What the header knows.
    strict
        Whether this is a descriptor, in which unknown words go.
    has_cues
        Whether a word is among them that announces a name, number or place.
    """

    def __init__(
        self, text: Folded, pieces: list[Piece], known: Known, *, strict: bool, has_cues: bool = True
    ) -> None:
        self.text = text
        self.pieces = pieces
        self.known = known
        self.strict = strict
        self.has_cues = has_cues
        self.fates: list[Why | None] = [piece.span.why if piece.span else None for piece in pieces]
        """For each piece why it goes; None as long as it stays."""
        self.is_moving = any(
            piece.span and (piece.span.written is not None or piece.span.why is Why.UID) for piece in pieces
        )
        """Whether a date or UID is in it, for which something may be put."""
        self.births: set[int] = set()
        """Pieces that are a date of birth."""
        self.is_loud = text.text.isupper()
        """Whether everything is in capitals, which then say nothing."""
        self.is_low = text.text.islower()
        """Whether nothing is."""

    def __len__(self) -> int:
        return len(self.pieces)

    def original(self, place: int) -> str:
        """Return a piece as it was written."""
        piece = self.pieces[place]
        return self.text.original(piece.start, piece.end)

    def is_capital(self, place: int) -> bool:
        """Tell whether a piece begins with a capital, or is of a script that has none."""
        first = self.original(place)[:1]
        return first.isupper() or (first.isalpha() and not first.islower())

    def is_title_case(self, place: int) -> bool:
        """Tell whether a piece is written like a name: one capital, then small letters."""
        original = self.original(place)
        return len(original) > 1 and original[0].isupper() and original[1:].islower()

    def gap(self, place: int) -> str:
        """Return the white space before a piece."""
        if place <= 0 or place >= len(self.pieces):
            return ""
        return self.text.fold[self.pieces[place - 1].end : self.pieces[place].start]

    def is_touching(self, place: int) -> bool:
        """Tell whether nothing is between a piece and the one before it."""
        return 0 < place < len(self.pieces) and self.pieces[place - 1].end == self.pieces[place].start

    def is_mark(self, place: int, marks: str) -> bool:
        """Tell whether a piece is one of these marks."""
        return (
            0 <= place < len(self.pieces)
            and self.pieces[place].grade is Grade.MARK
            and self.pieces[place].word in marks
        )

    def neighbour(self, place: int, step: int) -> int | None:
        """Return the place of the next word or number of the phrase, before (-1) or behind (1) a piece."""
        other = place + step
        while 0 <= other < len(self.pieces):
            if "\n" in self.gap(max(other, other - step)):
                return None
            piece = self.pieces[other]
            if piece.grade is not Grade.MARK:
                return other
            if piece.word not in INSIDE_PHRASE:
                return None
            other += step
        return None

    def remove(self, place: int, why: Why) -> None:
        """Remove a piece, unless it goes already for a reason of its own."""
        if self.fates[place] is None:
            self.fates[place] = why
