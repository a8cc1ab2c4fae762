"""Accepts associations on connections that were accepted elsewhere."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pynetdicom import evt
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import ServiceClass
from pynetdicom.transport import AddressInformation

from gateway.association.accepted_socket import secured
from gateway.association.application_entity import Limits, application_entity, configure
from gateway.association.byte_budget import ByteBudget
from gateway.association.directory import (
    LOCAL_LIMIT_EXCEEDED,
    PRESENTATION_PROVIDER,
    REJECTED_TRANSIENT,
    Directory,
    Rejected,
)
from gateway.association.peer import Peer, Role
from gateway.association.presentation_context import (
    ABSTRACT_SYNTAX_NOT_SUPPORTED,
    Service,
    answer,
    requestor_may_be_scp,
)
from gateway.association.project import Project
from gateway.association.session import End, Session
from gateway.association.transport import AcceptedAssociation

Handler = tuple[evt.EventType, Callable[..., Any]]

_REJECTING: Final = 16
"""Connections above the cap that are answered before they are closed; further ones just close."""
_REJECT_TIMEOUT: Final = 5.0
_ABORT_SECONDS: Final = 5.0


class Acceptor:
    """Every association of one process, each in a thread of its own.

    Parameters
    ----------
    directory
        Decides who may associate.
    title
        Own AE title.
    limits
        Caps and timeouts.
    budget
        Bytes in flight, shared with other processes; by default four of the largest instances.
    handlers
        (event, handler) pairs of pynetdicom that serve the requests.
    service_classes
        In place of pynetdicom's own.
    tls
        Gives the context of each connection under TLS; the handshake happens in the
        association's thread. None where there is no such connection.
    ended
        Called with each association's session at its end, in its thread.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        title: str = "GATEWAY",
        limits: Limits | None = None,
        budget: ByteBudget | None = None,
        handlers: Sequence[Handler] = (),
        service_classes: Mapping[Service, type[ServiceClass]] | None = None,
        tls: Callable[[], ssl.SSLContext] | None = None,
        ended: Callable[[Session], None] = lambda _: None,
    ) -> None:
        configure()
        self._directory, self._tls, self._ended = directory, tls, ended
        self._limits = limits or Limits()
        self._budget = budget or ByteBudget(4 * self._limits.instance_bytes)
        self._handlers, self._service_classes = tuple(handlers), service_classes or {}
        self._entity = application_entity(title, self._limits)
        self._live: set[AcceptedAssociation] = set()
        self._changed = threading.Condition()
        self._is_stopping = False

    @property
    def active(self) -> int:
        """Number of associations now."""
        return len(self._live)

    def handle(self, connection: socket.socket, address: tuple[Any, ...], *, secure: bool = False) -> None:
        """Take over a connection and return at once.

        Parameters
        ----------
        connection
            Accepted, nothing read from it; closed by the acceptor.
        address
            The peer's, as `socket.accept` gives it; only the host counts.
        secure
            Whether the peer has to begin with a TLS handshake.
        """
        with self._changed:
            if self._is_stopping or self.active >= self._limits.associations + _REJECTING:
                connection.close()
                return
            is_over_limit = self.active >= self._limits.associations
            try:
                if secure:
                    connection = self._secured(connection)
                association = self._association(connection, str(address[0]), is_over_limit)
            except OSError:  # the peer is gone already, or descriptors are short
                connection.close()
                return
            self._live.add(association)
            try:
                association.start()
            except RuntimeError:  # threads are short
                self._live.discard(association)
                association.close()

    def stop(self, grace: float) -> None:
        """Take no more connections, let associations finish, then abort the rest.

        Parameters
        ----------
        grace
            Seconds to let them finish.
        """
        with self._changed:
            self._is_stopping = True
            self._changed.wait_for(lambda: not self._live, grace)
            remaining = tuple(self._live)
        for association in remaining:
            association.abort(block=False)
        with self._changed:
            self._changed.wait_for(lambda: not self._live, _ABORT_SECONDS)

    def _association(
        self, connection: socket.socket, address: str, is_over_limit: bool
    ) -> AcceptedAssociation:
        local, remote = connection.getsockname(), connection.getpeername()
        session = Session(address=address)
        association = AcceptedAssociation(
            self._entity,
            connection,
            session,
            limits=self._limits,
            budget=self._budget,
            service_classes=self._service_classes,
            knows=lambda calling, called: not is_over_limit and self._knows(calling, called, session),
            ended=self._end,
        )
        association.acceptor.maximum_length = self._entity.maximum_pdu_size
        association.acceptor.ae_title = self._entity.ae_title
        association.acceptor.implementation_version_name = self._entity.implementation_version_name
        association.acceptor.address_info = AddressInformation.from_tuple(local)
        association.requestor.address_info = AddressInformation.from_tuple(remote)
        if is_over_limit:
            association.acse_timeout = min(_REJECT_TIMEOUT, self._limits.association_timeout)
        association.bind(evt.EVT_REQUESTED, self._answer, [is_over_limit])
        for event, handler in self._handlers:
            association.bind(event, handler)
        return association

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self._tls is None:
            raise OSError("no certificate is set")
        return secured(connection, self._tls())

    def _knows(self, calling: str, called: str, session: Session) -> bool:
        try:
            self._directory.identify(calling, called, session.address, session.certificate)
        except Rejected:
            return False
        return True

    def _answer(self, event: evt.Event, is_over_limit: bool) -> None:
        association = event.assoc
        assert isinstance(association, AcceptedAssociation)
        session = association.session
        try:
            if is_over_limit:
                raise Rejected(REJECTED_TRANSIENT, PRESENTATION_PROVIDER, LOCAL_LIMIT_EXCEEDED)
            peer, project = self._directory.identify(
                *association.titles, session.address, session.certificate
            )
        except Rejected as rejection:
            session.rejection = rejection.with_traceback(None)  # its frames hold the association
            association.acse.send_reject(rejection.result, rejection.source, rejection.reason)
            association.kill()
            return
        session.peer, session.project = peer, project
        if peer.idle_timeout_s:
            association.network_timeout = peer.idle_timeout_s
        association.acceptor.ae_title = project.ae_title.strip()
        if not peer.has(Role.MODALITY):
            association.messages.forbid_storage()
        _grant(association, peer, project)

    def _end(self, association: AcceptedAssociation) -> None:
        session = association.session
        if association.is_rejected:
            session.end = End.REJECTED
        elif association.is_released:
            session.end = End.RELEASED
        elif session.peer is not None:
            session.end = End.ABORTED
        try:
            self._ended(session)
        finally:
            with self._changed:
                self._live.discard(association)
                self._changed.notify_all()


def _grant(association: AcceptedAssociation, peer: Peer, project: Project) -> None:
    """Let ACSE come to our answers.

    ACSE picks the first of the acceptor's syntaxes that a context proposes. So each accepted
    context is left with the one syntax that was chosen for it, in the request too.
    """
    request = association.requestor.primitive
    assert isinstance(request, A_ASSOCIATE)
    roles = association.requestor.role_selection
    supported: dict[str, PresentationContext] = {}
    for proposed in request.presentation_context_definition_list:
        abstract_syntax = str(proposed.abstract_syntax)
        given = answer(abstract_syntax, [str(one) for one in proposed.transfer_syntax], peer, project)
        if given.result == ABSTRACT_SYNTAX_NOT_SUPPORTED:
            continue
        context = supported.setdefault(abstract_syntax, PresentationContext())
        context.abstract_syntax = proposed.abstract_syntax
        if proposed.abstract_syntax in roles:
            context.scu_role = True
            context.scp_role = requestor_may_be_scp(abstract_syntax, peer, project)
        if given.transfer_syntax:
            proposed.transfer_syntax = [given.transfer_syntax]
            context.add_transfer_syntax(given.transfer_syntax)
    association.acceptor.supported_contexts = list(supported.values())
