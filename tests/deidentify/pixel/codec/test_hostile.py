"""What lies, is cut off or is too large is refused before it is decoded, and nothing else is raised."""

from __future__ import annotations

import random
import struct
from contextlib import contextmanager

import numpy as np
import pytest
from msgspec.structs import replace

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, decoder, open_source
from gateway.deidentify.pixel.codec.encoder import coded, deflated, run_length
from gateway.deidentify.pixel.image import Image
from gateway.errors import Reason, Refused
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, Codec

UID = "1.2.840.10008.1.2"
GRAY = Image(rows=40, columns=48)
COLOUR = replace(GRAY, samples=3, photometric="RGB")
DECODERS = ("_eight_bits", "_by_gdcm", "decode_frame", "decode_pixel_data", "jpeg_ls")


@pytest.fixture(scope="module")
def frames(pictures):
    gray, colour = pictures.values(GRAY)[0], pictures.values(COLOUR)[0]
    drawn = pictures.drawing(40, 48)
    return {
        "5": (GRAY, run_length(gray.astype(np.uint8), GRAY)),
        "8.1": (GRAY, deflated(gray.astype(np.uint8).tobytes())),
        "1.98": (GRAY, gray.astype(np.uint8).tobytes()),
        "4.50": (replace(COLOUR, photometric="YBR_FULL_422"), pictures.jpeg(drawn)),
        "4.55": (replace(COLOUR, photometric="YBR_FULL_422"), pictures.jpeg(drawn, progressive=True)),
        "4.80": (COLOUR, coded(f"{UID}.4.80", colour, COLOUR, 8)),
        "4.90": (COLOUR, coded(f"{UID}.4.90", colour, COLOUR, 8)),
    }


SUFFIXES = ("5", "8.1", "1.98", "4.50", "4.55", "4.80", "4.90")
HEADED = ("4.50", "4.55", "4.80", "4.90")


def refused(image, suffix, frame):
    with pytest.raises(Refused) as caught:
        open_source(image, f"{UID}.{suffix}", [frame]).frame(0)
    assert caught.value.reason is Reason.PIXELS_UNDECODABLE
    return caught.value


@contextmanager
def decoded_or_refused():
    try:
        yield
    except Refused as error:
        found = (error.reason, error.__cause__)
    else:
        return
    assert found == (Reason.PIXELS_UNDECODABLE, None)


@pytest.mark.parametrize(
    "uid",
    [
        *(
            uid
            for uid, each in TRANSFER_SYNTAXES.items()
            if each.codec in (Codec.MPEG, Codec.HEVC, Codec.JPEG_XL)
        ),
        "1.2.3.4",
        "",
    ],
)
def test_video_jpeg_xl_and_what_is_unknown_is_refused(uid):
    with pytest.raises(Refused) as caught:
        open_source(GRAY, uid, [bytes(40 * 48)])
    assert caught.value.reason is Reason.PIXELS_UNDECODABLE


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0, 0.02, 0.3, 0.7, 0.95])
def test_a_frame_that_is_cut_off_is_refused(frames, suffix, share):
    image, frame = frames[suffix]
    refused(image, suffix, frame[: int(len(frame) * share)])


@pytest.mark.parametrize("suffix", HEADED)
@pytest.mark.parametrize(
    "other", [{"rows": 41}, {"columns": 47}, {"samples": 1, "photometric": "MONOCHROME2"}, {"rows": 65535}]
)
def test_a_frame_of_another_size_is_not_even_decoded(frames, suffix, other, monkeypatch):
    for name in DECODERS:
        monkeypatch.setattr(decoder, name, None)
    image, frame = frames[suffix]
    with pytest.raises(Refused) as caught:
        open_source(replace(image, **other), f"{UID}.{suffix}", [frame])
    assert caught.value.reason is Reason.PIXELS_UNDECODABLE
    assert "another size" in caught.value.detail


def test_a_bomb_of_small_tiles_is_not_decoded(frames):
    image, frame = frames["4.90"]
    tiny = bytearray(frame)
    tiny[24:32] = (1).to_bytes(4, "big") * 2
    image = replace(image, rows=2000, columns=2000)
    tiny[8:16] = (2000).to_bytes(4, "big") * 2
    with pytest.raises(Refused, match="too many tiles"):
        open_source(image, f"{UID}.4.90", [bytes(tiny)])


def test_a_deflated_bomb_is_not_inflated(frames):
    import tracemalloc

    bomb = deflated(bytes(1 << 26))
    tracemalloc.start()
    source = open_source(GRAY, f"{UID}.8.1", [bomb])
    source.frame(0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_more_bits_than_are_allocated_are_refused(pictures):
    deep = replace(GRAY, allocated=16, stored=12, high_bit=11)
    frame = coded(f"{UID}.4.80", pictures.values(deep)[0], deep, 12)
    with pytest.raises(Refused):
        open_source(GRAY, f"{UID}.4.80", [frame])


@pytest.mark.parametrize(
    ("suffix", "other"), [("4.80", "4.50"), ("4.50", "4.80"), ("4.90", "4.50"), ("5", "4.90")]
)
def test_a_frame_of_another_codec_is_refused(frames, suffix, other):
    image, frame = frames[suffix]
    refused(image, other, frame)


@pytest.mark.parametrize("count", [0, 2])
def test_another_number_of_frames_is_refused(frames, count):
    image, frame = frames["4.50"]
    with pytest.raises(Refused):
        open_source(image, f"{UID}.4.50", [frame] * count)


def test_a_run_of_more_segments_than_bytes_of_a_pixel_is_refused(frames):
    image, frame = frames["5"]
    refused(image, "5", (2).to_bytes(4, "little") + frame[4:])


def test_thousands_of_scans_are_refused(frames):
    image, frame = frames["4.50"]
    scan = frame[frame.index(b"\xff\xda") : frame.rindex(b"\xff\xd9")]
    at = frame.index(b"\xff\xda")
    assert "scans" in refused(image, "4.50", frame[:at] + scan * 300 + frame[at:]).detail


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_frame_with_changed_bytes_is_decoded_or_refused(frames, suffix):
    image, frame = frames[suffix]
    chance = random.Random(suffix)
    for _ in range(40):
        changed = bytearray(frame)
        for _ in range(chance.choice([1, 1, 3, 20])):
            changed[chance.randrange(len(changed) if chance.random() < 0.5 else 100)] = chance.randrange(256)
        with decoded_or_refused():
            source = open_source(image, f"{UID}.{suffix}", [bytes(changed)])
            source.frame(0)
            written = blacked(source, {0: [Box(3, 3, 20, 20)]})
            open_source(written.image, written.transfer_syntax_uid, written.frames).frame(0)


def test_a_refusal_quotes_nothing_of_the_frame(frames):
    image, frame = frames["4.80"]
    error = refused(image, "4.80", frame[:30] + b"Oswald Example" + frame[44:])
    assert "Oswald" not in str(error)


def test_a_source_of_somebody_else_is_not_written():
    with pytest.raises(TypeError):
        blacked(object(), {})


def test_a_run_beyond_the_last_pixel_over_which_the_library_panics_is_refused():
    deep = replace(GRAY, rows=2, columns=4, allocated=16, stored=16, high_bit=15)
    header = struct.pack("<16L", 2, 64, 66, *[0] * 13)
    refused(deep, "5", header + b"\xf9\1" + b"\x8b\xe3")
