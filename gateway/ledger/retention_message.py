"""What the ledger writer is told of retention."""

from __future__ import annotations

from typing import ClassVar

from gateway.ledger.message import Message


class RemoveInstances(Message[list[str]], frozen=True):
    """Files of these instances are about to be removed, where retention allows it at the commit.

    The reply names the spool files that may be unlinked now: their rows are in state removed.
    Nothing is removed by age while the clock is not trusted (`NoteTime`).

    Parameters
    ----------
    received_before
        Only what was received until then, in seconds since the epoch; None when room is needed,
        whatever the age.
    delivered_before
        Only what every destination had taken until then.
    undelivered
        Whether also what was never to be forwarded: its project is its own archive.
    """

    reply: ClassVar[type[object]] = list[str]

    project: str
    instance_ids: list[int]
    received_before: float | None
    delivered_before: float
    undelivered: bool = False


class NoteTime(Message[float], frozen=True):
    """What the clock shows is noted, so that a leap of it removes nothing before its time.

    The reply is that time in seconds since the epoch, or 0.0 while it is not trusted.

    Parameters
    ----------
    elapsed
        Seconds since the last note by a clock that only grows; None when that is not known.
    longest
        Seconds after which a leap need not be remembered: the longest that anything is kept.
    """

    reply: ClassVar[type[object]] = float

    elapsed: float | None
    longest: float
