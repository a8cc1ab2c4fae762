"""Cleans one text (PS3.15 E.3.5): only what is known to be safe stays of a descriptor.

A word that the header knows as a name stays where the words beside it make it an unmistakable
clinical phrase (LONG AXIS of a patient called Long). The residual check searches that name again
and may remove the attribute: this module decides about text, not about instances.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from gateway.deidentify.descriptor import vocabulary
from gateway.deidentify.descriptor.draft import Draft
from gateway.deidentify.descriptor.folding import Folded
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.descriptor.lexer import Lexicon, around
from gateway.deidentify.descriptor.reading import Reading, read
from gateway.deidentify.descriptor.row import Row
from gateway.deidentify.descriptor.span import Span, united
from gateway.deidentify.descriptor.token import Cleaned, Finder, Token, Verdict, Why
from gateway.errors import Reason, Refused

MAX_LENGTH: Final = 1 << 18
"""Characters of the longest text that is cleaned; nothing is kept of a longer one."""
_REMEMBERED: Final = 256
"""Characters of the longest text whose reading is remembered."""
_READINGS: Final = 1024
"""Texts that are remembered, some ten KiB each; the images of a series share theirs."""
_PASSES: Final = 8
"""Passes after which a text is left: each removes something, and a second one hardly ever does."""
_PASSED: Final = 1 << 16
"""Characters of the longest text that is passed over again; a longer one is free text, not a descriptor."""
_FIRST: Final = "Thorax of Mr Nobody, 1 January 2001, 12 mm"
"""Asks for words, cues, dates and numbers alike."""


def _same(text: str) -> str:
    return text


class Cleaner:
    """Cleans texts with one vocabulary.

    Parameters
    ----------
    words
        The site's own words, folded, that are kept besides the clinical vocabulary.
    finders
        Plug-ins that find names of people and places.
    """

    def __init__(self, *, words: frozenset[str] = frozenset(), finders: tuple[Finder, ...] = ()) -> None:
        self._lexicon = Lexicon(words)
        self._finders = finders
        self._results: dict[tuple[object, str, bool], Cleaned] = {}
        self._remembered: Callable[[str, bool], Reading] = lru_cache(maxsize=_READINGS)(self._read)
        self._kept: Callable[[str, bool], Cleaned] = lru_cache(maxsize=_READINGS)(self._kept_text)

    def _read(self, text: str, strict: bool) -> Reading:
        return read(text, self._lexicon, strict=strict)

    def prepare(self) -> None:
        """Load what the first text would wait for: a third of a second."""
        vocabulary.load()
        for strict in (True, False):
            self.clean(_FIRST, Known(), strict=strict, date=None, uid=_same)

    def clean(
        self,
        text: str,
        known: Known,
        *,
        strict: bool,
        date: Callable[[str], str | None] | None,
        uid: Callable[[str], str],
    ) -> Cleaned:
        """Return a text without what identifies, and what was decided about each part of it.

        Parameters
        ----------
        text
            One value, decoded.
        known
            What the header of the instance knows.
        strict
            A descriptor, of which only clinical vocabulary, numbers and technical terms stay. Otherwise a
            technical text, of which only goes what is known or has the form or cue of a name, number or date.
        date
            Maps YYYYMMDD to the date that takes its place, or to None; None where all dates are removed.
        uid
            Maps a UID to the one that takes its place, or to an empty text.

        Raises
        ------
        Refused
            `known` holds too many values to search in a text this long, or a plug-in failed.
        """
        if len(text) > MAX_LENGTH:
            return Cleaned("", (Token(text, 0, len(text), Verdict.REMOVED, Why.UNKNOWN, ""),))
        key = (known.key, text, strict)
        if key in self._results:
            return self._results[key]
        draft = self._draft(text, known, date, uid, strict=strict)
        if draft is None:
            return self._kept(text, strict)
        cleaned = self._passed(draft, known, strict=strict)
        if key[0] is not None and len(text) <= _REMEMBERED and not draft.row.is_moving:
            self._remember(key, cleaned)
        return cleaned

    def _remember(self, key: tuple[object, str, bool], cleaned: Cleaned) -> None:
        """Keep a result of nothing but the text and the header, which in a series are the same."""
        if len(self._results) >= _READINGS:
            self._results.clear()
        self._results[key] = cleaned

    def _passed(self, draft: Draft, known: Known, *, strict: bool) -> Cleaned:
        """Return what further passes leave of a text."""
        text = draft.row.text.text
        passes = _PASSES if len(text) <= _PASSED else 0
        while passes and draft.is_changed and draft.text:
            # What goes makes neighbours of words that were none; what was replaced stays.
            later = self._draft(draft.text, known, _same, _same, strict=strict)
            if later is None or not draft.follow(later):
                break
            passes -= 1
        return Cleaned(draft.text, draft.tokens())

    def _draft(
        self,
        text: str,
        known: Known,
        date: Callable[[str], str | None] | None,
        uid: Callable[[str], str],
        *,
        strict: bool,
    ) -> Draft | None:
        """Return what one pass makes of a text, or None where all of it stays."""
        if len(text) > _REMEMBERED:
            reading = read(text, self._lexicon, lambda folded: self._found(folded, known), strict=strict)
            pieces = reading.pieces
        else:
            reading = self._remembered(text, strict)
            found = self._found(reading.text, known)
            if not found and reading.is_quiet and not _knows(known, reading):
                return None
            pieces = reading.pieces
            if found:
                pieces = around(reading.text, self._lexicon, united([*reading.spans, *found]))
        return Draft(Row(reading.text, pieces, known, strict=strict, has_cues=reading.has_cues), date, uid)

    def _found(self, text: Folded, known: Known) -> list[Span]:
        """Return what this header and the plug-ins find in a text."""
        found = list(known.spans(text.fold))
        for finder in self._finders:
            places = _places(finder, text.text)
            if places is None:
                # Not from the plug-in's own error, which may quote the text.
                raise Refused(Reason.PROFILE, "a plug-in that finds names failed")
            spans = [(text.place(start), text.place(end)) for start, end in places]
            found += [Span(start, end, Why.PLUG_IN) for start, end in spans if start < end]
        return found

    def _kept_text(self, text: str, strict: bool) -> Cleaned:
        """Return a text of which all stays."""
        reading = self._remembered(text, strict)
        row = Row(reading.text, reading.pieces, Known(), strict=False, has_cues=False)
        return Cleaned(text, Draft(row, None, _same).tokens())


def _knows(known: Known, reading: Reading) -> bool:
    """Tell whether the header knows a word of a text."""
    if not known.words:
        return False
    if not known.words.keys().isdisjoint(reading.words):
        return True
    return any(known.nearly(word) for word in reading.unknown) or known.may_begin(reading.words)


def _places(finder: Finder, text: str) -> list[tuple[int, int]] | None:
    """Return what a plug-in finds, or None where it fails, in whatever way."""
    try:
        return [(int(start), int(end)) for start, end in finder(text)]
    except Exception:  # noqa: BLE001
        return None
