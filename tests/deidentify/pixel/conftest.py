"""Engines that are loaded once, and lines of text as pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gateway.deidentify.pixel.engine import load


@pytest.fixture(scope="session")
def engines():
    """The engines that come with the gateway."""
    return load()


@pytest.fixture(scope="session")
def line_of():
    """Return a function that draws a line of text in gray, with a margin around it."""

    def drawn(text, *, height=14, shade=255, ground=0, margin=5, stroke=False):
        if stroke:
            size = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, height, 1)
            (width, rows), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
            picture = np.full((rows + below + 2 * margin, width + 2 * margin), ground, np.uint8)
            place = (margin, margin + rows)
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, shade, 1, cv2.LINE_AA)
        else:
            font = ImageFont.load_default(height / 0.72)
            left, top, right, bottom = (int(side) for side in font.getbbox(text))
            page = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin), ground)
            ImageDraw.Draw(page).text((margin - left, margin - top), text, font=font, fill=shade)
            picture = np.asarray(page)
        return np.repeat(picture[:, :, None], 3, axis=2)

    return drawn
