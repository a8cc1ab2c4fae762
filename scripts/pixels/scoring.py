"""How much of the text is left in an output, pixel by pixel, without reading anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.pixels.case import Appearance, Case, Glyph, Role, Run
from scripts.pixels.showing import Shown

Area = tuple[tuple[int, int, int, int], int, int, str]
"""Top, left, bottom, right; first and last frame; ground."""
_HIDDEN: Final = 0.95
"""Share of a character's pixels that have to be black for it to be hidden."""
_KEPT: Final = 0.95
"""Share of a label's pixels that have to be what they were."""
_BLACK: Final = 0.035
"""Most brightness of black: a coefficient that is rounded to 8 bits misses it by a few steps."""
_SAME: Final = 0.004
"""Most by which a pixel that nobody touched may differ, for colours that were converted and back."""
_LEAK: Final = 3
"""Characters side by side that are a leak when they are all visible."""
STRONG, MEDIUM, WEAK = "10 px, 25 %", "8 px, 12 %", "smaller or fainter"


def stratum(run: Run) -> str:
    """Return the class of a string by its size and contrast."""
    if run.cap_height >= 10 and run.contrast >= 0.25:
        return STRONG
    return MEDIUM if run.cap_height >= 8 and run.contrast >= 0.12 else WEAK


@dataclass(slots=True)
class Scored:
    """What is left of one string.

    Parameters
    ----------
    characters, hidden
        How many there are, and how many of them are hidden in every frame.
    is_leak
        Three or more of them side by side are visible.
    is_kept
        Nothing of it was touched.
    """

    text: str
    role: str
    stratum: str
    in_header: bool
    font: str
    cap_height: float
    contrast: float
    colour: str
    place: str
    marks: tuple[str, ...]
    characters: int
    hidden: int
    is_leak: bool
    is_kept: bool
    bounds: tuple[int, int, int, int]
    frame: int
    touched_by: str = ""
    """Ground and size of the area that overlaps most with it, by the gateway's own account."""

    @property
    def is_hidden(self) -> bool:
        """Whether nothing of it is left."""
        return self.hidden == self.characters


@dataclass(slots=True)
class Score:
    """What is left of an instance's text, and what else was changed."""

    strings: list[Scored] = field(default_factory=list)
    over: float = 0.0
    """Share of the picture that was blacked outside any text, mean over the frames."""
    over_bright: float = 0.0
    """The same, of pixels that were not black before."""
    altered: int = 0
    """Pixels of all frames that are neither black nor what they were, more than the coding excuses."""


def score(case: Case, before: Sequence[Shown], after: Sequence[Shown], *, dct: bool) -> Score:
    """Compare an output with its input.

    Parameters
    ----------
    before, after
        The frames as displayed.
    dct
        The input is coded as JPEG: around what was blacked, up to two blocks may change.
    """
    result = Score()
    views = [_View(one, other) for one, other in zip(before, after, strict=True)]
    for run in case.runs:
        result.strings.append(_scored(run, views))
    shares = []
    for number, view in enumerate(views):
        outside = view.is_changed & view.is_black & ~_near_text(case, number, view.is_black.shape)
        shares.append((float(outside.mean()), float((outside & (view.before.max(2) > _BLACK)).mean())))
        result.altered += _altered(view, dct=dct)
    result.over, result.over_bright = (float(each) for each in np.mean(shares, 0))
    return result


@dataclass(slots=True)
class _View:
    """One frame before and after; what is black, and what changed at all."""

    before: Shown
    after: Shown
    is_black: NDArray[np.bool_] = field(init=False)
    is_changed: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        # The darkest value of a picture is its black, also where its range does not reach down to zero.
        self.is_black = self.after.max(2) <= max(_BLACK, float(self.before.max(2).min()) + _SAME)
        self.is_changed = np.abs(self.after - self.before).max(2) > _SAME


