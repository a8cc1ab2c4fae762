"""What was done to the pixels of an instance, for reports and records: areas and reasons, never text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.deidentify.descriptor.token import Token
from gateway.deidentify.descriptor.token import Verdict as TokenVerdict
from gateway.deidentify.pixel.message import Depth, Outcome, Region, Verdict

_MAX_SHOWN: Final = 1_000
"""Areas that are shown to people, one by one."""


@dataclass(frozen=True, slots=True)
class PixelAccount:
    """What was done to the pixels of an instance.

    Parameters
    ----------
    depth
        How closely they were looked at.
    is_sample
        Whether the detector looked at them although the header asked for the screen only.
    outcome
        What was found, and what went.
    transfer_syntax_uid
        How they were coded before.
    """

    depth: Depth
    is_sample: bool
    outcome: Outcome
    transfer_syntax_uid: str

    @property
    def is_examined(self) -> bool:
        """Whether the output may say that its pixels are clean."""
        return self.outcome.verdict is not Verdict.NOT_EXAMINED

    @property
    def is_changed(self) -> bool:
        """Whether a pixel is not what it was."""
        return self.outcome.is_changed

    @property
    def summary(self) -> str:
        """What was found and done, in one line."""
        black = sum(region.is_black for region in self.outcome.regions)
        stayed = len(self.outcome.regions) - black
        return f"{self.outcome.verdict}, {black} areas black, {stayed} of text stay"

    @property
    def areas(self) -> tuple[Token, ...]:
        """Each area as a part of the pixels, with its frames, what became of it, and why."""
        return tuple(_shown(place, region) for place, region in enumerate(self.outcome.regions[:_MAX_SHOWN]))


def _shown(place: int, region: Region) -> Token:
    box = region.box
    frames = (
        f"frame {region.first}" if region.first == region.last else f"frames {region.first}-{region.last}"
    )
    text = f"rows {box.top}-{box.bottom - 1}, columns {box.left}-{box.right - 1}, {frames}"
    verdict = TokenVerdict.REPLACED if region.is_black else TokenVerdict.KEPT
    return Token(text, place, place + 1, verdict, region.ground.value, "black" if region.is_black else text)
