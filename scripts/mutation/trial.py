"""Trials of mutants: a copy of the tree, the tests of a module in it, and what they said."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from scripts.mutation.mutant import Mutant, mutated
from scripts.mutation.suite import file_of, tests_of

_COPIED: Final = ("gateway", "tests/deidentify", "config", "scripts", "docs", "setup.cfg", "pyproject.toml")
_MEMORY: Final = 4 << 30
"""Bytes of address space. A mutant without its limits must not take the machine along."""
_PATIENCE: Final = 5
"""How many times as long as its tests need without a change, plus ten seconds, a mutant may take."""


class Outcome(StrEnum):
    """What the tests said of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant and its outcome."""

    mutant: Mutant
    outcome: Outcome
    seconds: float


class TestsFailError(Exception):
    """The tests of a module fail without any mutation, so they can tell nothing."""


def copied(root: Path, place: Path) -> Path:
    """Copy what the tests need of a tree, and return the root of the copy."""
    unwanted = shutil.ignore_patterns("__pycache__", ".hypothesis", "*.pyc")
    place.mkdir()
    for name in _COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, place / name, ignore=unwanted)
        else:
            shutil.copy2(root / name, place / name)
    return place


class Bench:
    """A copy of the tree in which one mutant at a time is tried.

    Parameters
    ----------
    place
        Root of the copy.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._limits: dict[str, float] = {}
        self._order: dict[str, list[str]] = {}

    def attempt(self, mutant: Mutant) -> Result:
        """Try a mutant.

        Raises
        ------
        TestsFailError
            The tests fail or find nothing without it.
        """
        limit = self._limit(mutant.module)
        file = self._place / file_of(mutant.module)
        source = file.read_text(encoding="utf-8")
        began = time.monotonic()
        try:
            file.write_text(mutated(source, mutant), encoding="utf-8")
            code = self._run(mutant.module, limit)
        finally:
            file.write_text(source, encoding="utf-8")
        return Result(mutant, _outcome(code), time.monotonic() - began)

    def _limit(self, module: str) -> float:
        """Return the seconds after which a mutant of a module has timed out."""
        if module not in self._limits:
            began = time.monotonic()
            works = self._run(module, None) == 0
            self._limits[module] = _PATIENCE * (time.monotonic() - began) + 10 if works else 0
        if not self._limits[module]:
            raise TestsFailError(f"{module}: its tests fail without a mutation")
        return self._limits[module]

    def _tests(self, module: str) -> list[str]:
        return [test for test in tests_of(module) if (self._place / test).is_file()]

    def _run(self, module: str, limit: float | None) -> int | None:
        """Return the exit code of the tests of a module, None where they took too long."""
        tests = self._order.setdefault(module, self._tests(module))
        process = subprocess.Popen(
            _command(tests), cwd=self._place, env=_environment(), start_new_session=True, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        resource.prlimit(process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        try:
            said, _ = process.communicate(timeout=limit)
            # The file that noticed one mutant is likely to notice the next one of the module: it goes first.
            tests.sort(key=lambda test: f" {test}::" not in said)
            return process.returncode
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            # An example that hypothesis remembers would make a mutant's outcome depend on those before it.
            shutil.rmtree(self._place / ".hypothesis", ignore_errors=True)


def _outcome(code: int | None) -> Outcome:
    if code is None:
        return Outcome.TIMED_OUT
    return Outcome.KILLED if code else Outcome.SURVIVED


def _command(tests: Sequence[str]) -> list[str]:
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=1"]
    return ["nice", "-n", "15", *pytest, *tests]


def _environment() -> dict[str, str]:
    # A compiled module is found stale by its time, which two mutants within a second share.
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
