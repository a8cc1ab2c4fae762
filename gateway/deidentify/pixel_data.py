"""Pixel Data that is checked against its header and stripped of words, never decoded.

PS3.3 C.7.6.3 says how many bytes native pixels have; PS3.5 A.4 how coded frames lie in fragments.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gateway.deidentify.bitstream import jpeg, jpeg2000
from gateway.deidentify.data_set import PIXEL_DATA, UNDEFINED, DataSet, Element, Encoding
from gateway.deidentify.encode import header, item_header, sequence_delimiter
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of
from gateway.standard.transfer_syntax import Codec, TransferSyntax

Piece = bytes | memoryview

PIXEL_TAGS: Final = (PIXEL_DATA, tag_of("FloatPixelData"), tag_of("DoubleFloatPixelData"))
OFFSET_TABLES: Final = frozenset({tag_of("ExtendedOffsetTable"), tag_of("ExtendedOffsetTableLengths")})
_STRIPPED: Final = frozenset({Codec.JPEG, Codec.JPEG_LS, Codec.JPEG_2000, Codec.JPEG_XL})
"""Codecs whose bitstreams have a place for words."""
_ROWS, _COLUMNS = tag_of("Rows"), tag_of("Columns")
_SAMPLES, _ALLOCATED = tag_of("SamplesPerPixel"), tag_of("BitsAllocated")
_FRAMES, _PHOTOMETRIC = tag_of("NumberOfFrames"), tag_of("PhotometricInterpretation")


@dataclass(frozen=True, slots=True)
class PixelDescription:
    """What the Image Pixel Module says of the pixels.

    Parameters
    ----------
    frames
        Number of Frames, 1 where absent.
    frame_bits
        Bits of one native frame, rows x columns x samples x bits allocated.
    """

    frames: int
    frame_bits: int

    @property
    def length(self) -> int:
        """Bytes of native Pixel Data without padding."""
        return (self.frames * self.frame_bits + 7) // 8


def describe(source: memoryview, root: DataSet) -> PixelDescription | None:
    """Read the Image Pixel Module; None where the data set describes no pixels.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when one of its numbers is not one.
    """
    found = {element.tag: element for element in root.elements if element.tag >> 16 == 0x0028}
    if _ROWS not in found or _COLUMNS not in found or _ALLOCATED not in found:
        return None
    rows, columns, allocated = (
        _unsigned(source, found[tag], root.encoding) for tag in (_ROWS, _COLUMNS, _ALLOCATED)
    )
    samples = _unsigned(source, found[_SAMPLES], root.encoding) if _SAMPLES in found else 1
    frames = 1
    if _FRAMES in found:
        text = bytes(source[found[_FRAMES].value : found[_FRAMES].end]).strip(b" \0")
        if text and not text.isdigit():
            raise Refused(Reason.STRUCTURE, "not a number", _FRAMES)
        frames = int(text or b"1") or 1
    bits = rows * columns * samples * allocated
    if _PHOTOMETRIC in found and b"_422" in bytes(
        source[found[_PHOTOMETRIC].value : found[_PHOTOMETRIC].end]
    ):
        bits = bits * 2 // 3
    return PixelDescription(frames, bits)


def _unsigned(source: memoryview, element: Element, encoding: Encoding) -> int:
    if element.end - element.value != 2:
        raise Refused(Reason.STRUCTURE, "not one number of two bytes", element.tag)
    number: int = struct.unpack_from("<H" if encoding.little_endian else ">H", source, element.value)[0]
    return number


def check(source: memoryview, root: DataSet, syntax: TransferSyntax) -> None:
    """Make sure that the pixels the header describes are there.

    Raises
    ------
    Refused
        `Reason.PIXEL_DATA_MISSING` when there are none or too few, `Reason.STRUCTURE` when
        there is at least a whole frame too many or their form does not fit the transfer syntax.
    """
    element = next((found for tag in PIXEL_TAGS if (found := root.find(tag)) is not None), None)
    description = describe(source, root)
    if element is None:
        if description is not None and description.frame_bits:
            raise Refused(Reason.PIXEL_DATA_MISSING, "the header describes pixels", PIXEL_DATA)
        return
    if element.fragments is not None:
        if not syntax.encapsulated or element.tag != PIXEL_DATA:
            raise Refused(Reason.STRUCTURE, "fragments in a native transfer syntax", element.tag)
        frames = description.frames if description else 1
        if len(element.fragments) < 2 or (len(element.fragments) - 1 < frames and not _is_video(syntax)):
            raise Refused(Reason.PIXEL_DATA_MISSING, "fewer fragments than frames", element.tag)
    elif description is not None:
        _check_native(element, description)


def _is_video(syntax: TransferSyntax) -> bool:
    """A video's frames share fragments (PS3.5 A.4.6)."""
    return syntax.codec in (Codec.MPEG, Codec.HEVC)


