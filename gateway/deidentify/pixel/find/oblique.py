"""Lines that are neither level nor upright: where they are, how they look upright, what covers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.picture import Shown

_LEAST_TURN: Final = 8.0
"""Degrees from level or upright from which a line is oblique; less is found, read and covered as it is."""
_FULL: Final = 0.6
"""Share of the turned rectangle around it that a line fills; it is drawn as a bar."""
_LONGER: Final = 1.8
"""Length over height of a line at least; what is rounder has no direction."""
_MARGIN: Final = 12
"""Pixels around an upright line at least, to compare it with."""
_SAME: Final = 0.5
"""Share of the smaller of two bars that the larger covers where both are one line."""


class Bar(NamedTuple):
    """A rectangle that is turned.

    Parameters
    ----------
    row, column
        Its middle.
    length, height
        Its sides, the longer one first, in pixels.
    angle
        Degrees clockwise from level to the longer side, over -90 to 90.
    """

    row: float
    column: float
    length: float
    height: float
    angle: float

    def moved(self, down: float, across: float) -> Bar:
        """Return it so many pixels further down and to the right."""
        return self._replace(row=self.row + down, column=self.column + across)

    def scaled(self, scale: float) -> Bar:
        """Return it in a picture that is so many times as large."""
        row, column, length, height = (scale * side for side in self[:4])
        return Bar(row, column, length, height, self.angle)

    def grown(self, margin: float) -> Bar:
        """Return it with a margin on every side."""
        return self._replace(length=self.length + 2 * margin, height=self.height + 2 * margin)

    @property
    def box(self) -> Box:
        """The smallest rectangle of whole pixels around it; it may reach out of the picture."""
        corners = cv2.boxPoints(self._rectangle)
        left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
        right, bottom = np.ceil(corners.max(axis=0)).astype(int).tolist()
        return Box(top, left, bottom, right)

    @property
    def _rectangle(self) -> tuple[tuple[float, float], tuple[float, float], float]:
        return (self.column, self.row), (self.length, self.height), self.angle

    def covers(self, other: Bar) -> bool:
        """Whether both are the same line, this one found no shorter than the other."""
        kind, corners = cv2.rotatedRectangleIntersection(self._rectangle, other._rectangle)
        if kind == cv2.INTERSECT_NONE:
            return False
        return cv2.contourArea(cv2.convexHull(corners)) >= _SAME * other.length * other.height

    def pieces(self) -> list[Box]:
        """Return rectangles that cover it together, each about twice as high as the bar at most."""
        slope = np.deg2rad(self.angle)
        steepness = min(abs(np.sin(slope)), abs(np.cos(slope)))
        count = max(1, round(self.length * float(steepness) / self.height))
        step = self.length / count
        places = (np.arange(count) - (count - 1) / 2) * step
        return [
            self._replace(length=step).moved(float(place * np.sin(slope)), float(place * np.cos(slope))).box
            for place in places
        ]


@dataclass(frozen=True, slots=True)
class Oblique(Detected):
    """An oblique line that a detector found; `box` is around all of it.

    Parameters
    ----------
    bar
        Where it is, and how it is turned.
    """

    bar: Bar = field(kw_only=True)


def bar_of(mask: NDArray[np.bool_], area: int) -> Bar | None:
    """Return a component as an oblique bar, in its own rows and columns; None where it is none.

    Parameters
    ----------
    mask
        Its pixels.
    area
        How many these are.
    """
    points = cv2.findNonZero(mask.view(np.uint8))
    (column, row), (length, height), angle = cv2.minAreaRect(points)
    # Of the middles of pixels, which are half a pixel inside on every side.
    length, height = length + 1, height + 1
    if length < height:
        length, height, angle = height, length, angle - 90
    angle = (angle + 90) % 180 - 90
    turn = min(abs(angle), 90 - abs(angle))
    if turn < _LEAST_TURN or length < _LONGER * height or area < _FULL * length * height:
        return None
    return Bar(row + 0.5, column + 0.5, length, height, angle)


def distinct(lines: Sequence[Oblique]) -> list[Oblique]:
    """Return oblique lines such that no two are the same, the largest first."""
    kept: list[Oblique] = []
    for line in sorted(lines, key=lambda line: -line.bar.length * line.bar.height):
        if not any(other.bar.covers(line.bar) for other in kept):
            kept.append(line)
    return kept


def upright(line: Oblique, pictures: Sequence[Shown]) -> tuple[Detected, list[Shown]]:
    """Return a line made level, and the pictures of it alone; the first at last upside down as well.

    Which of its ends is the first cannot be told from its bar.
    """
    bar = line.bar
    margin = max(_MARGIN, round(bar.height))
    rows, columns = round(bar.height) + 2 * margin, round(bar.length) + 2 * margin
    turn = cv2.getRotationMatrix2D((bar.column, bar.row), bar.angle, 1.0)
    turn[:, 2] += np.array((columns / 2 - bar.column, rows / 2 - bar.row))
    level = [
        np.asarray(
            cv2.warpAffine(
                picture, turn, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            ),
            np.uint8,
        )
        for picture in pictures
    ]
    box = Box(margin, margin, rows - margin, columns - margin)
    return Detected(box, line.score), [*level, np.ascontiguousarray(level[0][::-1, ::-1])]
