"""What is done to an attribute (PS3.15 Table E.1-1a) and how the Type decides among alternatives."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from gateway.standard.attribute_type import attribute_type, iod_known


class Action(StrEnum):
    """The single actions of PS3.15 Table E.1-1a."""

    DUMMY = "D"
    """Replace with a non-empty dummy value consistent with the VR."""
    EMPTY = "Z"
    """Replace with an empty value, or with a dummy."""
    REMOVE = "X"
    """Remove; a sequence with all its items."""
    KEEP = "K"
    """Keep; recurse into a sequence."""
    CLEAN = "C"
    """Replace with a value of similar meaning that is known not to identify."""
    UID = "U"
    """Replace with a UID that is consistent within a set of instances."""


BY_TYPE: Final = "X/Z/D"
"""The compound action for attributes outside the table that must not stay."""


def resolved(action: str, sop_class_uid: str, path: tuple[int, ...], tag: int) -> Action:
    """Return the one action that a compound action stands for in an IOD.

    Type 1 asks for the strongest alternative that leaves a value, Type 2 for one that leaves
    the element, Type 3 or none for removal. An attribute of Type 1C or 2C that is there is
    taken to be there because its condition holds. For an IOD that PS3.3 does not have, the
    alternative that keeps most of the structure is the conformant one.

    Parameters
    ----------
    action
        As in Table E.1-1, such as ``X/Z/D`` or ``X/Z/U*``.
    sop_class_uid
        Of the instance.
    path
        Tags of the enclosing sequences, outermost first.
    tag
        Of the attribute.
    """
    alternatives = [Action(code) for code in action.rstrip("*").split("/")]
    if len(alternatives) == 1:
        return alternatives[0]
    kind = attribute_type(sop_class_uid, path, tag)
    if kind in ("1", "1C") or (kind is None and not iod_known(sop_class_uid)):
        return alternatives[-1]
    if kind in ("2", "2C"):
        # Z allows a value that is a dummy. References with replaced UIDs are one, and keep an
        # object that refers to others what it is, a segmentation for instance.
        if alternatives[-1] is Action.UID:
            return Action.UID
        return Action.EMPTY if Action.EMPTY in alternatives else alternatives[-1]
    return alternatives[0]
