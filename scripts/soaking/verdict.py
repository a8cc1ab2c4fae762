"""Is a soak flat? Each check compares two numbers, so that each of them can fail."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from soaking.sampling import MEBIBYTE, Sample

LONGEST_LOG: Final = 64 * MEBIBYTE
"""Bytes that no write-ahead log may ever have."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much more the last fifth may have than the second: a share of it, and a number beside."""

    share: float
    beside: float

    def most(self, before: float) -> float:
        """Return the most that still counts as flat."""
        return before * (1 + self.share) + self.beside


MEMORY: Final = Tolerance(0.08, 8 * MEBIBYTE)
THREADS: Final = Tolerance(0.0, 8)
"""Two associations to the archive have four threads; whether they are open at the median is chance."""
DESCRIPTORS: Final = Tolerance(0.0, 12)
QUEUE: Final = Tolerance(0.5, 100)
LOG: Final = Tolerance(0.25, 4 * MEBIBYTE)
PROCESSOR: Final = Tolerance(0.4, 0.005)
POOLS: Final = 10
"""Threads of a process that start when they are first needed and stay: recorders, the way to the ledger."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison.

    Parameters
    ----------
    before, after
        Medians of the second and of the last fifth; of a check at the end, nothing and what was found.
    most
        Up to where `after` is right.
    """

    name: str
    before: float | None
    after: float
    most: float
    unit: str = ""

    @property
    def passed(self) -> bool:
        """Whether it is right."""
        return self.after <= self.most


Series = Sequence[tuple[float, float]]
"""Seconds since the start, and a value."""


def fifth(series: Series, number: int, end: float) -> list[float]:
    """Return the values of a fifth of the time up to `end`; the first one has number 1."""
    low, high = end * (number - 1) / 5, end * number / 5
    return [value for at, value in series if low <= at < high or (number == 5 and at == high)]


def flat(name: str, series: Series, end: float, tolerance: Tolerance, unit: str = "") -> Check | None:
    """Compare the medians of the last and the second fifth; None where one of them has no values."""
    second, last = fifth(series, 2, end), fifth(series, 5, end)
    if not second or not last:
        return None
    before = statistics.median(second)
    return Check(name, before, statistics.median(last), tolerance.most(before), unit)


def least(name: str, series: Series, end: float, tolerance: Tolerance) -> Check | None:
    """Compare the least of the last and the second fifth: what comes and goes must go again."""
    second, last = fifth(series, 2, end), fifth(series, 5, end)
    if not second or not last:
        return None
    return Check(name, min(second), min(last), tolerance.most(min(second)))


def names(samples: Sequence[Sample]) -> list[str]:
    """Return the names of all processes, in the order in which they were seen."""
    return list(dict.fromkeys(name for sample in samples for name in sample.processes))


def of_processes(samples: Sequence[Sample], end: float) -> list[Check]:
    """Check memory, threads and descriptors of each process."""
    found: list[Check | None] = []
    for name in names(samples):
        own = [(one.at, one.processes[name]) for one in samples if name in one.processes]
        resident = [(at, float(usage.resident)) for at, usage in own]
        threads = [(at, float(usage.threads)) for at, usage in own]
        descriptors = [(at, float(usage.descriptors)) for at, usage in own if usage.descriptors >= 0]
        found += [
            flat(f"memory of {name}", resident, end, MEMORY, "B"),
            flat(f"threads of {name}", threads, end, THREADS),
            flat(f"descriptors of {name}", descriptors, end, DESCRIPTORS),
        ]
    return [check for check in found if check is not None]


def processor_per_instance(samples: Sequence[Sample]) -> Series:
    """Return the processor's seconds that all processes together took for each stored instance."""
    found = []
    for earlier, later in pairwise(samples):
        shared = earlier.processes.keys() & later.processes.keys()
        spent = sum(later.processes[name].processor - earlier.processes[name].processor for name in shared)
        if later.stored > earlier.stored:
            found.append((later.at, spent / (later.stored - earlier.stored)))
    return found


def of_storage(samples: Sequence[Sample], end: float) -> list[Check]:
    """Check the queue and the write-ahead logs."""
    found = [
        least("fewest waiting instances", [(one.at, float(one.waiting)) for one in samples], end, QUEUE),
        flat("processor per instance", processor_per_instance(samples), end, PROCESSOR, "s"),
    ]
    for name in dict.fromkeys(name for sample in samples for name in sample.logs):
        series = [(one.at, float(one.logs.get(name, 0))) for one in samples]
        found.append(flat(f"write-ahead log of {name}", series, end, LOG, "B"))
        longest = max(value for _, value in series)
        found.append(Check(f"longest write-ahead log of {name}", None, longest, LONGEST_LOG, "B"))
    return [check for check in found if check is not None]


def of_threads_at_rest(before: Sample, after: Sample) -> list[Check]:
    """Check that without any association there are no more threads than before the first, and its pools.

    `before` and `after` take the place of the second and the last fifth.
    """
    return [
        Check(
            f"threads of {name} at rest", usage.threads, after.processes[name].threads, usage.threads + POOLS
        )
        for name, usage in before.processes.items()
        if name in after.processes
    ]


def of_processes_alive(before: Sample, after: Sample) -> list[Check]:
    """Check that every process is the one that was there at the start."""
    replaced = [
        name
        for name, usage in before.processes.items()
        if name not in after.processes or after.processes[name].pid != usage.pid
    ]
    return [Check("processes that died", None, len(replaced), 0)]
