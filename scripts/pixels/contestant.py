"""Those that are compared: the gateway, and two ways in which everybody does it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.instance import Deidentified
from scripts.pixels.case import Case
from scripts.pixels.scoring import Area
from scripts.pixels.showing import Shown, is_dct, picture, shown, stored_frames

Rectangles = list[tuple[int, int, int, int]]
"""Top, left, bottom, right."""

PROFILE: Final = """
base = "basic"
options = ["clean_pixel_data", "retain_modified_dates"]
"""


@dataclass(slots=True)
class Output:
    """What one contestant made of an instance.

    Parameters
    ----------
    frames
        As displayed; the input's where it failed or changed nothing.
    seconds
        Of the processor.
    refused
        Why nothing was given out, empty if something was.
    failed
        How it crashed, empty if it did not: the instance then counts as it came in.
    is_same
        The coded pixels are byte for byte what they were.
    has_syntax
        Transfer Syntax UID of the output.
    """

    frames: list[Shown]
    seconds: float
    refused: str = ""
    failed: str = ""
    is_same: bool = False
    has_syntax: str = ""
    regions: list[Area] = field(default_factory=list)
    """What the gateway says of itself: areas, their first and last frame, and why they went or stayed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case, decoded once for all contestants."""

    case: Case
    frames: list[Shown]
    coded: bytes
    is_dct: bool

    @classmethod
    def of(cls, case: Case) -> Prepared:
        """Decode a case."""
        data_set, frames = stored_frames(case.file)
        return cls(
            case,
            [shown(data_set, frame, case.limits) for frame in frames],
            bytes(data_set.PixelData),
            is_dct(data_set),
        )


def tesseract_models() -> str:
    """Return the folder of Tesseract's models: that of the environment, or the system's."""
    there = sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"))
    folders = (os.environ.get("TESSDATA_PREFIX", ""), *map(str, there), "/usr/share/tessdata")
    for folder in filter(None, folders):
        if (Path(folder) / "eng.traineddata").is_file():
            return f"{folder}/"
    raise FileNotFoundError("the English model of Tesseract (package tesseract-ocr)")


class Contestant(Protocol):
    """Something that takes text out of pictures."""

    @property
    def name(self) -> str:
        """For the table."""
        ...

    def run(self, prepared: Prepared) -> Output:
        """Do its work on one instance, never raising."""
        ...


class Gateway:
    """The gateway, from the bytes of a file to the bytes that leave."""

    name = "gateway"

    def __init__(self) -> None:
        from gateway.deidentify.deidentifier import Deidentifier
        from gateway.deidentify.pixel.engine import load
        from gateway.deidentify.pixel.examiner import Examiner
        from gateway.deidentify.profile import Profile
        from gateway.deidentify.pseudonym import PseudonymKey

        self._core = Deidentifier(
            Profile.load(PROFILE, "benchmark.toml"), PseudonymKey(bytes(32)), pixels=Examiner(load())
        )

    def run(self, prepared: Prepared) -> Output:
        """De-identify and decode what left."""
        from gateway.deidentify.part10 import instance_of
        from gateway.errors import GatewayError

        start = time.process_time()
        seconds = 0.0
        try:
            done = self._core.deidentify(instance_of(prepared.case.file))
            file = b"".join(done.buffers)
            seconds = time.process_time() - start
            data_set, frames = stored_frames(file)
        except GatewayError as error:
            return Output(prepared.frames, time.process_time() - start, refused=str(error))
        except Exception as error:  # noqa: BLE001 - a crash, or what nobody can decode, is a result
            return Output(prepared.frames, seconds, failed=f"{type(error).__name__}: {error}")
        return Output(
            [shown(data_set, frame, prepared.case.limits) for frame in frames],
            seconds,
            is_same=bytes(data_set.PixelData) == prepared.coded,
            has_syntax=str(data_set.file_meta.TransferSyntaxUID),
            regions=_areas(done),
        )


def _areas(done: Deidentified) -> list[Area]:
    if done.pixels is None:
        return []
    return [
        (
            (each.box.top, each.box.left, each.box.bottom, each.box.right),
            each.first,
            each.last,
            str(each.ground),
        )
        for each in done.pixels.outcome.regions
    ]


class _Boxes:
    """Finds boxes in each frame as it is displayed, and blacks them all."""

    name = ""

    def run(self, prepared: Prepared) -> Output:
        """Black every box; equal frames are looked at once."""
        start = time.process_time()
        known: dict[bytes, Rectangles] = {}
        done: list[Shown] = []
        try:
            for frame in prepared.frames:
                view = picture(frame)
                key = view.tobytes() if len(prepared.frames) > 1 else b""
                if key not in known:
                    known[key] = self._found(view)
                cleaned = frame.copy()
                for top, left, bottom, right in known[key]:
                    cleaned[max(0, top) : bottom, max(0, left) : right] = 0
                done.append(cleaned)
        except Exception as error:  # noqa: BLE001 - a crash is a result
            return Output(
                prepared.frames, time.process_time() - start, failed=f"{type(error).__name__}: {error}"
            )
        return Output(done, time.process_time() - start, is_same=not any(known.values()))

    def _found(self, view: NDArray[np.uint8]) -> Rectangles:
        raise NotImplementedError


class TesseractWords(_Boxes):
    """Tesseract on the whole frame, every word blacked: Presidio's way."""

    name = "Tesseract, every word"

    def __init__(self) -> None:
        import tesserocr

        self._library = tesserocr
        self._engine = tesserocr.PyTessBaseAPI(path=tesseract_models(), psm=tesserocr.PSM.AUTO, lang="eng")

    def _found(self, view: NDArray[np.uint8]) -> Rectangles:
        from PIL import Image

        # Stretched, with a margin of the ground's colour, as Presidio does it; dark on bright, where
        # Presidio inverts pages that are so already.
        gray = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32)
        low, high = float(gray.min()), float(gray.max())
        gray = (gray - low) / max(1.0, high - low) * 255
        if float(np.median(gray)) < 128:
            gray = 255 - gray
        ground = int(np.bincount(gray.astype(np.uint8).ravel()).argmax())
        padded = cv2.copyMakeBorder(
            gray.astype(np.uint8), 25, 25, 25, 25, cv2.BORDER_CONSTANT, value=(ground,)
        )
        self._engine.SetImage(Image.fromarray(padded))
        self._engine.Recognize()
        level = self._library.RIL.WORD
        iterator = self._engine.GetIterator()
        found: Rectangles = []
        if iterator is None:
            return found
        for word in self._library.iterate_level(iterator, level):
            box = word.BoundingBox(level)
            if box is not None and (word.GetUTF8Text(level) or "").strip():
                left, top, right, bottom = (edge - 25 for edge in box)
                found.append((top, left, bottom, right))
        return found


class RapidBoxes(_Boxes):
    """RapidOCR's detector as it comes, every box blacked."""

    name = "RapidOCR, every box"

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        single = {
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        self._engine = RapidOCR(params={"Global.log_level": "critical", **single})

    def _found(self, view: NDArray[np.uint8]) -> Rectangles:
        answer = self._engine(
            np.ascontiguousarray(view[..., ::-1]), use_det=True, use_cls=False, use_rec=False
        )
        if answer.boxes is None:
            return []
        return [
            (
                int(box[:, 1].min()),
                int(box[:, 0].min()),
                int(np.ceil(box[:, 1].max())) + 1,
                int(np.ceil(box[:, 0].max())) + 1,
            )
            for box in np.asarray(answer.boxes)
        ]


BASELINES: Final[tuple[Callable[[], Contestant], ...]] = (TesseractWords, RapidBoxes)
