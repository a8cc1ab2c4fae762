"""Lines cut out of the pictures of a frame, for reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.picture import Crop, Shown

_MARGIN: Final = 0.15
"""Of the height of a line, at least 2 pixels: letters that touch the edge are misread."""
_UPWARDS: Final = 3
_DOWNWARDS: Final = 1
"""Quarter turns counter-clockwise that make a line upright that runs upwards, or downwards."""


def crops(line: Detected, pictures: Sequence[Shown]) -> tuple[Crop, ...]:
    """Return a line as it is in each picture; one that is not level, turned either way in the first."""
    rows, columns = pictures[0].shape[:2]
    margin = max(2, round(_MARGIN * min(line.box.height, line.box.width)))
    area = line.box.grown(margin, margin).clipped(rows, columns).slices
    if not line.turned:
        return tuple(Crop(np.ascontiguousarray(picture[area])) for picture in pictures)
    return tuple(
        Crop(np.ascontiguousarray(np.rot90(pictures[0][area], turns)), turns)
        for turns in (_UPWARDS, _DOWNWARDS)
    )
