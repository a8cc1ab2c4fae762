"""Each class of syncs left out in turn: an examination that does not notice proves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType

from powercutting.disk import Survival
from powercutting.examination import Examiner, Recording, Verdict, chosen, near

_COMMITTED = "SQLite's own; it syncs again what every commit has synced"
_RESTARTED = "SQLite's own; shows with --instances 480, when a log begins with a longer commit than the last"
EXEMPT: Mapping[str, str] = MappingProxyType(
    {
        "ledger-checkpoint-log": _COMMITTED,
        "linkage-checkpoint-log": _COMMITTED,
        "ledger-log-header": _RESTARTED,
        "linkage-log-header": _RESTARTED,
        "ledger-reserve": "a reserve that is not there is made by the start",
        "temporary-directory": "after a probe; what is in the folder is removed by the start",
    }
)
"""Classes whose absence need not show, and why."""
_FURTHER, _STRIDE = 8, 1 << 20
"""Passes over the same boundaries with other random numbers, while the absence does not show."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What became of the examination without one class of syncs.

    Attributes
    ----------
    syncs
        How many there are in the recording.
    disks
        How many were judged, up to the first that showed it.
    shown
        That one; None when none did.
    """

    what: str
    syncs: int
    disks: int
    shown: Verdict | None

    @property
    def is_expected(self) -> bool:
        """Whether it was noticed, or there is nothing to notice."""
        return self.shown is not None or self.what in EXEMPT


def ablate(recording: Recording, examiner: Examiner, count: int, seed: int) -> Iterator[Absence]:
    """Yield what becomes of the examination without each class of syncs of a recording.

    Parameters
    ----------
    count
        Boundaries to try, near such syncs and as many anywhere, each as six disks.
    """
    for what, syncs in sorted(recording.syncs.items()):
        yield _absence(recording, examiner, what, syncs, count, seed)


def _absence(
    recording: Recording, examiner: Examiner, what: str, syncs: int, count: int, seed: int
) -> Absence:
    soon = near(recording.moments, what, count, seed)
    passes = [(soon | chosen(recording.moments, count, seed), Survival.KINDS)]
    passes += [(soon, Survival.KINDS[2:])] * _FURTHER
    disks = 0
    for turn, (numbers, survivals) in enumerate(passes):
        with closing(examiner.examine(numbers, survivals, seed + _STRIDE * turn, {what})) as verdicts:
            for verdict in verdicts:
                disks += 1
                if verdict.problems:
                    return Absence(what, syncs, disks, verdict)
        if what in EXEMPT:
            break
    return Absence(what, syncs, disks, None)
