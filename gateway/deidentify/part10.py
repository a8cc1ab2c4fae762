"""Instances in files (PS3.10 section 7)."""

from __future__ import annotations

import struct
from typing import Final

from gateway.deidentify.data_set import LONG_VRS
from gateway.deidentify.instance import Instance
from gateway.errors import Reason, Refused

PREFIX: Final = b"DICM"
_DATA_SET: Final = 132
"""Offset of the File Meta Information, behind preamble and prefix."""
_CLASS, _INSTANCE, _SYNTAX = 0x0002, 0x0003, 0x0010


def is_part10(file: bytes | memoryview) -> bool:
    """Tell whether `file` begins like a DICOM file."""
    return bytes(file[128:132]) == PREFIX


def instance_of(file: bytes | memoryview) -> Instance:
    """Return the instance of a DICOM file; its data set is a view of `file`.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when preamble or File Meta Information are not there or do not name
        class, instance and transfer syntax.
    """
    if not is_part10(file):
        raise Refused(Reason.STRUCTURE, "no DICOM file")
    found, position = {}, _DATA_SET
    while position + 8 <= len(file):
        group, number, vr, length = struct.unpack_from("<HH2sH", file, position)
        if group != 0x0002:
            break
        position += 8
        if vr in LONG_VRS:
            if position + 4 > len(file):
                break
            (length,) = struct.unpack_from("<L", file, position)
            position += 4
        found[number] = bytes(file[position : position + length]).decode("ascii", "replace").strip(" \0")
        position += length
    if not found.keys() >= {_CLASS, _INSTANCE, _SYNTAX} or position > len(file):
        raise Refused(Reason.STRUCTURE, "incomplete File Meta Information")
    return Instance(found[_CLASS], found[_INSTANCE], found[_SYNTAX], memoryview(file)[position:])
