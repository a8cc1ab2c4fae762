"""What a pen has drawn over a background so busy that letters do not stand out of it.

Letters over dense speckle are neither brighter nor thinner than what they are written on. But a pen
writes the same number again and again, and speckle hardly ever: in a small part of the picture that
value occurs far more often than those close to it. And speckle is gray, where a pen may be coloured.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.picture import Gray, Shown

_TILE: Final = (32, 64)
"""Rows and columns of a part: some letters of a line."""
_LEAST: Final = 16
"""Pixels of the value in a part."""
_TIMES: Final = 2.5
"""How many times as many as of any value close to it."""
_CLOSE: Final = (1, 2)
_GROUND: Final = 0.25
"""Share of a part that has one value where that is a ground on which letters show anyway."""
_MOST: Final = 0.4
"""Share of a part that may be written on; a comb of values is no pen, nor is flow."""
_COLOURED: Final = 24
"""Saturation of a pen, so that a gray that was coded with loss is none."""
_LEAST_DRAWN: Final = 150
"""Pixels of a picture; fewer are no name."""
_STRONG: Final = 3
"""Times that saturation is made stronger, to show like white."""

Counts = NDArray[np.int64]
"""Parts down x parts across x 256 values."""


def penned(seen: Shown) -> Gray | None:
    """Return what a pen may have drawn over a busy background, white on black; None where nothing is.

    Parameters
    ----------
    seen
        Rows x columns x 3, of values of 8 bits as they are stored or decoded.
    """
    rows, columns = seen.shape[:2]
    down, across = rows // _TILE[0], columns // _TILE[1]
    if not (down and across):
        return None
    # What is left over belongs to the last part, which is larger.
    part = (np.minimum(np.arange(rows) // _TILE[0], down - 1) * across)[:, None] + np.minimum(
        np.arange(columns) // _TILE[1], across - 1
    )
    samples = cv2.split(seen)
    brightest = cv2.max(cv2.max(samples[0], samples[1]), samples[2])
    saturation = cv2.subtract(brightest, cv2.min(cv2.min(samples[0], samples[1]), samples[2]))
    first = part.astype(np.int32) * 256
    size = (down, across, 256)
    counts = _counted(first + brightest, size)
    is_busy = counts.max(axis=2) < _GROUND * counts.sum(axis=2)
    if not is_busy.any():
        return None
    # Where speckle is cut off, and black.
    counts[..., [0, int(brightest.min()), int(brightest.max()), 255]] = 0
    is_pen = _frequent(counts, is_busy)
    drawn = is_pen.ravel()[first + brightest].view(np.uint8) * np.uint8(255)
    if saturation.max() > _COLOURED:
        is_coloured = _coloured(_counted(first + saturation, size), is_busy)
        own = is_coloured.ravel()[part].view(np.uint8) * saturation
        drawn = cv2.max(drawn, np.asarray(cv2.convertScaleAbs(own, alpha=_STRONG), np.uint8))
    return np.asarray(drawn, np.uint8) if np.count_nonzero(drawn) >= _LEAST_DRAWN else None


def _counted(key: NDArray[np.int32], size: tuple[int, int, int]) -> Counts:
    return np.bincount(key.ravel(), minlength=size[0] * size[1] * size[2]).reshape(size)


def _frequent(counts: Counts, is_busy: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which values are a pen, in each part and in those beside it."""
    is_pen = _stands_out(counts) & is_busy[..., None]
    size = np.maximum(counts.sum(axis=2), 1)
    is_pen &= (np.where(is_pen, counts, 0).sum(axis=2) < _MOST * size)[..., None]
    return np.asarray(_beside(is_pen) & (counts < _GROUND * size[..., None]), np.bool_)


def _coloured(counts: Counts, is_busy: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which parts are a little coloured by a pen, and those beside them; flow has many shades."""
    coloured = counts[..., _COLOURED + 1 :]
    is_little = coloured.sum(axis=2) < _MOST * counts.sum(axis=2)
    is_little &= _stands_out(coloured).any(axis=2)
    return _beside((is_little & is_busy)[..., None])[..., 0]


def _stands_out(counts: Counts) -> NDArray[np.bool_]:
    """Return which values are far more frequent than those close to them."""
    usual = np.zeros_like(counts)
    for apart in _CLOSE:
        usual[..., apart:] = np.maximum(usual[..., apart:], counts[..., :-apart])
        usual[..., :-apart] = np.maximum(usual[..., :-apart], counts[..., apart:])
    return np.asarray((counts >= _LEAST) & (counts > _TIMES * usual), np.bool_)


def _beside(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what was chosen in a part, also for those around it."""
    result = chosen.copy()
    for axis in (0, 1):
        grown = np.moveaxis(result, axis, 0)
        before = grown.copy()
        grown[1:] |= before[:-1]
        grown[:-1] |= before[1:]
    return result
