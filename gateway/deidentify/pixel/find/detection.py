"""The detector on every part of a picture, at its full size, and its boxes as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final, Protocol, runtime_checkable

import cv2
import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected, Detector
from gateway.deidentify.pixel.find.line import merged
from gateway.deidentify.pixel.find.oblique import Oblique, distinct
from gateway.deidentify.pixel.find.outline import Probable, outlined
from gateway.deidentify.pixel.find.rendering import salient
from gateway.deidentify.pixel.picture import Shown

TILE: Final = 1088
"""Longest side of what the detector gets at once; a line longer than that is found in parts."""
_OVERLAP: Final = 96
"""Pixels that neighbouring tiles share: no letter smaller than that is cut in both."""
_MARGIN: Final = 16
"""Pixels added around a picture: what touches its edge is found as if it did not."""
_HIGHEST: Final = 128
"""Pixels that a line is high at most, in an image that is not large; with margins."""
_HIGHEST_PART: Final = 10
_SMALL: Final = 640 * 560
"""Pixels up to which a picture is enlarged: its text is as small as that of larger ones, and it is cheap."""
_ENLARGED: Final = 1.5


@runtime_checkable
class Mapping(Protocol):
    """A detector that says how probable text is at each pixel; the lines are then drawn here."""

    def probabilities(self, image: Shown, *, scale: float = 1.0) -> Probable:
        """Return a map of the picture, enlarged so much."""
        ...


def detected(detectors: Sequence[Detector], pictures: Sequence[Shown]) -> list[Detected]:
    """Return the lines that are found in any of several pictures of the same frame.

    Parameters
    ----------
    detectors
        Each looks at each picture.
    pictures
        Rows x columns x 3, all of one size; the first as the frame is seen.
    """
    seen = pictures[0]
    rows, columns = seen.shape[:2]
    highest = max(_HIGHEST, min(rows, columns) // _HIGHEST_PART)
    found = [
        line for picture in pictures for detector in detectors for line in _in_picture(detector, picture)
    ]
    lines = [line for line in found if _across(line) <= highest]
    busy = [line.box for line in found if _across(line) > highest]
    if busy:
        # No line: a background that looks like writing all over. Text in it was not told apart.
        area = busy[0].around(busy).grown(_MARGIN, _MARGIN).clipped(rows, columns)
        picture = np.ascontiguousarray(salient(seen)[area.slices])
        for detector in detectors:
            inside = (moved(line, area.top, area.left) for line in _in_picture(detector, picture))
            lines += [line for line in inside if _across(line) <= highest]
    oblique = [line for line in lines if isinstance(line, Oblique)]
    return [*merged([line for line in lines if not isinstance(line, Oblique)]), *distinct(oblique)]


def moved(line: Detected, down: int, across: int) -> Detected:
    """Return a line so many pixels further down and to the right."""
    box = line.box
    placed = Box(box.top + down, box.left + across, box.bottom + down, box.right + across)
    if isinstance(line, Oblique):
        return replace(line, box=placed, bar=line.bar.moved(down, across))
    return replace(line, box=placed)


def _across(line: Detected) -> float:
    return line.bar.height if isinstance(line, Oblique) else min(line.box.height, line.box.width)


def at_once(detector: Detector, picture: Shown) -> list[Detected]:
    """Return the lines of a picture as it is."""
    return list(_in_picture(detector, picture, 1.0))


def _in_picture(detector: Detector, picture: Shown, scale: float = 0.0) -> Iterator[Detected]:
    rows, columns = picture.shape[:2]
    scale = scale or (_ENLARGED if rows * columns <= _SMALL else 1.0)
    way = cv2.BORDER_REFLECT_101 if min(rows, columns) > _MARGIN else cv2.BORDER_REPLICATE
    padded = np.asarray(
        cv2.copyMakeBorder(picture, _MARGIN, _MARGIN, _MARGIN, _MARGIN, borderType=way), np.uint8
    )
    downwards, across = (_tiles(length, int(TILE / scale)) for length in padded.shape[:2])
    for (top, bottom), (left, right) in product(downwards, across):
        tile = np.ascontiguousarray(padded[top:bottom, left:right])
        if _is_even(tile):
            continue
        for line in _in_tile(detector, tile, scale):
            placed = moved(line, top - _MARGIN, left - _MARGIN)
            box = placed.box.clipped(rows, columns)
            if box.area:
                yield replace(placed, box=box)


def _in_tile(detector: Detector, tile: Shown, scale: float) -> Sequence[Detected]:
    if isinstance(detector, Mapping):
        return outlined(detector.probabilities(tile, scale=scale), scale, *tile.shape[:2])
    return detector.boxes(tile, scale=scale)


def _is_even(tile: Shown) -> bool:
    """Whether there is nothing to be seen in a tile."""
    return bool((tile == tile[0, 0]).all())


def _tiles(length: int, side: int) -> list[tuple[int, int]]:
    """Return where tiles begin and end that cover a length; all as long, and no longer than they must be."""
    if length <= side:
        return [(0, length)]
    count = -(-(length - _OVERLAP) // (side - _OVERLAP))
    side = -(-(length + (count - 1) * _OVERLAP) // count)
    return [
        (start, start + side)
        for start in (round(number * (length - side) / (count - 1)) for number in range(count))
    ]
