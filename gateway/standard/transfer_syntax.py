"""Transfer syntaxes in which a stored instance may arrive (PS3.5 Annex A, PS3.6 Table A-1).

Left out on purpose: JPIP (1.2.840.10008.1.2.4.94, .95, .204, .205), whose pixels stay at a URL;
SMPTE ST 2110 (1.2.840.10008.1.2.7.x), which is a live stream; the MIME and XML encodings
(1.2.840.10008.1.2.6.x) and Papyrus 3 (1.2.840.10008.1.20), which are no encodings of a C-STORE data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Codec(StrEnum):
    """How the pixel data of a transfer syntax is coded."""

    NATIVE = "native"
    """Uncoded, in native format (PS3.5 8.2)."""
    ENCAPSULATED_UNCOMPRESSED = "encapsulated_uncompressed"
    """Uncoded frames in fragments (PS3.5 A.4)."""
    RLE = "rle"
    JPEG = "jpeg"
    """ISO/IEC 10918-1, every process, retired ones too."""
    JPEG_LS = "jpeg_ls"
    JPEG_2000 = "jpeg_2000"
    """ISO/IEC 15444-1, -2 (multi-component) and -15 (high throughput): one family of codestreams."""
    JPEG_XL = "jpeg_xl"
    MPEG = "mpeg"
    """MPEG-2 and MPEG-4 AVC/H.264."""
    HEVC = "hevc"
    DEFLATED_FRAME = "deflated_frame"
    """Each frame deflated by itself (PS3.5 A.4.13)."""


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """One transfer syntax.

    Parameters
    ----------
    uid
        Transfer Syntax UID (0002,0010).
    implicit
        Elements have no VR field.
    little_endian
        Byte order of every number of the data set.
    deflated
        The whole data set is one raw deflate stream (PS3.5 A.5).
    encapsulated
        Pixel Data is a sequence of fragments (PS3.5 A.4).
    codec
        What the frames are coded with.
    """

    uid: str
    implicit: bool = False
    little_endian: bool = True
    deflated: bool = False
    encapsulated: bool = False
    codec: Codec = Codec.NATIVE


IMPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"

_UNCODED: Final = (
    TransferSyntax(IMPLICIT_VR_LITTLE_ENDIAN, implicit=True),
    TransferSyntax(EXPLICIT_VR_LITTLE_ENDIAN),
    TransferSyntax(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, deflated=True),
    TransferSyntax(EXPLICIT_VR_BIG_ENDIAN, little_endian=False),
)

_MPEG: Final = tuple(range(100, 107))
"""Last components of the MPEG UIDs; each also has a fragmentable form with ".1" appended."""

_ENCAPSULATED: Final = (
    (Codec.ENCAPSULATED_UNCOMPRESSED, ("1.98",)),
    (Codec.DEFLATED_FRAME, ("8.1",)),
    (Codec.RLE, ("5",)),
    (Codec.JPEG, (*(f"4.{process}" for process in range(50, 67)), "4.70")),
    (Codec.JPEG_LS, ("4.80", "4.81")),
    (Codec.JPEG_2000, ("4.90", "4.91", "4.92", "4.93", "4.201", "4.202", "4.203")),
    (Codec.JPEG_XL, ("4.110", "4.111", "4.112")),
    (Codec.MPEG, (*(f"4.{last}" for last in _MPEG), *(f"4.{last}.1" for last in _MPEG))),
    (Codec.HEVC, ("4.107", "4.108")),
)
"""UIDs of each codec, below 1.2.840.10008.1.2; all are explicit little endian (PS3.5 A.4)."""

TRANSFER_SYNTAXES: Final = MappingProxyType(
    {
        **{syntax.uid: syntax for syntax in _UNCODED},
        **{
            uid: TransferSyntax(uid, encapsulated=True, codec=codec)
            for codec, suffixes in _ENCAPSULATED
            for uid in (f"{IMPLICIT_VR_LITTLE_ENDIAN}.{suffix}" for suffix in suffixes)
        },
    }
)
"""Every transfer syntax a stored instance may have, by UID."""
