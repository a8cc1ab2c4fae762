"""What an examination of the pictures of a run found, in numbers."""

from __future__ import annotations

import msgspec

from gateway.deidentify.pixel.message import Depth
from gateway.deidentify.pixel_account import PixelAccount


class PixelReport(msgspec.Struct):
    """Counts over the pictures that were written."""

    verdicts: dict[str, int] = {}
    """Pictures by what they held; ``not_examined`` where they were only masked."""
    changed: int = 0
    """Pictures of which a pixel changed."""
    screened: int = 0
    """Pictures for which the header asked for the screen only."""
    screen_hits: int = 0
    """Those of them in which the screen found something, so that the detector looked as well."""
    sampled: int = 0
    """Those of them at which the detector looked in any case."""
    missed_by_screen: int = 0
    """Samples in which the detector found something and the screen nothing."""

    def add(self, pixels: PixelAccount | None) -> None:
        """Count a picture; None stands for an instance without one."""
        if pixels is None:
            return
        outcome = pixels.outcome
        verdict = outcome.verdict.value
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        self.changed += outcome.is_changed
        if pixels.depth is Depth.SCREEN:
            self.screened += 1
            self.screen_hits += outcome.by_screen > 0
        if pixels.is_sample:
            self.sampled += 1
            self.missed_by_screen += outcome.by_detector > 0 and not outcome.by_screen

    def lines(self) -> list[str]:
        """Return what people are told."""
        if not self.verdicts:
            return []
        found = ", ".join(f"{verdict} {count}" for verdict, count in sorted(self.verdicts.items()))
        lines = [f"pictures    {found}; {self.changed} changed"]
        if self.screened:
            missed = f"{self.missed_by_screen} of {self.sampled} samples had text that it missed"
            lines.append(f"screen      {self.screen_hits} hits in {self.screened} pictures; {missed}")
        return lines
