"""Black as stored values, for every Photometric Interpretation (PS3.3 C.7.6.3.1.2).

It is a constant, so that nothing of what it covers can be guessed from it, and black rather than a
likely neighbour, so that nobody takes it for anatomy.

Monochrome images of more than 8 bits use a part of their range: the end of the range would be
thousands of units from every other value (-32768 in a signed CT), and viewers that window from
minimum to maximum would show the rest as one grey. There the darkest value of the frame is taken,
which no window shows lighter than anything else. Pixel Padding Value is not taken: that it is dark
is nowhere said, and it would claim that nothing was there.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np

from gateway.deidentify.pixel.codec.failure import undecodable
from gateway.deidentify.pixel.image import Image, Palette
from gateway.deidentify.pixel.picture import Stored

SAMPLES: Final = MappingProxyType(
    {
        "MONOCHROME1": 1,
        "MONOCHROME2": 1,
        "PALETTE COLOR": 1,
        "RGB": 3,
        "YBR_FULL": 3,
        "YBR_FULL_422": 3,
        "YBR_PARTIAL_422": 3,
        "YBR_PARTIAL_420": 3,
        "YBR_ICT": 3,
        "YBR_RCT": 3,
        "HSV": 3,
        "ARGB": 4,
        "CMYK": 4,
    }
)
"""Samples per Pixel of each Photometric Interpretation, retired ones too."""
_CODES: Final = 8
"""Up to so many bits the range of values is what a display shows; above, images use a part of it."""

Black = tuple[int, ...]
"""One stored value a sample."""


def fill(image: Image, frame: Stored | None = None) -> Black:
    """Return black as stored values.

    Parameters
    ----------
    image
        How the values are stored.
    frame
        The frame that is blacked; without it the end of the range is returned.

    Returns
    -------
        As many values as samples.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` for a colour space that is not known.
    """
    photometric, full = image.photometric, (1 << image.stored) - 1
    if photometric in ("MONOCHROME1", "MONOCHROME2"):
        return (_monochrome(image, frame),)
    if photometric == "PALETTE COLOR":
        return (_darkest(image.palette, image),)
    if photometric in ("YBR_PARTIAL_422", "YBR_PARTIAL_420"):
        # PS3.3 C.7.6.3.1.2: black is 16 of 256.
        return (full + 1 >> 4, full + 1 >> 1, full + 1 >> 1)
    if photometric in ("YBR_FULL", "YBR_FULL_422"):
        return (0, full + 1 >> 1, full + 1 >> 1)
    if photometric == "CMYK":
        return (full,) * 4
    if photometric in SAMPLES:
        # RGB, what JPEG 2000 makes of YBR_RCT and YBR_ICT, ARGB, and HSV, whose value is its last sample.
        return (0,) * SAMPLES[photometric]
    raise undecodable("a photometric interpretation that is not known")


def extremes(image: Image) -> tuple[int, int]:
    """Return the least and the greatest value that Bits Stored and Pixel Representation allow."""
    half = 1 << (image.stored - 1)
    return (-half, half - 1) if image.signed else (0, 2 * half - 1)


def _monochrome(image: Image, frame: Stored | None) -> int:
    is_inverse = image.photometric == "MONOCHROME1"
    if frame is None or image.stored <= _CODES or not frame.size:
        return extremes(image)[1 if is_inverse else 0]
    return int(frame.max() if is_inverse else frame.min())


def _darkest(palette: Palette | None, image: Image) -> int:
    """Return the first of the darkest entries that a stored value can name."""
    low, high = extremes(image)
    if palette is None or not palette.red:
        return max(low, 0)
    red, green, blue = (
        np.frombuffer(entries, np.uint8).astype(np.int64)
        for entries in (palette.red, palette.green, palette.blue)
    )
    count = min(len(red), len(green), len(blue))
    light = 299 * red[:count] + 587 * green[:count] + 114 * blue[:count]
    named = np.arange(palette.first, palette.first + count)
    light[(named < low) | (named > high)] = np.iinfo(np.int64).max
    return min(max(int(named[int(np.argmin(light))]), low), high) if count else max(low, 0)
