"""How sure a share is."""

from __future__ import annotations

from math import sqrt
from typing import Final

_Z: Final = 1.959964


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    middle = share + _Z * _Z / (2 * of)
    spread = _Z * sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of))
    whole = 1 + _Z * _Z / of
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
