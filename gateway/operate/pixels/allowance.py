"""What the examination of one instance may take."""

from __future__ import annotations

import math
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.pixel.image import Image

_SAMPLES_PER_S: Final = 4_000_000
"""Stored values that are decoded, looked at and coded again in a second, by the slowest codec."""
_BYTES_PER_S: Final = 1 << 20
"""Coded bytes that earn a second: a small stream that claims an endless image does not get endless time."""
_WALL: Final = 4
"""Times the processor time: what an examination may take on a machine that is busy with others."""
_LONGEST_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """Seconds of the processor, and of the clock."""

    processor: float
    clock: float

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """End this process if the block takes more: by SIGXCPU, or by SIGALRM.

        No code has to run for that; a decoder that loops for ever is ended as well.
        """
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + self.processor), hard))
        signal.setitimer(signal.ITIMER_REAL, self.clock)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


OVERRUN: Final = frozenset({signal.SIGXCPU, signal.SIGALRM})
"""The signals that end a process which takes more."""


def allowance(seconds: float, image: Image, coded: int) -> Allowance:
    """Return what an image may take.

    Parameters
    ----------
    seconds
        Of the processor, for a small image.
    coded
        Bytes of its coded pixels.
    """
    samples = image.rows * image.columns * image.samples * image.frames
    processor = seconds + min(samples / _SAMPLES_PER_S, coded / _BYTES_PER_S)
    return Allowance(min(processor, _LONGEST_S), min(_WALL * processor, _LONGEST_S))
