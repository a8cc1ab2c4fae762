"""All rounds of a campaign, each with a gateway and a folder of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from campaigning.plan import Kill
from campaigning.round import Round
from campaigning.tally import Tally
from gateway.errors import GatewayError

ROUND: Final = 200
"""Kills after which a gateway is examined in full, and a new one begins with an empty folder."""
_ANSWER_TIMEOUTS_S: Final = (20.0, 0.25)
"""Of one round and the next: with the second, many are told A700H while they are being kept."""


class Campaign:
    """All rounds of a plan.

    Parameters
    ----------
    folder
        Where the gateways live; those in which nothing was wrong are removed.
    program
        Folder that the package ``gateway`` is taken from.
    pause
        Seconds between two instances of a sender.
    progress
        Gets a line now and then.
    """

    def __init__(
        self, folder: Path, program: Path, seed: int, pause: float, progress: Callable[[str], None]
    ) -> None:
        self._folder, self._program, self._pause = folder, program, pause
        self._seed, self._progress = seed, progress
        self._began = time.monotonic()
        self.tally = Tally()

    def run(self, kills: list[Kill]) -> None:
        """Carry out all kills; whatever goes wrong is in the tally."""
        for number, start in enumerate(range(0, len(kills), ROUND)):
            folder = self._folder / f"round-{number}"
            load = (self._seed + number, self._pause, _ANSWER_TIMEOUTS_S[number % len(_ANSWER_TIMEOUTS_S)])
            played = Round(folder, self._program, load, self.tally, self._say)
            try:
                played.play(kills[start : start + ROUND])
            except (RuntimeError, TimeoutError, GatewayError) as error:  # it does not start, or not go on
                self.tally.findings.wrong.append(str(error).partition("\n")[0])
            finally:
                played.close()
                self.tally.seconds = time.monotonic() - self._began
            if self.tally.failed:
                self._progress(f"what is left is in {folder}")
                return
            shutil.rmtree(folder)

    def _say(self, text: str) -> None:
        tally = self.tally
        self._progress(f"{time.monotonic() - self._began:6.0f} s  {tally.total:5} kills  {text}")
