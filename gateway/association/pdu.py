"""The outside of a PDU: type, length, and the AE titles of a request (PS3.8 9.3)."""

from __future__ import annotations

from typing import Final

from gateway.association.application_entity import Limits
from gateway.association.byte_stream import ByteStream
from gateway.association.dimse_message import ProtocolViolation

ASSOCIATE_RQ: Final = 1
P_DATA_TF: Final = 4

_TYPES: Final = range(1, 8)
_HEADER_BYTES: Final = 6
_SLACK_BYTES: Final = 64 * 1024
"""Some senders leave headers out of the maximum length."""
_CALLED: Final = slice(10, 26)
_CALLING: Final = slice(26, 42)
_RESERVED: Final = slice(42, 74)


def read_header(stream: ByteStream, is_established: bool, limits: Limits) -> bytes:
    """Read the header of a PDU.

    Parameters
    ----------
    is_established
        Whether there is an association: only then may a PDU carry data.
    limits
        Longest PDU of either kind.

    Raises
    ------
    ProtocolViolation
        The type is unknown or the length more than was negotiated.
    OSError
        The peer closed the connection or is too slow.
    """
    header = stream.take(_HEADER_BYTES)
    carries_data = is_established and header[0] == P_DATA_TF
    longest = limits.pdu_bytes + _SLACK_BYTES if carries_data else limits.association_pdu_bytes
    if header[0] not in _TYPES or length_of(header) > longest:
        raise ProtocolViolation("no PDU of this state")
    return header


def length_of(header: bytes) -> int:
    """Number of bytes that follow a header."""
    return int.from_bytes(header[2:_HEADER_BYTES], "big")


def titles_of(request: bytes) -> tuple[str, str]:
    """Return calling and called AE title of an A-ASSOCIATE-RQ PDU, without outer spaces.

    They are read as Latin-1: every title has a text, whatever a modality was configured with.
    """
    return _title(request[_CALLING]), _title(request[_CALLED])


def decodable(request: bytes, *, with_items: bool) -> bytes:
    """Return what pynetdicom decodes of an A-ASSOCIATE-RQ PDU without harm.

    Titles that it refuses, blank ones and such beyond ASCII, are replaced.

    Parameters
    ----------
    with_items
        False leaves out all items. Decoding a large request takes a second, which is too much
        for somebody who will be rejected.
    """
    called, calling = (_plain(request[field]) for field in (_CALLED, _CALLING))
    head = request[_HEADER_BYTES : _CALLED.start] + called + calling
    rest = request[_CALLING.stop :] if with_items else request[_RESERVED]
    return _header(ASSOCIATE_RQ, len(head) + len(rest)) + head + rest


def _header(kind: int, length: int) -> bytes:
    return bytes((kind, 0)) + length.to_bytes(4, "big")


def _title(field: bytes) -> str:
    return field.decode("latin-1").strip(" \0")


def _plain(field: bytes) -> bytes:
    return field if field.strip() and field.isascii() else b"UNREADABLE".ljust(16)
