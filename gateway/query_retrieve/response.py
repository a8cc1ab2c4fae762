"""Command sets of the responses (PS3.7 9.3.2.2, 9.3.3.2, 9.3.4.2)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.deidentify.data_set import IMPLICIT_LITTLE
from gateway.deidentify.encode import element
from gateway.query_retrieve.information_model import Operation
from gateway.standard.status import Status

MOST_COUNTED: Final = 0xFFFF
"""The counts have VR US (PS3.7 E.1); a larger number is told as this one."""

_RESPONSE: Final = MappingProxyType({Operation.FIND: 0x8020, Operation.MOVE: 0x8021, Operation.GET: 0x8010})
"""Command Field (PS3.7 E.1)."""
_DATA_SET, _NO_DATA_SET = 0x0001, 0x0101
_LONGEST_COMMENT: Final = 64


@dataclass(slots=True)
class Progress:
    """Numbers of sub-operations (PS3.4 C.4.2.1.6 to C.4.2.1.9)."""

    remaining: int = 0
    completed: int = 0
    failed: int = 0
    warning: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """What one response says besides its Identifier.

    Parameters
    ----------
    status
        Of the response.
    progress
        Of C-MOVE and C-GET.
    comment, tags
        Error Comment and Offending Elements of a failure.
    """

    status: Status
    progress: Progress | None = None
    comment: str = ""
    tags: Sequence[int] = ()


def command_set(
    response: Response, operation: Operation, sop_class_uid: str, message_id: int, *, has_identifier: bool
) -> bytes:
    """Encode the command set of a response in Implicit VR Little Endian (PS3.7 6.3.1).

    Parameters
    ----------
    operation, sop_class_uid, message_id
        Of the request.
    has_identifier
        Whether an Identifier follows.
    """
    elements = [
        element(0x00000002, "UI", sop_class_uid.encode("ascii"), IMPLICIT_LITTLE),
        _short(0x00000100, _RESPONSE[operation]),
        _short(0x00000120, message_id),
        _short(0x00000800, _DATA_SET if has_identifier else _NO_DATA_SET),
        _short(0x00000900, response.status),
    ]
    if response.tags:
        offending = b"".join(struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in response.tags)
        elements.append(element(0x00000901, "AT", offending, IMPLICIT_LITTLE))
    if response.comment:
        comment = response.comment[:_LONGEST_COMMENT].encode("ascii")
        elements.append(element(0x00000902, "LO", comment, IMPLICIT_LITTLE))
    if response.progress is not None:
        elements += _counts(response.status, response.progress)
    body = b"".join(elements)
    return element(0x00000000, "UL", struct.pack("<L", len(body)), IMPLICIT_LITTLE) + body


def _counts(status: Status, progress: Progress) -> list[bytes]:
    counts = [progress.completed, progress.failed, progress.warning]
    encoded = [_short(0x00001021 + index, min(count, MOST_COUNTED)) for index, count in enumerate(counts)]
    if status in (Status.PENDING, Status.CANCEL):
        # A response that ends the operation in another way has none left (PS3.4 C.4.2.1.6).
        encoded.insert(0, _short(0x00001020, min(progress.remaining, MOST_COUNTED)))
    return encoded


def _short(tag: int, value: int) -> bytes:
    return element(tag, "US", struct.pack("<H", value), IMPLICIT_LITTLE)
