"""C-STORE responses in what is sent over a connection (PS3.8 9.3.5, PS3.7 9.3.1.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_P_DATA_TF = 4
_COMMAND, _LAST = 1, 2
_C_STORE_RSP = 0x8001
_COMMAND_FIELD, _STATUS, _SOP_INSTANCE = (0x0000, 0x0100), (0x0000, 0x0900), (0x0000, 0x1000)


def answered(data: bytes) -> list[str]:
    """Return the SOP Instance UIDs of the C-STORE responses with status 0000H in `data`.

    A response that is cut in two by the sender is not found; the gateway sends each in one piece.
    """
    found = []
    for command in _commands(data):
        elements = _elements(command)
        is_response = _number(elements, _COMMAND_FIELD) == _C_STORE_RSP
        if is_response and _number(elements, _STATUS) == 0:
            found.append(elements[_SOP_INSTANCE].rstrip(b"\0 ").decode("ascii"))
    return found


def _commands(data: bytes) -> Iterator[bytes]:
    position = 0
    while position + 6 <= len(data) and data[position] == _P_DATA_TF:
        (length,) = struct.unpack_from(">L", data, position + 2)
        yield from _values(data[position + 6 : position + 6 + length])
        position += 6 + length


def _values(items: bytes) -> Iterator[bytes]:
    position = 0
    while position + 6 <= len(items):
        (length,) = struct.unpack_from(">L", items, position)
        if items[position + 5] == _COMMAND | _LAST:
            yield items[position + 6 : position + 4 + length]
        position += 4 + length


def _elements(command: bytes) -> dict[tuple[int, int], bytes]:
    """Elements of a command set, which is always Implicit VR Little Endian (PS3.7 6.3.1)."""
    elements, position = {}, 0
    while position + 8 <= len(command):
        group, element, length = struct.unpack_from("<HHL", command, position)
        elements[group, element] = command[position + 8 : position + 8 + length]
        position += 8 + length
    return elements


def _number(elements: dict[tuple[int, int], bytes], tag: tuple[int, int]) -> int:
    value = elements.get(tag, b"")
    return int.from_bytes(value, "little") if len(value) == 2 else -1
