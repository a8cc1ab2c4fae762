"""Native pixels in memory: where each frame, row and sample is (PS3.5 8.1.1, 8.2; PS3.3 C.7.6.3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec.black import Black
from gateway.deidentify.pixel.codec.failure import undecodable
from gateway.deidentify.pixel.codec.sample import Cells, cell
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded

_SUBSAMPLED: Final = ("YBR_FULL_422", "YBR_PARTIAL_422")
"""Two luminance samples, then one of each chrominance, for two pixels of a row."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the frames of a value lie one behind the other.

    Parameters
    ----------
    image
        How the values are stored.
    frames
        How many there are in one value.
    is_subsampled
        Two pixels share their chrominance.
    """

    image: Image
    frames: int
    is_subsampled: bool

    @classmethod
    def of(cls, image: Image, length: int, frames: int) -> Layout:
        """Return the layout of a value of so many bytes.

        YBR_FULL_422 is subsampled by the Standard, and often not: the length tells.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE` where the value is too short or cannot be subsampled.
        """
        full = cls(image, frames, is_subsampled=False)
        if image.photometric == "YBR_PARTIAL_420":
            raise undecodable("native pixels in a colour space of videos")
        if length >= full.length:
            return full
        layout = cls(image, frames, is_subsampled=True)
        if image.photometric not in _SUBSAMPLED or length < layout.length:
            raise undecodable("fewer bytes than the header describes")
        if image.columns % 2 or image.planar or image.allocated != 8:
            raise undecodable("subsampled pixels that do not come in pairs")
        return layout

    @property
    def frame_bits(self) -> int:
        """Bits of one frame."""
        image = self.image
        bits = image.rows * image.columns * image.samples * image.allocated
        return bits * 2 // 3 if self.is_subsampled else bits

    @property
    def length(self) -> int:
        """Bytes of all frames, without padding."""
        return (self.frames * self.frame_bits + 7) // 8

    @property
    def is_swapped(self) -> bool:
        """Whether bytes are in the order of big endian words although no sample has two."""
        image = self.image
        return not image.little_endian and image.vr == "OW" and image.allocated <= 8

    def cells(self, data: Coded, number: int) -> Cells:
        """Return the samples of a frame as rows x columns, or x samples; a view wherever it can be.

        Parameters
        ----------
        data
            The value, its bytes not swapped.
        number
            Of the frame, from 0.
        """
        image = self.image
        if image.allocated == 1:
            first, skip = divmod(number * self.frame_bits, 8)
            last = first + (skip + self.frame_bits + 7) // 8
            bits = np.unpackbits(np.frombuffer(data, np.uint8)[first:last], bitorder="little")
            return bits[skip : skip + self.frame_bits].reshape(image.rows, image.columns)
        flat = self.flat(data, number)
        if self.is_subsampled:
            return _upsampled(flat.reshape(image.rows, image.columns // 2, 4))
        if image.samples == 1:
            return flat.reshape(image.rows, image.columns)
        if image.planar:
            return flat.reshape(image.samples, image.rows, image.columns).transpose(1, 2, 0)
        return flat.reshape(image.rows, image.columns, image.samples)

    def flat(self, data: Coded, number: int) -> Cells:
        """Return the samples of a frame of whole bytes as they lie; a view."""
        order = "<" if self.image.little_endian else ">"
        kind = np.dtype(f"{order}u{self.image.allocated // 8}")
        count = self.frame_bits // self.image.allocated
        return np.frombuffer(data, kind, count, number * self.frame_bits // 8)

    def paint(self, data: bytearray | memoryview, number: int, boxes: Iterable[Box], black: Black) -> None:
        """Overwrite boxes of a frame in place.

        Parameters
        ----------
        data
            The value, its bytes not swapped.
        number
            Of the frame, from 0.
        boxes
            Inside the image.
        black
            Stored values.
        """
        bits = [cell(value, self.image) for value in black]
        if self.image.allocated == 1:
            self._paint_bits(data, number, boxes, bits[0])
            return
        if self.is_subsampled:
            fours = self.flat(data, number).reshape(self.image.rows, -1, 4)
            luminance, blue, red = bits
            for box in boxes:
                pairs = slice(box.left // 2, (box.right + 1) // 2)
                fours[box.top : box.bottom, pairs] = (luminance, luminance, blue, red)
            return
        cells = self.cells(data, number)
        for box in boxes:
            cells[box.slices] = bits[0] if cells.ndim == 2 else bits

    def pairs(self, boxes: Iterable[Box]) -> tuple[Box, ...]:
        """Return boxes of whole pairs where two pixels share their chrominance, else as they are."""
        if not self.is_subsampled:
            return tuple(boxes)
        return tuple(
            Box(each.top, each.left // 2 * 2, each.bottom, -(-each.right // 2) * 2) for each in boxes
        )

    def _paint_bits(self, data: bytearray | memoryview, number: int, boxes: Iterable[Box], bit: int) -> None:
        first, skip = divmod(number * self.frame_bits, 8)
        last = first + (skip + self.frame_bits + 7) // 8
        span = np.frombuffer(data, np.uint8)[first:last]
        bits = np.unpackbits(span, bitorder="little")
        frame = bits[skip : skip + self.frame_bits].reshape(self.image.rows, self.image.columns)
        for box in boxes:
            frame[box.slices] = bit
        # A frame may begin and end inside a byte: the bits of its neighbours are written back.
        span[:] = np.packbits(bits, bitorder="little")


def packed(cells: NDArray[Any], image: Image) -> bytes:
    """Return the bytes of a frame in native little endian format, colour by pixel."""
    if image.allocated == 1:
        return np.packbits(cells.reshape(-1).astype(np.uint8), bitorder="little").tobytes()
    return np.ascontiguousarray(cells, np.dtype(f"<u{image.allocated // 8}")).tobytes()


def native(image: Image) -> Image:
    """Return an image as `packed` lays it down."""
    return msgspec.structs.replace(
        image, planar=0, little_endian=True, vr="OW" if image.allocated > 8 else "OB"
    )


def swapped(data: Coded) -> bytearray:
    """Return a copy with the two bytes of each word exchanged."""
    out = bytearray(data)
    even = len(out) // 2 * 2
    out[0:even:2], out[1:even:2] = out[1:even:2], out[0:even:2]
    return out


def _upsampled(fours: Cells) -> Cells:
    rows, pairs, _ = fours.shape
    cells = np.empty((rows, pairs, 2, 3), fours.dtype)
    cells[..., 0] = fours[..., :2]
    cells[..., 1:] = fours[..., None, 2:]
    return cells.reshape(rows, 2 * pairs, 3)
