"""How reception and the linkage store meet: they do not know each other."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.deidentify.instance import Deidentified
from gateway.ledger.message import Ledger, Message, R
from gateway.linkage.linker import Linker
from gateway.linkage.message import RecordLinkage


class ProjectLinker:
    """Makes the linkage rows of a project's instances."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker

    def rows(self, project: str, deidentified: Deidentified) -> RecordLinkage:
        """Return the message that records what links an output to its original."""
        return self._linker.rows(
            project,
            deidentified.pseudonym,
            deidentified.accession_number,
            deidentified.study_id,
            deidentified.originals,
            deidentified.uids,
            deidentified.study_instance_uid,
            deidentified.series_instance_uid,
            deidentified.sop_instance_uid,
        )


class LinkingLedger:
    """A way to the ledger; what it committed of the linkage is not sealed again.

    Parameters
    ----------
    linkers
        By project name.
    """

    def __init__(self, ledger: Ledger, linkers: Mapping[str, Linker]) -> None:
        self._ledger, self._linkers = ledger, linkers

    def call(self, message: Message[R]) -> R:
        """Have `message` committed; return its reply.

        Raises
        ------
        LedgerUnavailable
            It was not committed, or it is not known whether it was.
        """
        reply = self._ledger.call(message)
        if isinstance(message, RecordLinkage):
            self._linkers[message.project].committed(message)
        return reply
