"""What a reception works with, and gets from whoever puts the gateway together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from gateway.deidentify.instance import Deidentified, Instance, Origin
from gateway.ledger.message import Message
from gateway.ledger.reader import Known
from gateway.receive.deadline import Deadline


class Deidentifier(Protocol):
    """What `gateway.deidentify` does for one project."""

    def deidentify(self, instance: Instance, origin: Origin | None = None) -> Deidentified:
        """De-identify, or raise Refused."""


class Staged(Protocol):
    """A synced file without its final name; as a context manager, discarded unless published."""

    digest: str
    size: int
    path: str

    def publish(self) -> None:
        """Give it its name, durably."""


class Spool(Protocol):
    """Where de-identified instances are written."""

    def holds(self, relative: str) -> bool:
        """Tell whether a file is there."""

    def stage(
        self,
        project: str,
        series_instance_uid: str,
        sop_instance_uid: str,
        buffers: Sequence[bytes | memoryview],
    ) -> AbstractContextManager[Staged]:
        """Write and sync a file under a temporary name."""


class Linker(Protocol):
    """Seals what links an output to its original."""

    def rows(self, project: str, deidentified: Deidentified) -> Message[Any]:
        """Return the message that records it."""


class Treatment(Protocol):
    """What was done to an instance, without any value of the original."""

    @property
    def digest(self) -> bytes:
        """The same for all instances that were treated alike."""

    @property
    def content(self) -> bytes:
        """What the ledger keeps of it."""


class Recorder(Protocol):
    """Says what a de-identifier did."""

    def treatment(self, result: Deidentified) -> Treatment:
        """Return what was done to an output, and why."""


class Reader(Protocol):
    """The way to what the ledger has committed."""

    def known(self, project: str, input_digest: bytes) -> Known | None:
        """Return what an input became that was received before."""


class Caution(Protocol):
    """Knows over which inputs processes died."""

    def noted(self, digest: bytes, deadline: Deadline) -> AbstractContextManager[None]:
        """Note, while in the block, that an input is in work; raises Refused for one that may not be."""
