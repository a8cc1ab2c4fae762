"""Examination of pixels for commands that work without settings."""

from __future__ import annotations

from typing import Literal

from gateway.operate.pixels.on_demand import OnDemandExamination
from gateway.settings import Pixels


class PixelExamination(OnDemandExamination):
    """Starts a worker when there is a picture, and ends it with the block.

    Parameters
    ----------
    without_engine
        What becomes of pictures where nothing can read them.
    """

    def __init__(self, without_engine: Literal["refuse", "mask"] = "refuse") -> None:
        super().__init__(Pixels(without_engine=without_engine))
