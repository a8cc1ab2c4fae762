"""The areas that go: padded, one for a line, its width rounded up.

The width of an area tells the length of the name below it only roughly, and its rim not what
compression left there. Lines that stay are kept free where they do not overlap with what goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.message import Ground, Region

PADDING: Final = 0.35
"""Of the height of the letters, on every side."""
LEAST: Final = 3
"""Pixels of padding at least."""
STEP: Final = 1.5
"""Heights of the letters, of which the width is a multiple."""
_MARGIN: Final = 6
"""Part of a found box, above and below, in which there are no letters."""
_RIM: Final = 2
"""Pixels around letters that go even where a line that stays is close: rows are not told to the pixel."""
_LETTERS: Final = 0.5
"""Of the height of a found box, where the rows of its letters are not known."""
_STRENGTH: Final = (
    Ground.MATCH,
    Ground.PATTERN,
    Ground.CUE,
    Ground.RESIDUE,
    Ground.UNPROVED,
    Ground.UNREADABLE,
    Ground.MODE,
)
"""Of lines that are covered by one area the first of these is its ground."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A found line and what becomes of it.

    Parameters
    ----------
    box
        As it was found: around the letters, and often twice as high.
    ground
        What becomes of it.
    rows
        First row of its letters, and the one behind the last; None where that is not known.
    """

    box: Box
    ground: Ground
    rows: tuple[int, int] | None = None

    @property
    def letters(self) -> Box:
        """The box, as high as its letters; where they are not known, without what surely is margin."""
        if self.rows is None:
            margin = self.box.height // _MARGIN if self.box.width > self.box.height else 0
            return Box(self.box.top + margin, self.box.left, self.box.bottom - margin, self.box.right)
        return Box(self.rows[0], self.box.left, max(self.rows[1], self.rows[0] + 1), self.box.right)

    @property
    def height(self) -> int:
        """Height of the letters; of a line that is not level, across it."""
        across = min(self.box.height, self.box.width)
        return max(1, self.letters.height if self.rows else round(_LETTERS * across))


def covers(lines: Sequence[Judged], shape: tuple[int, int]) -> list[Region]:
    """Return the areas that go and the lines that stay.

    Parameters
    ----------
    lines
        What was found, and what becomes of it.
    shape
        Rows and columns of the picture.

    Returns
    -------
    list of Region
        Of frame 0, from top to bottom.
    """
    stay = [line for line in lines if line.ground is Ground.CLINICAL]
    go = _joined(sorted((line for line in lines if line.ground is not Ground.CLINICAL), key=_order))
    kept = [line.letters.clipped(*shape) for line in stay]
    regions = [Region(_area(line, kept, shape), 0, 0, line.ground) for line in go]
    regions += [Region(line.box.clipped(*shape), 0, 0, Ground.CLINICAL) for line in stay]
    return sorted((region for region in regions if region.box.area), key=lambda region: region.box)


def padded(box: Box, shape: tuple[int, int], height: int) -> Box:
    """Return a box with the margin of letters of some height, in a picture of so many rows and columns."""
    margin = max(LEAST, round(PADDING * height))
    return box.grown(margin, margin).clipped(*shape)


def _order(line: Judged) -> tuple[Box, Ground, tuple[int, int]]:
    return line.box, line.ground, line.rows or (0, 0)


def _area(line: Judged, kept: Sequence[Box], shape: tuple[int, int]) -> Box:
    """Return the area of a line: its letters with a margin; what was found where their rows are not known."""
    letters = line.letters
    area = padded(letters, shape, line.height) if line.rows else line.box.grown(LEAST, LEAST).clipped(*shape)
    wide = _widened(area, shape, max(1, round(STEP * line.height)))
    for box in kept:
        wide = _free(wide, letters, box)
    return wide


def _joined(go: list[Judged]) -> list[Judged]:
    """Return lines with those of the same row that nearly touch as one."""
    result: list[Judged] = []
    for line in go:
        for place, other in enumerate(result):
            if _is_one_line(line.box, other.box):
                result[place] = _united(line, other)
                break
        else:
            result.append(line)
    return result if len(result) == len(go) else _joined(sorted(result, key=_order))


def _united(one: Judged, other: Judged) -> Judged:
    # Of the parts, each by itself: the margin of a whole is larger than that of its parts.
    letters = one.letters.around([other.letters])
    rows = letters.top, letters.bottom
    ground = min(one.ground, other.ground, key=_STRENGTH.index)
    return Judged(one.box.around([other.box]), ground, rows)


def _is_one_line(one: Box, other: Box) -> bool:
    """Tell whether two boxes belong to one line, or one is in the other."""
    height = min(one.height, other.height)
    rows = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(one.left, other.left) - min(one.right, other.right)
    if one.common(other).area >= 0.6 * min(one.area, other.area):
        return True
    return rows > 0.6 * max(one.height, other.height) and gap <= height


def _widened(box: Box, shape: tuple[int, int], step: int) -> Box:
    """Return an area whose longer side is a multiple of a step; towards the inside at a border."""
    rows, columns = shape
    if box.height > box.width:
        turned = _widened(Box(box.left, box.top, box.right, box.bottom), (columns, rows), step)
        return Box(turned.left, turned.top, turned.right, turned.bottom)
    more = -box.width % step
    # The larger part to the right, where longer text would go on.
    left = max(0, box.left - more // 4)
    right = left + box.width + more
    if right > columns:
        right, left = columns, max(0, columns - box.width - more)
    return Box(box.top, min(left, box.left), box.bottom, max(right, box.right))


def _free(wide: Box, letters: Box, kept: Box) -> Box:
    """Return an area without a line that stays, as far as that is not in the letters that go."""
    if not wide.common(kept).area:
        return wide
    top, left, bottom, right = wide.top, wide.left, wide.bottom, wide.right
    near = letters.grown(_RIM, _RIM)
    if kept.left >= letters.right:
        right = min(right, max(kept.left, near.right))
    elif kept.right <= letters.left:
        left = max(left, min(kept.right, near.left))
    elif kept.top >= letters.bottom:
        bottom = min(bottom, max(kept.top, near.bottom))
    elif kept.bottom <= letters.top:
        top = max(top, min(kept.bottom, near.top))
    return Box(top, left, bottom, right)
