"""Preamble and File Meta Information, written anew (PS3.10 7.1, PS3.15 E.1.1)."""

from __future__ import annotations

import struct
from typing import Final

from gateway import __version__
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.encode import element

IMPLEMENTATION_CLASS_UID: Final = "2.25.144226158416812203166423562414562213870"
"""The gateway's own; names the program, not the site."""
_EXPLICIT: Final = Encoding(implicit=False, little_endian=True)


def file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """Return an empty preamble, ``DICM`` and the File Meta Information of an output file.

    It names the class, the replacement UID, the syntax and the program, and neither an AE
    title nor private information.
    """
    content = b"".join(
        (
            element(0x00020001, "OB", b"\0\x01", _EXPLICIT),
            element(0x00020002, "UI", sop_class_uid.encode("ascii"), _EXPLICIT),
            element(0x00020003, "UI", sop_instance_uid.encode("ascii"), _EXPLICIT),
            element(0x00020010, "UI", transfer_syntax_uid.encode("ascii"), _EXPLICIT),
            element(0x00020012, "UI", IMPLEMENTATION_CLASS_UID.encode("ascii"), _EXPLICIT),
            element(0x00020013, "SH", f"DEIDGATEWAY_{__version__}"[:16].encode("ascii"), _EXPLICIT),
        )
    )
    return (
        bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<L", len(content)), _EXPLICIT) + content
    )
