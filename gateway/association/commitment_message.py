"""Command sets of Storage Commitment (PS3.7 10.3.1 and 10.3.4), and their exchange over an association.

The commands are encoded here: a handful of elements of fixed layout. Messages of the peer were
decoded by pynetdicom; they are taken from its queue, where requests of the peer stay.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from typing import Any, Final

from pynetdicom.association import Association
from pynetdicom.dimse_primitives import N_ACTION, N_EVENT_REPORT

from gateway.association.requestor import Outlet
from gateway.errors import PeerUnreachable
from gateway.standard import storage_commitment
from gateway.standard.storage_commitment import SOP_CLASS, SOP_INSTANCE, CommitmentStatus, Event

_COMMAND, _LAST = 0x01, 0x02
"""Bits of the message control header (PS3.8 E.2)."""
_N_EVENT_REPORT_RQ: Final = 0x0100
_N_EVENT_REPORT_RSP: Final = 0x8100
_N_ACTION_RQ: Final = 0x0130
_N_ACTION_RSP: Final = 0x8130
_DATA_SET: Final = 0x0001
_NO_DATA_SET: Final = 0x0101
_LOOK_AGAIN_AFTER: Final = 0.05
"""Seconds between looks for a message: nothing rings for those that are not the next one."""


def action_request(message_id: int) -> bytes:
    """Encode the command set of a request for commitment (PS3.4 J.3.2.1)."""
    return _command(
        (0x0003, _uid(SOP_CLASS)),
        (0x0100, _short(_N_ACTION_RQ)),
        (0x0110, _short(message_id)),
        (0x0800, _short(_DATA_SET)),
        (0x1001, _uid(SOP_INSTANCE)),
        (0x1008, _short(storage_commitment.REQUEST)),
    )


def action_response(request: N_ACTION, status: int) -> bytes:
    """Encode the answer to a request for commitment."""
    return _response(_N_ACTION_RSP, int(request.MessageID or 0), status, (0x1008, request.ActionTypeID))


def report_request(message_id: int, event: Event) -> bytes:
    """Encode the command set of a report (PS3.4 J.3.3.1)."""
    return _command(
        (0x0002, _uid(SOP_CLASS)),
        (0x0100, _short(_N_EVENT_REPORT_RQ)),
        (0x0110, _short(message_id)),
        (0x0800, _short(_DATA_SET)),
        (0x1000, _uid(SOP_INSTANCE)),
        (0x1002, _short(event)),
    )


def report_response(request: N_EVENT_REPORT, status: int) -> bytes:
    """Encode the answer to a report."""
    return _response(_N_EVENT_REPORT_RSP, int(request.MessageID or 0), status, (0x1002, request.EventTypeID))


def fault_of_request(request: N_ACTION) -> CommitmentStatus | None:
    """Say what is wrong with the command of a request for commitment; None when nothing is."""
    if request.RequestedSOPInstanceUID != SOP_INSTANCE:
        return CommitmentStatus.NO_SUCH_INSTANCE
    return None if request.ActionTypeID == storage_commitment.REQUEST else CommitmentStatus.NO_SUCH_ACTION


def fault_of_report(request: N_EVENT_REPORT) -> CommitmentStatus | None:
    """Say what is wrong with the command of a report; None when nothing is."""
    if request.AffectedSOPInstanceUID != SOP_INSTANCE:
        return CommitmentStatus.NO_SUCH_INSTANCE
    return None if request.EventTypeID in tuple(Event) else CommitmentStatus.NO_SUCH_EVENT_TYPE


class Exchange:
    """Sends and awaits messages over an association whose reactor stands still.

    Parameters
    ----------
    assoc
        A requested association that was taken over, or an accepted one in its own thread.
    stall
        Seconds without progress after which the peer is taken for dead.
    """

    def __init__(self, assoc: Association, stall: float) -> None:
        self._assoc = assoc
        self._outlet = Outlet(assoc, stall)

    @property
    def usable(self) -> bool:
        """Whether the association stands and the peer does not ask to release it."""
        return self._outlet.usable

    def send(self, context_id: int, command: bytes, data_set: bytes = b"") -> None:
        """Send one message.

        Raises
        ------
        PeerUnreachable
            The association ended, or the peer stopped reading.
        """
        self._send(context_id, _COMMAND, command)
        if data_set:
            self._send(context_id, 0, data_set)
        self._outlet.flush()

    def await_message(
        self, is_wanted: Callable[[Any], bool], seconds: float, go_on: Callable[[], bool] = lambda: True
    ) -> tuple[int, Any] | None:
        """Wait for a message; others stay in the queue in their order.

        Parameters
        ----------
        is_wanted
            Tells of a primitive of pynetdicom whether it is the one.
        go_on
            Asked now and then whether to wait any longer.

        Returns
        -------
        tuple of int and primitive, or None
            Presentation context and message; None when it did not come in time.

        Raises
        ------
        PeerUnreachable
            The association ended.
        """
        end = time.monotonic() + seconds
        while True:
            usable = self.usable
            if (found := self._take(is_wanted)) is not None:
                return found
            if not usable:
                raise PeerUnreachable("the association ended")
            if time.monotonic() >= end or not go_on():
                return None
            time.sleep(_LOOK_AGAIN_AFTER)

    def linger(self, seconds: float) -> None:
        """Wait, as long as the peer does not end the association and asks for nothing else.

        Raises
        ------
        PeerUnreachable
            It does.
        """
        end = time.monotonic() + seconds
        while self.usable and self._assoc.dimse.msg_queue.empty():
            if time.monotonic() >= end:
                return
            time.sleep(_LOOK_AGAIN_AFTER)
        raise PeerUnreachable("the peer goes on without a report")

    def detach(self) -> None:
        """Stop watching the association."""
        self._outlet.detach()

    def _send(self, context_id: int, kind: int, message: bytes) -> None:
        length = self._outlet.piece_length
        for start in range(0, len(message), length):
            last = _LAST if start + length >= len(message) else 0
            self._outlet.put(context_id, kind | last, message[start : start + length])

    def _take(self, is_wanted: Callable[[Any], bool]) -> tuple[int, Any] | None:
        inbox = self._assoc.dimse.msg_queue
        with inbox.mutex:
            for entry in inbox.queue:
                context_id, message = entry
                if message is not None and is_wanted(message):
                    inbox.queue.remove(entry)
                    return int(context_id or 0), message
        return None


def answers(message: Any, kind: type[N_ACTION] | type[N_EVENT_REPORT], message_id: int) -> bool:
    """Tell whether a message is the response to a request of ours."""
    return isinstance(message, kind) and message.MessageIDBeingRespondedTo == message_id


def is_report(message: Any) -> bool:
    """Tell whether a message is a report of the peer."""
    return isinstance(message, N_EVENT_REPORT) and message.MessageIDBeingRespondedTo is None


def _response(field: int, message_id: int, status: int, kind: tuple[int, int | None]) -> bytes:
    tag, number = kind
    return _command(
        (0x0002, _uid(SOP_CLASS)),
        (0x0100, _short(field)),
        (0x0120, _short(message_id)),
        (0x0800, _short(_NO_DATA_SET)),
        (0x0900, _short(status)),
        (0x1000, _uid(SOP_INSTANCE)),
        (tag, _short(number or 0)),
    )


def _command(*elements: tuple[int, bytes]) -> bytes:
    """Encode elements of group 0000 in ascending order (PS3.7 6.3.1: Implicit VR Little Endian)."""
    body = b"".join(struct.pack("<HHI", 0, number, len(value)) + value for number, value in elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def _short(value: int) -> bytes:
    return struct.pack("<H", value)


def _uid(text: str) -> bytes:
    value = text.encode("ascii")
    return value + b"\0" * (len(value) % 2)
