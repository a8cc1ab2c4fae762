"""What speaks for strokes of a pen in a box: evidence from the pixels alone.

Letters are thin, there are several of them, they are as dark or bright as each other, and around the
line is a rim without any. Edges of anatomy, vessels, bars and rings lack one or more of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find.levels import Values
from gateway.deidentify.pixel.picture import Shown

NONE: Final = -9.0
"""Evidence of a box in which nothing is to be seen."""
_MARGIN: Final = 12
"""Least width of the rim around a box that is compared with its inside."""
_FAINTEST: Final = 2.0
"""Shades that ink differs from what is around it at least."""
_COLOURED: Final = 24
"""Saturation from which ink may differ by its colour alone."""
_USUAL_SHARE: Final = 0.17
"""Share of a line's box that is ink."""
_WEIGHTS: Final = (
    -0.62, -0.37, 0.69, -2.71, 2.0, -17.98, 0.29, 0.47, -0.04, -2.36, -0.03, -1.07, 4.99, 1.24, -1.3, -4.35,
)  # fmt: skip
"""In the order of `_measures`; of a logistic regression on the boxes of a detector in generated pictures."""


def evidence(picture: Shown, line: Detected) -> float:
    """Return what speaks for text in a box, less what speaks against it; about 0 where it is open.

    Parameters
    ----------
    picture
        The whole picture, one of those of the frame.
    line
        What the detector found.
    """
    margin = max(_MARGIN, min(line.box.height, line.box.width))
    area = line.box.grown(margin, margin).clipped(*picture.shape[:2])
    crop = picture[area.slices]
    inside = Box(
        line.box.top - area.top,
        line.box.left - area.left,
        line.box.bottom - area.top,
        line.box.right - area.left,
    )
    brightest = crop.max(axis=2)
    planes = [brightest]
    saturation = brightest - crop.min(axis=2)
    if saturation.max() > _COLOURED:
        planes.append(saturation)
    if line.turned:
        inside = Box(inside.left, inside.top, inside.right, inside.bottom)
        planes = [np.ascontiguousarray(plane.T) for plane in planes]
    return max(
        (
            float(np.dot(_WEIGHTS, measures))
            for plane in planes
            for measures in _measures(plane.astype(np.float32), inside, line)
        ),
        default=NONE,
    )


def _measures(plane: Values, box: Box, line: Detected) -> Iterator[tuple[float, ...]]:
    """Yield measures of what is brighter than its surroundings, then of what is darker."""
    is_rim = np.ones(plane.shape, np.bool_)
    is_rim[box.grown(1, 1).clipped(*plane.shape).slices] = False
    inner = plane[box.slices]
    rim = plane[is_rim] if is_rim.sum() >= _LEAST_RIM else inner[[0, -1]].ravel()
    ground = float(np.median(rim))
    noise = max(1.48 * float(np.median(np.abs(rim - ground))), 1.0)
    ratio = float(inner.std()) / max(float(rim.std()), 1.0)
    wide = box.width / box.height
    for sign, peak in ((1, np.percentile(inner, 97)), (-1, np.percentile(inner, 3))):
        contrast = sign * (float(peak) - ground)
        if contrast < _FAINTEST:
            continue
        limit = sign * ground + contrast / 2
        ink = sign * inner > limit
        share = float(ink.mean())
        outside = float((sign * rim > limit).mean())
        yield (
            1.0,
            min(outside / max(share, 0.01), 4.0),
            float(np.log(max(contrast / noise, 0.3))),
            min(_unevenness(inner[ink], contrast), 1.0),
            min(abs(share - _USUAL_SHARE), 0.4),
            *_shape(ink.view(np.uint8), wide),
            float(np.log(contrast)),
            float(np.log(np.clip(ratio, 0.2, 20))),
            line.score,
            min(wide, 8.0),
            float(np.log(box.height)),
            float(line.turned),
        )


_LEAST_RIM: Final = 20


def _unevenness(ink: Values, contrast: float) -> float:
    """Return how far the values of the ink are apart."""
    if ink.size <= _FEW:
        return 1.0
    low, high = np.percentile(ink, (25, 75))
    return float(high - low) / contrast


_FEW: Final = 8


def _shape(ink: Shown, wide: float) -> tuple[float, float, float, float, float]:
    """Return the width of strokes, edges and letters per height, share of letters, and ink at the rims."""
    rows, columns = ink.shape
    letters = max(1.0, wide)
    depth = cv2.distanceTransform(
        cv2.copyMakeBorder(ink, 1, 1, 1, 1, borderType=cv2.BORDER_CONSTANT), cv2.DIST_L1, 3
    )
    thick = min(2 * float(depth[depth > 0].mean()) / rows, 0.5) if ink.any() else 0.5
    middle = ink[rows // 4 : rows - rows // 4].view(np.int8)
    edges = float(np.abs(np.diff(middle, axis=1)).sum(axis=1).mean()) / letters if columns > 2 else 0.0
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    area = stats[1:, cv2.CC_STAT_AREA]
    is_letter = stats[1:, cv2.CC_STAT_HEIGHT] >= 0.3 * rows
    per_row = ink.mean(axis=1)
    rims = float(per_row[[0, -1]].mean()) / max(float(per_row.max()), 0.01)
    return (
        thick,
        min(edges, 6.0),
        min(float(is_letter.sum()) / letters, 3.0),
        float(area[is_letter].sum()) / max(1, int(area.sum())),
        rims,
    )
