"""One instance through all contestants, in a process that has loaded them once."""

from __future__ import annotations

import multiprocessing
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.pixels.contestant import BASELINES, Contestant, Gateway, Output, Prepared
from scripts.pixels.generator import Strata, instance
from scripts.pixels.scoring import Score, blame, score

GATEWAY: Final = Gateway.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run.

    Parameters
    ----------
    seed, count, strata, clean
        As for `generator.instances`.
    baselines
        The two others run as well.
    failures
        Folder for pictures of what the gateway missed, or None.
    leakage
        Every so many-th text-bearing instance is read by two engines afterwards; 0 for none.
    """

    seed: int
    count: int
    strata: Strata
    clean: float = 0.2
    baselines: bool = True
    failures: Path | None = None
    leakage: int = 4
    first: int = 0
    kind: str | None = None


@dataclass(slots=True)
class Result:
    """What one contestant made of one instance."""

    contestant: str
    case: str
    kind: str
    modality: str
    coding: str
    is_clean: bool
    frames: int
    seconds: float
    refused: str
    failed: str
    is_same: bool
    dct: bool
    is_lossless: bool
    score: Score
    readable: tuple[int, int] | None = None
    """Identifying words that two engines read before, and after; None where they were not asked."""


_LOSSY: Final = ("jpeg-q", "j2k-lossy", "j2k-ict", "jpeg-ls-near")
_state: dict[str, object] = {}


def _prepare(plan: Plan) -> None:
    """Load the contestants of a process."""
    import cv2

    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    _state["contestants"] = [Gateway(), *(make() for make in BASELINES if plan.baselines)]
    _state["plan"] = plan
    if plan.leakage:
        from scripts.pixels.leakage import Leakage

        _state["leakage"] = Leakage()


def _run(number: int) -> list[Result]:
    plan = _state["plan"]
    assert isinstance(plan, Plan)
    case = instance(plan.seed, number, strata=plan.strata, clean=plan.clean, kind=plan.kind)
    prepared = Prepared.of(case)
    results = []
    contestants: list[Contestant] = _state["contestants"]  # type: ignore[assignment]
    for contestant in contestants:
        output = contestant.run(prepared)
        result = _result(contestant.name, prepared, output)
        is_asked = plan.leakage and not case.is_clean and number % plan.leakage == 0
        if is_asked:
            result.readable = _state["leakage"].words(prepared, output)  # type: ignore[attr-defined]
        results.append(result)
        if contestant.name == GATEWAY and plan.failures is not None:
            from scripts.pixels.failures import write_failure

            write_failure(plan.failures, prepared, output, result.score)
    return results


def _result(name: str, prepared: Prepared, output: Output) -> Result:
    case = prepared.case
    found = score(case, prepared.frames, output.frames, dct=prepared.is_dct)
    blame(found.strings, output.regions)
    if output.refused:
        # Nothing leaves: nothing leaks, and nothing is kept.
        for string in found.strings:
            string.hidden, string.is_leak, string.is_kept = string.characters, False, False
    return Result(
        contestant=name,
        case=case.name,
        kind=case.kind,
        modality=case.modality,
        coding=case.coding,
        is_clean=case.is_clean,
        frames=len(prepared.frames),
        seconds=output.seconds,
        refused=output.refused,
        failed=output.failed,
        is_same=output.is_same and not output.refused,
        dct=prepared.is_dct,
        is_lossless=not case.coding.startswith(_LOSSY),
        score=found,
    )


def run(plan: Plan, processes: int) -> Iterator[list[Result]]:
    """Yield the results of every instance, as they come; progress goes to standard error."""
    numbers = range(plan.first, plan.first + plan.count)
    start, done = time.monotonic(), 0
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _prepare, (plan,), maxtasksperchild=None) as pool:
        for results in pool.imap_unordered(_run, numbers):
            done += 1
            if done % 10 == 0 or done == plan.count:
                rate = (time.monotonic() - start) / done
                left = rate * (plan.count - done)
                print(
                    f"\rpixels: {done} of {plan.count}, {left:.0f} s left ",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
            yield results
    print(file=sys.stderr)
