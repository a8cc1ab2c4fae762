"""A Storage SCU that sends the bytes of a data set as they are, whether or not they make sense."""

from __future__ import annotations

import io

import pynetdicom
from pynetdicom import AE, build_context
from pynetdicom.dimse_primitives import C_STORE

from nodes.dcmtk import Address
from nodes.sample import Sample


class NotSentError(Exception):
    """The instance could not be offered; the message is a phrase.

    Attributes
    ----------
    outcome
        Whether no client could, or this gateway does not want it.
    """

    outcome = "unsendable"


class RejectedError(NotSentError):
    """The gateway accepts no presentation context for it."""

    outcome = "refused"


class NoAnswerError(NotSentError):
    """The gateway went away, or is silent."""

    outcome = "PROBLEM"


def send(address: Address, calling: str, sample: Sample, timeout: float = 60.0) -> int:
    """C-STORE over an association of its own; the only context is the sample's own.

    Returns
    -------
    int
        The DIMSE status.

    Raises
    ------
    NotSentError
        No association, no presentation context, or no answer.
    """
    entity = AE(calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = timeout
    try:
        context = build_context(sample.sop_class_uid, sample.transfer_syntax_uid)
        request = _request(sample)
    except ValueError:
        raise NotSentError("a UID in the file is no UID") from None
    association = entity.associate(
        address.host, address.port, [context], ae_title=address.ae_title, max_pdu=131072
    )
    if not association.is_established:
        if association.rejected_contexts:
            raise RejectedError(_rejection(association.rejected_contexts[0].result))
        raise NoAnswerError("association rejected" if association.is_rejected else "association aborted")
    try:
        return _exchange(association, request)
    finally:
        if association.is_established:
            association.release()


def _rejection(result: int | None) -> str:
    """Phrase for the result of a presentation context (PS3.8 9.3.3.2)."""
    meaning = {
        1: "user rejection",
        2: "no reason",
        3: "abstract syntax not supported",
        4: "transfer syntaxes not supported",
    }
    return f"presentation context: {meaning.get(result or 0, str(result))} (result {result})"


def _request(sample: Sample) -> C_STORE:
    request = C_STORE()
    request.MessageID = 1
    request.AffectedSOPClassUID = sample.sop_class_uid
    request.AffectedSOPInstanceUID = sample.sop_instance_uid
    request.Priority = 2
    request.DataSet = io.BytesIO(sample.data_set())
    return request


def _exchange(association: pynetdicom.association.Association, request: C_STORE) -> int:
    # The public send_c_store would decode and encode the data set.
    association._reactor_checkpoint.clear()  # noqa: SLF001
    try:
        association.dimse.send_msg(request, association.accepted_contexts[0].context_id)
        _, answer = association.dimse.get_msg(block=True)
    finally:
        association._reactor_checkpoint.set()  # noqa: SLF001
    status = getattr(answer, "Status", None)
    if status is None:
        raise NoAnswerError("no answer: the association was aborted or timed out")
    return int(status)
