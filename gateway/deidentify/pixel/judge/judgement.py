"""The order of judging: read, decide, draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from gateway.deidentify.pixel.engine.engines import Reader
from gateway.deidentify.pixel.judge.cover import Judged, covers
from gateway.deidentify.pixel.judge.decision import Decider, is_large
from gateway.deidentify.pixel.judge.reading import read
from gateway.deidentify.pixel.judge.sought import Sought
from gateway.deidentify.pixel.judge.vocabulary import Vocabulary
from gateway.deidentify.pixel.message import Ground, Mode, Region, Request, Term
from gateway.deidentify.pixel.picture import Found

_HEADERS: Final = 4
"""Headers whose values are kept ready; the pictures of one instance share one."""


def judge(found: Sequence[Found], request: Request, readers: Sequence[Reader]) -> list[Region]:
    """Return what becomes of everything found in one picture.

    Parameters
    ----------
    found
        Lines of text, in any order.
    request
        The header's values, the mode, the site's words.
    readers
        Each is asked for every line; the first is believed first. Where there is none all goes.

    Returns
    -------
    list of Region
        Areas that go, covered and padded, and lines that stay, tight; of frame 0, from top to bottom.

    Raises
    ------
    Refused
        The header holds too many values, or an engine failed.
    """
    shape = (request.image.rows, request.image.columns)
    if request.mode is not Mode.SAFE or not readers:
        return covers([Judged(line.box, Ground.MODE) for line in found], shape)
    decider = decider_of(request)
    lines = read(found, readers, decider.ground)
    grounds = [
        Ground.UNPROVED if ground is Ground.CLINICAL and is_large(line, shape) else ground
        for line, ground in zip(lines, decider.decide(lines), strict=True)
    ]
    return covers(
        [Judged(line.box, ground, line.rows) for line, ground in zip(lines, grounds, strict=True)], shape
    )


def decider_of(request: Request) -> Decider:
    """Return what decides about the lines of an instance.

    Raises
    ------
    Refused
        Its header holds too many values.
    """
    return Decider(_sought(request.terms), _vocabulary(request.words))


@lru_cache(maxsize=_HEADERS)
def _sought(terms: tuple[Term, ...]) -> Sought:
    return Sought(terms)


@lru_cache(maxsize=_HEADERS)
def _vocabulary(words: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(frozenset(words))
