"""Instances by seed: the same seed and number give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

import numpy as np
from numpy.random import Generator

from scripts.pixels import coding, fonts, pages, people, projections, sections, ultrasound
from scripts.pixels.burning import Canvas
from scripts.pixels.case import Case
from scripts.pixels.header import header
from scripts.pixels.layout import Writer
from scripts.pixels.scene import Scene

Strata = Literal["tuning", "final"]
"""Whether the fonts held out from tuning are there."""

_KINDS: Final[dict[str, tuple[float, Callable[[Generator], Scene], tuple[str, ...]]]] = {
    "US colour": (12, lambda rng: ultrasound.ultrasound(rng, colour=True), coding.BYTES_COLOUR),
    "US gray": (9, lambda rng: ultrasound.ultrasound(rng, colour=False), coding.BYTES_GRAY),
    "US cine colour": (
        4,
        lambda rng: ultrasound.ultrasound(rng, colour=True, frames=_frames(rng)),
        (*coding.LOSSY, "native", "rle", "ybr-full", "ybr-full-422", "palette"),
    ),
    "US cine gray": (
        4,
        lambda rng: ultrasound.ultrasound(rng, colour=False, frames=_frames(rng)),
        (*coding.GRAY_LOSSY, "native", "rle", "jpeg-ls"),
    ),
    "CR/DX": (11, projections.radiograph, coding.WORDS),
    "MG": (2, projections.mammogram, coding.WORDS),
    "XA cine": (5, lambda rng: projections.angiogram(rng, _frames(rng)), ("native", "rle", "jpeg-ls", "j2k")),
    "XA": (4, lambda rng: projections.angiogram(rng, 1), coding.WORDS),
    "CT": (12, sections.computed_tomography, coding.WORDS),
    "MR": (7, sections.magnetic_resonance, coding.WORDS),
    "NM": (3, lambda rng: sections.nuclear(rng, "NM"), ("native", "big-endian", "rle", "jpeg-lossless")),
    "PT": (3, lambda rng: sections.nuclear(rng, "PT"), ("native", "implicit", "j2k", "jpeg-ls")),
    "SC dose page": (7, pages.dose_page, ()),
    "SC form": (4, lambda rng: pages.form(rng, bilevel=False), coding.BYTES_GRAY),
    "SC 1 bit": (3, lambda rng: pages.form(rng, bilevel=True), coding.BITS),
    "SC screenshot": (5, pages.screenshot, coding.BYTES_COLOUR),
    "SC rendering": (4, pages.rendering, coding.BYTES_COLOUR),
    "photograph": (4, pages.photograph, (*coding.LOSSY, "j2k-lossy", "ybr-full-422", "native", "jpeg-ls")),
}
"""Share, scenery, codings."""
KINDS: Final = tuple(_KINDS)
_CLEAN_KINDS: Final = tuple(kind for kind in KINDS if kind not in {"SC form", "SC dose page"})
"""Kinds whose instances may be without any text; of a page without text there is nothing to keep."""


def instances(
    seed: int, count: int, *, strata: Strata = "tuning", clean: float = 0.2, first: int = 0
) -> Iterator[Case]:
    """Return instances, one after the other.

    Parameters
    ----------
    seed
        Of everything that is random.
    count
        How many.
    strata
        ``tuning`` leaves the fonts out that only the ``final`` run may see.
    clean
        Share of instances without text.
    first
        Number of the first.
    """
    for number in range(first, first + count):
        yield instance(seed, number, strata=strata, clean=clean)


def instance(
    seed: int, number: int, *, strata: Strata = "tuning", clean: float = 0.2, kind: str | None = None
) -> Case:
    """Return one instance; its bytes depend on nothing but the arguments.

    Parameters
    ----------
    number
        Which of the seed's instances.
    kind
        One of `KINDS` instead of one by chance.
    """
    rng = np.random.default_rng((seed, number, strata == "final"))
    is_clean = bool(rng.random() < clean)
    chosen = kind or _kind(rng, is_clean=is_clean)
    _, scenery, codings = _KINDS[chosen]
    scene = scenery(rng)
    study = people.study(rng)
    canvas = Canvas(scene, scene.pixels.copy())
    writer = Writer(rng, canvas, study, _fonts(strata), [])
    if not is_clean:
        writer.write()
    name = f"{seed}-{number}" if strata == "tuning" else f"{seed}-{number}-final"
    return finished(writer, name, chosen, _coding(rng, scene, codings), seed * 1_000_000 + number)


def finished(writer: Writer, name: str, kind: str, chosen: str, number: int) -> Case:
    """Return the case of what was written.

    Parameters
    ----------
    writer
        With its canvas and strings.
    name, kind
        Of the case.
    chosen
        The coding.
    number
        For the UIDs.
    """
    scene, burned = writer.scene, writer.canvas.pixels
    data_set = header(writer.rng, scene, writer.study, number)
    return Case(
        name=name,
        kind=kind,
        modality=scene.modality,
        coding=chosen,
        file=coding.coded(data_set, burned, chosen),
        clean=scene.pixels,
        burned=burned,
        photometric=scene.photometric,
        limits=scene.limits,
        runs=tuple(writer.runs),
    )


def _coding(rng: Generator, scene: Scene, codings: tuple[str, ...]) -> str:
    codings = codings or (coding.BYTES_COLOUR if scene.photometric == "RGB" else coding.BYTES_GRAY)
    if scene.stored > 8:
        codings = tuple(one for one in codings if one in coding.WORDS)
    return people.pick(rng, codings)


def _kind(rng: Generator, *, is_clean: bool) -> str:
    kinds = _CLEAN_KINDS if is_clean else KINDS
    shares = np.array([_KINDS[kind][0] for kind in kinds])
    return kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]


def _fonts(strata: Strata) -> tuple[str, ...]:
    return fonts.TUNING if strata == "tuning" else (*fonts.TUNING, *fonts.HELD_OUT)


def _frames(rng: Generator) -> int:
    return int(rng.choice((8, 12, 16, 24), p=(0.4, 0.3, 0.2, 0.1)))
