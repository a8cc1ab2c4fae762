"""Opening, feeding and ending an association: what lies between the Storage SCU and pynetdicom."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pynetdicom import build_context, build_role, evt
from pynetdicom.association import Association
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.pdu_primitives import A_RELEASE, P_DATA

from gateway.association.byte_stream import sever
from gateway.association.peer import Peer
from gateway.association.requestor_internals import (
    RequestorEntity,
    drain_data,
    failure_of,
    pause_reactor,
    resume_reactor,
    retire,
)
from gateway.association.transport_security import Handshake, TransportSecurity
from gateway.errors import NoPresentationContext, PeerUnreachable

LARGEST_PIECE: Final = 128 * 1024
"""Bytes of a P-DATA-TF PDU that are sent at most, whatever the peer would take."""
MOST_CONTEXTS: Final = 128
"""Odd identifiers 1 to 255 (PS3.8 9.3.2.2)."""
MOST_UNSENT: Final = 256 * 1024
"""Bytes of a data set that may wait for the upper layer."""
LIVENESS: Final = 1.0
"""Seconds after which a wait looks whether the upper layer still runs; mostly it says so itself."""
_ESTABLISHED: Final = "Sta6"
_ABORT_GRACE: Final = 1.0
"""Seconds in which an A-ABORT may leave before the connection is cut."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a peer may take, in seconds, and how it is spoken with.

    Parameters
    ----------
    connect
        Until the TCP connection is open.
    associate
        Until the A-ASSOCIATE or A-RELEASE response.
    response
        From the last byte of a request to its response.
    stall
        During which nothing of a data set could be sent, or nothing of a begun PDU came.
    security
        What is spoken with peers that are called by TLS.
    """

    connect: float = 10.0
    associate: float = 30.0
    response: float = 120.0
    stall: float = 60.0
    security: TransportSecurity | None = None

    def handshake(self, peer: Peer) -> Handshake | None:
        """Return how to secure a connection to `peer`; None for one in clear.

        Raises
        ------
        PeerUnreachable
            The peer is called by TLS, and the gateway has no certificate.
        """
        if not peer.tls:
            return None
        if self.security is None:
            raise PeerUnreachable("TLS: no certificate of the gateway is set")
        return Handshake(self.security.client, peer.host, peer.certificates)


def request(
    peer: Peer,
    calling: str,
    contexts: Sequence[tuple[str, str]],
    timeouts: Timeouts,
    *,
    provided: Sequence[str] = (),
) -> Association:
    """Open an association and take it over from pynetdicom's reactor.

    Parameters
    ----------
    calling
        Calling AE title.
    contexts
        Abstract and transfer syntax of each presentation context, at most `MOST_CONTEXTS`.
    provided
        Abstract syntaxes of which we ask for the role of the SCP (PS3.7 D.3.3.4).

    Raises
    ------
    NoPresentationContext
        The peer accepted the association but none of the contexts.
    PeerUnreachable
        No connection, no answer, or the peer rejected or aborted the association.
    """
    entity = RequestorEntity(calling, timeouts.stall)
    entity.connection_timeout = timeouts.connect
    entity.acse_timeout = timeouts.associate
    entity.dimse_timeout = timeouts.response
    entity.network_timeout = None
    proposed = [build_context(abstract, transfer) for abstract, transfer in contexts]
    try:
        assoc = entity.associate(
            peer.host,
            peer.port,
            proposed,
            ae_title=peer.titles[0],
            ext_neg=[build_role(abstract, scp_role=True) for abstract in provided],
            tls_args=timeouts.handshake(peer),  # type: ignore[arg-type]  # `RequestorSocket` takes it
        )
    except OSError as error:
        raise PeerUnreachable("the peer's host name is unknown") from error
    if not assoc.is_established:
        hang_up(assoc)
        raise not_established(assoc)
    pause_reactor(assoc)
    return assoc


def not_established(assoc: Association) -> PeerUnreachable | NoPresentationContext:
    """Say why an association was not established."""
    if reason := failure_of(assoc):
        return PeerUnreachable(reason)
    if assoc.is_rejected:
        return PeerUnreachable("the peer rejected the association")
    if assoc.rejected_contexts:
        return NoPresentationContext("the peer accepted no presentation context")
    return PeerUnreachable("the association could not be established")


def release(assoc: Association, timeouts: Timeouts) -> None:
    """End a requested association in order; the peer's own wish to release is answered."""
    connection = _connection(assoc)
    if isinstance(assoc.dul.peek_next_pdu(), A_RELEASE):
        resume_reactor(assoc)
        assoc.join(timeouts.associate)
    else:
        assoc.release()
    _bury(assoc, connection)


