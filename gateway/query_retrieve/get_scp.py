"""C-GET SCP (PS3.4 C.4.3.3): instances go back over the requestor's own association."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.association.requestor import Timeouts
from gateway.association.storage_scu import StorageAssociation
from gateway.index.query import StoredInstance
from gateway.query_retrieve.retrieve import Retrieval
from gateway.query_retrieve.service import Exchange
from gateway.query_retrieve.suboperations import Context
from gateway.query_retrieve.transfer import send


class GetProvider:
    """Serves C-GET requests.

    Parameters
    ----------
    retrieval
        Finds the instances and reports on them.
    timeouts
        For the requestor's responses.
    """

    def __init__(self, retrieval: Retrieval, timeouts: Timeouts) -> None:
        self._retrieval, self._timeouts = retrieval, timeouts

    def serve(self, exchange: Exchange) -> None:
        """Serve a request to its final response.

        Raises
        ------
        Declined, LedgerUnavailable, PeerUnreachable
            As `gateway.query_retrieve.service.Provider`.
        """

        def way(_contexts: Sequence[Context]) -> _SameAssociation:
            return _SameAssociation(exchange, self._timeouts)

        self._retrieval.serve(exchange, lambda _tallies, _record: way)


class _SameAssociation:
    """The association of the request; the requestor chose its presentation contexts."""

    def __init__(self, exchange: Exchange, timeouts: Timeouts) -> None:
        self._association = StorageAssociation.over(
            exchange.association, after_message_id=exchange.message_id, timeouts=timeouts
        )

    def store(self, path: Path, instance: StoredInstance) -> int:
        """Send an instance; raises as `gateway.query_retrieve.suboperations.Outlet`."""
        return send(self._association, path, instance)

    def close(self) -> None:
        """Leave the association standing."""
        self._association.close()
