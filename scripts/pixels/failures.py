"""Pictures of what a tool missed: an instance before and after, with what is wrong framed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.pixels.case import Role
from scripts.pixels.contestant import Output, Prepared
from scripts.pixels.scoring import WEAK, Score, Scored
from scripts.pixels.showing import picture

_MISSED, _LOST, _OVER = (255, 60, 60), (255, 200, 0), (255, 0, 255)


def write_failure(folder: Path, prepared: Prepared, output: Output, score: Score) -> None:
    """Write a picture of what is wrong with an output, if anything is.

    Missed identifying text is framed in red, lost labels in yellow; what was blacked outside any text
    is shown by the difference itself. The names of the files sort by what is wrong.
    """
    case = prepared.case
    missed = [one for one in score.strings if one.role == Role.PHI and not one.is_hidden]
    lost = [one for one in score.strings if one.role == Role.LABEL and not one.is_kept]
    is_altered = case.is_clean and not output.is_same
    what = _what(output, missed, lost, is_altered=is_altered, score=score)
    if not what:
        return
    folder.mkdir(parents=True, exist_ok=True)
    frame = next((one.frame for one in (*missed, *lost)), 0)
    before, after = picture(prepared.frames[frame]), picture(output.frames[frame])
    for view in (before, after):
        for one in missed:
            _frame(view, one, _MISSED)
        for one in lost:
            _frame(view, one, _LOST)
    joined = np.hstack([before, np.full((before.shape[0], 8, 3), 90, np.uint8), after])
    name = f"{what}_{case.name}_{case.kind}_{case.coding}".replace(" ", "-").replace("/", "-")
    cv2.imwrite(str(folder / f"{name}.png"), joined[..., ::-1])


def _what(output: Output, missed: list[Scored], lost: list[Scored], *, is_altered: bool, score: Score) -> str:
    if output.failed or output.refused:
        return "crashed" if output.failed else "refused"
    if any(one.stratum != WEAK for one in missed):
        return "missed"
    if is_altered:
        return "altered"
    if score.over > 0.005:
        return "over"
    if missed:
        return "missed-weak"
    return "lost" if lost else ""


def _frame(view: NDArray[np.uint8], one: Scored, colour: tuple[int, int, int]) -> None:
    top, left, bottom, right = one.bounds
    cv2.rectangle(view, (left - 4, top - 4), (right + 3, bottom + 3), colour, 1)
