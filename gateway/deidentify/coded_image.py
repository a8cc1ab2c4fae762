"""The picture of an instance: how its pixels are stored, and its coded frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.deidentify import pixel_data
from gateway.deidentify.data_set import PIXEL_DATA, DataSet, Element, Encoding
from gateway.deidentify.encapsulation import UNSTRIPPED, Frames, coded_anew, image_frames
from gateway.deidentify.encode import header
from gateway.deidentify.header_values import HeaderValues
from gateway.deidentify.image_module import check_rewritten, image_of
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded
from gateway.errors import Reason, Refused
from gateway.standard.transfer_syntax import TransferSyntax

Piece = bytes | memoryview
_BYTE: Final = 8


@dataclass(frozen=True, slots=True)
class CodedImage:
    """The picture of an instance.

    Parameters
    ----------
    element
        Pixel Data.
    image
        How its pixels are stored and shown.
    syntax
        How they are coded.
    frames
        The coded frames without words about them; of native pixels, the value as the only one.
    """

    element: Element
    image: Image
    syntax: TransferSyntax
    frames: tuple[memoryview, ...]


def coded_image(source: memoryview, root: DataSet, syntax: TransferSyntax) -> CodedImage | None:
    """Return the picture of an instance that `pixel_data.check` found whole, None where it has none.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` for video, for pixels of floating point, and where the header does
        not say how the pixels are stored; `Reason.BITSTREAM` where a coded frame cannot be taken apart.
    """
    element, description = pixel_data.pixel_element(root), pixel_data.describe(source, root)
    if element is None or description is None or not description.frame_bits:
        return None
    if element.tag != PIXEL_DATA:
        raise Refused(Reason.PIXELS_UNDECODABLE, "a picture of floating point", element.tag)
    if syntax.codec in UNSTRIPPED:
        raise Refused(Reason.PIXELS_UNDECODABLE, "pixels of a codec that is not decoded", element.tag)
    image = image_of(HeaderValues(source, root), description.frames, vr=element.vr)
    if element.fragments is None:
        length = description.length(element.end - element.value)
        return CodedImage(element, image, syntax, (source[element.value : element.value + length],))
    frames = Frames(source, element, description.frames, _frame_bytes(image), syntax.codec)
    return CodedImage(element, image, syntax, tuple(image_frames(frames)))


def replaced(
    before: CodedImage, image: Image, syntax: TransferSyntax, frames: Sequence[Coded]
) -> dict[int, list[Piece] | None]:
    """Return the elements that hold pixels, with other frames; the Extended Offset Table goes.

    Parameters
    ----------
    before
        The picture as it was.
    image, syntax, frames
        As it is now.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where these are not the frames of the same image, or the data set
        would have to be written in another way for them.
    """
    check_rewritten(before.image, image)
    _check_syntax(before.syntax, syntax)
    count = image.frames if syntax.encapsulated else 1
    views = [memoryview(frame).cast("B") for frame in frames]
    if len(views) != count or not all(map(len, views)):
        raise Refused(Reason.PIXELS_UNDECODABLE, "pixels that were coded again as other frames", PIXEL_DATA)
    encoding = Encoding(syntax.implicit, syntax.little_endian)
    if syntax.encapsulated:
        return {PIXEL_DATA: coded_anew(views, syntax.codec, _frame_bytes(image), encoding)}
    (value,) = views
    is_native = not before.syntax.encapsulated
    if len(value) != (len(before.frames[0]) if is_native else (_bits(image) * image.frames + 7) // 8):
        raise Refused(Reason.PIXELS_UNDECODABLE, "pixels that were coded again in another size", PIXEL_DATA)
    padding = bytes(len(value) % 2)
    vr = "OW" if image.allocated > _BYTE else image.vr
    return {PIXEL_DATA: [header(PIXEL_DATA, vr, len(value) + len(padding), encoding), value, padding]}


def _check_syntax(before: TransferSyntax, after: TransferSyntax) -> None:
    """Make sure that all other elements may stay as they are written."""
    is_same = (before.implicit, before.little_endian) == (after.implicit, after.little_endian)
    # What came uncoded stays so, in its own transfer syntax.
    if not is_same or (before is not after and not before.encapsulated) or after.codec in UNSTRIPPED:
        raise Refused(Reason.PIXELS_UNDECODABLE, "pixels that were coded again in another encoding")


def _bits(image: Image) -> int:
    """Return the bits of a frame that is not coded."""
    return image.rows * image.columns * image.samples * image.allocated


def _frame_bytes(image: Image) -> int:
    return (_bits(image) + 7) // 8
