"""pynetdicom as an acceptor, hardened; every private name of pynetdicom that it needs is here.

pynetdicom keeps its state machine, ACSE and service classes. Replaced is what a hostile or broken
peer could use to hold threads or memory: reading and writing (`ByteStream`), the assembly of
messages (`Message`), and both reactors, which polled and now wait until something happens.
``tests/association/test_transport_contract.py`` holds pynetdicom to what is relied on.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.dul import DULServiceProvider
from pynetdicom.pdu import A_ABORT_RQ
from pynetdicom.service_class import ServiceClass
from pynetdicom.transport import AssociationSocket

from gateway.association import pdu
from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.byte_stream import ByteStream, Doorbell
from gateway.association.dispatch import SERVICE_CLASSES, is_response, service_for
from gateway.association.message_provider import MessageProvider, data_set_of
from gateway.association.presentation_context import Service
from gateway.association.session import Session
from gateway.association.signalling_queue import IncomingQueue, OutgoingQueue
from gateway.association.transport_security import failure

_ESTABLISHED: Final = "Sta6"
_CLOSING: Final = "Sta13"
_INVALID_PDU: Final = "Evt19"
_ARTIM_EXPIRED: Final = "Evt18"
_LONGEST_WAIT: Final = 5.0


class AcceptedAssociation(Association):
    """An association on a connection that is already accepted.

    Parameters
    ----------
    entity
        The local application entity.
    connection
        Connected; TLS not yet shaken hands.
    session
        Shared with the handlers, which find it by `gateway.association.session.session_of`.
    limits, budget, service_classes
        As for `Acceptor`.
    knows
        Tells of calling and called AE title whether the request will be accepted.
    ended
        Called in the association's thread when it holds nothing any more.
    """

    def __init__(
        self,
        entity: ApplicationEntity,
        connection: socket.socket,
        session: Session,
        *,
        limits: Limits,
        budget: ByteBudget,
        service_classes: Mapping[Service, type[ServiceClass]],
        knows: Callable[[str, str], bool],
        ended: Callable[[AcceptedAssociation], None],
    ) -> None:
        super().__init__(entity, "acceptor")
        self.session, self.limits, self._knows, self._ended = session, limits, knows, ended
        self.titles = ("", "")  # calling and called AE title as sent, in Latin-1
        self.work = threading.Event()
        self._services = {**SERVICE_CLASSES, **service_classes}
        self.upper_layer = _UpperLayer(self)
        self.messages = MessageProvider(self, limits, budget, self.work)
        self.dul, self.dimse = self.upper_layer, self.messages
        self.acse_timeout, self.network_timeout = entity.acse_timeout, entity.network_timeout
        self.stream = ByteStream(connection)
        self.set_socket(_Socket(self, connection))

    def run_reactor(self) -> None:
        """Serve the association from its request to its end."""
        try:
            self._shake_hands()
            super().run_reactor()
        except Exception:  # noqa: BLE001 -- DIMSE boundary: whatever this peer caused ends this association only
            self.cut_off()
        finally:
            self.close()
            self._ended(self)

    def _shake_hands(self) -> None:
        try:
            self.session.certificate = self.stream.handshake(self.limits.association_timeout)
        except OSError as error:
            self.session.failure = failure(error)
            raise

    def admit(self, request: bytes) -> bytes:
        """Note the AE titles of an A-ASSOCIATE-RQ PDU; return what pynetdicom may decode of it."""
        self.titles = pdu.titles_of(request)
        return pdu.decodable(request, with_items=self._knows(*self.titles))

    def close(self) -> None:
        """Give back everything the association holds, whether it ever ran or not."""
        self.upper_layer.kill_dul()
        self.stream.close()
        if self._started_dul:
            self.upper_layer.join()
        self.upper_layer.bell.close()
        self.messages.release()

    def begin(self) -> None:
        """Let the reactor go on: its upper layer runs."""
        self._dul_ready.set()

    def cut_off(self) -> None:
        """Count as aborted, without a word to the peer."""
        self.is_established, self.is_aborted = False, True
        self._kill = True

    def kill(self) -> None:
        """End both reactors once the state machine is idle."""
        self.work.set()
        super().kill()

    def _run_reactor(self) -> None:
        while not self._kill:
            self._is_paused = True
            if self.messages.msg_queue.empty():
                self.work.wait(min(max(self.upper_layer.idle_seconds, 0.01), _LONGEST_WAIT))
            self._reactor_checkpoint.wait()
            self._is_paused = False
            self.work.clear()
            self._serve_next()
            if self._has_ended():
                self.kill()

    def _serve_next(self) -> None:
        context_id, message = self.messages.get_msg(block=False)
        if message:
            self._serve_request(message, cast(int, context_id))
            self.upper_layer.restart_idle_timer()

    def _has_ended(self) -> bool:
        if self.is_established and self.acse.is_release_requested():
            self.acse.send_release(is_response=True)
            self.is_released, self.is_established = True, False
            return True
        if self.acse.is_aborted():
            self.is_aborted, self.is_established = True, False
            return True
        if self.upper_layer.idle_seconds <= 0:
            self.abort()
            return True
        return not self.upper_layer.is_alive()

    def _serve_request(self, msg: Any, context_id: int) -> None:
        data_set = data_set_of(msg)
        try:
            if is_response(msg) or self._sent_release:
                return
            context = self._accepted_cx.get(context_id)
            if context is None or (service := service_for(msg, context, self.session)) is None:
                self.abort()
                return
            self._is_paused = True
            self._services[service](self).SCP(msg, context)
        finally:
            self._is_paused = False
            if data_set is not None:
                data_set.release()


class _Socket(AssociationSocket):
    """Reads and writes through the association's `ByteStream`."""

    def __init__(self, association: AcceptedAssociation, connection: socket.socket) -> None:
        self._stream, self._seconds = association.stream, association.limits.pdu_timeout
        super().__init__(association, client_socket=connection)

    @property
    def ready(self) -> bool:
        return self.socket is not None and self._stream.has_input

    def send(self, bytestream: bytes) -> None:
        self._stream.limit(self._seconds)
        try:
            self._stream.send(bytestream)
        except OSError:
            self.close()

    def _shutdown_socket(self) -> None:
        self._stream.close()


