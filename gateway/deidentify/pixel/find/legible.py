"""Whether a box is text where the pixels leave it open: what the recogniser makes of it.

Nothing is decided about what the text says. Of speckle, vessels and edges it makes nothing, one
letter, or letters it does not believe itself; of a faint name at least some it does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from gateway.deidentify.pixel.engine.engines import Detected, Reader
from gateway.deidentify.pixel.find.apart import is_initial, joined, may_be_letter, spelled
from gateway.deidentify.pixel.find.crop import crops
from gateway.deidentify.pixel.find.oblique import Oblique, upright
from gateway.deidentify.pixel.find.stroke import evidence
from gateway.deidentify.pixel.picture import Reading, Shown

_BEYOND_DOUBT: Final = 5.5
"""Evidence of the pixels from which nothing needs to be read."""
_HOPELESS: Final = -7.0
"""Evidence below which no reading makes text of a box."""
_FROM: Final = 0.75
"""Evidence of pixels and reading from which a box is text."""
_FROM_UNUSUAL: Final = 3.3
"""The same of a box that is oblique, very low or high: noise, edges and anatomy are that far more often."""
_USUAL: Final = range(10, 65)
"""Pixels of a box's height; its text is about half as high, so that a lower one would hardly be legible."""
_READ: Final = 0.5
"""Confidence from which a letter by itself is read."""
_LEAST: Final = 1e-6
_ALWAYS: Final = -2.9
_SEEN: Final = 0.7
"""Weight of the evidence of the pixels."""
_MORE: Final = 0.36
_THREE: Final = 0.72
_SIX: Final = 2.1
"""Weights of more than one letter, of up to three more, of up to six more."""
_SURE: Final = 6.1
"""Weight of how sure the least sure of several letters is."""


def texts(lines: Sequence[Detected], pictures: Sequence[Shown], reader: Reader | None) -> list[Detected]:
    """Return those of the lines that are text; letters that stand apart as one line.

    Parameters
    ----------
    lines
        What a detector found.
    pictures
        The pictures of the frame, the first as it is seen.
    reader
        Recognises letters; without one the pixels alone decide, generously.
    """
    judged = [(line, *_judged(line, pictures, reader)) for line in lines]
    kept = [line for line, _, enough in judged if enough > 0]
    if reader is None:
        return kept
    level = [line for line in kept if not isinstance(line, Oblique)]
    opened = [line for line, pixels, enough in judged if enough <= 0 and pixels >= _HOPELESS]
    letters = [line for line in (*opened, *level) if may_be_letter(line)]

    def letter_of(line: Detected) -> str:
        return _letter(line, pictures, reader)

    words = spelled(letters, letter_of)
    apart = [letter for word in words for letter in word]
    initials = [
        line
        for line in opened
        if line not in apart and may_be_letter(line) and is_initial(line, level) and letter_of(line)
    ]
    return [*(line for line in kept if line not in apart), *initials, *map(joined, words)]


def _judged(line: Detected, pictures: Sequence[Shown], reader: Reader | None) -> tuple[float, float]:
    if isinstance(line, Oblique):
        return _likely(*upright(line, pictures), reader, _FROM_UNUSUAL)
    is_usual = min(line.box.height, line.box.width) in _USUAL
    return _likely(line, pictures, reader, _FROM if is_usual else _FROM_UNUSUAL)


def _likely(
    line: Detected, pictures: Sequence[Shown], reader: Reader | None, least: float
) -> tuple[float, float]:
    """Return the evidence of the pixels, and by how much it is enough with what the recogniser reads."""
    pixels = _evidence(line, pictures)
    enough = _ALWAYS + _SEEN * pixels - least
    if reader is None:
        return pixels, pixels - _HOPELESS
    if pixels >= _BEYOND_DOUBT or pixels < _HOPELESS:
        return pixels, pixels - _BEYOND_DOUBT + _LEAST
    for crop in crops(line, pictures):
        (reading,) = reader.read([crop.pixels])
        if enough + _weight(reading) > 0:
            return pixels, enough + _weight(reading)
    return pixels, enough


def _evidence(line: Detected, pictures: Sequence[Shown]) -> float:
    """Return the evidence of the picture in which it is strongest, as far as that needs to be known."""
    most = -math.inf
    for picture in pictures:
        # Text outside the window is not to be seen in the first.
        most = max(most, evidence(picture, line))
        if most >= _BEYOND_DOUBT:
            break
    return most


def _letter(line: Detected, pictures: Sequence[Shown], reader: Reader) -> str:
    """Return what a box is read as if that is one letter."""
    (reading,) = reader.read([crops(replace(line, turned=0), pictures)[0].pixels])
    letters = "".join(filter(str.isalnum, reading.text))
    return letters if len(letters) == 1 and reading.confidence >= _READ else ""


def _weight(reading: Reading) -> float:
    more = sum(map(str.isalnum, reading.text)) - 1
    if more < 1:
        return 0.0
    return _MORE + _THREE * min(more, 3) / 3 + _SIX * min(more, 6) / 6 + _SURE * reading.confidence
