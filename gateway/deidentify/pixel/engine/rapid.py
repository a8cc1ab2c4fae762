"""RapidOCR's models for finding and reading lines (Apache-2.0), inside its wheel, on one thread.

Only the two models are used, through ONNX Runtime: RapidOCR's own pipeline shrinks large pictures,
skips narrow ones, logs, and loads from the net what it does not find. The figures of the models,
such as the height of a line, are those of its configuration.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from onnxruntime import (  # type: ignore[import-untyped]
    GraphOptimizationLevel,
    InferenceSession,
    SessionOptions,
)

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import SETTING, Detected
from gateway.deidentify.pixel.picture import Reading, Shown
from gateway.errors import SettingsError

DETECTION: Final = "PP-OCRv6_det_small.onnx"
RECOGNITION: Final = "PP-OCRv6_rec_small.onnx"
NAME: Final = "rapidocr"

_STEP: Final = 32
"""Sides of the detector's input are multiples of it."""
_UNCLIP: Final = 1.6
"""How far the model draws text smaller than it is: area over circumference times this."""
_HIGHER: Final = 1.5
"""Height over width from which a box holds a line that runs upwards or downwards."""
_LINE: Final = 48
"""Rows of the recogniser's input."""
_NARROWEST: Final = 96
_WIDEST: Final = 2400
_UNKNOWN: Final = "\ufffd"
"""Stands for a character of a script that is not decoded."""
_RIVAL: Final = 0.5
"""Share of the best class's probability at which a Latin class is taken instead of one of another script."""
_SIGNS: Final = frozenset("°±²³·×÷µμ–—‘’“”…Δαβγ↑↓←→▲▼●○□■√≤≥Ωφ")  # noqa: RUF001 - as the model knows them
_WIDE: Final = range(0xFF01, 0xFF5F)
"""Latin characters in the width of ideographs, which are read where letters are far apart."""


def models() -> tuple[Path, Path]:
    """Return the files of the detector and the recogniser inside the installed package.

    Raises
    ------
    SettingsError
        RapidOCR is not installed, or was installed without them.
    """
    return _models("")


def _models(file: str) -> tuple[Path, Path]:
    spec = find_spec(NAME)
    folder = Path(spec.origin).parent / "models" if spec is not None and spec.origin else None
    found = () if folder is None else (folder / DETECTION, folder / RECOGNITION)
    if len(found) != 2 or not all(path.is_file() for path in found):
        raise SettingsError(file, SETTING, f"{NAME} with {DETECTION} and {RECOGNITION} in its package")
    return found


def load(file: str = "") -> tuple[RapidDetector, RapidReader]:
    """Load both models.

    Raises
    ------
    SettingsError
        RapidOCR or a model is not there.
    """
    detection, recognition = _models(file)
    return RapidDetector(_session(detection, is_bounded=True)), RapidReader(_session(recognition))


def _session(path: Path, *, is_bounded: bool = False) -> InferenceSession:
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # An arena keeps the memory of the largest picture ever seen. The detector gets tiles, and without
    # it spends a quarter of its time on asking the system for the same pages again.
    options.enable_cpu_mem_arena = is_bounded
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
    return InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])


def _named(task: str) -> str:
    return f"{NAME} {version(NAME)} {task}"


