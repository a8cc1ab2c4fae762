"""Boxes blacked in a native value, where it is or in one copy of it (PS3.5 8.1.1, 8.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec.black import fill
from gateway.deidentify.pixel.codec.layout import swapped
from gateway.deidentify.pixel.codec.sample import Unused
from gateway.deidentify.pixel.codec.source import FrameSource
from gateway.deidentify.pixel.message import Coded

Writable = bytearray | memoryview
"""Memory that can be written to."""


def overwritten(
    source: FrameSource, boxes: Mapping[int, Sequence[Box]], *, may_overwrite: bool
) -> Writable | None:
    """Return the value with boxes overwritten and unused bits cleared.

    Parameters
    ----------
    source
        Of native pixels.
    boxes
        By frame; inside the image, of whole pairs where two pixels share their chrominance.
    may_overwrite
        The value itself may change, where it can be written to.

    Returns
    -------
        None where there is nothing to change.
    """
    layout, image = source.layout, source.declared
    assert layout is not None
    unused = Unused(image)
    if unused.is_there:
        for number in range(image.frames):
            unused.look(layout.flat(source.native, number))
    if not boxes and not unused.says_something:
        return None
    blacks = {number: fill(source.image, source.frame(number)) for number in boxes}
    if layout.is_swapped:
        out: Writable = bytearray(source.native)
    else:
        out = _writable(source.frames[0]) if may_overwrite else bytearray(source.frames[0])
    if unused.says_something:
        for number in range(image.frames):
            unused.clear(layout.flat(out, number))
    for number, each in boxes.items():
        layout.paint(out, number, each, blacks[number])
    end(out, layout.length)
    return swapped(out) if layout.is_swapped else out


def end(out: Writable, length: int) -> None:
    """Let nothing but zeros follow the last pixel."""
    out[length:] = bytes(len(out) - length)


def _writable(given: Coded) -> Writable:
    """Return the memory itself where it can be written to, else a copy."""
    view = memoryview(given)
    return bytearray(given) if view.readonly else view.cast("B")
