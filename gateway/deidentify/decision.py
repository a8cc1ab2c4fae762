"""What was done to one element, for people to read."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.deidentify.action import Action

Path = tuple[int, ...]
"""Tags of the enclosing sequences, outermost first."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done to one element, for `gateway explain` and the report.

    Parameters
    ----------
    path, tag, vr
        Where the element is and its VR in the data set.
    action
        The single action that was applied.
    before, after
        The encoded value; None for sequences and coded pixels and, in `after`, for what was
        removed.
    """

    path: Path
    tag: int
    vr: str
    action: Action
    before: bytes | None
    after: bytes | None
