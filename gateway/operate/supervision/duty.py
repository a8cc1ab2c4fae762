"""What the steward does again and again."""

from __future__ import annotations

import threading
from typing import Protocol


class Duty(Protocol):
    """Something to be done again and again."""

    @property
    def name(self) -> str:
        """For the log."""

    def perform(self, stop: threading.Event) -> float:
        """Do what is due; return the seconds until it should be done again.

        Parameters
        ----------
        stop
            Once set, it returns soon.
        """
