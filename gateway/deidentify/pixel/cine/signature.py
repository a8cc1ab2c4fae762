"""What is kept of every frame of a cine, to compare them all when none is in memory any more.

Of each cell of a few pixels there are three values: the mean, which tells one text from another and
from none, the contrast, which tells strokes from a ground that merely became brighter, and the
detail, the differences of neighbouring pixels, of which text has more than speckle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.cine.calm import Calm
from gateway.deidentify.pixel.cine.plane import Plane, Planes, averaged, brightest, padded, strokes
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Source, Stored

Cells = NDArray[Any]
"""A value for each cell: rows x columns of cells."""

CELL: Final = 4
"""Side of a cell in pixels, half of the smallest letter that is looked for."""
MAX_CELL: Final = 32
SPAN: Final = 6
"""Frames of which extremes are taken."""
STRIDE: Final = 3
"""Frames from one span to the next: a text in eight frames fills a span."""
MAX_BYTES: Final = 128 << 20
"""Size of all signatures; longer cines have larger cells."""
_WEIGHTS: Final = np.array([[0.4, 0.35, 0.25]], np.float32)
"""Of three samples in the mean: all different, so that no two colours of text look the same."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """The signatures of all frames.

    Parameters
    ----------
    mean, contrast, detail
        Frames x rows x columns of cells, in stored values, of palette colour in shown ones.
    unit
        Difference of stored values that is a 255th of what is shown.
    """

    mean: Cells
    contrast: Cells
    detail: Cells
    unit: float


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over all frames leaves.

    Parameters
    ----------
    frames
        Signatures of every frame.
    lows, highs
        Detail of the least and the largest values of `SPAN` frames, from each `STRIDE`-th frame on;
        None of short cines. In the least values bright text stands alone that moving speckle hides in
        each frame, dark text in the largest.
    cell
        Side of a cell in pixels.
    calm
        Of every frame, the detail of the pixels that are as they were in the frame before.
    """

    frames: Signatures
    lows: Cells | None
    highs: Cells | None
    cell: int
    calm: Cells


def scanned(source: Source, keep: dict[int, Stored]) -> Scan:
    """Return the signatures of the frames, each of which is decoded once.

    Parameters
    ----------
    source
        The frames.
    keep
        Its keys are the numbers of frames that are kept as they are decoded: they become values.

    Raises
    ------
    Refused
        A frame cannot be decoded.
    """
    image = source.image
    shape = Planes(image)
    cell = _cell(image)
    frames = _Stack(image.frames, lambda planes: _signature(planes, cell))
    lows, highs = (_Extremes(cell, image.frames, choose) for choose in (cv2.min, cv2.max))
    calm = Calm(image, cell)
    is_long = image.frames >= 2 * SPAN
    for number in range(image.frames):
        stored = source.frame(number)
        if number in keep:
            keep[number] = stored
        planes = shape.of(stored)
        frames.add(planes)
        calm.add(planes)
        if is_long:
            lows.add(planes)
            highs.add(planes)
    mean, contrast, detail = frames.arrays()
    unit = _unit(image, mean, contrast)
    return Scan(
        Signatures(mean, contrast, detail, unit),
        lows.detail() if is_long else None,
        highs.detail() if is_long else None,
        cell,
        calm.detail(),
    )


class _Stack:
    """Values of cells as they come, for so many pictures at most."""

    def __init__(self, count: int, of: Callable[[Plane], tuple[Cells, ...]]) -> None:
        self._of = of
        self._size = count
        self._count = 0
        self._arrays: list[Cells] = []

    def add(self, planes: Plane) -> None:
        values = self._of(planes)
        if not self._arrays:
            self._arrays = [np.empty((self._size, *cells.shape), cells.dtype) for cells in values]
        for array, cells in zip(self._arrays, values, strict=True):
            array[self._count] = cells
        self._count += 1

    def arrays(self) -> list[Cells]:
        return [array[: self._count] for array in self._arrays]


class _Extremes:
    """Signatures of the extremes of frames that follow each other; spans overlap by half."""

    def __init__(self, cell: int, frames: int, choose: Callable[..., Plane]) -> None:
        self._stack = _Stack(frames // STRIDE + 1, lambda planes: (_detail(planes, cell),))
        self._choose = choose
        self._open: list[tuple[int, Plane]] = []
        self._count = 0

    def add(self, planes: Plane) -> None:
        self._open = [(length + 1, self._choose(extreme, planes)) for length, extreme in self._open]
        if self._count % STRIDE == 0:
            self._open.append((1, planes))
        self._count += 1
        if self._open[0][0] == SPAN:
            self._stack.add(self._open.pop(0)[1])

    def detail(self) -> Cells:
        return self._stack.arrays()[0]


def _cell(image: Image) -> int:
    """Return the side of a cell with which the signatures of all frames fit into memory."""
    item = 1 if image.allocated <= 8 or image.palette else 2 if image.allocated <= 16 else 4
    pixels = image.rows * image.columns * image.frames
    cell = CELL
    # Four values of each frame, one of two extremes for each stride.
    while cell < MAX_CELL and pixels // cell**2 * item * (4 * STRIDE + 2) // STRIDE > MAX_BYTES:
        cell *= 2
    return cell


def _signature(planes: Plane, cell: int) -> tuple[Cells, Cells, Cells]:
    whole = padded(planes, cell)
    size = (whole.shape[1] // cell, whole.shape[0] // cell)
    mean = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    contrast = cv2.subtract(_extreme(whole, cell, size), _extreme(whole, cell, size, is_low=True))
    if mean.ndim == 3:
        mean = cv2.transform(mean, _WEIGHTS)
    return mean, brightest(contrast), _detail(planes, cell)


def _detail(planes: Plane, cell: int) -> Cells:
    """Return for each cell by how much its pixels differ from the next, right or below, on average."""
    return averaged(strokes(padded(brightest(planes), cell)), cell)


def _extreme(planes: Plane, cell: int, size: tuple[int, int], *, is_low: bool = False) -> Plane:
    """Return the largest, or least, value of each cell and of the pixels next to it, right and below.

    These belong to it because a stroke that fills a cell exactly has no contrast within it.
    """
    choose, spread = (np.minimum, cv2.erode) if is_low else (np.maximum, cv2.dilate)
    rows = planes[0::cell]
    for offset in range(1, cell):
        rows = choose(rows, planes[offset::cell])
    rows[:-1] = choose(rows[:-1], planes[cell::cell])
    # The anchor makes it reach to the right and below only.
    wide = spread(rows, np.ones((1, cell + 1), np.uint8), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(wide, size, interpolation=cv2.INTER_NEAREST)


def _unit(image: Image, mean: Cells, contrast: Cells) -> float:
    """Return what of the stored values is a 255th of what is shown: of the window or of what there is."""
    few = max(1, len(mean) // 16)
    low = float(np.percentile(mean[::few], 0.1))
    high = float(np.percentile(mean[::few].astype(np.float32) + contrast[::few], 99.9))
    extent = high - low
    if image.palette is None and image.samples == 1:
        extent = min([extent, *(abs(window.width / (image.slope or 1.0)) for window in image.windows)])
    deep = image.allocated > 8 and image.palette is None
    return max(extent / 255, _MIN_UNIT) if deep else min(max(extent / 255, _MIN_UNIT), 1.0)


_MIN_UNIT: Final = 0.25
"""Of images that are almost uniform."""
