"""Strings as ink: how much of it in every pixel, and which pixels are which character's."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scripts.pixels import bitmap_font

Ink = NDArray[np.float32]
"""Rows x columns, 0 none to 1 full."""

_VECTOR: Final = {
    "sans": "DejaVuSans.ttf",
    "sans-bold": "DejaVuSans-Bold.ttf",
    "sans-light": "DejaVuSans-ExtraLight.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono-bold": "DejaVuSansMono-Bold.ttf",
    "condensed": "DejaVuSansCondensed.ttf",
    "oblique": "DejaVuSans-Oblique.ttf",
    "serif": "DejaVuSerif.ttf",
}
_DOTS: Final = ("5x7", "8x16", "dotted")
TUNING: Final = (*(name for name in _VECTOR if name != "serif"), "rubik", *_DOTS)
"""Fonts that may be looked at while something is tuned."""
HELD_OUT: Final = ("aileron", "serif", "courier")
"""Fonts that only the final run sees."""
_GAP: Final = 0.1
"""Least ink of a pixel that belongs to a character."""


@dataclass(frozen=True, slots=True)
class Written:
    """A string that was written: its ink, and one box and mask per character that is no space."""

    ink: Ink
    masks: tuple[tuple[int, int, NDArray[np.bool_]], ...]
    """Top, left, mask."""


def written(text: str, font: str, cap_height: float, *, smooth: bool) -> Written:
    """Write a string upright.

    Parameters
    ----------
    text
        Characters that the font does not have are written without their accents, or as a question mark.
    font
        One of `TUNING` or `HELD_OUT`.
    cap_height
        Pixels of a capital; bitmap fonts take the nearest multiple that they can.
    smooth
        Whether edges are anti-aliased, where the font allows it.
    """
    pieces = _pieces(font, text, cap_height, smooth=smooth)
    margin = min(left for _, left, _ in pieces)
    pieces = [(top, left - margin, piece) for top, left, piece in pieces]
    width = max(left + piece.shape[1] for _, left, piece in pieces)
    first = min(top for top, _, _ in pieces)
    height = max(top + piece.shape[0] for top, _, piece in pieces) - first
    ink = np.zeros((height, width), np.float32)
    masks = []
    for top, left, piece in pieces:
        row = top - first
        area = ink[row : row + piece.shape[0], left : left + piece.shape[1]]
        np.maximum(area, piece, out=area)
        if (mask := piece > _GAP).any():
            masks.append(_trimmed(row, left, mask))
    return Written(ink, tuple(masks))


def actual_cap_height(font: str, cap_height: float) -> float:
    """Return the height that the font really has when asked for one."""
    if font in _DOTS:
        return float(_scale(font, cap_height) * bitmap_font.CAP_ROWS * (2 if font == "8x16" else 1))
    return float(_courier_scale(cap_height) * 7) if font == "courier" else cap_height


def _trimmed(top: int, left: int, mask: NDArray[np.bool_]) -> tuple[int, int, NDArray[np.bool_]]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        top + int(rows[0]),
        left + int(columns[0]),
        mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy(),
    )


def _pieces(font: str, text: str, cap_height: float, *, smooth: bool) -> list[tuple[int, int, Ink]]:
    if font in _DOTS:
        return _dots(font, text, cap_height)
    if font == "courier":
        return _courier(text, _courier_scale(cap_height))
    if font == "rubik":
        return _rubik(text, cap_height)
    return _vector(font, text, cap_height, smooth=smooth)


@lru_cache(maxsize=256)
def _face(font: str, size: float) -> ImageFont.FreeTypeFont:
    if font == "aileron":
        return ImageFont.load_default(size)
    return ImageFont.truetype(_VECTOR[font], size)


@lru_cache(maxsize=32)
def _cap_share(font: str) -> float:
    top, bottom = _face(font, 200).getbbox("H", anchor="ls")[1::2]
    return (bottom - top) / 200


def _vector(font: str, text: str, cap_height: float, *, smooth: bool) -> list[tuple[int, int, Ink]]:
    face = _face(font, cap_height / _cap_share(font))
    pieces = []
    if font == "aileron":
        text = "".join(_plain(letter, str.isascii) for letter in text)
    for place, letter in enumerate(text):
        left = round(face.getlength(text[:place]))
        box = face.getbbox(letter, anchor="ls")
        width, height = max(1, int(box[2] - box[0]) + 2), max(1, int(box[3] - box[1]) + 2)
        picture = Image.new("L", (width, height))
        draw = ImageDraw.Draw(picture)
        draw.fontmode = "L" if smooth else "1"
        draw.text((1 - box[0], 1 - box[1]), letter, fill=255, font=face, anchor="ls")
        ink = np.asarray(picture, np.float32) / 255
        pieces.append((int(box[1]) - 1, left + int(box[0]) - 1, ink))
    return pieces


def _plain(letter: str, has: Callable[[str], bool]) -> str:
    if has(letter):
        return letter
    bare = unicodedata.normalize("NFKD", letter)[0]
    return bare if has(bare) else "?"


def _scale(font: str, cap_height: float) -> int:
    if font == "8x16":
        return max(1, round(cap_height / 14))
    return max(2 if font == "dotted" else 1, round(cap_height / bitmap_font.CAP_ROWS))


def _dots(font: str, text: str, cap_height: float) -> list[tuple[int, int, Ink]]:
    scale = _scale(font, cap_height)
    pieces, left = [], 0
    for letter in text:
        dots = bitmap_font.GLYPHS[_plain(letter, bitmap_font.GLYPHS.__contains__)].astype(np.float32)
        dot = np.ones((scale, scale), np.float32)
        if font == "8x16":
            dot = np.ones((2 * scale, scale), np.float32)
        elif font == "dotted":
            gap = max(1, scale // 3)
            # Between dots of one pixel there is always some light; larger dots are apart.
            dot[-gap:] = dot[:, -gap:] = 0.3 if scale == 2 else 0
        pieces.append((0, left, np.kron(dots, dot)))
        left += (8 if font == "8x16" else 6) * scale
    return pieces


def _courier_scale(cap_height: float) -> int:
    return max(1, round(cap_height / 7))


def _courier(text: str, scale: int) -> list[tuple[int, int, Ink]]:
    face = ImageFont.load_default_imagefont()
    pieces, left = [], 0
    for each in text:
        letter = _plain(each, lambda one: ord(one) < 256)
        box = face.getbbox(letter)
        size = (max(1, int(box[2])), max(1, int(box[3])))
        picture = Image.new("L", size)
        ImageDraw.Draw(picture).text((0, 0), letter, fill=255, font=face)
        pieces.append((0, left, np.kron(np.asarray(picture, np.float32) / 255, np.ones((scale, scale)))))
        left += size[0] * scale
    return [(top, at, ink.astype(np.float32)) for top, at, ink in pieces]


def _rubik(text: str, cap_height: float) -> list[tuple[int, int, Ink]]:
    """The font inside OpenCV, which has anti-aliased letters of its own."""
    face = cv2.FontFace("sans")
    size = max(4, round(cap_height / 0.7))
    pieces, left = [], 0
    for each in text:
        letter = _plain(each, lambda one: ord(one) < 0x250)
        canvas = np.zeros((3 * size, 3 * size), np.uint8)
        end, _ = cv2.putText(canvas, letter, (size, 2 * size), (255,), face, size)
        rows, columns = np.flatnonzero(canvas.any(1)), np.flatnonzero(canvas.any(0))
        if rows.size:
            cut = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            ink = cut.astype(np.float32) / 255
            pieces.append((int(rows[0]) - 2 * size, left + int(columns[0]) - size, ink))
        left += int(end[0]) - size
    return pieces
