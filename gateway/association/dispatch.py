"""Which service class serves a request.

pynetdicom goes by the SOP Class UID that the command names, whatever its presentation context is
for, and knows no retired or private SOP Class. Here the presentation context decides, because it
is what the peer was granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pynetdicom.dimse_primitives import C_ECHO, C_FIND, C_GET, C_MOVE, C_STORE
from pynetdicom.presentation import PresentationContext
from pynetdicom.service_class import (
    QueryRetrieveServiceClass,
    ServiceClass,
    StorageServiceClass,
    VerificationServiceClass,
)

from gateway.association.presentation_context import Service, service_of
from gateway.association.session import Session

_SERVICE_OF_MESSAGE: Final = {
    C_ECHO: Service.VERIFICATION,
    C_STORE: Service.STORAGE,
    C_FIND: Service.FIND,
    C_MOVE: Service.MOVE,
    C_GET: Service.GET,
}

SERVICE_CLASSES: Final[Mapping[Service, type[ServiceClass]]] = {
    Service.VERIFICATION: VerificationServiceClass,
    Service.STORAGE: StorageServiceClass,
    Service.FIND: QueryRetrieveServiceClass,
    Service.MOVE: QueryRetrieveServiceClass,
    Service.GET: QueryRetrieveServiceClass,
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
    if not context.as_scp or not message.is_valid_request:
        return None
    service = service_of(str(context.abstract_syntax), *session.parties)
    is_named = service is Service.STORAGE or message.AffectedSOPClassUID == context.abstract_syntax
    return service if is_named and service is _SERVICE_OF_MESSAGE.get(type(message)) else None
