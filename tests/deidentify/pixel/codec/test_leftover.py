"""What a decoder does not use does not survive, and what it guesses at is refused."""

from __future__ import annotations

import os
import random
import re
import struct

import numpy as np
import pytest
from msgspec.structs import replace

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, decoder, jpeg_frame, open_source
from gateway.deidentify.pixel.codec.encoder import coded, deflated
from gateway.deidentify.pixel.image import Image
from gateway.errors import Reason, Refused

UID = "1.2.840.10008.1.2"
GRAY = Image(rows=96, columns=128)
DEEP = replace(GRAY, allocated=16, stored=16, high_bit=15)
NAME = b"Wolkenstein^Oswald"
NOISE = random.Random(5).randbytes(4000).replace(b"\xff", b"\xfe")


@pytest.fixture(scope="module")
def drawn(pictures):
    return pictures.drawing(96, 128)


def scan_of(frame):
    """Return where the entropy-coded data of the last scan begins and ends."""
    at = frame.rindex(b"\xff\xda")
    return at + 2 + int.from_bytes(frame[at + 2 : at + 4], "big"), frame.rindex(b"\xff\xd9")


def with_tail(frame, tail):
    end = frame.rindex(b"\xff\xd9")
    out = frame[:end] + tail + b"\xff\xd9"
    return out + bytes(len(out) % 2)


def opened(image, suffix, frame):
    return open_source(image, f"{UID}.{suffix}", [frame])


def refused(image, suffix, frame):
    with pytest.raises(Refused) as caught:
        opened(image, suffix, frame).frame(0)
    assert caught.value.reason is Reason.PIXELS_UNDECODABLE
    return caught.value.detail


def rewritten(image, suffix, frame):
    """Return what `blacked` makes of a frame without a box, and check that no pixel changed."""
    source = opened(image, suffix, frame)
    before = source.frame(0).copy()
    written = blacked(source, {})
    assert written.is_changed
    after = open_source(written.image, written.transfer_syntax_uid, written.frames)
    assert np.array_equal(after.frame(0), before)
    assert not blacked(after, {}).is_changed
    return written


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 5}])
def test_a_sound_frame_keeps_its_bytes(pictures, drawn, options):
    source = opened(GRAY, "4.50", pictures.jpeg(drawn[..., 0], "L", **options))
    assert not source.has_rest(0)
    assert not blacked(source, {}).is_changed


@pytest.mark.parametrize("tail", [NAME, b"DOEJ", b"\0" * 100, NOISE])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_bytes_behind_the_last_block_go_and_every_coefficient_stays(pictures, drawn, tail, options):
    frame = with_tail(pictures.jpeg(drawn[..., 0], "L", **options), tail)
    written = rewritten(GRAY, "4.50", frame)
    assert written.transfer_syntax_uid == f"{UID}.4.50"
    assert tail not in bytes(written.frames[0])


def test_letters_that_the_decoder_reads_ahead_and_does_not_need_are_noticed(pictures, drawn):
    silent = 0
    for quality in range(50, 90, 4):
        frame = with_tail(pictures.jpeg(drawn[..., 0], "L", quality=quality).rstrip(b"\0"), b"DOEJ")
        silent += not decoder.jpeg(jpeg_frame.take_apart(frame))[1]
        assert opened(GRAY, "4.50", frame).has_rest(0)
    assert silent


def test_bytes_behind_the_last_block_of_one_frame_leave_the_others_as_they_were(pictures, drawn):
    frame = pictures.jpeg(drawn[..., 0], "L")
    image = replace(GRAY, frames=3)
    source = open_source(image, f"{UID}.4.50", [frame, with_tail(frame, NAME), frame])
    written = blacked(source, {})
    assert written.frames[0] == written.frames[2] == frame
    assert NAME not in bytes(written.frames[1])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 5}])
def test_a_scan_that_ends_in_what_may_be_text_and_needs_it_stays(pictures, drawn, options, monkeypatch):
    monkeypatch.setattr(jpeg_frame, "_TEXT", re.compile(b""))
    source = opened(GRAY, "4.50", pictures.jpeg(drawn[..., 0], "L", **options))
    assert not source.has_rest(0)


@pytest.mark.parametrize("missing", [1, 2, 200])
def test_a_scan_that_ends_early_is_refused(pictures, drawn, missing):
    frame = pictures.jpeg(drawn[..., 0], "L")
    end = frame.rindex(b"\xff\xd9")
    assert "complains" in refused(GRAY, "4.50", frame[: end - missing] + b"\xff\xd9")


def test_a_restart_marker_that_hides_the_picture_is_refused(pictures, drawn):
    frame = pictures.jpeg(drawn[..., 0], "L")
    start, _ = scan_of(frame)
    assert "restart" in refused(GRAY, "4.50", frame[:start] + b"\xff\xd0" + frame[start:])


