"""Frames that are coded: outside the boxes every value stays, untouched frames keep their bytes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, encoder, fill, open_source
from gateway.deidentify.pixel.codec.encoder import coded, deflated, run_length
from gateway.deidentify.pixel.image import Image, Palette

UID = "1.2.840.10008.1.2"
RLE, JPEG_LS, NEAR, JPEG_2000, LOSSY = (f"{UID}.{each}" for each in ("5", "4.80", "4.81", "4.90", "4.91"))
UNCOMPRESSED, DEFLATED = f"{UID}.1.98", f"{UID}.8.1"
SYNTAXES = (RLE, JPEG_LS, NEAR, JPEG_2000, LOSSY, UNCOMPRESSED, DEFLATED)
REACH = {NEAR: 2, LOSSY: 8}


@st.composite
def images(draw, uid):
    allocated = draw(st.sampled_from([8, 16, 32] if uid in (RLE, UNCOMPRESSED, DEFLATED) else [8, 16]))
    stored = draw(st.integers(2, allocated))
    # OpenJPEG takes nothing smaller; CharLS no noise that is smaller.
    least = 1 if uid in (RLE, UNCOMPRESSED, DEFLATED) else 32
    samples = draw(st.sampled_from([1, 1, 3]))
    colours = ("RGB", "YBR_FULL", "YBR_RCT") if uid in (JPEG_2000, LOSSY) else ("RGB", "YBR_FULL")
    gray = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    photometric = draw(st.sampled_from(colours if samples > 1 else gray))
    return Image(
        rows=draw(st.integers(least, least + 16)),
        columns=draw(st.integers(least, least + 16)),
        frames=draw(st.integers(1, 3)),
        samples=samples,
        photometric=photometric,
        planar=draw(st.integers(0, 1)) if samples > 1 and uid in (RLE, UNCOMPRESSED, DEFLATED) else 0,
        allocated=allocated,
        stored=stored,
        high_bit=stored - 1,
        signed=draw(st.booleans()) and photometric.startswith("MONOCHROME"),
        palette=Palette(0, bytes(range(9, 0, -1)), bytes(9), bytes(9)),
    )


def frame_of(pictures, uid, image, stored):
    if uid == RLE:
        return run_length(pictures.cells(image, stored), image)
    if uid in (UNCOMPRESSED, DEFLATED):
        data = pictures.native(replace(image, frames=1), stored[None])
        return deflated(data) if uid == DEFLATED else pictures.even(data)
    return coded(uid, stored, image, max(image.stored, 8))


@pytest.mark.parametrize("uid", SYNTAXES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_only_the_boxes_change_and_other_frames_keep_their_bytes(pictures, uid, data):
    image = data.draw(images(uid))
    stored = pictures.values(image, data.draw(st.integers(0, 99)))
    frames = [frame_of(pictures, uid, image, each) for each in stored]
    source = open_source(image, uid, frames)
    assert all(np.array_equal(source.frame(number), each) for number, each in enumerate(stored))
    number = data.draw(st.integers(0, image.frames - 1))
    top, left = data.draw(st.integers(0, image.rows - 1)), data.draw(st.integers(0, image.columns - 1))
    box = Box(top, left, top + data.draw(st.integers(1, 9)), left + data.draw(st.integers(1, 9)))
    written = blacked(source, {number: [box]})
    reach = REACH.get(uid, 0)
    area = box.clipped(image.rows, image.columns).grown(reach, reach).clipped(image.rows, image.columns)
    assert written.areas == {number: (area,)}
    assert (written.is_changed, written.is_lossless, written.transfer_syntax_uid) == (True, True, uid)
    assert written.image == image
    after = open_source(written.image, uid, written.frames)
    expected = stored.copy()
    expected[number][area.slices] = fill(source.image, stored[number])
    assert all(np.array_equal(after.frame(each), expected[each]) for each in range(image.frames))
    untouched = [each for each in range(image.frames) if each != number]
    assert all(written.frames[each] is frames[each] for each in untouched)
    assert all(len(frame) % 2 == 0 for frame in written.frames)


@pytest.mark.parametrize("uid", SYNTAXES)
def test_what_is_written_is_the_same_every_time(pictures, uid):
    stored = pictures.values(pictures.COLOUR)[0]
    frame = frame_of(pictures, uid, pictures.COLOUR, stored)
    boxes = {0: [Box(1, 1, 9, 20), Box(20, 3, 30, 22)]}
    first, second = (blacked(open_source(pictures.COLOUR, uid, [frame]), boxes).frames for _ in range(2))
    assert first == second


def test_a_lossy_frame_among_kept_ones_keeps_the_label_and_alone_it_is_relabelled(pictures):
    image = replace(pictures.COLOUR, photometric="YBR_ICT", frames=2)
    stored = pictures.values(image)
    frames = [frame_of(pictures, LOSSY, image, each) for each in stored]
    source = open_source(image, LOSSY, frames)
    assert source.image.photometric == "RGB"
    box = [Box(0, 0, 9, 9)]
    assert blacked(source, {0: box}).image.photometric == "YBR_ICT"
    assert blacked(source, {0: box, 1: box}).image.photometric == "YBR_RCT"


def test_samples_that_no_encoder_takes_come_out_uncoded(pictures):
    image = Image(rows=40, columns=36, frames=2, allocated=32, stored=28, high_bit=27)
    stored = pictures.values(image) % 4096
    frames = [coded(JPEG_2000, each, image, 12) for each in stored]
    source = open_source(image, JPEG_2000, frames)
    written = blacked(source, {1: [Box(2, 2, 8, 8)]})
    assert written.transfer_syntax_uid == f"{UID}.1"
    assert (written.image.vr, written.image.planar) == ("OW", 0)
    stored[1][2:8, 2:8] = stored[1].min()
    assert bytes(written.frames[0]) == pictures.native(image, stored)


def test_what_the_encoder_does_not_take_comes_out_uncoded(pictures, monkeypatch):
    """CharLS has too little room for noise, which is longer when it is coded."""
    image = replace(pictures.COLOUR, frames=2)
    stored = pictures.values(image)
    frames = [coded(JPEG_LS, each, image, 8) for each in stored]
    monkeypatch.setattr(encoder, "_jpeg_ls", lambda *_: struct.unpack("<L", b""))
    written = blacked(open_source(image, JPEG_LS, frames), {0: [Box(2, 2, 8, 8)]})
    assert (written.transfer_syntax_uid, written.image.vr) == (f"{UID}.1", "OB")
    stored[0][2:8, 2:8] = 0
    assert bytes(written.frames[0]) == pictures.native(image, stored)


@pytest.mark.parametrize("signed", [False, True])
def test_a_codestream_of_fewer_bits_than_are_stored_keeps_its_values(pictures, signed):
    few = replace(pictures.GRAY16, signed=signed, stored=10, high_bit=9)
    many = replace(few, stored=16, high_bit=15)
    stored = pictures.values(few)[0]
    for uid in (JPEG_LS, JPEG_2000):
        source = open_source(many, uid, [coded(uid, stored, few, 10)])
        assert np.array_equal(source.frame(0), stored)
        written = blacked(source, {0: [Box(0, 0, 5, 5)]})
        after = open_source(written.image, uid, written.frames)
        assert np.array_equal(after.frame(0)[5:], stored[5:])


def test_signed_samples_in_an_unsigned_codestream_follow_the_data_set(pictures):
    """PS3.3 decides on the sign; encoders that forget it are common."""
    signed = replace(pictures.GRAY16, signed=True, stored=13, high_bit=12)
    stored = pictures.values(signed)[0]
    unsigned = coded(JPEG_2000, stored & 0x1FFF, replace(signed, signed=False), 13)
    assert np.array_equal(open_source(signed, JPEG_2000, [unsigned]).frame(0), stored)
    wide = replace(signed, stored=16, high_bit=15)
    assert np.array_equal(open_source(wide, JPEG_2000, [unsigned]).frame(0), stored)
    opposite = open_source(replace(signed, signed=False), JPEG_2000, [coded(JPEG_2000, stored, signed, 13)])
    assert np.array_equal(opposite.frame(0), stored & 0x1FFF)
