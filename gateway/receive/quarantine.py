"""Keeps refused instances sealed, for projects that ask for it.

Whatever happens here changes nothing for the sender, who is answered the refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.deidentify.instance import Instance
from gateway.errors import LedgerUnavailable, Reason, Refused
from gateway.ledger.message import Ledger, RecordNotQuarantined, RecordQuarantined
from gateway.ledger.quarantine_reader import ENTRY_BYTES
from gateway.receive import occupancy
from gateway.receive.occupancy import Occupancy

KEPT: Final = frozenset(
    {
        Reason.STRUCTURE,
        Reason.LIMIT,
        Reason.PIXEL_DATA_MISSING,
        Reason.BITSTREAM,
        Reason.PROFILE,
        Reason.RESIDUAL,
        Reason.UNEXAMINED_PIXELS,
        Reason.SOP_CLASS,
        Reason.SUSPECT,
    }
)
"""Refusals after which another profile, other settings or another program version may accept.

Not kept is what a peer may not send, what did not fit into memory, what an archive sends back, and
what the command contradicts: no release could help it.
"""

_FULL: Final = "full"
_FAILED: Final = "failed"


class Files(Protocol):
    """Where the sealed files are."""

    def keep(self, place: Mapping[str, str], hidden: Mapping[str, str], data_set: bytes | memoryview) -> str:
        """Seal an instance durably; return the name of its file."""

    def holds(self, name: str) -> bool:
        """Tell whether a file is there."""

    def remove(self, name: str) -> None:
        """Remove a file."""


class Rows(occupancy.Rows, Protocol):
    """What the ledger knows of the quarantine."""

    def kept_file(self, project: str, input_digest: bytes) -> str | None:
        """Return the name of the file that an input is kept in."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What is to be kept, and why."""

    refusal: Refused
    instance: Instance
    peer: Peer
    project: Project
    digest: bytes

    @property
    def size(self) -> int:
        return memoryview(self.instance.data_set).nbytes

    @property
    def hidden(self) -> dict[str, str]:
        """What goes into the file only: an original UID is in it."""
        instance = self.instance
        return {
            "sop_class_uid": instance.sop_class_uid,
            "sop_instance_uid": instance.sop_instance_uid,
            "transfer_syntax_uid": instance.transfer_syntax_uid,
            "peer": self.peer.name,
        }

    def row(self, file: str, replaces: str) -> RecordQuarantined:
        project, sop_class = self.project, self.instance.sop_class_uid
        # a command may name anything as its SOP Class: only known ones are written down
        return RecordQuarantined(
            project=project.name,
            peer=self.peer.name,
            reason=self.refusal.reason,
            sop_class_uid=sop_class if project.may_be_stored(sop_class) else "",
            transfer_syntax_uid=self.instance.transfer_syntax_uid,
            input_digest=self.digest,
            file=file,
            size=self.size,
            tag=self.refusal.tag,
            replaces=replaces,
        )


class Isolation:
    """Keeps what is refused, one call an instance.

    Parameters
    ----------
    files, rows, ledger
        Where instances and facts about them are kept, and looked up.
    limit
        Bytes that may be kept, all projects together: of data sets, and what each takes beside it.
        Who keeps one in the same moment may overshoot by what they keep.
    """

    def __init__(self, files: Files, rows: Rows, ledger: Ledger, limit: int) -> None:
        self._files, self._rows, self._ledger, self._limit = files, rows, ledger, limit
        self._occupancy = Occupancy(rows)
        self._is_full = False
        self._log: Any = structlog.get_logger()

    @staticmethod
    def wants(refusal: Refused, instance: Instance, project: Project) -> bool:
        """Tell whether a refused instance is to be kept."""
        is_there = memoryview(instance.data_set).nbytes > 0
        return project.quarantine and refusal.reason in KEPT and is_there

    def keep(
        self,
        refusal: Refused,
        instance: Instance,
        peer: Peer,
        project: Project,
        digest: Callable[[Instance, Project], bytes],
    ) -> None:
        """Keep a refused instance; nothing is raised when that fails, but it is logged and counted.

        Parameters
        ----------
        digest
            Returns the keyed digest of an input, by which a re-send is recognised.
        """
        try:
            self._keep(_Refusal(refusal, instance, peer, project, digest(instance, project)))
        except Exception as error:  # noqa: BLE001 - the sender's answer must not depend on it
            self._log.warning(
                "quarantine_failed", project=project.name, peer=peer.name, error=type(error).__name__
            )
            self._count(project, _FAILED)

    def _keep(self, refused: _Refusal) -> None:
        known = self._rows.kept_file(refused.project.name, refused.digest)
        if known is not None and self._files.holds(known):
            return
        if self._occupancy.bytes() + refused.size + ENTRY_BYTES > self._limit:
            self._refuse(refused.project)
            return
        self._is_full = False
        place = {"project": refused.project.name, "reason": refused.refusal.reason.value}
        file = self._files.keep(place, refused.hidden, refused.instance.data_set)
        # An uncertain commit may have happened: the file then stays, and goes at the next start
        # unless it has its row.
        if not self._ledger.call(refused.row(file, known or "")):
            self._files.remove(file)
            return
        self._log.info(
            "instance_quarantined",
            project=refused.project.name,
            peer=refused.peer.name,
            reason=refused.refusal.reason,
            bytes=refused.size,
        )

    def _refuse(self, project: Project) -> None:
        if not self._is_full:
            self._log.warning("quarantine_full", project=project.name)
        self._is_full = True
        self._count(project, _FULL)

    def _count(self, project: Project, cause: str) -> None:
        with suppress(LedgerUnavailable):
            self._ledger.call(RecordNotQuarantined(project.name, cause))
