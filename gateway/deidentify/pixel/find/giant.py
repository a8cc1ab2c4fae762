"""Letters too large for the detector at the full size of a picture.

At full size most of one is outside what the detector sees at a time, and what it finds there is as
large as anatomy. So the picture is searched once more, reduced; only what is read with confidence
counts, since almost anything is of that size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected, Detector, Reader
from gateway.deidentify.pixel.find.crop import crops
from gateway.deidentify.pixel.find.detection import at_once
from gateway.deidentify.pixel.find.line import merged
from gateway.deidentify.pixel.find.oblique import Oblique
from gateway.deidentify.pixel.find.stroke import evidence
from gateway.deidentify.pixel.picture import Shown

_REDUCED: Final = 320
"""Longest side of a picture that is searched for giant letters."""
_LEAST: Final = 96
"""Rows of the full picture that a line is high at least, with its margins; others are found there."""
_READ: Final = ((2, 0.8), (3, 0.5))
"""Letters that are read at least, and then the confidence of the least sure one."""
_STROKES: Final = 0.0
"""Evidence of the pixels at least: two vessels are read as 11 beyond doubt."""


def giants(detectors: Sequence[Detector], pictures: Sequence[Shown], reader: Reader | None) -> list[Detected]:
    """Return lines of giant letters.

    Parameters
    ----------
    detectors
        Each looks at each picture.
    pictures
        The pictures of the frame at their full size; the second, which is lifted, is left out.
    reader
        Without one no line counts: nothing tells it from anatomy.
    """
    rows, columns = pictures[0].shape[:2]
    scale = _REDUCED / max(rows, columns)
    if scale >= 1 or reader is None:
        return []
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    # Where each pixel is compared with what is around it, of large letters the outlines are left.
    seen = (*pictures[:1], *pictures[2:])
    small = [np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.uint8) for each in seen]
    found = merged(
        [
            line
            for picture in small
            for detector in detectors
            for line in at_once(detector, picture)
            if min(line.box.height, line.box.width) >= _LEAST * scale and not isinstance(line, Oblique)
        ]
    )
    return [_enlarged(line, scale, rows, columns) for line in found if _is_read(line, small, reader)]


def _is_read(line: Detected, pictures: Sequence[Shown], reader: Reader) -> bool:
    for picture in pictures:
        if evidence(picture, line) < _STROKES:
            continue
        (reading,) = reader.read([crops(line, [picture])[0].pixels])
        letters = sum(map(str.isalnum, reading.text))
        if any(letters >= least and reading.confidence >= sure for least, sure in _READ):
            return True
    return False


def _enlarged(line: Detected, scale: float, rows: int, columns: int) -> Detected:
    box = line.box
    whole = Box(
        int(box.top / scale), int(box.left / scale), int(box.bottom / scale) + 1, int(box.right / scale) + 1
    )
    return Detected(whole.clipped(rows, columns), line.score, line.turned)
