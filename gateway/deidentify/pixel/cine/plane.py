"""Stored values as planes that OpenCV can compare and average."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Stored

Plane = NDArray[Any]
"""Values that can be averaged: rows x columns, or rows x columns x 3."""


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
        return _ordered(stored)


def _ordered(stored: Stored) -> Plane:
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


def padded(planes: Plane, cell: int) -> Plane:
    """Return planes that are whole cells of so many pixels a side."""
    below, right = -planes.shape[0] % cell, -planes.shape[1] % cell
    if not below and not right:
        return planes
    return cv2.copyMakeBorder(planes, 0, below, 0, right, cv2.BORDER_REPLICATE)


def brightest(planes: Plane) -> Plane:
    """Return the largest of the three values of each pixel."""
    if planes.ndim == 2:
        return planes
    first, second, third = cv2.split(planes)
    return cv2.max(cv2.max(first, second), third)


def strokes(bright: Plane) -> Plane:
    """Return for each pixel by how much it differs from the next, right or below; more of the two."""
    here = bright[:-1, :-1]
    apart = np.zeros_like(bright)
    apart[:-1, :-1] = cv2.max(cv2.absdiff(here, bright[:-1, 1:]), cv2.absdiff(here, bright[1:, :-1]))
    return apart


def averaged(plane: Plane, cell: int) -> Plane:
    """Return the mean of each cell; the plane is whole cells."""
    size = (plane.shape[1] // cell, plane.shape[0] // cell)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
