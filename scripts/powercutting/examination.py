"""Rebuilds what the disk could hold at chosen moments of a recording, and has each judged."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from powercutting.disk import Directory, Survival, image
from powercutting.judge import LOST, judge, prepare_process
from powercutting.recorder import Sent, recorded
from powercutting.replay import MOMENTS, Moment, Replay
from powercutting.trace import Call, read

STORAGE, TRACE, SETTINGS = "var", "trace", "gateway.toml"
_NEAR = 16
"""Boundaries after a sync."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a start on one disk found wrong."""

    moment: Moment
    survival: str
    seed: int
    problems: list[str]

    @property
    def lost(self) -> int:
        """How many answered instances are not as they were answered."""
        return len({problem.partition(":")[0] for problem in self.problems if problem.startswith(LOST)})


class Recording:
    """A recording in a folder, read once.

    Attributes
    ----------
    moments
        All of its boundaries.
    syncs
        How many syncs of each class there were.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.storage = folder, folder / STORAGE
        self._events: list[tuple[Call, bool]] = list(read(folder / TRACE, self.storage))
        self._sent = {one.sop_instance_uid: one for one in recorded(folder)}
        replay = self.replay()
        self.moments = list(replay.moments())
        self.syncs, self.answers = replay.syncs, replay.answers
        self._root = replay.root

    def replay(self, without: Collection[str] = ()) -> Replay:
        """Return a replay from the beginning."""
        for call, _ in self._events:
            call.state = None
        return Replay(self._events, self.storage, frozenset(without))

    def answered(self, replay: Replay) -> list[Sent]:
        """What the replay has seen answered, as often as it was."""
        return [self._sent[uid] for uid in replay.answers]

    def differences(self) -> list[str]:
        """Compare the disk at the end of the replay with the real one; return the paths that differ.

        It is none when the recording is complete and the replay right.
        """
        root = self.folder
        ours = {
            path: content for path, content in image(self._root, Survival("all", 0)) if content is not None
        }
        theirs = {str(path.relative_to(root)): path for path in self.storage.rglob("*") if path.is_file()}
        theirs = {name: path for name, path in theirs.items() if not name.endswith("-shm")}
        return sorted(
            name for name in {*ours, *theirs}
            if not name.startswith(f"{STORAGE}/run/")
            and (name not in ours or name not in theirs or ours[name] != theirs[name].read_bytes())
        )  # fmt: skip


def chosen(moments: Sequence[Moment], count: int, seed: int) -> set[int]:
    """Choose boundaries at random, of each kind alike; return their numbers."""
    draw, numbers = random.Random(seed), set()
    for place, kind in enumerate(MOMENTS):
        all_of_kind = [moment.number for moment in moments if moment.kind == kind]
        numbers |= set(draw.sample(all_of_kind, min((count + place) // len(MOMENTS), len(all_of_kind))))
    return numbers


def near(moments: Sequence[Moment], what: str, count: int, seed: int) -> set[int]:
    """Choose boundaries soon after a sync of one class, where its absence shows if anywhere."""
    begun = [moment.number for moment in moments if moment.what == what and moment.kind == "sync begins"]
    candidates = {number + step for number in begun for step in range(_NEAR)} & set(range(len(moments)))
    return set(random.Random(seed).sample(sorted(candidates), min(count, len(candidates))))


class _Here(Executor):
    """Does everything at once, in this process."""

    def submit(self, fn, /, *args, **kwargs):
        done = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Examiner:
    """Judges disks in several processes.

    Parameters
    ----------
    recording
        What they are rebuilt from.
    scratch
        An empty folder; a file system in memory is the fastest.
    workers
        How many processes, None for one a core; 0 judges in this one, which is quicker for a few disks.
    """

    def __init__(
        self, recording: Recording, scratch: Path, workers: int = len(os.sched_getaffinity(0))
    ) -> None:
        self._recording, self._scratch = recording, scratch
        self._count = 0
        self._template = (recording.folder / SETTINGS).read_text(encoding="utf-8")
        self._pool: Executor = _Here()
        if workers:
            self._pool = ProcessPoolExecutor(workers, get_context("spawn"), prepare_process)
        self._most = 2 * workers + 1

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def examine(
        self, numbers: set[int], survivals: Iterable[str], seed: int, without: Collection[str] = ()
    ) -> Iterator[Verdict]:
        """Yield the verdict on each disk, in no order."""
        running: dict[Future[list[str]], tuple[Verdict, Path]] = {}
        replay = self._recording.replay(without)
        try:
            for moment in replay.moments():
                if moment.number > max(numbers, default=-1):
                    break
                if moment.number not in numbers:
                    continue
                answered = self._recording.answered(replay)
                for survival in survivals:
                    verdict = Verdict(moment, survival, seed + moment.number, [])
                    folder = self.rebuild(replay.root, survival, verdict.seed)
                    future = self._pool.submit(judge, folder / SETTINGS, answered)
                    running[future] = (verdict, folder)
                    if len(running) >= self._most:
                        yield from _finished(running, wait(running, return_when=FIRST_COMPLETED).done)
            yield from _finished(running, wait(running).done)
        finally:
            for future in running:
                future.cancel()
            wait(running)

    def rebuild(self, root: Directory, survival: str, seed: int) -> Path:
        """Write a disk into a folder of its own, with the settings of a gateway on it; return the folder."""
        self._count += 1
        folder = self._scratch / f"disk-{self._count}"
        (folder / STORAGE).mkdir(parents=True)
        for name, content in image(root, Survival(survival, seed)):
            if content is None:
                (folder / name).mkdir(mode=0o700, exist_ok=True)
            else:
                (folder / name).write_bytes(content.rstrip(b"\0"))
                os.truncate(folder / name, len(content))
                (folder / name).chmod(0o600)
        settings = self._template.replace(str(self._recording.storage), str(folder / STORAGE))
        (folder / SETTINGS).write_text(settings, encoding="utf-8")
        return folder


def _finished(
    running: dict[Future[list[str]], tuple[Verdict, Path]], done: Iterable[Future[list[str]]]
) -> Iterator[Verdict]:
    for future in list(done):
        verdict, folder = running.pop(future)
        verdict.problems.extend(future.result())
        shutil.rmtree(folder, ignore_errors=True)  # SQLite may be removing its own at this moment
        yield verdict
