"""Sections through a body: CT with its bone, MR, PET and scintigrams."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

from scripts.pixels.scene import Floats, Scene, coarse, ellipse, noise, rounded


def computed_tomography(rng: Generator, *, frames: int = 1) -> Scene:
    """Return a trunk or a head in Hounsfield units: air, fat, organs, dense bone, a table."""
    size = 512 if rng.random() < 0.8 else 256
    body, bone = _body(rng, size)
    hu = np.full((size, size), -1000, np.float32) + 12 * noise(rng, size, size, 0.7)
    if rng.random() < 0.5:
        hu[size * 9 // 10 : size * 9 // 10 + 6, size // 6 : -size // 6] = -200
    tissue = 40 + 30 * np.tanh(2 * coarse(rng, size, size, 45)) + 14 * noise(rng, size, size, 0.8)
    hu = np.where(body < 1, np.where(body > 0.86, -90, tissue), hu)
    hu = np.where(bone, 900 + 500 * coarse(rng, size, size, 12), hu)
    signed = bool(rng.random() < 0.5)
    padded = signed and rng.random() < 0.3
    if padded:
        hu = np.where(ellipse(size, size, (size / 2, size / 2), (size / 2, size / 2)) > 1, -2000, hu)
    offset = 0 if signed else 1024
    low = -2000 if padded else (-1024 if signed else 0)
    pixels = rounded(hu + offset, low, 3071 + offset, np.int16 if signed else np.uint16)
    header: dict[str, Any] = {
        "RescaleSlope": 1, "RescaleIntercept": -offset, "RescaleType": "HU",
        "WindowCenter": int(rng.choice((40, 300, -600))), "WindowWidth": int(rng.choice((350, 400, 1500))),
    }  # fmt: skip
    if padded:
        header["PixelPaddingValue"] = -2000
    return Scene(
        pixels=np.stack([pixels] * frames),
        modality="CT",
        sop_class="1.2.840.10008.5.1.4.1.1.2",
        photometric="MONOCHROME2",
        stored=16 if signed else 12,
        limits=(-1024 if signed else 0, 3071 if signed else 4095),
        anatomy=(size // 4, size // 4, size * 3 // 4, size * 3 // 4),
        signed=signed,
        image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
        header=header | _geometry(rng),
    )


def _body(rng: Generator, size: int) -> tuple[Floats, Any]:
    center = (size * 0.52, size * 0.5)
    axes = (size * rng.uniform(0.26, 0.36), size * rng.uniform(0.33, 0.45))
    body = ellipse(size, size, center, axes)
    spine = ellipse(size, size, (center[0] + axes[0] * 0.55, center[1]), (size * 0.06, size * 0.05)) < 1
    bone = spine
    for turn in np.linspace(0, 2 * np.pi, int(rng.integers(6, 13)), endpoint=False):
        at = (center[0] + 0.8 * axes[0] * np.sin(turn), center[1] + 0.8 * axes[1] * np.cos(turn))
        bone = bone | (ellipse(size, size, at, (size * 0.012, size * 0.03)) < 1)
    if rng.random() < 0.3:
        bone = bone | ((body > 0.75) & (body < 0.9))
    return body, bone


def _geometry(rng: Generator) -> dict[str, Any]:
    return {
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "ImagePositionPatient": [-180, -180, float(round(rng.uniform(-500, 500), 1))],
        "PixelSpacing": [0.7, 0.7],
        "SliceThickness": 5,
    }


def magnetic_resonance(rng: Generator) -> Scene:
    """Return a head or a knee with a bias field and Rician noise."""
    size = int(rng.choice((256, 320, 512)))
    body, _ = _body(rng, size)
    top = float(rng.choice((600, 1200, 4000)))
    signal = np.where(
        body < 1,
        0.45 + 0.1 * np.tanh(3 * coarse(rng, size, size, 9)) + 0.06 * coarse(rng, size, size, 40),
        0.0,
    )
    signal = np.where((body > 0.8) & (body < 0.92), 0.08, np.where((body >= 0.92) & (body < 1), 0.9, signal))
    signal = np.clip(signal, 0, 1) * (1 + 0.2 * coarse(rng, size, size, size // 2))
    shown = np.hypot(signal + 0.02 * noise(rng, size, size), 0.02 * noise(rng, size, size))
    return Scene(
        pixels=rounded(np.asarray(shown * top, np.float32), 0, 4095, np.uint16)[None],
        modality="MR",
        sop_class="1.2.840.10008.5.1.4.1.1.4",
        photometric="MONOCHROME2",
        stored=12,
        limits=(0, min(4095, int(top * 1.1))),
        anatomy=(size // 4, size // 4, size * 3 // 4, size * 3 // 4),
        header={"WindowCenter": int(top / 2), "WindowWidth": int(top)} | _geometry(rng),
    )


def nuclear(rng: Generator, modality: str) -> Scene:
    """Return a scintigram or a PET slice: few counts, small, sometimes magnified by whole pixels."""
    size = int(rng.choice((128, 256)))
    hot = np.zeros((size, size), np.float32)
    body = ellipse(size, size, (size / 2, size / 2), (size * 0.42, size * 0.26)) < 1
    hot[body] = 8
    for _ in range(int(rng.integers(3, 9))):
        at = rng.uniform(0.25, 0.75, 2) * size
        hot += rng.uniform(20, 120) * np.exp(-ellipse(size, size, (at[0], at[1]), (size * 0.04, size * 0.05)))
    counts = rng.poisson(cv2.GaussianBlur(hot, (0, 0), 2) + 0.3).astype(np.float32)
    factor = int(rng.choice((1, 2, 4))) if size == 128 else int(rng.choice((1, 2)))
    shown = cv2.resize(counts, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
    top = int(max(40, shown.max()))
    is_inverse = bool(rng.random() < 0.2)
    return Scene(
        pixels=rounded(np.asarray(shown, np.float32), 0, 32767, np.uint16)[None],
        modality=modality,
        sop_class="1.2.840.10008.5.1.4.1.1.20" if modality == "NM" else "1.2.840.10008.5.1.4.1.1.128",
        photometric="MONOCHROME1" if is_inverse else "MONOCHROME2",
        stored=16,
        limits=(top, 0) if is_inverse else (0, top),
        anatomy=tuple(int(each * factor) for each in (size // 4, size // 4, size * 3 // 4, size * 3 // 4)),
        header={"WindowCenter": top // 2, "WindowWidth": top} | (_geometry(rng) if modality == "PT" else {}),
    )
