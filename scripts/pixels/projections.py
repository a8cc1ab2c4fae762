"""Shadows: radiographs, mammograms, angiograms."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

from scripts.pixels.scene import Floats, Scene, coarse, ellipse, noise, rounded


def radiograph(rng: Generator) -> Scene:
    """Return a chest or a limb behind a collimator, of either polarity."""
    rows = int(rng.choice((1024, 1280, 1536, 2048, 2500), p=(0.35, 0.3, 0.2, 0.1, 0.05)))
    columns = int(rows * rng.uniform(0.78, 1.0))
    stored = int(rng.choice((10, 12, 14)))
    top = (1 << stored) - 1
    film = _chest(rng, rows, columns) if rng.random() < 0.6 else _limb(rng, rows, columns)
    if rng.random() < 0.6:
        edge = rng.uniform(0.03, 0.1, 4)
        mask = np.zeros((rows, columns), np.float32)
        mask[
            int(rows * edge[0]) : int(rows * (1 - edge[1])),
            int(columns * edge[2]) : int(columns * (1 - edge[3])),
        ] = 1
        film = film * mask
    is_inverse = bool(rng.random() < 0.4)
    values = np.clip(film, 0, 1) * top * 0.9
    is_new = rng.random() < 0.5
    return Scene(
        pixels=rounded(top - values if is_inverse else values, 0, top, np.uint16)[None],
        modality="DX" if is_new else "CR",
        sop_class="1.2.840.10008.5.1.4.1.1.1.1" if is_new else "1.2.840.10008.5.1.4.1.1.1",
        photometric="MONOCHROME1" if is_inverse else "MONOCHROME2",
        stored=stored,
        limits=(top, 0) if is_inverse else (0, top),
        anatomy=(rows // 4, columns // 4, rows * 3 // 4, columns * 3 // 4),
        header=_window(top) if rng.random() < 0.7 else {},
    )


def _window(top: int) -> dict[str, Any]:
    return {"WindowCenter": top // 2, "WindowWidth": int(top * 0.8)}


def _chest(rng: Generator, rows: int, columns: int) -> Floats:
    film = 0.55 + 0.05 * coarse(rng, rows, columns, rows // 8)
    for side in (0.3, 0.7):
        lung = ellipse(rows, columns, (rows * 0.45, columns * side), (rows * 0.3, columns * 0.17))
        film -= 0.35 * np.clip(1.3 - lung, 0, 1)
    film += 0.25 * np.exp(-ellipse(rows, columns, (rows * 0.5, columns * 0.5), (rows, columns * 0.06)))
    film += 0.25 * np.clip(np.linspace(-1.2, 0.6, rows, dtype=np.float32)[:, None], 0, 1)
    y = np.arange(rows, dtype=np.float32)[:, None] + 0.12 * np.abs(np.arange(columns) - columns / 2)[None, :]
    film += 0.035 * np.clip(np.sin(y / rows * 2 * np.pi * 11) - 0.4, 0, 1)
    return np.asarray(film + 0.012 * noise(rng, rows, columns), np.float32)


def _limb(rng: Generator, rows: int, columns: int) -> Floats:
    film = np.full((rows, columns), 0.04, np.float32)
    x = np.arange(columns, dtype=np.float32)[None, :]
    y = np.arange(rows, dtype=np.float32)[:, None]
    for _ in range(int(rng.integers(1, 4))):
        middle = columns * rng.uniform(0.25, 0.75) + rows * 0.06 * np.sin(y / rows * rng.uniform(2, 5))
        wide = columns * rng.uniform(0.06, 0.14)
        film += 0.25 * np.clip(1 - ((x - middle) / (wide * 1.8)) ** 2, 0, 1)
        film += 0.4 * np.clip(1 - ((x - middle) / (wide * 0.7)) ** 2, 0, 1) ** 0.4
    return np.asarray(film * (1 + 0.05 * coarse(rng, rows, columns, 60)) + 0.01 * noise(rng, rows, columns))


def mammogram(rng: Generator) -> Scene:
    """Return a breast at one edge of an empty film."""
    rows, columns = (1536, 1152) if rng.random() < 0.8 else (2048, 1664)
    center = (rows * 0.5, 0.0)
    shape = ellipse(rows, columns, center, (rows * rng.uniform(0.3, 0.42), columns * rng.uniform(0.5, 0.75)))
    dense = 0.35 + 0.14 * coarse(rng, rows, columns, 120) + 0.08 * coarse(rng, rows, columns, 25)
    film = np.clip(1 - shape, 0, 1) ** 0.25 * dense
    film += np.where(shape < 1, 0.01 * noise(rng, rows, columns), 0)
    if rng.random() < 0.5:
        film = film[:, ::-1]
    return Scene(
        pixels=rounded(np.asarray(film * 4095, np.float32), 0, 4095, np.uint16)[None],
        modality="MG",
        sop_class="1.2.840.10008.5.1.4.1.1.1.2",
        photometric="MONOCHROME2",
        stored=12,
        limits=(0, 4095),
        anatomy=(rows // 3, columns // 4, rows * 2 // 3, columns * 3 // 4),
        header=_window(3000) | {"ImageLaterality": "L", "ViewPosition": "MLO"},
    )


def angiogram(rng: Generator, frames: int) -> Scene:
    """Return vessels that fill with contrast, over a heart that moves."""
    size = int(rng.choice((512, 768), p=(0.8, 0.2)))
    stored = int(rng.choice((8, 10), p=(0.7, 0.3)))
    top = (1 << stored) - 1
    back = 0.6 + 0.12 * coarse(rng, size + 24, size + 24, size // 5)
    back += 0.05 * np.sin(np.arange(size + 24) / size * 40)[:, None]
    vessels = np.zeros((size + 24, size + 24), np.float32)
    for _ in range(int(rng.integers(3, 7))):
        points = np.cumsum(rng.normal(0, size * 0.05, (12, 2)) + size * 0.012, 0) + size * rng.uniform(
            0.2, 0.5
        )
        cv2.polylines(vessels, [points.astype(np.int32)], False, 1.0, int(rng.integers(2, 8)), cv2.LINE_AA)
    vessels = np.asarray(cv2.GaussianBlur(vessels, (0, 0), 1.2))
    circle = ellipse(size, size, (size / 2, size / 2), (size * 0.52, size * 0.52)) < 1
    made = []
    for number in range(frames):
        dy, dx = 12 + round(8 * np.sin(number * 0.5)), 12 + round(8 * np.cos(number * 0.4))
        filling = min(1.0, (number + 1) / max(1, frames) * 1.5)
        film = (back - 0.4 * filling * vessels)[dy : dy + size, dx : dx + size]
        film = (film + 0.02 * noise(rng, size, size)) * circle
        made.append(
            rounded(np.asarray(film * top, np.float32), 0, top, np.uint8 if stored == 8 else np.uint16)
        )
    return Scene(
        pixels=np.stack(made),
        modality="XA",
        sop_class="1.2.840.10008.5.1.4.1.1.12.1",
        photometric="MONOCHROME2",
        stored=stored,
        limits=(0, top),
        anatomy=(size // 4, size // 4, size * 3 // 4, size * 3 // 4),
        header=_window(top) if rng.random() < 0.5 else {},
    )
