"""Boxes of the same line, found in several pictures or tiles, as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.deidentify.pixel.engine.engines import Detected

_SAME_LINE: Final = 0.6
"""Share of the lower one's height that two boxes of one line have in common."""
_HEIGHTS: Final = 1.8
"""How much higher one of them may be."""
_HEIGHTS_INSIDE: Final = 3.0
"""The same of a part inside another; parts of letters are lower than a line."""
_EXCESS: Final = 1.3
"""How much larger than both together the box around two parts of a line may be."""
_INSIDE: Final = 0.75
"""Share of a box inside another from which it is a part of it."""


def merged(lines: Sequence[Detected]) -> list[Detected]:
    """Return lines such that no two are the same or a part of each other, from top to bottom."""
    kept: list[Detected] = []
    # The largest first: parts join the whole, and not parts each other around it.
    for line in sorted(lines, key=lambda line: -line.box.area):
        whole = line
        while (same := next((other for other in kept if _is_same(whole, other)), None)) is not None:
            kept.remove(same)
            whole = _joined(whole, same)
        kept.append(whole)
    return sorted(kept, key=lambda line: line.box)


def _joined(one: Detected, two: Detected) -> Detected:
    larger = one if one.box.area > two.box.area else two
    return Detected(one.box.around([two.box]), max(one.score, two.score), larger.turned)


def _is_same(one: Detected, two: Detected) -> bool:
    common = one.box.common(two.box)
    if common.height <= 0 or common.width <= 0:
        return False
    a, b = (_across(one), _across(two))
    # What is small inside a large line may be another one, and is judged by itself.
    if common.area >= _INSIDE * min(one.box.area, two.box.area):
        return max(a, b) <= _HEIGHTS_INSIDE * min(a, b) or one.turned != two.turned
    if one.turned != two.turned:
        return False
    shared = common.width if one.turned else common.height
    if shared < _SAME_LINE * min(a, b) or max(a, b) > _HEIGHTS * min(a, b):
        return False
    both = one.box.area + two.box.area - common.area
    return one.box.around([two.box]).area <= _EXCESS * both


def _across(line: Detected) -> int:
    """Return how high the letters of a line are at most."""
    return line.box.width if line.turned else line.box.height
