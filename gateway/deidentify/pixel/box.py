"""Rectangles of pixels."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Box(msgspec.Struct, frozen=True, order=True):
    """A rectangle of whole pixels.

    Parameters
    ----------
    top, left
        Row and column of its first pixel, from 0.
    bottom, right
        Row and column behind its last pixel.
    """

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def area(self) -> int:
        """Pixels; 0 where it is empty."""
        return max(0, self.height) * max(0, self.width)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the rectangle in an array of rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, rows: int, columns: int) -> Box:
        """Return the rectangle with so many more rows above and below, and columns on both sides."""
        return Box(self.top - rows, self.left - columns, self.bottom + rows, self.right + columns)

    def clipped(self, rows: int, columns: int) -> Box:
        """Return what of it is in an image of so many rows and columns; empty where nothing is."""
        top, left = min(max(self.top, 0), rows), min(max(self.left, 0), columns)
        return Box(top, left, max(top, min(self.bottom, rows)), max(left, min(self.right, columns)))

    def common(self, other: Box) -> Box:
        """Return what both cover; its area is 0 where they are apart."""
        return Box(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def around(self, others: Iterable[Box]) -> Box:
        """Return the smallest rectangle that covers this one and the others."""
        top, left, bottom, right = self.top, self.left, self.bottom, self.right
        for other in others:
            top, left = min(top, other.top), min(left, other.left)
            bottom, right = max(bottom, other.bottom), max(right, other.right)
        return Box(top, left, bottom, right)
