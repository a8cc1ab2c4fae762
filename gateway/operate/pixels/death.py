"""How pixel workers died: memory in which the supervisor notes it, for whoever had asked them."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import time
from enum import Enum, auto
from typing import Final

from gateway.operate.pixels.allowance import OVERRUN
from gateway.operate.supervision.descriptor import Descriptor

_ENTRY: Final = struct.Struct("=qqq")
"""Process id of the last one that died in this place; its exit code; whether it was silent before."""
_POLL_S: Final = 0.01
_PATIENCE_S: Final = 3.0
"""Between the end of a process and the note of it."""
_STATUS_LOST: Final = 255
"""Exit code of a process whose fork server died with it."""


class Death(Enum):
    """What the death of a worker says of the instance that it had."""

    OVERRUN = auto()
    """The instance took more than it may."""
    CRASH = auto()
    """A decoder crashed, or the worker gave up."""
    KILLED = auto()
    """Somebody, or the system for want of memory, ended it: perhaps not because of the instance."""


class Deaths:
    """The shared memory, an entry for each place.

    Parameters
    ----------
    memory
        As `Deaths.make` returns it.
    """

    def __init__(self, memory: Descriptor) -> None:
        self._memory = memory
        self._map: mmap.mmap | None = None

    @staticmethod
    def make(workers: int) -> Deaths:
        """Make the memory for so many workers, at least one."""
        memory = Descriptor(os.memfd_create("gateway-deaths", os.MFD_CLOEXEC))
        os.ftruncate(memory.number, _ENTRY.size * workers)
        return Deaths(memory)

    def __reduce__(self) -> tuple[type[Deaths], tuple[Descriptor]]:
        return Deaths, (self._memory,)

    def note(self, worker: int, pid: int, code: int | None, *, is_silent: bool) -> None:
        """Note a death; the entry is seen as a whole, because its process id is written last."""
        start = worker * _ENTRY.size
        _ENTRY.pack_into(self._mapped, start, 0, _STATUS_LOST if code is None else code, is_silent)
        struct.pack_into("=q", self._mapped, start, pid)

    def of(self, worker: int, pid: int, patience: float = _PATIENCE_S) -> Death:
        """Return how a process died, once that is known; `KILLED` if nobody says so in time."""
        until = time.monotonic() + patience
        while True:
            if not 0 <= worker < len(self._mapped) // _ENTRY.size:
                return Death.KILLED
            noted, code, is_silent = _ENTRY.unpack_from(self._mapped, worker * _ENTRY.size)
            if noted == pid:
                return Death.KILLED if is_silent else _meaning(code)
            if time.monotonic() >= until:
                return Death.KILLED
            time.sleep(_POLL_S)

    @property
    def _mapped(self) -> mmap.mmap:
        if self._map is None:
            self._map = mmap.mmap(self._memory.number, 0)
        return self._map


def _meaning(code: int) -> Death:
    if -code in OVERRUN:
        return Death.OVERRUN
    return Death.KILLED if code in (-signal.SIGKILL, _STATUS_LOST) else Death.CRASH
