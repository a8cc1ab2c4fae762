"""C-STORE sub-operations of C-MOVE and C-GET (PS3.4 C.4.2.3.1, C.4.3.3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from gateway.errors import AssociationError, PeerUnreachable
from gateway.index.query import Selection, StoredInstance, Tally
from gateway.index.search import Search
from gateway.query_retrieve.audit import Record
from gateway.query_retrieve.identifier import encode
from gateway.query_retrieve.response import MOST_COUNTED, Progress, Response
from gateway.query_retrieve.service import Exchange
from gateway.standard.dictionary import tag_of
from gateway.standard.status import Status

Context = tuple[str, str]
"""SOP Class UID and Transfer Syntax UID."""

MOST_CONTEXTS: Final = 128
"""Presentation contexts of an association (PS3.8 9.3.2.2)."""

_FAILED_SOP_INSTANCE_UID_LIST: Final = tag_of("FailedSOPInstanceUIDList")
_WARNINGS: Final = frozenset({0x0001, 0x0107, 0x0116, *range(0xB000, 0xC000)})
"""Statuses with which the instance was stored nevertheless (PS3.7 Annex C, PS3.4 B.2.3)."""


class Outlet(Protocol):
    """Where instances are sent."""

    def store(self, path: Path, instance: StoredInstance) -> int:
        """Send an instance; return the status of the response.

        Raises
        ------
        AssociationError
            It cannot be sent, or there was no response.
        OSError, ValueError
            The file cannot be read.
        """

    def close(self) -> None:
        """End what was opened."""


class SubOperations:
    """Sends the instances of a selection and reports on each to the requestor.

    Parameters
    ----------
    exchange
        The request.
    search
        The index.
    file_of
        Path of a stored instance's file by its relative path.
    record
        Collects the numbers for the audit entry.
    """

    def __init__(
        self, exchange: Exchange, search: Search, file_of: Callable[[str], Path], record: Record
    ) -> None:
        self._exchange, self._search, self._file_of, self._record = exchange, search, file_of, record
        self._progress = Progress()
        self._failed: list[str] = []

    def run(
        self, selection: Selection, tallies: Sequence[Tally], outlet: Callable[[Sequence[Context]], Outlet]
    ) -> tuple[Response, bytes | None]:
        """Perform all sub-operations, or those before a C-CANCEL.

        Parameters
        ----------
        tallies
            Of the selection.
        outlet
            Makes the way to the destination for at most `MOST_CONTEXTS` presentation contexts.

        Returns
        -------
            The final response and its Identifier.

        Raises
        ------
        LedgerUnavailable
            The ledger cannot be read.
        PeerUnreachable
            The requestor is gone.
        """
        total = self._progress.remaining = sum(tally.count for tally in tallies)
        contexts = sorted({(tally.sop_class_uid, tally.transfer_syntax_uid) for tally in tallies})
        for start in range(0, len(contexts), MOST_CONTEXTS):
            if not self._send(selection, contexts[start : start + MOST_CONTEXTS], outlet):
                return self._final(Status.CANCEL)
        if not self._failed and not self._progress.warning:
            return self._final(Status.SUCCESS)
        nothing_sent = self._progress.failed >= total
        return self._final(Status.SUBOPERATIONS_NOT_PERFORMED if nothing_sent else Status.SUBOPERATIONS)

    def _send(
        self,
        selection: Selection,
        contexts: Sequence[Context],
        make: Callable[[Sequence[Context]], Outlet],
    ) -> bool:
        """Send the instances that have one of the contexts; return False when cancelled."""
        wanted = frozenset(contexts)
        outlet = make(contexts)
        try:
            for instance in self._search.instances(selection):
                if (instance.sop_class_uid, instance.transfer_syntax_uid) not in wanted:
                    continue
                if self._exchange.cancelled:
                    return False
                self._count(instance, self._store(instance, outlet))
                if self._progress.remaining:
                    self._exchange.respond(Response(Status.PENDING, self._progress))
        finally:
            outlet.close()
        return True

    def _store(self, instance: StoredInstance, outlet: Outlet) -> int | None:
        """Send one instance; return the status of the response, None when there was none."""
        if not self._exchange.usable:
            raise PeerUnreachable("the requestor ended the association")
        if not instance.available:
            return None
        try:
            return outlet.store(self._file_of(instance.path), instance)
        except (AssociationError, OSError, ValueError):
            return None

    def _count(self, instance: StoredInstance, status: int | None) -> None:
        progress = self._progress
        progress.remaining -= 1
        sent = status == Status.SUCCESS or status in _WARNINGS
        self._record.counts[instance.project] += sent
        if status == Status.SUCCESS:
            progress.completed += 1
        elif sent:
            progress.warning += 1
        else:
            progress.failed += 1
            if len(self._failed) < MOST_COUNTED:
                self._failed.append(instance.sop_instance_uid)

    def _final(self, status: Status) -> tuple[Response, bytes | None]:
        progress = self._progress
        numbers = {"completed": progress.completed, "failed": progress.failed, "warning": progress.warning}
        self._record.detail.update({name: str(number) for name, number in numbers.items()})
        if not self._failed and status in (Status.SUCCESS, Status.CANCEL):
            return Response(status, progress), None
        failed = {_FAILED_SOP_INSTANCE_UID_LIST: ("UI", "\\".join(self._failed))}
        return Response(status, progress), encode(failed, self._exchange.encoding)
