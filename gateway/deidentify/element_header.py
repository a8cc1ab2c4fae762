"""Reading the header of one data element (PS3.5 section 7.1)."""

from __future__ import annotations

import struct
from typing import Final

from gateway.deidentify.data_set import LONG_VRS, SHORT_VRS, UNDEFINED
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import vr_of

BLANK_VR: Final = b"  "


def implicit_header(
    source: bytes | memoryview, position: int, little_endian: bool
) -> tuple[int, str, int, int]:
    """Return tag, VR, offset of the value and its length; eight bytes must be there."""
    group, number, length = struct.unpack_from("<HHL" if little_endian else ">HHL", source, position)
    tag = group << 16 | number
    # Implicit VR: what several VRs may have, and what the dictionary lacks, has no structure to look into.
    vr = vr_of(tag) or "UN"
    if length == UNDEFINED and vr != "SQ":
        vr = "UN"
    return tag, vr[:2], position + 8, length


def explicit_header(
    source: bytes | memoryview, position: int, little_endian: bool
) -> tuple[int, str, int, int]:
    """Return tag, VR, offset of the value and its length; eight bytes must be there.

    The VR is the dictionary's in lower case where the sender left it blank, and empty for items and
    delimiters, which have none.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when there is no VR or the header is cut off.
    """
    group, number, vr, length = struct.unpack_from("<HH2sH" if little_endian else ">HH2sH", source, position)
    tag = group << 16 | number
    if group == 0xFFFE:
        return (
            tag,
            "",
            position + 8,
            struct.unpack_from("<L" if little_endian else ">L", source, position + 4)[0],
        )
    if vr in SHORT_VRS:
        return tag, vr.decode(), position + 8, length
    if vr == BLANK_VR:
        # Some devices leave the VR blank. Lower case says so to the caller.
        return tag, (vr_of(tag) or "UN")[:2].lower(), position + 8, length
    if vr not in LONG_VRS and not (vr.isalpha() and vr.isupper()):
        raise Refused(Reason.STRUCTURE, "no VR where one is due", tag)
    # A VR that is not known has a 32-bit length (PS3.5 6.2.2).
    if position + 12 > len(source):
        raise Refused(Reason.STRUCTURE, "truncated element header", tag)
    return (
        tag,
        vr.decode(),
        position + 12,
        struct.unpack_from("<L" if little_endian else ">L", source, position + 8)[0],
    )
