"""The Storage Commitment Push Model (PS3.4 Annex J): what its messages name, by their codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

SOP_CLASS: Final = "1.2.840.10008.1.20.1"
"""Storage Commitment Push Model SOP Class."""
SOP_INSTANCE: Final = "1.2.840.10008.1.20.1.1"
"""Its well-known SOP Instance, which every request and report is about (PS3.4 J.3.5)."""

REQUEST: Final = 1
"""Action Type ID of "Request Storage Commitment" (PS3.4 Table J.3-1)."""


class Event(IntEnum):
    """Values of Event Type ID (0000,1002) of a report (PS3.4 Table J.3-2)."""

    SUCCESSFUL = 1
    """Everything that was asked for is committed to."""
    FAILURES_EXIST = 2


class FailureReason(IntEnum):
    """Values of Failure Reason (0008,1197) for one referenced instance (PS3.3 C.14.1.1)."""

    PROCESSING_FAILURE = 0x0110
    NO_SUCH_OBJECT_INSTANCE = 0x0112
    CLASS_INSTANCE_CONFLICT = 0x0119
    """The instance is there, under another SOP Class."""
    CLASS_NOT_SUPPORTED = 0x0122
    """Commitment is not offered for the referenced SOP Class."""
    DUPLICATE_TRANSACTION = 0x0131
    """The Transaction UID of the request is already in use."""
    RESOURCE_LIMITATION = 0x0213


class CommitmentStatus(IntEnum):
    """Values of Status (0000,0900) of the service's responses (PS3.7 Annex C, 10.1.1.1.8, 10.1.4.1.10)."""

    SUCCESS = 0x0000
    PROCESSING_FAILURE = 0x0110
    NO_SUCH_INSTANCE = 0x0112
    NO_SUCH_EVENT_TYPE = 0x0113
    INVALID_ARGUMENT = 0x0115
    NO_SUCH_ACTION = 0x0123
    NOT_AUTHORIZED = 0x0124
    DUPLICATE_TRANSACTION = 0x0131
    RESOURCE_LIMITATION = 0x0213
