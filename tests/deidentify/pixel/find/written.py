"""Pictures with text of invented people, and where that text is."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gateway.deidentify.pixel.box import Box


def letters(text, height):
    """A mask of a line, 0 to 1, cropped to its ink."""
    font = ImageFont.load_default(height / 0.72)
    left, top, right, bottom = (int(side) for side in font.getbbox(text))
    page = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(page).text((2 - left, 2 - top), text, font=font, fill=255)
    mask = np.asarray(page, np.float32) / 255
    rows, columns = np.nonzero(mask > 0.1)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def write(picture, text, at, *, height=12, value=255, turns=0):
    """Write a line into a picture of any kind; returns where its ink is."""
    mask = np.rot90(letters(text, height), turns)
    box = Box(at[0], at[1], at[0] + mask.shape[0], at[1] + mask.shape[1])
    area = picture[box.slices].astype(np.float32)
    share = mask if picture.ndim == 2 else mask[..., None]
    written = area * (1 - share) + np.asarray(value, np.float32) * share
    picture[box.slices] = np.rint(written).astype(picture.dtype)
    return box


def section(seed, *, rows=512, noise=15.0):
    """A section of a body in Hounsfield units, with bone and the noise of a CT."""
    random = np.random.default_rng(seed)
    values = np.full((rows, rows), -1000, np.float32)
    middle = (rows // 2, rows // 2)
    cv2.ellipse(values, middle, (rows * 2 // 5, rows * 3 // 10), 0, 0, 360, 40, -1)
    cv2.ellipse(values, (rows // 3, rows // 2), (rows // 9, rows // 7), 0, 0, 360, -850, -1)
    for turn in range(0, 360, 30):
        angle = np.deg2rad(turn)
        place = (int(middle[0] + rows * 0.36 * np.cos(angle)), int(middle[1] + rows * 0.26 * np.sin(angle)))
        cv2.circle(values, place, rows // 50, 900, -1)
    values = cv2.GaussianBlur(values, (0, 0), 1.0)
    values += noise * cv2.GaussianBlur(random.standard_normal(values.shape).astype(np.float32), (0, 0), 0.6)
    return np.clip(np.rint(values), -1024, 3071).astype(np.int16)


def is_within(box, found):
    """Whether nearly all of a box is covered by lines that were found."""
    covered = np.zeros((box.height, box.width), np.bool_)
    for line in found:
        common = line.box.common(box)
        if common.height > 0 and common.width > 0:
            covered[
                common.top - box.top : common.bottom - box.top,
                common.left - box.left : common.right - box.left,
            ] = True
    return covered.mean() > 0.95
