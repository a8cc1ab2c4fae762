"""Storage SCP (PS3.4 B.2.2): C-STORE requests in, statuses out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Final, cast

from pydicom.dataset import Dataset
from pynetdicom import evt
from pynetdicom.dimse_primitives import C_STORE

from gateway.association.dimse_message import ReceivedDataSet
from gateway.association.session import Session, session_of
from gateway.deidentify.deflate import inflated_size
from gateway.deidentify.instance import Instance
from gateway.errors import DeadlinePassed, Reason, Refused, StorageError
from gateway.ledger.message import Outcome
from gateway.receive.deadline import Deadline, within
from gateway.receive.event_log import EventLog
from gateway.receive.late_work import Workers
from gateway.receive.reception import Receipt, Reception
from gateway.standard.status import Status, status_of
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES

_SLOWEST_BYTES_PER_S: Final = 32 << 20
"""An instance that passes at this pace is in time: the largest must not be told A700H for ever."""
_COMMENT_LENGTH: Final = 64
"""Of Error Comment (0000,0902), VR LO."""
_TRY_AGAIN: Final = "momentarily out of resources, nothing was kept"
_TOO_LATE: Final = "not done in time, send again"
_UNEXPECTED: Final = "unexpected error, nothing was kept"


class StorageSCP:
    """Handler of C-STORE requests.

    Parameters
    ----------
    reception
        Keeps what is received.
    log
        Gets a line per request.
    workers
        Threads that receive.
    answer_timeout
        Seconds from the last byte of an instance to its answer; a second more for each 32 MiB. The
        time during which its pixels are examined does not count.
    """

    def __init__(self, reception: Reception, log: EventLog, workers: Workers, answer_timeout: float) -> None:
        self._reception, self._log = reception, log
        self._workers, self._answer_timeout = workers, answer_timeout

    def __call__(self, event: evt.Event) -> Dataset:
        """Answer one request with its status; an exception never leaves the handler."""
        request = _Request(event, self._reception, self._log, self._answer_timeout)
        return request.answer(self._workers)


class _Request:
    """One C-STORE request: the data set as it was encoded, never decoded here."""

    def __init__(self, event: evt.Event, reception: Reception, log: EventLog, answer_timeout: float) -> None:
        self._reception, self._log = reception, log
        self._session: Session = session_of(event)
        request = cast(C_STORE, event.request)
        self._data_set = cast(ReceivedDataSet, request.DataSet)
        # it may have waited for the one before it: that is the gateway's time too
        self._started = self._data_set.arrived_at
        size = self._data_set.size
        self._deadline = Deadline(self._started + answer_timeout + size / _SLOWEST_BYTES_PER_S)
        self._room = ExitStack()
        self._abstract_syntax = str(event.context.abstract_syntax)
        self._instance = Instance(
            sop_class_uid=str(request.AffectedSOPClassUID).strip(" \0"),
            sop_instance_uid=str(request.AffectedSOPInstanceUID).strip(" \0"),
            transfer_syntax_uid=str(event.context.transfer_syntax),
            data_set=self._data_set.getbuffer(),
        )
        self._session.instances += 1
        self._session.received_bytes += self._data_set.size

    def answer(self, workers: Workers) -> Dataset:
        try:
            receipt = workers.run(
                self._store, self._deadline, self._abandon, owner=self._session.parties[0].name
            )
        except Refused as refusal:
            return self._refused(refusal)
        except DeadlinePassed as error:
            return self._failed(error, Status.OUT_OF_RESOURCES, _TOO_LATE)
        except (StorageError, MemoryError) as error:
            return self._failed(error, Status.OUT_OF_RESOURCES, _TRY_AGAIN)
        except Exception as error:  # noqa: BLE001 -- DIMSE handler boundary: any error refuses the instance
            return self._failed(error, Status.PROCESSING_FAILURE, _UNEXPECTED)
        return self._acknowledged(receipt)

    def _store(self) -> Receipt:
        peer, project = self._session.parties
        try:
            with self._room, within(self._deadline):
                return self._reception.store(self._instance, peer, project, self._verify, self._deadline)
        except (Refused, StorageError, MemoryError):
            raise
        except Exception:  # any other error refuses the instance as well
            self._deadline.hand_over()
            self._reception.record(Refused(Reason.PROFILE, _UNEXPECTED), self._instance, peer, project)
            raise

    def _abandon(self) -> Callable[[], None]:
        """Charge the instance to the thread that still works on it; return what that calls in the end."""
        ended = partial(self._log.late, self._session, self._started)
        return partial(_in_order, self._data_set.pass_on(), ended)

    def _verify(self) -> None:
        if self._instance.sop_class_uid != self._abstract_syntax:
            raise Refused(Reason.IDENTIFIER_MISMATCH, "not the SOP Class of the context")
        self._data_set.verify()
        syntax = TRANSFER_SYNTAXES.get(self._instance.transfer_syntax_uid)
        if syntax is not None and syntax.deflated:
            size = inflated_size(memoryview(self._instance.data_set))
            self._room.enter_context(self._data_set.room(size))

    def _acknowledged(self, receipt: Receipt) -> Dataset:
        if receipt.outcome is Outcome.DUPLICATE:
            self._session.duplicates += 1
        else:
            self._session.stored += 1
        self._write(f"instance_{receipt.outcome}", Status.SUCCESS, "", receipt.sop_instance_uid)
        return _response(Status.SUCCESS, "")

    def _refused(self, refusal: Refused) -> Dataset:
        self._session.refused += 1
        status = status_of(refusal.reason)
        self._write("instance_refused", status, refusal.reason)
        return _response(status, str(refusal))

    def _failed(self, error: Exception, status: Status, comment: str) -> Dataset:
        self._session.failed += 1
        self._write("instance_failed", status, type(error).__name__)
        return _response(status, comment)

    def _write(self, event: str, status: Status, reason: str, uid: str = "") -> None:
        self._log.instance(
            event,
            self._session,
            status=status,
            reason=reason,
            size=self._data_set.size,
            started=self._started,
            uid=uid,
        )


def _in_order(*steps: Callable[[], None]) -> None:
    for step in steps:
        step()


def _response(status: Status, comment: str) -> Dataset:
    response = Dataset()
    response.Status = int(status)
    if comment:
        response.ErrorComment = comment[:_COMMENT_LENGTH]
    return response
