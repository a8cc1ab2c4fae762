"""Where text stood for a moment over what moves, to be looked at closely.

Such text is often too faint for a search of a whole frame, and too brief for what stands still.
What gives it away is its place: there is more detail than there ever is, or more that is as it was
in the frame before. A small part of few frames is searched then, which costs little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine.habit import STROKES
from gateway.deidentify.pixel.cine.signature import Cells, Scan
from gateway.deidentify.pixel.cine.still import Mask

STEP: Final = 4
"""Columns of cells from one to the next that is looked at; each stands for a short word."""
_STROKES: Final = 3.0
"""By how many times its usual spread the detail of a line is more than usual where there may be text."""
_CALM: Final = 4.0
"""The same for the detail that is as it was in the frame before."""
_FLOOR: Final = (1.0, 0.5)
"""Units that are added to the usual spread of each: rounding."""
_FEW: Final = 12
"""Frames at most in which text is expected that nothing else shows; of long cines an eighth."""
_LONG: Final = 8
_COMPARED: Final = 48
"""Frames from which it is estimated what is usual."""
_LEAST: Final = 2
"""Places side by side that are more than usual where there is text."""
_GAP: Final = 3
"""Frames in which a text may not be noticed between two in which it is, and before and after."""
_ROOM: Final = (6, 8)
"""Rows and columns of cells around the place that are searched with it."""
_MOST: Final = 5
"""Frames of which a mean is taken: speckle fades in it, text does not."""
_ENOUGH: Final = 0.3
"""Part of the picture above which it is no line, but a moment in which all stands still."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A part of the picture in which there may be text for a moment.

    Parameters
    ----------
    frames
        Numbers of the frames in which, in order.
    clear
        Numbers of those in which it is most unusual, one after the other.
    box
        Where to search, with room around it.
    weight
        How unusual; 1 is hardly.
    """

    frames: tuple[int, ...]
    clear: tuple[int, ...]
    box: Box
    weight: float


def glimpses(scan: Scan, moving: Mask, size: tuple[int, int]) -> list[Glimpse]:
    """Return where text may have stood for a moment, the most unusual first.

    Parameters
    ----------
    scan
        Of all frames.
    moving
        Cells in which frames of a group differ: what stands still was searched elsewhere.
    size
        Rows and columns of the picture.
    """
    unusual = _unusual(scan, cv2.dilate(moving.astype(np.uint8), np.ones((3, 3), np.uint8)))
    found = [_glimpse(unusual, run, scan.cell, size) for run in _runs(unusual)]
    rows, columns = size
    return sorted(
        (one for one in found if one.box.area <= _ENOUGH * rows * columns), key=lambda one: -one.weight
    )


def _unusual(scan: Scan, moving: Cells) -> NDArray[np.float32]:
    """Return how unusual each frame is at each place; above 1 there may be text."""
    unit = scan.frames.unit
    strokes = _excess(scan.frames.detail, _FLOOR[0] * unit) / np.float32(_STROKES)
    calm = _excess(scan.calm, _FLOOR[1] * unit) / np.float32(_CALM)
    # What is as it was before is in both frames.
    calm[:-1] = np.maximum(calm[:-1], calm[1:])
    result: NDArray[np.float32] = np.maximum(strokes, calm) * (moving[:, ::STEP] > 0)
    return result


def _excess(detail: Cells, floor: float) -> NDArray[np.float32]:
    """Return by how many times its usual spread the mean of each line is above the usual."""
    lines = np.stack([cv2.boxFilter(one, cv2.CV_32F, STROKES)[:, ::STEP] for one in detail])
    frames = len(lines)
    order = np.sort(lines[np.unique(np.linspace(0, frames - 1, _COMPARED).astype(int))], axis=0)
    count = len(order)
    middle = order[count // 2]
    low = order[count // 4]
    few = max(_FEW, frames // _LONG) / frames
    high = order[int((count - 1) * (1 - few))] if few < 1 / 4 else middle
    spread = np.maximum((middle - low) * np.float32(1.5), (high - middle) / np.float32(1.3))
    spread = cv2.dilate(spread, np.ones((5, 3), np.uint8)) + np.float32(floor)
    result: NDArray[np.float32] = (lines - middle) / spread
    return result


_Run = list[tuple[int, Box]]
"""Frames that follow each other and the place in each, in cells of `_unusual`."""


def _runs(unusual: NDArray[np.float32]) -> Iterator[_Run]:
    """Yield the places where one frame after the other is unusual."""
    current: list[_Run] = []
    for number, values in enumerate(unusual):
        for place in _places(values > 1):
            same = [run for run in current if run[-1][1].grown(1, 1).common(place).area > 0]
            if same:
                same[0].append((number, place))
            else:
                current.append([(number, place)])
        yield from (run for run in current if run[-1][0] < number - _GAP)
        current = [run for run in current if run[-1][0] >= number - _GAP]
    yield from current


def _places(mask: Mask) -> list[Box]:
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, areas, _ = cv2.connectedComponentsWithStats(near)
    boxes = []
    for left, top, width, height, _ in areas[1:count].tolist():
        box = Box(top, left, top + height, left + width)
        if np.count_nonzero(mask[box.slices]) >= _LEAST:
            boxes.append(box)
    return boxes


def _glimpse(unusual: NDArray[np.float32], run: _Run, cell: int, size: tuple[int, int]) -> Glimpse:
    place = run[0][1].around([box for _, box in run])
    first, last = max(0, run[0][0] - _GAP), min(len(unusual), run[-1][0] + _GAP + 1)
    part = unusual[(slice(first, last), *place.slices)].reshape(last - first, -1).max(axis=1)
    rows, columns = _ROOM
    box = Box(place.top, place.left * STEP, place.bottom, place.right * STEP).grown(rows, columns)
    box = Box(*(side * cell for side in (box.top, box.left, box.bottom, box.right))).clipped(*size)
    return Glimpse(tuple(range(first, last)), _clear(part, first), box, float(part.max()))


def _clear(part: NDArray[np.float32], first: int) -> tuple[int, ...]:
    """Return the frames around the most unusual one that are about as unusual."""
    start = end = int(part.argmax())
    least = max(1.0, float(part[start]) / 2)
    while start > 0 and part[start - 1] > least and end - start + 1 < _MOST:
        start -= 1
    while end + 1 < len(part) and part[end + 1] > least and end - start + 1 < _MOST:
        end += 1
    return tuple(range(first + start, first + end + 1))
