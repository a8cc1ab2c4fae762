"""Lines in the map of how probable text is at each pixel.

One threshold will not do. Where it is low, faint letters are joined, but a line is also joined with
speckle beside it and becomes half of the image; where it is high, faint lines are gone. So it is low
at first, and higher inside what does not have the shape of a line, level or oblique.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find.oblique import Bar, Oblique, bar_of

Probable = NDArray[np.float32]
"""Rows x columns, 0 to 1."""

_LEVELS: Final = (0.2, 0.3, 0.45, 0.6, 0.75)
"""Probabilities from which a pixel is text."""
_FULL: Final = 0.55
"""Share of its box that a line fills; it is drawn as a bar."""
_SMALL: Final = 24
"""Pixels of the longer side below which the shape tells nothing."""
_HIGH: Final = 48
_CORE: Final = 0.4
"""Share of a component higher than that which is surer than the rest and may be a line beside it."""
_LEAST_SCORE: Final = 0.3
"""Mean probability from which something is a line; low, since what is not found stays."""
_LEAST_SIDE: Final = 3
_UNCLIP: Final = 1.6
"""How far the model draws text smaller than it is: area over circumference times this."""
_HIGHER: Final = 1.5
"""Height over width from which a line runs upwards or downwards."""


class _Part(NamedTuple):
    """A part of the map that looks like a line, or that cannot be split."""

    top: int
    left: int
    bottom: int
    right: int
    score: float
    """Mean probability."""
    bar: Bar | None = None
    """Where it is oblique."""


def outlined(probable: Probable, scale: float, rows: int, columns: int) -> list[Detected]:
    """Return the lines of a picture.

    Parameters
    ----------
    probable
        Of the picture enlarged by `scale`.
    scale, rows, columns
        Of the picture, in whose pixels the lines are.
    """
    return [
        _oblique(part, part.bar, scale, rows, columns) if part.bar else _level(part, scale, rows, columns)
        for part in _parts(probable, 0, (0, 0))
    ]


def _level(part: _Part, scale: float, rows: int, columns: int) -> Detected:
    height, width = part.bottom - part.top, part.right - part.left
    margin = _margin(height, width)
    box = Box(
        int((part.top - margin) / scale),
        int((part.left - margin) / scale),
        int(np.ceil((part.bottom + margin) / scale)),
        int(np.ceil((part.right + margin) / scale)),
    ).clipped(rows, columns)
    return Detected(box, part.score, int(height > _HIGHER * width))


def _oblique(part: _Part, bar: Bar, scale: float, rows: int, columns: int) -> Oblique:
    whole = bar.grown(_margin(bar.height, bar.length)).scaled(1 / scale)
    return Oblique(whole.box.clipped(rows, columns), part.score, bar=whole)


def _margin(height: float, width: float) -> float:
    return height * width * _UNCLIP / (2 * (height + width))


def _parts(probable: Probable, level: int, origin: tuple[int, int]) -> Iterator[_Part]:
    """Yield what looks like a line or cannot be split."""
    text = (probable > _LEVELS[level]).view(np.uint8)
    if not level:
        # The model's bars break between faint letters.
        text = np.asarray(cv2.dilate(text, np.ones((2, 2), np.uint8)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(text, connectivity=8)
    for label, (left, top, width, height, area) in enumerate(stats[1:].tolist(), 1):
        if min(width, height) < _LEAST_SIDE:
            continue
        part = np.s_[top : top + height, left : left + width]
        is_own = labels[part] == label
        own = np.where(is_own, probable[part], np.float32(0))
        first = (origin[0] + top, origin[1] + left)
        is_thin = area < _FULL * own.size and max(width, height) > _SMALL
        bar = bar_of(is_own, area) if is_thin else None
        may_split = (bar is None or bar.height > _HIGH) and _may_split(own, area, level)
        inner = list(_parts(own, level + 1, first)) if may_split else []
        if inner:
            yield from inner
        elif (score := float(own.sum()) / area) >= _LEAST_SCORE:
            yield _Part(*first, first[0] + height, first[1] + width, score, bar and bar.moved(*first))


def _may_split(own: Probable, area: int, level: int) -> bool:
    """Whether a component is no bar, or a high one with something surer in a part of it."""
    if level + 1 == len(_LEVELS) or max(own.shape) <= _SMALL:
        return False
    if area < _FULL * own.size:
        return True
    core = int(np.count_nonzero(own > _LEVELS[level + 1]))
    return min(own.shape) > _HIGH and core < _CORE * area
