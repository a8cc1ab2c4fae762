"""Secondary captures: dose pages, forms, screenshots, renderings, photographs."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from scripts.pixels.scene import Scene, coarse, ellipse, noise

_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
_PHOTOGRAPH: Final = "1.2.840.10008.5.1.4.1.1.77.1.4"
_SIZES: Final = ((512, 512), (600, 800), (768, 1024))


def dose_page(rng: Generator) -> Scene:
    """Return a page for a table, bright on dark or dark on bright, with or without rules."""
    rows, columns = _SIZES[int(rng.integers(3))]
    is_paper = bool(rng.random() < 0.4)
    colour = bool(rng.random() < 0.4)
    ground = int(rng.choice((255, 235))) if is_paper else int(rng.choice((0, 0, 25)))
    page = np.full((rows, columns, 3), ground, np.uint8)
    pitch = int(rng.integers(26, 38))
    if rng.random() < 0.5:
        ink = (120,) * 3
        for y in range(3 * pitch - 6, rows - pitch, pitch):
            cv2.line(page, (10, y), (columns - 10, y), ink, 1)
    places = tuple((y, x) for y in range(8, rows - pitch, pitch) for x in (14, columns // 2 + 8))
    return _capture(page, colour=colour, is_paper=is_paper, modality="CT", cells=places, kind="SECONDARY")


def form(rng: Generator, *, bilevel: bool) -> Scene:
    """Return a sheet of paper with boxes and lines, a little soiled, or of one bit."""
    rows, columns = (1100, 850) if bilevel or rng.random() < 0.5 else (800, 620)
    paper = 240 + 4 * noise(rng, rows, columns, 0.8) + 4 * coarse(rng, rows, columns, 200)
    page = np.clip(paper, 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(2, 6))):
        y, x = int(rng.integers(40, rows - 160)), int(rng.integers(20, columns // 2))
        cv2.rectangle(page, (x, y), (columns - 20, y + int(rng.integers(60, 150))), (60,), 1)
    places = tuple((y, x) for y in range(20, rows - 40, 44) for x in (30, columns // 2 + 10))
    if bilevel:
        page = (page > 128).astype(np.uint8)
    return Scene(
        pixels=page[None],
        modality="OT",
        sop_class="1.2.840.10008.5.1.4.1.1.7.1" if bilevel else _CAPTURE,
        photometric="MONOCHROME2",
        stored=1 if bilevel else 8,
        limits=(0, 1) if bilevel else (0, 255),
        anatomy=(rows // 4, columns // 4, rows * 3 // 4, columns * 3 // 4),
        image_type=("DERIVED", "SECONDARY"),
        header={"ConversionType": "SD"},
        is_paper=True,
        cells=places,
    )


def screenshot(rng: Generator) -> Scene:
    """Return a viewer's window: bars, buttons, two pictures."""
    rows, columns = _SIZES[int(rng.integers(1, 3))]
    page = np.full((rows, columns, 3), 32, np.uint8)
    page[:36] = (58, 74, 104)
    page[-26:] = (70, 70, 70)
    for number in range(int(rng.integers(4, 9))):
        cv2.rectangle(
            page, (columns - 40, 50 + number * 40), (columns - 12, 78 + number * 40), (120, 120, 130), -1
        )
    for left in (20, columns // 2):
        high, wide = rows - 120, columns // 2 - 60
        body = ellipse(high, wide, (high / 2, wide / 2), (high * 0.35, wide * 0.4))
        shown = np.where(
            body < 1, 110 + 18 * np.tanh(2 * coarse(rng, high, wide, 22)) + 6 * noise(rng, high, wide), 0
        )
        page[60 : 60 + high, left : left + wide] = np.clip(shown, 0, 255).astype(np.uint8)[..., None]
    return _capture(page, colour=True, is_paper=False, modality="OT", cells=(), kind="SECONDARY")


def rendering(rng: Generator) -> Scene:
    """Return something round and lit, in the colour of bone or skin, on black or blue."""
    size = 512
    shape = np.zeros((size, size), np.float32)
    for _ in range(7):
        at, axes = rng.uniform(0.3, 0.7, 2) * size, rng.uniform(0.08, 0.24, 2) * size
        blob = ellipse(size, size, (at[0], at[1]), (axes[0], axes[1]))
        shape = np.maximum(shape, np.sqrt(np.clip(1 - blob, 0, 1)))
    slope_y, slope_x = np.gradient(cv2.GaussianBlur(shape, (0, 0), 3) * 40)
    light = np.clip(0.75 - 0.5 * slope_x - 0.5 * slope_y, 0.1, 1.1) * (shape > 0)
    tint = np.array((235, 205, 165) if rng.random() < 0.6 else (214, 150, 120), np.float32)
    page = np.clip(light[..., None] * tint, 0, 255)
    if rng.random() < 0.4:
        page = np.where(shape[..., None] > 0, page, np.array((20, 20, 70), np.float32))
    return _capture(
        page.astype(np.uint8), colour=True, is_paper=False, modality="CT", cells=(), kind="VOLREN"
    )


def photograph(rng: Generator) -> Scene:
    """Return skin with marks under uneven light, out of a camera."""
    rows, columns = (600, 800) if rng.random() < 0.7 else (768, 1024)
    light = 0.75 + 0.14 * coarse(rng, rows, columns, 220)
    skin = np.array((212, 160, 132), np.float32) * light[..., None]
    skin += (5 * coarse(rng, rows, columns, 14) + 3 * noise(rng, rows, columns, 1.0))[..., None]
    for _ in range(int(rng.integers(1, 5))):
        at = rng.uniform(0.2, 0.8, 2) * (rows, columns)
        mark = np.exp(-ellipse(rows, columns, (at[0], at[1]), (rng.uniform(10, 60), rng.uniform(10, 60))))
        skin -= mark[..., None] * np.array((70, 90, 80), np.float32)
    page = np.clip(skin, 0, 255).astype(np.uint8)
    return Scene(
        pixels=page[None],
        modality="XC",
        sop_class=_PHOTOGRAPH,
        photometric="RGB",
        stored=8,
        limits=(0, 255),
        anatomy=(rows // 4, columns // 4, rows * 3 // 4, columns * 3 // 4),
    )


def _capture(
    page: NDArray[np.uint8],
    *,
    colour: bool,
    is_paper: bool,
    modality: str,
    cells: tuple[tuple[int, int], ...],
    kind: str,
) -> Scene:
    rows, columns = page.shape[:2]
    return Scene(
        pixels=(page if colour else page[..., 0])[None],
        modality=modality,
        sop_class=_CAPTURE,
        photometric="RGB" if colour else "MONOCHROME2",
        stored=8,
        limits=(0, 255),
        anatomy=(rows // 4, columns // 4, rows * 3 // 4, columns * 3 // 4),
        image_type=("DERIVED", "SECONDARY") if kind == "SECONDARY" else ("DERIVED", "SECONDARY", kind),
        header={"ConversionType": "WSD"},
        is_paper=is_paper,
        cells=cells,
    )
