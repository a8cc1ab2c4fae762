"""Overlays and remnants in the bits outside Bits Stored are left out of the values, and go."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, open_source
from gateway.deidentify.pixel.codec.encoder import coded, deflated, run_length

UID = "1.2.840.10008.1.2"
SYNTAXES = ("1", "2", "5", "1.98", "8.1")


def frames_of(image, suffix, cells):
    if suffix in ("1", "2"):
        return [cells.astype("<u2" if suffix == "1" else ">u2").tobytes()]
    each = [frame.astype("<u2") for frame in cells]
    if suffix == "5":
        return [run_length(frame, image) for frame in each]
    return [deflated(frame.tobytes()) if suffix == "8.1" else frame.tobytes() for frame in each]


def opened(pictures, suffix, hidden, *, signed=False, stored=None):
    image = replace(pictures.GRAY16, frames=2, signed=signed, little_endian=suffix != "2", overlay_bits=(15,))
    stored = pictures.values(image) if stored is None else stored
    cells = pictures.cells(image, stored)
    if not signed:
        cells = cells & 0xFFF
    cells = hidden(cells.copy())
    return open_source(image, f"{UID}.{suffix}", frames_of(image, suffix, cells)), stored


def overlay(cells):
    cells[1, 5:20, 10:30] ^= 0x8000
    return cells


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("suffix", SYNTAXES)
def test_an_overlay_in_the_high_bits_goes_even_without_a_box(pictures, suffix, signed):
    source, stored = opened(pictures, suffix, overlay, signed=signed)
    assert np.array_equal(source.frame(1), stored[1])
    written = blacked(source, {})
    assert written.is_changed
    assert written.image.overlay_bits == ()
    after = open_source(written.image, written.transfer_syntax_uid, written.frames)
    assert np.array_equal(after.frame(1), stored[1])
    cells = after.cells(1).astype(np.uint16)
    expected = pictures.cells(source.image, stored[1])
    assert np.array_equal(cells, expected if signed else expected & 0xFFF)
    if suffix not in ("1", "2"):
        assert written.frames[0] is source.frames[0]


@pytest.mark.parametrize("suffix", SYNTAXES)
def test_an_overlay_goes_together_with_a_box(pictures, suffix):
    source, stored = opened(pictures, suffix, overlay)
    written = blacked(source, {0: [Box(0, 0, 4, 4)], 1: [Box(3, 3, 6, 40)]})
    after = open_source(written.image, written.transfer_syntax_uid, written.frames)
    stored[0][0:4, 0:4] = stored[0].min()
    stored[1][3:6, 3:40] = stored[1].min()
    for number in range(2):
        assert np.array_equal(after.cells(number), stored[number])


@pytest.mark.parametrize("suffix", SYNTAXES)
def test_a_sign_that_fills_the_unused_bits_is_no_overlay_and_neither_are_zeros(pictures, suffix):
    source, _ = opened(pictures, suffix, lambda cells: cells, signed=True)
    assert not blacked(source, {}).is_changed
    source, _ = opened(pictures, suffix, lambda cells: cells & 0xFFF, signed=True)
    assert not blacked(source, {}).is_changed
    source, _ = opened(pictures, suffix, lambda cells: cells)
    assert not blacked(source, {}).is_changed


def test_a_sign_in_values_that_are_called_unsigned_says_nothing_either(pictures):
    def extended(cells):
        return np.where(cells & 0x800, cells | 0xF000, cells).astype(np.uint16)

    source, stored = opened(pictures, "1", extended)
    assert np.array_equal(source.frame(0), stored[0])
    assert not blacked(source, {}).is_changed


def test_bits_below_the_stored_ones_go_too(pictures):
    image = replace(pictures.GRAY16, high_bit=15)
    stored = pictures.values(image)
    cells = pictures.cells(image, stored)
    cells[0, 3:9, 3:9] |= 1
    source = open_source(image, f"{UID}.1", [cells.tobytes()])
    assert np.array_equal(source.frame(0), stored[0])
    assert bytes(blacked(source, {}).frames[0]) == pictures.native(image, stored)


@pytest.mark.parametrize("suffix", ["4.80", "4.90"])
def test_bits_that_a_codestream_has_above_the_stored_ones_go(pictures, suffix):
    image = pictures.GRAY16
    stored = pictures.values(image)[0]
    cells = stored.astype(np.uint16)
    cells[5:20, 10:30] |= 0x4000
    frame = coded(f"{UID}.{suffix}", cells, image, 16)
    source = open_source(image, f"{UID}.{suffix}", [frame])
    assert np.array_equal(source.frame(0), stored)
    written = blacked(source, {})
    assert written.is_changed
    assert np.array_equal(
        open_source(written.image, written.transfer_syntax_uid, written.frames).cells(0), stored
    )
