"""The three services of this package, ready to be given to the acceptor of associations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pynetdicom.service_class import ServiceClass

from gateway.association.peer import Peer
from gateway.association.presentation_context import Service
from gateway.association.requestor import Timeouts
from gateway.index.search import Search
from gateway.query_retrieve.audit import Audit
from gateway.query_retrieve.find_scp import FindProvider
from gateway.query_retrieve.get_scp import GetProvider
from gateway.query_retrieve.move_scp import MoveProvider
from gateway.query_retrieve.retrieve import Retrieval
from gateway.query_retrieve.service import service_class


def service_classes(
    search: Search,
    file_of: Callable[[str], Path],
    peers: Sequence[Peer],
    audit: Audit,
    *,
    timeouts: Timeouts | None = None,
) -> Mapping[Service, type[ServiceClass]]:
    """Return what serves C-FIND, C-MOVE and C-GET requests in place of pynetdicom's own services.

    Parameters
    ----------
    search
        The index.
    file_of
        Path of a stored instance's file by its relative path, such as ``Spool.path``.
    peers
        Of the settings; among them are the Move Destinations.
    audit
        Writes an audit entry: kind, project, peer, detail. Raises LedgerUnavailable.
    timeouts
        For the sub-operations.
    """
    limits = timeouts or Timeouts()
    retrieval = Retrieval(search, file_of, audit)
    return {
        Service.FIND: service_class(FindProvider(search, audit)),
        Service.MOVE: service_class(MoveProvider(retrieval, peers, limits)),
        Service.GET: service_class(GetProvider(retrieval, limits)),
    }
