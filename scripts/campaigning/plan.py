"""Which kills there will be, in an order that only a seed decides."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from campaigning.injection.kill_board import STEPS

GROUP_EVERY: Final = 7
"""One kill in so many at each named step takes all processes along."""


class Victims(StrEnum):
    """Who dies."""

    ITSELF = "the process at the step"
    CHILD = "a child"
    FORK_SERVER = "fork server"
    SUPERVISOR = "supervisor"
    EVERYTHING = "everything"
    STARTING = "everything, while it starts"


ENDING: Final = frozenset({Victims.SUPERVISOR, Victims.EVERYTHING, Victims.STARTING})
_CHANCE: Final = (
    Victims.EVERYTHING,
    Victims.FORK_SERVER,
    Victims.SUPERVISOR,
    Victims.CHILD,
    Victims.STARTING,
    *[Victims.CHILD] * 15,
)
"""What dies at random moments, over and over."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill that is to be.

    Parameters
    ----------
    victims
        Who dies.
    step
        Empty for a random moment.
    """

    victims: Victims
    step: str = ""

    @property
    def ends(self) -> bool:
        """Whether the gateway has to be started again afterwards."""
        return self.victims in ENDING


def plan(kills: int, per_step: int, seed: int) -> list[Kill]:
    """Return `per_step` kills at every named step, and others at random moments up to `kills`."""
    named = [
        Kill(Victims.EVERYTHING if number % GROUP_EVERY == GROUP_EVERY - 1 else Victims.ITSELF, step)
        for step in STEPS
        for number in range(per_step)
    ]
    chance = [Kill(_CHANCE[number % len(_CHANCE)]) for number in range(kills - len(named))]
    kills_in_order = named + chance
    random.Random(seed).shuffle(kills_in_order)
    return kills_in_order
