"""How far a line goes on beyond the box in which it was found.

A detector stops at faint last letters, or at the gap before an initial. What follows in the same ink
on the same rows, with nothing above and below it, belongs to the line.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find.levels import Values
from gateway.deidentify.pixel.picture import Shown

_GAP: Final = 0.5
"""Heights of a line that may be empty between two words of it."""
_FARTHEST: Final = 4.0
"""Heights of a line by which it is made longer at most, at each end."""
_SAME: Final = 0.5
"""Share of the contrast of the line's ink that what follows has at least."""
_FAINTEST: Final = 6.0
"""Shades; fainter ink is not followed, it may be noise."""


def whole(seen: Shown, line: Detected) -> Detected:
    """Return a line with what follows it at both ends.

    Parameters
    ----------
    seen
        The picture in which the ink is looked for.
    line
        What the detector found.
    """
    turned = bool(line.turned)
    box = _swapped(line.box) if turned else line.box
    picture = seen.transpose(1, 0, 2) if turned else seen
    height = box.height
    reach = round(_FARTHEST * height)
    area = box.grown(max(2, height // 3), reach).clipped(*picture.shape[:2])
    ink, inside = _columns(picture[area.slices].max(axis=2).astype(np.float32), box, area)
    if ink is None:
        return line
    gap = max(2, round(_GAP * height))
    left = area.left + _end(ink[: inside[0]][::-1], gap, inside[0], is_left=True)
    right = area.left + inside[1] + _end(ink[inside[1] :], gap, 0, is_left=False)
    grown = Box(box.top, min(box.left, left), box.bottom, max(box.right, right))
    return Detected(_swapped(grown) if turned else grown, line.score, line.turned)


def _swapped(box: Box) -> Box:
    return Box(box.left, box.top, box.right, box.bottom)


def _columns(plane: Values, box: Box, area: Box) -> tuple[NDArray[np.bool_] | None, tuple[int, int]]:
    """Return which columns hold ink of the line and nothing beside its rows, and where the line is."""
    inside = (box.left - area.left, box.right - area.left)
    rows = slice(box.top - area.top, box.bottom - area.top)
    line = plane[rows, inside[0] : inside[1]]
    ground = float(np.median(plane))
    high, low = np.percentile(line, (97, 3))
    sign = 1 if high - ground >= ground - low else -1
    contrast = float(high) - ground if sign > 0 else ground - float(low)
    if contrast < _FAINTEST:
        return None, inside
    is_ink = sign * (plane - ground) > _SAME * contrast
    beside = is_ink.copy()
    beside[rows] = False
    follows = is_ink[rows].any(axis=0) & ~beside.any(axis=0)
    return np.asarray(follows, np.bool_), inside


def _end(columns: NDArray[np.bool_], gap: int, start: int, *, is_left: bool) -> int:
    """Return where ink that follows without a large gap ends."""
    last = -1
    for place in np.flatnonzero(columns).tolist():
        if place - last > gap:
            break
        last = place
    return start - (last + 1) if is_left else last + 1
