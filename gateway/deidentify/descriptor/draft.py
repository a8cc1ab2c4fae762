"""One pass over a text: what goes, what is replaced, and the text that is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.deidentify.descriptor.date import moved_text
from gateway.deidentify.descriptor.gap import tidy
from gateway.deidentify.descriptor.institution import mark_institutions
from gateway.deidentify.descriptor.introduction import introduce
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.neighbour import absorb, judge, mark_known, mark_unknown
from gateway.deidentify.descriptor.row import Row
from gateway.deidentify.descriptor.token import Token, Verdict, Why

_KEPT: Final = {
    Grade.UNKNOWN: Why.TECHNICAL,
    Grade.CLINICAL: Why.VOCABULARY,
    Grade.AMBIGUOUS: Why.VOCABULARY,
    Grade.TECHNICAL: Why.TECHNICAL,
    Grade.LETTER: Why.TECHNICAL,
    Grade.NUMBER: Why.NUMBER,
    Grade.MARK: Why.PUNCTUATION,
    Grade.FOUND: Why.UID,
}


class Draft:
    """What one pass makes of a row.

    Parameters
    ----------
    row
        The pieces of the text.
    date
        Moves a date of eight digits, or None.
    uid
        Replaces a UID; an empty replacement removes it.
    """

    def __init__(self, row: Row, date: Callable[[str], str | None] | None, uid: Callable[[str], str]) -> None:
        self.row = row
        self._after: dict[int, str] = {}
        self._goes: list[bool] = []
        self._mark()
        self._decide(date, uid)
        self._settle()

    def _mark(self) -> None:
        contested = mark_known(self.row)
        if self.row.has_cues:
            introduce(self.row)
            mark_institutions(self.row)
        if self.row.strict:
            mark_unknown(self.row)
        judge(self.row, contested)
        absorb(self.row)

    def _decide(self, date: Callable[[str], str | None] | None, uid: Callable[[str], str]) -> None:
        """Find what takes the place of dates and UIDs."""
        row = self.row
        for place, piece in enumerate(row.pieces):
            span = piece.span
            if span is None:
                continue
            if span.why is Why.UID:
                self._after[place] = uid(piece.word)
            elif span.written is not None and date is not None and place not in row.births:
                moved = date(f"{span.written.year:04}{span.written.month:02}{span.written.day:02}")
                self._after[place] = (moved and moved_text(span, row.text, moved)) or ""
        self._after = {place: after for place, after in self._after.items() if after}

    def _settle(self) -> None:
        row = self.row
        self._goes = [fate is not None and place not in self._after for place, fate in enumerate(row.fates)]
        if any(self._goes):
            tidy(row, self._goes)
        self._write()

    def _write(self) -> None:
        """Join what is left, and note where each piece of it stands."""
        row = self.row
        if not self.is_changed:
            self.text = row.text.text
            self._at: list[tuple[int, int, int]] = []
            return
        parts: list[str] = []
        self._at = []
        length = 0
        last = -1
        for place in range(len(row)):
            if self._goes[place]:
                continue
            gap = self._between(last, place)
            part = self._after.get(place) or row.original(place)
            parts += gap, part
            length += len(gap)
            self._at.append((length, length + len(part), place))
            length += len(part)
            last = place
        if last == len(row) - 1 and last >= 0:
            parts.append(row.text.original(row.pieces[-1].end, len(row.text.fold)))
        self.text = "".join(parts)

    def _between(self, last: int, place: int) -> str:
        """Return the white space between two pieces that stay."""
        row = self.row
        if last < 0:
            return row.text.original(0, row.pieces[0].start) if place == 0 else ""
        if place == last + 1:
            return row.text.original(row.pieces[last].end, row.pieces[place].start)
        gaps = "".join(row.gap(other) for other in range(last + 1, place + 1))
        if "\n" in gaps:
            return "\n"
        if gaps and row.pieces[place].word not in (",", ";", ":", ")", "."):
            return " "
        marks = row.pieces[last].grade is Grade.MARK or row.pieces[place].grade is Grade.MARK
        return "" if marks else " "

    @property
    def is_changed(self) -> bool:
        """Tell whether anything goes or is replaced by something else."""
        return any(self._goes) or any(
            after != self.row.original(place) for place, after in self._after.items()
        )

    def follow(self, later: Draft) -> bool:
        """Let go what a pass over this text would let go; tell whether anything did."""
        gone: list[tuple[int, int, Why]] = []
        for place, piece in enumerate(later.row.pieces):
            fate = later.row.fates[place]
            # A date or UID that only this text has was not replaced: it goes. Those that were are safe.
            if fate is not None and (later._goes[place] or piece.span is not None):
                gone.append((*later.row.text.located(piece.start, piece.end), fate))
        changed = False
        position = 0
        for start, end, why in gone:
            while position < len(self._at) and self._at[position][1] <= start:
                position += 1
            other = position
            while other < len(self._at) and self._at[other][0] < end:
                changed = self._let_go(self._at[other][2], why) or changed
                other += 1
        if changed:
            tidy(self.row, self._goes)
            self._write()
        return changed

    def _let_go(self, place: int, why: Why) -> bool:
        if self._goes[place] or place in self._after:
            return False
        self._goes[place] = True
        self.row.remove(place, why)
        return True

    def tokens(self) -> tuple[Token, ...]:
        """Return what became of each piece, with what does not print as pieces of its own."""
        row = self.row
        tokens: list[Token] = []
        position = 0
        for place, piece in enumerate(row.pieces):
            start, end = row.text.located(piece.start, piece.end)
            tokens += self._unprinted(position, start)
            tokens.append(self._token(place, start, end))
            position = end
        tokens += self._unprinted(position, len(row.text.text))
        return tuple(tokens)

    def _token(self, place: int, start: int, end: int) -> Token:
        row = self.row
        text = row.text.text[start:end]
        fate = row.fates[place]
        if self._goes[place]:
            return Token(text, start, end, Verdict.REMOVED, fate or Why.PUNCTUATION, "")
        after = self._after.get(place)
        if after is not None and after != text:
            return Token(text, start, end, Verdict.REPLACED, fate or Why.UID, after)
        why = fate or _KEPT[row.pieces[place].grade]
        return Token(text, start, end, Verdict.KEPT, why, text)

    def _unprinted(self, start: int, end: int) -> list[Token]:
        """Return characters between pieces that are no white space."""
        text = self.row.text.text
        if start >= end or text[start:end].isspace():
            return []
        verdict = Verdict.REMOVED if self.is_changed else Verdict.KEPT
        return [
            Token(
                text[place],
                place,
                place + 1,
                verdict,
                Why.PUNCTUATION,
                "" if self.is_changed else text[place],
            )
            for place in range(start, end)
            if not text[place].isspace()
        ]
