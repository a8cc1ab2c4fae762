"""Reads what was written once more, with the engine that did not find the text (PS3.15 E.3.1).

The page reader looks at the whole picture by itself, so that what the detector overlooked is not
overlooked twice. What it reads is matched with the header as before, the same errors allowed. It
reads letters into speckle too: what it is not sure of, and what identifies by its form alone, the
first reader has to confirm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Engines
from gateway.deidentify.pixel.find.rendering import shown
from gateway.deidentify.pixel.judge.cover import padded
from gateway.deidentify.pixel.judge.decision import BEYOND_DOUBT, Decider
from gateway.deidentify.pixel.judge.judgement import decider_of
from gateway.deidentify.pixel.message import Request
from gateway.deidentify.pixel.picture import Reading, Shown, Stored

LARGE: Final = 1 << 19
"""Pixels from which a picture is read at its own size; a smaller one enlarged."""
ENLARGED: Final = 1.5
ANOTHER: Final = 1.25
"""Scale at which the first detector looks, where there is no other."""
SURE: Final = 0.5
"""Confidence of the page reader from which it needs nobody to confirm a value of the header."""
MAX_CONFIRMED: Final = 64
"""Lines of a picture that the first reader is asked about; speckle may have hundreds."""
_MARGIN: Final = 3
"""Pixels around a line for the first reader."""


def residue(stored: Stored, request: Request, engines: Engines) -> list[Box]:
    """Return where a cleaned picture still says whom it shows; nothing where it is clean.

    Parameters
    ----------
    stored
        A frame of what was written, decoded.
    request
        The header's values; `Request.image` says how `stored` is shown.
    engines
        The page reader reads, the first reader confirms. Without a page reader the first detector and
        reader look once more, at another scale.

    Raises
    ------
    Refused
        The header holds too many values, or an engine failed.
    """
    picture = shown(stored, request.image)
    rows, columns = picture.shape[:2]
    scale = ENLARGED if rows * columns < LARGE else 1.0
    lines = engines.page.page(picture, scale=scale) if engines.page else _detected(picture, engines)
    return sorted(
        {
            padded(box, (rows, columns), box.height)
            for box in _left(picture, lines, decider_of(request), engines)
        }
    )


def _detected(picture: Shown, engines: Engines) -> list[tuple[Box, Reading]]:
    boxes = [line.box for line in engines.detector.boxes(picture, scale=ANOTHER)]
    crops = [_cut(picture, box) for box in boxes]
    return [pair for reader in engines.readers[:1] for pair in zip(boxes, reader.read(crops), strict=True)]


def _left(
    picture: Shown, lines: list[tuple[Box, Reading]], decider: Decider, engines: Engines
) -> Iterator[Box]:
    """Yield the lines that are left: first those that are sure, then the likeliest of the others."""
    open_questions = []
    for box, reading in lines:
        is_match = decider.is_match(reading.text)
        if is_match and reading.confidence >= SURE:
            yield box
        elif is_match or decider.is_identifying(reading.text):
            open_questions.append((not is_match, -reading.confidence, box))
    for is_form, _, box in sorted(open_questions)[:MAX_CONFIRMED]:
        if _confirmed(_cut(picture, box), decider, engines, is_form=is_form):
            yield box


def _confirmed(crop: Shown, decider: Decider, engines: Engines, *, is_form: bool) -> bool:
    for reading in engines.readers[0].read([crop]) if engines.readers else ():
        if decider.is_match(reading.text):
            return True
        if is_form and reading.confidence >= BEYOND_DOUBT and decider.is_identifying(reading.text):
            return True
    return False


def _cut(picture: Shown, box: Box) -> Shown:
    area = box.grown(_MARGIN, _MARGIN).clipped(picture.shape[0], picture.shape[1])
    return np.ascontiguousarray(picture[area.slices])
