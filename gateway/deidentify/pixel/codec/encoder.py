"""Samples coded without loss."""

from __future__ import annotations

import zlib
from typing import Any, Final

import jpeg_ls  # type: ignore[import-untyped]
import msgspec
import numpy as np
from numpy.typing import NDArray
from openjpeg.utils import encode_pixel_data
from rle.rle import encode_frame  # type: ignore[import-not-found]

from gateway.deidentify.pixel.codec.failure import refusing
from gateway.deidentify.pixel.codec.layout import packed
from gateway.deidentify.pixel.codec.sample import Cells, unsigned
from gateway.deidentify.pixel.codec.table import EXPLICIT_LITTLE_ENDIAN, JPEG_2000_LOSSLESS
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.picture import Stored
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, Codec

_LEVEL: Final = 6
_LINES: Final = 1
_SEPARATE: Final = 0
_LEAST_SIDE: Final = 32
"""OpenJPEG is told to halve an image five times."""
MAX_BITS: Final = {Codec.JPEG_LS: 16, Codec.JPEG_2000: 24}
"""Bits of a sample that the encoders take."""
TRANSFORMED: Final = ("YBR_RCT", "YBR_ICT")
"""Colours that JPEG 2000 transforms itself: what goes in and comes out is RGB."""


def can_code(uid: str, image: Image) -> bool:
    """Tell whether an encoder takes the samples of an image."""
    codec = TRANSFER_SYNTAXES[uid].codec
    if codec is Codec.RLE:
        return image.allocated > 1
    if codec is Codec.JPEG_2000 and min(image.rows, image.columns) < _LEAST_SIDE:
        return False
    return codec not in MAX_BITS or image.stored <= MAX_BITS[codec]


def target(uid: str, image: Image) -> Image:
    """Return how an image is described that is coded in another transfer syntax than before.

    Parameters
    ----------
    uid
        Explicit VR Little Endian, JPEG-LS lossless, JPEG 2000 lossless.
    image
        How the decoded values are stored: its Photometric Interpretation is theirs.

    Returns
    -------
        Colour by pixel, the stored bits the lowest ones. Colours are what they were: chrominance
        at full resolution makes YBR_FULL of YBR_FULL_422, and JPEG 2000 transforms RGB by itself.
    """
    photometric = "YBR_FULL" if image.photometric == "YBR_FULL_422" else image.photometric
    if uid == JPEG_2000_LOSSLESS and photometric == "RGB":
        photometric = "YBR_RCT"
    least = 8 if image.stored <= 8 else 16 if image.stored <= 16 else 32
    # Some IODs demand 16 bits whatever is stored in them (PS3.3 C.8.3.1.1.2).
    allocated = max(least, 16) if image.allocated == 16 else least
    return msgspec.structs.replace(
        image,
        photometric=photometric,
        planar=0,
        allocated=allocated,
        high_bit=image.stored - 1,
        little_endian=True,
        vr="OW" if uid == EXPLICIT_LITTLE_ENDIAN and allocated > 8 else "OB",
        overlay_bits=(),
    )


def coded(uid: str, values: Stored, image: Image, precision: int) -> bytes:
    """Code one frame without loss.

    Parameters
    ----------
    uid
        The transfer syntax.
    values
        Stored values, colours as in `image`; RGB for the colours that JPEG 2000 transforms itself.
    image
        What the data set will say.
    precision
        Bits a sample, at least Bits Stored.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where the encoder fails.
    """
    with refusing("pixels that cannot be coded again"):
        match TRANSFER_SYNTAXES[uid].codec:
            case Codec.JPEG_LS:
                out = _jpeg_ls(_pattern(values, precision), precision)
            case Codec.JPEG_2000:
                out = _jpeg_2000(values, image, precision)
            case _:
                out = packed(_pattern(values, image.allocated), image)
    return out + bytes(len(out) % 2)


def run_length(cells: Cells, image: Image) -> bytes:
    """Code samples in RLE (PS3.5 Annex G), every bit of them.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where the encoder fails.
    """
    with refusing("pixels that cannot be coded again"):
        data = np.ascontiguousarray(cells).tobytes()
        out = bytes(encode_frame(data, image.rows, image.columns, image.samples, image.allocated, "<"))
    return out + bytes(len(out) % 2)


def deflated(data: bytes | bytearray) -> bytes:
    """Deflate a frame (PS3.5 A.4.13)."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    out = deflater.compress(data) + deflater.flush()
    return out + bytes(len(out) % 2)


def _pattern(values: NDArray[Any], precision: int) -> Cells:
    """Return values in two's complement of so many bits."""
    kind = unsigned(precision)
    cells = values.astype(kind)
    return cells & kind.type((1 << precision) - 1) if precision < 8 * kind.itemsize else cells


def _jpeg_ls(cells: Cells, precision: int) -> bytes:
    rows, columns = cells.shape[:2]
    samples = cells.shape[2] if cells.ndim == 3 else 1
    mode = _SEPARATE if samples == 1 else _LINES
    data = np.ascontiguousarray(cells).tobytes()
    return bytes(jpeg_ls.encode_buffer(data, rows, columns, samples, precision, 0, mode))


def _jpeg_2000(values: Stored, image: Image, precision: int) -> bytes:
    kind = np.dtype(f"<{'i' if image.signed else 'u'}{unsigned(precision).itemsize}")
    stream = encode_pixel_data(
        np.ascontiguousarray(values, kind).tobytes(),
        rows=image.rows,
        columns=image.columns,
        samples_per_pixel=image.samples,
        bits_stored=precision,
        pixel_representation=int(image.signed),
        photometric_interpretation=image.photometric,
    )
    return bytes(stream)
