"""The temporal median of frames: what stands still keeps its contrast, what moves fades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine.plane import Plane, Planes
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Stored


def median(image: Image, frames: Sequence[Stored]) -> Stored:
    """Return the median over the frames of each stored value; every result is the value of a frame.

    Parameters
    ----------
    image
        How they are stored. Indices of a palette are put in the order of their brightness, for
        that is what is seen.
    frames
        An odd number of them.
    """
    if image.palette is None or image.samples != 1:
        return _median(list(frames))
    rank, index = _order(image, frames[0].dtype)
    unsigned = rank.dtype
    result: Stored = index[_median([rank[frame.view(unsigned)] for frame in frames])]
    return result


def _order(image: Image, dtype: np.dtype[np.generic]) -> tuple[Plane, Plane]:
    """Return the rank of each stored value in brightness, and the stored value of each rank."""
    unsigned = np.uint8 if dtype.itemsize == 1 else np.uint16
    values = np.arange(1 << (8 * dtype.itemsize), dtype=np.uint32).astype(unsigned)
    shown = Planes(image).of(values.reshape(1, -1).view(dtype)).reshape(values.size, -1)
    index = np.argsort(shown.astype(np.uint32).sum(axis=1), kind="stable").astype(unsigned)
    rank = np.empty_like(index)
    rank[index] = values
    return rank, index.view(dtype)


def _median(frames: list[Plane]) -> Plane:
    """Return the middle of the sorted values: a sorting network needs no copy of all frames."""
    line = list(frames)
    for turn in range(len(line)):
        for place in range(turn % 2, len(line) - 1, 2):
            low, high = line[place], line[place + 1]
            line[place], line[place + 1] = np.minimum(low, high), np.maximum(low, high)
    return line[len(line) // 2]


def mean(frames: Sequence[Stored]) -> Stored:
    """Return the mean of frames, rounded down, as stored values."""
    total = np.stack(frames).astype(np.int64).sum(axis=0)
    result: Stored = (total // len(frames)).astype(frames[0].dtype)
    return result


def is_steady(image: Image, frames: Sequence[Stored], box: Box) -> bool:
    """Whether the strokes that the median shows in a rectangle are in each of the frames.

    Between them the frames may differ as they like: an annotation on a moving heart is steady.
    """
    rows, columns = box.grown(_MARGIN, _MARGIN).clipped(image.rows, image.columns).slices
    planes = [Planes(image).of(np.ascontiguousarray(frame[rows, columns])) for frame in frames]
    middle = _median(planes)
    side = max(3, box.height) | 1
    depth = cv2.absdiff(middle.astype(np.float32), cv2.blur(middle, (side, side)).astype(np.float32))
    contrast = float(np.percentile(depth, _STRONGEST))
    strokes = depth > contrast / 2
    apart = np.abs(np.stack(planes).astype(np.float32) - middle).max(axis=0)
    return bool(strokes.any()) and float((apart[strokes] < contrast).mean()) > _SAME


_MARGIN: Final = 2
_STRONGEST: Final = 97.0
"""Percentile of the differences from the surroundings that is the contrast of strokes."""
_SAME: Final = 0.9
"""Part of the pixels of strokes that are the same in all frames."""
