"""A picture before anything is written on it, and the noise that all of them are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from scripts.pixels.case import Pixels

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scene:
    """Scenery of one kind.

    Parameters
    ----------
    pixels
        Frames x rows x columns, or with 3 samples.
    modality, sop_class
        Modality and SOP Class UID.
    photometric
        MONOCHROME1, MONOCHROME2 or RGB.
    stored
        Bits Stored; Bits Allocated is 1, 8 or 16.
    limits
        Stored values between which text is written: darkest ink and brightest.
    anatomy
        Top, left, bottom, right of what the picture is about.
    signed
        Stored values are signed.
    image_type
        Values of Image Type.
    header
        Further attributes, by keyword.
    is_paper
        Dark on bright.
    cells
        Top, left of lines that a table has, where it is one; with the height of a line.
    """

    pixels: Pixels
    modality: str
    sop_class: str
    photometric: str
    stored: int
    limits: tuple[int, int]
    anatomy: tuple[int, int, int, int]
    signed: bool = False
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY")
    header: dict[str, Any] = field(default_factory=dict)
    is_paper: bool = False
    cells: tuple[tuple[int, int], ...] = ()

    @property
    def rows(self) -> int:
        """Rows of a frame."""
        return int(self.pixels.shape[1])

    @property
    def columns(self) -> int:
        """Columns of a frame."""
        return int(self.pixels.shape[2])

    @property
    def frames(self) -> int:
        """Number of frames."""
        return int(self.pixels.shape[0])


def noise(rng: Generator, rows: int, columns: int, sigma: float = 0) -> Floats:
    """Return Gaussian noise of unit variance, blurred by so many pixels."""
    made = rng.standard_normal((rows, columns), np.float32)
    if sigma:
        made = cv2.GaussianBlur(made, (0, 0), sigma).astype(np.float32)
        made /= float(made.std()) or 1.0
    return made


def coarse(rng: Generator, rows: int, columns: int, grain: int) -> Floats:
    """Return smooth noise whose hills are about so many pixels wide, cheaply."""
    small = rng.standard_normal((rows // grain + 3, columns // grain + 3), np.float32)
    return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)


def speckle(rng: Generator, rows: int, columns: int) -> Floats:
    """Return the modulus of a blurred complex field, mean 1: the Rayleigh speckle of ultrasound."""
    width = float(rng.uniform(0.8, 2.0))
    real, imaginary = noise(rng, rows, columns, width), noise(rng, rows, columns, width)
    return np.asarray(np.hypot(real, imaginary) / 1.2533, np.float32)


def ellipse(rows: int, columns: int, center: tuple[float, float], axes: tuple[float, float]) -> Floats:
    """Return the squared distance from the center in units of the axes; below 1 is inside."""
    y = ((np.arange(rows, dtype=np.float32) - center[0]) / axes[0]) ** 2
    x = ((np.arange(columns, dtype=np.float32) - center[1]) / axes[1]) ** 2
    return np.asarray(y[:, None] + x[None, :], np.float32)


def rounded(values: Floats, low: int, high: int, kind: type[np.generic]) -> Pixels:
    """Return values as whole numbers between two limits."""
    return np.clip(np.rint(values), low, high).astype(kind)
