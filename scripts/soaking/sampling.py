"""What the processes of a gateway use, taken from /proc at regular times."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MEBIBYTE: Final = 1 << 20
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process uses.

    Parameters
    ----------
    resident, peak
        Bytes of memory, now and at most.
    descriptors
        Open files; -1 where only root may count them.
    processor
        Seconds of processor time since its start.
    """

    pid: int
    resident: int
    peak: int
    threads: int
    descriptors: int
    processor: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything at one time.

    Parameters
    ----------
    at
        Seconds since the first sample.
    mood
        What the archive does.
    processes
        By the name that the process gives itself.
    waiting, stored
        Instances, of the ledger.
    logs
        Bytes of each write-ahead log, by the name of its database.
    files, unfinished
        In the spool: complete ones, and temporary ones.
    acknowledged
        Instances that the senders were answered Success for.
    """

    at: float
    mood: str
    processes: dict[str, Usage]
    waiting: int
    stored: int
    logs: dict[str, int]
    files: int
    unfinished: int
    acknowledged: int


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield pid
    for task in _listed(Path(f"/proc/{pid}/task")):
        with suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split():
                yield from tree(int(child))


def usage(pid: int) -> tuple[str, Usage] | None:
    """Return the name of a process and what it uses; None when it is gone."""
    folder = Path(f"/proc/{pid}")
    try:
        fields = dict(
            line.split(":", 1) for line in (folder / "status").read_text(encoding="utf-8").splitlines()
        )
        times = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        resident, peak = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    except (OSError, KeyError, ValueError):  # KeyError: a zombie has no memory
        return None
    try:
        descriptors = len(os.listdir(folder / "fd"))  # noqa: PTH208 - only the number counts
    except OSError:
        descriptors = _UNKNOWN
    processor = (int(times[11]) + int(times[12])) / _TICKS
    return fields["Name"].strip(), Usage(pid, resident, peak, int(fields["Threads"]), descriptors, processor)


def processes(supervisor: int) -> dict[str, Usage]:
    """Return what the processes of a gateway use; those of the same name by number."""
    found: dict[str, Usage] = {}
    for pid in tree(supervisor):
        named = usage(pid)
        if named is not None:
            name = "supervisor" if pid == supervisor else _role(pid, named[0])
            while name in found:
                name += "'"
            found[name] = named[1]
    return found


def _role(pid: int, name: str) -> str:
    """Return what a process is called; those that have no name of their own are multiprocessing's."""
    if not name.startswith("python"):
        return name
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return name
    return "resource tracker" if b"resource_tracker" in command else "fork server"


def count_files(spool: Path) -> tuple[int, int]:
    """Count the complete and the unfinished files of a spool."""
    complete = unfinished = 0
    for folder, _, names in os.walk(spool):
        if Path(folder) == spool / "tmp":
            unfinished += len(names)
        else:
            complete += sum(name.endswith(".dcm") for name in names)
    return complete, unfinished


def write_ahead_logs(storage: Path) -> dict[str, int]:
    """Return the bytes of each write-ahead log of SQLite."""
    return {path.name.partition(".")[0]: _size(path) for path in sorted(storage.glob("*.sqlite-wal"))}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are enough
    except OSError:
        return []


@dataclass(slots=True)
class Sampler:
    """Takes samples of one gateway.

    Parameters
    ----------
    supervisor
        Process id.
    storage
        Its storage directory.
    queue
        Tells how many instances wait, and how many are stored.
    mood, acknowledged
        Tell what the archive does, and how many instances the senders know to be safe.
    """

    supervisor: int
    storage: Path
    queue: Callable[[], tuple[int, int]]
    mood: Callable[[], str]
    acknowledged: Callable[[], int]
    samples: list[Sample] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    def take(self) -> Sample:
        """Take a sample and keep it."""
        waiting, stored = self.queue()
        files, unfinished = count_files(self.storage / "spool")
        sample = Sample(
            at=time.monotonic() - self._started,
            mood=self.mood(),
            processes=processes(self.supervisor),
            waiting=waiting,
            stored=stored,
            logs=write_ahead_logs(self.storage),
            files=files,
            unfinished=unfinished,
            acknowledged=self.acknowledged(),
        )
        self.samples.append(sample)
        return sample
