"""The usual areas of overlays, for images that nothing can read."""

from __future__ import annotations

from typing import Final

from gateway.deidentify.pixel.box import Box

_CORNER_ROWS: Final = 0.16
_CORNER_COLUMNS: Final = 0.45
_STRIP_ROWS: Final = 0.09
"""Shares of the image. Viewers and scanners write names and dates into these, in at most six lines."""


def usual_areas(rows: int, columns: int) -> tuple[Box, ...]:
    """Return the top left and top right corners and the bottom strip of an image of that size."""
    down, across = round(rows * _CORNER_ROWS + 0.5), round(columns * _CORNER_COLUMNS + 0.5)
    strip = rows - round(rows * _STRIP_ROWS + 0.5)
    return (
        Box(0, 0, down, across).clipped(rows, columns),
        Box(0, columns - across, down, columns).clipped(rows, columns),
        Box(max(0, strip), 0, rows, columns),
    )
