"""What of a picture is as it was in the frame before: strokes of text stand still, what moves does not."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.cine.plane import Plane, averaged, brightest, padded, strokes
from gateway.deidentify.pixel.image import Image

_SAME: Final = 5
"""255ths of what is shown by which a pixel may differ and be the same: noise of a lossy code."""


class Calm:
    """Takes frames in order and keeps of each the detail of the pixels that did not change.

    A stroke of text keeps its value while speckle behind it takes any other: in the few frames in
    which a text stands there is more such detail in its place than ever before or after.

    Parameters
    ----------
    image
        How they are stored.
    cell
        Side of a cell in pixels.
    """

    def __init__(self, image: Image, cell: int) -> None:
        self._image = image
        self._cell = cell
        self._same = 0.0
        self._before: tuple[Plane, Plane] | None = None
        self._kept: list[Plane] = []

    def add(self, planes: Plane) -> None:
        """Take the next frame."""
        bright = padded(brightest(planes), self._cell)
        sharp = strokes(bright)
        if self._before is None:
            self._kept.append(np.zeros_like(averaged(sharp, self._cell)))
            self._same = _same(self._image, bright)
        else:
            before, sharp_before = self._before
            apart = cv2.absdiff(before, bright)
            unchanged = cv2.threshold(apart, self._same, 255, cv2.THRESH_BINARY_INV)[1].astype(np.uint8)
            still = cv2.copyTo(cv2.min(sharp, sharp_before), unchanged)
            self._kept.append(averaged(still, self._cell))
        self._before = (bright, sharp)

    def detail(self) -> Plane:
        """Return frames x rows x columns of cells; nothing of the first frame."""
        return np.stack(self._kept)


def _same(image: Image, bright: Plane) -> float:
    """Return by how much a stored value may differ and be the same."""
    if image.allocated <= 8 or image.palette is not None:
        return float(_SAME)
    low, high = np.percentile(bright[::8, ::8], (0.1, 99.9))
    extent = high - low if high > low else float(1 << image.stored)
    return max(1.0, _SAME * float(extent) / 255)
