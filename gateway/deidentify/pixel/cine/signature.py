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

from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Source, Stored

Cells = NDArray[Any]
"""A value for each cell: rows x columns of cells."""
Plane = NDArray[Any]
"""Values that can be averaged: rows x columns, or rows x columns x 3."""

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
    """

    frames: Signatures
    lows: Cells | None
    highs: Cells | None
    cell: int


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
    is_long = image.frames >= 2 * SPAN
    for number in range(image.frames):
        stored = source.frame(number)
        if number in keep:
            keep[number] = stored
        planes = shape.of(stored)
        frames.add(planes)
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
    # Three values of each frame, one of two extremes for each stride.
    while cell < MAX_CELL and pixels // cell**2 * item * (3 * STRIDE + 2) // STRIDE > MAX_BYTES:
        cell *= 2
    return cell


class Planes:
    """Makes of stored values one or three planes whose values can be averaged.

    Parameters
    ----------
    image
        How they are stored.
    """

    def __init__(self, image: Image) -> None:
        self._tables: list[NDArray[np.uint8]] = []
        if image.palette is not None and image.samples == 1:
            self._tables = _tables(image)
        self._is_bit = image.stored == 1

    def of(self, stored: Stored) -> Plane:
        """Return rows x columns, or rows x columns x 3, of a type that OpenCV knows."""
        if self._tables:
            index: Plane = stored.view(np.uint8 if stored.dtype.itemsize == 1 else np.uint16)
            planes = [
                cv2.LUT(index, table) if index.itemsize == 1 else table[index] for table in self._tables
            ]
            return cv2.merge(planes) if len(planes) > 1 else planes[0]
        if self._is_bit:
            return stored.astype(np.uint8) * np.uint8(255)
        if stored.ndim == 3 and stored.shape[2] != 3:
            stored = np.ascontiguousarray(stored[:, :, -3:])
        return _averaged(stored)


def _averaged(stored: Stored) -> Plane:
    """Return values in an order and a type that OpenCV can compare and average."""
    if stored.dtype in {np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.int16)}:
        return stored
    if stored.dtype == np.int8:
        return stored.view(np.uint8) ^ np.uint8(0x80)
    return stored.astype(np.uint8 if stored.dtype == np.bool_ else np.float32)


def _tables(image: Image) -> list[NDArray[np.uint8]]:
    """Return for every stored value, as an unsigned index, what is shown; one table if all are gray."""
    assert image.palette is not None
    bits = 8 if image.allocated <= 8 else 16
    value = np.arange(1 << bits)
    if image.signed:
        value = np.where(value >= 1 << (bits - 1), value - (1 << bits), value)
    colours = [
        np.frombuffer(entries, np.uint8)
        for entries in (image.palette.red, image.palette.green, image.palette.blue)
    ]
    if min(colour.size for colour in colours) == 0:
        return []
    tables = [colour[np.clip(value - image.palette.first, 0, colour.size - 1)] for colour in colours]
    is_gray = np.array_equal(tables[0], tables[1]) and np.array_equal(tables[0], tables[2])
    return tables[:1] if is_gray else tables


def _signature(planes: Plane, cell: int) -> tuple[Cells, Cells, Cells]:
    whole = _padded(planes, cell)
    size = (whole.shape[1] // cell, whole.shape[0] // cell)
    mean = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    contrast = cv2.subtract(_extreme(whole, cell, size), _extreme(whole, cell, size, is_low=True))
    if mean.ndim == 3:
        mean = cv2.transform(mean, _WEIGHTS)
    return mean, _brightest(contrast), _detail(planes, cell)


def _padded(planes: Plane, cell: int) -> Plane:
    """Return planes that are whole cells."""
    below, right = -planes.shape[0] % cell, -planes.shape[1] % cell
    if not below and not right:
        return planes
    return cv2.copyMakeBorder(planes, 0, below, 0, right, cv2.BORDER_REPLICATE)


def _brightest(planes: Plane) -> Plane:
    if planes.ndim == 2:
        return planes
    first, second, third = cv2.split(planes)
    return cv2.max(cv2.max(first, second), third)


def _detail(planes: Plane, cell: int) -> Cells:
    """Return for each cell by how much its pixels differ from the next, right or below, on average."""
    bright = _padded(_brightest(planes), cell)
    here = bright[:-1, :-1]
    apart = np.zeros_like(bright)
    apart[:-1, :-1] = cv2.max(cv2.absdiff(here, bright[:-1, 1:]), cv2.absdiff(here, bright[1:, :-1]))
    size = (bright.shape[1] // cell, bright.shape[0] // cell)
    return cv2.resize(apart, size, interpolation=cv2.INTER_AREA)


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
