"""Signs of life: each process counts up in shared memory, its supervisor watches the count.

A process beats from a thread of its own, so that long work with the interpreter free (a commit of
ten seconds, the hash of a gigabyte) does not look like death. That alone would only prove that the
interpreter runs. So the beat also stops while a loop that matters is stuck in one piece of work,
or while a check says that the process is of no more use. What is left is a process that is
stopped, that holds the interpreter for ever, or whose loop hangs: only a new one helps.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final

from gateway.operate.supervision.descriptor import Descriptor

INTERVAL_S: Final = 1.0
"""Between beats."""
_BYTES: Final = 8


class Pulse:
    """One counter in memory that processes share; only one of them counts.

    Parameters
    ----------
    memory
        8 bytes for each process, zero at first.
    number
        Which of the counters.
    """

    def __init__(self, memory: Descriptor, number: int) -> None:
        self._memory, self._number = memory, number
        self._counter: memoryview | None = None

    @staticmethod
    def several(count: int) -> list[Pulse]:
        """Make memory for `count` processes; return a counter for each."""
        memory = Descriptor(os.memfd_create("gateway-pulses", os.MFD_CLOEXEC))
        os.ftruncate(memory.number, _BYTES * count)
        return [Pulse(memory, number) for number in range(count)]

    def beat(self) -> None:
        """Count one up."""
        self._view()[0] += 1

    @property
    def beats(self) -> int:
        """How many there were."""
        return self._view()[0]

    def _view(self) -> memoryview:
        if self._counter is None:
            counters = memoryview(mmap.mmap(self._memory.number, 0)).cast("q")
            self._counter = counters[self._number : self._number + 1]
        return self._counter

    def __reduce__(self) -> tuple[type[Pulse], tuple[Descriptor, int]]:
        return Pulse, (self._memory, self._number)


class Loop:
    """A loop whose pieces of work must end; as a context manager, around each of them.

    Parameters
    ----------
    patience
        Seconds that a piece of work may take before it counts as silence.
    """

    def __init__(self, patience: float = INTERVAL_S) -> None:
        self._patience = patience
        self._since: float | None = None
        self._begun = self._seen = 0

    @property
    def is_well(self) -> bool:
        """Whether it waits for work, has just begun some, or has begun another since the last look.

        One that gets little of a busy interpreter goes on slowly: it is not stuck.
        """
        since, has_moved = self._since, self._begun != self._seen
        self._seen = self._begun
        return has_moved or since is None or time.monotonic() - since <= self._patience

    def __enter__(self) -> None:
        self._begun += 1
        self._since = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._since = None


class Heart:
    """Beats in a thread of its own as long as everything it knows of is well.

    Parameters
    ----------
    pulse
        Counts the beats.
    interval
        Seconds between them.
    """

    def __init__(self, pulse: Pulse, interval: float = INTERVAL_S) -> None:
        self._pulse, self._interval = pulse, interval
        self._checks: tuple[Callable[[], bool], ...] = ()

    def start(self) -> None:
        """Beat from now on."""
        threading.Thread(target=self._run, name="heart", daemon=True).start()

    def loop(self, patience: float = INTERVAL_S) -> Loop:
        """Return a loop without which the process is of no use."""
        made = Loop(patience)
        self.check(lambda: made.is_well)
        return made

    def check(self, is_well: Callable[[], bool]) -> None:
        """Beat only while `is_well` says so; it must not wait for anything."""
        self._checks = (*self._checks, is_well)

    def _run(self) -> None:
        while True:
            if all(check() for check in self._checks):
                self._pulse.beat()
            time.sleep(self._interval)


class Patient:
    """What the supervisor knows of one pulse.

    Silence is summed over the looks at it and each look adds little: a supervisor, or a whole
    machine, that stood still has not seen anybody silent.

    Parameters
    ----------
    pulse
        Of the process.
    """

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._beats, self.silence = pulse.beats, 0.0

    def reset(self) -> None:
        """Begin anew: the process was started."""
        self._beats, self.silence = self._pulse.beats, 0.0

    def look(self, elapsed: float) -> None:
        """Look at the pulse, `elapsed` seconds after the last look."""
        beats = self._pulse.beats
        self.silence = self.silence + elapsed if beats == self._beats else 0.0
        self._beats = beats
