"""The services of one receiver process, put together."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pynetdicom import evt
from pynetdicom.service_class import ServiceClass

from gateway.association.acceptor import Acceptor, Handler
from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.directory import Directory
from gateway.association.presentation_context import Service
from gateway.receive.event_log import EventLog
from gateway.receive.late_work import Workers
from gateway.receive.reception import Reception
from gateway.receive.storage_scp import StorageSCP
from gateway.receive.verification_scp import verify

_STUCK: Final = 5
"""Answer timeouts after which a thread that is late is taken for stuck."""


class ReceiverServer:
    """Serves associations on connections that the supervisor accepted.

    Parameters
    ----------
    directory
        Decides who may associate.
    reception
        Keeps what is stored.
    title
        Own AE title.
    limits, budget, tls
        As for `Acceptor`.
    handlers, service_classes
        Of the Query/Retrieve services, as for `Acceptor`.
    answer_timeout
        Seconds from the last byte of an instance to its answer.
    """

    def __init__(
        self,
        directory: Directory,
        reception: Reception,
        *,
        title: str = "GATEWAY",
        limits: Limits | None = None,
        budget: ByteBudget | None = None,
        handlers: Sequence[Handler] = (),
        service_classes: Mapping[Service, type[ServiceClass]] | None = None,
        tls: Callable[[], ssl.SSLContext] | None = None,
        answer_timeout: float = 20.0,
    ) -> None:
        log = EventLog()
        self._workers, self._answer_timeout = Workers(), answer_timeout
        self._acceptor = Acceptor(
            directory,
            title=title,
            limits=limits,
            budget=budget,
            handlers=(
                (evt.EVT_C_ECHO, verify),
                (evt.EVT_C_STORE, StorageSCP(reception, log, self._workers, answer_timeout)),
                *handlers,
            ),
            service_classes=service_classes,
            tls=tls,
            ended=log.association,
        )

    @property
    def active(self) -> int:
        """Number of associations now."""
        return self._acceptor.active

    @property
    def is_stuck(self) -> bool:
        """Whether a thread is late that will hardly ever end: only a new process helps."""
        return self._workers.overdue(_STUCK * self._answer_timeout)

    def handle(self, connection: socket.socket, address: tuple[Any, ...], *, secure: bool = False) -> None:
        """Take over an accepted connection from `address`, under TLS or not; return at once."""
        self._acceptor.handle(connection, address, secure=secure)

    def stop(self, grace: float) -> None:
        """Take no more connections; abort what is not finished after `grace` seconds."""
        self._acceptor.stop(grace)
