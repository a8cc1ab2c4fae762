"""What is answered to each proposed presentation context (PS3.8 7.1.1.13 and 9.3.3.2).

An acceptor that picks from a list of its own makes senders recompress: the requestor knows in
which syntax its instances are, so its order stands. One exception: explicit VR is never given up
for implicit VR, which loses the VRs of private elements.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.standard import storage_commitment
from gateway.standard.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    TRANSFER_SYNTAXES,
)


class Service(StrEnum):
    """A service that a presentation context may be for."""

    VERIFICATION = "verification"
    STORAGE = "storage"
    FIND = "find"
    MOVE = "move"
    GET = "get"
    STORAGE_COMMITMENT = "storage_commitment"


ACCEPTANCE: Final = 0
ABSTRACT_SYNTAX_NOT_SUPPORTED: Final = 3
TRANSFER_SYNTAXES_NOT_SUPPORTED: Final = 4

_QUERY_RETRIEVE_ROOT: Final = "1.2.840.10008.5.1.4.1.2"
_SERVICE_OF: Final = {
    "1.2.840.10008.1.1": Service.VERIFICATION,
    storage_commitment.SOP_CLASS: Service.STORAGE_COMMITMENT,
    **{
        f"{_QUERY_RETRIEVE_ROOT}.{root}.{last}": service
        for root in (1, 2)  # Patient Root, Study Root (PS3.4 C.6.1.3, C.6.2.3)
        for last, service in enumerate((Service.FIND, Service.MOVE, Service.GET), start=1)
    },
}
_OF_MESSAGES: Final = frozenset(
    {IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN}
)
"""Syntaxes of Identifiers; not deflated, which could inflate without bound."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one proposed presentation context.

    Parameters
    ----------
    result
        0 acceptance, 3 abstract syntax not supported, 4 transfer syntaxes not supported
        (PS3.8 Table 9-18).
    transfer_syntax
        The one chosen; empty unless accepted.
    """

    result: int
    transfer_syntax: str = ""


def service_of(abstract_syntax: str, peer: Peer, project: Project) -> Service | None:
    """Tell which service a peer may ask for under an abstract syntax; None for none.

    Storage is granted to every known peer, for refused SOP Classes too: a C-STORE response can
    say why, a rejected context cannot.
    """
    service = _SERVICE_OF.get(abstract_syntax)
    if service is None:
        return Service.STORAGE if project.may_be_stored(abstract_syntax) else None
    if service is Service.STORAGE_COMMITMENT:
        return service if peer.requests_commitment or peer.reports_commitment else None
    return service if service is Service.VERIFICATION or peer.has(Role.RESEARCHER) else None


def answer(abstract_syntax: str, transfer_syntaxes: Sequence[str], peer: Peer, project: Project) -> Answer:
    """Answer one proposed presentation context.

    Parameters
    ----------
    abstract_syntax, transfer_syntaxes
        As proposed, in the requestor's order.
    peer, project
        Who proposes, and to whom.
    """
    service = service_of(abstract_syntax, peer, project)
    if service is None:
        return Answer(ABSTRACT_SYNTAX_NOT_SUPPORTED)
    supported: Collection[str] = TRANSFER_SYNTAXES if service is Service.STORAGE else _OF_MESSAGES
    chosen = next((syntax for syntax in transfer_syntaxes if syntax in supported), None)
    if chosen is None:
        return Answer(TRANSFER_SYNTAXES_NOT_SUPPORTED)
    if chosen == IMPLICIT_VR_LITTLE_ENDIAN and EXPLICIT_VR_LITTLE_ENDIAN in transfer_syntaxes:
        chosen = EXPLICIT_VR_LITTLE_ENDIAN
    return Answer(ACCEPTANCE, chosen)


def requestor_may_be_scp(abstract_syntax: str, peer: Peer, project: Project) -> bool:
    """Tell whether to grant the SCP role to a requestor.

    For the sub-operations of a researcher's C-GET, and for the reports of an archive's commitment.
    """
    if abstract_syntax == storage_commitment.SOP_CLASS:
        return peer.reports_commitment
    return peer.has(Role.RESEARCHER) and service_of(abstract_syntax, peer, project) is Service.STORAGE
