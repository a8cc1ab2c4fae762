"""Text onto pixels: where its lines fit, what each pixel becomes, which of them are whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.pixels import fonts
from scripts.pixels.case import Appearance, Glyph, Pixels
from scripts.pixels.fonts import Ink, Written
from scripts.pixels.scene import Scene
from scripts.pixels.style import Style, ink_of

_LEAST_OF_A_GLYPH = 0.4
"""Share of a character that has to be in the picture for it to count."""
_LEAST_CONTRAST = 0.03
"""A character that differs less from what is under it is not there: nobody can read it."""


@dataclass(slots=True)
class Canvas:
    """The pixels of a scene while text is burned in, and where there is text already."""

    scene: Scene
    pixels: Pixels
    taken: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.taken = np.zeros((self.scene.rows, self.scene.columns), np.bool_)

    def is_free(self, top: int, left: int, shape: tuple[int, int], margin: int) -> bool:
        """Whether a rectangle and a margin around it hold no text yet."""
        rows = slice(max(0, top - margin), top + shape[0] + margin)
        columns = slice(max(0, left - margin), left + shape[1] + margin)
        return not self.taken[rows, columns].any()

    def take(self, top: int, left: int, shape: tuple[int, int]) -> None:
        """Remember that there is text."""
        self.taken[max(0, top) : top + shape[0], max(0, left) : left + shape[1]] = True


@dataclass(frozen=True, slots=True)
class Burned:
    """What became of a line: its truth, and how it stands out."""

    appearance: Appearance
    contrast: float
    is_dark: bool


def turned(line: Written, quarter_turns: int) -> Written:
    """Turn a line counter-clockwise."""
    height, width = line.ink.shape
    masks = []
    for top, left, mask in line.masks:
        rows, columns = mask.shape
        match quarter_turns % 4:
            case 1:
                at = (width - left - columns, top)
            case 3:
                at = (left, height - top - rows)
            case _:
                raise ValueError(quarter_turns)
        masks.append((*at, np.ascontiguousarray(np.rot90(mask, quarter_turns))))
    return Written(np.ascontiguousarray(np.rot90(line.ink, quarter_turns)), tuple(masks))


def burn(
    canvas: Canvas,
    line: Written,
    text: str,
    at: tuple[int, int],
    looks: Style,
    frames: Sequence[int],
    *,
    effect: str,
) -> Burned | None:
    """Write a line into some frames, or nothing where too little of it is in the picture."""
    glyphs = _visible(canvas.scene, line, at)
    if not glyphs:
        return None
    padding = max(2, round(looks.cap_height * 0.25))
    ink = np.pad(line.ink, padding)
    top, left = at[0] - padding, at[1] - padding
    rows = slice(max(0, top), min(canvas.scene.rows, top + ink.shape[0]))
    columns = slice(max(0, left), min(canvas.scene.columns, left + ink.shape[1]))
    ink = ink[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    seen: list[float] = []
    is_dark = False
    value: NDArray[np.float32] | None = None
    for frame in frames:
        area = canvas.pixels[frame, rows, columns]
        shown = _shown(canvas.scene, area)
        if effect == "plate":
            shown[...] = 0.0
        if value is None:
            value, is_dark = ink_of(looks, shown.mean((0, 1)))
            seen = [_stands_out(glyph, shown, value, (rows.start, columns.start)) for glyph in glyphs]
        _blend(shown, ink, value, effect, is_dark=is_dark)
        area[...] = _stored(canvas.scene, shown, area.dtype)
    visible = [(glyph, share) for glyph, share in zip(glyphs, seen, strict=True) if share >= _LEAST_CONTRAST]
    if not visible:
        return None
    kept, shares = zip(*visible, strict=True)
    return Burned(Appearance(text, tuple(frames), kept), float(np.quantile(shares, 0.2)), is_dark)


def _stands_out(
    glyph: Glyph, shown: NDArray[np.float32], value: NDArray[np.float32], origin: tuple[int, int]
) -> float:
    """Return how far ink is from what is under one character."""
    rows, columns = glyph.mask.shape
    top, left = glyph.top - origin[0], glyph.left - origin[1]
    under = shown[max(0, top - 1) : top + rows + 1, max(0, left - 1) : left + columns + 1]
    return float(np.abs(under.mean((0, 1)) - value).max())


def _visible(scene: Scene, line: Written, at: tuple[int, int]) -> tuple[Glyph, ...]:
    found = []
    for down, right, mask in line.masks:
        top, left = at[0] + down, at[1] + right
        cut = mask[max(0, -top) : max(0, scene.rows - top), max(0, -left) : max(0, scene.columns - left)]
        if cut.size and cut.sum() >= _LEAST_OF_A_GLYPH * mask.sum():
            found.append(Glyph(max(0, top), max(0, left), cut.copy()))
    return tuple(found)


def _shown(scene: Scene, area: Pixels) -> NDArray[np.float32]:
    """Return brightness, 0 to 1 between the limits; beyond them in signed or wide data."""
    low, high = scene.limits
    return (area.astype(np.float32) - low) / (high - low)


def _stored(scene: Scene, shown: NDArray[np.float32], kind: np.dtype[np.generic]) -> Pixels:
    low, high = scene.limits
    values = np.rint(low + shown * (high - low))
    limits = np.iinfo(kind)
    return np.clip(values, limits.min, limits.max).astype(kind)


def _blend(
    shown: NDArray[np.float32], ink: Ink, value: NDArray[np.float32], effect: str, *, is_dark: bool
) -> None:
    opposite = np.float32(1.0 if is_dark else 0.0)
    if effect == "outline":
        around = cv2.dilate(ink, np.ones((3, 3), np.uint8))
        _mix(shown, np.asarray(around), opposite)
    elif effect == "shadow":
        _mix(shown, np.roll(ink, (1, 1), (0, 1)), opposite)
    _mix(shown, ink, value)


def _mix(shown: NDArray[np.float32], ink: Ink, value: NDArray[np.float32] | np.float32) -> None:
    share = ink if shown.ndim == 2 else ink[..., None]
    # Where there is no ink not even a rounding error may change a pixel.
    mixed = shown * (1 - share) + value * share
    np.copyto(shown, mixed, where=share > 0)


def line_of(text: str, looks: Style) -> Written:
    """Return a line in a style."""
    return fonts.written(text, looks.font, looks.cap_height, smooth=looks.smooth)
