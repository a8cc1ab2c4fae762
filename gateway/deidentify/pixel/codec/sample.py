"""The bits of a sample: those that are stored, and those that are none of the pixel's (PS3.5 8.1.1)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.codec.black import SAMPLES
from gateway.deidentify.pixel.codec.failure import undecodable
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Stored

Cells = NDArray[np.unsignedinteger[Any]]
"""Unsigned integers of Bits Allocated, as they are in memory: every bit, in the byte order of the machine
or of the value."""
ALLOCATED: Final = frozenset({1, 8, 16, 32})
"""Bits Allocated that are read; others were never common and are retired."""
MAX_FRAME_BYTES: Final = 1 << 31
"""Bytes of a decoded frame; more is no picture that anybody can look at."""
_AT_ONCE: Final = 1 << 20
"""Samples that are looked at at a time, so that no second copy of a large value is made."""


def check(image: Image) -> None:
    """Make sure that the header describes pixels which can be read.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where its numbers contradict each other.
    """
    if image.allocated not in ALLOCATED or not 1 <= image.stored <= image.allocated:
        raise undecodable("bits allocated and stored that are not read")
    if not image.stored - 1 <= image.high_bit < image.allocated:
        raise undecodable("a high bit that does not fit the bits stored")
    if SAMPLES.get(image.photometric) != image.samples:
        raise undecodable("a photometric interpretation of another number of samples")
    if min(image.rows, image.columns, image.frames) < 1 or max(image.rows, image.columns) > 0xFFFF:
        raise undecodable("an image without pixels")
    if image.allocated == 1 and (image.samples != 1 or image.signed):
        raise undecodable("single bits that are no gray")
    if image.rows * image.columns * image.samples * ((image.allocated + 7) // 8) > MAX_FRAME_BYTES:
        raise undecodable("a frame that is too large")


def unsigned(bits: int) -> np.dtype[np.unsignedinteger[Any]]:
    """Return the smallest unsigned type of at least so many bits."""
    return np.dtype(np.uint8 if bits <= 8 else np.uint16 if bits <= 16 else np.uint32)


def values(cells: Cells, image: Image) -> Stored:
    """Return the stored values of samples: bits outside Bits Stored are left out, the sign is extended."""
    width = cells.dtype.itemsize * 8
    low, unused = image.high_bit + 1 - image.stored, width - image.stored
    signed = np.dtype(f"i{cells.dtype.itemsize}")
    if not cells.dtype.isnative:
        cells = cells.astype(cells.dtype.newbyteorder("="))
    if not unused or image.allocated == 1:
        return cells.view(signed) if image.signed else cells
    if image.signed:
        top = np.left_shift(cells, cells.dtype.type(unused - low))
        return np.asarray(top.view(signed) >> signed.type(unused))
    return np.asarray((cells >> cells.dtype.type(low)) & cells.dtype.type((1 << image.stored) - 1))


def cell(value: int, image: Image) -> int:
    """Return the bits of a sample that has a stored value: unused bits above extend the sign, or are zero."""
    low = image.high_bit + 1 - image.stored
    return (value << low) & ((1 << image.allocated) - 1)


class Unused:
    """Looks whether the bits outside Bits Stored say something, and clears them.

    They do not where all of them are zero, or where all above repeat the sign: then they say
    nothing that the stored bits do not. Anything else is an overlay (PS3.3-2004 C.9.2) or a remnant.

    Parameters
    ----------
    image
        How the values are stored.
    """

    def __init__(self, image: Image) -> None:
        self._image = image
        self._low = image.high_bit + 1 - image.stored
        self._mask = ((1 << image.stored) - 1) << self._low
        self._above = ((1 << image.allocated) - 1) & ~((1 << (image.high_bit + 1)) - 1)
        self._outside = ((1 << image.allocated) - 1) & ~self._mask
        self._all_zero = self._all_sign = True

    @property
    def is_there(self) -> bool:
        """Whether there are such bits at all."""
        return bool(self._outside) and self._image.allocated > 1

    @property
    def says_something(self) -> bool:
        """Whether what was looked at is more than zeros, or than signs."""
        return not (self._all_zero or self._all_sign)

    def look(self, cells: Cells) -> None:
        """Look at samples, as many as wanted, one after the other."""
        if not self.is_there:
            return
        flat = cells.reshape(-1)
        for start in range(0, flat.size, _AT_ONCE):
            part = flat[start : start + _AT_ONCE]
            if not part.dtype.isnative:
                part = part.astype(part.dtype.newbyteorder("="))
            if int(np.bitwise_or.reduce(part)) & self._outside or self._image.signed:
                self._look(part)

    def _look(self, part: Cells) -> None:
        kind = part.dtype.type
        found = part & kind(self._outside)
        self._all_zero = self._all_zero and not found.any()
        if self._all_sign:
            sign = (part >> kind(self._image.high_bit)) & kind(1)
            self._all_sign = bool((found == sign * kind(self._above)).all())

    def clear(self, cells: Cells) -> None:
        """Clear the unused bits in place; of signed values they repeat the sign afterwards."""
        flat = cells.reshape(-1)
        for start in range(0, flat.size, _AT_ONCE):
            part = flat[start : start + _AT_ONCE]
            kind = part.dtype.newbyteorder("=").type
            part &= kind(self._mask)
            if self._image.signed:
                part |= ((part >> kind(self._image.high_bit)) & kind(1)) * kind(self._above)
