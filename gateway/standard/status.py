"""DIMSE statuses (PS3.7 Annex C, PS3.4 B.2.3, C.4.1.1.4, C.4.2.1.5 and C.4.3.1.4).

Codes C001H to C0FFH are "Error: Cannot understand" of the Storage Service; the Standard leaves
their lower two digits to the implementation. This gateway spends one code on each reason of
refusal, so that a sender's log tells the reasons apart without an Error Comment.
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Final

from gateway.errors import Reason


class Status(IntEnum):
    """Values of Status (0000,0900) that the gateway sends or tells apart."""

    SUCCESS = 0x0000
    PROCESSING_FAILURE = 0x0110
    CLASS_NOT_SUPPORTED = 0x0122
    NOT_AUTHORIZED = 0x0124
    OUT_OF_RESOURCES = 0xA700
    MATCHES_NOT_COUNTED = 0xA701
    """Out of resources: unable to calculate number of matches (C-MOVE, C-GET)."""
    SUBOPERATIONS_NOT_PERFORMED = 0xA702
    """Out of resources: unable to perform sub-operations (C-MOVE, C-GET)."""
    MOVE_DESTINATION_UNKNOWN = 0xA801
    SOP_CLASS_MISMATCH = 0xA900
    """Data set (C-STORE) or Identifier (C-FIND, C-MOVE, C-GET) does not match the SOP Class."""
    IDENTIFIER_MISMATCH = 0xA900
    SUBOPERATIONS = 0xB000
    """Warning: sub-operations complete, one or more failures or warnings (C-MOVE, C-GET)."""
    UNABLE_TO_PROCESS = 0xC000
    STRUCTURE = 0xC001
    LIMIT = 0xC002
    PIXEL_DATA_MISSING = 0xC003
    BITSTREAM = 0xC004
    PROFILE = 0xC005
    RESIDUAL = 0xC006
    UNEXAMINED_PIXELS = 0xC007
    TOO_LARGE = 0xC008
    LOOP = 0xC009
    SUSPECT = 0xC00A
    PIXELS_UNDECODABLE = 0xC00B
    PIXELS_NOT_CLEAN = 0xC00C
    CANCEL = 0xFE00
    PENDING = 0xFF00
    PENDING_WARNING = 0xFF01
    """Pending, one or more optional keys were not supported (C-FIND)."""


STATUS_OF_REASON: Final = MappingProxyType(
    {
        Reason.STRUCTURE: Status.STRUCTURE,
        Reason.LIMIT: Status.LIMIT,
        Reason.PIXEL_DATA_MISSING: Status.PIXEL_DATA_MISSING,
        Reason.BITSTREAM: Status.BITSTREAM,
        Reason.PROFILE: Status.PROFILE,
        Reason.RESIDUAL: Status.RESIDUAL,
        Reason.UNEXAMINED_PIXELS: Status.UNEXAMINED_PIXELS,
        Reason.TOO_LARGE: Status.TOO_LARGE,
        Reason.LOOP: Status.LOOP,
        Reason.SUSPECT: Status.SUSPECT,
        Reason.PIXELS_UNDECODABLE: Status.PIXELS_UNDECODABLE,
        Reason.PIXELS_NOT_CLEAN: Status.PIXELS_NOT_CLEAN,
        Reason.IDENTIFIER_MISMATCH: Status.SOP_CLASS_MISMATCH,
        Reason.SOP_CLASS: Status.CLASS_NOT_SUPPORTED,
        Reason.NOT_AUTHORIZED: Status.NOT_AUTHORIZED,
    }
)
"""The answer to a C-STORE request refused for each reason; all different."""


def status_of(reason: Reason) -> Status:
    """Status of the C-STORE response to an instance refused for this reason."""
    return STATUS_OF_REASON[reason]