class _UpperLayer(DULServiceProvider):
    """The upper layer's reactor: waits for input and for primitives instead of polling."""

    def __init__(self, association: AcceptedAssociation) -> None:
        super().__init__(association)
        self.bell = Doorbell()
        self.to_user_queue = IncomingQueue(association.work)
        self.to_provider_queue = OutgoingQueue(self.bell, self.is_alive)
        self.daemon = True
        self._association = association

    @property
    def idle_seconds(self) -> float:
        """Seconds left until the association has been silent for too long."""
        return self._idle_timer.remaining

    def restart_idle_timer(self) -> None:
        """Do not count the time a request was being served."""
        self._idle_timer.restart()

    def kill_dul(self) -> None:
        super().kill_dul()
        self.bell.ring()

    def stop_dul(self) -> bool:
        if self.state_machine.current_state != "Sta1":
            return False
        self.kill_dul()
        self.join()
        return True

    def run_reactor(self) -> None:
        self._idle_timer.start()
        self._association.begin()
        try:
            while not self._kill_thread:
                self._step()
        except Exception:  # noqa: BLE001 -- DIMSE boundary: the state machine may raise anything
            self._give_up()
        finally:
            self.to_user_queue.put(None)  # ends whoever waits for a primitive

    def _step(self) -> None:
        if self.artim_timer.expired:
            self.event_queue.put(_ARTIM_EXPIRED)
        # one event after the other: what is read next depends on the state that this one leads to
        if self.event_queue.empty() and not self._process_recv_primitive() and self._is_transport_event():
            self._idle_timer.restart()
        try:
            event = self.event_queue.get(block=False)
        except queue.Empty:
            if self.to_provider_queue.empty():
                artim = self.artim_timer.remaining
                self._association.stream.wait(
                    self.bell, artim if 0 < artim < _LONGEST_WAIT else _LONGEST_WAIT
                )
            return
        self.state_machine.do_action(event)

    def _is_transport_event(self) -> bool:
        if self.state_machine.current_state == _CLOSING:
            self._association.stream.discard()
            self.socket.close()  # type: ignore[union-attr]
            return True
        return super()._is_transport_event()

    def _give_up(self) -> None:
        abort = A_ABORT_RQ()
        abort.source, abort.reason_diagnostic = 2, 0
        self.socket.send(abort.encode())  # type: ignore[union-attr]
        self._association.cut_off()

    def _seconds_to_read(self) -> float:
        """How long the PDU that begins may take; a request has what is left since the connection."""
        if self.state_machine.current_state == _ESTABLISHED:
            return self._association.limits.pdu_timeout
        return max(self.artim_timer.remaining, 0.0)

    def _read_pdu_data(self) -> None:
        stream, limits = self._association.stream, self._association.limits
        is_established = self.state_machine.current_state == _ESTABLISHED
        stream.limit(self._seconds_to_read())
        try:
            header = pdu.read_header(stream, is_established, limits)
            length = pdu.length_of(header)
            if is_established and header[0] == pdu.P_DATA_TF:
                self._association.messages.read(stream, length)
                return
            encoded = header + stream.take(length)
            if header[0] == pdu.ASSOCIATE_RQ:
                encoded = self._association.admit(encoded)
            received, event = self._decode_pdu(bytearray(encoded))
        except OSError:
            self.socket.close()  # type: ignore[union-attr]
        except Exception:  # noqa: BLE001 -- DIMSE boundary: decoders of pynetdicom and pydicom raise anything
            self.event_queue.put(_INVALID_PDU)
        else:
            self._recv_pdu.put(received)
            self.event_queue.put(event)
