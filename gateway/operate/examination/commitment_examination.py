"""What ``gateway check`` says of storage commitment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from gateway.association.commitment_association import CommitmentAssociation
from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts
from gateway.errors import AssociationError, NoPresentationContext
from gateway.operate.examination.finding import Finding, Verdict
from gateway.operate.wiring.commitment import own_archives
from gateway.settings import Settings

_PEERS_AT_A_TIME: Final = 8
_DERIVATIVE: Final = "commitment to a modality covers the de-identified derivative only, never the original"


def commitments(settings: Settings, timeouts: Timeouts) -> Iterator[Finding]:
    """Look whether archives offer what is expected of them; say what modalities are promised.

    Parameters
    ----------
    timeouts
        For the association that is opened to each archive.
    """
    archives = [peer for peer in settings.peer if peer.reports_commitment]

    def offered(peer: Peer) -> Finding:
        subject = f"storage commitment of {peer.name}"
        try:
            CommitmentAssociation.open(peer, settings.server.ae_title, timeouts).close()
        except NoPresentationContext:
            detail = "not offered: what is forwarded would wait for it for ever"
            return Finding(subject, Verdict.FAILED, detail)
        except AssociationError as error:
            return Finding(subject, Verdict.FAILED, str(error))
        return Finding(subject, Verdict.OK, f"offered; reports come to {settings.server.ae_title}")

    with ThreadPoolExecutor(_PEERS_AT_A_TIME) as pool:
        yield from pool.map(offered, archives)
    for peer in settings.peer:
        if peer.requests_commitment:
            yield Finding(f"storage commitment for {peer.name}", Verdict.WARNING, _promise(peer, settings))


def _promise(peer: Peer, settings: Settings) -> str:
    kept = own_archives(settings)
    prunes = sorted(
        project.name
        for project in settings.project
        if not project.destinations and project.name not in kept
        if not peer.projects or project.name in peer.projects
    )
    never = f"; never given for {', '.join(prunes)}: no destination, and files are removed" if prunes else ""
    return _DERIVATIVE + never