class RapidDetector:
    """The text detector, a differentiable binarisation network.

    Parameters
    ----------
    session
        Of the detection model.
    threshold
        Probability from which a pixel is text.
    least_score
        Mean probability from which a line is reported; low, since what is not reported stays.
    """

    def __init__(
        self, session: InferenceSession, *, threshold: float = 0.2, least_score: float = 0.3
    ) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self.threshold, self.least_score = threshold, least_score
        self.name = _named("detector")

    def probabilities(self, image: Shown, *, scale: float = 1.0) -> NDArray[np.float32]:
        """Return how probable text is at each pixel of the scaled picture, 0 to 1."""
        rows, columns = (max(1, round(side * scale)) for side in image.shape[:2])
        scaled: Shown = image
        if (rows, columns) != image.shape[:2]:
            way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
            scaled = cv2.resize(image, (columns, rows), interpolation=way).astype(np.uint8, copy=False)
        below, right = -rows % _STEP, -columns % _STEP
        padded = np.pad(scaled, ((0, below), (0, right), (0, 0)), mode="edge")
        # Blue first, as the model was trained; -1 to 1.
        blob = cv2.dnn.blobFromImage(padded, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        result = self._session.run(None, {self._input: blob})[0]
        return np.asarray(result, np.float32)[0, 0, :rows, :columns]

    def boxes(self, image: Shown, *, scale: float = 1.0) -> list[Detected]:
        """Return the lines of a picture, from top to bottom."""
        probable = self.probabilities(image, scale=scale)
        text = (probable > self.threshold).view(np.uint8)
        # The model's outlines break between faint letters; its own pipeline joins them the same way.
        joined = cv2.dilate(text, np.ones((2, 2), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        sums = np.bincount(labels.ravel(), weights=probable.ravel(), minlength=count)
        found = []
        for label in range(1, count):
            left, top, width, height, area = (int(value) for value in stats[label])
            score = float(sums[label]) / area
            if min(width, height) < 3 or score < self.least_score:
                continue
            found.append(_detected((top, left, height, width), score, image.shape, probable.shape))
        return sorted(found, key=lambda line: line.box)


def _detected(
    tight: tuple[int, int, int, int], score: float, shape: tuple[int, ...], seen: tuple[int, ...]
) -> Detected:
    """Return a component as a line: grown to what the model shrank, in the picture's own pixels."""
    top, left, height, width = tight
    margin = height * width * _UNCLIP / (2 * (height + width))
    down, across = shape[0] / seen[0], shape[1] / seen[1]
    box = Box(
        int((top - margin) * down),
        int((left - margin) * across),
        int(np.ceil((top + height + margin) * down)),
        int(np.ceil((left + width + margin) * across)),
    ).clipped(shape[0], shape[1])
    return Detected(box, score, int(height > _HIGHER * width))


class _Character(NamedTuple):
    """A character, how sure it is, and the step of the model at which it begins."""

    text: str
    probability: float
    step: int


class RapidReader:
    """The text recogniser, of which only Latin letters, digits and signs are decoded.

    One crop is read at a time: on one thread a batch is not faster, and what is read of a crop must
    not depend on the crops beside it.

    Parameters
    ----------
    session
        Of the recognition model.
    """

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self.name = _named("recogniser")
        characters = session.get_modelmeta().custom_metadata_map["character"].splitlines()
        # The model's classes: first none, then the characters, then the space.
        self._characters = ["", *(_decoded(character) for character in characters), " "]
        self._kept = np.array([0, *(n for n, kept in enumerate(self._characters) if kept)])

    def read(self, crops: Sequence[Shown]) -> list[Reading]:
        """Return what stands in each crop; nothing with confidence 0 where it is empty."""
        return [self._read(crop) for crop in crops]

    def _read(self, crop: Shown) -> Reading:
        if not crop.size:
            return Reading("", 0.0, self.name)
        line = _line_of(crop)
        result = self._session.run(None, {self._input: line})[0]
        characters = self._decode(np.asarray(result, np.float32)[0])
        while characters and characters[-1].text == " ":
            characters.pop()
        sure = [character.probability for character in characters if character.text != " "]
        # A step of the model is as many columns of its input, which has 48 rows.
        step = line.shape[3] / result.shape[1] / _LINE
        places = [character.step * step for character in characters if character.text != " "]
        gaps = [later - former for former, later in pairwise(places)]
        return Reading(
            "".join(character.text for character in characters).strip(),
            min(sure, default=0.0),
            self.name,
            max(gaps, default=0.0),
            places[0] if places else 0.0,
            max(0.0, crop.shape[1] / crop.shape[0] - places[-1]) if places else 0.0,
        )

    def _decode(self, classes: NDArray[np.float32]) -> list[_Character]:
        """Return the characters of a run of classes (connectionist temporal classification)."""
        best = classes.argmax(axis=1)
        kept = self._kept[classes[:, self._kept].argmax(axis=1)]
        steps = np.arange(len(classes))
        # Where another script wins clearly that character is unknown: it is never left out.
        chosen = np.where(classes[steps, kept] >= _RIVAL * classes[steps, best], kept, best)
        characters: list[_Character] = []
        before = 0
        for step, number in enumerate(chosen.tolist()):
            probability = float(classes[step, number])
            if number and number != before:
                characters.append(_Character(self._characters[number] or _UNKNOWN, probability, step))
            elif number and probability > characters[-1].probability:
                characters[-1] = characters[-1]._replace(probability=probability)
            before = number
        return characters


def _decoded(character: str) -> str:
    """Return what a class of the model stands for, or nothing where its script is not decoded."""
    if len(character) != 1:
        return ""
    if ord(character) in _WIDE:
        return unicodedata.normalize("NFKC", character)
    is_latin = character.isascii() or (character < "\u0180" and character.isalpha())
    return character if is_latin or character in _SIGNS else ""


def _line_of(crop: Shown) -> NDArray[np.float32]:
    """Return a crop as the model wants it: 48 rows, -1 to 1, blue first, on a multiple of 32 columns."""
    rows, columns = crop.shape[:2]
    width = min(max(1, round(columns * _LINE / rows)), _WIDEST)
    way = cv2.INTER_CUBIC if rows < _LINE else cv2.INTER_AREA
    line = np.asarray(cv2.resize(crop, (width, _LINE), interpolation=way), np.float32) / 127.5 - 1
    whole = max(_NARROWEST, -(-width // _STEP) * _STEP)
    result = np.zeros((1, 3, _LINE, whole), np.float32)
    result[0, :, :, :width] = line[:, :, ::-1].transpose(2, 0, 1)
    return result
