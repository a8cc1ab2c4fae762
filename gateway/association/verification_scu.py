"""Verification SCU: finds out whether a peer is there and takes our associations (PS3.4 Annex A)."""

from __future__ import annotations

from typing import Final

from pynetdicom import build_context

from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts, hang_up, not_established
from gateway.association.requestor_internals import RequestorEntity
from gateway.errors import PeerUnreachable
from gateway.standard.status import Status

VERIFICATION: Final = "1.2.840.10008.1.1"
"""Verification SOP Class (PS3.4 A.4)."""

_IMPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"
"""The transfer syntax that every application entity supports (PS3.5 10.1)."""


def verify(peer: Peer, calling: str, timeouts: Timeouts | None = None) -> None:
    """Send one C-ECHO to `peer` (PS3.7 9.1.5) on an association of its own.

    Parameters
    ----------
    calling
        Calling AE title.

    Raises
    ------
    PeerUnreachable
        No connection, the association was rejected, or the answer is missing or not Success.
    """
    timeouts = timeouts or Timeouts()
    entity = RequestorEntity(calling, timeouts.stall)
    entity.connection_timeout = timeouts.connect
    entity.acse_timeout = timeouts.associate
    entity.dimse_timeout = entity.network_timeout = timeouts.response
    contexts = [build_context(VERIFICATION, _IMPLICIT_VR_LITTLE_ENDIAN)]
    try:
        assoc = entity.associate(
            peer.host,
            peer.port,
            contexts,
            ae_title=peer.titles[0],
            tls_args=timeouts.handshake(peer),  # type: ignore[arg-type]  # `RequestorSocket` takes it
        )
    except OSError:
        raise PeerUnreachable("the peer's host name is unknown") from None
    if not assoc.is_established:
        hang_up(assoc)
        raise PeerUnreachable(str(not_established(assoc)))
    status = assoc.send_c_echo()
    assoc.release()
    if getattr(status, "Status", None) != Status.SUCCESS:
        raise PeerUnreachable("C-ECHO was not answered with Success")
