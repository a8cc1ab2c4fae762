"""Letters that stand apart: a name that is spelled, or in the boxes of a form.

A letter by itself says nothing, and much that is no letter looks like one. Three of one height in a
row, or one below the other, are a line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected

_LEAST: Final = 3
"""Letters that are a line."""
_ALIKE: Final = 1.6
"""Size of the larger of two letters over that of the smaller, at most."""
_FARTHEST: Final = 10.0
"""Sizes of a letter to the next one at most, from middle to middle."""
_INITIAL: Final = 2.0
"""Heights of a line to a letter that belongs to it, at most."""
_ASIDE: Final = 0.25
"""Share of the smaller one's size that two letters of a row are above or below each other at most."""
_NARROW: Final = 2.2
"""Longer over shorter side of a letter's box at most, with its margin."""
_STROKES: Final = "1Iil|!/"
"""What is read where there is a stroke, a letter or not."""


def spelled(lines: Sequence[Detected], letter_of: Callable[[Detected], str]) -> list[list[Detected]]:
    """Return the letters of each line that is spelled, with what stands on the line among them.

    Parameters
    ----------
    lines
        What may be letters.
    letter_of
        The letter that one is, or nothing; asked only about those that have others beside them.
    """
    groups = []
    left = list(lines)
    for turned in (0, 1):
        rest = sorted(left, key=lambda line: _middle(line.box, turned))
        while rest:
            group = _chain(rest, turned)
            rest = [line for line in rest if line not in group]
            if len(group) >= _LEAST and _are_letters([letter_of(line) for line in group]):
                groups.append(group)
                left = [line for line in left if line not in group]
    return groups


def _are_letters(texts: Sequence[str]) -> bool:
    """Whether letters are more than the ticks of a scale, or marks that are all alike."""
    letters = [text for text in texts if text and text not in _STROKES]
    return len(letters) >= _LEAST and len(set(letters)) > 1


def joined(letters: Sequence[Detected]) -> Detected:
    """Return letters as one line."""
    box = letters[0].box.around(letter.box for letter in letters)
    return Detected(box, max(letter.score for letter in letters), int(box.height > box.width))


def may_be_letter(line: Detected) -> bool:
    """Whether a box is no longer than one letter."""
    return max(line.box.height, line.box.width) <= _NARROW * min(line.box.height, line.box.width)


def is_initial(letter: Detected, lines: Sequence[Detected]) -> bool:
    """Whether a letter stands beside a line of the same height."""
    box = letter.box
    for line in lines:
        other = line.box
        gap = max(box.left, other.left) - min(box.right, other.right)
        is_level = abs(_middle(box, 1) - _middle(other, 1)) <= _ASIDE * min(box.height, other.height)
        heights = sorted((box.height, other.height))
        if (
            not line.turned
            and is_level
            and heights[1] <= _ALIKE * heights[0]
            and gap <= _INITIAL * heights[0]
        ):
            return True
    return False


def _chain(letters: Sequence[Detected], turned: int) -> list[Detected]:
    """Return the first letter and those that follow it, each beside the one before."""
    chain = [letters[0]]
    for letter in letters[1:]:
        if _follows(chain[-1].box, letter.box, turned):
            chain.append(letter)
    return chain


def _follows(one: Box, two: Box, turned: int) -> bool:
    sizes = sorted((max(one.height, one.width), max(two.height, two.width)))
    away = _middle(two, turned) - _middle(one, turned)
    aside = abs(_middle(two, 1 - turned) - _middle(one, 1 - turned))
    if turned:
        # Wide and narrow letters below each other often begin in one column.
        aside = min(aside, abs(two.left - one.left))
    return sizes[1] <= _ALIKE * sizes[0] and away <= _FARTHEST * sizes[1] and aside <= _ASIDE * sizes[0]


def _middle(box: Box, turned: int) -> float:
    """Return the middle of a box along a row, or along a column."""
    return (box.top + box.bottom) / 2 if turned else (box.left + box.right) / 2
