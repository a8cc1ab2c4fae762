"""An archive that fails on purpose: one fault for each association, and none when they are used up."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Self, TypeVar

from nodes.dcmtk import Address

LARGEST_PDU = 4096
"""Bytes of a PDU that it takes: an instance comes in several."""
_PATIENCE = 60.0
_SUCCESS = 0x0000
_IMPLEMENTATION = b"1.2.3.4"
_RESPONSE, _COMMAND_FIELD, _MESSAGE_ID, _STATUS = 0x8001, 0x0100, 0x0110, 0x0900

T = TypeVar("T")


class Moment(Enum):
    """When a fault happens, in the course of an association."""

    CONNECTED = auto()
    REQUESTED = auto()
    """The A-ASSOCIATE-RQ was read."""
    ACCEPTED = auto()
    """The A-ASSOCIATE-AC was sent."""
    COMMANDED = auto()
    """The first command set was read."""
    RECEIVING = auto()
    """The first PDU of a data set was read, not the last."""
    RECEIVED = auto()
    """All of it was read; nothing was kept."""
    STORED = auto()
    """It was kept, and not yet answered."""
    ANSWERED = auto()
    """The response was sent."""
    RELEASING = auto()
    """The A-RELEASE-RQ was read."""


Act = Callable[["Conversation"], bool]
"""Does something hostile; tells whether the association goes on as if nothing had happened."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one association.

    Parameters
    ----------
    moment, act
        When, and what.
    """

    name: str
    moment: Moment
    act: Act


class Conversation:
    """One association as the archive sees it."""

    def __init__(self, archive: FaultyArchive, sock: socket.socket, fault: Fault | None) -> None:
        self.sock, self.fault, self.message_id, self.context = sock, fault, 0, 1
        self.request = b""
        self._archive = archive

    def run(self) -> None:
        """Serve it to its end, or to its fault."""
        with contextlib.suppress(OSError, EOFError), self.sock:
            if self._goes_on(Moment.CONNECTED):
                self._associate()

    def _associate(self) -> None:
        kind, self.request = self.read()
        if kind != 1 or not self._goes_on(Moment.REQUESTED):
            return
        self.sock.sendall(accepting(self.request))
        if self._goes_on(Moment.ACCEPTED):
            while self._serve():
                pass

    def _serve(self) -> bool:
        kind, body = self.read()
        if kind == 5 and self._goes_on(Moment.RELEASING):
            self.sock.sendall(struct.pack(">BBLL", 6, 0, 4, 0))
        if kind != 4:
            return False
        command = elements_of(body[6:])
        self.context, self.message_id = body[4], struct.unpack("<H", command[_MESSAGE_ID])[0]
        if not self._goes_on(Moment.COMMANDED):
            return False
        data, control = b"", 0
        while not control & 2:
            kind, body = self.read()
            if kind != 4:
                return False
            data, control = data + body[6:], body[5]
            if not control & 2 and not self._goes_on(Moment.RECEIVING):
                return False
        return self._keep(command[0x1000].rstrip(b"\0").decode(), data)

    def _keep(self, uid: str, data: bytes) -> bool:
        if not self._goes_on(Moment.RECEIVED):
            return False
        status = self._archive.next_status()
        if status != _SUCCESS:
            self.answer(status)
            return True
        self._archive.keep(uid, data)
        if not self._goes_on(Moment.STORED):
            return False
        self.answer(_SUCCESS)
        return self._goes_on(Moment.ANSWERED)

    def _goes_on(self, moment: Moment) -> bool:
        fault = self.fault
        if fault is None or fault.moment is not moment:
            return True
        self.fault = None
        self._archive.happened(fault)
        return fault.act(self)

    def read(self) -> tuple[int, bytes]:
        """Receive a PDU: type and body."""
        header = self._exactly(6)
        return header[0], self._exactly(struct.unpack(">L", header[2:])[0])

    def _exactly(self, count: int) -> bytes:
        received = b""
        while len(received) < count:
            piece = self.sock.recv(count - len(received))
            if not piece:
                raise EOFError
            received += piece
        return received

    def response(self, status: int, message_id: int | None = None, context: int | None = None) -> bytes:
        """Encode the C-STORE response as a PDU."""
        number = self.message_id if message_id is None else message_id
        values = {_COMMAND_FIELD: _RESPONSE, 0x0120: number, 0x0800: 0x0101, _STATUS: status}
        elements = b"".join(struct.pack("<HHLH", 0, tag, 2, value) for tag, value in values.items())
        command = struct.pack("<HHLL", 0, 0, 4, len(elements)) + elements
        where = self.context if context is None else context
        item = struct.pack(">LBB", len(command) + 2, where, 3) + command
        return struct.pack(">BBL", 4, 0, len(item)) + item

    def answer(self, status: int) -> None:
        """Send the response."""
        self.sock.sendall(self.response(status))

    def hang(self) -> None:
        """Do nothing until the other side gives up, or the archive closes."""
        self._archive.wait()

    def reset(self) -> None:
        """Have the connection end without a word of TCP either."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def accepting(request: bytes, result: int = 0) -> bytes:
    """Encode the A-ASSOCIATE-AC to the body of a request: each context with its first transfer syntax."""
    items, offset = b"", 68
    while offset < len(request):
        kind, length = request[offset], struct.unpack_from(">H", request, offset + 2)[0]
        if kind == 0x20:
            item = request[offset + 4 : offset + 4 + length]
            first = 4 + 4 + struct.unpack_from(">H", item, 6)[0]
            size = 4 + struct.unpack_from(">H", item, first + 2)[0]
            answer = bytes((item[0], 0, result, 0)) + item[first : first + size]
            items += struct.pack(">BBH", 0x21, 0, len(answer)) + answer
        elif kind == 0x10:
            items = request[offset : offset + 4 + length] + items
        offset += 4 + length
    user = struct.pack(">BBHL", 0x51, 0, 4, LARGEST_PDU)
    user += struct.pack(">BBH", 0x52, 0, len(_IMPLEMENTATION)) + _IMPLEMENTATION
    body = request[:68] + items + struct.pack(">BBH", 0x50, 0, len(user)) + user
    return struct.pack(">BBL", 2, 0, len(body)) + body


