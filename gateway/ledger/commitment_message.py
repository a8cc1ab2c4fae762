"""What the ledger writer is told of storage commitment, in both roles (PS3.4 Annex J)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from gateway.ledger.message import Message


class CommitmentState(StrEnum):
    """Where a request for commitment is."""

    ASKED = "asked"
    """Ours to a destination, whose report is awaited; gone once everything is reported."""
    PENDING = "pending"
    """A modality's, which waits for our report."""
    REPORTED = "reported"
    ABANDONED = "abandoned"
    """The modality could not be told for too long."""


class RequestOutcome(StrEnum):
    """What becomes of a modality's request."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """A request with this Transaction UID is pending."""
    FULL = "full"
    """Too many requests of this modality, or references in them, are pending."""


class ReportOutcome(StrEnum):
    """What becomes of a destination's report."""

    APPLIED = "applied"
    UNKNOWN = "unknown"
    """Nothing is awaited under this Transaction UID: it was never given, or everything is reported."""
    FOREIGN = "foreign"
    """Another destination was asked under this Transaction UID."""


class AskForCommitment(Message[int], frozen=True):
    """A destination is about to be asked to commit to instances; the reply is to how many.

    Only tasks that are sent to this destination and not settled count.

    Parameters
    ----------
    next_attempt
        When it is asked again without a report, in seconds since the epoch.
    """

    reply: ClassVar[type[object]] = int

    destination: str
    transaction_uid: str
    task_ids: list[int]
    next_attempt: float


class PostponeAsking(Message[None], frozen=True):
    """What was asked for under a Transaction UID is asked for again at another time.

    A report under it counts all the same.
    """

    destination: str
    transaction_uid: str
    next_attempt: float


class RecordReport(Message[ReportOutcome], frozen=True):
    """A destination reported what it commits to.

    Parameters
    ----------
    committed
        SOP Instance UIDs.
    failed
        Failure Reason (0008,1197) by SOP Instance UID.
    resend_after
        Seconds until an instance is sent again that failed once; doubled with each failure.
    """

    reply: ClassVar[type[object]] = ReportOutcome

    destination: str
    transaction_uid: str
    committed: list[str]
    failed: dict[str, int]
    resend_after: float


class WaiveCommitment(Message[int], frozen=True):
    """A destination is not asked for commitment any more: what it stored counts as delivered.

    The reply is how many instances that concerned.
    """

    reply: ClassVar[type[object]] = int

    destination: str


class RecordRequest(Message[RequestOutcome], frozen=True):
    """A modality asked us to commit to instances.

    Parameters
    ----------
    transaction_uid
        A keyed digest of it: it is an identifier of the original.
    content
        The request, sealed.
    count
        References in it.
    deadline
        Until when an instance may wait for its destinations, in seconds since the epoch.
    next_attempt
        When to look at it first.
    most_pending
        Requests of one modality that may be pending.
    most_references
        References that they may have together.
    """

    reply: ClassVar[type[object]] = RequestOutcome

    project: str
    peer: str
    transaction_uid: str
    content: bytes
    count: int
    deadline: float
    next_attempt: float
    most_pending: int
    most_references: int


class PostponeReport(Message[None], frozen=True):
    """A modality's request is looked at again later.

    Parameters
    ----------
    attempted
        Whether its modality was called in vain.
    """

    peer: str
    transaction_uid: str
    next_attempt: float
    attempted: bool


class CloseRequest(Message[bool], frozen=True):
    """A modality was told, or is not told any more; the reply is False when it was closed before.

    Parameters
    ----------
    state
        Reported or abandoned.
    committed, failed
        References of either kind, for the audit trail.
    """

    reply: ClassVar[type[object]] = bool

    peer: str
    transaction_uid: str
    state: CommitmentState
    committed: int
    failed: int
