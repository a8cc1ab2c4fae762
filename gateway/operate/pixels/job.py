"""What a caller and a pixel worker say to each other over a Unix socket, one job to a connection.

::

    worker -> caller   Turn                      it is your turn
    caller -> worker   Job, and the frames       in sealed memory, as a descriptor
    worker -> caller   Done, Declined or Short   Done with a descriptor if there are new frames

A message is a four-byte big-endian length and msgpack. A job holds values of the patient: it goes over
this socket, which only the gateway's user can reach, and nowhere else.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from typing import Final, TypeAlias, TypeVar

import msgspec

from gateway.deidentify.pixel.message import Outcome, Request
from gateway.errors import Reason

_LENGTH: Final = struct.Struct(">I")
_LONGEST: Final = 64 << 20
"""Bytes of one message: header values and regions, never pixels."""


class Turn(msgspec.Struct, frozen=True):
    """Who takes the job: the number of the worker, and its process id."""

    worker: int
    pid: int


class Job(msgspec.Struct, frozen=True):
    """What is to be done; `lengths` are those of the frames, in the memory that comes along."""

    request: Request
    lengths: tuple[int, ...]


class Done(msgspec.Struct, frozen=True, tag=True):
    """What became of it.

    Parameters
    ----------
    lengths
        Of the frames that replace the others; none where nothing changed.
    is_in_place
        They are in the memory of the job; no other comes along.
    """

    outcome: Outcome
    lengths: tuple[int, ...] = ()
    is_in_place: bool = False


class Declined(msgspec.Struct, frozen=True, tag=True):
    """The instance is refused: the arguments of `gateway.errors.Refused`."""

    reason: Reason
    detail: str = ""
    at: int | None = None


class Short(msgspec.Struct, frozen=True, tag=True):
    """Not now: nothing was found wrong with the instance."""


Reply: TypeAlias = Done | Declined | Short
Message: TypeAlias = Turn | Job | Reply
M = TypeVar("M", bound=Message)

TURN: Final = msgspec.msgpack.Decoder(Turn)
JOB: Final = msgspec.msgpack.Decoder(Job)
REPLY: Final[msgspec.msgpack.Decoder[Reply]] = msgspec.msgpack.Decoder(Reply)
"""What may come next."""


class Gone(ConnectionError):
    """The other side closed the connection, or is dead."""


class Garbled(ValueError):
    """What came, or is to be sent, is no message."""


def encoded(message: Message) -> bytes:
    """Return a message as it is sent.

    Raises
    ------
    Garbled
        It cannot be encoded, or is too long.
    """
    try:
        body = msgspec.msgpack.encode(message)
    except (UnicodeEncodeError, OverflowError):
        raise Garbled("cannot be encoded") from None
    if len(body) > _LONGEST:
        raise Garbled("too long")
    return _LENGTH.pack(len(body)) + body


def send(sock: socket.socket, message: bytes, deadline: float, descriptor: int | None = None) -> None:
    """Send an encoded message, and with it a descriptor that the other side gets a copy of.

    Parameters
    ----------
    deadline
        On the monotonic clock.

    Raises
    ------
    Gone
        Nobody is there.
    TimeoutError
        It was not taken in time.
    """
    _wait_until(sock, deadline)
    try:
        sent = socket.send_fds(sock, [message], [] if descriptor is None else [descriptor])
        if sent < len(message):  # to send nothing would fail when the other side has all, and is gone
            sock.sendall(memoryview(message)[sent:])
    except ConnectionError:
        raise Gone from None


def receive(
    sock: socket.socket, decoder: msgspec.msgpack.Decoder[M], deadline: float
) -> tuple[M, int | None]:
    """Return the next message and the descriptor that came along; whoever calls closes it.

    Parameters
    ----------
    decoder
        Of what is expected.
    deadline
        On the monotonic clock.

    Raises
    ------
    Gone
        Nobody is there.
    Garbled
        It is something else.
    TimeoutError
        It did not come in time.
    """
    _wait_until(sock, deadline)
    try:
        header, descriptors, *_ = socket.recv_fds(sock, _LENGTH.size, 1, socket.MSG_CMSG_CLOEXEC)
    except ConnectionError:
        raise Gone from None
    descriptor = descriptors[0] if descriptors else None
    try:
        if not header:
            raise Gone
        header += _exactly(sock, _LENGTH.size - len(header), deadline)
        (length,) = _LENGTH.unpack(header)
        if length > _LONGEST:
            raise Garbled("too long")
        return decoder.decode(_exactly(sock, length, deadline)), descriptor
    except BaseException as error:
        if descriptor is not None:
            os.close(descriptor)
        if isinstance(error, msgspec.DecodeError):
            raise Garbled("not what was expected") from None
        raise


def _exactly(sock: socket.socket, count: int, deadline: float) -> bytearray:
    received = bytearray(count)
    done = 0
    with memoryview(received) as view:
        while done < count:
            _wait_until(sock, deadline)
            try:
                some = sock.recv_into(view[done:])
            except ConnectionError:
                raise Gone from None
            if not some:
                raise Gone
            done += some
    return received


def _wait_until(sock: socket.socket, deadline: float) -> None:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    sock.settimeout(remaining)
