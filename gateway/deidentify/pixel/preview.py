"""A frame before and after, with the areas that went and stayed, for a person to look at.

The picture before is an original. Nothing that was read is written on either: of a region they say
where it is, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.find.rendering import shown
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Ground, Region
from gateway.deidentify.pixel.picture import Shown, Stored

_RED: Final = (255, 64, 64)
_ORANGE: Final = (255, 170, 0)
_BLUE: Final = (90, 160, 255)
_GREEN: Final = (60, 220, 90)
_COLOURS: Final = {
    Ground.MATCH: _RED,
    Ground.PATTERN: _RED,
    Ground.CUE: _RED,
    Ground.RESIDUE: _RED,
    Ground.UNPROVED: _ORANGE,
    Ground.UNREADABLE: _ORANGE,
    Ground.MODE: _ORANGE,
    Ground.RULE: _BLUE,
    Ground.AREA: _BLUE,
    Ground.LABEL: _BLUE,
    Ground.CLINICAL: _GREEN,
}
"""Red of what identifies somebody, orange of what may, blue of what nobody read, green of what stayed."""
_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_LETTER: Final = 0.4
"""Scale of the font; its letters are about nine pixels high."""
_LINE: Final = 14
"""Pixels of a line of such letters."""
_SMALL: Final = 512
"""Columns up to which a picture is enlarged, for the words on it take as much room as on any."""
_MOST: Final = 4
"""Times that it is enlarged at most."""


def pair(
    before: Stored,
    after: Stored,
    image_before: Image,
    image_after: Image,
    regions: Sequence[Region],
    frame: int,
) -> tuple[bytes, bytes]:
    """Return PNG pictures of a frame before and after, with the regions that are in it.

    Parameters
    ----------
    before, after
        Stored values of the frame.
    image_before, image_after
        How they are stored.
    regions
        Of the whole instance.
    frame
        Number of the frame, from 0.

    Notes
    -----
    The area that went is outlined in both pictures, in the colour of its ground, and the ground is
    written beside it; a strip below says what is shown, and how often each ground occurs.
    """
    present = [region for region in regions if region.first <= frame <= region.last]
    return (
        _drawn(before, image_before, present, f"BEFORE (original) frame {frame + 1}"),
        _drawn(after, image_after, present, f"AFTER frame {frame + 1}"),
    )


def _drawn(stored: Stored, image: Image, regions: Sequence[Region], title: str) -> bytes:
    scale = min(_MOST, max(1, -(-_SMALL // max(1, stored.shape[1]))))
    picture = cv2.resize(shown(stored, image), None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    canvas: Shown = np.ascontiguousarray(np.vstack([picture, _legend(picture.shape[1], regions, title)]))
    taken = [_enlarged(region.box, scale) for region in regions]
    for region in sorted(regions, key=lambda region: region.box):
        box = _enlarged(region.box, scale)
        colour = _COLOURS[region.ground]
        # Around the area, not on its edge: the last pixel that went is to be seen.
        cv2.rectangle(canvas, (box.left - 1, box.top - 1), (box.right, box.bottom), colour, 1)
        place = _place(box, region.ground, picture.shape[0], picture.shape[1], taken)
        taken.append(place)
        _write(canvas, region.ground.value, place.top, place.left, colour)
    # OpenCV writes blue before red.
    done, encoded = cv2.imencode(".png", canvas[..., ::-1])
    if not done:
        raise ValueError("the picture cannot be written as PNG")
    return encoded.tobytes()


def _enlarged(box: Box, scale: int) -> Box:
    return Box(box.top * scale, box.left * scale, box.bottom * scale, box.right * scale)


def _place(box: Box, ground: Ground, rows: int, columns: int, taken: Sequence[Box]) -> Box:
    """Return where the ground of an area is written: above it, below, or aside, but over no other."""
    width = cv2.getTextSize(ground.value, _FONT, _LETTER, 1)[0][0] + 4
    left = max(0, min(box.left, columns - width))
    aside = box.right + 2 if box.right + 2 + width <= columns else max(0, box.left - 2 - width)
    places = [
        Box(top, start, top + _LINE, start + width)
        for top, start in (
            (box.top - 1 - _LINE, left),
            (box.bottom + 1, left),
            (box.top, aside),
            (box.bottom + 1 + _LINE, left),
        )
        if 0 <= top <= rows - _LINE
    ]
    free = [place for place in places if all(place.common(other).area == 0 for other in taken)]
    return (free or places or [Box(0, left, _LINE, left + width)])[0]


def _write(canvas: Shown, text: str, top: int, left: int, colour: tuple[int, int, int]) -> None:
    width = cv2.getTextSize(text, _FONT, _LETTER, 1)[0][0] + 4
    cv2.rectangle(canvas, (left, top), (left + width - 1, top + _LINE - 1), (0, 0, 0), cv2.FILLED)
    cv2.putText(canvas, text, (left + 2, top + _LINE - 4), _FONT, _LETTER, colour, 1, cv2.LINE_AA)


def _legend(columns: int, regions: Sequence[Region], title: str) -> Shown:
    """Return a strip that says what the picture is, and how often each ground occurs in it."""
    grounds = [region.ground for region in regions]
    words = [(title, (255, 255, 255))]
    words += [
        (f"{ground.value} {grounds.count(ground)}", colour)
        for ground, colour in _COLOURS.items()
        if ground in grounds
    ]
    places, left, top = [], 4, 3
    for text, _ in words:
        width = cv2.getTextSize(text, _FONT, _LETTER, 1)[0][0] + 12
        if left > 4 and left + width > columns:
            left, top = 4, top + _LINE + 2
        places.append((top, left))
        left += width
    strip = np.full((top + _LINE + 3, columns, 3), 40, np.uint8)
    for (text, colour), (top, left) in zip(words, places, strict=True):
        _write(strip, text, top, left, colour)
    return strip
