"""Put frames that show the same texts into one group.

Where the picture stands still, a frame belongs to a group if its cells are those of the group's
first frame. Where it moves, only the amount of strokes is compared, with several frames, and with
how much that differs all the time. Where this hides a change of text `look` finds out: it has what
moves searched in several frames.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine.habit import (
    CONTRAST,
    MEAN,
    STROKES,
    Habit,
    coarse,
    difference,
    differences,
    habit_of_extremes,
    habit_of_frames,
)
from gateway.deidentify.pixel.cine.signature import SPAN, STRIDE, Cells, Scan, Signatures
from gateway.deidentify.pixel.cine.still import Group, Mask, cells

LINE: Final = (8, 4)
"""Columns and rows of cells in which differences are counted: a few letters."""
FEW: Final = 3
"""Cells that differ where there is another text: the least part of one letter."""
WORD: Final = 10
"""Cells around which strokes differ where there is another text over what moves: a short word."""
_RECENT: Final = 16
"""Groups a frame is compared with before it begins one."""
_REFERENCES: Final = 6
"""Frames of a group with which what moves is compared."""
_TOO_MANY: Final = 3
"""Frames for each group below which each frame is looked at."""
_ABOVE: Final = 12
"""Rows of cells around a change in which a line of large letters has room."""
_BESIDE: Final = 24
"""Columns of cells beside it: a word that goes on there."""
_ROUNDS: Final = 4
"""How often it is looked for what moves only now and then."""
_BLAME: Final = 0.55
"""Part of the changes of group in which a cell takes part that moves though nothing beside it does."""
_NEARBY: Final = 17
"""Cells of a side around what moves all the time that may move now and then: more of the same anatomy."""
_RECURRENT: Final = 3
"""Changes of group in which a cell takes part that moves now and then: a text that shows once makes two."""


def grouped(scan: Scan) -> list[Group]:
    """Return groups of frames; each frame is in one of them at least.

    A frame is in two where it cannot be said with which of its neighbours a text in it began.
    """
    habit = habit_of_frames(scan.frames)
    members, blame, changes = _groups(scan.frames, habit)
    for _ in range(_ROUNDS):
        near = cv2.dilate(habit.restless, np.ones((_NEARBY, _NEARBY), np.uint8)) > 0
        moving: Mask = (blame >= _RECURRENT) & (near | (blame > changes * _BLAME))
        if not moving.any():
            break
        habit = habit.moved(moving)
        members, blame, changes = _groups(scan.frames, habit)
    largest = max(members, key=len)
    result = [
        _as_group(scan, frames, _part(scan, habit, largest, frames) if not any(spans) else None, largest)
        for (_, *spans), frames in _together(scan, habit, members).items()
    ]
    if sum(group.part is None for group in result) > max(_RECENT, len(scan.frames.mean) // _TOO_MANY):
        # The stills of so many groups are no less work than the frames.
        return [_as_group(scan, [number]) for number in range(len(scan.frames.mean))]
    return result


def _as_group(scan: Scan, frames: list[int], part: Box | None = None, largest: Sequence[int] = ()) -> Group:
    restless = _restless(scan.frames, frames)
    if part is not None:
        # Outside the part it is one more of the largest group.
        rest = _restless(scan.frames, [*largest, *frames])
        rest[cells(part, scan.cell)] = False
        restless |= rest
    return Group(tuple(frames), restless, scan.cell, part)


def _together(scan: Scan, habit: Habit, members: list[list[int]]) -> dict[tuple[int, int, int], list[int]]:
    """Return the frames that are in one group, and in the same groups of spans; 0 is the usual one."""
    label = {number: index for index, frames in enumerate(members) for number in frames}
    brief = {number for frames in members if len(frames) < STRIDE for number in frames}
    lows, highs = (
        _spans(detail, scan.frames.unit, habit.restless, len(label), brief)
        for detail in (scan.lows, scan.highs)
    )
    together: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for number in sorted(label):
        for low, high in product(lows[number], highs[number]):
            together[label[number], low, high].append(number)
    return together


def _part(scan: Scan, habit: Habit, largest: list[int], frames: list[int]) -> Box | None:
    """Return where a group differs from the largest, with room for the lines around."""
    if frames[0] in largest:
        return None
    mean, contrast, strokes = differences(scan.frames, largest[0], frames[0])
    for other in largest[:: max(1, len(largest) // _REFERENCES)]:
        strokes = cv2.min(strokes, difference(scan.frames.detail, other, frames[0]))
    differs: Cells = _changed(habit, mean, contrast) | _above(strokes, habit.strokes, habit.restless)
    if not differs.any():
        return None
    height, width = mean.shape
    left, top, columns, rows = cv2.boundingRect(differs)
    area = Box(top, left, top + rows, left + columns).grown(_ABOVE, _BESIDE).clipped(height, width)
    if 2 * area.area > height * width:
        return None
    return Box(*(side * scan.cell for side in (area.top, area.left, area.bottom, area.right)))


def _groups(signatures: Signatures, habit: Habit) -> tuple[list[list[int]], Cells, int]:
    """Return the frames of each group, in how many changes of group each cell differed, and their number."""
    members: list[list[int]] = []
    blame: Cells = np.zeros(signatures.mean.shape[1:], np.uint16)
    current = changes = 0
    for number in range(len(signatures.mean)):
        before = current
        current = _group(signatures, habit, number, members, current)
        if current != before and members:
            changes += 1
            mean, contrast, strokes = differences(signatures, members[before][0], number)
            guilty: Cells = _changed(habit, mean, contrast) | _above(strokes, habit.strokes, habit.restless)
            blame += cv2.dilate(guilty & np.uint8(1), np.ones((3, 5), np.uint8))
        if current == len(members):
            members.append([])
        members[current].append(number)
    return members, blame, changes


def _group(signatures: Signatures, habit: Habit, number: int, members: list[list[int]], current: int) -> int:
    """Return the index of the group of a frame, one more than there are if it begins one."""
    recent = range(len(members) - 1, max(-1, len(members) - 1 - _RECENT), -1)
    # Most frames belong where the one before does.
    for index in sorted(recent, key=lambda index: index != current):
        if not _differ(signatures, habit, members[index], number):
            return index
    return len(members)


def _differ(signatures: Signatures, habit: Habit, members: list[int], number: int) -> bool:
    """Whether a frame shows text that the frames of a group do not, or the other way round."""
    mean, contrast, _ = differences(signatures, members[0], number)
    if coarse(signatures, members[0], number) > habit.scene:
        return True
    if _most(_changed(habit, mean, contrast), LINE) >= FEW:
        return True
    return _is_stroked(signatures.detail, habit.strokes, habit.restless, members, number)


def _changed(habit: Habit, mean: Cells, contrast: Cells) -> Cells:
    """Return 255 for the cells in which something differs where the picture stands still."""
    changed = cv2.bitwise_or(
        cv2.compare(mean, habit.mean, cv2.CMP_GT), cv2.compare(contrast, habit.contrast, cv2.CMP_GT)
    )
    result: Cells = changed & ~habit.restless
    return result


def _most(cells: Cells, line: tuple[int, int]) -> int:
    """Return how many cells are set in the line in which they are most."""
    count = cv2.boxFilter(cells & np.uint8(1), -1, line, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return int(count.max())


def _is_stroked(detail: Cells, habit: Cells, restless: Cells, members: list[int], number: int) -> bool:
    """Whether a line has more strokes, or less, than what moves has now and then."""
    # What moves comes back to where it was in another frame; a text that is new was in none.
    apart: Cells | None = None
    for other in (members[0], members[-1], *members[:: max(1, len(members) // _REFERENCES)]):
        found = difference(detail, other, number)
        apart = found if apart is None else cv2.min(apart, found)
        if _most(_above(apart, habit, restless), STROKES) < WORD:
            return False
    return True


def _above(strokes: Cells, habit: Cells, restless: Cells) -> Cells:
    """Return 255 for the cells around which there are more strokes, or less, where it moves."""
    result: Cells = cv2.compare(strokes, habit, cv2.CMP_GT) & restless
    return result


def _spans(
    detail: Cells | None, unit: float, restless: Cells, frames: int, brief: set[int]
) -> list[set[int]]:
    """Return for each frame the groups of the spans that it may belong to; 0 is the usual one.

    A frame of a group of few says nothing of the others in its span.
    """
    if detail is None:
        return [{0}] * frames
    label = _labels(detail, habit_of_extremes(detail, unit), restless)
    usual = max(set(label), key=label.count)
    result: list[set[int]] = [set() for _ in range(frames)]
    for index, group in enumerate(label):
        first = index * STRIDE
        if group != usual and brief.isdisjoint(range(first, first + SPAN)):
            # A text that fills a span began at most a stride before it, and ended as soon after it.
            for number in range(max(0, first - STRIDE), min(frames, first + SPAN + STRIDE)):
                result[number].add(group + 1)
    return [groups or {0} for groups in result]


def _labels(detail: Cells, habit: Cells, restless: Cells) -> list[int]:
    """Return the group of each span, compared only where the picture moves."""
    members: list[list[int]] = []
    label = []
    for number in range(len(detail)):
        for index in sorted(range(len(members)), key=lambda index: number - 1 not in members[index]):
            if not _is_stroked(detail, habit, restless, members[index], number):
                break
        else:
            index = len(members)
            members.append([])
        members[index].append(number)
        label.append(index)
    return label


def _restless(signatures: Signatures, frames: list[int]) -> Mask:
    """Return the cells in which the frames of a group differ."""
    mean, contrast, unit = signatures.mean[frames], signatures.contrast[frames], signatures.unit
    apart: Mask = cv2.subtract(mean.max(axis=0), mean.min(axis=0)) > 2 * MEAN * unit
    apart |= cv2.subtract(contrast.max(axis=0), contrast.min(axis=0)) > 2 * CONTRAST * unit
    return apart
