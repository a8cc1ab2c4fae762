"""Every name of pynetdicom's inside that requesting an association leans on.

pynetdicom publishes no way to shape its transport. What is used here beyond its documentation is
listed in `RELIED_ON`, and tests/association/test_requestor_internals.py holds pynetdicom to it.

Why it is shaped at all:

* An archive whose TCP stack waits for our acknowledgement answers each instance 40 ms late;
  `ByteStream` asks for immediate ones.
* pynetdicom's threads look for work a thousand times a second. Here the upper layer's thread
  sleeps until there is something to read or to send.
* A read has no deadline and no bound; a peer could stall, or announce 4 GiB.
* select() fails beyond file descriptor 1023.
"""

# ruff: noqa: SLF001 - this module is the one place for it

from __future__ import annotations

import queue
import ssl
import threading
import weakref
from typing import Any, Final, cast

from pydicom.uid import UID
from pynetdicom import AE, _config
from pynetdicom.association import Association
from pynetdicom.dul import DULServiceProvider
from pynetdicom.fsm import StateMachine
from pynetdicom.pdu_primitives import P_DATA
from pynetdicom.transport import T_CONNECT, AddressInformation, AssociationSocket

from gateway.association.application_entity import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from gateway.association.byte_stream import ByteStream, Doorbell, sever
from gateway.association.response_provider import ResponseProvider
from gateway.association.transport_security import Handshake, failure

RELIED_ON: Final = {
    AE: ("_create_socket",),
    AssociationSocket: ("_shutdown_socket", "connect", "ready", "recv", "send", "close", "event_queue"),
    DULServiceProvider: ("_read_pdu_data", "run_reactor", "send_pdu", "peek_next_pdu", "stop_dul"),
    StateMachine: ("do_action",),
    Association: ("run_reactor", "_run_reactor", "kill", "release", "abort"),
}
"""Methods that are replaced, or whose behaviour is built on, by class."""

RELIED_ON_IN_INSTANCES: Final = {
    AssociationSocket: ("socket", "_is_connected"),
    DULServiceProvider: ("_run_loop_delay", "to_provider_queue", "socket", "state_machine"),
    StateMachine: ("current_state", "dul"),
    Association: ("_reactor_checkpoint", "_is_paused", "dul", "dimse", "acse"),
}

_CLOSED: Final = "Evt17"
"""Transport connection closed (PS3.8 9.2.2)."""
LARGEST_PDU: Final = 1 << 20
"""Bytes. An archive sends responses of some hundred bytes, at most an A-ASSOCIATE-AC of 128 contexts."""
_NAP: Final = 0.0001
"""Seconds. The waiting is done in `RequestorSocket.ready`."""
_LONGEST_WAIT: Final = 0.1
"""Seconds. The upper layer looks at its timers this often."""


class ProviderQueue(queue.Queue[Any]):
    """The upper layer's inbox, which wakes the thread that reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.bell = Doorbell()
        weakref.finalize(self, self.bell.close)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Add `item` and wake the upper layer."""
        super().put(item, block, timeout)
        self.bell.ring()


class RequestorSocket(AssociationSocket):
    """pynetdicom's socket without delays, and with bounds on what is read.

    Parameters
    ----------
    bell
        Rung when there is something to send.
    pdu_timeout
        Seconds within which a PDU that was begun must be read or written.
    """

    def __init__(
        self, assoc: Association, address: AddressInformation, bell: Doorbell, pdu_timeout: float
    ) -> None:
        super().__init__(assoc, address=address)
        self._bell, self._pdu_timeout = bell, pdu_timeout
        self._stream: ByteStream | None = None
        self.failure = ""
        """Why there is no connection under TLS, a fixed phrase."""

    def connect(self, primitive: T_CONNECT) -> None:
        """Connect and shake hands, or tell the state machine that it failed."""
        handshake, self.tls_args = cast("Handshake | None", self.tls_args), None
        super().connect(primitive)
        if self.socket is not None and handshake is not None:
            self._secure(handshake, primitive)
        if self.socket is not None:
            self._stream = ByteStream(self.socket)

    def _secure(self, handshake: Handshake, primitive: T_CONNECT) -> None:
        """Put the connection under TLS; undo what is connected already when that fails."""
        assert self.socket is not None
        try:
            self.socket = handshake.secure(self.socket, self.assoc.connection_timeout)
        except OSError as error:
            self.failure = failure(error)
            self._shutdown_socket()
            self.socket, self._is_connected = None, False
            # The state machine reads the result after this returns.
            primitive.result = _CLOSED

    @property
    def ready(self) -> bool:
        """Wait for something to read or to send; tell whether there is something to read."""
        if self.socket is None or self._stream is None or not self._is_connected:
            return False
        try:
            self._stream.wait(self._bell, _LONGEST_WAIT)
            return self._stream.has_input
        except (OSError, ValueError):
            self.event_queue.put(_CLOSED)
            return False

    def recv(self, nr_bytes: int) -> bytearray:
        """Read exactly `nr_bytes`, or nothing when the peer has closed.

        Raises
        ------
        TimeoutError
            They did not arrive in time.
        OSError
            The PDU is larger than `LARGEST_PDU`, or the connection broke.
        """
        if nr_bytes > LARGEST_PDU:
            raise OSError("PDU too large")
        assert self._stream is not None
        self._stream.limit(self._pdu_timeout)
        try:
            return bytearray(self._stream.take(nr_bytes))
        except ssl.SSLError as error:
            # In TLS 1.3 the peer judges our certificate after the handshake.
            self.failure = failure(error)
            raise
        except ConnectionResetError:
            return bytearray()

    def send(self, bytestream: bytes) -> None:
        """Write `bytestream`, or tell the state machine that the connection is lost."""
        try:
            assert self._stream is not None
            self._stream.limit(self._pdu_timeout)
            self._stream.send(bytestream)
        except OSError:
            self.event_queue.put(_CLOSED)

    def _shutdown_socket(self) -> None:
        """Shut down and close; pynetdicom leaves open what is not connected any more."""
        if self.socket is not None:
            sever(self.socket)
            self.socket.close()


