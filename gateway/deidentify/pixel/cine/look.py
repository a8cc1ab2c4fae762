"""Have the stills of a cine searched, and more of them where text comes and goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine.plan import Plan
from gateway.deidentify.pixel.cine.still import Sighting, Still
from gateway.deidentify.pixel.picture import Found, Source, Stored

Search = Callable[[Stored], Sequence[Found]]
"""Finds the text of one picture."""


def look(source: Source, search: Search) -> list[Sighting]:
    """Return all text of all frames.

    Parameters
    ----------
    source
        The frames; each is decoded once, and those that make up the stills once more.
    search
        Takes by far the most time. It is called once for a cine in which nothing moves, three
        times for one in which no text changes, and for every frame where text is at another place
        in each.

    Raises
    ------
    Refused
        A frame cannot be decoded.
    """
    plan = Plan(source)
    sightings = [
        _sighting(plan, still, found) for still in plan.stills() for found in _searched(still, search)
    ]
    changing = _Changing(plan, search, sightings)
    for numbers in plan.rounds():
        if not changing.looked(numbers):
            break
    sightings = changing.sightings()
    return sightings if changing.is_complete else _closely(plan, search, sightings)


def _closely(plan: Plan, search: Search, known: list[Sighting]) -> list[Sighting]:
    """Add what a closer look shows where there may have been text for a moment."""
    result = list(known)
    for glimpse in plan.glimpses():
        for found in _placed(search(plan.close(glimpse)), glimpse.box):
            if not _is_known(found.box, glimpse.frames, result):
                # It may have been there a moment before and after, or another text.
                result.append(Sighting(found, glimpse.frames, is_steady=False))
    return result


def _is_known(box: Box, frames: Sequence[int], known: Sequence[Sighting]) -> bool:
    """Whether the same line was seen in all of these frames."""
    return any(
        _is_covered(box, [sighting.found.box]) and set(frames) <= set(sighting.frames) for sighting in known
    )


def _sighting(plan: Plan, still: Still, found: Found) -> Sighting:
    is_steady = plan.is_steady(still, found.box)
    return Sighting(found, plan.frames(still, found.box, is_steady=is_steady), is_steady)


def _searched(still: Still, search: Search) -> list[Found]:
    """Search a still, or the part of it that is not the same in another."""
    stored, part = still.stored, still.group.part
    return list(search(stored)) if part is None else _within(stored, part, search)


def _within(stored: Stored, part: Box, search: Search) -> list[Found]:
    """Search a part of a picture."""
    part = part.clipped(*stored.shape[:2])
    if part.area == stored.shape[0] * stored.shape[1]:
        return list(search(stored))
    return _placed(search(np.ascontiguousarray(stored[part.slices])), part)


def _placed(found: Sequence[Found], part: Box) -> list[Found]:
    """Return what was found in a part where it is in the picture."""
    return [replace(one, box=_moved(one.box, part.top, part.left)) for one in found]


def _moved(box: Box, rows: int, columns: int) -> Box:
    return Box(box.top + rows, box.left + columns, box.bottom + rows, box.right + columns)


class _Changing:
    """What is seen in samples.

    Parameters
    ----------
    plan
        Draws them.
    search
        Finds text.
    known
        What is seen in the other stills.
    """

    def __init__(self, plan: Plan, search: Search, known: Sequence[Sighting]) -> None:
        self._plan = plan
        self._search = search
        self._steady = [sighting for sighting in known if sighting.is_steady]
        self._unsteady = [sighting for sighting in known if not sighting.is_steady]
        self._seen: list[tuple[Found, Still]] = []
        self._searched: set[int] = set()

    def looked(self, numbers: Sequence[int]) -> bool:
        """Search frames; return whether text was at a place where it was in none that was searched before.

        What may be in all frames counts as such a place in none of them: anatomy that looks like text.
        """
        moves = False
        parts = self._plan.parts()
        for number in numbers:
            still = self._plan.sample(number)
            before = [sighting.found.box for sighting in self._unsteady]
            before += [found.box for found, _ in self._seen]
            stored = still.stored
            for found in [one for part in parts for one in _within(stored, part, self._search)]:
                if _added(self._steady, found, number):
                    continue
                if self._plan.is_steady(still, found.box):
                    self._steady.append(_sighting(self._plan, still, found))
                    continue
                self._seen.append((found, still))
                is_new = bool(self._searched) and not _is_covered(found.box, before)
                moves |= is_new and not self._plan.is_texture(still, found.box)
            self._searched.add(number)
        return moves

    @property
    def is_complete(self) -> bool:
        """Whether every frame in which something changes was searched."""
        return self._searched.issuperset(self._plan.changing)

    def sightings(self) -> list[Sighting]:
        """Return everything that was seen: what changes in all frames, unless each was searched."""
        if not self.is_complete:
            changing = [_sighting(self._plan, still, found) for found, still in self._seen]
            return [*self._steady, *self._unsteady, *changing]
        rest = [
            replace(sighting, frames=frames)
            for sighting in self._unsteady
            if (frames := tuple(number for number in sighting.frames if number not in self._searched))
        ]
        alone = [Sighting(found, (still.sample,)) for found, still in self._seen if still.sample is not None]
        return [*self._steady, *rest, *alone]


def _added(known: list[Sighting], found: Found, number: int) -> bool:
    """Whether a line was seen in another still of the same frame; its area is then that of both."""
    for place, sighting in enumerate(known):
        if number in sighting.frames and _is_covered(found.box, [sighting.found.box]):
            wider = sighting.found.box.around([found.box])
            known[place] = replace(sighting, found=replace(sighting.found, box=wider))
            return True
    return False


def _is_covered(box: Box, others: Sequence[Box]) -> bool:
    """Whether another rectangle covers nearly all of one."""
    margin = max(2, box.height // 3)
    return any(box.common(other.grown(margin, margin)).area >= 0.9 * box.area for other in others)
