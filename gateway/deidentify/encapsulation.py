"""Coded frames in fragments (PS3.5 A.4): found, stripped of words, and laid down again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gateway.deidentify.bitstream import jpeg, jpeg2000, rle
from gateway.deidentify.data_set import PIXEL_DATA, UNDEFINED, Element, Encoding
from gateway.deidentify.encode import header, item_header, sequence_delimiter
from gateway.errors import Reason, Refused
from gateway.standard.transfer_syntax import Codec

Piece = bytes | memoryview

UNSTRIPPED: Final = frozenset({Codec.MPEG, Codec.HEVC, Codec.JPEG_XL})
"""Codecs whose bitstreams are not taken apart: the residual check searches them whole."""
_VIDEO: Final = frozenset({Codec.MPEG, Codec.HEVC})


@dataclass(frozen=True, slots=True)
class Frames:
    """Encapsulated Pixel Data and what the header says of it.

    Parameters
    ----------
    source
        The encoded data set.
    element
        Pixel Data, with fragments.
    count
        Number of Frames.
    frame_bytes
        Bytes of one decoded frame.
    codec
        Of the transfer syntax.
    """

    source: memoryview
    element: Element
    count: int
    frame_bytes: int
    codec: Codec

    @property
    def fragments(self) -> list[tuple[int, int]]:
        """Spans of the fragments without the Basic Offset Table."""
        assert self.element.fragments is not None
        return self.element.fragments[1:]

    @property
    def table(self) -> bytes:
        """Value of the Basic Offset Table."""
        assert self.element.fragments is not None
        start, end = self.element.fragments[0]
        return bytes(self.source[start:end])

    def offsets(self) -> list[int]:
        """Return the offsets of the Basic Offset Table, an empty list where they cannot be right."""
        table = self.table
        if len(table) != 4 * self.count:
            return []
        offsets = list(struct.unpack(f"<{self.count}L", table))
        base = self.fragments[0][0]
        starts = {start - base for start, _ in self.fragments}
        fits = offsets[0] == 0 and starts.issuperset(offsets) and all(a < b for a, b in pairwise(offsets))
        return offsets if fits else []


def cleaned_fragments(frames: Frames, encoding: Encoding) -> list[Piece] | None:
    """Return Pixel Data without words about the image, or None where it may stay as it is.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when fragments cannot be assigned to frames, or the segments of a
        frame cannot be told apart.
    """
    # An odd fragment breaks PS3.5 A.4; archives lose their place in it.
    fits = (not frames.table or bool(frames.offsets())) and not any(
        (end - start) % 2 for start, end in frames.fragments
    )
    if frames.codec in _VIDEO:
        return (
            None
            if fits
            else _laid_down(frames, [[frames.source[a:b]] for a, b in frames.fragments], encoding)
        )
    coded = _coded_frames(frames)
    images = [_image(frame, frames.codec, frames.frame_bytes) for frame in coded]
    unchanged = all(
        sum(map(len, pieces)) == len(frame) and all(isinstance(piece, memoryview) for piece in pieces)
        for pieces, frame in zip(images, coded, strict=True)
    )
    return None if unchanged and fits else _laid_down(frames, images, encoding)


def image_frames(frames: Frames) -> list[memoryview]:
    """Return each coded frame as one buffer, without words about the image: what `cleaned_fragments` leaves.

    Raises
    ------
    Refused
        As `cleaned_fragments` does.
    """
    found = []
    for frame in _coded_frames(frames):
        pieces = _image(frame, frames.codec, frames.frame_bytes)
        found.append(memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces)))
    return found


def coded_anew(
    coded: Sequence[memoryview], codec: Codec, frame_bytes: int, encoding: Encoding
) -> list[Piece]:
    """Return Pixel Data of other frames, one fragment each; an encoder's words about them go, too.

    Parameters
    ----------
    coded
        The frames in order.
    codec, frame_bytes
        What they are coded with, and bytes of one that is decoded.
    encoding
        Of the data set.

    Raises
    ------
    Refused
        `Reason.BITSTREAM` when the segments of a frame cannot be told apart.
    """
    images = [_image(frame, codec, frame_bytes) for frame in coded]
    return _fragments(PIXEL_DATA, "OB", images, encoding, with_table=True)


def _coded_frames(frames: Frames) -> list[memoryview]:
    """Return each coded frame as one buffer; a frame may have several fragments."""
    fragments, source = frames.fragments, frames.source
    if len(fragments) == frames.count:
        return [source[start:end] for start, end in fragments]
    starts = [0]
    if frames.count > 1:
        offsets, base = set(frames.offsets()), fragments[0][0]
        starts = [index for index, (start, _) in enumerate(fragments) if start - base in offsets]
        if not offsets:
            starts = [
                index for index, (start, _) in enumerate(fragments) if _begins(source[start : start + 8])
            ]
    if len(starts) != frames.count or starts[0] != 0:
        raise Refused(Reason.BITSTREAM, "fragments cannot be assigned to frames", frames.element.tag)
    groups = (fragments[begin:end] for begin, end in pairwise([*starts, len(fragments)]))
    return [memoryview(b"".join(source[start:end] for start, end in group)) for group in groups]


def _begins(head: memoryview) -> bool:
    return bytes(head[:2]) in (jpeg.SOI, jpeg2000.SOC, b"\xff\x0a") or bytes(head) in jpeg2000.BOX_SIGNATURES


def _image(frame: memoryview, codec: Codec, frame_bytes: int) -> list[Piece]:
    """Return what of a frame codes the image."""
    match codec:
        case Codec.JPEG | Codec.JPEG_LS:
            spans = jpeg.image_spans(frame, jpeg_ls=codec is Codec.JPEG_LS)
            return [frame[start:end] for start, end in spans]
        case Codec.JPEG_2000 | Codec.JPEG_XL:
            return jpeg2000.image_pieces(frame)
        case Codec.RLE:
            return rle.image_pieces(frame, frame_bytes)
        case Codec.ENCAPSULATED_UNCOMPRESSED:
            return _up_to(frame, frame_bytes)
        case Codec.DEFLATED_FRAME:
            return _up_to(frame, _deflated_length(frame, frame_bytes))
        case _:
            return [frame]


def _up_to(frame: memoryview, length: int) -> list[Piece]:
    return [frame] if not any(frame[length:]) else [frame[:length]]


def _deflated_length(frame: memoryview, frame_bytes: int) -> int:
    """Return where the deflate stream of a frame ends (PS3.5 A.4.13)."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflater.decompress(frame, frame_bytes + 1)
    except zlib.error as error:
        raise Refused(Reason.BITSTREAM, "not a deflate stream") from error
    if not inflater.eof:
        raise Refused(Reason.BITSTREAM, "a deflated frame of another size")
    return len(frame) - len(inflater.unused_data)


def _laid_down(frames: Frames, images: list[list[Piece]], encoding: Encoding) -> list[Piece]:
    """Return Pixel Data of one fragment a frame, with a Basic Offset Table where there was a right one."""
    element = frames.element
    had_table = bool(frames.table and frames.offsets())
    return _fragments(element.tag, element.vr, images, encoding, with_table=had_table)


def _fragments(
    tag: int, vr: str, images: list[list[Piece]], encoding: Encoding, *, with_table: bool
) -> list[Piece]:
    lengths = [sum(map(len, pieces)) for pieces in images]
    offsets, position = [], 0
    for length in lengths:
        offsets.append(position)
        position += 8 + length + length % 2
    table = struct.pack(f"<{len(offsets)}L", *offsets) if with_table and position <= UNDEFINED else b""
    out: list[Piece] = [
        header(tag, vr, UNDEFINED, encoding),
        item_header(encoding, len(table)),
        table,
    ]
    for pieces, length in zip(images, lengths, strict=True):
        out += [item_header(encoding, length + length % 2), *pieces, bytes(length % 2)]
    out.append(sequence_delimiter(encoding))
    return out
