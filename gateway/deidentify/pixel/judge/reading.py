"""What the engines read in each found line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Reader
from gateway.deidentify.pixel.judge.profile import is_one_line, text_rows
from gateway.deidentify.pixel.message import Ground
from gateway.deidentify.pixel.picture import Crop, Found, Reading

MAX_CROPS: Final = 2
"""Renderings of one line that are read."""
REST: Final = 1.2
"""Heights of a line that may be without a character; where more is, something in it was not read."""
LEGIBLE: Final = 0.3
"""Confidence below which nothing was read."""
_ASIDE: Final = 1.0
"""Heights from where the first and the last character are told to where they surely end."""
_NARROWEST: Final = 4
_OPEN: Final = (Ground.UNPROVED, Ground.UNREADABLE)
"""What another rendering may change."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and what the engines make of it.

    Parameters
    ----------
    box
        Tight around it.
    readings
        Of all engines; one group for each rendering, in each the engines in their order.
    score
        How sure it is that there is text.
    is_single
        Whether nothing in its renderings looks like a second line.
    rows
        The picture's rows in which its letters are, and the one behind them; None where that is not
        known. Found boxes are up to twice as high.
    """

    box: Box
    readings: tuple[tuple[Reading, ...], ...]
    score: float = 1.0
    is_single: bool = True
    rows: tuple[int, int] | None = None

    @property
    def letters(self) -> Box:
        """Where its letters are; the middle half of its box where their rows are not known."""
        top, bottom = self.rows or (
            self.box.top + self.box.height // 4,
            self.box.bottom - self.box.height // 4,
        )
        return Box(top, self.box.left, max(bottom, top + 1), self.box.right)

    @property
    def every(self) -> tuple[Reading, ...]:
        """All readings."""
        return tuple(reading for group in self.readings for reading in group)


Judge = Callable[[Line], Ground]
"""What becomes of a line by itself."""


def read(found: Sequence[Found], readers: Sequence[Reader], ground: Judge) -> list[Line]:
    """Read every line; another rendering of it only where the first does not decide.

    Parameters
    ----------
    found
        The lines.
    readers
        The first is asked first.
    ground
        What becomes of a line as it was read so far.

    Returns
    -------
    list of Line
        For each found line one; where only a part of its box has letters, that part, and what else in
        it is legible.
    """
    return [line for each in found for line in _parted(each, _read(each, readers, ground), readers, ground)]


def _read(found: Found, readers: Sequence[Reader], ground: Judge) -> Line:
    crops = found.crops[:MAX_CROPS]
    is_single = all(is_one_line(crop.pixels) for crop in crops[:1])
    line = Line(found.box, (), found.score, is_single, _rows(found) if is_single else None)
    for crop in crops:
        line = replace(line, readings=(*line.readings, _group(crop, readers)))
        if ground(line) not in _OPEN:
            break
    return line


def _group(crop: Crop, readers: Sequence[Reader]) -> tuple[Reading, ...]:
    return tuple(reader.read([crop.pixels])[0] for reader in readers)


def _parted(found: Found, line: Line, readers: Sequence[Reader], ground: Judge) -> list[Line]:
    """Return a line as its letters and what is legible beside them, where its box holds more than letters.

    A trace, a scale or speckle beside text is found as one with it.
    """
    first = line.every[0] if line.readings else None
    if first is None or not first.text or max(first.before, first.after) <= REST or found.crops[0].turned:
        return [line]
    crop = found.crops[0].pixels
    start, end = 0, crop.shape[1]
    if first.before > REST:
        start = round((first.before - _ASIDE) * crop.shape[0])
    if first.after > REST:
        end -= round((first.after - _ASIDE) * crop.shape[0])
    if end - start < _NARROWEST:
        return [line]
    letters = _cut(found, start, end)
    parts = (
        [replace(line, box=letters.box)] if ground(line) not in _OPEN else [_read(letters, readers, ground)]
    )
    if ground(parts[0]) in _OPEN and first.confidence < LEGIBLE:
        return [line]
    for beside in (_cut(found, 0, start), _cut(found, end, crop.shape[1])):
        if beside.box.width > _NARROWEST:
            other = _read(beside, readers, ground)
            parts += [other] * any(each.text and each.confidence >= LEGIBLE for each in other.every)
    return parts


def _cut(found: Found, start: int, end: int) -> Found:
    """Return the part of a found line between two columns of its crops."""
    box = found.box
    margin = (found.crops[0].pixels.shape[1] - box.width) // 2
    left, right = (min(max(place - margin + box.left, box.left), box.right) for place in (start, end))
    crops = tuple(Crop(np.ascontiguousarray(crop.pixels[:, start:end])) for crop in found.crops)
    return replace(found, box=Box(box.top, left, box.bottom, right), crops=crops if end > start else ())


def _rows(found: Found) -> tuple[int, int] | None:
    """Return in which rows of the picture the letters are."""
    if not found.crops or found.crops[0].turned:
        return None
    crop, box = found.crops[0].pixels, found.box
    rows = text_rows(crop)
    if rows is None:
        return None
    # The margin of a crop is the same above and below, but for the border of the picture.
    above = min(box.top, max(0, crop.shape[0] - box.height + 1) // 2)
    first, last = (min(max(row - above + box.top, box.top), box.bottom) for row in rows)
    return first, last
