"""Whole gateways started on rebuilt disks, with an archive that gets what waits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nodes.gateway import Gateway
from nodes.process import wait_until

from powercutting import recorder
from powercutting.examination import Examiner, Recording, Verdict
from powercutting.judge import LOST
from powercutting.recorder import Archive, Sent, archived, number_of

_AT_ONCE = 2
_SECONDS = 60.0


def start_each(recording: Recording, examiner: Examiner, numbers: set[int], seed: int) -> Iterator[Verdict]:
    """Start a gateway on one disk of each boundary; yield the verdicts.

    Every answered instance arrives at the archive, or did so before the power cut, and the sums of
    ``gateway status`` say so.
    """
    known = archived(recording.folder)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures = []
        replay = recording.replay()
        for moment in replay.moments():
            if moment.number in numbers:
                survival = ("nothing", "pages", "last")[len(futures) % 3]
                folder = examiner.rebuild(replay.root, survival, seed + moment.number)
                verdict = Verdict(moment, survival, seed + moment.number, [])
                future = pool.submit(_problems, folder, recording.answered(replay), known)
                futures.append((verdict, future))
        for verdict, future in futures:
            verdict.problems.extend(future.result())
            yield verdict


def _problems(folder: Path, answered: Sequence[Sent], known: set[int]) -> list[str]:
    archive = Archive()
    gateway = recorder.gateway(Gateway, folder, archive.address)
    try:
        with gateway:
            wait_until(lambda: not _waiting(gateway), _SECONDS, "everything is forwarded")
            status = gateway.status()
    except (RuntimeError, TimeoutError) as error:
        return [f"the gateway: {error}"]
    finally:
        archive.close()
    missing = {number_of(one.sop_instance_uid) for one in answered} - known - archive.received
    problems = [f"{LOST}{number}: at no archive" for number in sorted(missing)]
    if not status["balanced"] or any(one["forwarded"] != one["stored"] for one in status["sums"]):
        problems.append("the sums of gateway status are not balanced")
    shutil.rmtree(folder, ignore_errors=True)
    return problems


def _waiting(gateway: Gateway) -> int:
    return sum(int(one["waiting"]) for one in gateway.status()["sums"])
