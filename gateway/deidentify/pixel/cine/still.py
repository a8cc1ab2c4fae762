"""A picture that stands for frames, and what is seen in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.picture import Found, Stored

Mask = NDArray[np.bool_]
"""Rows x columns of cells."""
_RESTLESS_PART: Final = 0.2
"""Part of the cells of a line that change, and it is not the same line: one glyph in five."""


@dataclass(frozen=True, slots=True)
class Group:
    """Frames that show the same texts, but for what changes all the time.

    Parameters
    ----------
    frames
        Their numbers, in order.
    restless
        Cells in which they differ.
    cell
        Side of a cell in pixels.
    part
        Area of the picture outside which they show the same texts as the largest group; None where
        they do not, and for the largest itself.
    """

    frames: tuple[int, ...]
    restless: Mask
    cell: int
    part: Box | None = None

    def is_restless(self, box: Box) -> bool:
        """Whether what is in a rectangle differs so much that it is not the same line."""
        part = self.restless[cells(box, self.cell)]
        return bool(part.size) and float(part.mean()) > _RESTLESS_PART

    def touches(self, box: Box) -> bool:
        """Whether anything in a rectangle differs."""
        return bool(self.restless[cells(box, self.cell)].any())


def cells(box: Box, cell: int) -> tuple[slice, slice]:
    """Return where the cells are of which a part is in a rectangle; one at least."""
    top, left = max(box.top, 0) // cell, max(box.left, 0) // cell
    bottom, right = -(-box.bottom // cell), -(-box.right // cell)
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def apart(mask: Mask, room: int) -> list[Box]:
    """Return rectangles of cells that hold all that are set, with room, and do not overlap."""
    side = 2 * room + 1
    near = cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8))
    count, _, areas, _ = cv2.connectedComponentsWithStats(near)
    boxes: list[Box] = []
    for left, top, width, height, _ in areas[1:count].tolist():
        box = Box(top, left, top + height, left + width)
        while others := [other for other in boxes if other.common(box).height > 0 < other.common(box).width]:
            boxes = [other for other in boxes if other not in others]
            box = box.around(others)
        boxes.append(box)
    return boxes


@dataclass(frozen=True, slots=True)
class Still:
    """A picture that stands for frames.

    Parameters
    ----------
    frames
        Numbers of the frames for which it stands, in order.
    draw
        Decodes it, each time anew: many stills must not be in memory at once.
    group
        The frames it was chosen from.
    sample
        Number of the frame that it is. It shows what changes as it is in that frame, not as in the
        others for which it stands; what does not change is that of its group. None of a picture of
        what all its frames show.
    """

    frames: tuple[int, ...]
    draw: Callable[[], Stored] = field(repr=False)
    group: Group = field(repr=False)
    sample: int | None = None

    @property
    def stored(self) -> Stored:
        """Its stored values, as those of a frame.

        Raises
        ------
        Refused
            A frame cannot be decoded.
        """
        return self.draw()


@dataclass(frozen=True, slots=True)
class Sighting:
    """Text that was found in a still.

    Parameters
    ----------
    found
        Where, and its crops.
    frames
        Numbers of the frames in which the area holds text, in order.
    is_steady
        Each of them shows the same text there. If not, what was read says nothing about the
        other frames: nothing found there can be proved to be clinical.
    """

    found: Found
    frames: tuple[int, ...]
    is_steady: bool = True
