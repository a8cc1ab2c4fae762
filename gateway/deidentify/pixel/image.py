"""What the header says about how pixels are stored and shown (PS3.3 C.7.6.3, C.11.1, C.11.2)."""

from __future__ import annotations

import msgspec


class Palette(msgspec.Struct, frozen=True):
    """Palette Color Lookup Tables (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6).

    Parameters
    ----------
    first
        Stored value that the first entry is for; may be negative.
    red, green, blue
        Entries, most significant 8 bits of each.
    """

    first: int
    red: bytes
    green: bytes
    blue: bytes


class Window(msgspec.Struct, frozen=True):
    """Window Center and Width (PS3.3 C.11.2.1.2), in the units of the modality's values."""

    center: float
    width: float


class Image(msgspec.Struct, frozen=True):
    """The Image Pixel Module, and what is needed to show the stored values.

    Parameters
    ----------
    rows, columns, frames
        Of the image, at least 1 each.
    samples
        Samples per Pixel, 1 or 3 (4 in retired colour spaces).
    photometric
        Photometric Interpretation, of the stored values.
    planar
        Planar Configuration, 0 colour by pixel, 1 colour by plane; of native pixels.
    allocated, stored, high_bit
        Bits Allocated, Bits Stored, High Bit.
    signed
        Pixel Representation is two's complement.
    little_endian
        Byte order of native pixels.
    vr
        Of Pixel Data, OB or OW: in big endian it says what is swapped.
    palette
        For PALETTE COLOR.
    slope, intercept
        Rescale Slope and Intercept, 1 and 0 where absent.
    windows
        Every Window of the instance.
    padding
        Pixel Padding Value, a stored value.
    padding_limit
        Pixel Padding Range Limit: all from one to the other is padding.
    overlay_bits
        Bits of each pixel in which an overlay plane is stored (retired, PS3.3-2004 C.9.2): Overlay
        Bit Position of groups 60xx without Overlay Data.
    """

    rows: int
    columns: int
    frames: int = 1
    samples: int = 1
    photometric: str = "MONOCHROME2"
    planar: int = 0
    allocated: int = 8
    stored: int = 8
    high_bit: int = 7
    signed: bool = False
    little_endian: bool = True
    vr: str = "OW"
    palette: Palette | None = None
    slope: float = 1.0
    intercept: float = 0.0
    windows: tuple[Window, ...] = ()
    padding: int | None = None
    overlay_bits: tuple[int, ...] = ()
    padding_limit: int | None = None
