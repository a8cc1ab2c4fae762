"""Ultrasound: a fan of speckle, its furniture, colour flow, and cines of it."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from scripts.pixels.scene import Floats, Scene, coarse, ellipse, speckle

_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.6.1"
_CINE: Final = "1.2.840.10008.5.1.4.1.1.3.1"
_SIZES: Final = ((480, 640), (600, 800), (768, 1024))


def ultrasound(
    rng: Generator, *, colour: bool, frames: int = 1, size: tuple[int, int] | None = None
) -> Scene:
    """Return a fan or a linear image, with a gray or colour bar, ticks, and sometimes an ECG trace."""
    chosen = _SIZES[int(rng.choice(3, p=(0.5, 0.3, 0.2)))] if frames == 1 else _SIZES[0]
    rows, columns = size or chosen
    area = _area(rng, rows, columns)
    fan = _fan(rng, rows, columns, area)
    gray = np.stack([_tissue(rng, fan)] if frames == 1 else _moving(rng, fan, frames))
    picture = np.repeat(gray[..., None], 3, 3) if colour else gray
    furniture = np.zeros((rows, columns, 3), np.uint8)
    _furnish(rng, furniture, area)
    for number, frame in enumerate(picture):
        if colour and frames <= 12:
            _flow(np.random.default_rng(number + rows), frame, fan)
        shown = furniture if colour else furniture.max(2)
        np.copyto(frame, shown, where=shown > 0)
    return Scene(
        pixels=picture,
        modality="US",
        sop_class=_IMAGE if frames == 1 else _CINE,
        photometric="RGB" if colour else "MONOCHROME2",
        stored=8,
        limits=(0, 255),
        anatomy=area,
        header=_region(rng, area) if rng.random() < 0.6 else {},
    )


def _area(rng: Generator, rows: int, columns: int) -> tuple[int, int, int, int]:
    top, bottom = int(rows * rng.uniform(0.1, 0.2)), int(rows * rng.uniform(0.82, 0.93))
    left, right = int(columns * rng.uniform(0.14, 0.26)), int(columns * rng.uniform(0.74, 0.88))
    return top, left, bottom, right


def _region(rng: Generator, area: tuple[int, int, int, int]) -> dict[str, Any]:
    top, left, bottom, right = area
    return {
        "SequenceOfUltrasoundRegions": {
            "RegionSpatialFormat": 1,
            "RegionDataType": 1,
            "RegionFlags": 0,
            "RegionLocationMinX0": left,
            "RegionLocationMinY0": top,
            "RegionLocationMaxX1": right,
            "RegionLocationMaxY1": bottom,
            "PhysicalUnitsXDirection": 3,
            "PhysicalUnitsYDirection": 3,
            "PhysicalDeltaX": float(round(rng.uniform(0.02, 0.06), 4)),
            "PhysicalDeltaY": 0.03,
        }
    }


def _fan(rng: Generator, rows: int, columns: int, area: tuple[int, int, int, int]) -> Floats:
    """Return the gain at every pixel, 0 outside the insonated area."""
    top, left, bottom, right = area
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    middle = (left + right) / 2
    depth = np.clip((y - top) / (bottom - top), 0, 1)
    if rng.random() < 0.25:
        inside = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    else:
        apex = top - (bottom - top) * float(rng.uniform(0.0, 0.25))
        distance = np.hypot(y - apex, x - middle)
        angle = np.abs(np.arctan2(x - middle, y - apex))
        reach = (right - left) / 2 / (bottom - apex)
        inside = (angle < np.arctan(reach) * 1.1) & (distance < bottom - apex) & (y >= top)
    gain = (0.45 + 0.4 * depth) * np.exp(-1.2 * np.maximum(0, depth - 0.65))
    return np.asarray(np.where(inside, gain, 0), np.float32)


def _tissue(rng: Generator, fan: Floats) -> NDArray[np.uint8]:
    rows, columns = fan.shape
    structure = np.clip(0.6 + 0.35 * coarse(rng, rows, columns, 60), 0.05, 1.4)
    return _compressed(fan * structure * speckle(rng, rows, columns))


def _compressed(echo: Floats) -> NDArray[np.uint8]:
    shown = 255 * np.log1p(8 * echo) / np.log1p(8 * 2.2)
    return np.clip(np.where(echo > 0, shown, 0), 0, 255).astype(np.uint8)


def _moving(rng: Generator, fan: Floats, frames: int) -> list[NDArray[np.uint8]]:
    """Return frames between which tissue moves and its speckle changes."""
    rows, columns = fan.shape
    structure = np.clip(0.6 + 0.35 * coarse(rng, rows + 40, columns + 40, 60), 0.05, 1.4)
    grains = [speckle(rng, rows + 40, columns + 40) for _ in range(3)]
    made = []
    for number in range(frames):
        phase = 2 * np.pi * number / 20
        dy, dx = 20 + round(14 * np.sin(phase)), 20 + round(10 * np.cos(phase * 1.3))
        share = (np.sin(phase * 0.7) + 1) / 2
        grain = (1 - share) * grains[number % 3] + share * grains[(number + 1) % 3]
        cut = (structure * grain)[dy : dy + rows, dx : dx + columns]
        made.append(_compressed(np.asarray(fan * cut, np.float32)))
    return made


def _flow(rng: Generator, frame: NDArray[np.uint8], fan: Floats) -> None:
    """Paint a box with vessels in red and blue into a frame."""
    rows, columns = fan.shape
    center = (rows * 0.5, columns * rng.uniform(0.4, 0.6))
    velocity = coarse(rng, rows, columns, 45)
    near = (ellipse(rows, columns, center, (rows * 0.16, columns * 0.12)) < 1) & (fan > 0)
    strong = near & (np.abs(velocity) > 0.5)
    shade = np.clip(np.abs(velocity) * 130, 60, 255).astype(np.uint8)
    for channel, mask in ((0, strong & (velocity > 0)), (2, strong & (velocity < 0))):
        frame[mask] = 0
        frame[..., channel][mask] = shade[mask]
    frame[..., 1][strong] = (shade[strong] // 3).astype(np.uint8)


def _furnish(rng: Generator, canvas: NDArray[np.uint8], area: tuple[int, int, int, int]) -> None:
    rows, columns = canvas.shape[:2]
    top, left, bottom, right = area
    edge = min(columns - 8, right + int(columns * 0.03))
    step = float(rng.uniform(18, 40))
    for number in range(int((bottom - top) / step)):
        y = int(top + number * step)
        cv2.line(canvas, (edge, y), (edge + (6 if number % 5 == 0 else 3), y), (170, 170, 170), 1)
    bar = np.linspace(255, 0, int(rows * 0.25)).astype(np.uint8)[:, None, None]
    at = max(2, left - int(columns * 0.05))
    colours = np.array([[255, 255, 255]]) if rng.random() < 0.6 else np.array([[255, 200, 60]])
    canvas[top : top + len(bar), at : at + 10] = bar * (colours / 255)
    if rng.random() < 0.35:
        _trace(rng, canvas)
    if rng.random() < 0.5:
        cv2.circle(canvas, (left + 6, top + 6), 5, (90, 200, 90), 1)


def _trace(rng: Generator, canvas: NDArray[np.uint8]) -> None:
    rows, columns = canvas.shape[:2]
    x = np.arange(int(columns * 0.12), int(columns * 0.88))
    beat = (x % int(rng.integers(90, 160))) / 100
    y = rows - 22 - 16 * np.exp(-(((beat - 0.4) / 0.03) ** 2)) - 4 * np.exp(-(((beat - 0.65) / 0.07) ** 2))
    points = np.stack([x, y], 1).astype(np.int32)
    cv2.polylines(canvas, [points], isClosed=False, color=(60, 220, 60), thickness=1)
