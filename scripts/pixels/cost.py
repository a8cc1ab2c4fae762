"""What single instances cost on one core: the three figures of the issue."""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.random import Generator
from pydicom import dcmread

from scripts.pixels import generator, people, sections, ultrasound
from scripts.pixels.burning import Canvas
from scripts.pixels.case import Case
from scripts.pixels.contestant import Gateway, Prepared
from scripts.pixels.fonts import TUNING
from scripts.pixels.layout import Writer
from scripts.pixels.scene import Scene

SCREEN_MS: Final = 10.0
COLOUR_MS: Final = 800.0
FRAME_MS: Final = 5.0
FRAMES: Final = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """One figure and its bound, in milliseconds.

    Parameters
    ----------
    what
        For the table.
    milliseconds, most
        Measured, and what the issue allows.
    details
        How the bound is made up.
    """

    what: str
    milliseconds: float
    most: float
    details: str = ""


def costs(gateway: Gateway, seed: int) -> list[Cost]:
    """Measure on the core on which this process runs; each figure is a median of several instances."""
    return [
        _screen(seed),
        _colour(gateway, seed),
        *(_cine(gateway, seed, one) for one in ("native", "jpeg-q90-422")),
    ]


def _screen(seed: int) -> Cost:
    """Time the search of CTs without text, those that need no detector."""
    from gateway.deidentify.pixel.engine import engines, load
    from gateway.deidentify.pixel.find import search
    from gateway.deidentify.pixel.image import Image
    from gateway.deidentify.pixel.message import Depth, Request

    loaded = load()
    counted = _Counted(loaded.detector)
    counting = engines([counted], loaded.readers, loaded.page)
    rng, times, asked = np.random.default_rng((seed, 1)), [], 0
    for _ in range(24):
        scene = sections.computed_tomography(rng)
        if scene.rows != 512:
            continue
        image = Image(rows=512, columns=512, allocated=16, stored=scene.stored, high_bit=scene.stored - 1)
        image = replace(image, signed=scene.signed)
        request = Request(image, "1.2.840.10008.1.2.1", depth=Depth.SCREEN, modality="CT")
        before, start = counted.calls, time.process_time()
        search(scene.pixels[0], request, counting)
        taken = time.process_time() - start
        if counted.calls == before:
            times.append(taken)
        else:
            asked += 1
    value = float(np.median(times)) * 1000 if times else float("nan")
    return Cost("screen of a 512 x 512 CT without text", value, SCREEN_MS, f"{asked} went to the detector")


class _Counted:
    """A detector that counts how often it is asked."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.calls = inner, 0
        self.name = inner.name

    def __getattr__(self, name: str) -> Any:
        self.calls += 1
        return getattr(self._inner, name)


def _colour(gateway: Gateway, seed: int) -> Cost:
    times = []
    for number in range(5):
        rng = np.random.default_rng((seed, 2, number))
        scene = ultrasound.ultrasound(rng, colour=True, size=(768, 1024))
        times.append(_timed(gateway, _written(rng, scene, 10, "native")))
    return Cost("1024 x 768 colour with ten strings", float(np.median(times)) * 1000, COLOUR_MS)


def _cine(gateway: Gateway, seed: int, coding: str) -> Cost:
    """Time a cine and one of its frames; it may cost three of these, the codec's time and 5 ms a frame."""
    rng = np.random.default_rng((seed, 3))
    scene = ultrasound.ultrasound(rng, colour=True, frames=FRAMES)
    whole = _written(rng, scene, 8, coding)
    alone = _first(whole, coding)
    one, many = _timed(gateway, alone), _timed(gateway, whole)
    codec = _codec_seconds(whole)
    most = 3 * one + codec + FRAMES * FRAME_MS / 1000
    details = f"one frame {one * 1000:.0f}, codec {codec * 1000:.0f}"
    return Cost(f"{FRAMES} frames of 640 x 480, {coding}", many * 1000, most * 1000, details)


def _written(rng: Generator, scene: Scene, strings: int, coding: str) -> Case:
    writer = Writer(rng, Canvas(scene, scene.pixels.copy()), people.study(rng), TUNING, [])
    writer.column(strings)
    return generator.finished(writer, "cost", "US colour", coding, int(rng.integers(1, 1_000_000)))


def _first(case: Case, coding: str) -> Case:
    from scripts.pixels.coding import coded

    data_set = dcmread(BytesIO(case.file))
    del data_set.PixelData
    for keyword in ("NumberOfFrames", "FrameTime", "FrameIncrementPointer"):
        delattr(data_set, keyword)
    data_set.PhotometricInterpretation = "RGB"
    file = coded(data_set, case.burned[:1], coding)
    return Case("cost", case.kind, "US", coding, file, case.clean[:1], case.burned[:1], "RGB", case.limits)


def _timed(gateway: Gateway, case: Case) -> float:
    """Return the best of two, of which the first may load something; not a number where both failed."""
    prepared = Prepared.of(case)
    outputs = [gateway.run(prepared) for _ in range(2)]
    times = [output.seconds for output in outputs if not (output.refused or output.failed)]
    return min(times, default=float("nan"))


def _codec_seconds(case: Case) -> float:
    """Return what decoding every frame once and coding it once again takes with the gateway's codec."""
    from gateway.deidentify.pixel.box import Box
    from gateway.deidentify.pixel.codec import blacked, open_source

    request, frames = request_of(case)
    start = time.process_time()
    source = open_source(request.image, request.transfer_syntax_uid, frames)
    for number in range(request.image.frames):
        source.frame(number)
    boxes = [Box(8 + 30 * row, 4, 28 + 30 * row, 200) for row in range(8)]
    blacked(source, dict.fromkeys(range(request.image.frames), boxes))
    return time.process_time() - start


def request_of(case: Case) -> Any:
    """Return what an examination is asked for a case, and its frames, as the de-identifier asks it."""
    from gateway.deidentify.deidentifier import Deidentifier
    from gateway.deidentify.part10 import instance_of
    from gateway.deidentify.profile import Profile
    from gateway.deidentify.pseudonym import PseudonymKey
    from scripts.pixels.contestant import PROFILE

    asked: list[Any] = []

    class Asked(Exception):
        pass

    class Listener:
        def examine(self, request: Any, frames: Any) -> Any:
            asked.append((request, frames))
            raise Asked

    profile = Profile.load(PROFILE, "benchmark.toml")
    core = Deidentifier(profile, PseudonymKey(bytes(32)), pixels=Listener())
    try:
        core.deidentify(instance_of(case.file))
    except Asked:
        return asked[0]
    raise RuntimeError("the picture was not examined")