class RequestorStateMachine(StateMachine):
    """Takes what a peer sends that pynetdicom cannot process for the end of the connection.

    Otherwise the exception would end the upper layer's thread, and nobody would be told.
    """

    def do_action(self, event: str) -> None:
        """Execute the action of `event`, or of a closed connection."""
        try:
            super().do_action(event)
        except Exception:  # noqa: BLE001 - DIMSE boundary: the peer decides what is raised
            self.dul.kill_dul()
            if self.current_state != "Sta1":
                super().do_action(_CLOSED)


class RequestorEntity(AE):
    """An application entity that opens its associations over a `RequestorSocket`.

    Parameters
    ----------
    ae_title
        Calling AE title.
    pdu_timeout
        Seconds within which a PDU that was begun must be read or written.
    """

    def __init__(self, ae_title: str, pdu_timeout: float) -> None:
        _config.LOG_HANDLER_LEVEL = "none"  # the default handlers format every message for a log
        super().__init__(ae_title=ae_title)
        self.implementation_class_uid = UID(IMPLEMENTATION_CLASS_UID)
        self.implementation_version_name = IMPLEMENTATION_VERSION_NAME
        self._pdu_timeout = pdu_timeout

    def _create_socket(
        self, assoc: Association, address: AddressInformation, tls_args: Any
    ) -> AssociationSocket:
        inbox = ProviderQueue()
        assoc.dimse = ResponseProvider(assoc)
        assoc.dul.to_provider_queue = inbox
        assoc.dul.state_machine = RequestorStateMachine(assoc.dul)
        assoc.dul._run_loop_delay = _NAP
        Checkpoint(assoc)
        created = RequestorSocket(assoc, address, inbox.bell, self._pdu_timeout)
        created.tls_args = tls_args
        return created


class Checkpoint(threading.Event):
    """Where an association's own thread waits while another one reads the messages.

    pynetdicom takes ``_is_paused`` for a proof that it waits. It is none: the flag is still up
    when the thread has passed the checkpoint and goes on to take the next message off the queue,
    perhaps the very response that the other thread then waits for in vain.

    Parameters
    ----------
    assoc
        The association; what it had for a checkpoint is replaced.
    """

    def __init__(self, assoc: Association) -> None:
        super().__init__()
        self._assoc = assoc
        self._holds = threading.Event()
        super().set()
        assoc._reactor_checkpoint = self

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as `threading.Event` does, and let `clear` know."""
        while not self.is_set():
            self._holds.set()
            if not super().wait(timeout) and timeout is not None:
                return False
        return True

    def clear(self) -> None:
        """Close the checkpoint; returns when the association's thread stands before it, or is none."""
        super().clear()
        while self._assoc.is_alive() and threading.current_thread() is not self._assoc:
            if self._holds.wait(_NAP):
                return

    def set(self) -> None:
        """Open the checkpoint."""
        self._holds.clear()
        super().set()


def pause_reactor(assoc: Association) -> None:
    """Keep the association's own thread from reading messages; returns when it does not."""
    assoc._reactor_checkpoint.clear()


def resume_reactor(assoc: Association) -> None:
    """Let the association's own thread go on: it answers a release and ends after an abort."""
    assoc._reactor_checkpoint.set()


def drain_data(assoc: Association) -> None:
    """Drop P-DATA that an ending association can no longer send: it would be an invalid event."""
    inbox = assoc.dul.to_provider_queue
    with inbox.mutex:
        kept = [primitive for primitive in inbox.queue if not isinstance(primitive, P_DATA)]
        inbox.queue.clear()
        inbox.queue.extend(kept)


def retire(assoc: Association) -> None:
    """Free what a requested association held, after its threads have ended."""
    inbox = assoc.dul.to_provider_queue
    if isinstance(inbox, ProviderQueue):
        inbox.bell.close()


def failure_of(assoc: Association) -> str:
    """Return why TLS failed, empty if it did not or is not spoken."""
    return assoc.dul.socket.failure if isinstance(assoc.dul.socket, RequestorSocket) else ""
