"""An association for Storage Commitment: requests and reports go out, reports and answers come in."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, cast

from pynetdicom.association import Association
from pynetdicom.dimse_primitives import N_ACTION, N_EVENT_REPORT

from gateway.association.commitment_information import Information, InvalidInformation, decode, encode
from gateway.association.commitment_message import (
    Exchange,
    action_request,
    answers,
    fault_of_report,
    is_report,
    report_request,
    report_response,
)
from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts, cut, hang_up, release, request
from gateway.errors import NoPresentationContext, PeerUnreachable
from gateway.standard.storage_commitment import SOP_CLASS, CommitmentStatus, Event
from gateway.standard.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN

Take = Callable[[Information], int]
"""What is done with a report; returns the status of its answer."""


class CommitmentAssociation:
    """Made by `open`; as a context manager it ends with its block. For one thread."""

    def __init__(self, assoc: Association, timeouts: Timeouts, take: Take) -> None:
        self._assoc, self._timeouts, self._take = assoc, timeouts, take
        self._message_id = 0
        self._context_id, self._syntax = _context(assoc)
        self._exchange = Exchange(assoc, timeouts.stall)

    @classmethod
    def open(
        cls,
        peer: Peer,
        calling: str,
        timeouts: Timeouts,
        *,
        as_scp: bool = False,
        take: Take = lambda _: CommitmentStatus.PROCESSING_FAILURE,
    ) -> Self:
        """Request an association.

        Parameters
        ----------
        calling
            Calling AE title.
        as_scp
            Whether we report, and ask for the role of the SCP (PS3.7 D.3.3.4).
        take
            Called with each report that comes; returns the status of its answer.

        Raises
        ------
        NoPresentationContext
            The peer does not offer the service.
        PeerUnreachable
            No connection, no answer, or the peer rejected or aborted the association.
        """
        contexts = [(SOP_CLASS, EXPLICIT_VR_LITTLE_ENDIAN), (SOP_CLASS, IMPLICIT_VR_LITTLE_ENDIAN)]
        assoc = request(peer, calling, contexts, timeouts, provided=(SOP_CLASS,) if as_scp else ())
        try:
            return cls(assoc, timeouts, take)
        except BaseException:
            hang_up(assoc)
            raise

    def ask(self, information: Information) -> int:
        """Send a request for commitment; return the status of its answer.

        Raises
        ------
        PeerUnreachable
            The association ended before the answer; whether the peer took the request is unknown.
        """
        message_id = self._next_message_id()
        data_set = encode(information, self._syntax)
        self._exchange.send(self._context_id, action_request(message_id), data_set)
        end = time.monotonic() + self._timeouts.response
        while True:
            found = self._exchange.await_message(
                lambda message: answers(message, N_ACTION, message_id) or is_report(message),
                end - time.monotonic(),
            )
            if found is None or not is_report(found[1]):
                return status_of(found)
            self._answer(*found)  # some report first and answer then

    def report(self, information: Information) -> int:
        """Send a report; return the status of its answer.

        Raises
        ------
        PeerUnreachable
            The association ended before the answer.
        """
        return send_report(
            self._exchange, self._context_id, self._syntax, information, self._timeouts.response
        )

    def await_reports(self, seconds: float, go_on: Callable[[], bool] = lambda: True) -> None:
        """Take reports for a while.

        Parameters
        ----------
        go_on
            Asked now and then whether to wait any longer.

        Raises
        ------
        PeerUnreachable
            The association ended.
        """
        end = time.monotonic() + seconds
        while (found := self._exchange.await_message(is_report, end - time.monotonic(), go_on)) is not None:
            self._answer(*found)

    def interrupt(self) -> None:
        """Break the connection, from any thread."""
        cut(self._assoc)

    def close(self) -> None:
        """Release the association."""
        self._exchange.detach()
        release(self._assoc, self._timeouts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._exchange.detach()
            hang_up(self._assoc)

    def _answer(self, context_id: int, message: N_EVENT_REPORT) -> None:
        """Have a report taken; one that is none is answered with what is wrong."""
        status: int | None = fault_of_report(message)
        if status is None:
            try:
                status = self._take(self._decoded(message))
            except InvalidInformation:
                status = CommitmentStatus.INVALID_ARGUMENT
        self._exchange.send(context_id, report_response(message, status))

    def _decoded(self, message: N_EVENT_REPORT) -> Information:
        if message.EventInformation is None:
            raise InvalidInformation("no Event Information")
        return decode(message.EventInformation.getvalue(), self._syntax)

    def _next_message_id(self) -> int:
        self._message_id = self._message_id % 0xFFFF + 1
        return self._message_id


def send_report(
    exchange: Exchange, context_id: int, transfer_syntax_uid: str, information: Information, seconds: float
) -> int:
    """Send a report and wait for the status of its answer.

    Parameters
    ----------
    context_id, transfer_syntax_uid
        Of the presentation context.
    seconds
        To wait.

    Raises
    ------
    PeerUnreachable
        The association ended, or no answer came in time.
    """
    event = Event.FAILURES_EXIST if information.failed else Event.SUCCESSFUL
    exchange.send(context_id, report_request(1, event), encode(information, transfer_syntax_uid))
    return status_of(exchange.await_message(lambda message: answers(message, N_EVENT_REPORT, 1), seconds))


def status_of(found: tuple[int, Any] | None) -> int:
    """Return the status of a response that was waited for.

    Raises
    ------
    PeerUnreachable
        None came, or it has no status.
    """
    if found is None or found[1].Status is None:
        raise PeerUnreachable("no response in time")
    return int(found[1].Status)


def _context(assoc: Association) -> tuple[int, str]:
    for context in assoc.accepted_contexts:
        if context.abstract_syntax == SOP_CLASS:
            return cast(int, context.context_id), str(context.transfer_syntax[0])
    raise NoPresentationContext("the peer accepted no presentation context")
