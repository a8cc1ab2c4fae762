"""Who may query and retrieve what, and where retrieved instances may go."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gateway.association.peer import Peer, Role
from gateway.query_retrieve.declined import Declined
from gateway.standard.status import Status


def visible_projects(peer: Peer) -> frozenset[str]:
    """Return the projects that a peer may see: those of its entry, whichever AE title it called.

    Raises
    ------
    Declined
        `Status.NOT_AUTHORIZED`: the peer is no researcher, or of no project.
    """
    if not peer.has(Role.RESEARCHER) or not peer.projects:
        raise Declined(Status.NOT_AUTHORIZED, "The peer may not query or retrieve")
    return frozenset(peer.projects)


def destination(peers: Iterable[Peer], ae_title: str, projects: Iterable[str]) -> Peer:
    """Return the peer that a C-MOVE names, with this as its only AE title.

    Parameters
    ----------
    projects
        Projects of the instances to send; the destination must be of each.

    Raises
    ------
    Declined
        `Status.MOVE_DESTINATION_UNKNOWN`, also when the destination is known but has no right to
        the instances: a requestor learns nothing about peers that are not its own.
    """
    needed = set(projects)
    for peer in peers:
        entitled = peer.has(Role.RESEARCHER) and needed <= set(peer.projects)
        if entitled and peer.host and peer.port and ae_title in (title.strip() for title in peer.titles):
            return msgspec.structs.replace(peer, ae_title=ae_title, ae_titles=())
    raise Declined(Status.MOVE_DESTINATION_UNKNOWN, "Move Destination unknown")
