"""What two engines still read of identifying words: independent of glyphs, and of how boxes were found."""

from __future__ import annotations

import re
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rapidfuzz import fuzz

from scripts.pixels.case import Case, Role
from scripts.pixels.contestant import Output, Prepared, tesseract_models
from scripts.pixels.showing import picture

_LEAST: Final = 4
"""Characters of a word that counts: shorter ones are found by chance."""
_ALIKE: Final = 80.0


class Leakage:
    """Both engines, as they come, at the size of the picture and at twice that."""

    def __init__(self) -> None:
        import tesserocr
        from rapidocr import RapidOCR

        single = {
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
        self._rapid = RapidOCR(params={"Global.log_level": "critical", "Global.text_score": 0.0, **single})
        self._tesseract = tesserocr.PyTessBaseAPI(
            path=tesseract_models(), psm=tesserocr.PSM.SPARSE_TEXT, lang="eng"
        )

    def words(self, prepared: Prepared, output: Output) -> tuple[int, int]:
        """Return how many identifying words are read in the input, and in the output; of the first frame."""
        wanted = words_of(prepared.case, 0)
        if not wanted:
            return 0, 0
        before = self._found(picture(prepared.frames[0]), wanted)
        if output.refused:
            return before, 0
        return before, self._found(picture(output.frames[0]), wanted)

    def _found(self, view: NDArray[np.uint8], wanted: list[str]) -> int:
        read = self._read(view)
        return sum(any(fuzz.ratio(word, other) >= _ALIKE for other in read) for word in wanted)

    def _read(self, view: NDArray[np.uint8]) -> set[str]:
        answer = self._rapid(np.ascontiguousarray(view[..., ::-1]), use_cls=False)
        texts = list(answer.txts or ())
        gray = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
        for factor in (1, 2) if gray.size < 1 << 20 else (1,):
            larger = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
            self._tesseract.SetImage(Image.fromarray(255 - larger if np.median(larger) < 128 else larger))
            texts += self._tesseract.GetUTF8Text().split()
        return {word for text in texts for word in _words(text)}


def words_of(case: Case, frame: int) -> list[str]:
    """Return the identifying words that a frame shows, apart from those that a label shows as well."""
    public = {
        word
        for run in case.runs
        if run.role is not Role.PHI
        for part in run.appearances
        for word in _words(part.text)
    }
    return sorted(
        {
            word
            for run in case.runs
            if run.role is Role.PHI
            for part in run.appearances
            if frame in part.frames
            for word in _words(part.text)
        }
        - public
    )


def _words(text: str) -> list[str]:
    folded = re.split(r"[\s^,;()]+", text.upper())
    return [word for word in (re.sub(r"[^\w/.:-]", "", one) for one in folded) if len(word) >= _LEAST]
