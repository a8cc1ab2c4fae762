"""Which rows of a crop hold text, and whether it is one line: engines read one of two and do not say so."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.picture import Shown

_VALLEY: Final = 0.2
"""Share of the weaker of two lines that is between them at most."""
_FAINTEST: Final = 0.12
"""Share of the stronger line that a second one has at least; less is the rest of a coding."""
_APART: Final = 0.3
"""Share of the crop's height between the middles of two lines at least."""
_SMOOTH: Final = np.array([0.25, 0.5, 0.25])
_GROUND: Final = 0.1
_NOISE: Final = 1.15
_LEAST: Final = 4
_SHARE: Final = 0.18
"""Rows of a line, and their share of the crop, at least; a dot, a dash or an accent has fewer."""
_CUT: Final = 0.6
"""Share of the higher line's rows up to which a line that the edge cuts is none of this crop."""
_TEXT: Final = 0.2
"""Share of the strongest row from which a row is of the line."""
_CLEAR: Final = 0.8
"""Share of all strength that the rows of a line have; where it is less the ground is as strong."""
_LOWEST: Final = 0.25
"""Share of the crop's height that a line has at least."""
_GAP: Final = 3
"""Rows that may be between the letters and their accents and dots."""
_SMALLEST: Final = 12
"""Rows of a crop that two lines need."""


def is_one_line(crop: Shown) -> bool:
    """Tell whether the rows of a crop are of one line.

    The strength of vertical edges in each row is high within a line and low between two.

    Parameters
    ----------
    crop
        Upright.
    """
    strength = _strength(crop)
    rows = len(strength)
    if rows < _SMALLEST - 2:
        return True
    apart = max(2, round(_APART * rows))
    middles = range(apart // 2, rows - apart // 2)
    return not any(_parts_two(strength, middle, apart) for middle in middles)


def text_rows(crop: Shown) -> tuple[int, int] | None:
    """Return the first row of the line in a crop and the one behind its last; None where that is not clear.

    Parameters
    ----------
    crop
        Upright.
    """
    strength = _strength(crop)
    if not strength.size or strength.max() <= 0:
        return None
    is_text = strength > _TEXT * strength.max()
    best, first, total, last = (0.0, 0, 0), 0, 0.0, -_GAP
    for row in np.flatnonzero(is_text).tolist():
        if row - last > _GAP:
            first, total = row, 0.0
        total += float(strength[row])
        best = max(best, (total, first, row + 1))
        last = row
    is_clear = best[0] >= _CLEAR * strength.sum() and best[2] - best[1] >= _LOWEST * len(strength)
    # Smoothing took a row at either end, and lends strength to one beside the line.
    return (best[1] + 1, best[2] + 1) if is_clear else None


def _strength(crop: Shown) -> NDArray[np.float64]:
    """Return how strong vertical edges are in each row but the first and the last, above the ground."""
    if crop.shape[0] < len(_SMOOTH) or crop.shape[1] < 2:
        return np.zeros(0)
    edges = np.abs(np.diff(crop.astype(np.int16), axis=1)).max(axis=2)
    strength = np.convolve(edges.mean(axis=1, dtype=np.float64), _SMOOTH, "valid")
    # What is in most of the rows is the ground, its noise included.
    return np.maximum(0.0, strength - _NOISE * float(np.quantile(strength, _GROUND)))


def _parts_two(strength: NDArray[np.float64], middle: int, apart: int) -> bool:
    """Tell whether a row is between two lines."""
    # From the middle outwards, so that the last row of each is at the edge of the crop.
    above, below = strength[:middle][::-1], strength[middle + 1 :]
    if not above.size or not below.size:
        return False
    weaker, stronger = sorted((float(above.max()), float(below.max())))
    if int(above.argmax()) + int(below.argmax()) + 2 < apart or strength[middle] > _VALLEY * weaker:
        return False
    if not weaker >= _FAINTEST * stronger > 0:
        return False
    rows = [int((side > weaker / 3).sum()) for side in (above, below)]
    if min(rows) < max(_LEAST, round(_SHARE * len(strength))):
        return False
    cut = [side[-1] > weaker / 3 for side in (above, below)]
    # The rest of a line above or below this one is cut by the edge, and lower.
    return not (cut[rows.index(min(rows))] and min(rows) < _CUT * max(rows))
