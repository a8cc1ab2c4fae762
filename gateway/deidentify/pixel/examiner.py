"""The order of the steps: decode, choose pictures, find, judge, black, verify (PS3.15 E.3.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine import Sighting, look
from gateway.deidentify.pixel.codec import Written, blacked, open_source
from gateway.deidentify.pixel.engine.engines import Engines
from gateway.deidentify.pixel.engine.repeated import read_once
from gateway.deidentify.pixel.find import search, usual_areas
from gateway.deidentify.pixel.judge import judge
from gateway.deidentify.pixel.message import (
    Coded,
    Depth,
    Examined,
    Ground,
    Mode,
    Outcome,
    Region,
    Request,
    Verdict,
)
from gateway.deidentify.pixel.picture import Finder, Found, Source, Stored
from gateway.deidentify.pixel.verify import residue
from gateway.errors import Reason, Refused

_IDENTIFYING: Final = frozenset({Ground.MATCH, Ground.PATTERN, Ground.CUE, Ground.LABEL, Ground.RESIDUE})
"""Grounds that say whom a text is about, or when; the others say that nobody knows."""
_UNSEEN: Final = frozenset({Ground.RULE, Ground.AREA})
"""Grounds of areas in which nothing was found."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What becomes of the frames.

    Parameters
    ----------
    regions
        Every area that goes or stays.
    by_screen, by_detector
        How many areas each of the two found.
    pictures
        Frames that stand for all, which are read again when they are clean.
    """

    regions: tuple[Region, ...]
    by_screen: int = 0
    by_detector: int = 0
    pictures: tuple[int, ...] = ()


class Examiner:
    """Examines pixels in this process.

    Parameters
    ----------
    engines
        What finds and reads text; None where only usual areas are masked, and whole labels.
    may_overwrite
        Native pixels in memory that can be written to are changed there: whoever asks has another copy.
    """

    def __init__(self, engines: Engines | None = None, *, may_overwrite: bool = False) -> None:
        self._engines = engines
        self._may_overwrite = may_overwrite

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        """Find text, black it out, and verify.

        Raises
        ------
        Refused
            The pixels cannot be decoded, cleaned or verified, or nothing is there to read them.
        """
        source = open_source(request.image, request.transfer_syntax_uid, frames)
        seen = self._seen(request, source)
        written = blacked(source, _by_frame(seen.regions), may_overwrite=self._may_overwrite)
        if seen.pictures:
            seen, written = self._verified(request, source, seen, written)
        return Examined(_outcome(request, seen, written), written.frames if written.is_changed else ())

    def _seen(self, request: Request, source: Source) -> _Seen:
        image = source.image
        last = image.frames - 1
        if request.depth is Depth.WHOLE:
            whole = Box(0, 0, image.rows, image.columns)
            return _Seen((Region(whole, 0, last, Ground.LABEL),))
        rules = [Region(box, 0, last, Ground.RULE) for box in request.boxes]
        if request.mode is Mode.MASK:
            areas = usual_areas(image.rows, image.columns)
            return _Seen((*rules, *(Region(box, 0, last, Ground.AREA) for box in areas)))
        return self._found(request, source, rules)

    def _found(self, request: Request, source: Source, rules: Sequence[Region]) -> _Seen:
        engines = read_once(self._loaded())
        asked = replace(request, image=source.image)

        def searched(stored: Stored) -> Sequence[Found]:
            return search(stored, asked, engines)

        sightings = look(source, searched)
        regions = [*rules, *_judged(sightings, asked, engines)]
        finders = [sighting.found.finder for sighting in sightings]
        return _Seen(
            tuple(dict.fromkeys(regions)),
            finders.count(Finder.SCREEN),
            finders.count(Finder.DETECTOR),
            _pictures(regions, request.depth),
        )

    def _verified(
        self, request: Request, source: Source, seen: _Seen, written: Written
    ) -> tuple[_Seen, Written]:
        """Return what was written when nothing is left in it; it is widened once.

        Raises
        ------
        Refused
            Something is left even then.
        """
        left = self._left(request, source, seen, written)
        if not left:
            return seen, written
        # A picture in which nothing was left is as it was, or blacker.
        again = tuple(dict.fromkeys(number for number, _ in left))
        regions = (*seen.regions, *dict.fromkeys(region for _, region in left))
        seen = _Seen(regions, seen.by_screen, seen.by_detector, again)
        written = blacked(source, _by_frame(seen.regions), may_overwrite=self._may_overwrite)
        if self._left(request, source, seen, written):
            raise Refused(Reason.PIXELS_NOT_CLEAN, "text of the patient is left in the cleaned pixels")
        return seen, written

    def _left(
        self, request: Request, source: Source, seen: _Seen, written: Written
    ) -> list[tuple[int, Region]]:
        """Return pictures of what was written and areas in which something identifying can still be read."""
        if written.is_changed:
            source = open_source(written.image, written.transfer_syntax_uid, written.frames)
        asked = replace(request, image=source.image)
        last = source.image.frames - 1
        # In all frames: nobody has searched the others for what was overlooked in this one.
        return [
            (number, Region(box, 0, last, Ground.RESIDUE))
            for number in seen.pictures
            for box in residue(source.frame(number), asked, self._loaded())
        ]

    def _loaded(self) -> Engines:
        if self._engines is None:
            raise Refused(Reason.PIXELS_NOT_CLEAN, "no engine that finds text")
        return self._engines


def _judged(sightings: Sequence[Sighting], request: Request, engines: Engines) -> list[Region]:
    """Return what becomes of the texts of a cine; those of the same frames are judged together."""
    together: dict[tuple[tuple[int, ...], bool], list[Found]] = defaultdict(list)
    for sighting in sightings:
        together[tuple(sighting.frames), sighting.is_steady].append(sighting.found)
    regions = []
    for (frames, is_steady), found in together.items():
        judged = judge(found, request, engines.readers)
        regions += [
            replace(region, first=first, last=last, ground=region.ground if is_steady else _unsteady(region))
            for region in judged
            for first, last in _runs(frames)
        ]
    return regions


def _unsteady(region: Region) -> Ground:
    """Return the ground of text that is another in each frame: one of them proves nothing of the rest."""
    return region.ground if region.is_black else Ground.UNPROVED


def _runs(frames: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of frames without a gap."""
    runs: list[tuple[int, int]] = []
    for frame in sorted(set(frames)):
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return runs


