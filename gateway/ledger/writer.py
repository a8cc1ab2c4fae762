"""The single writer: everything that waits goes into one transaction per database.

While a commit syncs, more requests arrive; they make the next group. So the cost of a sync is
shared by all who wait for it, and SQLite never sees two writers.
"""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final, Union

import msgspec

from gateway.errors import LedgerUnavailable
from gateway.ledger import frame
from gateway.ledger.message import Message, Subscribe
from gateway.ledger.reserve import Reserve
from gateway.ledger.session import Session
from gateway.ledger.store import Rejected, Store

_REJECTED: Final = "the ledger does not know this message"
_RESERVE_S: Final = 1.0
"""Between attempts to secure the reserve again."""


@dataclass(frozen=True, slots=True)
class _Request:
    session: Session
    id: int
    message: Message[Any]


class Writer:
    """Serves one listening socket in one thread, until it is stopped.

    Parameters
    ----------
    listener
        Listening Unix socket; the writer closes it in the end.
    stores
        Where messages go, in the order in which their transactions are committed.
    busy
        Entered for each piece of work: who watches sees how long one takes.
    reserve
        Released when the disk is full, and secured again when it is not.
    said
        Called with what is wrong whenever that changes; empty when everything is committed again.
    """

    def __init__(
        self,
        listener: socket.socket,
        stores: Sequence[Store],
        busy: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - it has no state
        reserve: Reserve | None = None,
        said: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._listener, self._busy = listener, busy
        self._stores = tuple(stores)
        self._reserve, self._say = reserve, said
        self._failures: dict[Store, str] = {}
        types = (Subscribe, *(message for store in stores for message in store.messages))
        # A tagged union of structs: msgspec picks the type by the tag.
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Union[types])  # noqa: UP007
        self._selector = selectors.DefaultSelector()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._sessions: set[Session] = set()
        self._stopping = False

    def stop(self) -> None:
        """Make `run` return after the group in work; callable from a signal handler or a thread."""
        self._stopping = True
        with suppress(OSError, ValueError):  # it has stopped already
            os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        """Serve until `stop`. What has arrived by then is still committed and answered."""
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        try:
            while not self._stopping:
                self._serve(self._secure())
            self._serve(0)
        finally:
            self._close()

    def _serve(self, timeout: float | None) -> None:
        requests: list[_Request] = []
        arrived = self._selector.select(timeout)
        with self._busy:
            for key, events in arrived:
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.data, Session):
                    requests += self._attend(key.data, events)
            self._commit(requests)

    def _secure(self) -> float | None:
        """Keep room for the ledger; return the seconds after which to look again."""
        if self._reserve is None or self._reserve.secure():
            return None
        return _RESERVE_S

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                session = Session(connected)
                self._sessions.add(session)
                self._selector.register(connected, selectors.EVENT_READ, session)

    def _attend(self, session: Session, events: int) -> list[_Request]:
        requests: list[_Request] = []
        if events & selectors.EVENT_READ:
            try:
                requests = [request for body in session.receive() for request in self._parsed(session, body)]
            except frame.FrameError:
                session.close()
        self._flush(session)
        return requests

    def _parsed(self, session: Session, body: bytes) -> Iterable[_Request]:
        request_id, encoded = frame.decode_request(body)
        try:
            message = self._decoder.decode(encoded)
        except msgspec.DecodeError:
            session.send((request_id, _REJECTED, None))
            return
        if isinstance(message, Subscribe):
            session.subscribed = True
            session.send((request_id, "", None))
            return
        yield _Request(session, request_id, message)

    def _commit(self, requests: Sequence[_Request]) -> None:
        for store in self._stores:
            group = [request for request in requests if isinstance(request.message, store.messages)]
            if group:
                self._commit_group(store, group)

    def _commit_group(self, store: Store, group: Sequence[_Request]) -> None:
        rings = False
        try:
            store.begin()
            replies = [store.apply(request.message) for request in group]
            rings = store.commit()
        except LedgerUnavailable as error:
            store.rollback()
            replies = [Rejected(str(error))] * len(group)
            if self._reserve is not None:
                self._reserve.release_if_full()
            self._note(store, str(error))
        else:
            self._note(store, "")
        for request, reply in zip(group, replies, strict=True):
            request.session.send(_reply(request.id, reply))
        if rings:
            self._ring()
        for session in {request.session for request in group}:
            self._flush(session)

    def _note(self, store: Store, failure: str) -> None:
        if self._failures.get(store, "") != failure:
            self._failures[store] = failure
            self._say(failure)

    def _ring(self) -> None:
        for session in list(self._sessions):
            if session.subscribed:
                session.ring()
                self._flush(session)

    def _flush(self, session: Session) -> None:
        waiting = session.flush()
        if session.closed:
            self._forget(session)
        elif waiting != session.watched:
            session.watched = waiting
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0)
            self._selector.modify(session.socket, events, session)

    def _forget(self, session: Session) -> None:
        if session in self._sessions:
            self._sessions.discard(session)
            self._selector.unregister(session.socket)
            session.socket.close()

    def _close(self) -> None:
        for session in list(self._sessions):
            session.close()
            self._forget(session)
        self._selector.close()
        self._listener.close()
        wake, self._wake = self._wake, -1
        os.close(wake)


def _reply(request_id: int, reply: object) -> tuple[int, str, object]:
    if isinstance(reply, Rejected):
        return (request_id, reply.reason, None)
    return (request_id, "", reply)