def _scored(run: Run, views: Sequence[_View]) -> Scored:
    count = max(len(part.glyphs) for part in run.appearances)
    is_hidden = np.ones(count, np.bool_)
    kept, total = 0, 0
    for part in run.appearances:
        cells = _cells(part)
        for frame in part.frames:
            view = views[frame]
            for place, (glyph, cell) in enumerate(zip(part.glyphs, cells, strict=True)):
                is_hidden[place] &= _is_hidden(view, glyph, cell, is_dark=run.is_dark)
                area = view.is_changed[glyph.slices]
                kept += int((~area & glyph.mask).sum())
                total += int(glyph.mask.sum())
    first = run.appearances[0]
    return Scored(
        text=run.text,
        role=str(run.role),
        stratum=stratum(run),
        in_header=run.in_header,
        font=run.font,
        cap_height=run.cap_height,
        contrast=round(run.contrast, 3),
        colour=run.colour,
        place=run.place,
        marks=run.marks,
        characters=count,
        hidden=int(is_hidden.sum()),
        is_leak=run.role is Role.PHI and _longest(~is_hidden) >= min(_LEAK, count),
        is_kept=kept >= _KEPT * total,
        bounds=first.bounds,
        frame=first.frames[0],
    )


def blame(strings: Iterable[Scored], regions: Sequence[Area]) -> None:
    """Note for each string the area that overlaps most with it: who found it, and what became of it."""
    for string in strings:
        best, share = "", 0.0
        for box, first, last, ground in regions:
            overlap = _overlap(box, string.bounds) if first <= string.frame <= last else 0.0
            if overlap > share:
                size = f"{box[2] - box[0]}x{box[3] - box[1]} at {box[0]},{box[1]}"
                best, share = f"{ground} {size} frames {first}-{last}", overlap
        string.touched_by = f"{best} {share:.0%}" if best else "nothing"


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """Return the share of the second rectangle that the first covers."""
    rows = min(one[2], other[2]) - max(one[0], other[0])
    columns = min(one[3], other[3]) - max(one[1], other[1])
    area = (other[2] - other[0]) * (other[3] - other[1])
    return max(0, rows) * max(0, columns) / max(1, area)


def _cells(part: Appearance) -> list[tuple[slice, slice]]:
    """Return for each character the rectangle as high as the line, and as wide as to its neighbours."""
    top, _, bottom, _ = part.bounds
    is_upright = part.bounds[2] - part.bounds[0] > 2 * (part.bounds[3] - part.bounds[1])
    if is_upright:
        return [glyph.slices for glyph in part.glyphs]
    cells = []
    for place, glyph in enumerate(part.glyphs):
        left, right = glyph.left, glyph.left + glyph.mask.shape[1]
        if place:
            before = part.glyphs[place - 1]
            left = min(left, before.left + before.mask.shape[1])
        cells.append((slice(top, bottom), slice(max(0, left), right)))
    return cells


def _is_hidden(view: _View, glyph: Glyph, cell: tuple[slice, slice], *, is_dark: bool) -> bool:
    """Whether a character is black, and if its ink was dark already, all that is around it too."""
    black = view.is_black[glyph.slices][glyph.mask]
    if black.mean() < _HIDDEN:
        return False
    return not is_dark or bool(view.is_black[cell].mean() >= 0.9)


def _longest(is_visible: NDArray[np.bool_]) -> int:
    longest = run = 0
    for one in is_visible:
        run = run + 1 if one else 0
        longest = max(longest, run)
    return longest


def _near_text(case: Case, frame: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where text is, each line dilated by half its height; cues belong to it."""
    mask = np.zeros(shape, np.bool_)
    for run in case.runs:
        for part in run.appearances:
            if frame in part.frames:
                top, left, bottom, right = part.bounds
                by = round(min(bottom - top, right - left) / 2)
                mask[max(0, top - by) : bottom + by, max(0, left - by) : right + by] = True
    return mask


def _altered(view: _View, *, dct: bool) -> int:
    """Count pixels that changed and are not black, apart from the rim of a JPEG's blocks."""
    changed = view.is_changed & ~view.is_black
    if not changed.any():
        return 0
    if dct:
        # Blocks of up to 16 pixels become black whole; chrominance smears one pixel further.
        near = cv2.dilate((view.is_changed & view.is_black).astype(np.uint8), np.ones((5, 5), np.uint8))
        changed &= near == 0
    return int(changed.sum())
