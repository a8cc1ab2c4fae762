"""A picture in memory, and what is found in it; between the rooms of one process."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image

Stored = NDArray[np.generic]
"""Stored values of a frame: rows x columns, or rows x columns x samples; integers, as coded.

Colours are those of the Photometric Interpretation, never converted; chrominance is at full
resolution. Bits outside Bits Stored are masked off, and the sign is extended.
"""
Gray = NDArray[np.uint8]
"""Rows x columns, 0 black."""
Shown = NDArray[np.uint8]
"""Rows x columns x 3, red, green, blue."""


class Source(Protocol):
    """The frames of an instance, decoded one at a time."""

    image: Image

    def frame(self, number: int) -> Stored:
        """Return the stored values of a frame, from 0; read-only.

        Raises
        ------
        Refused
            The frame cannot be decoded.
        """
        ...


class Finder(StrEnum):
    """What found an area."""

    SCREEN = "screen"
    DETECTOR = "detector"


@dataclass(frozen=True, slots=True)
class Crop:
    """A line of text, cut out of one rendering of a picture.

    Parameters
    ----------
    pixels
        Upright, with a margin, as large as in the picture.
    turned
        Quarter turns counter-clockwise that made it upright.
    """

    pixels: Shown
    turned: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """An area in which there is text.

    Parameters
    ----------
    box
        Tight around one line of text.
    finder
        What found it.
    score
        How sure that is, 0 to 1.
    crops
        The same line in several renderings, the best first.
    """

    box: Box
    finder: Finder
    score: float
    crops: tuple[Crop, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reading:
    """What one engine reads in a crop.

    Parameters
    ----------
    text
        Never leaves this process.
    confidence
        0 to 1, of its least sure character.
    engine
        Name of the engine.
    rest
        The widest gap between two characters, in heights of the crop; 0 where the engine does not say.
    before, after
        Heights of the crop left of the first character, and right of the middle of the last.
    """

    text: str
    confidence: float
    engine: str
    rest: float = 0.0
    before: float = 0.0
    after: float = 0.0
