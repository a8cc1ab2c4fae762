"""Tesseract (Apache-2.0) as the second, independent reader.

Through tesserocr it runs in this process, in memory. Where that cannot be had, pytesseract runs it as
a program and gives it its pictures as files: that is allowed in a private folder of a tmpfs only.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.gray import BORDER, against_ground, bordered, dark_on_light, scaled
from gateway.deidentify.pixel.engine.memory import private_memory
from gateway.deidentify.pixel.picture import Gray, Reading, Shown

LANGUAGE: Final = "eng"
FOLDERS: Final = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
"""Where systems keep the models, after the folder that TESSDATA_PREFIX names."""
LINE: Final = 48
"""Rows to which a line is enlarged: its capitals have about 30, which Tesseract reads best."""
MAX_SCALE: Final = 6.0
TIME: Final = 30
"""Seconds for one picture in another process."""
_WIDEST: Final = 4000
_RESOLUTION: Final = 150
"""Told to Tesseract, which would guess it, and warn, otherwise."""
_ONE_LINE, _SPARSE = 7, 11
"""Page segmentation modes."""
_LSTM: Final = 1
_VARIABLES: Final = {
    "tessedit_do_invert": "0",
    "load_system_dawg": "0",
    "load_freq_dawg": "0",
    "debug_file": "/dev/null",
}
"""No second try inverted, which is ours to do; no dictionary, which bends a name into a word."""

Written = tuple[str, float, tuple[int, int, int, int]]
"""A line: its text, the confidence of its least sure word in percent, and left, top, right, bottom."""


def folder() -> Path:
    """Return the folder of the English model.

    Raises
    ------
    FileNotFoundError
        It is nowhere.
    """
    prefix = os.environ.get("TESSDATA_PREFIX", "")
    named = (prefix, f"{prefix}/tessdata") if prefix else ()
    for path in map(Path, (*named, *FOLDERS)):
        if (path / f"{LANGUAGE}.traineddata").is_file():
            return path
    raise FileNotFoundError(LANGUAGE)


def load() -> TesseractReader:
    """Load Tesseract and its English model; as a program only where it writes to private memory.

    Raises
    ------
    ImportError, OSError, RuntimeError
        It is not installed, there is no model, or its files would be on a disk.
    """
    # Before the library loads: its threads cost more than they bring.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    models = folder()
    try:
        return InProcess(models)
    except ImportError:
        return AsProgram(models)


class TesseractReader(ABC):
    """Tesseract's line recogniser."""

    name: str

    @abstractmethod
    def _written(self, gray: Gray, mode: int) -> list[Written]:
        """Return the lines of a picture, dark on light and with a border."""

    def read(self, crops: Sequence[Shown]) -> list[Reading]:
        """Return what stands in each crop; nothing with confidence 0 where it is empty."""
        return [self._read(crop) for crop in crops]

    def _read(self, crop: Shown) -> Reading:
        if not crop.size:
            return Reading("", 0.0, self.name)
        rows, columns = crop.shape[:2]
        scale = min(max(LINE / rows, 0.05), MAX_SCALE, _WIDEST / columns)
        lines = self._written(bordered(scaled(dark_on_light(crop), scale)), _ONE_LINE)
        text = " ".join(text for text, _, _ in lines)
        return Reading(text, min((sure for _, sure, _ in lines), default=0) / 100, self.name)

    def page(self, image: Shown, *, scale: float = 1.0) -> list[tuple[Box, Reading]]:
        """Return the lines of a whole picture: sparse text, in any order."""
        lines = self._written(bordered(scaled(against_ground(image), scale)), _SPARSE)
        return [
            (_back(box, scale, image.shape), Reading(text, sure / 100, self.name))
            for text, sure, box in lines
        ]


class InProcess(TesseractReader):
    """Tesseract in this process.

    Parameters
    ----------
    models
        Folder of the models.
    """

    def __init__(self, models: Path) -> None:
        import tesserocr  # type: ignore[import-untyped]

        self._tesserocr = tesserocr
        self._api = tesserocr.PyTessBaseAPI(path=f"{models}/", lang=LANGUAGE, oem=_LSTM)
        for name, value in _VARIABLES.items():
            self._api.SetVariable(name, value)
        self.name = f"tesseract {tesserocr.tesseract_version().split()[1]}"

    def _written(self, gray: Gray, mode: int) -> list[Written]:
        rows, columns = gray.shape
        self._api.SetPageSegMode(mode)
        self._api.SetImageBytes(gray.tobytes(), columns, rows, 1, columns)
        self._api.SetSourceResolution(_RESOLUTION)
        try:
            self._api.Recognize()
            return list(self._lines())
        finally:
            self._api.Clear()

    def _lines(self) -> list[Written]:
        line, word = self._tesserocr.RIL.TEXTLINE, self._tesserocr.RIL.WORD
        found = self._api.GetIterator()
        lines: list[Written] = []
        for place in self._tesserocr.iterate_level(found, word) if found is not None else ():
            if place.Empty(word):
                continue
            text, sure, box = place.GetUTF8Text(word).strip(), place.Confidence(word), place.BoundingBox(line)
            if place.IsAtBeginningOf(line) or not lines:
                lines.append((text, sure, box))
            else:
                lines[-1] = (f"{lines[-1][0]} {text}", min(lines[-1][1], sure), lines[-1][2])
        return [written for written in lines if written[0] and written[2] is not None]


class AsProgram(TesseractReader):
    """Tesseract as a program, which gets its pictures as files in private memory.

    Parameters
    ----------
    models
        Folder of the models.

    Raises
    ------
    ImportError, OSError
        pytesseract or the program is not installed, or its files would not be in private memory.
    """

    def __init__(self, models: Path) -> None:
        from pytesseract import pytesseract  # type: ignore[import-untyped]

        with pytesseract.NamedTemporaryFile(prefix="tess_") as file:
            private_memory(Path(file.name).parent)
        self._pytesseract = pytesseract
        variables = " ".join(f"-c {name}={value}" for name, value in _VARIABLES.items())
        self._options = f'--tessdata-dir "{models}" --oem {_LSTM} --dpi {_RESOLUTION} {variables}'
        self.name = f"tesseract {str(pytesseract.get_tesseract_version()).splitlines()[0]}"

    def _written(self, gray: Gray, mode: int) -> list[Written]:
        found = self._pytesseract.image_to_data(
            gray,
            lang=LANGUAGE,
            config=f"{self._options} --psm {mode}",
            output_type=self._pytesseract.Output.DICT,
            timeout=TIME,
        )
        words = [
            {name: values[place] for name, values in found.items()}
            for place, text in enumerate(found["text"])
            if str(text).strip()
        ]
        lines = groupby(words, lambda word: (word["block_num"], word["par_num"], word["line_num"]))
        return [_joined(list(line)) for _, line in lines]


def _joined(words: list[dict[str, Any]]) -> Written:
    """Return the words of a line, as the program tells them, as one."""
    left, top = min(word["left"] for word in words), min(word["top"] for word in words)
    right = max(word["left"] + word["width"] for word in words)
    bottom = max(word["top"] + word["height"] for word in words)
    text = " ".join(str(word["text"]).strip() for word in words)
    return text, float(min(word["conf"] for word in words)), (left, top, right, bottom)


def _back(box: tuple[int, int, int, int], scale: float, shape: tuple[int, ...]) -> Box:
    """Return a box of the shown page in the picture's own pixels."""
    left, top, right, bottom = ((side - BORDER) / scale for side in box)
    return Box(int(top), int(left), int(np.ceil(bottom)), int(np.ceil(right))).clipped(shape[0], shape[1])
