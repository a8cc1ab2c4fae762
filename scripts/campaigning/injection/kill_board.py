"""Which step kills next: some bytes that the campaign and all processes of a gateway share.

Looking at it costs one comparison, so that an unarmed gateway runs as fast as ever.
"""

from __future__ import annotations

import fcntl
import mmap
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

STEPS: Final = (
    "before write",
    "within write",
    "after write",
    "before sync",
    "after sync",
    "before linkage commit",
    "after linkage commit",
    "before rename",
    "after rename",
    "before directory sync",
    "after directory sync",
    "before ledger commit",
    "after ledger commit",
    "before answer",
    "after answer",
    "before send",
    "within send",
    "after send",
    "before response is recorded",
    "after response is recorded",
)
"""In the order in which an instance comes to them; the number of a step is its place from 1."""

_STEP, _COUNT, _GROUP, _FIRED, _PID = range(5)
_FIELDS: Final = 8
_NAME_AT: Final = 4 * _FIELDS
_SIZE: Final = 128


class Death(NamedTuple):
    """A process that killed itself, or everybody, at an armed step."""

    process: str
    pid: int


class Board:
    """The board at `path`; made when it is not there.

    Parameters
    ----------
    path
        A file of its own, outside of everything the gateway writes.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, _SIZE)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
        self._fields = memoryview(self._map)[:_NAME_AT].cast("I")

    def arm(self, step: str, count: int, *, group: bool) -> None:
        """Have the process that is the `count`-th to come to `step` die.

        Parameters
        ----------
        count
            1 or more.
        group
            Whether it takes all processes of its gateway along.
        """
        with self._locked():
            self._fields[_COUNT], self._fields[_GROUP], self._fields[_FIRED] = count, group, 0
            self._fields[_STEP] = STEPS.index(step) + 1

    def disarm(self) -> None:
        """Let nobody die."""
        with self._locked():
            self._fields[_STEP] = 0

    @property
    def death(self) -> Death | None:
        """Who died since the board was armed."""
        if not self._fields[_FIRED]:
            return None
        name = bytes(self._map[_NAME_AT:]).rstrip(b"\0").decode()
        return Death(name, self._fields[_PID])

    def point(self, step: str) -> Callable[[], bool]:
        """Return what a process asks at `step`: whether it has to call `die` now."""
        number, fields = STEPS.index(step) + 1, self._fields
        return lambda: fields[_STEP] == number and self._is_last(number)

    def die(self) -> None:
        """Kill this process, or its group, without any further instruction."""
        if self._fields[_GROUP]:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def close(self) -> None:
        """Let go of the file."""
        self._fields.release()
        self._map.close()

    def _is_last(self, number: int) -> bool:
        with self._locked():
            if self._fields[_STEP] != number:
                return False
            self._fields[_COUNT] -= 1
            if self._fields[_COUNT]:
                return False
            name = multiprocessing.current_process().name
            encoded = ("supervisor" if name == "MainProcess" else name).encode()[: _SIZE - _NAME_AT]
            self._map[_NAME_AT:] = encoded.ljust(_SIZE - _NAME_AT, b"\0")
            self._fields[_STEP], self._fields[_PID], self._fields[_FIRED] = 0, os.getpid(), 1
            return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # A description of its own, so that threads of one process exclude each other as well.
        descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
