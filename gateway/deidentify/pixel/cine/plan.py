"""Choose the stills of a cine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Final

import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine.cluster import grouped
from gateway.deidentify.pixel.cine.glimpse import Glimpse, glimpses
from gateway.deidentify.pixel.cine.median import is_steady, mean, median
from gateway.deidentify.pixel.cine.sample import is_texture, samples
from gateway.deidentify.pixel.cine.signature import Scan, scanned
from gateway.deidentify.pixel.cine.still import Group, Mask, Still, apart, cells
from gateway.deidentify.pixel.picture import Source, Stored

SAMPLES: Final = 9
"""Frames a median is taken of. Speckle fades to less than half, and a bright pixel of few frames is gone."""
MAX_KEPT: Final = 64 << 20
"""Bytes of the frames that are kept from the one pass over all of them."""
ROOM: Final = 12
"""Cells around what changes that are searched with it: a line of large letters."""
_WORTH: Final = 0.8
"""Part of the picture that parts of it must be less than to be worth a search of their own."""
PAIR: Final = 2
"""Frames of which there is no median."""


def stills(source: Source) -> list[Still]:
    """Return the pictures that together show every text of every frame.

    Raises
    ------
    Refused
        A frame cannot be decoded.
    """
    plan = Plan(source)
    return plan.stills() + [plan.sample(number) for number in next(plan.rounds(), ())]


class Plan:
    """The groups of the frames of a cine, and the stills of each.

    Parameters
    ----------
    source
        Its frames, all of which are decoded here, once.

    Raises
    ------
    Refused
        One cannot be decoded.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        image = source.image
        self._size = (image.rows, image.columns)
        self._kept: dict[int, Stored] = {}
        self._restless: list[Group] = []
        self.changing: tuple[int, ...] = ()
        if image.frames == 1:
            nothing: Mask = np.zeros((1, 1), np.bool_)
            self.groups = [Group((0,), nothing, max(image.rows, image.columns))]
            return
        size = image.rows * image.columns * image.samples * (image.allocated + 7) // 8
        if size * SAMPLES <= MAX_KEPT:
            self._kept = dict.fromkeys(evenly(range(image.frames), SAMPLES), np.empty(0))
        self._scan: Scan = scanned(source, self._kept)
        self.groups = grouped(self._scan)
        self._restless = [
            group
            for group in self.groups
            if group.restless.any() and (len(group.frames) > PAIR or group.part is not None)
        ]
        self.changing = tuple(sorted({number for group in self._restless for number in group.frames}))

    def stills(self) -> list[Still]:
        """Return what stands still in each group."""
        return [still for group in self.groups for still in self._of_group(group)]

    def rounds(self) -> Iterator[tuple[int, ...]]:
        """Return frames that show what changes all the time as it is there, twice as many each time."""
        frames = self.changing
        if not frames:
            return
        first = samples(self._scan.frames, self._restless)
        yield tuple(first)
        seen, count = set(first), len(first)
        while len(seen) < len(frames):
            count *= 2
            rest = [number for number in evenly(frames, len(seen) + count) if number not in seen]
            if not rest or 2 * (len(seen) + len(rest)) > len(frames):
                rest = [number for number in frames if number not in seen]
            seen.update(rest)
            yield tuple(rest)

    def sample(self, number: int) -> Still:
        """Return a frame that shows what changes as it is there."""
        group = max(
            (group for group in self.groups if number in group.frames), key=lambda group: len(group.frames)
        )
        return Still(self.changing, partial(self._decoded, number), group, number)

    def parts(self) -> list[Box]:
        """Return the areas outside which every sample shows what stands still; one or more."""
        image, cell = self._source.image, self._scan.cell
        whole = Box(0, 0, image.rows, image.columns)
        areas = apart(np.any([group.restless for group in self._restless], axis=0), ROOM)
        boxes = [
            Box(*(side * cell for side in (area.top, area.left, area.bottom, area.right))).common(whole)
            for area in areas
        ]
        return boxes if sum(box.area for box in boxes) < _WORTH * whole.area else [whole]

    def glimpses(self) -> list[Glimpse]:
        """Return where text may have stood for a moment over what moves, the most unusual first."""
        if not self._restless:
            return []
        moving = np.any([group.restless for group in self._restless], axis=0)
        return _affordable(glimpses(self._scan, moving, self._size), self._size[0] * self._size[1])

    def close(self, glimpse: Glimpse) -> Stored:
        """Return the part of the frames in which there may be text, what moves behind it faded."""
        rows, columns = glimpse.box.slices
        frames = [self._decoded(number)[rows, columns] for number in glimpse.clear]
        image = self._source.image
        if image.palette is None or image.samples != 1:
            return mean(frames)
        return median(image, [np.ascontiguousarray(frame) for frame in frames[: (len(frames) - 1) | 1]])

    def frames(self, still: Still, box: Box, *, is_steady: bool) -> tuple[int, ...]:
        """Return the frames for which what was found in a still stands.

        They are those of its group, and of others that were not searched there, or show nothing
        for sure there.
        """
        own = still.group
        result = set(own.frames if still.sample is not None else still.frames)
        is_largest = own is max(self.groups, key=lambda group: len(group.frames))
        for group in self.groups:
            # A line at the edge of what was searched may be overlooked there.
            line = box.grown(box.height, box.height).clipped(*self._size)
            is_unsearched = group.part is not None and line.common(group.part).area < line.area
            if (is_unsearched and (is_largest or not is_steady)) or (not is_steady and group.touches(box)):
                result.update(group.frames)
        return tuple(sorted(result))

    def is_steady(self, still: Still, box: Box) -> bool:
        """Whether all frames of a still show what it shows in a rectangle."""
        if not still.group.is_restless(box):
            return True
        if still.sample is not None or len(still.frames) <= PAIR:
            return False
        return is_steady(
            self._source.image, [self._decoded(number) for number in self._chosen(still.group)], box
        )

    def is_texture(self, still: Still, box: Box) -> bool:
        """Whether what a sample shows in a rectangle may be in all frames, so that it does not move."""
        assert still.sample is not None
        return is_texture(self._scan.frames.detail, still.sample, cells(box, self._scan.cell))

    def _of_group(self, group: Group) -> list[Still]:
        frames = group.frames
        if not group.restless.any():
            return [Still(frames, partial(self._decoded, self._any(frames)), group)]
        if len(frames) <= PAIR:
            return [Still((number,), partial(self._decoded, number), group) for number in frames]
        return [Still(frames, partial(self._median, group), group)]

    def _any(self, frames: Sequence[int]) -> int:
        """Return a frame of many that are alike, one that is decoded already if there is."""
        return next((number for number in frames if number in self._kept), frames[len(frames) // 2])

    def _decoded(self, number: int) -> Stored:
        return self._kept[number] if number in self._kept else self._source.frame(number)

    def _chosen(self, group: Group) -> list[int]:
        """Return an odd number of frames of a group, those that are decoded already if they are enough."""
        kept = [number for number in group.frames if number in self._kept]
        chosen = kept if len(kept) > SAMPLES // 2 else evenly(group.frames, SAMPLES)
        return chosen[: len(chosen) - 1 + len(chosen) % 2]

    def _median(self, group: Group) -> Stored:
        return median(self._source.image, [self._decoded(number) for number in self._chosen(group)])


def _affordable(found: Sequence[Glimpse], area: int) -> list[Glimpse]:
    """Return the first that together are no larger than a picture of so many pixels."""
    sums = accumulate(glimpse.box.area for glimpse in found)
    return [glimpse for glimpse, total in zip(found, sums, strict=True) if total <= area]


def evenly(frames: Sequence[int], count: int) -> list[int]:
    """Return so many of the numbers, evenly spread, the first and the last included; or all."""
    return [frames[int(place)] for place in np.unique(np.linspace(0, len(frames) - 1, count).astype(int))]