def test_a_second_picture_in_a_second_scan_is_refused(pictures, drawn):
    frame = pictures.jpeg(drawn[..., 0], "L")
    at, end = frame.rindex(b"\xff\xda"), frame.rindex(b"\xff\xd9")
    assert "two scans" in refused(GRAY, "4.50", frame[:end] + frame[at:])


def test_scan_headers_of_sloppy_encoders_are_no_fault(pictures, drawn):
    frame = bytearray(pictures.jpeg(drawn[..., 0], "L"))
    start, _ = scan_of(frame)
    sound = opened(GRAY, "4.50", bytes(frame)).frame(0)
    frame[start - 3 : start] = b"\0\0\0"
    assert np.array_equal(opened(GRAY, "4.50", bytes(frame)).frame(0), sound)


def test_a_warning_is_no_output_of_the_process(pictures, drawn, capfd):
    frame = with_tail(pictures.jpeg(drawn[..., 0], "L"), NAME)
    blacked(opened(GRAY, "4.50", frame), {0: [Box(0, 0, 8, 8)]})
    os.write(2, b"still there\n")
    assert capfd.readouterr().err == "still there\n"


@pytest.mark.parametrize("tail", [b"\0", b"Z", NAME])
def test_bytes_behind_the_last_line_of_jpeg_ls_are_refused(pictures, tail):
    frame = coded(f"{UID}.4.80", pictures.values(DEEP)[0], DEEP, 16)
    refused(DEEP, "4.80", with_tail(frame.rstrip(b"\0"), tail))


def longer_tile(stream, tail):
    at = stream.index(b"\xff\x90")
    (length,) = struct.unpack_from(">L", stream, at + 6)
    end = at + length
    return (
        stream[: at + 6] + struct.pack(">L", length + len(tail)) + stream[at + 10 : end] + tail + b"\xff\xd9"
    )


@pytest.mark.parametrize("tail", [b"Z", NAME, NOISE])
def test_bytes_behind_the_last_packet_go_and_every_pixel_stays(pictures, tail):
    frame = coded(f"{UID}.4.90", pictures.values(GRAY)[0], GRAY, 8)
    assert not blacked(opened(GRAY, "4.90", frame), {}).is_changed
    written = rewritten(GRAY, "4.90", longer_tile(frame, tail))
    assert tail == b"Z" or tail not in bytes(written.frames[0])


def test_packed_chrominance_for_two_pixels_in_a_deflated_frame_is_read(pictures):
    image = Image(rows=20, columns=30, samples=3, photometric="YBR_FULL_422")
    data, (full,) = pictures.subsampled(pictures.values(image))
    source = opened(image, "8.1", deflated(data))
    assert np.array_equal(source.frame(0), full)
    written = blacked(source, {0: [Box(2, 3, 6, 7)]})
    after = open_source(written.image, written.transfer_syntax_uid, written.frames).frame(0)
    assert (after[2:6, 2:8, 0] == 0).all()
    assert np.array_equal(after[6:], full[6:])


@pytest.mark.parametrize("suffix", ["1.98", "8.1"])
def test_bytes_behind_packed_pixels_go(pictures, suffix):
    image = Image(rows=20, columns=30, samples=3, photometric="YBR_FULL_422")
    data, (full,) = pictures.subsampled(pictures.values(image))
    pack = deflated if suffix == "8.1" else bytes
    source = opened(image, suffix, pack(data + NAME))
    assert np.array_equal(source.frame(0), full)
    (frame,) = blacked(source, {}).frames
    assert NAME not in bytes(frame)
    assert not opened(image, suffix, frame).has_rest(0)


def test_native_pixels_are_changed_where_they_are_if_the_caller_says_so():
    value = bytearray(b"\x55" * GRAY.rows * GRAY.columns)
    source = open_source(GRAY, f"{UID}.1", [memoryview(value)])
    copied = blacked(source, {0: [Box(0, 0, 4, 4)]})
    assert set(value) == {0x55}
    written = blacked(source, {0: [Box(0, 0, 4, 4)]}, may_overwrite=True)
    assert written.frames[0].obj is value
    assert bytes(written.frames[0]) == bytes(copied.frames[0])


def test_native_pixels_that_cannot_be_written_to_are_copied():
    value = b"\x55" * GRAY.rows * GRAY.columns
    source = open_source(GRAY, f"{UID}.1", [memoryview(value)])
    written = blacked(source, {0: [Box(0, 0, 4, 4)]}, may_overwrite=True)
    assert set(value) == {0x55}
    assert bytes(written.frames[0])[:4] == bytes(4)
