"""Which service class serves a request.

pynetdicom goes by the SOP Class UID that the command names, whatever its presentation context is
for, and knows no retired or private SOP Class. Here the presentation context decides, because it
is what the peer was granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pynetdicom.dimse_primitives import (
    C_ECHO,
    C_FIND,
    C_GET,
    C_MOVE,
    C_STORE,
    N_ACTION,
    N_EVENT_REPORT,
)
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import (
    QueryRetrieveServiceClass,
    ServiceClass,
    StorageServiceClass,
    VerificationServiceClass,
)
from pynetdicom.service_class_n import StorageCommitmentServiceClass

from gateway.association.presentation_context import Service, service_of
from gateway.association.session import Session

_SERVICE_OF_MESSAGE: Final = {
    C_ECHO: Service.VERIFICATION,
    C_STORE: Service.STORAGE,
    C_FIND: Service.FIND,
    C_MOVE: Service.MOVE,
    C_GET: Service.GET,
    N_ACTION: Service.STORAGE_COMMITMENT,
    N_EVENT_REPORT: Service.STORAGE_COMMITMENT,
}

SERVICE_CLASSES: Final[Mapping[Service, type[ServiceClass]]] = {
    Service.VERIFICATION: VerificationServiceClass,
    Service.STORAGE: StorageServiceClass,
    Service.FIND: QueryRetrieveServiceClass,
    Service.MOVE: QueryRetrieveServiceClass,
    Service.GET: QueryRetrieveServiceClass,
    Service.STORAGE_COMMITMENT: StorageCommitmentServiceClass,
}
"""pynetdicom's own."""


def is_response(message: Any) -> bool:
    """Tell whether a message answers one of ours, which nothing waits for any more."""
    return message.MessageIDBeingRespondedTo is not None


def service_for(message: Any, context: PresentationContext, session: Session) -> Service | None:
    """Find the service for a request; None when the peer may not make it here.

    The SOP Class of a C-STORE may differ from its presentation context's: its handler answers
    that with a status.
    """
    if not message.is_valid_request or not _has_role(message, context, session):
        return None
    service = service_of(str(context.abstract_syntax), *session.parties)
    named = message.RequestedSOPClassUID if isinstance(message, N_ACTION) else message.AffectedSOPClassUID
    is_named = service is Service.STORAGE or named == context.abstract_syntax
    return service if is_named and service is _SERVICE_OF_MESSAGE.get(type(message)) else None


def _has_role(message: Any, context: PresentationContext, session: Session) -> bool:
    """Tell whether the peer has the role to make a request in a context.

    A report of commitment comes from the SCP. Archives that do not negotiate their role send it
    in the default one; the Transaction UID proves that it was asked for.
    """
    peer, _ = session.parties
    if isinstance(message, N_EVENT_REPORT):
        return peer.reports_commitment
    return bool(context.as_scp) and (peer.requests_commitment or not isinstance(message, N_ACTION))
