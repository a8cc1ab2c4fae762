"""The search of one picture: screen, detector, and what of their finds is text."""

from __future__ import annotations

from gateway.deidentify.pixel.engine.engines import Engines
from gateway.deidentify.pixel.find.crop import crops
from gateway.deidentify.pixel.find.detection import detected
from gateway.deidentify.pixel.find.giant import giants
from gateway.deidentify.pixel.find.legible import texts
from gateway.deidentify.pixel.find.line import merged
from gateway.deidentify.pixel.find.oblique import Oblique
from gateway.deidentify.pixel.find.reach import whole
from gateway.deidentify.pixel.find.rendering import pictures
from gateway.deidentify.pixel.find.screen import screened_frame
from gateway.deidentify.pixel.message import Depth, Request
from gateway.deidentify.pixel.picture import Finder, Found, Stored


def search(stored: Stored, request: Request, engines: Engines) -> list[Found]:
    """Return the lines of text of a picture, from top to bottom.

    Parameters
    ----------
    stored
        Its stored values.
    request
        How they are stored, and how closely to look. What lies inside the ultrasound regions and
        what lies outside is searched alike.
    engines
        What finds text.
    """
    is_screened = request.depth is Depth.SCREEN
    if is_screened and not (request.is_sample or screened_frame(stored, request.image)):
        return []
    views = pictures(stored, request.image)
    reader = next(iter(engines.readers), None)
    lines = texts(detected(engines.detectors, views), views, reader)
    level = [whole(views[0], line) for line in lines if not isinstance(line, Oblique)]
    level = merged([*level, *giants(engines.detectors, views, reader)])
    found = [Found(line.box, Finder.DETECTOR, line.score, crops(line, views)) for line in level]
    # Nothing to read: what is not level is never proved to be harmless.
    found += [
        Found(box, Finder.DETECTOR, line.score)
        for line in lines
        if isinstance(line, Oblique)
        for piece in line.bar.pieces()
        if (box := piece.clipped(*views[0].shape[:2])).area
    ]
    return found
