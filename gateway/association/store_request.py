"""What one C-STORE request puts on the wire: its command set, then the data set of a file.

The command set is encoded here and not by way of a pydicom data set: eight elements of fixed
layout, once for every instance that is sent.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final, Protocol

C_STORE_RQ: Final = 0x0001
"""Command Field of a C-STORE request (PS3.7 Table 9.3-1)."""
PRIORITY_MEDIUM: Final = 0x0000
DATA_SET_PRESENT: Final = 0x0001
"""Any Command Data Set Type but 0101H announces a data set (PS3.7 E.1)."""

_META_START: Final = struct.Struct("<128x4sHH2sHI")
"""Preamble, prefix and File Meta Information Group Length, Explicit VR Little Endian."""


def command_set(
    message_id: int,
    sop_class_uid: str,
    sop_instance_uid: str,
    move_originator: tuple[str, int] | None = None,
) -> bytes:
    """Encode the command set of a C-STORE request, in Implicit VR Little Endian.

    Parameters
    ----------
    message_id
        1 to 65535.
    move_originator
        AE title and Message ID of the C-MOVE request of which this is a sub-operation.

    Returns
    -------
    bytes
        Elements (0000,0000) to (0000,1031), PS3.7 9.3.1.1.
    """
    elements = [
        _element(0x0002, _padded(sop_class_uid, b"\0")),
        _element(0x0100, _short(C_STORE_RQ)),
        _element(0x0110, _short(message_id)),
        _element(0x0700, _short(PRIORITY_MEDIUM)),
        _element(0x0800, _short(DATA_SET_PRESENT)),
        _element(0x1000, _padded(sop_instance_uid, b"\0")),
    ]
    if move_originator is not None:
        ae_title, originator_id = move_originator
        elements += [_element(0x1030, _padded(ae_title, b" ")), _element(0x1031, _short(originator_id))]
    body = b"".join(elements)
    return _element(0x0000, struct.pack("<I", len(body))) + body


def _element(number: int, value: bytes) -> bytes:
    return struct.pack("<HHI", 0x0000, number, len(value)) + value


def _short(value: int) -> bytes:
    return struct.pack("<H", value)


def _padded(text: str, pad: bytes) -> bytes:
    value = text.encode("latin-1")
    return value + pad * (len(value) % 2)


class Readable(Protocol):
    """A data set that is read piece by piece."""

    def read(self, size: int, /) -> bytes | None:
        """Return at most `size` bytes, none at the end."""


class Joined:
    """Buffers that read as if they were one.

    Parameters
    ----------
    pieces
        Buffers; they are not copied as a whole.
    """

    def __init__(self, pieces: Sequence[bytes | memoryview]) -> None:
        self._pieces = [memoryview(piece) for piece in reversed(pieces) if len(piece)]
        self.length = sum(len(piece) for piece in self._pieces)

    def read(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        taken: list[memoryview] = []
        while size and self._pieces:
            piece = self._pieces.pop()
            taken.append(piece[:size])
            if len(piece) > size:
                self._pieces.append(piece[size:])
            size -= len(taken[-1])
        return b"".join(taken)


def open_data_set(path: Path) -> tuple[BinaryIO, int]:
    """Open a Part 10 file where its data set begins.

    Returns
    -------
    BinaryIO
        Unbuffered, positioned on the first byte after the File Meta Information (PS3.10 7.1).
    int
        Bytes from there to the end of the file.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        The file is not a Part 10 file, or holds no data set.
    """
    file = path.open("rb", buffering=0)
    try:
        return file, _seek_data_set(file)
    except BaseException:
        file.close()
        raise


def _seek_data_set(file: BinaryIO) -> int:
    head = file.read(_META_START.size)
    if len(head) < _META_START.size:
        raise ValueError("shorter than a preamble and a group length")
    prefix, group, element, vr, length, meta_length = _META_START.unpack(head)
    if (prefix, group, element, vr, length) != (b"DICM", 0x0002, 0x0000, b"UL", 4):
        raise ValueError("no File Meta Information with a group length")
    start: int = _META_START.size + meta_length
    size = file.seek(0, 2) - start
    if size <= 0:
        raise ValueError("no data set after the File Meta Information")
    file.seek(start)
    return size
