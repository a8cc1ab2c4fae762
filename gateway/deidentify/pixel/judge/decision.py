"""What becomes of each line: it goes, unless it is proved to be clinical."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import OSA

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.judge import cue, pattern
from gateway.deidentify.pixel.judge.grammar import is_clinical
from gateway.deidentify.pixel.judge.reading import LEGIBLE, REST, Line
from gateway.deidentify.pixel.judge.skeleton import skeleton
from gateway.deidentify.pixel.judge.sought import Hit, Sought
from gateway.deidentify.pixel.judge.vocabulary import Vocabulary
from gateway.deidentify.pixel.message import Ground
from gateway.deidentify.pixel.picture import Reading

CERTAIN: Final = 0.9
"""Confidence from which it counts against a first engine that is beyond doubt as well."""
BEYOND_DOUBT: Final = 0.75
"""Confidence of the least sure character from which the first engine needs no second."""
CREDIBLE: Final = 0.5
"""Confidence from which the form of what an engine read counts."""
CONTRADICTING: Final = 0.8
"""Confidence from which what an engine reads must be like what another one reads."""
BESIDE: Final = 2
"""Heights of a line up to which another stands directly beside it."""
ANNOUNCED: Final = 30
"""Heights of a line up to which the value of a word that announces one may stand to its right."""
BELOW: Final = 1.5
INSIDE: Final = 0.6
"""Share of the letters of another line from which it stands inside of one."""
LARGEST: Final = 16
"""Part of the picture's shorter side up to which a line of several words is high."""
LARGE: Final = 64
"""Pixels that it may be high in any picture."""

_MARK: Final = 3
"""Characters of a mark such as L or PA, which may be as high as it likes."""
_GUESSED: Final = 4
"""Characters up to which a reading below `LEGIBLE` does not count."""
_IDENTIFYING: Final = frozenset({Ground.MATCH, Ground.PATTERN, Ground.CUE})


class Decider:
    """Decides about the lines of one picture.

    Parameters
    ----------
    sought
        The values of the header.
    vocabulary
        What words prove.
    """

    def __init__(self, sought: Sought, vocabulary: Vocabulary) -> None:
        self._sought, self._vocabulary = sought, vocabulary

    def ground(self, line: Line) -> Ground:
        """Return what becomes of a line by itself."""
        if any(self.is_match(reading.text) for reading in line.every if _counts(reading)):
            return Ground.MATCH
        formed = [reading.text for reading in self._credible(line)]
        if any(map(pattern.is_identifying, formed)):
            return Ground.PATTERN
        if any(map(cue.announces, formed)):
            return Ground.CUE
        if self._is_proved(line):
            return Ground.CLINICAL
        is_legible = any(reading.text and reading.confidence >= LEGIBLE for reading in line.every)
        return Ground.UNPROVED if is_legible else Ground.UNREADABLE

    def is_match(self, text: str) -> bool:
        """Tell whether a line says a value of the header."""
        return self._sought.hit(text) is Hit.FULL

    @staticmethod
    def is_identifying(text: str) -> bool:
        """Tell whether a line identifies by its form, or announces somebody."""
        return pattern.is_identifying(text) or cue.announces(text)

    def _credible(self, line: Line) -> list[Reading]:
        """Return the readings whose form counts: those that are as sure as the first engine."""
        credible: list[Reading] = []
        for group in line.readings:
            is_sure = bool(group) and group[0].confidence >= BEYOND_DOUBT
            least = CERTAIN if is_sure else CREDIBLE
            credible += [
                reading
                for place, reading in enumerate(group)
                if reading.text and reading.confidence >= (least if place else LEGIBLE)
            ]
        return credible

    def _is_proved(self, line: Line) -> bool:
        if not line.is_single or any(self._sought.is_said(reading.text) for reading in line.every):
            return False
        return any(self._agree(group) for group in line.readings)

    def _agree(self, group: Sequence[Reading]) -> bool:
        """Tell whether a rendering is read as clinical by two engines alike, or by the first beyond doubt."""
        clinical = [reading for reading in group if reading.text and self._is_harmless(reading.text)]
        if not clinical or any(
            reading.rest > REST or _contradicts(reading, clinical[0]) for reading in group
        ):
            return False
        if clinical[0] is group[0] and clinical[0].confidence >= BEYOND_DOUBT:
            return True
        return any(
            skeleton(one.text) == skeleton(other.text) and one.confidence >= LEGIBLE
            for one in clinical
            for other in group
            if one is not other
        )

    def _is_harmless(self, text: str) -> bool:
        return (
            is_clinical(text, self._vocabulary)
            and not pattern.is_identifying(text)
            and not cue.announces(text)
        )

    def decide(self, lines: Sequence[Line]) -> list[Ground]:
        """Return what becomes of each line, in their order; which does not matter."""
        own = [self.ground(line) for line in lines]
        result = list(own)
        for place, line in enumerate(lines):
            if own[place] not in (Ground.CLINICAL, Ground.UNPROVED):
                continue
            if own[place] is Ground.CLINICAL and _hides(line, lines, own):
                result[place] = Ground.UNPROVED
            for other, ground in zip(lines, own, strict=True):
                if other is not line and ground in _IDENTIFYING and self._taints(other, ground, line):
                    result[place] = Ground.CUE
                    break
        return result

    def _taints(self, other: Line, ground: Ground, line: Line) -> bool:
        """Tell whether a line goes because of another one."""
        if is_beside(other.letters, line.letters):
            return True
        if self._is_short_hit(line) and is_near(other.letters, line.letters):
            return True
        return ground is Ground.CUE and self._is_announced(other, line)

    def _is_short_hit(self, line: Line) -> bool:
        return any(self._sought.hit(reading.text) is Hit.SHORT for reading in line.every)

    def _is_announced(self, other: Line, line: Line) -> bool:
        if not any(cue.is_bare(reading.text) for reading in self._credible(other)):
            return False
        return is_right_of(other.letters, line.letters) or is_below(other.letters, line.letters)


