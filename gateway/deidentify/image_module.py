"""The Image Pixel Module (PS3.3 C.7.6.3): as an examination reads it, and where pixels changed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Final

from msgspec.structs import replace

from gateway.deidentify.action import Action
from gateway.deidentify.header_values import HeaderValues
from gateway.deidentify.palette import palette_of
from gateway.deidentify.pixel.image import Image, Window
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of

MAX_WINDOWS: Final = 8
"""Windows that an image is looked at through; more of them show nothing new."""
_ALLOCATED: Final = frozenset({1, 8, 16, 32})
_SAMPLES: Final = frozenset({1, 3})
"""ARGB and CMYK are retired; what only their fourth sample shows, nothing would look at."""
_OVERLAY_GROUPS: Final = range(0x6000, 0x6020, 2)
_OVERLAY_POSITION, _OVERLAY_DATA = 0x0102, 0x3000
_FUNCTIONAL_GROUPS: Final = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_PALETTE: Final = "PALETTE COLOR"
_SAME: Final = ("rows", "columns", "frames", "samples", "stored", "signed", "little_endian")
"""What no cleaning changes."""
_EXTREMES: Final = tuple(
    tag_of(keyword)
    for keyword in (
        *("SmallestImagePixelValue", "LargestImagePixelValue"),
        *("SmallestPixelValueInSeries", "LargestPixelValueInSeries"),
        *("SmallestImagePixelValueInPlane", "LargestImagePixelValueInPlane"),
    )
)
"""All of Type 3."""


def image_of(values: HeaderValues, frames: int, *, vr: str) -> Image:
    """Return what the header says about how pixels are stored and shown.

    Parameters
    ----------
    values
        Of the top level.
    frames
        Number of Frames.
    vr
        Of Pixel Data.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where the module is not whole or contradicts itself.
    """
    allocated = values.number("BitsAllocated", 0)
    stored = values.number("BitsStored", allocated)
    signed = values.number("PixelRepresentation", 0) == 1
    photometric = values.term("PhotometricInterpretation")
    slope, intercept = _rescale(values)
    image = Image(
        rows=values.number("Rows", 0),
        columns=values.number("Columns", 0),
        frames=frames,
        samples=values.number("SamplesPerPixel", 1),
        photometric=photometric,
        planar=values.number("PlanarConfiguration", 0),
        allocated=allocated,
        stored=stored,
        high_bit=values.number("HighBit", stored - 1 if stored else 0),
        signed=signed,
        little_endian=values.data_set.encoding.little_endian,
        vr=vr if vr in ("OB", "OW") else "OW",
        palette=palette_of(values, signed=signed) if photometric == _PALETTE else None,
        slope=slope,
        intercept=intercept,
        windows=tuple(islice(dict.fromkeys(_windows(values)), MAX_WINDOWS)),
        padding=_padding(values, "PixelPaddingValue", signed=signed),
        padding_limit=_padding(values, "PixelPaddingRangeLimit", signed=signed),
    )
    _check(image)
    return _with_overlay_bits(image, values)


def _check(image: Image) -> None:
    if not (
        min(image.rows, image.columns, image.frames) >= 1
        and image.samples in _SAMPLES
        and image.allocated in _ALLOCATED
        and image.planar in (0, 1)
        and image.photometric
        and 1 <= image.stored <= image.allocated
        and image.stored - 1 <= image.high_bit < image.allocated
        and (image.samples == 1) == image.photometric.startswith(("MONOCHROME", "PALETTE"))
    ):
        raise Refused(Reason.PIXELS_UNDECODABLE, "an Image Pixel Module that contradicts itself")


def _with_overlay_bits(image: Image, values: HeaderValues) -> Image:
    """Add the bits of overlay planes without data of their own (PS3.3-2004 C.9.2); retired, not extinct."""
    used = range(image.high_bit + 1 - image.stored, image.high_bit + 1)
    found = set()
    for group in _OVERLAY_GROUPS:
        positions = values.numbers_of(group << 16 | _OVERLAY_POSITION)
        if positions and not len(values.raw_of(group << 16 | _OVERLAY_DATA)):
            found.add(positions[0])
    bits = tuple(sorted(bit for bit in found if bit < image.allocated and bit not in used))
    return replace(image, overlay_bits=bits) if bits else image


def _groups(values: HeaderValues) -> Iterator[HeaderValues]:
    """Yield the functional groups that all frames share, then those of each frame (PS3.3 C.7.6.16)."""
    for keyword in _FUNCTIONAL_GROUPS:
        yield from values.items(keyword)


def _rescale(values: HeaderValues) -> tuple[float, float]:
    """Return slope and intercept; those of the first frame where every frame has its own."""
    places = [values]
    for group in islice(_groups(values), 2):
        places += group.items("PixelValueTransformationSequence")[:1]
    for place in places:
        slope, intercept = place.decimals("RescaleSlope"), place.decimals("RescaleIntercept")
        if slope and intercept and slope[0]:
            return slope[0], intercept[0]
    return 1.0, 0.0


def _windows(values: HeaderValues) -> Iterator[Window]:
    places = [values]
    for group in _groups(values):
        places += group.items("FrameVOILUTSequence")
    for place in places:
        centers, widths = place.decimals("WindowCenter"), place.decimals("WindowWidth")
        for center, width in zip_longest(centers, widths):
            if center is not None and width is not None and width > 0:
                yield Window(center, width)


def _padding(values: HeaderValues, keyword: str, *, signed: bool) -> int | None:
    numbers = values.numbers(keyword, signed=signed)
    return numbers[0] if numbers else None


def check_rewritten(before: Image, after: Image) -> None:
    """Make sure that pixels that were coded again are those of the same image.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where size, samples or the meaning of stored values changed.
    """
    _check(after)
    if any(getattr(before, name) != getattr(after, name) for name in _SAME):
        raise Refused(Reason.PIXELS_UNDECODABLE, "pixels that were coded again as those of another image")


def rewritten(before: Image, after: Image) -> dict[int, Action | bytes]:
    """Return what the Image Pixel Module says after its pixels changed, by tag; X for what goes.

    Only attributes that differ are named. Extreme values were those of pixels that are no longer there.
    """
    found: dict[int, Action | bytes] = dict.fromkeys(_EXTREMES, Action.REMOVE)
    order = "<" if before.little_endian else ">"
    for keyword, old, new in (
        ("BitsAllocated", before.allocated, after.allocated),
        ("HighBit", before.high_bit, after.high_bit),
        ("PlanarConfiguration", before.planar, after.planar),
    ):
        if old != new:
            found[tag_of(keyword)] = struct.pack(f"{order}H", new)
    if before.photometric != after.photometric:
        found[tag_of("PhotometricInterpretation")] = after.photometric.encode("ascii")
    return found
