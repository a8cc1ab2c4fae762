"""Coded frames decoded to samples as they are coded: no colour is converted, no sign corrected."""

from __future__ import annotations

import zlib
from typing import Any, Final

import cv2
import gdcm  # type: ignore[import-untyped]
import jpeg_ls  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import decode_pixel_data
from rle.rle import decode_frame  # type: ignore[import-not-found]

from gateway.deidentify.pixel.codec import jpeg2000_frame
from gateway.deidentify.pixel.codec.complaint import listening
from gateway.deidentify.pixel.codec.failure import refusing, undecodable
from gateway.deidentify.pixel.codec.jpeg_frame import DCT, LOSSLESS, JpegFrame
from gateway.deidentify.pixel.codec.sample import Cells, unsigned
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded
from gateway.errors import Refused

# Their words are about the input, and nobody reads them here.
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()
_AS_CODED: Final = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
_GDCM_SYNTAX: Final = (
    gdcm.TransferSyntax.JPEGExtendedProcess2_4,
    gdcm.TransferSyntax.JPEGLosslessProcess14,
)
_GDCM_COLOURS: Final = (gdcm.PhotometricInterpretation.MONOCHROME2, gdcm.PhotometricInterpretation.RGB)


def inflated(frame: Coded, most: int) -> bytes:
    """Return a deflated frame, up to so many bytes; nothing more is inflated (PS3.5 A.4.13).

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where it is no deflate stream.
    """
    with refusing("a deflated frame that does not inflate"):
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(frame, most)


def run_length(frame: Coded, image: Image) -> Cells:
    """Decode an RLE frame (PS3.5 Annex G).

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE`.
    """
    data = bytes(frame)
    pixels, width = image.rows * image.columns, (image.allocated + 7) // 8
    if len(data) < 64 or int.from_bytes(data[:4], "little") != width * image.samples:
        raise undecodable("an RLE frame of another number of segments")
    with refusing("an RLE frame that does not decode"):
        out = decode_frame(data, pixels, image.allocated, "<")
        kind = unsigned(image.allocated)
        cells = np.frombuffer(out, kind).reshape(image.samples, image.rows, image.columns)
    return cells[0] if image.samples == 1 else cells.transpose(1, 2, 0)


def jpeg(frame: JpegFrame) -> tuple[Cells, bool]:
    """Decode a JPEG frame, and tell whether it holds bytes that the decoder did not use.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE`, also where the decoder goes on after a warning.
    """
    is_eight = frame.process in DCT and frame.header.precision == 8
    if frame.process in DCT and frame.header.precision not in (8, 12):
        raise undecodable("a precision that the process does not have")
    with listening() as complaints:
        cells = _eight_bits(frame) if is_eight else _by_gdcm(frame)
    return cells, complaints.has_rest


def uses_all(frame: JpegFrame) -> bool:
    """Tell whether a frame that decodes without warning needs the last byte of each of its scans.

    libjpeg reads up to eight bytes ahead, and says nothing of those it did not need. A decoder that
    needs the byte complains when it is missing. Only tails that may be text are tried.
    """
    return not any(_is_sound(short) for short in frame.cut_short())


def _is_sound(frame: JpegFrame) -> bool:
    try:
        jpeg(frame)
    except Refused:
        return False
    return True


def _eight_bits(frame: JpegFrame) -> Cells:
    with refusing("a JPEG frame that does not decode"):
        # libjpeg-turbo of OpenCV, because that of Pillow drops its warnings.
        cells: Any = cv2.imdecode(np.frombuffer(frame.raw(), np.uint8), _AS_CODED)
    if cells is None:
        raise undecodable("a JPEG frame that does not decode")
    if cells.ndim == 3:
        # OpenCV puts the last of three components first.
        cells = cv2.cvtColor(cells, cv2.COLOR_BGR2RGB)
    return _shaped(cells.reshape(-1), frame)


def _by_gdcm(frame: JpegFrame) -> Cells:
    header = frame.header
    if frame.is_subsampled:
        raise undecodable("subsampled components of more than 8 bits")
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    fragment = gdcm.Fragment()
    fragments = gdcm.SequenceOfFragments.New()
    picture = gdcm.Image()
    width = unsigned(header.precision)
    with refusing("a JPEG frame that does not decode"):
        fragment.SetByteStringValue(frame.raw())
        fragments.AddFragment(fragment)
        element.SetValue(fragments.__ref__())
        picture.SetNumberOfDimensions(2)
        picture.SetDimensions((header.columns, header.rows, 1))
        picture.SetDataElement(element)
        picture.SetPhotometricInterpretation(
            gdcm.PhotometricInterpretation(_GDCM_COLOURS[header.samples > 1])
        )
        picture.SetTransferSyntax(gdcm.TransferSyntax(_GDCM_SYNTAX[frame.process == LOSSLESS]))
        bits = (header.precision, header.precision - 1, 0)
        picture.SetPixelFormat(gdcm.PixelFormat(header.samples, width.itemsize * 8, *bits))
        # A C string that Python decoded; this is the way back to its bytes.
        data = picture.GetBuffer().encode("utf-8", "surrogateescape")
    return _shaped(np.frombuffer(data, width), frame)


def _shaped(flat: NDArray[Any], frame: JpegFrame) -> Cells:
    header = frame.header
    shape = (header.rows, header.columns) + ((header.samples,) if header.samples > 1 else ())
    with refusing("a JPEG frame of another size than its header says"):
        return flat.reshape(shape)


def charls(frame: JpegFrame) -> Cells:
    """Decode a JPEG-LS frame.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE`.
    """
    header = frame.header
    if frame.is_subsampled:
        raise undecodable("subsampled components in JPEG-LS")
    with refusing("a JPEG-LS frame that does not decode"):
        data, told = jpeg_ls.decode_buffer(frame.whole())
        flat = np.frombuffer(data, unsigned(header.precision))
        if header.samples > 1 and told["interleave_mode"] == 0:
            return flat.reshape(header.samples, header.rows, header.columns).transpose(1, 2, 0)
    return _shaped(flat, frame)


def jpeg2000(stream: bytes) -> Cells:
    """Decode a JPEG 2000 or HTJ2K codestream; negative samples come out in two's complement of its precision.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE`.
    """
    header = jpeg2000_frame.header(stream)
    with refusing("a JPEG 2000 frame that does not decode"):
        data = decode_pixel_data(stream, version=2)
        flat = np.frombuffer(data, unsigned(header.precision))
        shape = (header.rows, header.columns) + ((header.samples,) if header.samples > 1 else ())
        cells = flat.reshape(shape)
    if jpeg2000_frame.is_signed(stream) and header.precision < 8 * cells.dtype.itemsize:
        cells = cells & cells.dtype.type((1 << header.precision) - 1)
    return cells


def needs_all(stream: bytes) -> bool:
    """Tell whether the packets of each tile of a codestream need its last byte (ISO/IEC 15444-1 B.9).

    OpenJPEG refuses a tile that is too short before it decodes any coefficient, which is cheap; it
    says nothing of one that is too long.
    """
    shortened = jpeg2000_frame.cut_short(stream)
    return shortened is not None and not any(map(_decodes, shortened))


def _decodes(stream: bytes) -> bool:
    try:
        jpeg2000(stream)
    except Refused:
        return False
    return True
