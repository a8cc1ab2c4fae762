"""Steps over a bitmap that take many bytes for each pixel, done in strips: a bitmap may be large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Bitmap: TypeAlias = NDArray[np.uint8]
"""Rows x columns of 0 and 1."""
_STRIP_PIXELS: Final = 1 << 20
"""Pixels of a strip."""


def square(side: int) -> Bitmap:
    """Return a square of ones."""
    return np.ones((side, side), np.uint8)


def nearby(image: Bitmap, stroke: int, *, touching: bool = True) -> Bitmap:
    """Return what is near the background of an image.

    Parameters
    ----------
    stroke
        Twice the distance that counts as near, in pixels.
    touching
        Whether what is just so far away is near as well.
    """
    result = np.empty(image.shape, np.uint8)
    for first, last in _strips(image):
        # What decides is within half a stroke: with a whole one on either side a strip sees all of it.
        above = max(0, first - stroke)
        distance = cv2.distanceTransform(image[above : last + stroke], cv2.DIST_L2, cv2.DIST_MASK_5)
        strip = distance[first - above : last - above]
        result[first:last] = strip <= stroke / 2 if touching else strip < stroke / 2
    return result


def larger(image: Bitmap, side: int, *, connectivity: int) -> Bitmap:
    """Return the components that are wider or higher than `side`.

    Parameters
    ----------
    connectivity
        Neighbours of a pixel, 4 or 8.
    """
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(image, connectivity=connectivity)
    is_larger = (boxes[:, cv2.CC_STAT_WIDTH] > side) | (boxes[:, cv2.CC_STAT_HEIGHT] > side)
    is_larger[0] = False
    return looked_up(is_larger.astype(np.uint8), np.asarray(labels, np.int32))


def looked_up(table: Bitmap, labels: NDArray[np.int32]) -> Bitmap:
    """Return what a table says for the label of each pixel."""
    result = np.empty(labels.shape, np.uint8)
    for first, last in _strips(labels):
        # numpy makes an index of eight bytes of each label
        result[first:last] = table[labels[first:last]]
    return result


def _strips(image: NDArray[np.uint8] | NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Yield the first row of each strip and the one behind its last."""
    rows = max(1, _STRIP_PIXELS // image.shape[1])
    for first in range(0, image.shape[0], rows):
        yield first, min(first + rows, image.shape[0])
