"""C-MOVE SCP (PS3.4 C.4.2.3): instances go to a third node, over associations of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts
from gateway.association.storage_scu import StorageAssociation
from gateway.errors import NoPresentationContext, PeerUnreachable
from gateway.index.query import StoredInstance, Tally
from gateway.query_retrieve.access import destination
from gateway.query_retrieve.audit import Record
from gateway.query_retrieve.retrieve import Retrieval, Way
from gateway.query_retrieve.service import Exchange
from gateway.query_retrieve.suboperations import Context
from gateway.query_retrieve.transfer import send, with_alternatives


class MoveProvider:
    """Serves C-MOVE requests.

    Parameters
    ----------
    retrieval
        Finds the instances and reports on them.
    peers
        Of the settings; where instances may be sent.
    timeouts
        For the destinations.
    """

    def __init__(self, retrieval: Retrieval, peers: Sequence[Peer], timeouts: Timeouts) -> None:
        self._retrieval, self._peers, self._timeouts = retrieval, peers, timeouts

    def serve(self, exchange: Exchange) -> None:
        """Serve a request to its final response.

        Raises
        ------
        Declined, LedgerUnavailable, PeerUnreachable
            As `gateway.query_retrieve.service.Provider`.
        """

        def way(tallies: Sequence[Tally], record: Record) -> Way:
            projects = {tally.project for tally in tallies}
            peer = destination(self._peers, exchange.move_destination, projects)
            record.detail["destination"] = peer.name
            return lambda contexts: _Destination(exchange, peer, contexts, self._timeouts)

        self._retrieval.serve(exchange, way)


class _Destination:
    """Associations with a Move Destination, one at a time.

    One instance on which the destination hangs up must not cost the others: a lost association
    is replaced, unless it was lost before it carried anything.
    """

    def __init__(
        self, exchange: Exchange, peer: Peer, contexts: Sequence[Context], timeouts: Timeouts
    ) -> None:
        self._originator = (exchange.calling, exchange.message_id)
        self._calling, self._peer, self._contexts, self._timeouts = exchange.called, peer, contexts, timeouts
        self._association: StorageAssociation | None = None
        self._given_up = False
        self._proven = False

    def store(self, path: Path, instance: StoredInstance) -> int:
        """Send an instance; raises as `gateway.query_retrieve.suboperations.Outlet`."""
        association = self._standing()
        try:
            status = send(association, path, instance, move_originator=self._originator)
        except (PeerUnreachable, OSError):
            self._lose(association)
            raise
        self._proven = True
        return status

    def close(self) -> None:
        """Release the association."""
        association, self._association = self._association, None
        if association is not None:
            association.close()

    def _standing(self) -> StorageAssociation:
        if self._given_up:
            raise PeerUnreachable("the destination was given up")
        if self._association is None:
            try:
                self._association = StorageAssociation.open(
                    self._peer, self._calling, with_alternatives(self._contexts), timeouts=self._timeouts
                )
            except (PeerUnreachable, NoPresentationContext):
                self._given_up = True
                raise
            self._proven = False
        return self._association

    def _lose(self, association: StorageAssociation) -> None:
        if association.usable:
            return
        self._association = None
        self._given_up = not self._proven
