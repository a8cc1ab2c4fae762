"""A cheap look at an image, for anything in a row that might be letters.

It is for the images that hardly ever hold text, sections of CT and MR, and takes milliseconds. A hit
costs a run of the detector and nothing else, so it is generous. Small marks that stand out of their
surroundings may be letters where at least three of them stand on a line, close together and about as
high as each other. How likely that is shows in how exactly they stand on it, how far they stand out,
and above all in their ink: what is written has one value, what was scanned has many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.find.levels import Values, extent, levels
from gateway.deidentify.pixel.find.rendering import hides_entries, shown
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Stored

_FINE: Final = 7
"""Side of the square that does not fit into the stroke of a letter."""
_SCALES: Final = (1, 2)
"""How much a picture is shrunk: once for letters whose strokes are wider than that."""
_AROUND: Final = 63
_STANDS_OUT: Final = 2.2
"""How many times as far as what is around it a stroke stands out."""
_LEAST_CONTRAST: Final = 0.004
"""Share of the range from which something stands out at all."""
_LEAST_OF_WINDOW: Final = 0.04
"""The same of the narrowest window."""
_LEAST_HEIGHT: Final = 4
_MOST_HEIGHT: Final = 44
_LEAST_AREA: Final = 5
_MOST_MARKS: Final = 1500
"""Marks of one kind that are looked at, those that stand out most; of mere noise there are more."""
_LETTERS: Final = 3
"""Marks in a row that may be a word."""

_TYPICAL: Final = 1.5
"""Sum of what speaks for and against letters from which a row counts. Fitted: see `_likely`."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Marks:
    """Marks that may be letters, in the order of their left edges.

    Parameters
    ----------
    top, left, bottom, right
        Edges of each.
    out
        How far its strongest pixel stands out.
    ink
        The value of its strongest pixel.
    clear
        How many times as far as what is around it stands out on average.
    fill
        Share of its box that it fills.
    """

    top: Numbers
    left: Numbers
    bottom: Numbers
    right: Numbers
    out: Numbers
    ink: Numbers
    clear: Numbers
    fill: Numbers

    def turned(self) -> _Marks:
        """Return them with rows and columns exchanged."""
        changed = _Marks(
            self.left, self.top, self.right, self.bottom, self.out, self.ink, self.clear, self.fill
        )
        return changed.of(np.argsort(changed.left, kind="stable"))

    def of(self, chosen: NDArray[np.intp]) -> _Marks:
        """Return some of them."""
        return _Marks(*(getattr(self, each.name)[chosen] for each in fields(self)))


def screened_frame(stored: Stored, image: Image) -> list[Box]:
    """Return where rows of marks are in a frame; of colours, in its brightness and its saturation."""
    if stored.ndim == 2 and image.palette is None:
        plane = levels(stored, image)
        return screened(plane.values, plane.finest())
    seen = shown(stored, image)
    brightest, faintest = seen.max(axis=2), seen.min(axis=2)
    planes = [plane.astype(np.float32) for plane in (brightest, brightest - faintest)]
    if image.palette is not None and hides_entries(stored, seen):
        planes.append(levels(stored, image).values)
    return [box for plane in planes for box in screened(plane)]


def screened(values: Values, width: float = np.inf) -> list[Box]:
    """Return where rows of marks are that may be letters.

    Parameters
    ----------
    values
        Stored values, rows x columns.
    width
        Of the narrowest range of them that anybody looks through.
    """
    low, high = extent(values)
    least = min(_LEAST_CONTRAST * (high - low), _LEAST_OF_WINDOW * width)
    boxes = []
    for scale in _SCALES:
        plane = values if scale == 1 else _shrunk(values, scale)
        for polarity in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            marks = _marks(plane, polarity, least)
            boxes += [_box(marks, row, scale) for row in _rows(marks)]
            marks = marks.turned()
            turned = [_box(marks, row, scale) for row in _rows(marks)]
            boxes += [Box(box.left, box.top, box.right, box.bottom) for box in turned]
    return boxes


def _box(marks: _Marks, row: NDArray[np.intp], scale: int) -> Box:
    return Box(
        int(marks.top[row].min()) * scale,
        int(marks.left[row].min()) * scale,
        int(marks.bottom[row].max()) * scale,
        int(marks.right[row].max()) * scale,
    )


