"""Frames on the ledger's socket: a four-byte big-endian length, then msgpack.

A request is ``[id, message]``, a reply ``[id, failure, value]`` with an empty failure when it
succeeded. An empty frame is the doorbell: forward tasks were added or changed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

MAX_FRAME: Final = 64 << 20
"""Bytes of the largest frame."""

BELL: Final = bytes(4)
"""The empty frame."""

_LENGTH: Final = struct.Struct(">I")
_ENCODER: Final = msgspec.msgpack.Encoder()
_REQUEST: Final = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_REPLY: Final = msgspec.msgpack.Decoder(tuple[int, str, msgspec.Raw])


class FrameError(ValueError):
    """What arrived is not a frame of this protocol; the connection is of no more use."""


def encode(content: object) -> bytes:
    """Return `content` as a frame.

    Raises
    ------
    FrameError
        It cannot be encoded or is too large. The message holds nothing of it.
    """
    try:
        body = _ENCODER.encode(content)
    except (UnicodeEncodeError, TypeError, OverflowError):
        raise FrameError("content cannot be encoded") from None
    if len(body) > MAX_FRAME:
        raise FrameError("content is too large for a frame")
    return _LENGTH.pack(len(body)) + body


def decode_request(body: bytes) -> tuple[int, msgspec.Raw]:
    """Return request id and encoded message.

    Raises
    ------
    FrameError
        It is no request.
    """
    try:
        return _REQUEST.decode(body)
    except msgspec.DecodeError:
        raise FrameError("not a request") from None


def decode_reply(body: bytes) -> tuple[int, str, msgspec.Raw]:
    """Return request id, failure and encoded value.

    Raises
    ------
    FrameError
        It is no reply.
    """
    try:
        return _REPLY.decode(body)
    except msgspec.DecodeError:
        raise FrameError("not a reply") from None


class FrameBuffer:
    """Collects received bytes and gives out the complete frames."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Add `received`; yield the body of each frame that is now complete.

        Raises
        ------
        FrameError
            A frame announces more than `MAX_FRAME` bytes.
        """
        self._bytes += received
        start = 0
        try:
            while len(self._bytes) - start >= _LENGTH.size:
                (length,) = _LENGTH.unpack_from(self._bytes, start)
                if length > MAX_FRAME:
                    raise FrameError("frame is too large")
                end = start + _LENGTH.size + length
                if len(self._bytes) < end:
                    break
                body = bytes(memoryview(self._bytes)[start + _LENGTH.size : end])
                start = end
                yield body
        finally:
            del self._bytes[:start]
