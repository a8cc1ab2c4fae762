"""The faults of an archive."""

from __future__ import annotations

import struct
import time

from nodes.faulty_archive import Conversation, Fault, Moment, accepting


def _cut(_: Conversation) -> bool:
    return False


def _reset(conversation: Conversation) -> bool:
    conversation.reset()
    return False


def _abort(conversation: Conversation) -> bool:
    conversation.sock.sendall(struct.pack(">BBLL", 7, 0, 4, 0))
    return False


def _hang(conversation: Conversation) -> bool:
    conversation.hang()
    return False


CUTS = tuple(
    Fault(f"{name} {moment.name.lower()}", moment, act)
    for moment in Moment
    for name, act in (("cut", _cut), ("reset", _reset))
)
"""The connection ends before and after every PDU."""

ABORTS = tuple(
    Fault(f"abort {moment.name.lower()}", moment, _abort)
    for moment in (Moment.REQUESTED, Moment.ACCEPTED, Moment.RECEIVING, Moment.STORED)
)

HANGS = tuple(
    Fault(f"hang {moment.name.lower()}", moment, _hang)
    for moment in (Moment.CONNECTED, Moment.ACCEPTED, Moment.RECEIVING, Moment.RECEIVED, Moment.STORED)
)
"""It says nothing more, and reads nothing."""


def _saying(name: str, moment: Moment, said: bytes, *, goes_on: bool = False) -> Fault:
    def act(conversation: Conversation) -> bool:
        conversation.sock.sendall(said)
        return goes_on

    return Fault(name, moment, act)


def _answering(name: str, *, message_id: int | None = None, context: int | None = None) -> Fault:
    def act(conversation: Conversation) -> bool:
        conversation.sock.sendall(conversation.response(0, message_id, context))
        time.sleep(0.2)  # the end of the connection must not overtake it
        return False

    return Fault(name, Moment.RECEIVED, act)


def _half(conversation: Conversation) -> bool:
    conversation.sock.sendall(conversation.response(0)[:-7])
    return False


def _twice(conversation: Conversation) -> bool:
    conversation.answer(0)
    return True


def _decline(conversation: Conversation) -> bool:
    conversation.sock.sendall(accepting(conversation.request, result=3))
    conversation.read()
    return False


NO_CONTEXT = Fault("no context", Moment.REQUESTED, _decline)
"""It accepts the association and none of its presentation contexts."""

REJECTIONS = tuple(
    _saying(
        f"rejected {result}/{source}/{reason}",
        Moment.REQUESTED,
        bytes((3, 0, 0, 0, 0, 4, 0, result, source, reason)),
    )
    for result, source, reason in ((1, 1, 1), (1, 1, 7), (2, 3, 1), (2, 3, 2), (9, 9, 9))
)

RUBBISH = (
    _saying("rubbish for an answer to the request", Moment.REQUESTED, b"\xff" * 200),
    _saying("a web server", Moment.CONNECTED, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    _saying("a giant acceptance", Moment.REQUESTED, struct.pack(">BBL", 2, 0, 0xFFFFFFFE) + bytes(1000)),
    _saying("an acceptance without items", Moment.REQUESTED, struct.pack(">BBL", 2, 0, 68) + bytes(68)),
    _saying("rubbish for a response", Moment.RECEIVED, b"\xff" * 200),
    _saying("a giant response", Moment.RECEIVED, struct.pack(">BBL", 4, 0, 0xFFFFFFFE) + bytes(1000)),
    _saying("an empty P-DATA PDU", Moment.RECEIVED, struct.pack(">BBL", 4, 0, 0)),
    _saying("a release instead of a response", Moment.RECEIVED, struct.pack(">BBLL", 5, 0, 4, 0)),
    _saying("a request instead of a response", Moment.RECEIVED, struct.pack(">BBL", 1, 0, 68) + bytes(68)),
    Fault("half a response", Moment.STORED, _half),
    Fault("a response twice", Moment.STORED, _twice),
    _answering("a response of another message", message_id=4711),
    _answering("a response of message 0", message_id=0),
    _answering("a response in another context", context=77),
)
