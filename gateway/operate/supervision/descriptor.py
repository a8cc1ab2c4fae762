"""An open file that a process started by multiprocessing gets as its own copy."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import reduction


class Descriptor:
    """Owns a file descriptor; pickled as an argument of a new process, it is duplicated there."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Callable[[object], Descriptor], tuple[object]]:
        return _inherited, (reduction.DupFd(self.number),)

    def close(self) -> None:
        """Close this copy."""
        os.close(self.number)


def _inherited(duplicate: object) -> Descriptor:
    return Descriptor(duplicate.detach())  # type: ignore[attr-defined]
