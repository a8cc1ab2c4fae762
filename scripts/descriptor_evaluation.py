"""Clean a set of invented descriptors, and count by kind what is left that must go and gone that must stay.

The examples are in tests/deidentify/descriptor/evaluation. An example leaks when any part of what must
go is left; clinical words are counted one by one. With `--show` each leak and each lost word is printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from gateway.deidentify.descriptor import vocabulary
from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.needle import folded

if TYPE_CHECKING:
    from tests.deidentify.descriptor.evaluation.example import Example

FOLDER: Final = Path(__file__).resolve().parents[1] / "tests" / "deidentify" / "descriptor" / "evaluation"
NEW_UID: Final = "2.25.1"
_RUN: Final = re.compile(r"[^\W\d_]+|\d+")
_MIN_DIGITS: Final = 3
"""Digits in a row that may be left of a date or number: 21 says nothing, 2014 does."""


def load() -> ModuleType:
    """Return the module of the examples, which is no part of a package."""
    name = "descriptor_evaluation_example"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FOLDER / "example.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@dataclass(slots=True)
class Account:
    """What became of the examples of one kind."""

    instances: int = 0
    leaks: list[tuple[str, str, str]] = field(default_factory=list)
    """Text, what is left of it, and the part of it that must not be."""
    words: int = 0
    lost: list[tuple[str, str, str]] = field(default_factory=list)
    """Text, what is left of it, and the word that is lost."""

    @property
    def kept(self) -> float:
        """Return the part of the clinical words that is kept."""
        return 1 - len(self.lost) / self.words if self.words else 1.0


def known_of(example: Example) -> Known:
    """Return what the header of an example knows."""
    known = Known()
    add = {"N": known.add_name, "I": known.add_identifier, "P": known.add_place}
    for value in example.known:
        kind, _, text = value.partition(":")
        add[kind](text)
    return known


def _runs(text: str) -> Counter[str]:
    return Counter(_RUN.findall(folded(text)))


def _left(example: Example, text: str) -> str:
    """Return a part of what must go that is left, beyond what the words that must stay account for."""
    runs = _runs(text)
    runs.subtract(_runs(" ".join(example.keep)))
    allowed = {run for run in _runs(_without_marks(example)) if run.isdecimal()}
    for part in example.go:
        for run in _RUN.findall(folded(part)):
            enough = len(run) >= _MIN_DIGITS if run.isdecimal() else len(run) > 1
            if enough and runs[run] > 0 and run not in allowed:
                return run
        whole = not part.isascii() or any(character.isdecimal() for character in part)
        if whole and len(part) > 1 and folded(part) in folded(text):
            return part
    return ""


def _without_marks(example: Example) -> str:
    text = folded(example.text)
    for part in example.go:
        text = text.replace(folded(part), " ", 1)
    return text


def _clinical(example: Example) -> list[str]:
    """Return the words that must stay, but those that only join others."""
    return [word for word in example.keep if not vocabulary.is_function_word(folded(word))]


def _lost(example: Example, text: str) -> Iterable[str]:
    left = _runs(text)
    for word in _clinical(example):
        run = folded(word)
        if left[run] > 0:
            left[run] -= 1
        elif run.isascii() or run not in folded(text):
            yield word


def measure(cleaner: Cleaner, examples: Iterable[Example]) -> dict[str, Account]:
    """Return by kind what the cleaner made of the examples, as descriptors and without dates."""
    accounts: dict[str, Account] = {}
    for example in examples:
        account = accounts.setdefault(example.kind, Account())
        known = known_of(example)
        cleaned = cleaner.clean(example.text, known, strict=True, date=None, uid=lambda _: NEW_UID)
        account.instances += 1
        account.words += len(_clinical(example))
        if left := _left(example, cleaned.text):
            account.leaks.append((example.text, cleaned.text, left))
        account.lost.extend((example.text, cleaned.text, word) for word in _lost(example, cleaned.text))
    return accounts


def _print(accounts: dict[str, Account], *, show: bool) -> None:
    print(f"{'kind':<26}{'examples':>9}{'leaks':>7}{'words':>7}{'lost':>6}{'kept':>9}")
    total = Account()
    for kind, account in sorted(accounts.items()):
        _print_row(kind, account)
        total.instances += account.instances
        total.words += account.words
        total.leaks += account.leaks
        total.lost += account.lost
    _print_row("all", total)
    if show:
        for title, rows in (("leak", total.leaks), ("lost", total.lost)):
            for text, left, part in rows:
                print(f"{title}: {part!r} in {text!r} -> {left!r}")


def _print_row(kind: str, account: Account) -> None:
    print(
        f"{kind:<26}{account.instances:>9}{len(account.leaks):>7}{account.words:>7}{len(account.lost):>6}"
        f"{account.kept:>9.2%}"
    )


def main() -> int:
    """Print the table; return 1 if anything is left that must go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print each leak and each lost word")
    accounts = measure(Cleaner(), load().examples())
    _print(accounts, show=parser.parse_args().show)
    return int(any(account.leaks for account in accounts.values()))


if __name__ == "__main__":
    sys.exit(main())