def _shrunk(values: Values, scale: int) -> Values:
    size = (max(1, values.shape[1] // scale), max(1, values.shape[0] // scale))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _marks(values: Values, polarity: int, least: float) -> _Marks:
    """Return what stands out of its surroundings, as wide and high as letters are."""
    out = cv2.morphologyEx(values, polarity, np.ones((_FINE, _FINE), np.uint8))
    usual = cv2.blur(out, (_AROUND, _AROUND))
    limit = np.maximum(usual * np.float32(_STANDS_OUT), np.float32(least))
    is_mark = out > limit
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        is_mark.view(np.uint8), 8, cv2.CV_32S, cv2.CCL_GRANA
    )
    side = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    fits = (side >= _LEAST_HEIGHT) & (side <= _MOST_HEIGHT) & (stats[:, cv2.CC_STAT_AREA] >= _LEAST_AREA)
    fits[0] = False
    at = np.flatnonzero(is_mark)
    owner = labels.ravel()[at]
    inside = fits[owner]
    at, owner = at[inside], owner[inside]
    order = np.argsort(owner, kind="stable")
    at, owner = at[order], owner[order]
    chosen, first = np.unique(owner, return_index=True)
    if not len(chosen):
        nothing = np.zeros(0, np.float32)
        return _Marks(*[nothing] * len(fields(_Marks)))
    strength = out.ravel()[at]
    ink = values.ravel()[at] * np.float32(1 if polarity == cv2.MORPH_TOPHAT else -1)
    box = stats[chosen].astype(np.float32)
    marks = _Marks(
        top=box[:, 1],
        left=box[:, 0],
        bottom=box[:, 1] + box[:, 3],
        right=box[:, 0] + box[:, 2],
        out=np.maximum.reduceat(strength, first),
        ink=np.maximum.reduceat(ink, first),
        clear=_ratio(np.add.reduceat(strength, first), np.add.reduceat(usual.ravel()[at], first)),
        fill=box[:, 4] / (box[:, 2] * box[:, 3]),
    )
    strongest = np.argsort(-marks.clear, kind="stable")[:_MOST_MARKS]
    return marks.of(strongest[np.argsort(marks.left[strongest], kind="stable")])


def _ratio(numbers: Numbers, others: Numbers) -> Numbers:
    return np.asarray(numbers / np.maximum(others, np.float32(1e-6)), np.float32)


def _rows(marks: _Marks) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of marks that are likely to be letters."""
    following = _following(marks)
    is_first = following >= 0
    is_first[following[following >= 0]] = False
    for start in np.flatnonzero(is_first).tolist():
        row = [start]
        while (follower := int(following[row[-1]])) >= 0:
            row.append(follower)
        if len(row) >= _LETTERS and _likely(marks, np.array(row)) > _TYPICAL:
            yield np.array(row)


def _following(marks: _Marks) -> NDArray[np.intp]:
    """Return for each mark the next one of its line, or -1."""
    result = np.full(len(marks.left), -1, np.intp)
    height = marks.bottom - marks.top
    fits = (height >= _LEAST_HEIGHT) & (marks.right - marks.left <= 2.2 * height)
    begin = np.searchsorted(marks.left, marks.right - 0.3 * height)
    end = np.searchsorted(marks.left, marks.right + 1.2 * height)
    begin = np.maximum(begin, np.arange(len(begin)) + 1)
    counts = np.where(fits, np.maximum(end - begin, 0), 0)
    one = np.repeat(np.arange(len(counts)), counts)
    two = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begin, counts)
    taller, lower = np.maximum(height[one], height[two]), np.minimum(height[one], height[two])
    gap = marks.left[two] - marks.right[one]
    linked = fits[two] & (taller <= 1.7 * lower) & (gap >= -0.3 * lower) & (gap <= 0.7 * taller)
    linked &= np.abs(marks.bottom[one] - marks.bottom[two]) <= np.maximum(1, 0.15 * taller)
    weaker, stronger = np.minimum(marks.out[one], marks.out[two]), np.maximum(marks.out[one], marks.out[two])
    linked &= weaker >= 0.6 * stronger
    one, first = np.unique(one[linked], return_index=True)
    result[one] = two[linked][first]
    return result


def _likely(marks: _Marks, row: NDArray[np.intp]) -> float:
    """Return what speaks for a row being letters, less what speaks against it.

    The weights are those of a logistic regression on rows from generated sections of CT, MR, NM and
    PT with text of 6 to 32 pixels and 12 to 100 % contrast, and from such sections and real ones
    without text.
    """
    height = marks.bottom[row] - marks.top[row]
    usual = _middle(height)
    apart = float(np.ptp(marks.ink[row])) / max(_middle(marks.out[row]), 1e-6)
    evidence = (
        1.0,
        min(len(row), 8),
        float(np.log(_middle(marks.clear[row]))),
        min(apart, 2.0),
        float(marks.bottom[row].std()) / usual,
        float(marks.top[row].std()) / usual,
        float(height.std()) / usual,
        _middle(marks.fill[row]),
        float(usual < _TINY),
    )
    return sum(weight * value for weight, value in zip(_WEIGHTS, evidence, strict=True))


def _middle(numbers: Numbers) -> float:
    """Return the median of a few numbers, the larger of two: cheaper than that of NumPy."""
    return float(np.sort(numbers)[len(numbers) // 2])


_TINY: Final = 5
"""Height of marks that may as well be noise."""
_WEIGHTS: Final = (-11.25, 1.49, 3.6, -8.6, -14.75, -12.45, -0.43, 9.43, -1.99)
"""In the order of the evidence."""
