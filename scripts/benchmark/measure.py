"""What is measured: times in turns, growth with the number of elements, memory."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine import Engine, EngineError, Worker

MEBIBYTE: Final = 1 << 20
ALLOWED_BESIDE: Final = 64 * MEBIBYTE
"""Memory that an instance may take besides its own bytes and those of the output that are new."""
_ENOUGH: Final = 0.05
"""Seconds that a turn of one engine lasts, at least one call."""
_MOST_CALLS: Final = 100


@dataclass(slots=True)
class Times:
    """Median milliseconds of each engine for one case, None where it failed, and the ratio to the peers."""

    case: str
    elements: int
    size: int
    milliseconds: dict[str, float | None] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    """How many times faster the gateway is than the faster peer, by the gateway's column."""


def times(case: str, file: Path, elements: int, engines: Sequence[Engine], rounds: int) -> Times:
    """Measure all engines in turns: what slows the machine for a while slows each of them.

    Parameters
    ----------
    case, elements
        Name and number of elements.
    file
        A Part 10 file.
    rounds
        Turns of each engine; the first one, before them, warms up and is not counted.
    """
    result = Times(case, elements, file.stat().st_size)
    medians: dict[str, list[float]] = {engine.name: [] for engine in engines}
    workers: list[Worker] = [engine.start() for engine in engines]
    calls = {worker.engine.name: _calls(worker, file) for worker in workers}
    first = 1_000
    for number in range(rounds):
        order = workers if number % 2 else workers[::-1]
        for worker in order:
            name = worker.engine.name
            if calls[name]:
                answer = worker.ask(file=str(file), first=first, calls=calls[name])
                medians[name].append(statistics.median(answer["seconds"]) * 1000)
        first += _MOST_CALLS
    for worker in workers:
        worker.__exit__()
    result.milliseconds = {
        name: statistics.median(found) if found else None for name, found in medians.items()
    }
    result.ratios = _ratios(engines, result.milliseconds)
    return result


def _calls(worker: Worker, file: Path) -> int:
    """Warm up and return how many calls make a turn, zero for an engine that cannot do the case."""
    try:
        answer = worker.ask(file=str(file), first=1, calls=2)
    except EngineError as error:
        print(f"benchmark: {worker.engine.name}: {file.stem}: {error}", file=sys.stderr)
        return 0
    return max(1, min(_MOST_CALLS, round(_ENOUGH / min(answer["seconds"]))))


def _ratios(engines: Sequence[Engine], milliseconds: dict[str, float | None]) -> dict[str, float]:
    by_peer = [milliseconds[engine.name] for engine in engines if engine.is_peer]
    fastest = min((one for one in by_peer if one is not None), default=None)
    return {
        engine.name: fastest / own
        for engine in engines
        if not engine.is_peer and fastest is not None and (own := milliseconds[engine.name]) is not None
    }


@dataclass(slots=True)
class Growth:
    """Microseconds per element by number of elements, and how much they differ at least."""

    microseconds: dict[int, float]
    most_to_least: float
    """Of the turn in which they differ least: in the others the machine was busy with something else."""


def per_element(files: dict[int, Path], engine: Engine, rounds: int) -> Growth:
    """Measure instances of different size, in turns; the first turn warms up and is not counted."""
    turns: list[dict[int, float]] = []
    with engine.start() as worker:
        for number in range(rounds + 1):
            turn = {}
            for count, file in files.items():
                answer = worker.ask(file=str(file), first=1_000 * number, calls=max(1, 8_000 // count))
                turn[count] = min(answer["seconds"]) * 1e6 / count
            turns.append(turn)
    del turns[0]
    medians = {count: statistics.median(turn[count] for turn in turns) for count in files}
    return Growth(medians, min(max(turn.values()) / min(turn.values()) for turn in turns))


def memory(file: Path, small: Path, engines: Sequence[Engine]) -> dict[str, dict[str, Any]]:
    """Measure the peak of a large instance in a fresh process of each engine.

    Returns
    -------
        By engine: bytes of ``peak`` above what the process had before, of ``input``, of what was ``changed``
        and of the ``bound``, and ``seconds``; the last three of the gateway only are told apart.
    """
    found: dict[str, dict[str, Any]] = {}
    for engine in engines:
        with engine.start() as worker:
            try:
                answer = worker.ask(memory=str(file), small=str(small))
            except EngineError as error:
                print(f"benchmark: {engine.name}: {file.stem}: {error}", file=sys.stderr)
                continue
        if not engine.is_peer:
            answer["bound"] = answer["input"] + answer["changed"] + ALLOWED_BESIDE
        found[engine.name] = answer
    return found
