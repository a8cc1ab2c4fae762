"""What is known about one association from its connection to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast
from uuid import uuid4

from gateway.association.certificate import Certificate
from gateway.association.directory import Rejected
from gateway.association.peer import Peer
from gateway.association.project import Project


class End(StrEnum):
    """How an association ended."""

    RELEASED = "released"
    REJECTED = "rejected"
    ABORTED = "aborted"
    """By either side, or because the connection broke or the peer broke the protocol."""
    NOT_REQUESTED = "not_requested"
    """No valid A-ASSOCIATE-RQ arrived in time."""


@dataclass(slots=True)
class Session:
    """An association as the gateway's own code sees it; only its own thread changes it.

    Parameters
    ----------
    address
        IP address of the peer.
    identifier
        Random, for the log.
    peer, project
        Set once the request is identified.
    certificate
        What the peer showed in the TLS handshake.
    failure
        Why that handshake failed, a fixed phrase.
    rejection
        Why it was rejected.
    end
        Set last.
    started
        Seconds of the monotonic clock.
    instances, stored, duplicates, refused, failed, received_bytes
        Counts of C-STORE requests, and the bytes of their data sets.
    """

    address: str
    identifier: str = field(default_factory=lambda: uuid4().hex[:12])
    peer: Peer | None = None
    project: Project | None = None
    certificate: Certificate | None = None
    failure: str = ""
    rejection: Rejected | None = None
    end: End = End.NOT_REQUESTED
    started: float = field(default_factory=time.monotonic)
    instances: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    failed: int = 0
    received_bytes: int = 0

    @property
    def parties(self) -> tuple[Peer, Project]:
        """Peer and project of an accepted association."""
        assert self.peer is not None
        assert self.project is not None
        return self.peer, self.project


def session_of(event: Any) -> Session:
    """Find the session of the accepted association that a pynetdicom handler is called for."""
    return cast(Session, event.assoc.session)
