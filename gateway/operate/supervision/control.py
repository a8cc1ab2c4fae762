"""The channel between the supervisor and one of its processes.

One message is one packet of a Unix SOCK_SEQPACKET pair; an accepted connection travels with its
message as a file descriptor (SCM_RIGHTS, unix(7)). The end of the channel means that the other
side is gone.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from gateway.operate.supervision.heartbeat import Pulse

_LONGEST: Final = 4096
"""Octets of one message."""


class _Message(msgspec.Struct, frozen=True, tag=True):
    """A message of the channel."""


class Connection(_Message, frozen=True):
    """Supervisor to receiver: serve this connection; the socket travels along.

    `secure` says that the peer has to begin with a TLS handshake.
    """

    number: int
    host: str
    port: int
    secure: bool = False


class Stop(_Message, frozen=True):
    """Supervisor to any process: finish what is running within `grace` seconds, then exit."""

    grace: float


class Ready(_Message, frozen=True):
    """Any process to the supervisor: it serves from now on."""


class Ended(_Message, frozen=True):
    """Receiver to the supervisor: the association of this connection is over."""

    number: int


class Acquitted(_Message, frozen=True):
    """Receiver to the supervisor: a suspect input was worked on alone, and nobody died."""

    digest: bytes


Message: TypeAlias = Connection | Stop | Ready | Ended | Acquitted

_decoder: Final = msgspec.msgpack.Decoder(Message)
_encoder: Final = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Tether:
    """What ties a process to its supervisor.

    Parameters
    ----------
    sock
        The process' end of the channel.
    pulse
        Its sign of life.
    """

    sock: socket.socket
    pulse: Pulse


class Channel:
    """One end of the channel.

    Parameters
    ----------
    sock
        Blocking or not as its owner wants; closed with the channel.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    @staticmethod
    def pair() -> tuple[socket.socket, socket.socket]:
        """Return both ends."""
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def fileno(self) -> int:
        """Let a selector wait for the channel."""
        return self._socket.fileno()

    def send(self, message: Message, *, descriptor: int | None = None) -> None:
        """Send `message`, and with it a descriptor that the other side receives as its own.

        Raises
        ------
        OSError
            The other side is gone, or does not take messages (`BlockingIOError`).
        """
        descriptors = [] if descriptor is None else [descriptor]
        socket.send_fds(self._socket, [_encoder.encode(message)], descriptors)

    def receive(self) -> tuple[Message, int | None] | None:
        """Return the next message and its descriptor; None when the other side is gone.

        Raises
        ------
        BlockingIOError
            Nothing is there, on a socket that does not block.
        """
        try:
            packet, descriptors, *_ = socket.recv_fds(self._socket, _LONGEST, 1)
        except ConnectionError:
            return None
        if not packet:
            return None
        message = _decoder.decode(packet)
        descriptor = descriptors[0] if descriptors else None
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
        return message, descriptor

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
