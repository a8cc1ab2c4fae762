"""The name behind a cue word: how far it goes, and whether it is one."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.descriptor import vocabulary
from gateway.deidentify.descriptor.ambiguity import MODALITIES, MOSTLY_CLINICAL
from gateway.deidentify.descriptor.ambiguous_word import is_collocation, is_eponym, is_joined_letter
from gateway.deidentify.descriptor.cue import CUES, GLUE, NAMERS, ORDINARY_TITLES, PARTICLES, STRONG, Cue
from gateway.deidentify.descriptor.lexer import Grade
from gateway.deidentify.descriptor.row import NAMES, Row
from gateway.deidentify.descriptor.token import Why

MAX_WORDS: Final = 4
"""Words of a name behind a cue, besides initials and particles."""
INTRODUCING: Final = ".:#=-*([\"'"
"""Marks between a cue and what it introduces."""
CLEARLY: Final = ":=#"
"""Those that leave no doubt that it does."""
_SURE_AGENTS: Final = frozenset("for by von fur durch par pour por para door voor".split())
"""Prepositions that introduce a name in a technical text too."""
_FORMS_OF_ADDRESS: Final = frozenset({"mr", "ms"})
"""Titles that in capitals are abbreviations."""
_MAX_PIECES: Final = 16
"""Pieces among which a name stands behind its cue, so that a row of cues is read as fast as any."""
_SHORT_NAME: Final = 3
_NAME_GRADES: Final = (Grade.UNKNOWN, Grade.AMBIGUOUS)
_SHORT_TITLE: Final = 2
"""Letters of a title that in capitals is an abbreviation of something else too."""


def is_behind_verb(row: Row, place: int) -> bool:
    """Tell whether the word before a piece is what somebody did."""
    before = place - 1
    return before >= 0 and Cue.VERB in CUES.get(row.pieces[before].word, ())


class IntroducedName:
    """The name behind one cue.

    Parameters
    ----------
    row
        The text.
    cue
        Place of the cue.
    cues
        What it announces.
    """

    def __init__(self, row: Row, cue: int, cues: frozenset[Cue]) -> None:
        self._row = row
        self._cue = cue
        self._is_title = Cue.TITLE in cues
        self._is_strong = bool(cues & STRONG)
        self._word = row.pieces[cue].word
        self._taken: list[int] = []
        self._words = 0
        self._is_clear = False
        self._has_stop = False
        self._has_comma = False

    def take(self) -> int | None:
        """Remove the name; return where it begins, or None where there is none."""
        row = self._row
        place = self._begin()
        if self._is_weak_alone():
            return None
        pending: list[int] = []
        end = min(len(row), place + _MAX_PIECES)
        while place < end and self._words < MAX_WORDS and self._same_line(place):
            step = self._judge(place)
            if step is None:
                break
            pending.append(place)
            if step:
                self._taken += pending
                self._words += 1
                pending = []
            place += 1
        self._take_last_initial(pending)
        if not self._words or not self._is_enough(place):
            return None
        for other in self._taken:
            row.remove(other, Why.CUE)
        return self._taken[0]

    def _begin(self) -> int:
        """Return the place behind the cue and the marks that go with it."""
        row, place = self._row, self._cue + 1
        while row.is_mark(place, INTRODUCING) and place - self._cue < MAX_WORDS:
            self._is_clear = self._is_clear or row.is_mark(place, CLEARLY)
            self._has_stop = self._has_stop or row.is_mark(place, ".")
            place += 1
        return place

    def _is_weak_alone(self) -> bool:
        """Tell whether the cue is an everyday abbreviation, and nothing says that it is a cue here."""
        if self._word in ORDINARY_TITLES:
            is_form = self._word in _FORMS_OF_ADDRESS and self._row.is_title_case(self._cue)
            return not (self._is_clear or self._has_stop or is_form)
        if self._row.strict or self._is_title or self._is_clear:
            return False
        return (
            not self._is_strong
            and self._word not in _SURE_AGENTS
            and not is_behind_verb(self._row, self._cue)
        )

    def _same_line(self, place: int) -> bool:
        return "\n" not in self._row.gap(place) or (self._is_clear and not self._words)

    def _judge(self, place: int) -> bool | None:
        """Return True where a piece is of the name, False where what follows decides, None where it ends."""
        row, piece = self._row, self._row.pieces[place]
        fate = row.fates[place]
        if fate is not None:
            return True if fate in NAMES else None
        if piece.grade is Grade.MARK:
            return False if self._is_inside(place) else None
        if self._may_stand_before_name(place):
            return row.neighbour(place, 1) is None and self._is_behind_title(place)
        if piece.word in row.known.initials and row.neighbour(place, 1) is None:
            return True
        if piece.grade is Grade.AMBIGUOUS or self._is_short_name(place) or self._is_behind_title(place):
            return True if self._is_behind_title(place) or self._is_name_here(place) else None
        return True if piece.grade is Grade.UNKNOWN and self._is_written_as_name(place) else None

    def _may_stand_before_name(self, place: int) -> bool:
        """Tell whether a word is an initial, a particle, or one more cue before the name."""
        piece = self._row.pieces[place]
        if piece.grade is Grade.LETTER or piece.word in PARTICLES:
            return True
        cues = CUES.get(piece.word, frozenset())
        if not self._words:
            return piece.word in GLUE or bool(cues & NAMERS)
        return Cue.TITLE in cues and piece.grade is not Grade.CLINICAL

    def _is_inside(self, place: int) -> bool:
        """Tell whether a mark stands inside a name."""
        row, word = self._row, self._row.pieces[place].word
        if word == ".":
            before = row.pieces[place - 1]
            return before.is_word and (len(before.word) <= 3 or before.word in CUES)
        if word in "-'":
            return row.is_touching(place) and row.is_touching(place + 1)
        if word in ",^" and self._words == 1 and not self._has_comma and place + 1 < len(row):
            self._has_comma = True
            following = row.pieces[place + 1]
            return row.is_capital(place + 1) and following.grade in (
                Grade.UNKNOWN,
                Grade.AMBIGUOUS,
                Grade.LETTER,
            )
        return False

    def _is_written_as_name(self, place: int) -> bool:
        row = self._row
        if row.strict or self._is_clear:
            return True
        if row.pieces[place].word in row.known.initials:
            return True
        return row.is_capital(place) and (self._is_title or row.is_title_case(place) or row.is_loud)

    def _is_name_here(self, place: int) -> bool:
        """Judge a word that is clinical and a name behind this cue."""
        row, word = self._row, self._row.pieces[place].word
        following = row.neighbour(place, 1)
        is_small = bool(self._words) and not row.is_low and not row.is_capital(place)
        is_agent = is_behind_verb(row, self._cue) and row.is_title_case(place)
        if is_small or is_eponym(row, place) or (is_collocation(row, place, following) and not is_agent):
            return False
        if word in MOSTLY_CLINICAL:
            if self._begins_series(place):
                return False
            return (self._is_title and self._has_stop) or self._is_clear
        if self._is_title or self._is_clear:
            return True
        if following is None:
            return row.is_capital(place) or bool(self._words)
        piece = row.pieces[following]
        is_word = piece.grade is Grade.AMBIGUOUS and piece.word not in MOSTLY_CLINICAL
        return row.fates[following] in NAMES or piece.grade is Grade.UNKNOWN or is_word

    def _begins_term(self, following: int) -> bool:
        """Tell whether what is before a word belongs to it: Mr. Young Lt breast, but Dr. John Low CT."""
        piece = self._row.pieces[following]
        return piece.grade not in _NAME_GRADES and piece.word not in MODALITIES

    def _begins_series(self, place: int) -> bool:
        """Tell whether capitals behind a name in small letters begin a series: Mr. Young FOOT 3V."""
        row, following = self._row, self._row.neighbour(place, 1)
        if following is None or not (self._taken and row.is_title_case(self._taken[-1])):
            return False
        return row.original(place).isupper() and row.pieces[following].grade in (Grade.NUMBER, Grade.LETTER)

    def _is_behind_title(self, place: int) -> bool:
        """Tell whether a clinical word in capitals is the name behind a title: Herr Kopf, Dr. Strong."""
        row, piece = self._row, self._row.pieces[place]
        if not self._is_title or self._words or not row.is_capital(place):
            return False
        if piece.grade not in (Grade.CLINICAL, Grade.AMBIGUOUS) or piece.word in MODALITIES:
            return False
        # DR and MR in capitals are modalities.
        written = row.original(self._cue)
        sure = self._has_stop or self._is_clear or not (written.isupper() and len(written) <= _SHORT_TITLE)
        is_form = self._word in _FORMS_OF_ADDRESS and row.is_title_case(self._cue)
        if piece.grade is Grade.CLINICAL and self._word in ORDINARY_TITLES:
            sure = sure and (self._has_stop or is_form)
        # A function word is a name only where it stands alone: Dr. Ma.
        alone = row.is_title_case(place) and row.neighbour(place, 1) is None
        return sure and (alone or not vocabulary.is_function_word(piece.word))

    def _is_short_name(self, place: int) -> bool:
        """Tell whether an abbreviation is written like a name, in a text in which abbreviations are not."""
        row, piece = self._row, self._row.pieces[place]
        if piece.grade not in (Grade.CLINICAL, Grade.TECHNICAL) or len(piece.word) > _SHORT_NAME:
            return False
        following = row.neighbour(place, 1)
        if self._words and following is not None and self._begins_term(following):
            return False
        return row.is_title_case(place) and not vocabulary.is_function_word(piece.word)

    def _take_last_initial(self, pending: list[int]) -> None:
        """Take the initial behind a name: for Smith J."""
        row = self._row
        letters = [place for place in pending if row.pieces[place].grade is Grade.LETTER]
        if not letters:
            return
        last = letters[-1]
        stopped = row.is_mark(last + 1, ".") and row.is_touching(last + 1)
        following = row.neighbour(last, 1)
        alone = following is None or row.pieces[following].grade is Grade.NUMBER
        if is_joined_letter(row, last, 1):
            return
        if self._words and (stopped or (alone and row.is_capital(last))):
            self._taken += [*(place for place in pending if place <= last), *([last + 1] if stopped else [])]

    def _is_enough(self, end: int) -> bool:
        """Tell whether in a technical text enough of a name stands behind a cue that is an everyday word."""
        if self._row.strict or self._is_title or self._is_clear or self._words > 1:
            return True
        row = self._row
        if any(
            row.fates[place] in NAMES or row.pieces[place].word in row.known.initials for place in self._taken
        ):
            return True
        is_end = end >= len(row) or row.pieces[end].grade is Grade.MARK or row.pieces[end].word in CUES
        return not self._is_strong and is_end
