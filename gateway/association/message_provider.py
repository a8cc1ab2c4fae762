"""Receives messages for an association: fragments in, primitives of pynetdicom out (PS3.7 6.3)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, cast

from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.dimse_primitives import C_CANCEL
from pynetdicom.pdu_primitives import P_DATA

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.byte_stream import ByteStream
from gateway.association.dimse_message import Allowance, Message, ProtocolViolation, ReceivedDataSet
from gateway.association.signalling_queue import IncomingQueue

_MOST_CANCELS: Final = 10
_DATA_SETS: Final = ("DataSet", "Identifier", "ActionInformation", "EventInformation")
"""Where pynetdicom's primitives hold the data set of a message."""


class MessageProvider(DIMSEServiceProvider):
    """Assembles messages from fragments as they are read, within the association's allowance.

    Parameters
    ----------
    association
        It serves the messages.
    limits, budget
        What they may use up.
    work
        Set when there is one to serve.
    """

    def __init__(
        self, association: Association, limits: Limits, budget: ByteBudget, work: threading.Event
    ) -> None:
        super().__init__(association)
        self.msg_queue = IncomingQueue(work)
        self.allowance = Allowance(limits, limits.instance_bytes, budget)
        self._arriving: Message | None = None

    def forbid_storage(self) -> None:
        """Keep nothing of what the peer stores."""
        self.allowance = replace(self.allowance, instance_bytes=0)

    def read(self, stream: ByteStream, length: int) -> None:
        """Read the PDVs of a P-DATA-TF PDU of `length` bytes (PS3.8 9.3.5.1).

        Raises
        ------
        ProtocolViolation
            There is none, or one does not fit: an empty PDU would keep an association for ever.
        """
        if not length:
            raise ProtocolViolation("no presentation data value")
        while length:
            header = stream.take(min(6, length))
            size = int.from_bytes(header[:4], "big") - 2
            length -= len(header)
            if not 0 <= size <= length:
                raise ProtocolViolation("malformed presentation data value")
            self._receive(header[4], header[5], stream.pieces(size))
            length -= size

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Receive what was decoded as a whole: outside of the established state."""
        for context_id, data in primitive.presentation_data_value_list:
            self._receive(context_id, data[0], [memoryview(data)[1:]])

    def release(self) -> None:
        """Give back what unfinished and unserved messages hold."""
        if self._arriving is not None:
            self._arriving.release()
        while not self.msg_queue.empty():
            _, primitive = self.msg_queue.get()
            if (data_set := data_set_of(primitive)) is not None:
                data_set.release()

    def _receive(self, context_id: int, control: int, pieces: Iterable[memoryview]) -> None:
        if self._arriving is None:
            self._arriving = Message(self.allowance)
        self._arriving.begin(context_id, control)
        for piece in pieces:
            self._arriving.append(piece)
        self._arriving.end(control)
        if self._arriving.is_complete:
            self._deliver(self._arriving)
            self._arriving = None

    def _deliver(self, message: Message) -> None:
        primitive = _primitive_of(message)
        if isinstance(primitive, C_CANCEL):
            if len(self.cancel_req) < _MOST_CANCELS:
                self.cancel_req[cast(int, primitive.MessageIDBeingRespondedTo)] = primitive
            return
        if self.msg_queue.qsize() >= self.allowance.limits.waiting_messages:
            raise ProtocolViolation("more requests than the window")
        # a late C-CANCEL of an earlier request must not cancel this one
        self.cancel_req.pop(cast(int, primitive.MessageID), None)
        self.msg_queue.put((message.context_id, primitive))


def data_set_of(primitive: Any) -> ReceivedDataSet | None:
    """Return what a received message holds of the byte budget; None when it came without a data set."""
    held = (getattr(primitive, name, None) for name in _DATA_SETS)
    return next((one for one in held if isinstance(one, ReceivedDataSet)), None)


def _primitive_of(message: Message) -> Any:
    decoded = DIMSEMessage()
    fragment = P_DATA()
    fragment.presentation_data_value_list = [[message.context_id, b"\x03" + message.command]]  # type: ignore[list-item]
    decoded.decode_msg(fragment)
    decoded.data_set = message.data_set
    return decoded.message_to_primitive()
