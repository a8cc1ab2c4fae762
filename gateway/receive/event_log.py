"""One line per association and one per instance.

The signature of each method is the list of what may be said: names from the settings, codes,
counts, replacement UIDs and the address of a peer. Nothing a peer or an instance calls itself
fits in.
"""

from __future__ import annotations

import time
from typing import Any

import structlog

from gateway.association.session import Session

_UNKNOWN = "-"


class EventLog:
    """Writes the lines of one receiver process."""

    def __init__(self) -> None:
        self._log: Any = structlog.get_logger()

    def association(self, session: Session) -> None:
        """Write the line of an association that has ended."""
        rejection = session.rejection
        self._log.info(
            "association_ended",
            **_origin(session),
            address=session.address,
            reason=session.end.value,
            detail=session.failure,
            status="" if rejection is None else f"{rejection.result}/{rejection.source}/{rejection.reason}",
            instances=session.instances,
            stored=session.stored,
            duplicates=session.duplicates,
            refused=session.refused,
            failed=session.failed,
            bytes=session.received_bytes,
            milliseconds=_milliseconds(session.started),
        )

    def instance(
        self,
        event: str,
        session: Session,
        *,
        status: int,
        reason: str,
        size: int,
        started: float,
        uid: str = "",
    ) -> None:
        """Write the line of a C-STORE request that was answered.

        Parameters
        ----------
        event
            instance_stored, instance_duplicate, instance_conflict, instance_refused or
            instance_failed.
        status
            DIMSE status of the response.
        reason
            A value of `gateway.errors.Reason`, or the name of an error class.
        size
            Bytes of the data set.
        started
            When the request was complete, in seconds of the monotonic clock.
        uid
            Replacement SOP Instance UID.
        """
        self._log.info(
            event,
            **_origin(session),
            status=f"{status:04X}",
            reason=reason,
            bytes=size,
            milliseconds=_milliseconds(started),
            sop_instance_uid=uid,
        )

    def late(self, session: Session, started: float) -> None:
        """Write the line of a request that was answered before the work on it ended.

        Parameters
        ----------
        started
            As for `instance`.
        """
        self._log.warning("late_work_ended", **_origin(session), milliseconds=_milliseconds(started))


def _origin(session: Session) -> dict[str, str]:
    return {
        "association": session.identifier,
        "peer": _UNKNOWN if session.peer is None else session.peer.name,
        "project": _UNKNOWN if session.project is None else session.project.name,
    }


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
