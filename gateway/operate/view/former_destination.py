"""Destinations that were taken out of the settings while something waited for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from gateway.ledger.account import Sum
from gateway.settings import Settings


def former_destinations(settings: Settings, sums: Iterable[Sum]) -> dict[str, int]:
    """Return how many instances wait for each destination that no project has any more.

    Nothing sends them: they wait until it is put back, or they are dropped.
    """
    known = {name for project in settings.project for name in project.destinations}
    waiting: Counter[str] = Counter()
    for one in sums:
        if one.waiting and one.destination not in known:
            waiting[one.destination] += one.waiting
    return dict(sorted(waiting.items()))


def former_lines(waiting: Mapping[str, int]) -> Iterator[str]:
    """Yield what people are told of them."""
    for name, count in waiting.items():
        yield f"{name}: not a destination any more, {count} waiting: put it back or drop them"
