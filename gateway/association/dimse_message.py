"""One DIMSE message while its fragments arrive (PS3.7 6.3, PS3.8 Annex E).

What a peer may make the gateway hold is decided here, fragment by fragment: a data set that is
too long, or for which there is no memory left, is read to its end and not kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from io import BytesIO
from typing import Final

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.errors import AssociationError, OutOfResources, Reason, Refused

_COMMAND: Final = 1
_LAST: Final = 2
_NO_DATA_SET: Final = 0x0101
_COMMAND_FIELD: Final = 0x0100
_COMMAND_DATA_SET_TYPE: Final = 0x0800
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
_RESERVATION_BYTES: Final = 1024 * 1024


class Command(IntEnum):
    """Values of Command Field (0000,0100) that a peer may send (PS3.7 E.1)."""

    C_STORE_RQ = 0x0001
    C_GET_RQ = 0x0010
    C_FIND_RQ = 0x0020
    C_MOVE_RQ = 0x0021
    C_ECHO_RQ = 0x0030
    N_EVENT_REPORT_RQ = 0x0100
    """Reports what an archive committed to."""
    N_ACTION_RQ = 0x0130
    """Requests storage commitment."""
    C_CANCEL_RQ = 0x0FFF
    C_STORE_RSP = 0x8001
    """Answers a sub-operation of C-GET."""
    N_EVENT_REPORT_RSP = 0x8100
    """Answers our report of what is committed to."""


class ProtocolViolation(AssociationError):
    """What the peer sent is no message of a service it was granted; ends the association."""


class ReceivedDataSet(BytesIO):
    """The encoded data set of a message, charged to a byte budget until it is released.

    Parameters
    ----------
    limit
        Longest data set to keep, in bytes.
    budget
        What its bytes are taken from.
    """

    def __init__(self, limit: int, budget: ByteBudget) -> None:
        super().__init__()
        self.size = 0
        """Bytes received, kept or not."""
        self.arrived_at = time.monotonic()
        """When the last piece arrived, in seconds of the monotonic clock."""
        self._limit, self._budget = limit, budget
        self._reserved = 0
        self._refusal: Refused | OutOfResources | None = None

    def append(self, piece: memoryview) -> None:
        """Keep one more piece, or none from here on."""
        self.size += len(piece)
        self.arrived_at = time.monotonic()
        if self._refusal is None and self.size > self._limit:
            self._drain(Refused(Reason.TOO_LARGE, "over max_instance_mib"))
        elif self._refusal is None and self.size > self._reserved and not self._reserve():
            self._drain(OutOfResources("memory for instances in flight is used up"))
        if self._refusal is None:
            self.write(piece)

    def verify(self) -> None:
        """Check that all of it was kept.

        Raises
        ------
        Refused
            It was too long.
        OutOfResources
            The budget was exhausted.
        """
        if self._refusal is not None:
            raise self._refusal

    def release(self) -> None:
        """Give its bytes back to the budget; may be called again."""
        reserved, self._reserved = self._reserved, 0
        self._budget.release(reserved)

    @contextmanager
    def room(self, count: int) -> Iterator[None]:
        """Charge so many bytes more to the budget inside of the block: what it is inflated to.

        Raises
        ------
        Refused
            They are more than the longest data set that is kept.
        OutOfResources
            The budget is exhausted.
        """
        if count > self._limit:
            raise Refused(Reason.TOO_LARGE, "over max_instance_mib")
        if not self._budget.reserve(count):
            raise OutOfResources("memory for instances in flight is used up")
        try:
            yield
        finally:
            self._budget.release(count)

    def pass_on(self) -> Callable[[], None]:
        """Let somebody else give its bytes back who still works on them; return what does that."""
        reserved, self._reserved = self._reserved, 0
        return partial(self._budget.release, reserved)

    def _reserve(self) -> bool:
        # in steps, so that small instances cost one reservation and large ones few
        step = min(max(_RESERVATION_BYTES, self.size - self._reserved), max(self._limit - self._reserved, 0))
        taken = self._budget.reserve(step)
        self._reserved += step if taken else 0
        return taken

    def _drain(self, refusal: Refused | OutOfResources) -> None:
        self._refusal = refusal
        self.seek(0)
        self.truncate()
        self.release()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one association may send.

    Parameters
    ----------
    limits
        Those of the process.
    instance_bytes
        Longest instance that is kept; 0 for a peer that may not store.
    budget
        Shared by all associations.
    """

    limits: Limits
    instance_bytes: int
    budget: ByteBudget


