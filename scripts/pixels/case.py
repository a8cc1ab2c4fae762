"""An instance with text burned into it, and the truth about every pixel of that text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.generic]
"""Stored values before coding: frames x rows x columns, or frames x rows x columns x 3."""
Mask = NDArray[np.bool_]


class Role(StrEnum):
    """What a string is."""

    PHI = "phi"
    """It identifies somebody: it has to go."""
    LABEL = "label"
    """It is clinical: it should stay."""
    CUE = "cue"
    """A word such as Name beside an identifying string: it may go or stay."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """The pixels of one character.

    Parameters
    ----------
    top, left
        Row and column of the first pixel of the mask in the picture.
    mask
        Where the character's ink is.
    """

    top: int
    left: int
    mask: Mask

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the mask's rectangle in a picture."""
        rows, columns = self.mask.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)


@dataclass(frozen=True, slots=True)
class Appearance:
    """A string in some frames, at one place.

    Parameters
    ----------
    text
        What is written there: it differs between frames for a clock.
    frames
        Numbers of the frames, from 0.
    glyphs
        One per visible character, in order; spaces have none.
    """

    text: str
    frames: Sequence[int]
    glyphs: tuple[Glyph, ...]

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Top, left, bottom, right of all its glyphs."""
        return (
            min(one.top for one in self.glyphs),
            min(one.left for one in self.glyphs),
            max(one.top + one.mask.shape[0] for one in self.glyphs),
            max(one.left + one.mask.shape[1] for one in self.glyphs),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One string and how it was written.

    Parameters
    ----------
    text, role
        What it says (in its first frame), and what that is.
    in_header
        The header holds the same value, in some form.
    font, cap_height
        Name of the font, height of its capitals in pixels.
    contrast
        Distance between ink and what is under it, as a share of what can be displayed; 0 to 1.
    colour
        Name of the ink's colour.
    is_dark
        The ink is darker than what is under it.
    place
        Where it was put: corner, border, anatomy, table.
    marks
        What is special: turned, clipped, outline, plate, shadow, pair, clock.
    appearances
        Every place and time of it.
    """

    text: str
    role: Role
    in_header: bool
    font: str
    cap_height: float
    contrast: float
    colour: str
    is_dark: bool
    place: str
    marks: tuple[str, ...]
    appearances: tuple[Appearance, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An instance and its truth.

    Parameters
    ----------
    name
        Seed and number, enough to make it again.
    kind, modality, coding
        Which scenery, and how the pixels are coded.
    file
        A complete DICOM file.
    clean, burned
        Stored values before and after the text was burned in, before coding.
    photometric
        Of these values: RGB, MONOCHROME1 or MONOCHROME2, whatever the coding made of them.
    limits
        Stored values of full black and full white (or the reverse, for MONOCHROME1).
    runs
        Every string; empty for a clean instance.
    """

    name: str
    kind: str
    modality: str
    coding: str
    file: bytes
    clean: Pixels
    burned: Pixels
    photometric: str
    limits: tuple[int, int]
    runs: tuple[Run, ...] = field(default=())

    @property
    def is_clean(self) -> bool:
        """Whether it holds no text."""
        return not self.runs
