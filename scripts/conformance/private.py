"""What becomes of the attributes of PS3.15 Table E.3.10-1."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.deidentify.encode import element, sequence
from gateway.standard.method import Option
from gateway.standard.safe_private import SafePrivate
from scripts.conformance.probe import ENCODING, Probe, image_with

_VALUES: Final[Mapping[str, bytes]] = MappingProxyType(
    {
        "": b"\0" * 8, "AT": b"\0" * 4, "CS": b"PLANTED_CS", "DS": b"1.5", "FD": b"\0" * 8, "FL": b"\0" * 4,
        "IS": b"12", "LO": b"CT ABDOMEN", "LT": b"CT ABDOMEN", "OB": b"bytes!", "OW": b"bytes!",
        "SH": b"CT ABDOMEN", "SL": b"\0" * 4, "SS": b"\0" * 2, "ST": b"CT ABDOMEN",
        "UI": b"1.2.826.0.1.99.7.7", "UL": b"\0" * 4, "US": struct.pack("<H", 3),
    }
)  # fmt: skip
_BLOCK: Final = 0x10


def action_on(row: SafePrivate, *options: Option) -> str:
    """Return the action on an attribute under Retain Safe Private and further options."""
    creator = row.group << 16 | _BLOCK
    tag = row.group << 16 | _BLOCK << 8 | row.offset
    vr = (row.vr or "FD")[:2]
    value = sequence(tag, [], ENCODING) if vr == "SQ" else element(tag, vr, _VALUES[vr], ENCODING)
    reserved = element(creator, "LO", row.creator.encode("ascii"), ENCODING)
    probe = Probe.of((Option.RETAIN_SAFE_PRIVATE, *options))
    return probe.decision(image_with({creator: reserved, tag: value}), tag).action.value