class Message:
    """A message in the making.

    Parameters
    ----------
    allowance
        What its association may send.
    """

    def __init__(self, allowance: Allowance) -> None:
        self.context_id = 0
        self.command = bytearray()
        """The encoded command set."""
        self.data_set: ReceivedDataSet | None = None
        """None until the command set is complete; empty when it announces none."""
        self.is_complete = False
        self._allowance = allowance
        self._has_command = False
        self._is_store = False
        self._is_command_fragment = False
        self._started = time.monotonic()

    def begin(self, context_id: int, control: int) -> None:
        """Begin a fragment.

        Parameters
        ----------
        context_id
            Presentation context of the fragment's PDV.
        control
            Its message control header (PS3.8 E.2).

        Raises
        ------
        ProtocolViolation
            The fragment does not follow from those before it, or comes too late.
        """
        limits = self._allowance.limits
        received = 0 if self.data_set is None else self.data_set.size
        if time.monotonic() - self._started > limits.pdu_timeout + received / limits.message_rate:
            raise ProtocolViolation("message too slow")
        if self.command and context_id != self.context_id:
            raise ProtocolViolation("fragments of two messages are mixed")
        self.context_id = context_id
        self._is_command_fragment = bool(control & _COMMAND)
        if self._is_command_fragment == self._has_command:
            raise ProtocolViolation("command and data set are out of order")

    def append(self, piece: memoryview) -> None:
        """Add bytes to the current fragment.

        Raises
        ------
        ProtocolViolation
            The command set or Identifier is too long.
        """
        limits = self._allowance.limits
        if self._is_command_fragment:
            self.command += piece
            if len(self.command) > limits.command_bytes:
                raise ProtocolViolation("command set too long")
            return
        assert self.data_set is not None
        self.data_set.append(piece)
        if self.data_set.size > limits.identifier_bytes and not self._is_store:
            raise ProtocolViolation("identifier too long")

    def end(self, control: int) -> None:
        """End the current fragment; the last one may complete the message.

        Raises
        ------
        ProtocolViolation
            The command set is malformed or not one a peer may send.
        """
        if not control & _LAST:
            return
        if not self._is_command_fragment:
            self.is_complete = True
            return
        self._has_command = True
        elements = command_elements(bytes(self.command))
        self._is_store = _unsigned(elements, _COMMAND_FIELD) == Command.C_STORE_RQ
        if _unsigned(elements, _COMMAND_FIELD) not in set(Command):
            raise ProtocolViolation("command not supported")
        self.is_complete = _unsigned(elements, _COMMAND_DATA_SET_TYPE) == _NO_DATA_SET
        limit = self._allowance.instance_bytes if self._is_store else self._allowance.limits.identifier_bytes
        self.data_set = ReceivedDataSet(limit, self._allowance.budget)

    def release(self) -> None:
        """Give back what the message holds; for one that will not be completed or was served."""
        if self.data_set is not None:
            self.data_set.release()


def command_elements(encoded: bytes) -> dict[int, bytes]:
    """Split a command set into its elements by tag (PS3.7 6.3.1: implicit VR little endian).

    A command set has group 0000 only and no sequences, so this is all there is to parse; what
    passes here is harmless to a general parser.

    Raises
    ------
    ProtocolViolation
        A length does not fit, or an element is none of a command set.
    """
    elements = {}
    offset = 0
    while offset < len(encoded):
        group, element = encoded[offset : offset + 2], encoded[offset + 2 : offset + 4]
        length = int.from_bytes(encoded[offset + 4 : offset + 8], "little")
        value = encoded[offset + 8 : offset + 8 + length]
        if (
            group != b"\0\0"
            or length == _UNDEFINED_LENGTH
            or len(value) != length
            or offset + 8 > len(encoded)
        ):
            raise ProtocolViolation("malformed command set")
        elements[int.from_bytes(element, "little")] = value
        offset += 8 + length
    return elements


def _unsigned(elements: dict[int, bytes], tag: int) -> int:
    return int.from_bytes(elements.get(tag, b""), "little")
