"""Ranges of stored values in which something may be written, and stored values as exact numbers.

A range that holds everything hides what is written in a small part of it: a few hundred Hounsfield
units beside a Pixel Padding Value of -32768, or what a narrow window shows. So ranges are taken from
the windows, and where those say nothing, from the values that occur.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.image import Image, Window
from gateway.deidentify.pixel.picture import Stored

Values = NDArray[np.float32]
"""Rows x columns of values."""
Range = tuple[float, float]
"""The lowest and the highest value that differ from those beyond; the first is lower."""

_RARE: Final = 0.0005
"""Share of the pixels at either end that may be few extreme ones; they get shades of their own."""
_SAMPLE: Final = 1 << 16
"""Pixels that the range is taken from."""
_EXACT: Final = 1 << 24
"""Integers up to which each is a number of its own in single precision."""
_LEAST_PART: Final = 0.02
"""Share of the range below which a window shows too little of it to be the only one."""
_NARROWER: Final = 4
"""How many times narrower a range is that shows what a wider one does not."""
_LEAST_PIXELS: Final = 32
"""Sampled pixels with values inside a range that something may be written with."""
_GAP: Final = 0.25
"""Share of the range without any value that parts what is below from what is above."""
_LEAST_CLUSTER: Final = 0.05
"""Share of the pixels that are worth a range of their own."""
_SHADES: Final = 256
"""Values that are shown each by its own shade."""
_MOST: Final = 3
"""Further ranges of one picture."""


@dataclass(frozen=True, slots=True)
class Levels:
    """A frame of one sample as numbers, the brighter the higher.

    Parameters
    ----------
    values
        Exact, but not the stored values: those from their least one, or their ranks, where there
        are more than single precision holds.
    sample
        Some of them, without padding, in ascending order.
    full
        The range that all but a few extreme ones are in, without padding.
    windows
        Those of the header.
    """

    values: Values
    sample: Values
    full: Range
    windows: tuple[Range, ...]

    def main(self) -> Range:
        """Return the first window that shows a part of the range, or the range."""
        low, high = self.full
        for window in self.windows:
            least, most = max(window[0], low), min(window[1], high)
            if most - least > _LEAST_PART * (high - low):
                return least, most
        return low, high

    def finest(self) -> float:
        """Return how wide the narrowest range is that anybody looks through."""
        return min(high - low for low, high in (self.full, self.main(), *self.further()))

    def further(self) -> list[Range]:
        """Return ranges that show something that is not to be seen in the main one."""
        shown = [self.main()]
        for part in self.windows or self._clusters():
            least, most = max(part[0], float(self.sample[0])), min(part[1], float(self.sample[-1]))
            if most > least and self._is_new((least, most), shown):
                shown.append((least, most))
        return shown[1 : 1 + _MOST]

    def _is_new(self, part: Range, shown: list[Range]) -> bool:
        first = np.searchsorted(self.sample, part[0], side="left")
        inside = self.sample[first : np.searchsorted(self.sample, part[1], side="right")]
        if len(inside) < _LEAST_PIXELS or inside[0] == inside[-1]:
            return False
        width = part[1] - part[0]
        return all(
            _NARROWER * width < high - low or min(part[1], high) - max(part[0], low) < width / 2
            for low, high in shown
        )

    def _clusters(self) -> list[Range]:
        """Return where most of the values are, a range for each heap of them."""
        low, high = self.full
        if high - low < _SHADES:
            return []
        ends = np.flatnonzero(np.diff(self.sample) > _GAP * (high - low)) + 1
        found = []
        for heap in np.split(self.sample, ends):
            if len(heap) >= _LEAST_CLUSTER * len(self.sample):
                least, most = (float(end) for end in np.percentile(heap, (10, 90)))
                beyond = max((most - least) / 2, (float(heap[-1]) - most) / _NARROWER, 1.0)
                found.append((least - beyond, most + beyond))
        return found


def levels(stored: Stored, image: Image) -> Levels:
    """Return a frame of one sample as numbers.

    Parameters
    ----------
    stored
        Rows x columns, or rows x columns x 1.
    image
        How they are to be understood (PS3.3 C.7.5.1.1.2, C.7.6.3.1.2, C.11.2).
    """
    plane = stored if stored.ndim == 2 else stored[..., 0]
    step = max(1, round((plane.size / _SAMPLE) ** 0.5))
    chosen = plane[::step, ::step]
    is_kept = ~_is_padding(chosen, image)
    sign = -1 if image.photometric == "MONOCHROME1" else 1
    values, base = _exact(plane)
    if sign < 0:
        values = -values
    windows = () if base is None else tuple(_ends(window, image, base, sign) for window in image.windows)
    sample = values[::step, ::step]
    sample = np.sort(sample[is_kept] if is_kept.any() else sample, axis=None)
    return Levels(values, sample, _extent(sample), windows)


def extent(values: Values) -> Range:
    """Return the range that all but a few extreme values are in; never empty."""
    step = max(1, round((values.size / _SAMPLE) ** 0.5))
    return _extent(np.sort(values[::step, ::step], axis=None))


def _extent(sample: Values) -> Range:
    last = len(sample) - 1
    low, high = float(sample[round(_RARE * last)]), float(sample[last - round(_RARE * last)])
    return low, max(high, low + 1)


def _exact(plane: Stored) -> tuple[Values, int | None]:
    """Return values that differ where the stored ones do, and what was taken from each; None for ranks."""
    if plane.dtype.itemsize <= 2:
        return plane.astype(np.float32), 0
    least, most = int(plane.min()), int(plane.max())
    if most - least <= _EXACT:
        return (plane.astype(np.int64) - least).astype(np.float32), least
    ranks = np.unique(plane, return_inverse=True)[1]
    return ranks.reshape(plane.shape).astype(np.float32), None


def _is_padding(plane: Stored, image: Image) -> NDArray[np.bool_]:
    """Return which pixels show nothing: Pixel Padding Value, up to Pixel Padding Range Limit."""
    if image.padding is None:
        return np.zeros(plane.shape, np.bool_)
    other = image.padding if image.padding_limit is None else image.padding_limit
    least, most = sorted((image.padding, other))
    values = plane.astype(np.int64)
    return np.asarray((values >= least) & (values <= most), np.bool_)


def _ends(window: Window, image: Image, base: int, sign: int) -> Range:
    slope = image.slope or 1.0
    low, high = sorted(
        sign * ((window.center + half - image.intercept) / slope - base)
        for half in (-window.width / 2, window.width / 2)
    )
    return low, high
