"""Where this package meets pynetdicom: taking a request from it and sending responses through it.

pynetdicom's own services decode every instance that they send and name themselves as the Move
Originator; its responses go through a pydicom data set each. Used of it are a service class's
``SCP``, ``assoc`` and ``is_cancelled``, the fields of request primitives and presentation contexts,
``acse.is_aborted``, ``dul.peek_next_pdu`` and ``dul.send_pdu``; all of them are public, and
``tests/query_retrieve/test_service_contract.py`` holds it to them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, Protocol, cast

import structlog
from pynetdicom.pdu_primitives import A_RELEASE, P_DATA
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import ServiceClass

from gateway.association.transport import AcceptedAssociation
from gateway.deidentify.data_set import Encoding
from gateway.errors import LedgerUnavailable, PeerUnreachable
from gateway.query_retrieve.declined import Declined
from gateway.query_retrieve.information_model import SOP_CLASSES, Operation
from gateway.query_retrieve.response import Response, command_set
from gateway.standard.status import Status
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES

_COMMAND, _LAST = 0x01, 0x02
"""Bits of the message control header (PS3.8 E.2)."""
_PDV_OVERHEAD: Final = 6
_LONGEST_FRAGMENT: Final = 128 * 1024

_log = structlog.get_logger(__name__)


class Exchange:
    """One request and its responses; used by the thread of its association alone."""

    def __init__(self, service: ServiceClass, request: Any, context: PresentationContext) -> None:
        self.association = cast(AcceptedAssociation, service.assoc)
        self.root, self.operation = SOP_CLASSES[str(context.abstract_syntax)]
        self.message_id = int(request.MessageID)
        self.move_destination = str(getattr(request, "MoveDestination", None) or "").strip()
        self.calling, self.called = self.association.titles
        self.peer, self.project = self.association.session.parties
        syntax = TRANSFER_SYNTAXES[str(context.transfer_syntax[0])]
        self.encoding = Encoding(syntax.implicit, syntax.little_endian)
        self._sop_class_uid = str(context.abstract_syntax)
        self._request, self._service, self._context_id = request, service, int(context.context_id or 0)
        self._cancelled = False

    @property
    def identifier(self) -> bytes:
        """The encoded Identifier of the request, empty when it has none."""
        return self._request.Identifier.getvalue() if self._request.Identifier is not None else b""

    @property
    def cancelled(self) -> bool:
        """Whether a C-CANCEL request for this operation arrived."""
        self._cancelled = self._cancelled or self._service.is_cancelled(self.message_id)
        return self._cancelled

    @property
    def usable(self) -> bool:
        """Whether the requestor is still there and waits for responses."""
        association, acse = self.association, self.association.acse
        stands = association.is_established and association.dul.is_alive()
        # Only looked at: who takes the request to release has to answer it.
        leaves = isinstance(association.dul.peek_next_pdu(), A_RELEASE)
        return stands and not acse.is_aborted() and not leaves

    def respond(self, response: Response, identifier: bytes | None = None) -> None:
        """Send one response.

        Raises
        ------
        PeerUnreachable
            The requestor ended the association.
        """
        if not self.usable:
            raise PeerUnreachable("the requestor ended the association")
        command = command_set(
            response,
            self.operation,
            self._sop_class_uid,
            self.message_id,
            has_identifier=identifier is not None,
        )
        self._send(_COMMAND, command)
        if identifier is not None:
            self._send(0, identifier)

    def _send(self, kind: int, message: bytes) -> None:
        longest = min(self.association.requestor.maximum_length or _LONGEST_FRAGMENT, _LONGEST_FRAGMENT)
        length = max(longest - _PDV_OVERHEAD, 1)
        for start in range(0, max(len(message), 1), length):
            last = _LAST if start + length >= len(message) else 0
            primitive = P_DATA()
            fragment = bytes((kind | last,)) + message[start : start + length]
            primitive.presentation_data_value_list.append((self._context_id, fragment))
            self.association.dul.send_pdu(primitive)


class Provider(Protocol):
    """Serves the requests of one DIMSE service."""

    def serve(self, exchange: Exchange) -> None:
        """Serve a request to its final response.

        Raises
        ------
        Declined
            The final response says so.
        LedgerUnavailable
            The ledger cannot be read, or the audit entry not written.
        PeerUnreachable
            The requestor is gone.
        """


def service_class(provider: Provider) -> type[ServiceClass]:
    """Return the pynetdicom service class that hands its requests to `provider`."""

    class Service(ServiceClass):
        """Serves one request."""

        def SCP(self, req: Any, context: PresentationContext) -> None:  # noqa: N802 - pynetdicom's name
            """Serve `req` to its final response."""
            _serve(provider, Exchange(self, req, context))

    return Service


def _serve(provider: Provider, exchange: Exchange) -> None:
    try:
        provider.serve(exchange)
    except PeerUnreachable:
        _log.info("requestor_gone", peer=exchange.peer.name)
    except Declined as declined:
        _end(exchange, Response(declined.status, comment=declined.comment, tags=declined.tags))
    except LedgerUnavailable:
        is_find = exchange.operation is Operation.FIND
        status = Status.OUT_OF_RESOURCES if is_find else Status.MATCHES_NOT_COUNTED
        _end(exchange, Response(status, comment="The index is not available now"))
    except Exception as error:  # noqa: BLE001 -- DIMSE boundary: the requestor must get an answer
        _log.error("query_retrieve_failed", peer=exchange.peer.name, error=type(error).__name__)
        _end(exchange, Response(Status.UNABLE_TO_PROCESS, comment="The request cannot be processed"))


def _end(exchange: Exchange, response: Response) -> None:
    with suppress(PeerUnreachable):
        exchange.respond(response)
