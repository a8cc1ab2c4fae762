"""JPEG frames blacked in the DCT domain: whole MCUs change, every other coefficient stays (ISO/IEC 10918-1).

libjpeg reads and writes files by name. The names are those of memory files, so nothing reaches a disk.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jpeglib  # type: ignore[import-untyped]
import numpy as np
from jpeglib._bind import CJpegLib  # type: ignore[import-untyped]
from numpy.typing import NDArray

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec.black import Black
from gateway.deidentify.pixel.codec.complaint import listening
from gateway.deidentify.pixel.codec.jpeg_frame import BASELINE, DCT, JpegFrame, take_apart

# The newest of the libraries it brings that keeps everything in memory.
jpeglib.version.set("turbo210")
_MAX_TABLES: Final = 4
_MAX_OVERSHOOT: Final = 1 << 11
"""Dequantized DC, in eighths of a value, beyond which decoders need not clip."""
Blocks = NDArray[np.int16]
"""Rows and columns of blocks, 64 coefficients each."""


@dataclass(slots=True)
class _Coefficients:
    """The quantized coefficients of each component, and the first entry of its quantization table."""

    blocks: list[Blocks]
    steps: list[int]


def whole_mcus(frame: JpegFrame, boxes: Iterable[Box]) -> list[Box]:
    """Return the MCUs that boxes touch.

    Where chrominance is subsampled decoders interpolate it from its neighbours, so the box is
    wider by a pixel first: what was asked for is black then, whatever the decoder.
    """
    down, across = frame.mcu()
    rim = 1 if frame.is_subsampled else 0
    rows, columns = frame.header.rows, frame.header.columns
    out = []
    for box in boxes:
        wide = box.grown(rim, rim).clipped(rows, columns)
        out.append(
            Box(
                wide.top // down * down,
                wide.left // across * across,
                -(-wide.bottom // down) * down,
                -(-wide.right // across) * across,
            ).clipped(rows, columns)
        )
    return out


def rewritten(frame: JpegFrame, boxes: Sequence[Box], black: Black) -> bytes | None:
    """Return a frame with the same coefficients, except in the MCUs that boxes touch, which are black.

    Parameters
    ----------
    frame
        Taken apart, and decoded once without an error: the library ends the process over input
        that it cannot read.
    boxes
        Inside the image.
    black
        Value of each component.

    Returns
    -------
        A sequential frame with the markers of the source, or None where it cannot be written or
        does not read back as it was meant.
    """
    if frame.process not in DCT or frame.header.precision != 8 or len(frame.components) not in (1, 3):
        return None
    across, down = frame.most_across, frame.most_down
    if any(across % each.across or down % each.down for each in frame.components):
        return None
    source = frame.raw()
    found = _read(source, frame)
    if found is None or not _paint(frame, found, boxes, black):
        return None
    out = _written(source, frame, found)
    after = take_apart(out) if out else None
    if after is None or after.process != BASELINE or not _equal(_read(after.raw(), after), found):
        return None
    return frame.whole(after.coding)


def _paint(frame: JpegFrame, found: _Coefficients, boxes: Sequence[Box], black: Black) -> bool:
    """Overwrite the coefficients of boxes; tell whether that is possible in every component."""
    levels = [_level(value, step) for value, step in zip(black, found.steps, strict=True)]
    areas = whole_mcus(frame, boxes)
    for index, level in enumerate(levels):
        if level is None:
            return False
        for box in areas:
            area = found.blocks[index][_blocks(frame, index, box)]
            area[...] = 0
            area[..., 0] = level
    return True


def _equal(one: _Coefficients | None, other: _Coefficients) -> bool:
    if one is None or one.steps != other.steps:
        return False
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one.blocks, other.blocks, strict=True))


def _level(value: int, step: int) -> int | None:
    """Return the quantized DC coefficient of a block of one value; beyond black and white it is clipped."""
    wanted = 8 * (value - 128)
    away = -(-abs(wanted) // step)
    level = -away if value == 0 else away if value == 255 else round(wanted / step)
    return level if abs(level * step) <= _MAX_OVERSHOOT else None


def _blocks(frame: JpegFrame, index: int, box: Box) -> tuple[slice, slice]:
    """Return the blocks of a component that are in an area of whole MCUs."""
    if len(frame.components) == 1:
        high, wide = 8, 8
    else:
        component = frame.components[index]
        high = 8 * frame.most_down // component.down
        wide = 8 * frame.most_across // component.across
    return slice(box.top // high, -(-box.bottom // high)), slice(box.left // wide, -(-box.right // wide))


def _shape(frame: JpegFrame, index: int) -> tuple[int, int, int]:
    """Return the size of a component in blocks, as libjpeg computes it (A.1.1, A.2.4)."""
    header, component = frame.header, frame.components[index]
    rows = -(-header.rows * component.down // (8 * frame.most_down))
    columns = -(-header.columns * component.across // (8 * frame.most_across))
    return rows, columns, 64


def _pointers(blocks: Sequence[Blocks]) -> list[ctypes.c_void_p | None]:
    found: list[ctypes.c_void_p | None] = [each.ctypes.data_as(ctypes.c_void_p) for each in blocks]
    return found + [None] * (_MAX_TABLES - len(found))


def _read(source: bytes, frame: JpegFrame) -> _Coefficients | None:
    blocks = [np.zeros(_shape(frame, index), np.int16) for index in range(len(frame.components))]
    tables = np.zeros((_MAX_TABLES, 64), np.uint16)
    numbers = np.zeros(_MAX_TABLES, np.int16)
    with _MemoryFile(source) as file, listening():
        status = CJpegLib.get().read_jpeg_dct(
            file.name,
            *_pointers(blocks),
            tables.ctypes.data_as(ctypes.c_void_p),
            numbers.ctypes.data_as(ctypes.c_void_p),
        )
    steps = [int(tables[numbers[index], 0]) for index in range(len(blocks))]
    return _Coefficients(blocks, steps) if status and all(steps) else None


def _written(source: bytes, frame: JpegFrame, found: _Coefficients) -> bytes | None:
    flags: Any = CJpegLib.flags_to_mask(["+OPTIMIZE_CODING"])
    colours = 1 if len(frame.components) == 1 else 2
    with _MemoryFile(source) as file, _MemoryFile() as out, listening():
        status = CJpegLib.get().write_jpeg_dct(
            file.name,
            out.name,
            *_pointers(found.blocks),
            (ctypes.c_int * 2)(frame.header.rows, frame.header.columns),
            None,  # size in blocks, sampling factors: those of the source
            None,
            colours,
            len(frame.components),
            None,  # quantization tables: those of the source
            ctypes.c_short(-1),
            None,
            0,  # no further markers
            None,
            None,
            None,
            *flags,
        )
        return out.content() if status else None


class _MemoryFile:
    """A file that is memory and has a name.

    Parameters
    ----------
    content
        What it holds at first.
    """

    def __init__(self, content: bytes = b"") -> None:
        self._number = os.memfd_create("frame", os.MFD_CLOEXEC)
        view = memoryview(content)
        while view:
            view = view[os.write(self._number, view) :]

    @property
    def name(self) -> ctypes.c_char_p:
        """Name for `fopen`."""
        return ctypes.c_char_p(f"/proc/self/fd/{self._number}".encode())

    def content(self) -> bytes:
        """Return what was written."""
        size = os.fstat(self._number).st_size
        return os.pread(self._number, size, 0)

    def __enter__(self) -> _MemoryFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._number)
