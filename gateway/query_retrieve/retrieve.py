"""What C-MOVE and C-GET have in common: which instances, how many, and the record of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from gateway.index.query import Tally
from gateway.index.search import Search
from gateway.query_retrieve.access import visible_projects
from gateway.query_retrieve.audit import Audit, Record, recorded
from gateway.query_retrieve.hierarchy import retrieval
from gateway.query_retrieve.identifier import decode
from gateway.query_retrieve.response import Response
from gateway.query_retrieve.service import Exchange
from gateway.query_retrieve.suboperations import Context, Outlet, SubOperations

Way = Callable[[Sequence[Context]], Outlet]
"""Makes the outlet for at most 128 presentation contexts."""

_log = structlog.get_logger(__name__)


class Retrieval:
    """Serves a request for instances.

    Parameters
    ----------
    search
        The index.
    file_of
        Path of a stored instance's file by its relative path.
    audit
        Writes the audit entries.
    """

    def __init__(self, search: Search, file_of: Callable[[str], Path], audit: Audit) -> None:
        self._search, self._file_of, self._audit = search, file_of, audit

    def serve(self, exchange: Exchange, way: Callable[[Sequence[Tally], Record], Way]) -> None:
        """Serve a request to its final response.

        Parameters
        ----------
        way
            Decides where the instances go once it is known which there are, and notes it in the
            record. Raises Declined.

        Raises
        ------
        Declined, LedgerUnavailable, PeerUnreachable
            As `gateway.query_retrieve.service.Provider`.
        """
        started = time.monotonic()
        with recorded(self._audit, "retrieve", exchange) as record:
            response, identifier = self._perform(exchange, way, record)
            record.status = response.status
        exchange.respond(response, identifier)
        _log.info(
            "retrieve_answered",
            peer=exchange.peer.name,
            status=f"{response.status:04X}",
            count=record.counts.total(),
            seconds=round(time.monotonic() - started, 3),
        )

    def _perform(
        self, exchange: Exchange, way: Callable[[Sequence[Tally], Record], Way], record: Record
    ) -> tuple[Response, bytes | None]:
        record.detail["operation"] = exchange.operation.name
        projects = visible_projects(exchange.peer)
        query = retrieval(decode(exchange.identifier, exchange.encoding), exchange.root, projects)
        record.detail["level"] = query.level.value
        selection = self._search.select(query)
        tallies = self._search.tally(selection)
        record.counts.update({tally.project: 0 for tally in tallies})
        operations = SubOperations(exchange, self._search, self._file_of, record)
        return operations.run(selection, tallies, way(tallies, record))
