"""Invented cines with known text, as sources that count what is decoded of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine import Sighting
from gateway.deidentify.pixel.image import Image, Palette
from gateway.deidentify.pixel.picture import Finder, Found

NAME, OTHER = "DOE^JANE 19610203", "ROE^RICHARD 19480517"


@dataclass(frozen=True)
class Text:
    """A text at a place, in some frames."""

    content: str | Callable[[int], str]
    row: int
    column: int
    frames: tuple[int, ...] | None = None
    value: tuple[int, ...] = (255, 255, 255)
    scale: float = 0.45
    move: Callable[[int], tuple[int, int]] = lambda number: (0, 0)

    def mask(self, number: int, rows: int, columns: int) -> NDArray[np.bool_]:
        """Glyph pixels in a frame."""
        if self.frames is not None and number not in self.frames:
            return np.zeros((rows, columns), np.bool_)
        content = self.content if isinstance(self.content, str) else self.content(number)
        down, right = self.move(number)
        return _drawn(content, self.row + down, self.column + right, self.scale, rows, columns)


@lru_cache(maxsize=512)
def _drawn(content: str, row: int, column: int, scale: float, rows: int, columns: int) -> NDArray[np.bool_]:
    canvas = np.zeros((rows, columns), np.uint8)
    cv2.putText(canvas, content, (column, row), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1)
    return canvas > 0


@dataclass
class Cine:
    """A source; `ground` is the picture of each frame without text."""

    image: Image
    ground: Callable[[int], NDArray[np.generic]]
    texts: tuple[Text, ...] = ()
    alter: Callable[[NDArray[np.generic]], NDArray[np.generic]] = lambda frame: frame
    decoded: list[int] = field(default_factory=list)

    def frame(self, number: int) -> NDArray[np.generic]:
        """A frame."""
        self.decoded.append(number)
        frame = self.ground(number).copy()
        for text in self.texts:
            mask = text.mask(number, self.image.rows, self.image.columns)
            frame[mask] = text.value if frame.ndim == 3 else text.value[0]
        frame = self.alter(frame)
        frame.setflags(write=False)
        return frame

    def masks(self, number: int) -> list[NDArray[np.bool_]]:
        """Glyph pixels of each text that is in a frame."""
        masks = [text.mask(number, self.image.rows, self.image.columns) for text in self.texts]
        return [mask for mask in masks if mask.any()]


def still_ground(
    rows: int, columns: int, value: int = 0, samples: int = 3
) -> Callable[[int], NDArray[np.uint8]]:
    """A picture of one value."""
    shape = (rows, columns, samples) if samples > 1 else (rows, columns)
    return lambda number: np.full(shape, value, np.uint8)


@lru_cache(maxsize=8)
def _fan(rows: int, columns: int) -> NDArray[np.float32]:
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float32)
    down, aside = row - rows * 0.06, column - columns / 2
    reach = np.hypot(down, aside)
    inside = (np.abs(np.arctan2(aside, down)) < 0.65) & (reach > rows * 0.08) & (reach < rows * 0.85)
    return (inside * (0.35 + 0.25 * np.sin(reach / 23) * np.cos(aside / 37))).astype(np.float32)


def speckle(rows: int, columns: int, samples: int = 3, seed: int = 7) -> Callable[[int], NDArray[np.uint8]]:
    """A fan of speckle that is another in each frame, over anatomy that beats."""

    @lru_cache(maxsize=160)
    def ground(number: int) -> NDArray[np.uint8]:
        random = np.random.default_rng((seed, number))
        small = random.rayleigh(0.8, (rows // 2 + 1, columns // 2 + 1)).astype(np.float32)
        grain = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)
        beat = int(12 * np.sin(number / 5))
        gray = np.clip(np.roll(_fan(rows, columns), beat, axis=0) * grain * 255, 0, 255).astype(np.uint8)
        return gray if samples == 1 else np.repeat(gray[:, :, None], samples, axis=2)

    return ground


def vessels(rows: int, columns: int, depth: int = 8, seed: int = 3) -> Callable[[int], NDArray[np.generic]]:
    """Noise over smooth anatomy in which dark vessels fill and move."""

    @lru_cache(maxsize=160)
    def ground(number: int) -> NDArray[np.generic]:
        random = np.random.default_rng((seed, number))
        row, column = np.mgrid[0:rows, 0:columns].astype(np.float32)
        gray = 140 + 50 * np.sin(row / 90) * np.cos(column / 130)
        canvas = np.zeros((rows, columns), np.float32)
        filled = min(1.0, number / 20)
        for branch in range(5):
            points = [
                (
                    int(
                        columns * (0.2 + 0.13 * branch)
                        + 25 * np.sin(step / 4 + branch)
                        + 6 * np.sin(number / 3)
                    ),
                    int(rows * (0.15 + 0.03 * step)),
                )
                for step in range(int(20 * filled) + 1)
            ]
            cv2.polylines(canvas, [np.array(points)], isClosed=False, color=1.0, thickness=4)
        gray = gray - 70 * cv2.GaussianBlur(canvas, (0, 0), 1.5) + random.normal(0, 4, gray.shape)
        if depth == 8:
            return np.clip(gray, 0, 255).astype(np.uint8)
        return np.clip(gray * (1 << (depth - 8)), 0, (1 << depth) - 1).astype(np.uint16)

    return ground


def colour(rows: int, columns: int, frames: int) -> Image:
    """An RGB image."""
    return Image(rows, columns, frames, samples=3, photometric="RGB")


def gray(rows: int, columns: int, frames: int, depth: int = 8) -> Image:
    """A MONOCHROME2 image."""
    allocated = 8 if depth == 8 else 16
    return Image(rows, columns, frames, allocated=allocated, stored=depth, high_bit=depth - 1)


def shuffled_palette(seed: int = 5) -> tuple[Palette, NDArray[np.uint8]]:
    """A gray palette whose indices are in no order, and the index of each gray."""
    entries = np.random.default_rng(seed).permutation(256).astype(np.uint8)
    index = np.argsort(entries).astype(np.uint8)
    return Palette(0, entries.tobytes(), entries.tobytes(), entries.tobytes()), index


def is_shown(still: NDArray[np.generic], mask: NDArray[np.bool_], value: tuple[int, ...]) -> bool:
    """Whether nearly all of a text is to be seen in a picture, in its value and apart from what is around."""
    seen = still.astype(np.float32)
    seen = seen[..., None] if seen.ndim == 2 else seen
    glyphs = mask.astype(np.uint8)
    near = cv2.dilate(glyphs, np.ones((3, 3), np.uint8)) > 0
    ring = (cv2.dilate(glyphs, np.ones((7, 7), np.uint8)) > 0) & ~near
    wanted = np.array(value, np.float32)[: seen.shape[2]]
    around = np.median(seen[ring], axis=0)
    sample = int(np.argmax(np.abs(wanted - around)))
    contrast = abs(float(wanted[sample] - around[sample]))
    if contrast < 8:
        return False
    return bool((np.abs(seen[..., sample][mask] - wanted[sample]) < 0.35 * contrast).mean() > 0.7)


def perfect(
    cine: Cine, look_at: Callable[[NDArray[np.generic]], NDArray[np.generic]] = lambda stored: stored
) -> tuple[Callable[[NDArray[np.generic]], list[Found]], list[tuple[int, ...]]]:
    """A search that finds every text that a picture shows, whole or in part, and the sizes it got."""
    sizes: list[tuple[int, ...]] = []
    rows, columns = cine.image.rows, cine.image.columns
    known = {}
    for text in cine.texts:
        for number in range(cine.image.frames):
            if (mask := text.mask(number, rows, columns)).any():
                area = _around(mask).grown(4, 4).clipped(rows, columns)
                known[area, mask[area.slices].tobytes()] = (mask[area.slices], text.value)

    def search(stored: NDArray[np.generic]) -> list[Found]:
        sizes.append(stored.shape[:2])
        shown = look_at(stored)
        found = set()
        is_whole = shown.shape[:2] == (rows, columns)
        for (area, _), (mask, value) in known.items():
            # A part does not say which it is: where it is most like the text is where that may be.
            place = (area.top, area.left) if is_whole else _likeliest(shown, mask, value)
            if place is None:
                continue
            part = shown[place[0] : place[0] + mask.shape[0], place[1] : place[1] + mask.shape[1]]
            if is_shown(part, mask, value):
                found.add(_moved(_around(mask), *place))
        return [Found(box, Finder.DETECTOR, 1.0) for box in sorted(found)]

    return search, sizes


def _likeliest(
    shown: NDArray[np.generic], mask: NDArray[np.bool_], value: tuple[int, ...]
) -> tuple[int, int] | None:
    if mask.shape[0] > shown.shape[0] or mask.shape[1] > shown.shape[1]:
        return None
    planes = shown.astype(np.float32).reshape(*shown.shape[:2], -1)
    apart = sum(np.abs(planes[..., sample] - value[sample]) for sample in range(planes.shape[2]))
    total = cv2.matchTemplate(
        np.minimum(apart, 255).astype(np.float32), mask.astype(np.float32), cv2.TM_CCORR
    )
    left, top = cv2.minMaxLoc(total)[2]
    return top, left


def _moved(box: Box, rows: int, columns: int) -> Box:
    return Box(box.top + rows, box.left + columns, box.bottom + rows, box.right + columns)


def _around(mask: NDArray[np.bool_]) -> Box:
    down, across = np.nonzero(mask)
    return Box(int(down.min()), int(across.min()), int(down.max()) + 1, int(across.max()) + 1)


def uncovered(cine: Cine, sightings: list[Sighting]) -> set[int]:
    """Frames in which a pixel of a text is outside every area that was found for the frame."""
    left = set()
    for number in range(cine.image.frames):
        covered = np.zeros((cine.image.rows, cine.image.columns), np.bool_)
        for sighting in sightings:
            if number in sighting.frames:
                covered[sighting.found.box.slices] = True
        if any((mask & ~covered).any() for mask in cine.masks(number)):
            left.add(number)
    return left
