"""What is done with each transfer syntax; docs/reference/pixel-codecs.md shows the same table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, Codec

_JPEG: Final = "1.2.840.10008.1.2.4."
EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
JPEG_BASELINE: Final = f"{_JPEG}50"
JPEG_LS_LOSSLESS: Final = f"{_JPEG}80"
JPEG_2000_LOSSLESS: Final = f"{_JPEG}90"


class Way(StrEnum):
    """How a frame is blacked."""

    IN_PLACE = "in_place"
    """The bytes of the pixels are overwritten in one copy of the value."""
    FRAME = "frame"
    """Touched frames are unpacked, overwritten and packed again as they were."""
    COEFFICIENTS = "coefficients"
    """The quantized coefficients of whole MCUs are overwritten (ISO/IEC 10918-1 A.2)."""
    LOSSLESS = "lossless"
    """Touched frames are decoded, overwritten and coded without loss."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """What is done with some transfer syntaxes.

    Parameters
    ----------
    name
        How people call them.
    uids
        Their UIDs.
    way
        How a frame is blacked.
    target
        Transfer syntax that comes out where something went, None for the same. Where it is another,
        every frame is coded anew.
    fallback
        What comes out, every frame coded anew, where coefficients cannot be rewritten. Where no
        encoder takes the samples, it is Explicit VR Little Endian.
    reach
        Pixels beside a box that may show traces of what was in it, because the source has loss.
    read, written, reason
        The same in words, for the reference.
    """

    name: str
    uids: tuple[str, ...]
    way: Way
    read: str
    written: str
    reason: str
    target: str | None = None
    fallback: str | None = None
    reach: int = 0


def _uids(*suffixes: int) -> tuple[str, ...]:
    return tuple(f"{_JPEG}{suffix}" for suffix in suffixes)


def _coded(*codecs: Codec) -> tuple[str, ...]:
    return tuple(uid for uid, syntax in TRANSFER_SYNTAXES.items() if syntax.codec in codecs)


ROWS: Final = (
    Row(
        "Native: Implicit and Explicit VR Little Endian, Deflated, Explicit VR Big Endian",
        _coded(Codec.NATIVE),
        Way.IN_PLACE,
        "byte by byte: 1, 8, 16 and 32 bits allocated, both byte orders, both planar configurations, "
        "YBR_FULL_422 by fours",
        "the same syntax; only the pixels of the boxes change, and unused bits that held something",
        "nothing else need change, and one copy of the value is enough",
    ),
    Row(
        "Encapsulated Uncompressed",
        _coded(Codec.ENCAPSULATED_UNCOMPRESSED),
        Way.FRAME,
        "as native, frame by frame",
        "the same syntax; other frames keep their bytes",
        "as native",
    ),
    Row(
        "Deflated Image Frame",
        _coded(Codec.DEFLATED_FRAME),
        Way.FRAME,
        "inflated up to the size that the header describes, then as native",
        "the same syntax, deflated anew; other frames keep their bytes",
        "without loss either way",
    ),
    Row(
        "RLE Lossless",
        _coded(Codec.RLE),
        Way.FRAME,
        "rle (pylibjpeg-rle)",
        "the same syntax, coded anew; other frames keep their bytes",
        "without loss either way",
    ),
    Row(
        "JPEG Baseline and Extended",
        _uids(50, 51),
        Way.COEFFICIENTS,
        "libjpeg-turbo (OpenCV) for 8 bits, GDCM for 12; colours as coded, chrominance at full resolution",
        "the same syntax: coefficients of whole MCUs are overwritten, the others stay as they were; "
        "other frames keep their bytes. JPEG-LS lossless for 12 bits and where coefficients cannot be "
        "rewritten",
        "a second generation of loss changes every pixel; what is left of a letter in the block beside "
        "it goes with the block",
        fallback=JPEG_LS_LOSSLESS,
    ),
    Row(
        "JPEG, retired DCT processes (progressive, spectral selection, arithmetic)",
        _uids(52, 53, 54, 55, 56, 59, 60, 61, 62, 63, 64),
        Way.COEFFICIENTS,
        "libjpeg-turbo (OpenCV); hierarchical frames are refused",
        "JPEG Baseline with the same coefficients in every frame, those of the boxes overwritten; "
        "JPEG-LS lossless where that is impossible",
        "coefficients are written sequentially, which is another syntax, without loss",
        target=JPEG_BASELINE,
        fallback=JPEG_LS_LOSSLESS,
    ),
    Row(
        "JPEG Lossless",
        _uids(57, 58, 65, 66, 70),
        Way.LOSSLESS,
        "GDCM; arithmetic and hierarchical frames are refused",
        "JPEG-LS lossless, every frame",
        "no library here codes it; JPEG-LS is as exact, smaller, and fast",
        target=JPEG_LS_LOSSLESS,
    ),
    Row(
        "JPEG-LS Lossless",
        _uids(80),
        Way.LOSSLESS,
        "CharLS (pyjpegls)",
        "the same syntax; other frames keep their bytes",
        "without loss either way",
    ),
    Row(
        "JPEG-LS Near-Lossless",
        _uids(81),
        Way.LOSSLESS,
        "CharLS (pyjpegls)",
        "the same syntax, touched frames with an error of zero, which it allows (PS3.5 A.4.3), "
        "boxes wider by 2 pixels; other frames keep their bytes",
        "no second generation of loss; neighbours were predicted from what was in the box",
        reach=2,
    ),
    Row(
        "JPEG 2000 Lossless",
        _uids(90),
        Way.LOSSLESS,
        "OpenJPEG (pylibjpeg-openjpeg); YBR_RCT and YBR_ICT come out as RGB",
        "the same syntax; other frames keep their bytes",
        "who takes JPEG 2000 need not take JPEG-LS",
    ),
    Row(
        "JPEG 2000",
        _uids(91),
        Way.LOSSLESS,
        "OpenJPEG (pylibjpeg-openjpeg); YBR_RCT and YBR_ICT come out as RGB",
        "the same syntax, touched frames reversibly, which it allows (PS3.5 A.4.4), boxes wider by "
        "8 pixels; other frames keep their bytes",
        "no second generation of loss; wavelets ring beside an edge",
        reach=8,
    ),
    Row(
        "JPEG 2000 Part 2 Multi-component",
        _uids(92, 93),
        Way.LOSSLESS,
        "OpenJPEG, where a codestream holds one frame; components across frames are refused",
        "JPEG 2000 Lossless, every frame, boxes wider by 8 pixels",
        "no library here codes Part 2",
        target=JPEG_2000_LOSSLESS,
        reach=8,
    ),
    Row(
        "High-Throughput JPEG 2000 Lossless",
        _uids(201, 202),
        Way.LOSSLESS,
        "OpenJPEG (pylibjpeg-openjpeg)",
        "JPEG 2000 Lossless, every frame",
        "no library here codes high throughput; the same family is the least surprise",
        target=JPEG_2000_LOSSLESS,
    ),
    Row(
        "High-Throughput JPEG 2000",
        _uids(203),
        Way.LOSSLESS,
        "OpenJPEG (pylibjpeg-openjpeg)",
        "JPEG 2000 Lossless, every frame, boxes wider by 8 pixels",
        "as above; wavelets ring beside an edge",
        target=JPEG_2000_LOSSLESS,
        reach=8,
    ),
    Row(
        "JPEG XL, MPEG-2, MPEG-4 AVC/H.264, HEVC/H.265",
        _coded(Codec.JPEG_XL, Codec.MPEG, Codec.HEVC),
        Way.REFUSED,
        "not at all",
        "nothing: refused",
        "nothing here decodes JPEG XL; a video cannot be changed without coding all of it with loss again",
    ),
)
"""Every transfer syntax of `gateway.standard.transfer_syntax`, once."""

BY_UID: Final = MappingProxyType({uid: row for row in ROWS for uid in row.uids})
"""The row of each transfer syntax."""