def _check_native(element: Element, description: PixelDescription) -> None:
    length = element.end - element.value
    if length < description.length:
        raise Refused(Reason.PIXEL_DATA_MISSING, "fewer bytes than the header describes", element.tag)
    if description.frame_bits and (length - description.length) * 8 >= max(description.frame_bits, 16):
        raise Refused(Reason.STRUCTURE, "more pixels than the header describes", element.tag)


def cleaned(
    source: memoryview, root: DataSet, element: Element, syntax: TransferSyntax
) -> list[Piece] | None:
    """Return the element without words about the image, or None where it may stay as it is.

    Native pixels lose what lies behind the last of them; coded frames lose their comments,
    application segments and metadata boxes. The coded image stays.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when the segments of a coded frame cannot be told apart.
    """
    description = describe(source, root)
    if element.fragments is None:
        return _without_tail(source, root.encoding, element, description)
    if syntax.codec not in _STRIPPED:
        return None
    frames = _frames(source, element, description.frames if description else 1)
    pieces = [_image(frame, syntax.codec) for frame in frames]
    if all(_length(piece) == len(frame) for piece, frame in zip(pieces, frames, strict=True)) and not any(
        isinstance(part, bytes) for piece in pieces for part in piece
    ):
        return None
    return _encapsulated(element, pieces, root.encoding)


def _without_tail(
    source: memoryview, encoding: Encoding, element: Element, description: PixelDescription | None
) -> list[Piece] | None:
    if description is None or element.tag != PIXEL_DATA:
        return None
    tail = element.value + description.length
    if tail >= element.end or not any(source[tail : element.end]):
        return None
    length = description.length + description.length % 2
    return [
        header(element.tag, element.vr, length, encoding),
        source[element.value : tail],
        bytes(length - description.length),
    ]


def _frames(source: memoryview, element: Element, count: int) -> list[memoryview]:
    """Return each coded frame as one buffer (PS3.5 A.4: a frame may have several fragments)."""
    assert element.fragments is not None
    (table_start, table_end), *fragments = element.fragments
    if len(fragments) == count:
        return [source[start:end] for start, end in fragments]
    starts = {0}
    if count > 1:
        offsets = struct.unpack_from(f"<{(table_end - table_start) // 4}L", source, table_start)
        base = fragments[0][0] - 8
        starts = {index for index, (start, _) in enumerate(fragments) if start - 8 - base in offsets}
        if not offsets:
            starts = {
                index
                for index, (start, _) in enumerate(fragments)
                if _begins_frame(source[start : start + 8])
            }
    if len(starts) != count or 0 not in starts:
        raise Refused(Reason.BITSTREAM, "fragments cannot be assigned to frames", element.tag)
    bounds = [*sorted(starts), len(fragments)]
    groups = (fragments[begin:end] for begin, end in pairwise(bounds))
    return [memoryview(b"".join(source[start:end] for start, end in group)) for group in groups]


def _begins_frame(head: memoryview) -> bool:
    return bytes(head[:2]) in (jpeg.SOI, jpeg2000.SOC, b"\xff\x0a") or bytes(head) in jpeg2000.BOX_SIGNATURES


def _image(frame: memoryview, codec: Codec) -> list[Piece]:
    if codec in (Codec.JPEG_2000, Codec.JPEG_XL):
        return jpeg2000.image_pieces(frame)
    spans = jpeg.image_spans(frame, jpeg_ls=codec is Codec.JPEG_LS)
    return [frame[start:end] for start, end in spans]


def _length(pieces: list[Piece]) -> int:
    return sum(len(piece) for piece in pieces)


def _encapsulated(element: Element, frames: list[list[Piece]], encoding: Encoding) -> list[Piece]:
    """Return Pixel Data of one fragment a frame, with a Basic Offset Table where there was one."""
    assert element.fragments is not None
    table_start, table_end = element.fragments[0]
    padded = [(pieces, _length(pieces) + _length(pieces) % 2) for pieces in frames]
    offsets, position = [], 0
    for _, length in padded:
        offsets.append(position)
        position += 8 + length
    table = b""
    if table_end > table_start and position <= UNDEFINED:
        table = struct.pack(f"<{len(offsets)}L", *offsets)
    out: list[Piece] = [
        header(element.tag, element.vr, UNDEFINED, encoding),
        item_header(encoding, len(table)),
        table,
    ]
    for pieces, length in padded:
        out += [item_header(encoding, length), *pieces, bytes(length - _length(pieces))]
    out.append(sequence_delimiter(encoding))
    return out
