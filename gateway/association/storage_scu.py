"""Storage SCU (PS3.4 B.2.1): instances leave as the bytes that their files hold."""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE

from gateway.association.peer import Peer
from gateway.association.requestor import (
    LIVENESS,
    MOST_CONTEXTS,
    Outlet,
    Timeouts,
    cut,
    hang_up,
    release,
    request,
)
from gateway.association.store_request import Joined, Readable, command_set, open_data_set
from gateway.errors import NoPresentationContext, PeerUnreachable

_LAST_MESSAGE_ID: Final = 0xFFFF
_COMMAND: Final = 0x01
_LAST: Final = 0x02


class StorageAssociation:
    """An association over which instances are stored, one after the other, by one thread.

    Made by `open` or `over`; as a context manager it ends with its block. No two transfer
    syntaxes share a presentation context, so the peer decides on each pair alone (PS3.8 9.3.2.2).
    """

    def __init__(self, assoc: Association, timeouts: Timeouts, after_message_id: int = 0) -> None:
        self._assoc, self._timeouts = assoc, timeouts
        self._message_id = after_message_id
        self._contexts = {
            (str(context.abstract_syntax), str(context.transfer_syntax[0])): context.context_id
            for context in assoc.accepted_contexts
            if context.as_scu
        }
        self._outlet = Outlet(assoc, timeouts.stall)

    @classmethod
    def open(
        cls,
        peer: Peer,
        calling: str,
        contexts: Sequence[tuple[str, str]],
        *,
        timeouts: Timeouts | None = None,
    ) -> Self:
        """Request an association.

        Parameters
        ----------
        calling
            Calling AE title.
        contexts
            SOP Class and Transfer Syntax UID of what will be stored, 1 to 128 pairs.

        Raises
        ------
        NoPresentationContext
            The peer accepted the association but none of the pairs.
        PeerUnreachable
            No connection, no answer, or the peer rejected or aborted the association.
        ValueError
            More pairs than an association has presentation contexts.
        """
        if not 0 < len(contexts) <= MOST_CONTEXTS:
            raise ValueError("an association has 1 to 128 presentation contexts")
        limits = timeouts or Timeouts()
        assoc = request(peer, calling, contexts, limits)
        try:
            return cls(assoc, limits)
        except BaseException:
            hang_up(assoc)
            raise

    @classmethod
    def over(cls, assoc: Association, *, after_message_id: int = 0, timeouts: Timeouts | None = None) -> Self:
        """Store over an association that a peer requested: the sub-operations of its C-GET.

        To be used in the thread of the C-GET handler, which alone reads the responses. Leaving
        the block does not end the association.

        Parameters
        ----------
        after_message_id
            Message ID of the C-GET request; the sub-operations take the following ones.
        """
        return cls(assoc, timeouts or Timeouts(), after_message_id)

    def accepts(self, sop_class_uid: str, transfer_syntax_uid: str) -> bool:
        """Tell whether the peer takes this SOP Class in exactly this transfer syntax."""
        return (sop_class_uid, transfer_syntax_uid) in self._contexts

    @property
    def usable(self) -> bool:
        """Whether the association still stands, as far as is known."""
        return self._outlet.usable

    def store(
        self,
        path: Path,
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        *,
        move_originator: tuple[str, int] | None = None,
    ) -> int:
        """Send the data set of a Part 10 file and wait for the response (PS3.7 9.1.1).

        Parameters
        ----------
        path
            The file; its data set is encoded in `transfer_syntax_uid` and is not decoded.
        move_originator
            AE title and Message ID of the C-MOVE request of which this is a sub-operation.

        Returns
        -------
        int
            Status (0000,0900) of the response.

        Raises
        ------
        NoPresentationContext
            The peer did not accept the pair; nothing was sent.
        PeerUnreachable
            The association ended before the response; whether the peer stored is unknown.
        OSError
            The file cannot be read. Once something was sent, this ends the association.
        ValueError
            The file is no Part 10 file; nothing was sent.
        """
        context_id = self._context(sop_class_uid, transfer_syntax_uid)
        file, length = open_data_set(path)
        with file:
            return self._store(context_id, (sop_class_uid, sop_instance_uid), file, length, move_originator)

    def store_pieces(
        self,
        pieces: Sequence[bytes | memoryview],
        sop_class_uid: str,
        sop_instance_uid: str,
        transfer_syntax_uid: str,
        *,
        move_originator: tuple[str, int] | None = None,
    ) -> int:
        """Send a data set from memory, as `store` sends one from a file.

        Parameters
        ----------
        pieces
            The encoded data set when joined.
        """
        context_id = self._context(sop_class_uid, transfer_syntax_uid)
        joined = Joined(pieces)
        return self._store(
            context_id, (sop_class_uid, sop_instance_uid), joined, joined.length, move_originator
        )

    def _context(self, sop_class_uid: str, transfer_syntax_uid: str) -> int:
        context_id = self._contexts.get((sop_class_uid, transfer_syntax_uid))
        if context_id is None:
            raise NoPresentationContext("the peer did not accept the SOP Class in its transfer syntax")
        return context_id

    def _store(
        self,
        context_id: int,
        instance: tuple[str, str],
        data_set: Readable,
        length: int,
        move_originator: tuple[str, int] | None,
    ) -> int:
        self._message_id = self._message_id % _LAST_MESSAGE_ID + 1
        command = command_set(self._message_id, *instance, move_originator)
        try:
            self._send(context_id, command, data_set, length)
            return self._status(context_id)
        except BaseException:
            hang_up(self._assoc)
            raise

    def interrupt(self) -> None:
        """Break the connection, from any thread: a `store` that is under way raises."""
        cut(self._assoc)

    def close(self) -> None:
        """Release the association; one that was requested by the peer is left standing."""
        self._outlet.detach()
        if self._assoc.is_requestor:
            release(self._assoc, self._timeouts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, context_id: int, command: bytes, data_set: Readable, remaining: int) -> None:
        length = self._outlet.piece_length
        for start in range(0, len(command), length):
            last = _LAST if start + length >= len(command) else 0
            self._outlet.put(context_id, _COMMAND | last, command[start : start + length])
        while remaining:
            fragment = data_set.read(min(length, remaining))
            if not fragment:
                raise OSError("the file became shorter while it was read")
            remaining -= len(fragment)
            self._outlet.put(context_id, 0 if remaining else _LAST, fragment)
        self._outlet.flush()

    def _status(self, context_id: int) -> int:
        answered_in, response = self._response()
        if (
            not isinstance(response, C_STORE)
            or answered_in != context_id
            or response.MessageIDBeingRespondedTo != self._message_id
            or response.Status is None
        ):
            raise PeerUnreachable("the peer answered with something else")
        return int(response.Status)

    def _response(self) -> tuple[int | None, object]:
        """Wait for a message and its context; one that came before the end of the association counts."""
        deadline = time.monotonic() + self._timeouts.response
        while True:
            usable, remaining = self.usable, deadline - time.monotonic()
            try:
                answer = self._assoc.dimse.msg_queue.get(usable, max(min(remaining, LIVENESS), 0.0))
            except queue.Empty:
                if not usable:
                    raise PeerUnreachable("the association ended before the response") from None
                if remaining <= 0:
                    raise PeerUnreachable("no response in time") from None
            else:
                if answer[1] is None:
                    raise PeerUnreachable("the association ended before the response")
                return answer
