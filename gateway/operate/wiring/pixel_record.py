"""What was done to the pixels of an instance, as it is kept: areas and reasons, never text."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.deidentify.pixel_account import PixelAccount

_MAX_AREAS: Final = 1_000
"""Areas of the longest record; pictures of practice have dozens."""


class AreaRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """An area of a picture in which text was found, or that went for another reason.

    Parameters
    ----------
    box
        Left, top, right, bottom in pixels; right and bottom are outside.
    ground
        A `gateway.deidentify.pixel.message.Ground`; ``clinical`` is what stays.
    frames
        First and last frame in which, from 0.
    """

    box: tuple[int, int, int, int]
    ground: str
    frames: tuple[int, int] = (0, 0)


class PixelRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found in the pixels of an instance, and what became of it.

    Parameters
    ----------
    verdict
        ``no_text``, ``text``, ``identifying_text``, or ``not_examined`` where they were only masked.
    depth
        How closely the header asked to look: ``screen``, ``full``, or ``whole`` for a label.
    sample
        Whether the detector looked although the header asked for the screen only.
    by_screen, by_detector
        Areas that each of the two found.
    changed
        Whether a pixel changed.
    transfer_syntax_uid
        How the pixels are coded now, where that changed.
    areas
        In order.
    left_out
        Areas that `areas` does not show.
    """

    verdict: str
    depth: str
    sample: bool = False
    by_screen: int = 0
    by_detector: int = 0
    changed: bool = False
    transfer_syntax_uid: str = ""
    areas: tuple[AreaRecord, ...] = ()
    left_out: int = 0


def pixel_record(pixels: PixelAccount | None) -> PixelRecord | None:
    """Return the record of what was done to pixels, None where nothing looked at any."""
    if pixels is None:
        return None
    outcome = pixels.outcome
    is_recoded = outcome.transfer_syntax_uid != pixels.transfer_syntax_uid
    return PixelRecord(
        verdict=outcome.verdict.value,
        depth=pixels.depth.value,
        sample=pixels.is_sample,
        by_screen=outcome.by_screen,
        by_detector=outcome.by_detector,
        changed=outcome.is_changed,
        transfer_syntax_uid=outcome.transfer_syntax_uid if is_recoded else "",
        areas=tuple(
            AreaRecord(
                (region.box.left, region.box.top, region.box.right, region.box.bottom),
                region.ground.value,
                (region.first, region.last),
            )
            for region in outcome.regions[:_MAX_AREAS]
        ),
        left_out=max(0, len(outcome.regions) - _MAX_AREAS),
    )
