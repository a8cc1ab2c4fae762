"""What two profiles do differently to the same instances."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from gateway.deidentify.decision import Decision
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Instance
from gateway.deidentify.touched import Path
from gateway.errors import Refused

EXAMPLES: Final = 3
"""Examples that are kept of each difference."""
_LONGEST_EXAMPLE: Final = 200
"""Characters of each value of an example."""


class Outcome(NamedTuple):
    """What a profile does to an element; both are empty where it went with its sequence."""

    action: str
    why: str


class Difference(NamedTuple):
    """An attribute at a place, and what each of two profiles does to it."""

    path: Path
    tag: int
    first: Outcome
    second: Outcome

    @property
    def place(self) -> Path:
        """Tags of the enclosing sequences and of the attribute itself."""
        return (*self.path, self.tag)

    @property
    def is_inside(self) -> bool:
        """Whether a profile took it away with its sequence."""
        return _GONE in (self.first, self.second)


class Example(NamedTuple):
    """Values of one element: the original, and what each profile leaves."""

    before: str
    first: str
    second: str


_GONE: Final = Outcome("", "")
_Found = dict[Difference, list[Example]]


class Comparison:
    """Compares two profiles over any number of instances.

    Parameters
    ----------
    first, second
        The cores; under one key, or every replacement differs.
    keeps_values
        Whether examples of values are kept. They identify.
    """

    def __init__(self, first: Deidentifier, second: Deidentifier, *, keeps_values: bool = False) -> None:
        self.cores = (first, second)
        self.compared = 0
        """Instances that neither profile refuses."""
        self.alike = 0
        """Those of them to which both do the same."""
        self.refused: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        """Number of instances by reason, for each profile."""
        self.unread: Counter[str] = Counter()
        """Number of files that are no instance, by reason."""
        self.instances: Counter[Difference] = Counter()
        """Number of instances by difference."""
        self.examples: dict[Difference, list[Example]] = {}
        self._keeps_values = keeps_values

    def add(self, instance: Instance) -> None:
        """Take an instance into account."""
        first, second = (self._decisions(number, instance) for number in (0, 1))
        if first is None or second is None:
            return
        found = differences(first, second)
        self.compared += 1
        self.alike += not found
        self.instances.update(found.keys())
        if self._keeps_values:
            for difference, examples in found.items():
                kept = self.examples.setdefault(difference, [])
                kept += [one for one in examples if one not in kept][: EXAMPLES - len(kept)]

    @property
    def places(self) -> frozenset[Path]:
        """Places of the attributes that differ."""
        return frozenset(difference.place for difference in self.instances)

    def sorted(self) -> list[tuple[Difference, int]]:
        """Return the differences in the order of their attributes, each with its number of instances."""
        return sorted(self.instances.items(), key=lambda entry: (entry[0].place, entry[0][2:]))

    def _decisions(self, number: int, instance: Instance) -> list[Decision] | None:
        try:
            return list(self.cores[number].explain(instance))
        except Refused as refusal:
            self.refused[number][str(refusal)] += 1
            return None


def differences(first: Sequence[Decision], second: Sequence[Decision]) -> _Found:
    """Return where two accounts of one instance differ in action or value, with a few examples each.

    Elements of the items of a sequence share their place. Those that had the same value are
    compared with each other, in their order: one profile may remove items that the other keeps.
    """
    left, right = _grouped(first), _grouped(second)
    found: _Found = {}
    for place in dict.fromkeys((*left, *right)):
        path, tag, before = place
        for one, other in zip_longest(left.get(place, ()), right.get(place, ())):
            if one is not None and other is not None and _result(one) == _result(other):
                continue
            difference = Difference(path, tag, _outcome(one), _outcome(other))
            examples = found.setdefault(difference, [])
            texts = (before, "" if one is None else one.after, "" if other is None else other.after)
            if len(examples) < EXAMPLES and any(texts):
                examples.append(Example(*(text[:_LONGEST_EXAMPLE] for text in texts)))
    return found


def _grouped(decisions: Iterable[Decision]) -> dict[tuple[Path, int, str], list[Decision]]:
    groups: defaultdict[tuple[Path, int, str], list[Decision]] = defaultdict(list)
    for decision in decisions:
        groups[decision.path, decision.tag, decision.before].append(decision)
    return groups


def _result(decision: Decision) -> tuple[str, str]:
    return decision.action.value, decision.after


def _outcome(decision: Decision | None) -> Outcome:
    return _GONE if decision is None else Outcome(decision.action.value, str(decision.why))
