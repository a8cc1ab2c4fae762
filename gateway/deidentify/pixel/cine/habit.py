"""By how much the frames of a cine differ all the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.cine.signature import Cells, Signatures

MEAN: Final = 5.0
"""Units by which the mean of a cell may differ for nothing: noise of a lossy code."""
CONTRAST: Final = 20.0
"""The same for its contrast."""
FAINT: Final = 6.0
"""Units by which the strokes of a line differ at least where something moves: a text of 10 % contrast."""
UNUSUAL: Final = 2.0
"""How many times the usual difference of strokes is unusual."""
STROKES: Final = (13, 3)
"""Columns and rows of cells whose contrast is averaged: a short word, in which speckle is always the same."""
_SETS: Final = (((1, 2, 4, 8, 16), 6, 0.75), ((1,), 40, 0.85))
"""Lags of frames that are compared, pairs of each, and the quantile of their differences that is usual.

A text that comes or goes changes one pair of neighbours, and few of those that are far apart.
"""
_NOW_AND_THEN: Final = 0.97
"""The quantile where something moves now and then."""
_NEAR: Final = (5, 9)
"""Rows and columns of cells around one that differs: the next digit of a clock differs less often."""
_SHORT: Final = 8
"""Frames below which nothing is usual."""
_JUMP: Final = 12.0
"""Units by which coarse pictures differ on average where they are pages, or other scenes."""
_OTHER: Final = 2.5
"""How many times what is usual between frames that are far apart is another scene."""
_COARSE: Final = 8
"""Cells of a side of those of coarse pictures."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Differences above which something is unusual.

    Parameters
    ----------
    mean, contrast, strokes
        Of each cell; the last of the mean contrast of a line around it.
    restless
        255 for cells that differ all the time, otherwise 0.
    rare
        As `strokes`, where something moves now and then.
    scene
        Mean difference of coarse pictures above which they are of another scene.
    """

    mean: Cells
    contrast: Cells
    strokes: Cells
    restless: Cells
    rare: Cells
    scene: float

    def moved(self, moving: NDArray[np.bool_]) -> Habit:
        """Return it with more cells in which something moves now and then."""
        return replace(
            self,
            strokes=np.where(moving, np.maximum(self.rare, self.strokes), self.strokes),
            restless=np.where(moving, np.uint8(255), self.restless),
        )


def differences(signatures: Signatures, one: int, other: int) -> tuple[Cells, Cells, Cells]:
    """Return by how much two frames differ in mean, contrast and strokes of each cell."""
    mean, contrast = signatures.mean, signatures.contrast
    return (
        cv2.absdiff(mean[one], mean[other]),
        cv2.absdiff(contrast[one], contrast[other]),
        difference(signatures.detail, one, other),
    )


def difference(detail: Cells, one: int, other: int) -> Cells:
    """Return by how much two frames differ in the strokes of the line around each cell."""
    return cv2.absdiff(strokes(detail, one), strokes(detail, other))


def strokes(detail: Cells, number: int) -> Cells:
    """Return how many strokes a frame has in the line around each cell."""
    lines: Cells = cv2.blur(detail[number], STROKES)
    return lines


def habit_of_frames(signatures: Signatures) -> Habit:
    """Return what is unusual in a frame, from pairs of frames that are near each other."""
    frames, unit = len(signatures.mean), signatures.unit
    usual = [np.zeros(signatures.mean.shape[1:], np.float32)] * 3
    rare, jump = usual[2], 0.0
    if frames >= _SHORT and not _is_discontinuous(signatures):
        for lags, pairs, quantile in _SETS:
            found = _usual_differences(signatures, lags, pairs, quantile)
            usual = [np.maximum(one, other) for one, other in zip(usual, found, strict=True)]
        jumps = [coarse(signatures, one, one + frames // 4) for one in range(0, frames // 2, 2)]
        jump = float(np.median(jumps))
        rare = _usual_differences(signatures, _SETS[0][0], 16, _NOW_AND_THEN)[2]
    mean, contrast, lines = usual
    is_restless = (mean > MEAN * unit) | (contrast > CONTRAST * unit)
    like = signatures.contrast
    return Habit(
        _as_cells(MEAN * unit + mean, signatures.mean),
        _as_cells(CONTRAST * unit + contrast, like),
        _as_cells(FAINT * unit + UNUSUAL * lines, like),
        np.where(is_restless, 255, 0).astype(np.uint8),
        _as_cells(FAINT * unit + UNUSUAL * rare, like),
        max(_JUMP * unit, _OTHER * jump),
    )


def habit_of_extremes(detail: Cells, unit: float) -> Cells:
    """Return what is unusual in the strokes of the extremes of a few frames."""
    lags = [lag for lag in (1, 2, 3) if lag * 2 <= len(detail)] or [1]
    usual = _usual([difference(detail, *pair) for pair in _pairs(len(detail), lags, 16)], 0.7)
    return _as_cells(FAINT * unit + UNUSUAL * usual, detail)


def _usual_differences(
    signatures: Signatures, lags: Sequence[int], pairs: int, quantile: float
) -> list[Cells]:
    frames = len(signatures.mean)
    near = [lag for lag in lags if lag * 4 <= frames]
    found = [differences(signatures, *pair) for pair in _pairs(frames, near, pairs)]
    return [_usual(cells, quantile) for cells in zip(*found, strict=True)]


def _pairs(frames: int, lags: Sequence[int], pairs: int) -> list[tuple[int, int]]:
    """Return so many pairs of frames for each lag, evenly spread."""
    return [
        (int(first), int(first) + lag)
        for lag in lags
        for first in np.unique(np.linspace(0, frames - 1 - lag, pairs).astype(int))
    ]


def _usual(found: Sequence[Cells], quantile: float) -> Cells:
    """Return the usual difference of each cell and those around it."""
    count = max(1, len(found) - int(len(found) * quantile))
    return cv2.dilate(_largest(found, count).astype(np.float32), np.ones(_NEAR, np.uint8))


def _largest(cells: Sequence[Cells], count: int) -> Cells:
    """Return the value of each cell than which so many less one are larger."""
    largest = [np.zeros_like(cells[0])] * count
    for one in cells:
        rest = one
        for place, other in enumerate(largest):
            largest[place], rest = cv2.max(other, rest), cv2.min(other, rest)
    return largest[-1]


def _as_cells(values: Cells, like: Cells) -> Cells:
    if like.dtype.kind == "f":
        return values.astype(like.dtype)
    return np.minimum(np.ceil(values), np.iinfo(like.dtype).max).astype(like.dtype)


def _is_discontinuous(signatures: Signatures) -> bool:
    """Whether neighbouring frames are mostly other pictures: pages, not a cine."""
    jumps = [coarse(signatures, number, number + 1) for number in range(len(signatures.mean) - 1)]
    return float(np.median(jumps)) > _JUMP * signatures.unit


def coarse(signatures: Signatures, one: int, other: int) -> float:
    """Return the mean difference of two frames in which speckle is gone."""
    rows, columns = signatures.mean.shape[1:]
    size = (max(1, columns // _COARSE), max(1, rows // _COARSE))
    first, second = (
        cv2.resize(signatures.mean[number], size, interpolation=cv2.INTER_AREA) for number in (one, other)
    )
    return float(cv2.mean(cv2.absdiff(first, second))[0])
