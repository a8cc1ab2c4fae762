"""What the ledger writer is told, one frozen struct per fact.

Each message names the type of its reply, so that `LedgerClient.call` can check and return it.
A message never holds a value of the original: linkage messages hold sealed values.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import ClassVar, Generic, Protocol, TypeVar

import msgspec

R = TypeVar("R")


class Message(msgspec.Struct, Generic[R], frozen=True, tag=True):
    """Base of every message; `R` is the type of its reply."""

    reply: ClassVar[type[object]] = type(None)


class Ledger(Protocol):
    """The way to the ledger writer, for whoever is given one."""

    def call(self, message: Message[R]) -> R:
        """Have `message` committed; return its reply. Raises LedgerUnavailable."""


class Outcome(StrEnum):
    """What became of an instance that was recorded; each of them is answered Success."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """The same object was recorded before; no row was added."""
    CONFLICT = "conflict"
    """The SOP Instance UID was recorded before with other content."""


class InstanceState(StrEnum):
    """Where the file of an instance is."""

    KEPT = "kept"
    REMOVED = "removed"
    """Retention removed the file; the row stays."""
    CONFLICT = "conflict"
    """Kept, but another instance came first under the same SOP Instance UID."""


class TaskState(StrEnum):
    """Where a forward task is; all of them add up to what was stored for a destination."""

    WAITING = "waiting"
    SENT = "sent"
    """Stored by the destination, which has not committed to keep it yet; counted as waiting."""
    FORWARDED = "forwarded"
    HELD = "held"
    """Needs a person: the destination refuses it, or it is a conflict."""
    DROPPED = "dropped"
    """Given up by command."""


class QuarantineState(StrEnum):
    """What became of a refused instance that was kept sealed."""

    KEPT = "kept"
    RELEASED = "released"
    """It went the way of an instance that is received, and its file is gone."""
    DROPPED = "dropped"
    """Given up by command."""
    EXPIRED = "expired"
    """Given up because of its age."""


class RecordInstance(Message[Outcome], frozen=True):
    """An instance whose file is complete and synced: the commit point of an acknowledgement.

    Parameters
    ----------
    input_digest
        Keyed digest of what was received. Empty for a file found without a row; a digest
        derived from `output_digest` then takes its place.
    path
        Relative path of the spool file.
    size
        Bytes of the spool file.
    attributes
        `gateway.standard.query_retrieve.STORED_KEYS` found in the output, by keyword.
    destinations
        Peers to forward to; repeated names count once.
    hold_conflict
        Whether the forward tasks of a conflict wait for a person.
    treatment_digest, treatment
        What was done to the instance, without any value of the original: a JSON object, compressed
        by zlib, and the digest of it. Both are empty where nobody knows. Kept once for all
        instances with this digest.
    deadline
        Seconds of the monotonic clock, the same in all processes, after which it must not be
        recorded any more: its sender was told that nothing was kept. The file is withdrawn.
    """

    reply: ClassVar[type[object]] = Outcome

    project: str
    input_digest: bytes
    output_digest: str
    path: str
    size: int
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    transfer_syntax_uid: str
    attributes: dict[str, str]
    destinations: list[str]
    peer: str
    hold_conflict: bool = True
    treatment_digest: bytes = b""
    treatment: bytes = b""
    deadline: float = math.inf


class RecordDuplicate(Message[None], frozen=True):
    """A re-send was recognised by its input digest and will be answered Success."""

    project: str
    peer: str


class RecordRefusal(Message[None], frozen=True):
    """An instance was refused.

    Parameters
    ----------
    reason
        A value of `gateway.errors.Reason`.
    tag
        The attribute at fault, where there is one.
    """

    project: str
    peer: str
    reason: str
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    tag: int | None = None


class TaskOutcome(Message[bool], frozen=True):
    """What became of one attempt to forward, or what a person decided about a task.

    The reply is False when the task had ended before (forwarded, or dropped and not now
    forwarded) and nothing was changed. A task that was held and is set to waiting starts anew
    with no attempts.

    Parameters
    ----------
    status
        DIMSE status of the C-STORE response, None when there was none.
    error
        A fixed phrase, never a value.
    next_attempt
        Seconds since the epoch; of a waiting task only.
    """

    reply: ClassVar[type[object]] = bool

    task_id: int
    state: TaskState
    status: int | None = None
    error: str = ""
    next_attempt: float = 0.0


class RecordAudit(Message[None], frozen=True):
    """Something worth an entry in the audit trail that no other message records."""

    kind: str
    project: str
    peer: str
    detail: dict[str, str]


class RetryTasks(Message[int], frozen=True):
    """A person has held forward tasks tried again; the reply is how many were held.

    They start anew, without attempts, at once.

    Parameters
    ----------
    by
        Account of the person.
    """

    reply: ClassVar[type[object]] = int

    task_ids: list[int]
    by: str


class DropTasks(Message[int], frozen=True):
    """A person gives held forward tasks up; the reply is how many were.

    Parameters
    ----------
    by, reason
        Account of the person, and why, for the audit trail.
    former
        Destinations that no project of the settings has any more. Nothing sends what waits for
        them, so that is given up too.
    """

    reply: ClassVar[type[object]] = int

    task_ids: list[int]
    by: str
    reason: str
    former: list[str] = []


class RecordQuarantined(Message[bool], frozen=True):
    """A refused instance whose sealed file is complete and synced.

    The reply is False when the same instance is kept already under another file, and nothing was
    changed.

    Parameters
    ----------
    input_digest
        Keyed digest of what was received.
    file
        Name of the file in the quarantine.
    size
        Bytes of the data set.
    replaces
        Name of a file with the same instance that is known to be lost.
    """

    reply: ClassVar[type[object]] = bool

    project: str
    peer: str
    reason: str
    sop_class_uid: str
    transfer_syntax_uid: str
    input_digest: bytes
    file: str
    size: int
    tag: int | None = None
    replaces: str = ""


class RecordNotQuarantined(Message[None], frozen=True):
    """A refused instance should have been kept sealed, and was not.

    Parameters
    ----------
    cause
        ``full`` or ``failed``.
    """

    project: str
    cause: str


class CloseQuarantined(Message[bool], frozen=True):
    """What became of a quarantined instance; the reply is False when it was not kept any more.

    Parameters
    ----------
    file
        Name of its file. A row that was closed and kept anew meanwhile has another, and stays.
    state
        Any but kept.
    detail
        For the audit trail: who decided, why, what it became. No value of the original.
    """

    reply: ClassVar[type[object]] = bool

    row_id: int
    file: str
    state: QuarantineState
    detail: dict[str, str]


class Subscribe(Message[None], frozen=True):
    """Ask for an empty frame after each commit that added or changed forward tasks."""
