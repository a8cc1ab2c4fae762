"""Coded frames decoded to samples as they are coded: no colour is converted, no sign corrected."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any, Final

import gdcm  # type: ignore[import-untyped]
import jpeg_ls  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import decode_pixel_data
from PIL import JpegImagePlugin
from rle.rle import decode_frame  # type: ignore[import-not-found]

from gateway.deidentify.pixel.codec import jpeg2000_frame
from gateway.deidentify.pixel.codec.failure import refusing, undecodable
from gateway.deidentify.pixel.codec.jpeg_frame import DCT, LOSSLESS, JpegFrame
from gateway.deidentify.pixel.codec.sample import Cells, unsigned
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded

# Their words are about the input, and nobody reads them here.
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()
_GDCM_SYNTAX: Final = (
    gdcm.TransferSyntax.JPEGExtendedProcess2_4,
    gdcm.TransferSyntax.JPEGLosslessProcess14,
)
_GDCM_COLOURS: Final = (gdcm.PhotometricInterpretation.MONOCHROME2, gdcm.PhotometricInterpretation.RGB)


def inflated(frame: Coded, length: int) -> bytes:
    """Return a deflated frame of at least so many bytes; nothing more is inflated (PS3.5 A.4.13).

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where there are fewer.
    """
    with refusing("a deflated frame that does not inflate"):
        out = zlib.decompressobj(-zlib.MAX_WBITS).decompress(frame, length)
    if len(out) != length:
        raise undecodable("a deflated frame that is too short")
    return out


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


def jpeg(frame: JpegFrame) -> Cells:
    """Decode a JPEG frame.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE`.
    """
    if frame.process in DCT and frame.header.precision == 8:
        return _eight_bits(frame)
    if frame.process in DCT and frame.header.precision != 12:
        raise undecodable("a precision that the process does not have")
    return _by_gdcm(frame)


def _eight_bits(frame: JpegFrame) -> Cells:
    with refusing("a JPEG frame that does not decode"):
        # Not Image.open: its limit on size is for strangers, ours was checked, and it tries other formats.
        picture = JpegImagePlugin.JpegImageFile(BytesIO(frame.raw()))
        cells: Cells = np.asarray(picture)
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
