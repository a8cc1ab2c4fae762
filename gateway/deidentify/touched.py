"""An entry of the report on an instance: what was done to an element and why, without its value."""

from __future__ import annotations

from typing import NamedTuple

from gateway.deidentify.action import Action

Path = tuple[int, ...]
"""Tags of the enclosing sequences, outermost first."""


class Touched(NamedTuple):
    """An element that did not stay as it was; of a sequence that was removed, its items are not listed.

    Parameters
    ----------
    path, tag
        Where it is.
    action
        What was done to it.
    why
        A `gateway.deidentify.rule.Ground`, or the option that asked for it.
    """

    path: Path
    tag: int
    action: Action
    why: str