def elements_of(command: bytes) -> dict[int, bytes]:
    """Split a command set into its elements by number."""
    found = {}
    while command:
        _, number, length = struct.unpack_from("<HHL", command)
        found[number], command = command[8 : 8 + length], command[8 + length :]
    return found


class FaultyArchive:
    """A Storage SCP of this process.

    Parameters
    ----------
    faults
        The first one happens to the first association, and so on.
    statuses
        In place of Success, and of keeping anything, for the first requests.
    always
        The last fault happens to every further association, the last status to every further request.
    """

    def __init__(
        self,
        faults: Sequence[Fault] = (),
        ae_title: str = "ARCHIVE",
        *,
        statuses: Sequence[int] = (),
        always: bool = False,
    ) -> None:
        self.received: dict[str, list[str]] = defaultdict(list)
        """Digests of what was kept, by SOP Instance UID, every time that it came."""
        self.faults_happened: list[str] = []
        self._faults, self._statuses, self._always = list(faults), list(statuses), always
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = Address(self._listener.getsockname()[1], ae_title)
        self._threads = [threading.Thread(target=self._accept, name="faulty archive")]

    def keep(self, uid: str, data: bytes) -> None:
        """Note what was received."""
        with self._changed:
            self.received[uid].append(hashlib.sha256(data).hexdigest())
            self._changed.notify_all()

    def next_status(self) -> int:
        """Return the status of the next response."""
        with self._changed:
            status = self._next(self._statuses)
        return _SUCCESS if status is None else status

    def _next(self, plan: list[T]) -> T | None:
        if not plan:
            return None
        return plan[0] if self._always and len(plan) == 1 else plan.pop(0)

    def happened(self, fault: Fault) -> None:
        """Note a fault."""
        with self._changed:
            self.faults_happened.append(fault.name)
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until the archive closes."""
        self._closing.wait(_PATIENCE)

    @property
    def is_consistent(self) -> bool:
        """Tell whether each instance was the same whenever it came."""
        return all(len(set(digests)) == 1 for digests in self.received.values())

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(_PATIENCE)
            with self._changed:
                fault = self._next(self._faults)
                self._open.add(sock)
            thread = threading.Thread(target=Conversation(self, sock, fault).run, name="conversation")
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop listening; of one that was never entered."""
        self._listener.close()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
