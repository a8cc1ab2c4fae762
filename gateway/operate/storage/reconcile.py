"""Makes spool and ledger agree after a crash; alone, before any other process starts.

A file that was not finished was never acknowledged: it goes. A complete file without a row may
have been acknowledged by a ledger that was lost since: it gets its row and its forward tasks,
and is never deleted. The file of a row that retention removed goes: it was to be unlinked. A row
without its file is said, and what waits of it is held by the forwarder, which cannot send it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.association.project import Project
from gateway.errors import Reason, Refused
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import InstanceState, Message, RecordAudit, RecordInstance
from gateway.ledger.reader import LedgerReader
from gateway.ledger.retention_reader import RetentionReader
from gateway.ledger.store import Rejected
from gateway.linkage.coverage import unlinked
from gateway.operate.storage import file_header
from gateway.spool.layout import DIGEST_DIGITS, Location
from gateway.spool.spool import Spool

_log = structlog.get_logger()

_GROUP: Final = 200
"""Rows of one transaction."""
_NAMED: Final = 100
"""Missing files that are named one by one."""
_LOOKED_AT: Final = 1000
"""The newest instances, which an older linkage store does not know."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Parameters
    ----------
    swept
        Unfinished files that were removed.
    reindexed
        Complete files that got their row.
    unreadable
        Complete files that could not get one; they stay.
    missing
        Rows whose file is not there.
    removed
        Files that retention was about to unlink.
    """

    swept: int
    reindexed: int
    unreadable: int
    missing: int
    removed: int = 0


class Reconciliation:
    """Compares the files of a spool with the rows of a ledger.

    Parameters
    ----------
    projects
        By name. The file of a project that is not set any more is indexed without destinations.
    """

    def __init__(
        self,
        spool: Spool,
        ledger: LedgerStore,
        reader: LedgerReader,
        states: RetentionReader,
        projects: Mapping[str, Project],
    ) -> None:
        self._spool, self._ledger, self._reader, self._states = spool, ledger, reader, states
        self._projects = projects
        self._unreadable = self._removed = 0

    def run(self) -> Report:
        """Reconcile.

        Raises
        ------
        StorageError
            The spool or the ledger cannot be read or written.
        """
        swept = self._spool.sweep()
        reindexed = self._reindex()
        self._spool.remove_empty_series()
        missing = self._report_missing()
        report = Report(swept, reindexed, self._unreadable, missing, self._removed)
        _log.info("reconciled", **asdict(report))
        return report

    def _reindex(self) -> int:
        messages = (message for path in self._unknown() if (message := self._recorded(path)) is not None)
        count = 0
        while group := list(islice(messages, _GROUP)):
            count += self._commit(group)
        return count

    def _unknown(self) -> Iterator[str]:
        """Yield the files without a row; remove those that should not be there any more."""
        for path in self._spool.files():
            state = self._states.state_of(path)
            if state is InstanceState.REMOVED:
                self._spool.remove([path])
                self._removed += 1
            elif state is None:
                yield path

    def _commit(self, group: list[RecordInstance]) -> int:
        self._ledger.begin()
        try:
            audit = [
                RecordAudit(
                    kind="reindexed",
                    project=message.project,
                    peer="",
                    detail={"sop_instance_uid": message.sop_instance_uid},
                )
                for message in group
            ]
            replies = [self._ledger.apply(message) for message in chain[Message[Any]](group, audit)]
            self._ledger.commit()
        except BaseException:
            self._ledger.rollback()
            raise
        rejected = sum(isinstance(reply, Rejected) for reply in replies[: len(group)])
        self._unreadable += rejected
        return len(group) - rejected

    def _recorded(self, relative: str) -> RecordInstance | None:
        """Describe a file as its reception would have; None when it is not what its name says."""
        location, path = Location.parse(relative), self._spool.path(relative)
        try:
            attributes, transfer_syntax = file_header.read(path)
            self._check(location, attributes, _digest(path))
        except Refused as error:
            self._unreadable += 1
            _log.error(
                "file_not_indexed",
                project=location.project,
                sop_instance_uid=location.sop_instance_uid,
                reason=error.reason,
                detail=error.detail,
            )
            return None
        return self._row(location, attributes, transfer_syntax, path.stat().st_size)

    def _row(
        self, location: Location, attributes: dict[str, str], transfer_syntax: str, size: int
    ) -> RecordInstance:
        project = self._projects.get(location.project)
        return RecordInstance(
            project=location.project,
            input_digest=b"",
            output_digest=location.digest,
            path=location.path,
            size=size,
            sop_class_uid=attributes["SOPClassUID"],
            sop_instance_uid=attributes["SOPInstanceUID"],
            series_instance_uid=attributes["SeriesInstanceUID"],
            study_instance_uid=attributes["StudyInstanceUID"],
            transfer_syntax_uid=transfer_syntax,
            attributes=attributes,
            destinations=list(project.destinations) if project else [],
            peer="",
            hold_conflict=project is None or project.changed_duplicate == "hold",
        )

    @staticmethod
    def _check(location: Location, attributes: Mapping[str, str], digest: str) -> None:
        found = (attributes["SeriesInstanceUID"], attributes["SOPInstanceUID"], digest)
        if found != (location.series_instance_uid, location.sop_instance_uid, location.digest):
            raise Refused(Reason.STRUCTURE, "is not what its name says")

    def _report_missing(self) -> int:
        count = 0
        for count, location in enumerate(self._missing(), 1):
            if count <= _NAMED:
                _log.error(
                    "file_missing", project=location.project, sop_instance_uid=location.sop_instance_uid
                )
        return count

    def _missing(self) -> Iterator[Location]:
        row = 0
        while page := self._reader.paths(after=row):
            row = page[-1][0]
            for _, path in page:
                if not self._spool.holds(path):
                    yield Location.parse(path)


def report_unlinked(ledger: Path, linkage: Path) -> None:
    """Say which instances the linkage store does not know: it may be older than the ledger.

    Raises
    ------
    LedgerUnavailable
        One of the databases cannot be read.
    """
    for lost in unlinked(ledger, linkage, newest=_LOOKED_AT):
        _log.error("linkage_missing", project=lost.project, count=lost.studies, instances=lost.instances)


def _digest(path: Path) -> str:
    """Return the digest that names a file of the spool."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:DIGEST_DIGITS]
    except OSError as error:
        raise Refused(Reason.STRUCTURE, f"cannot be read: {error.strerror}") from None