def _hides(line: Line, lines: Sequence[Line], grounds: Sequence[Ground]) -> bool:
    """Tell whether something that goes stands inside of a line: what was read there is not all of it."""
    return any(
        other is not line
        and ground is not Ground.CLINICAL
        and line.box.common(other.letters).area > INSIDE * other.letters.area
        for other, ground in zip(lines, grounds, strict=True)
    )


def _counts(reading: Reading) -> bool:
    """Tell whether it counts what was read: a few letters that were guessed are no name."""
    return reading.confidence >= LEGIBLE or len(skeleton(reading.text).plain) > _GUESSED


def _contradicts(one: Reading, other: Reading) -> bool:
    """Tell whether a reading says with confidence something else altogether: of another line, perhaps."""
    if one.confidence < CONTRADICTING or not one.text:
        return False
    here, there = skeleton(one.text).plain, skeleton(other.text).plain
    return OSA.distance(here, there) > max(len(here), len(there)) / 2


def is_large(line: Line, shape: tuple[int, int]) -> bool:
    """Tell whether a line is too high for what is read in it: an area of many lines, perhaps.

    Parameters
    ----------
    shape
        Rows and columns of the picture.
    """
    if min(line.box.height, line.box.width) <= max(LARGE, min(shape) // LARGEST):
        return False
    return any(len(reading.text) > _MARK for reading in line.every)


def is_beside(one: Box, other: Box) -> bool:
    """Tell whether two lines stand in one row with hardly a gap between them."""
    return _share_row(one, other) and _gap(one, other) <= BESIDE * min(one.height, other.height)


def is_near(one: Box, other: Box) -> bool:
    """Tell whether two lines stand beside, above or below each other."""
    return is_beside(one, other) or is_below(one, other) or is_below(other, one)


def is_right_of(one: Box, other: Box) -> bool:
    """Tell whether the other line stands to the right of one, in its row."""
    return (
        _share_row(one, other) and other.left - one.left >= 0 and _gap(one, other) <= ANNOUNCED * one.height
    )


def is_below(one: Box, other: Box) -> bool:
    """Tell whether the other line stands directly below one."""
    gap = other.top - one.bottom
    apart = min(one.right, other.right) - max(one.left, other.left)
    return -one.height / 2 <= gap <= BELOW * one.height and apart > 0


def _share_row(one: Box, other: Box) -> bool:
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common > min(one.height, other.height) / 2


def _gap(one: Box, other: Box) -> int:
    return max(one.left, other.left) - min(one.right, other.right)
