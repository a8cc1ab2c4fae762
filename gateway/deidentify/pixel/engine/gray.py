"""Pictures in gray as Tesseract reads them best: dark on light, without what is behind the text."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.picture import Gray, Shown

BORDER: Final = 12
"""White pixels around a picture."""
_COARSE: Final = 4
_AROUND: Final = 15
"""Side of the square whose median is the ground, in pixels of the coarse picture."""
_STRENGTH: Final = 2


def dark_on_light(image: Shown) -> Gray:
    """Return a picture of text in grey, dark on light, its contrast stretched.

    The border decides what the ground is: text hardly touches it. Of colours the channel with the
    greatest range is taken, so that blue on black keeps its contrast.
    """
    ranges = image.reshape(-1, image.shape[2]).astype(np.int16)
    channel = int(np.argmax(ranges.max(axis=0) - ranges.min(axis=0)))
    gray = image[:, :, channel]
    edge = np.concatenate((gray[0], gray[-1], gray[:, 0], gray[:, -1]))
    if np.median(edge) < (int(gray.min()) + int(gray.max())) / 2:
        gray = 255 - gray
    low, high = int(gray.min()), int(gray.max())
    if high == low:
        return np.full(gray.shape, 255, np.uint8)
    return ((gray.astype(np.float32) - low) * (255 / (high - low))).astype(np.uint8)


def against_ground(image: Shown) -> Gray:
    """Return a picture with all that differs from what is around it dark on light, so its text.

    Around a pixel is the median of a square much larger than a letter, which text does not change.
    """
    rows, columns = image.shape[:2]
    size = (max(1, columns // _COARSE), max(1, rows // _COARSE))
    coarse = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    ground = cv2.resize(cv2.medianBlur(coarse, _AROUND), (columns, rows), interpolation=cv2.INTER_LINEAR)
    difference = cv2.absdiff(image, ground).max(axis=2).astype(np.int16)
    return np.asarray(255 - np.minimum(255, _STRENGTH * difference), np.uint8)


def scaled(gray: Gray, scale: float) -> Gray:
    """Return a picture enlarged or shrunk."""
    if abs(scale - 1) < 0.05:
        return gray
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(gray, size, interpolation=way), np.uint8)


def bordered(gray: Gray) -> Gray:
    """Return a picture with a white border: letters that touch the edge are misread."""
    page = cv2.copyMakeBorder(
        gray, BORDER, BORDER, BORDER, BORDER, borderType=cv2.BORDER_CONSTANT, value=(255,)
    )
    return np.asarray(page, np.uint8)
