"""What was done to one element, for people to read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.descriptor.token import Token
from gateway.deidentify.touched import Path

_NUMBER_FORMAT: Final = MappingProxyType(
    {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q"}
)
_OPAQUE: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "AT"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done to one element.

    Parameters
    ----------
    path, tag, vr
        Where the element is and its VR in the data set.
    action
        The single action that was applied.
    before
        The original value as text. It identifies: show it to whoever may see the original.
    after
        The value in the output, empty for what was removed.
    why
        A `gateway.deidentify.rule.Ground`, or the option that asked for it.
    tokens
        Of text that was cleaned: what was decided about each part of it.
    """

    path: Path
    tag: int
    vr: str
    action: Action
    before: str
    after: str
    why: str = ""
    tokens: tuple[Token, ...] = ()


def shown(value: bytes | memoryview, vr: str, charset: CharacterSet, *, little_endian: bool) -> str:
    """Return an encoded value as text; of binary values their length."""
    if vr in _OPAQUE:
        return f"{len(value)} bytes"
    code = _NUMBER_FORMAT.get(vr)
    if code is not None and len(value) % struct.calcsize(f"<{code}"):
        return f"{len(value)} bytes"
    if code is None:
        return charset.decode(bytes(value)).strip(" \0")
    order = "<" if little_endian else ">"
    return "\\".join(str(number) for (number,) in struct.iter_unpack(order + code, value))