def hang_up(assoc: Association) -> None:
    """End an association that went wrong: A-ABORT if it can leave, then cut the connection.

    Returns when the threads of a requested association have ended; those of an accepted one end
    on their own.
    """
    connection = _connection(assoc)
    assoc.abort(block=False)
    if assoc.dul.is_alive():
        assoc.dul.join(_ABORT_GRACE)
    sever(connection)
    if assoc.is_requestor:
        _bury(assoc, connection)


def cut(assoc: Association) -> None:
    """Break the connection from any thread; whoever uses the association is told that it ended."""
    sever(_connection(assoc))


def _connection(assoc: Association) -> socket.socket | None:
    return assoc.dul.socket.socket if assoc.dul.socket is not None else None


def _bury(assoc: Association, connection: socket.socket | None) -> None:
    sever(connection)
    assoc.kill()
    if assoc.is_alive():
        assoc.join(_ABORT_GRACE)
    if connection is not None:
        connection.close()
    retire(assoc)


class Outlet:
    """The way of an association's outgoing fragments: in order, and with back-pressure.

    pynetdicom's inbox of the upper layer is without bound. Fragments enter it here only while few
    are waiting; each one that was written makes room for the next.

    Parameters
    ----------
    stall
        Seconds without progress after which the peer is taken for dead.
    """

    def __init__(self, assoc: Association, stall: float) -> None:
        self._assoc, self._stall = assoc, stall
        peer = assoc.acceptor if assoc.is_requestor else assoc.requestor
        # The PDV item has six bytes of its own (PS3.8 9.3.5.1); 0 stands for no limit.
        self.piece_length: int = min(peer.maximum_length or LARGEST_PIECE, LARGEST_PIECE) - 6
        if self.piece_length < 1:
            raise PeerUnreachable("the peer's maximum PDU length leaves no room for data")
        self._window = max(MOST_UNSENT // self.piece_length, 2)
        self._context_id = self._unsent = 0
        self._change = threading.Condition()
        self._ended = False
        self._handlers = ((evt.EVT_PDU_SENT, self._on_sent), (evt.EVT_FSM_TRANSITION, self._on_transition))
        for event, handler in self._handlers:
            assoc.bind(event, handler)
        if assoc.dul.state_machine.current_state != _ESTABLISHED:
            self._ended = True

    @property
    def usable(self) -> bool:
        """Whether the association still stands and nobody asked to release it."""
        return not self._ended and self._assoc.dul.is_alive()

    def put(self, context_id: int, control: int, fragment: bytes) -> None:
        """Send one fragment as a P-DATA-TF PDU of its own.

        Parameters
        ----------
        control
            Message control header: 1 for a command, 2 for the last fragment (PS3.8 E.2).

        Raises
        ------
        PeerUnreachable
            The association ended, or the peer stopped reading.
        """
        primitive = P_DATA()
        primitive.presentation_data_value_list.append((context_id, bytes((control,)) + fragment))
        with self._change:
            self._wait_below(self._window)
            self._context_id = context_id
            self._unsent += 1
        # Without the lock: an accepted association may let us wait for its upper layer here.
        self._assoc.dul.send_pdu(primitive)
        if self._ended:
            drain_data(self._assoc)

    def flush(self) -> None:
        """Return when every fragment was handed to the transport.

        Raises
        ------
        PeerUnreachable
            As in `put`.
        """
        with self._change:
            self._wait_below(1)

    def detach(self) -> None:
        """Stop watching the association."""
        for event, handler in self._handlers:
            self._assoc.unbind(event, handler)

    def _wait_below(self, limit: int) -> None:
        deadline = time.monotonic() + self._stall
        unsent = self._unsent
        while self.usable and self._unsent >= limit:
            if self._unsent < unsent:
                unsent, deadline = self._unsent, time.monotonic() + self._stall
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise PeerUnreachable("the peer stopped reading")
            self._change.wait(min(remaining, LIVENESS))
        if not self.usable:
            raise PeerUnreachable("the association ended")

    def _on_sent(self, event: evt.Event) -> None:
        if not isinstance(event.pdu, P_DATA_TF):
            return
        # Responses of an accepted association pass by here as well, in contexts of their own.
        context_id = event.pdu.presentation_data_value_items[0].presentation_context_id
        with self._change:
            if self._unsent and context_id == self._context_id:
                self._unsent -= 1
                self._change.notify_all()

    def _on_transition(self, event: evt.Event) -> None:
        if event.next_state == _ESTABLISHED:
            return
        with self._change:
            self._ended = True
            drain_data(self._assoc)
            self._change.notify_all()