def _pictures(regions: Sequence[Region], depth: Depth) -> tuple[int, ...]:
    """Return the frames to read again: one for each time that something changes, and at least one."""
    starts = {region.first for region in regions if region.is_black}
    if not starts and (regions or depth is Depth.FULL):
        starts = {0}
    return tuple(sorted(starts))


def _by_frame(regions: Iterable[Region]) -> Mapping[int, Sequence[Box]]:
    boxes: dict[int, dict[Box, None]] = defaultdict(dict)
    for region in regions:
        if region.is_black:
            for frame in range(region.first, region.last + 1):
                boxes[frame][region.box] = None
    return {frame: tuple(those) for frame, those in boxes.items()}


def _outcome(request: Request, seen: _Seen, written: Written) -> Outcome:
    return Outcome(
        _verdict(request, seen.regions),
        tuple(sorted(seen.regions, key=lambda region: (region.first, region.box, region.last))),
        written.is_changed,
        written.image if written.is_changed else request.image,
        written.transfer_syntax_uid if written.is_changed else request.transfer_syntax_uid,
        written.is_lossless,
        seen.by_screen,
        seen.by_detector,
    )


def _verdict(request: Request, regions: Sequence[Region]) -> Verdict:
    if request.mode is Mode.MASK and request.depth is not Depth.WHOLE:
        return Verdict.NOT_EXAMINED
    grounds = {region.ground for region in regions} - _UNSEEN
    if grounds & _IDENTIFYING:
        return Verdict.IDENTIFYING_TEXT
    return Verdict.TEXT if grounds else Verdict.NO_TEXT
