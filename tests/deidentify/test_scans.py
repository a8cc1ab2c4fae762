"""Scans of a JPEG frame at which decoders guess are refused, and no others."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from gateway.deidentify.bitstream.jpeg import image_spans
from gateway.deidentify.bitstream.jpeg2000 import image_pieces
from gateway.errors import Reason, Refused

NAME = b"Wolkenstein^Oswald"


def jpeg(mode="L", size=(61, 43), **options):
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


def scan(frame):
    at = frame.rindex(b"\xff\xda")
    return at + 2 + int.from_bytes(frame[at + 2 : at + 4], "big")


def refused(frame, words):
    with pytest.raises(Refused, match=words) as caught:
        image_spans(frame, jpeg_ls=False)
    assert caught.value.reason is Reason.BITSTREAM


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("blocks", [1, 7, 100])
@pytest.mark.parametrize("size", [(61, 43), (8, 8), (129, 16)])
def test_restart_markers_of_an_encoder_pass(mode, subsampling, progressive, blocks, size):
    options = {"subsampling": subsampling, "progressive": progressive, "restart_marker_blocks": blocks}
    frame = jpeg(mode, size, **options)
    assert image_spans(frame, jpeg_ls=False)[-1][1] == len(frame)


def test_a_restart_marker_without_an_interval_is_refused():
    frame = jpeg()
    refused(frame[: scan(frame)] + b"\xff\xd0" + frame[scan(frame) :], "without an interval")


def test_an_interval_without_restart_markers_is_refused():
    frame = jpeg()
    refused(frame[:2] + b"\xff\xdd\x00\x04\x00\x05" + frame[2:], "another number")


def test_an_interval_of_the_whole_scan_needs_no_marker():
    frame = jpeg()
    image_spans(frame[:2] + b"\xff\xdd\x00\x04\x00\x30" + frame[2:], jpeg_ls=False)


def test_an_interval_of_zero_is_none():
    frame = jpeg()
    image_spans(frame[:2] + b"\xff\xdd\x00\x04\x00\x00" + frame[2:], jpeg_ls=False)


def test_restart_markers_in_another_order_are_refused():
    frame = jpeg(restart_marker_blocks=7)
    refused(frame.replace(b"\xff\xd1", b"\xff\xd3"), "out of order")


def test_a_restart_marker_too_many_is_refused():
    frame = jpeg(restart_marker_blocks=40)
    assert frame.count(b"\xff\xd0") == 1
    end = frame.rindex(b"\xff\xd9")
    refused(frame[:end] + b"\xff\xd1" + NAME + frame[end:], "another number")


def test_a_component_in_two_scans_is_refused():
    frame = jpeg()
    again = frame[frame.rindex(b"\xff\xda") : -2]
    refused(frame[:-2] + again + frame[-2:], "two scans")


def test_what_follows_a_tile_part_of_unknown_length_goes():
    out = io.BytesIO()
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(out, "JPEG2000", no_jp2=True)
    stream = bytearray(out.getvalue())
    at = stream.index(b"\xff\x90\x00\x0a")
    stream[at + 6 : at + 10] = bytes(4)
    assert b"".join(image_pieces(memoryview(bytes(stream) + NAME))) == stream
