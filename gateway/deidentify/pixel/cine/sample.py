"""Choose frames that show what changes all the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.cine.habit import FAINT, STROKES, strokes
from gateway.deidentify.pixel.cine.signature import Cells, Signatures
from gateway.deidentify.pixel.cine.still import Group

_PART: Final = 2.0
"""How many times the strokes that a sample shows there may be in another frame."""
_ALWAYS: Final = 0.25
"""Part of the usual detail of a cell of texture that is there in the frame with the least."""
_NEARLY_ALL: Final = 0.8
"""Part of the cells of texture that are such."""
_MORE: Final = 1.2
"""How many times the usual detail of texture is more than texture."""
WORD: Final = 10
"""Cells of a line in which there are more: a short word."""


def samples(signatures: Signatures, groups: Sequence[Group]) -> list[int]:
    """Return frames in which, wherever these groups are restless, there are nearly the most strokes.

    Parameters
    ----------
    signatures
        Of all frames.
    groups
        Those of several frames that differ; one at least.

    Returns
    -------
        Two frames that are far apart; more where a line has many strokes in another frame only,
        as text has that shows for a moment.
    """
    masks = {number: _mask(group) for group in groups for number in group.frames}
    most = _most(signatures, masks)
    # What a sample has to show of the strokes there are in any frame, so that it is enough.
    demanded = np.maximum(most.astype(np.float32) - FAINT * signatures.unit, 0) / _PART
    frames = sorted(masks)
    lacking = (demanded > 0).astype(np.uint8)
    chosen: list[int] = []
    while not chosen or _longest(lacking) >= WORD:
        left = {number: _left(signatures, masks, number, demanded, lacking) for number in frames}
        best = min(frames, key=lambda number: cv2.countNonZero(left[number]))
        chosen.append(best)
        lacking = left[best]
    if len(chosen) == 1:
        chosen.append(frames[-1] if chosen[0] < frames[len(frames) // 2] else frames[0])
    return chosen


def is_texture(detail: Cells, number: int, place: tuple[slice, slice]) -> bool:
    """Whether there is as much detail at a place in all frames as in one: speckle, or text in each.

    A text that is there in some frames only is more than what is there in most, or there is nothing
    at all beside it.

    Parameters
    ----------
    detail
        Of all frames.
    number
        Of the frame.
    place
        Cells.
    """
    part = detail[(slice(None), *place)].astype(np.float32)
    if not part.size:
        return False
    usual = np.median(part, axis=0)
    always = float((part.min(axis=0) > _ALWAYS * usual).mean())
    return always > _NEARLY_ALL and float(part[number].mean()) < _MORE * float(usual.mean())


def _longest(lacking: Cells) -> int:
    """Return how many cells are lacking in the line in which they are most."""
    count = cv2.boxFilter(lacking, -1, STROKES, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return int(count.max())


def _left(
    signatures: Signatures, masks: dict[int, Cells], number: int, demanded: Cells, lacking: Cells
) -> Cells:
    """Return the cells that are lacking still when a frame is chosen."""
    shown = _strokes(signatures, masks, number).astype(np.float32)
    result: Cells = lacking & (demanded > shown)
    return result


def _mask(group: Group) -> Cells:
    return np.where(group.restless, 255, 0).astype(np.uint8)


def _strokes(signatures: Signatures, masks: dict[int, Cells], number: int) -> Cells:
    return cv2.copyTo(strokes(signatures.detail, number), masks[number])


def _most(signatures: Signatures, masks: dict[int, Cells]) -> Cells:
    """Return the most strokes of each cell in any frame."""
    most: Cells = np.zeros_like(signatures.detail[0])
    for number in masks:
        most = cv2.max(most, _strokes(signatures, masks, number))
    return most
