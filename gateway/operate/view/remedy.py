"""What a reason of refusal means for a person who looks at the quarantine, and what to do."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from gateway.errors import Reason

_SENDER: Final = "The sender's data is at fault: have it sent again from the source, then drop this one."
_UPDATE: Final = "A later version of the program may read it: release it then."

REMEDY: Final = MappingProxyType(
    {
        Reason.STRUCTURE: (
            "The data set does not parse to its end, or is no data set of its kind.",
            f"{_SENDER} {_UPDATE}",
        ),
        Reason.LIMIT: (
            "It is too deep, has too many elements, inflates too much, or names too much.",
            f"Look at it with suspicion. {_UPDATE}",
        ),
        Reason.PIXEL_DATA_MISSING: ("The header describes pixels that are not there.", _SENDER),
        Reason.BITSTREAM: (
            "Coded pixels whose segments, boxes or frames cannot be told apart.",
            f"{_SENDER} {_UPDATE}",
        ),
        Reason.PROFILE: (
            "An action of the profile cannot be applied, or the program failed.",
            (
                "Give the element at the tag an override in the profile, or have the fault mended; then "
                "restart the gateway and release it."
            ),
        ),
        Reason.RESIDUAL: (
            "A value of the patient was left in an element that may not go.",
            (
                'Give the element at the tag a dummy by an override of the profile ("D"); then restart the '
                "gateway and release it."
            ),
        ),
        Reason.UNEXAMINED_PIXELS: (
            "Its pixels often carry burned-in text, and nothing examines them.",
            (
                'If images of this sender carry none: set unexamined_pixels = "pass" for the project, '
                "restart the gateway and release it. Otherwise drop it."
            ),
        ),
        Reason.SOP_CLASS: (
            "The project refuses its SOP Class.",
            (
                "Change refused_sop_classes or private_sop_classes, restart the gateway and release it; or "
                "drop it."
            ),
        ),
        Reason.SUSPECT: (
            "Processes of the gateway died over it, more than once.",
            "Report it with the log. A release works on it in the process of the command only.",
        ),
    }
)
"""Meaning and remedy of each reason that is kept."""

UNKNOWN: Final = ("This version of the program does not know the reason.", "See the changelog.")
