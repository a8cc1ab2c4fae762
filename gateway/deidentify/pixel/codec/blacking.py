"""Boxes blacked in coded frames, as `table` says for each transfer syntax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import coefficient, decoder, encoder, in_place, jpeg_frame
from gateway.deidentify.pixel.codec.black import Black, fill
from gateway.deidentify.pixel.codec.failure import undecodable
from gateway.deidentify.pixel.codec.layout import Layout
from gateway.deidentify.pixel.codec.sample import Cells, Unused, cell
from gateway.deidentify.pixel.codec.source import FrameSource
from gateway.deidentify.pixel.codec.table import EXPLICIT_LITTLE_ENDIAN, Way
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded
from gateway.deidentify.pixel.picture import Source
from gateway.errors import Refused
from gateway.standard.transfer_syntax import Codec

Boxes = Mapping[int, Sequence[Box]]
"""Areas by the number of their frame, from 0."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the frames.

    Parameters
    ----------
    frames
        Coded frames in order, or the one value of native pixels; empty where nothing changed.
    image, transfer_syntax_uid
        Of what is written.
    is_lossless
        What was coded with loss before was not coded with loss once more.
    is_changed
        Whether anything changed.
    areas
        What was blacked in each frame: the boxes, grown to what the codec can tell apart.
    """

    frames: tuple[Coded, ...]
    image: Image
    transfer_syntax_uid: str
    is_lossless: bool
    is_changed: bool
    areas: Boxes


def blacked(source: Source, boxes: Boxes, *, may_overwrite: bool = False) -> Written:
    """Overwrite boxes with black, and whatever is hidden in unused bits or bytes with nothing.

    Parameters
    ----------
    source
        As `open_source` returned it.
    boxes
        Areas by frame; what is outside the image is ignored.
    may_overwrite
        Native pixels in memory that can be written to are changed there and not copied: they belong to
        the caller, who has no more use for what they were, whatever becomes of this call.

    Returns
    -------
        Frames without boxes keep their bytes wherever the transfer syntax stays. Outside the areas
        every stored value is what it was.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where a frame cannot be decoded or coded again.
    TypeError
        It is another source.
    """
    if not isinstance(source, FrameSource):
        raise TypeError("a source that open_source did not return")
    wanted = _clipped(boxes, source.declared)
    if source.row.way is Way.IN_PLACE:
        return _in_place(source, wanted, may_overwrite=may_overwrite)
    numbers = range(source.declared.frames)
    hidden = {number for number in numbers if source.says_something(number)}
    rest = {number for number in numbers if source.has_rest(number)}
    touched = sorted(hidden | rest | set(wanted))
    if not touched:
        return _unchanged(source)
    if source.row.way is Way.FRAME:
        return _by_frame(source, wanted, touched)
    if source.row.way is Way.COEFFICIENTS and not hidden:
        written = _by_coefficients(source, wanted, touched)
        if written is not None:
            return written
    return _losslessly(source, wanted, touched)


def _clipped(boxes: Boxes, image: Image) -> dict[int, tuple[Box, ...]]:
    out = {}
    for number, each in boxes.items():
        if not 0 <= number < image.frames:
            raise undecodable("a box in a frame that is not there")
        inside = [box.clipped(image.rows, image.columns) for box in each]
        if found := tuple(sorted({box for box in inside if box.area})):
            out[number] = found
    return out


def _unchanged(source: FrameSource) -> Written:
    return Written((), source.declared, source.uid, is_lossless=True, is_changed=False, areas={})


def _cleared(image: Image) -> Image:
    return msgspec.structs.replace(image, overlay_bits=())


def _in_place(source: FrameSource, boxes: Boxes, *, may_overwrite: bool) -> Written:
    assert source.layout is not None
    boxes = {number: source.layout.pairs(each) for number, each in boxes.items()}
    out = in_place.overwritten(source, boxes, may_overwrite=may_overwrite)
    if out is None:
        return _unchanged(source)
    image = _cleared(source.declared)
    return Written((out,), image, source.uid, is_lossless=True, is_changed=True, areas=boxes)


def _by_frame(source: FrameSource, boxes: Boxes, touched: Sequence[int]) -> Written:
    if not encoder.can_code(source.uid, source.declared):
        return _losslessly(source, boxes, touched)
    if source.layout is not None:
        boxes = {number: source.layout.pairs(each) for number, each in boxes.items()}
    frames = list(source.frames)
    for number in touched:
        frames[number] = _packed_frame(source, boxes.get(number, ()), number)
    return _result(source, frames, boxes)


def _packed_frame(source: FrameSource, boxes: Sequence[Box], number: int) -> Coded:
    black = fill(source.image, source.frame(number))
    unused = Unused(source.declared)
    if source.codec is Codec.RLE:
        cells = source.cells(number).copy()
        if source.says_something(number):
            unused.clear(cells)
        _paint_cells(cells, boxes, black, source.declared)
        return encoder.run_length(cells, source.declared)
    layout = source.layout
    assert layout is not None
    is_deflated = source.codec is Codec.DEFLATED_FRAME
    given = source.frames[number]
    out = bytearray(decoder.inflated(given, layout.length) if is_deflated else given)
    if source.says_something(number):
        unused.clear(layout.flat(out, 0))
    layout.paint(out, 0, boxes, black)
    in_place.end(out, layout.length)
    return encoder.deflated(out) if is_deflated else bytes(out)


def _paint_cells(cells: Cells, boxes: Sequence[Box], black: Black, image: Image) -> None:
    bits = [cell(value, image) for value in black]
    for box in boxes:
        cells[box.slices] = bits[0] if cells.ndim == 2 else bits


def _result(source: FrameSource, frames: Sequence[Coded], areas: Boxes, **changes: str) -> Written:
    image = msgspec.structs.replace(_cleared(source.declared), **changes)
    return Written(tuple(frames), image, source.uid, is_lossless=True, is_changed=True, areas=areas)


def _by_coefficients(source: FrameSource, boxes: Boxes, touched: Sequence[int]) -> Written | None:
    """Return the frames with other coefficients, or None where one of them cannot be rewritten."""
    if source.image.signed:
        # Black is a pattern of bits there, not the value that a block would have.
        return None
    uid = source.row.target or source.uid
    frames, areas = list(source.frames), {}
    for number in range(len(frames)) if uid != source.uid else touched:
        apart = jpeg_frame.take_apart(source.frames[number])
        each = boxes.get(number, ())
        out = coefficient.rewritten(apart, each, _black(source, number))
        if out is None:
            return None
        frames[number] = out
        if each:
            areas[number] = tuple(coefficient.whole_mcus(apart, each))
    image = _cleared(source.declared)
    return Written(tuple(frames), image, uid, is_lossless=True, is_changed=True, areas=areas)


def _black(source: FrameSource, number: int) -> Black:
    """Return the black of a frame that has been decoded once without an error.

    The library that rewrites coefficients ends the process over what it cannot read.
    """
    needs_frame = source.image.stored > 8 or not source.was_decoded(number)
    return fill(source.image, source.frame(number) if needs_frame else None)


def _losslessly(source: FrameSource, boxes: Boxes, touched: Sequence[int]) -> Written:
    areas = {number: _reached(source, number, each) for number, each in boxes.items()}
    uid = _destination(source)
    try:
        return _coded_anew(source, uid, areas, touched)
    except Refused:
        # CharLS is given too little room for noise, which grows when it is coded.
        if uid == EXPLICIT_LITTLE_ENDIAN:
            raise
    return _coded_anew(source, EXPLICIT_LITTLE_ENDIAN, areas, touched)


def _coded_anew(source: FrameSource, uid: str, areas: Boxes, touched: Sequence[int]) -> Written:
    image = _described(source, uid, touched)
    is_native = uid == EXPLICIT_LITTLE_ENDIAN
    numbers = touched if uid == source.uid else range(source.declared.frames)
    frames: list[Coded] = list(source.frames)
    out = []
    for number in numbers:
        found = source.frame(number)
        painted = found.copy()
        black = fill(source.image, found)
        for box in areas.get(number, ()):
            painted[box.slices] = black[0] if found.ndim == 2 else black
        coded = encoder.coded(uid, painted, image, _precision(source, image, number, uid))
        if is_native:
            out.append(coded)
        else:
            frames[number] = coded
    if is_native:
        frames = [_joined(out, image)]
    return Written(tuple(frames), image, uid, is_lossless=True, is_changed=True, areas=areas)


def _joined(frames: Sequence[bytes], image: Image) -> bytes:
    length = Layout(image, 1, is_subsampled=False).length
    if image.allocated == 1:
        raise undecodable("single bits that cannot be coded again")
    return b"".join(frame[:length] for frame in frames)


def _destination(source: FrameSource) -> str:
    """Return the transfer syntax in which frames are coded without loss."""
    row = source.row
    uid = row.fallback if row.way is Way.COEFFICIENTS else row.target or source.uid
    assert uid is not None
    return uid if encoder.can_code(uid, source.image) else EXPLICIT_LITTLE_ENDIAN


def _described(source: FrameSource, uid: str, touched: Sequence[int]) -> Image:
    """Return what the data set will say."""
    if uid != source.uid:
        if source.image.photometric.startswith("YBR_PARTIAL"):
            raise undecodable("a colour space that cannot be coded again")
        return encoder.target(uid, source.image)
    image = _cleared(source.declared)
    if image.photometric == "YBR_ICT" and len(touched) == image.frames:
        # Coded reversibly, with the transform that is reversible.
        return msgspec.structs.replace(image, photometric="YBR_RCT")
    return image


def _precision(source: FrameSource, image: Image, number: int, uid: str) -> int:
    """Return the bits to code: as many as before, so that decoders return as many bytes as before."""
    if uid == source.uid:
        return max(image.stored, source.precision(number))
    # DCMTK takes a codestream only where its samples have the bytes of Bits Allocated.
    return max(image.stored, 8) if image.stored > 8 or image.allocated <= 8 else image.allocated


def _reached(source: FrameSource, number: int, boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Return boxes grown by what a lossy codec spread beside them."""
    image, reach = source.declared, source.row.reach
    if source.codec is Codec.JPEG:
        apart = jpeg_frame.take_apart(source.frames[number])
        if apart.process in jpeg_frame.DCT:
            boxes = coefficient.whole_mcus(apart, boxes)
            # Interpolated chrominance took a quarter from the MCU beside it.
            reach = 1 if apart.is_subsampled else 0
    return tuple(box.grown(reach, reach).clipped(image.rows, image.columns) for box in boxes)
