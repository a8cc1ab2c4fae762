"""An archive that comes and goes: a Storage SCP of a few bytes, which keeps nothing but UIDs."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Final

from nodes.dcmtk import Address
from nodes.process import LOOPBACK, free_port

_HEADER: Final = struct.Struct(">BxL")
_COMMAND, _LAST = 1, 2
_BUFFER: Final = 1 << 17
_C_STORE_RQ: Final = 0x0001
_OUT_OF_RESOURCES: Final = 0xA700
_MAX_LENGTH: Final = bytes.fromhex("51000004") + struct.pack(">L", _BUFFER)
_IMPLEMENTATION: Final = b"1.2.826.0.1.3680043.10.998.1"
_REJECTED: Final = _HEADER.pack(3, 4) + bytes((0, 2, 3, 2))  # transient, presentation, local limit


class Mood(StrEnum):
    """What the archive does with who comes."""

    UP = "up"
    STOPPED = "stopped"
    """Nobody listens, and every connection is gone."""
    REFUSING = "refusing"
    """Every association is rejected as transient."""
    FULL = "A700H"
    """Every instance is answered A700H."""
    HANGING = "hanging"
    """Everything is read, nothing is answered."""


class FickleArchive:
    """A Storage SCP in threads of this process.

    Parameters
    ----------
    ae_title
        For who has to call it; any title is answered.

    Attributes
    ----------
    stored
        SOP Instance UIDs that were answered Success.
    """

    def __init__(self, ae_title: str = "ARCHIVE", port: int = 0) -> None:
        self.address = Address(port or free_port(), ae_title)
        self.stored: set[str] = set()
        self.responses = 0
        self._mood = Mood.STOPPED
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def mood(self) -> Mood:
        """What it does now."""
        return self._mood

    def turn(self, mood: Mood) -> None:
        """Do something else from now on; connections of before end where it was not up."""
        with self._lock:
            was, self._mood = self._mood, mood
            if mood is Mood.STOPPED:
                self._stop_listening()
            elif self._listener is None:
                self._listen()
            gone = self._open if mood in (Mood.STOPPED, Mood.REFUSING) or was is Mood.HANGING else set()
            for connection in tuple(gone):
                _cut(connection)

    def close(self) -> None:
        """Stop, and wait until every thread has ended."""
        self.turn(Mood.STOPPED)
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> FickleArchive:
        self.turn(Mood.UP)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self) -> None:
        self._listener = socket.create_server((LOOPBACK, self.address.port), backlog=16)
        self._start(self._accept, self._listener)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            _cut(self._listener)
            self._listener.close()
            self._listener = None

    def _start(self, target: object, *arguments: object) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                if self._mood is Mood.STOPPED:
                    connection.close()
                    continue
                self._open.add(connection)
                self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError, EOFError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._associate(connection)
        finally:
            with self._lock:
                self._open.discard(connection)

    def _associate(self, connection: socket.socket) -> None:
        reader = _Reader(connection)
        kind, length = reader.header()
        request = reader.take(length)
        if kind != 1 or self._mood is Mood.REFUSING:
            connection.sendall(_REJECTED)
            reader.rest()
            return
        connection.sendall(_acceptance(request))
        command, data_set = bytearray(), False
        while True:
            kind, length = reader.header()
            if kind == 5:
                connection.sendall(_HEADER.pack(6, 4) + bytes(4))
                reader.rest()
                return
            if kind != 4:
                return
            while length:
                size, context, control = struct.unpack(">LBB", reader.take(6))
                length -= 4 + size
                if control & _COMMAND:
                    command += reader.take(size - 2)
                else:
                    reader.skip(size - 2)
                    data_set = bool(control & _LAST)
            if data_set:
                self._answer(connection, context, _elements(bytes(command)))
                command, data_set = bytearray(), False

    def _answer(self, connection: socket.socket, context: int, command: dict[int, bytes]) -> None:
        if self._mood is Mood.HANGING or command.get(0x0100) != struct.pack("<H", _C_STORE_RQ):
            return
        status = _OUT_OF_RESOURCES if self._mood is Mood.FULL else 0
        if not status:
            self.stored.add(command[0x1000].decode("ascii").strip("\0 "))
        self.responses += 1
        connection.sendall(_response(context, command, status))


class _Reader:
    """Exact reads through one buffer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = memoryview(bytearray(_BUFFER))

    def take(self, count: int) -> bytes:
        """Return `count` bytes."""
        taken = bytearray()
        for piece in self._pieces(count):
            taken += piece
        return bytes(taken)

    def skip(self, count: int) -> None:
        """Read `count` bytes away."""
        for _ in self._pieces(count):
            pass

    def header(self) -> tuple[int, int]:
        """Return the type of the next PDU and its length (PS3.8 9.3.1)."""
        kind, length = _HEADER.unpack(self.take(_HEADER.size))
        return kind, length

    def rest(self) -> None:
        """Wait for the end of the connection, so that what was sent is not lost in a reset."""
        self._connection.settimeout(5)
        while self._connection.recv(_BUFFER):
            pass

    def _pieces(self, count: int) -> Iterator[memoryview]:
        while count:
            received = self._connection.recv_into(self._buffer, min(count, _BUFFER))
            if not received:
                raise EOFError
            count -= received
            yield self._buffer[:received]


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(content)) + content


def _acceptance(request: bytes) -> bytes:
    """Accept each presentation context in the first transfer syntax that is proposed (PS3.8 9.3.3)."""
    results, position = [], 68
    while position < len(request):
        kind, length = struct.unpack_from(">BxH", request, position)
        content = request[position + 4 : position + 4 + length]
        if kind == 0x20:
            first = next(one for one in _sub_items(content[4:]) if one[0] == 0x40)
            results.append(_item(0x21, bytes((content[0], 0, 0, 0)) + _item(*first)))
        position += 4 + length
    application = _item(0x10, b"1.2.840.10008.3.1.1.1")
    user = _item(0x50, _MAX_LENGTH + _item(0x52, _IMPLEMENTATION))
    body = request[:68] + application + b"".join(results) + user
    return _HEADER.pack(2, len(body)) + body


def _sub_items(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(content):
        kind, length = struct.unpack_from(">BxH", content, position)
        yield kind, content[position + 4 : position + 4 + length]
        position += 4 + length


def _elements(command: bytes) -> dict[int, bytes]:
    found, position = {}, 0
    while position < len(command):
        _, number, length = struct.unpack_from("<HHL", command, position)
        found[number] = command[position + 8 : position + 8 + length]
        position += 8 + length
    return found


def _response(context: int, command: dict[int, bytes], status: int) -> bytes:
    """Encode a C-STORE response (PS3.7 9.3.1.2)."""
    values = (
        (0x0002, command[0x0002]),
        (0x0100, struct.pack("<H", 0x8001)),
        (0x0120, command[0x0110]),
        (0x0800, struct.pack("<H", 0x0101)),
        (0x0900, struct.pack("<H", status)),
        (0x1000, command[0x1000]),
    )
    body = b"".join(struct.pack("<HHL", 0, number, len(value)) + value for number, value in values)
    body = struct.pack("<HHLL", 0, 0, 4, len(body)) + body
    fragment = struct.pack(">LBB", len(body) + 2, context, _COMMAND | _LAST) + body
    return _HEADER.pack(4, len(fragment)) + fragment
