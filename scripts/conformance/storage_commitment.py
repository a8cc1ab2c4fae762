"""The generated part of the conformance statement about Storage Commitment (PS3.4 Annex J)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from gateway.association.commitment_information import MOST_REFERENCES
from gateway.ledger.commitment_store import COMMITMENT_FAILURES, NEVER_COMMITTED
from gateway.receive.commitment_scp import MOST_PENDING, MOST_PENDING_REFERENCES
from gateway.standard.storage_commitment import SOP_CLASS, SOP_INSTANCE, CommitmentStatus, FailureReason
from scripts.conformance.markdown import paragraph, table

_GIVEN: Final = MappingProxyType(
    {
        FailureReason.PROCESSING_FAILURE: "not delivered in time, held or dropped, removed some day, or "
        "received twice with different content",
        FailureReason.NO_SUCH_OBJECT_INSTANCE: "never received, or refused",
        FailureReason.CLASS_INSTANCE_CONFLICT: "received under another SOP Class",
    }
)
"""When the gateway gives a reason; the others it only receives."""
_ANSWERED: Final = MappingProxyType(
    {
        CommitmentStatus.SUCCESS: "taken",
        CommitmentStatus.PROCESSING_FAILURE: "unexpected error",
        CommitmentStatus.NO_SUCH_INSTANCE: "another SOP Instance than the well-known one",
        CommitmentStatus.NO_SUCH_EVENT_TYPE: "N-EVENT-REPORT: an Event Type ID other than 1 and 2",
        CommitmentStatus.INVALID_ARGUMENT: "the information cannot be read, or names nothing",
        CommitmentStatus.NO_SUCH_ACTION: "N-ACTION: an Action Type ID other than 1",
        CommitmentStatus.NOT_AUTHORIZED: "N-EVENT-REPORT: the Transaction UID was given to another archive",
        CommitmentStatus.DUPLICATE_TRANSACTION: "N-ACTION: a request with this Transaction UID is pending",
        CommitmentStatus.RESOURCE_LIMITATION: f"more than {MOST_REFERENCES} references, more than "
        f"{MOST_PENDING} pending requests or {MOST_PENDING_REFERENCES} references in them, the disk is "
        "too full, or the ledger cannot be written",
    }
)


def part() -> str:
    """Write what is done with each failure reason and which statuses are answered."""
    named = paragraph(f"SOP Class {SOP_CLASS}, SOP Instance {SOP_INSTANCE}.")
    reasons = table(
        ("Failure Reason", "the gateway reports it for", "from an archive"),
        [(f"{reason:04X}H", _GIVEN.get(reason, "never"), _received(reason)) for reason in FailureReason],
    )
    statuses = table(
        ("status of a response", "meaning"),
        [(f"{status:04X}H", _ANSWERED[status]) for status in CommitmentStatus],
    )
    return f"{named}\n{reasons}\n{statuses}"


def _received(reason: FailureReason) -> str:
    if reason in NEVER_COMMITTED:
        return "held"
    if reason is FailureReason.DUPLICATE_TRANSACTION:
        return "asked again"
    return f"sent again; held after {COMMITMENT_FAILURES} in a row"
