"""Pixel Data that is checked against its header and stripped of words, never decoded (PS3.3 C.7.6.3)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.data_set import PIXEL_DATA, DataSet, Element, Encoding
from gateway.deidentify.encapsulation import Frames, cleaned_fragments
from gateway.deidentify.encode import header
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of
from gateway.standard.transfer_syntax import Codec, TransferSyntax

Piece = bytes | memoryview

PIXEL_TAGS: Final = (tag_of("FloatPixelData"), tag_of("DoubleFloatPixelData"), PIXEL_DATA)
OFFSET_TABLES: Final = (tag_of("ExtendedOffsetTable"), tag_of("ExtendedOffsetTableLengths"))
OF_PIXELS: Final = frozenset({*PIXEL_TAGS, *OFFSET_TABLES})
MAX_TAIL: Final = 1024
"""Bytes behind the last pixel that may hold something and are cut; more of them is another image."""
_ROWS, _COLUMNS = tag_of("Rows"), tag_of("Columns")
_SAMPLES, _ALLOCATED = tag_of("SamplesPerPixel"), tag_of("BitsAllocated")
_FRAMES, _PHOTOMETRIC = tag_of("NumberOfFrames"), tag_of("PhotometricInterpretation")
_DESCRIPTION: Final = (_ROWS, _COLUMNS, _SAMPLES, _ALLOCATED, _FRAMES, _PHOTOMETRIC)
_COUNT: Final = re.compile(rb"\+?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class PixelDescription:
    """What the Image Pixel Module says of the pixels.

    Parameters
    ----------
    frames
        Number of Frames, 1 where absent.
    frame_bits
        Bits of one native frame, rows x columns x samples x bits allocated.
    subsampled
        Two chrominance samples for two pixels (PS3.3 C.7.6.3.1.2, YBR_FULL_422).
    """

    frames: int
    frame_bits: int
    subsampled: bool

    def length(self, there: int) -> int:
        """Return the bytes of native Pixel Data without padding.

        Parameters
        ----------
        there
            Bytes that there are: native YBR_FULL_422 is subsampled by the Standard, and often not.
        """
        full = (self.frames * self.frame_bits + 7) // 8
        return full * 2 // 3 if self.subsampled and there < full else full


def pixel_element(root: DataSet) -> Element | None:
    """Return the one element that holds pixels.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when there are several.
    """
    found = [element for element in map(root.find, PIXEL_TAGS) if element is not None]
    if len(found) > 1:
        raise Refused(Reason.STRUCTURE, "pixels twice", found[1].tag)
    return found[0] if found else None


def describe(source: memoryview, root: DataSet) -> PixelDescription | None:
    """Read the Image Pixel Module; None where the data set describes no pixels.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when one of its numbers is not one.
    """
    found = {tag: element for tag in _DESCRIPTION if (element := root.find(tag)) is not None}
    if _ROWS not in found or _COLUMNS not in found or _ALLOCATED not in found:
        return None
    encoding = root.encoding
    rows, columns, allocated = (
        _unsigned(source, found[tag], encoding) for tag in (_ROWS, _COLUMNS, _ALLOCATED)
    )
    samples = _unsigned(source, found[_SAMPLES], encoding) if _SAMPLES in found else 1
    frames = 1
    if _FRAMES in found:
        text = bytes(source[found[_FRAMES].value : found[_FRAMES].end]).strip(b" \0")
        if text and not _COUNT.fullmatch(text):
            raise Refused(Reason.STRUCTURE, "not a number of frames", _FRAMES)
        frames = int(text or b"1") or 1
    photometric = found.get(_PHOTOMETRIC)
    subsampled = photometric is not None and b"_422" in bytes(source[photometric.value : photometric.end])
    return PixelDescription(frames, rows * columns * samples * allocated, subsampled)


def _unsigned(source: memoryview, element: Element, encoding: Encoding) -> int:
    if element.end - element.value != 2:
        raise Refused(Reason.STRUCTURE, "not one number of two bytes", element.tag)
    number: int = struct.unpack_from("<H" if encoding.little_endian else ">H", source, element.value)[0]
    return number


def check(source: memoryview, root: DataSet, syntax: TransferSyntax) -> None:
    """Make sure that the pixels the header describes are there, and no others.

    Raises
    ------
    Refused
        `Reason.PIXEL_DATA_MISSING` when there are none or too few; `Reason.STRUCTURE` when there
        are too many, or some that the header does not describe, or in the wrong form.
    """
    element, description = pixel_element(root), describe(source, root)
    if element is None:
        if description is not None and description.frame_bits:
            raise Refused(Reason.PIXEL_DATA_MISSING, "the header describes pixels", PIXEL_DATA)
        return
    if description is None:
        raise Refused(Reason.STRUCTURE, "pixels that the header does not describe", element.tag)
    if element.fragments is None:
        if syntax.encapsulated and element.tag == PIXEL_DATA:
            raise Refused(Reason.STRUCTURE, "native pixels in an encapsulated transfer syntax", element.tag)
        _check_native(source, element, description)
        return
    if not syntax.encapsulated or element.tag != PIXEL_DATA:
        raise Refused(Reason.STRUCTURE, "fragments in a native transfer syntax", element.tag)
    least = 1 if syntax.codec in (Codec.MPEG, Codec.HEVC) else description.frames
    if len(element.fragments) - 1 < least:
        raise Refused(Reason.PIXEL_DATA_MISSING, "fewer fragments than frames", element.tag)


def _check_native(source: memoryview, element: Element, description: PixelDescription) -> None:
    there = element.end - element.value
    described = description.length(there)
    if there < described:
        raise Refused(Reason.PIXEL_DATA_MISSING, "fewer bytes than the header describes", element.tag)
    tail = there - described
    if tail > MAX_TAIL and any(source[element.end - tail : element.end]):
        raise Refused(Reason.STRUCTURE, "more pixels than the header describes", element.tag)


def cleaned(source: memoryview, root: DataSet, syntax: TransferSyntax) -> dict[int, list[Piece] | None]:
    """Return what becomes of the elements of the top level that hold or index pixels, by tag.

    Native pixels lose what lies behind the last of them; coded frames lose their comments,
    application segments and metadata boxes. The coded image stays. None stands for an element
    that may stay as it is; one that is not there may not.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when the segments of a coded frame cannot be told apart.
    """
    element, description = pixel_element(root), describe(source, root)
    if element is None or description is None:
        return {}
    if element.fragments is None:
        return {element.tag: _without_tail(source, root.encoding, element, description)}
    frame_bytes = (description.frame_bits + 7) // 8
    frames = Frames(source, element, description.frames, frame_bytes, syntax.codec)
    pieces = cleaned_fragments(frames, root.encoding)
    if pieces is not None:
        return {element.tag: pieces}
    tables = tuple(root.find(tag) for tag in OFFSET_TABLES)
    return {element.tag: None, **(dict.fromkeys(OFFSET_TABLES) if _index(source, frames, tables) else {})}


def _index(source: memoryview, frames: Frames, tables: tuple[Element | None, ...]) -> bool:
    """Tell whether the Extended Offset Tables index one fragment a frame (PS3.3 C.7.6.3.1.8)."""
    found = [bytes(source[table.value : table.end]) for table in tables if table is not None]
    if len(found) != len(tables) or len(frames.fragments) != frames.count:
        return False
    first = frames.fragments[0][0]
    offsets = struct.pack(f"<{frames.count}Q", *(start - first for start, _ in frames.fragments))
    exact = [end - start for start, end in frames.fragments]
    if len(found[1]) != len(offsets):
        return False
    lengths = struct.unpack(f"<{frames.count}Q", found[1])
    return found[0] == offsets and all(
        0 <= there - told <= 1 for told, there in zip(lengths, exact, strict=True)
    )


def _without_tail(
    source: memoryview, encoding: Encoding, element: Element, description: PixelDescription
) -> list[Piece] | None:
    length = description.length(element.end - element.value)
    tail = element.value + length
    if element.end - tail <= 1 or not any(source[tail : element.end]):
        # One byte is the padding to an even length, whatever its value.
        return None
    padded = length + length % 2
    return [
        header(element.tag, element.vr, padded, encoding),
        source[element.value : tail],
        bytes(padded - length),
    ]
