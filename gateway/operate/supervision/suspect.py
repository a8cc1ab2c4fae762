"""What receivers are working on, and what they must be careful with: memory shared with the supervisor.

Each receiver notes the keyed digest of every input before it is taken apart. When a receiver dies,
the supervisor reads there what it died over. Only digests under a project's key are in this
memory, nothing of an original. It is empty again after a restart of the whole gateway.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from gateway.operate.supervision.descriptor import Descriptor

DIGEST_BYTES: Final = 32
MOST_SUSPECTS: Final = 256
"""Inputs that are remembered at a time."""

_SLOT: Final = struct.Struct("=q32s")
"""When work on an input began, in nanoseconds of the monotonic clock (0 is free); its digest."""
_ENTRY: Final = struct.Struct("=q32s")
"""Standing and digest of an input."""
_COUNT: Final = struct.Struct("=q")
"""Changes of the entries so far; odd while they are being changed."""


class Standing(IntEnum):
    """What an input is taken for."""

    HARMLESS = 0
    SUSPECT = 1
    """A process died while it was in work: from now on it is worked on alone."""
    CONDEMNED = 2
    """Processes died over it again: refused."""


@dataclass(frozen=True, slots=True)
class Work:
    """An input in work; `began` is in seconds of the monotonic clock."""

    digest: bytes
    began: float


class Board:
    """The shared memory: entries of the supervisor, then the slots of each receiver.

    Parameters
    ----------
    memory
        As `Board.make` returns it.
    slots
        Of each receiver: inputs it may have in work at a time.
    """

    def __init__(self, memory: Descriptor, slots: int) -> None:
        self._memory, self.slots = memory, slots
        self._map: mmap.mmap | None = None

    @staticmethod
    def make(receivers: int, slots: int) -> Board:
        """Make the memory, empty."""
        memory = Descriptor(os.memfd_create("gateway-suspects", os.MFD_CLOEXEC))
        board = Board(memory, slots)
        os.ftruncate(memory.number, board._offset(receivers, 0))
        return board

    def __reduce__(self) -> tuple[type[Board], tuple[Descriptor, int]]:
        return Board, (self._memory, self.slots)

    @property
    def changes(self) -> int:
        """A number that is another after every change of the entries, and odd during one."""
        (count,) = _COUNT.unpack_from(self._mapped, 0)
        return int(count)

    def entries(self) -> dict[bytes, Standing]:
        """Return the standing of every input that has one."""
        start, end = _COUNT.size, _COUNT.size + _ENTRY.size * MOST_SUSPECTS
        return {
            digest: Standing(standing)
            for standing, digest in _ENTRY.iter_unpack(self._mapped[start:end])
            if standing
        }

    def write(self, entries: dict[bytes, Standing]) -> None:
        """Replace the entries, at most `MOST_SUSPECTS`; only the supervisor may."""
        before = self.changes
        _COUNT.pack_into(self._mapped, 0, before + 1)
        packed = b"".join(_ENTRY.pack(standing, digest) for digest, standing in entries.items())
        packed = packed.ljust(_ENTRY.size * MOST_SUSPECTS, b"\0")
        self._mapped[_COUNT.size : _COUNT.size + len(packed)] = packed
        _COUNT.pack_into(self._mapped, 0, before + 2)

    def note(self, receiver: int, slot: int, digest: bytes) -> None:
        """Note that work on an input begins."""
        _SLOT.pack_into(self._mapped, self._offset(receiver, slot), time.monotonic_ns(), digest)

    def clear(self, receiver: int, slot: int) -> None:
        """Note that work on an input is over."""
        _SLOT.pack_into(self._mapped, self._offset(receiver, slot), 0, b"")

    def collect(self, receiver: int) -> list[Work]:
        """Return what a receiver has in work, and forget it; for one that is dead."""
        start, end = self._offset(receiver, 0), self._offset(receiver + 1, 0)
        found = [
            Work(digest, began / 1e9) for began, digest in _SLOT.iter_unpack(self._mapped[start:end]) if began
        ]
        self._mapped[start:end] = bytes(end - start)
        return found

    @property
    def _mapped(self) -> mmap.mmap:
        if self._map is None:
            self._map = mmap.mmap(self._memory.number, 0)
        return self._map

    def _offset(self, receiver: int, slot: int) -> int:
        return _COUNT.size + _ENTRY.size * MOST_SUSPECTS + _SLOT.size * (receiver * self.slots + slot)


class Standings:
    """The entries as a receiver reads them: anew only after a change.

    Parameters
    ----------
    board
        The shared memory.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read_at, self._entries = -1, dict[bytes, Standing]()
        self._lock = threading.Lock()

    def of(self, digest: bytes) -> Standing:
        """Return the standing of an input."""
        if self._board.changes != self._read_at:
            self._read()
        return self._entries.get(digest, Standing.HARMLESS)

    def _read(self) -> None:
        with self._lock:
            while True:
                before = self._board.changes
                entries = {} if before % 2 else self._board.entries()
                if before % 2 == 0 and self._board.changes == before:
                    self._entries, self._read_at = entries, before
                    return
                time.sleep(0.001)
