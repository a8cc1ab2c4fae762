"""Native pixels are read in every layout, and only the bits of the boxes change."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, fill, open_source
from gateway.deidentify.pixel.image import Image
from gateway.errors import Reason, Refused

UID = "1.2.840.10008.1.2"
COLOURS = ("RGB", "YBR_FULL", "HSV", "YBR_RCT")


@st.composite
def images(draw):
    allocated = draw(st.sampled_from([1, 8, 16, 32]))
    stored = draw(st.integers(1, allocated))
    samples = draw(st.sampled_from([1, 1, 3])) if allocated > 1 else 1
    return Image(
        rows=draw(st.integers(1, 12)),
        columns=draw(st.integers(1, 12)),
        frames=draw(st.integers(1, 3)),
        samples=samples,
        photometric=draw(st.sampled_from(COLOURS if samples > 1 else ("MONOCHROME1", "MONOCHROME2"))),
        planar=draw(st.integers(0, 1)) if samples > 1 else 0,
        allocated=allocated,
        stored=stored,
        high_bit=draw(st.integers(stored - 1, allocated - 1)),
        signed=draw(st.booleans()) and allocated > 1 and samples == 1,
        little_endian=draw(st.booleans()),
        vr=draw(st.sampled_from(["OB", "OW"])) if allocated <= 8 else "OW",
    )


@st.composite
def boxes(draw, image):
    top, left = draw(st.integers(-3, image.rows)), draw(st.integers(-3, image.columns))
    return Box(top, left, top + draw(st.integers(0, 8)), left + draw(st.integers(0, 8)))


def uid(image):
    return f"{UID}.1" if image.little_endian else f"{UID}.2"


def is_unpaired(image, length):
    """Words are swapped in pairs of bytes; a value of an odd length has none for its last."""
    return length % 2 and not image.little_endian and image.vr == "OW"


@settings(max_examples=150, deadline=None)
@given(data=st.data(), image=images(), seed=st.integers(0, 99))
def test_only_the_boxes_change_and_they_are_black(pictures, data, image, seed):
    stored = pictures.values(image, seed)
    length = (stored.size * image.allocated + 7) // 8
    if is_unpaired(image, length):
        return
    value = pictures.native(image, stored)
    source = open_source(image, uid(image), [value])
    assert all(np.array_equal(source.frame(number), stored[number]) for number in range(image.frames))
    number, box = data.draw(st.integers(0, image.frames - 1)), data.draw(boxes(image))
    written = blacked(source, {number: [box]})
    inside = box.clipped(image.rows, image.columns)
    assert written.is_changed is bool(inside.area)
    if written.is_changed:
        expected = stored.copy()
        expected[number][inside.slices] = fill(image, stored[number])
        assert bytes(written.frames[0]) == pictures.native(image, expected)
        assert (written.image, written.transfer_syntax_uid) == (image, uid(image))


@pytest.mark.parametrize("partial", [False, True])
@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 99))
def test_a_pair_of_subsampled_pixels_is_black_together(pictures, partial, data, seed):
    photometric = "YBR_PARTIAL_422" if partial else "YBR_FULL_422"
    image = Image(rows=6, columns=8, frames=2, samples=3, photometric=photometric)
    value, stored = pictures.subsampled(pictures.values(image, seed))
    source = open_source(image, uid(image), [value])
    assert np.array_equal(source.frame(1), stored[1])
    box = data.draw(boxes(image))
    written = blacked(source, {1: [box]})
    if not written.is_changed:
        return
    inside = box.clipped(6, 8)
    wide = Box(inside.top, inside.left // 2 * 2, inside.bottom, (inside.right + 1) // 2 * 2)
    stored[1][wide.slices] = (16 if partial else 0, 128, 128)
    assert written.areas == {1: (wide,)}
    assert bytes(written.frames[0]) == pictures.subsampled(stored)[0]


def test_pixels_that_are_labelled_subsampled_and_are_not_are_read_in_full(pictures):
    image = Image(rows=6, columns=7, samples=3, photometric="YBR_FULL_422")
    stored = pictures.values(image)
    source = open_source(image, uid(image), [pictures.native(image, stored)])
    assert np.array_equal(source.frame(0), stored[0])


def test_what_lies_behind_the_last_pixel_becomes_zero_and_the_length_stays(pictures):
    image = Image(rows=3, columns=3)
    value = pictures.native(image, pictures.values(image)) + b"\x41"
    written = blacked(open_source(image, uid(image), [value]), {0: [Box(0, 0, 1, 1)]})
    assert len(written.frames[0]) == 10
    assert written.frames[0][9] == 0


def test_without_a_box_nothing_is_copied(pictures):
    image = Image(rows=3, columns=3)
    source = open_source(image, uid(image), [pictures.native(image, pictures.values(image))])
    for nothing in ({}, {0: []}, {0: [Box(2, 2, 2, 9), Box(-5, 0, 0, 3), Box(3, 0, 9, 3)]}):
        written = blacked(source, nothing)
        assert (written.frames, written.is_changed, written.image) == ((), False, image)


def test_a_frame_cannot_be_changed_by_who_looks_at_it(pictures):
    image = Image(rows=3, columns=3)
    frame = open_source(image, uid(image), [bytearray(9)]).frame(0)
    with pytest.raises(ValueError, match="read-only"):
        frame[0, 0] = 1


def test_a_large_value_costs_one_copy():
    image = Image(rows=512, columns=512, frames=64, allocated=16, stored=12, high_bit=11)
    value = bytes(image.rows * image.columns * 2 * image.frames)
    source = open_source(image, uid(image), [value])
    tracemalloc.start()
    written = blacked(source, {number: [Box(0, 0, 40, 300)] for number in range(image.frames)})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written.is_changed
    assert peak < 1.2 * len(value)


@pytest.mark.parametrize(
    "image",
    [
        Image(rows=4, columns=4, samples=3, photometric="YBR_FULL_422"),
        Image(rows=4, columns=5, samples=3, photometric="YBR_FULL_422"),
        Image(rows=4, columns=4, frames=1000),
        Image(rows=4, columns=4, allocated=12, stored=12, high_bit=11),
        Image(rows=4, columns=4, allocated=64, stored=64, high_bit=63),
        Image(rows=4, columns=4, allocated=8, stored=12, high_bit=11),
        Image(rows=4, columns=4, allocated=8, stored=8, high_bit=3),
        Image(rows=4, columns=4, samples=3),
        Image(rows=4, columns=4, photometric="RGB"),
        Image(rows=4, columns=4, photometric="SEPIA"),
        Image(rows=0, columns=4),
        Image(rows=4, columns=4, samples=3, photometric="YBR_PARTIAL_420"),
        Image(rows=65535, columns=65535, samples=3, photometric="RGB"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(image):
    with pytest.raises(Refused) as caught:
        open_source(image, uid(image), [bytes(20)])
    assert caught.value.reason is Reason.PIXELS_UNDECODABLE


def test_a_box_in_a_frame_that_is_not_there_is_refused():
    source = open_source(Image(rows=2, columns=2), uid(Image(rows=2, columns=2)), [bytes(4)])
    for number in (-1, 1):
        with pytest.raises(Refused):
            blacked(source, {number: [Box(0, 0, 1, 1)]})
        with pytest.raises(Refused):
            source.frame(number)
