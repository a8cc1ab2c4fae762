"""Coded frames and headers at their limits: what a mutation of an offset or a length would change unseen."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify import deflate
from gateway.deidentify.bitstream import jpeg, jpeg2000, rle
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.deflate import deflated, inflated
from gateway.deidentify.element_header import explicit_header
from gateway.deidentify.encapsulation import Frames, cleaned_fragments
from gateway.deidentify.parse import parse
from gateway.errors import Reason, Refused
from gateway.standard.transfer_syntax import Codec

EXPLICIT = Encoding(implicit=False, little_endian=True)
JXL = b"\0\0\0\x0cJXL \r\n\x87\n"


def joined(pieces):
    return b"".join(bytes(piece) for piece in pieces)


# RLE (PS3.5 Annex G)

runs = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=128).map(lambda text: (bytes([len(text) - 1]) + text, len(text))),
        st.tuples(st.integers(2, 128), st.binary(min_size=1, max_size=1)).map(
            lambda run: (bytes([257 - run[0]]) + run[1], run[0])
        ),
        st.just((b"\x80", 0)),
    ),
    min_size=1,
    max_size=6,
).filter(lambda found: found[-1][1] > 0)


def rle_frame(*segments, gap=b""):
    """Put segments behind a header, each of even length, with `gap` in front of the first."""
    offsets, position = [], 64 + len(gap)
    for segment in segments:
        offsets.append(position)
        position += len(segment)
    unused = [0] * (15 - len(offsets))
    return struct.pack("<16L", len(segments), *offsets, *unused) + gap + b"".join(segments)


def even(segment):
    return segment + b"\0" * (len(segment) % 2)


@given(runs=runs, tail=st.binary(min_size=2, max_size=9).filter(any))
def test_an_rle_segment_ends_with_the_run_that_fills_its_plane(runs, tail):
    coded, size = b"".join(run for run, _ in runs), sum(size for _, size in runs)
    frame = rle_frame(even(coded))
    assert rle.image_pieces(memoryview(frame), size) == [memoryview(frame)]
    assert joined(rle.image_pieces(memoryview(rle_frame(coded + tail)), size)) == frame


@given(first=runs, second=runs, gap=st.sampled_from([b"", b"JANE", b"\0\0"]))
def test_rle_segments_lie_behind_one_another(first, second, gap):
    size = max(sum(size for _, size in runs) for runs in (first, second))
    filled = []
    for parts in (first, second):
        missing = size - sum(length for _, length in parts)
        zeros = b"".join(bytes([min(128, missing - done) - 1]) + bytes(min(128, missing - done))
                         for done in range(0, missing, 128))  # fmt: skip
        filled.append(even(b"".join(run for run, _ in parts) + zeros))
    assert joined(rle.image_pieces(memoryview(rle_frame(*filled, gap=gap)), 2 * size)) == rle_frame(*filled)


@pytest.mark.parametrize("offsets", [(64, 68), (64, 66), (64, 64), (66, 64), (63, 66), (0, 64)], ids=str)
def test_rle_offsets_lie_behind_the_header_in_order_and_in_the_frame(offsets):
    frame = struct.pack("<16L", 2, *offsets, *[0] * 13) + b"\0\1\0\2"
    if offsets == (64, 66):
        assert joined(rle.image_pieces(memoryview(frame), 2)) == frame
        return
    with pytest.raises(Refused) as refused:
        rle.image_pieces(memoryview(frame), 2)
    assert refused.value.reason is Reason.BITSTREAM


@pytest.mark.parametrize("count", [0, 1, 15, 16])
def test_an_rle_frame_has_one_to_fifteen_segments(count):
    segments = [b"\0\1"] * count
    offsets = [64 + 2 * index for index in range(15)]
    frame = struct.pack("<16L", count, *(offsets[:count] + [0] * 15)[:15]) + b"".join(segments)
    if count in (1, 15):
        assert joined(rle.image_pieces(memoryview(frame), count)) == frame
        return
    with pytest.raises(Refused):
        rle.image_pieces(memoryview(frame), 15)


def test_an_unused_rle_offset_says_nothing():
    frame = bytearray(rle_frame(b"\0\1"))
    struct.pack_into("<L", frame, 60, 0x4A414E45)
    assert joined(rle.image_pieces(memoryview(bytes(frame)), 1)) == rle_frame(b"\0\1")


# JPEG


def segment(code, content):
    return bytes((0xFF, code)) + (len(content) + 2).to_bytes(2, "big") + content


SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x11\x22\xff\0\x33"


@pytest.mark.parametrize(
    ("code", "content"),
    [
        (0xDB, b"\0" + bytes(64)),
        (0xDB, b"\x10" + bytes(128)),
        (0xDB, b"\0" + bytes(64) + b"\x11" + bytes(128)),
        (0xC4, b"\0\1\2" + bytes(14) + b"abc"),
        (0xC4, b"\0\1" + bytes(15) + b"a" + b"\x10\0\2" + bytes(14) + b"bc"),
        (0xC0, b"\x08\0\2\0\2\1" + b"\1\x11\0"),
        (0xC2, b"\x08\0\2\0\2\3" + bytes(9)),
        (0xF7, b"\x08\0\2\0\2\1" + b"\1\x11\0"),
        (0xCC, b"\0\1"),
        (0xDC, b"\0\2"),
        (0xDD, b"\0\2"),
        (0xF8, b"\1" + bytes(10)),
    ],
    ids=lambda value: f"{value:02X}" if isinstance(value, int) else str(len(value)),
)
def test_a_jpeg_segment_is_exactly_as_long_as_its_content_says(code, content):
    def image(planted):
        frame = b"\xff\xd8" + planted + SCAN + b"\xff\xd9"
        return joined(frame[start:end] for start, end in jpeg.image_spans(frame, jpeg_ls=False)), frame

    kept, frame = image(segment(code, content))
    assert kept == frame
    for other in (content + b"J", content[:-1]):
        if code == 0xDD and len(other) in (2, 3, 4):
            continue
        with pytest.raises(Refused):
            image(segment(code, other))


@pytest.mark.parametrize("components", [1, 3])
def test_a_scan_header_is_exactly_as_long_as_its_components_say(components):
    content = bytes([components]) + bytes(2 * components) + b"\0\x3f\0"
    frame = b"\xff\xd8" + segment(0xDA, content) + b"\x11\xff\xd9"
    assert joined(frame[start:end] for start, end in jpeg.image_spans(frame, jpeg_ls=False)) == frame
    with pytest.raises(Refused):
        jpeg.image_spans(b"\xff\xd8" + segment(0xDA, content + b"J") + b"\x11\xff\xd9", jpeg_ls=False)


def test_an_empty_jpeg_segment_is_one():
    frame = b"\xff\xd8" + segment(0xFE, b"") + SCAN + b"\xff\xd9"
    kept = joined(frame[start:end] for start, end in jpeg.image_spans(frame, jpeg_ls=False))
    assert kept == b"\xff\xd8" + SCAN + b"\xff\xd9"


# JPEG 2000 and JPEG XL

READ = {0xFF00 | code for code in b"PQRSUVWXY\\]^_`apqrstuvwxy"}
"""CAP, SIZ, COD, COC, TLM, PRF, PLM, PLT, CPF, QCD, QCC, RGN, POC, PPM, PPT and those of part 2."""


def j2k(main=b"", tile=b"", data=b"\x11\x22"):
    tile_part = b"\xff\x90\0\x0a\0\0" + (14 + len(tile) + len(data)).to_bytes(4, "big") + b"\0\1"
    return b"\xff\x4f" + main + tile_part + tile + b"\xff\x93" + data + b"\xff\xd9"


@pytest.mark.parametrize("code", range(0xFF4E, 0xFF80))
def test_marker_segments_that_a_decoder_reads_stay_and_no_others(code):
    planted = code.to_bytes(2, "big") + b"\0\6Jane"
    stream = j2k(main=planted)
    assert joined(jpeg2000.image_pieces(memoryview(stream))) == (stream if code in READ else j2k())


def test_words_in_a_tile_part_are_zeros_of_the_same_length():
    stream = j2k(tile=b"\xff\x64\0\x08\0\1Jane")
    assert joined(jpeg2000.image_pieces(memoryview(stream))) == j2k(tile=b"\xff\x64\0\x08" + bytes(6))


def box(kind, content, *, long=False):
    if long:
        return struct.pack(">L4sQ", 1, kind, len(content) + 16) + content
    return struct.pack(">L4s", len(content) + 8, kind) + content


@pytest.mark.parametrize("long", [False, True])
def test_a_codestream_is_taken_out_of_its_box(long):
    file = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"xml ", b"Jane", long=long) + box(b"jp2c", j2k(), long=long)
    assert joined(jpeg2000.image_pieces(memoryview(file))) == j2k()


@pytest.mark.parametrize("long", [False, True])
def test_partial_codestreams_are_joined_without_their_numbers(long):
    parts = box(b"jxlp", b"\0\0\0\0\xff\x0a12", long=long) + box(b"jxlp", b"\x80\0\0\x01" + b"345", long=long)
    assert joined(jpeg2000.image_pieces(memoryview(JXL + parts))) == b"\xff\x0a12345"
    whole = JXL + box(b"Exif", b"Jane") + box(b"jxlc", b"\xff\x0a12", long=long)
    assert joined(jpeg2000.image_pieces(memoryview(whole))) == b"\xff\x0a12"


# Fragments (PS3.5 A.4)


def laid_down(datasets, *fragments, count, table=b"", codec=Codec.JPEG_2000):
    """Return the fragments of cleaned Pixel Data, the Basic Offset Table first; None where it stays."""
    source = memoryview(datasets.fragments(*fragments, table=table))
    (element,) = parse(source, EXPLICIT).elements
    cleaned = cleaned_fragments(Frames(source, element, count, 4, codec), EXPLICIT)
    if cleaned is None:
        return None
    written = joined(cleaned)
    (element,) = parse(written, EXPLICIT).elements
    return [written[start:end] for start, end in element.fragments]


@pytest.mark.parametrize("signature", [b"\0\0\0\x0cjP  ", b"\0\0\0\x0cJXL "])
def test_a_frame_of_several_fragments_begins_with_the_signature_of_its_file(signature, datasets):
    file = signature + b"\r\n\x87\n" + box(b"xml ", b"Jane") + box(b"jp2c", j2k())
    parts = (file[:20], file[20:])
    codec = Codec.JPEG_2000 if b"jP" in signature else Codec.JPEG_XL
    assert laid_down(datasets, *parts, *parts, count=2, codec=codec) == [b"", j2k(), j2k()]


@pytest.mark.parametrize("table", [(0, 0), (0, 10), (2, 46), (0,), (0, 46, 92), (46, 0)], ids=str)
def test_a_wrong_offset_table_goes_and_none_is_written(table, datasets):
    frames = [j2k(), j2k()]
    assert len(frames[0]) % 2 == 0
    wrong = struct.pack(f"<{len(table)}L", *table)
    assert laid_down(datasets, *frames, count=2, table=wrong) == [b"", *frames]


def test_a_right_offset_table_stays_and_is_written_anew(datasets):
    right = struct.pack("<2L", 0, len(j2k()) + 8)
    assert laid_down(datasets, j2k(), j2k(), count=2, table=right) is None
    words = j2k(main=b"\xff\x64\0\x08\0\1Jane")
    before = struct.pack("<2L", 0, len(words) + 8)
    assert laid_down(datasets, words, words, count=2, table=before) == [right, j2k(), j2k()]


# Headers


@pytest.mark.parametrize("vr", ["OB", "UN", "UT"])
def test_an_empty_value_of_a_long_vr_may_be_the_last(vr, datasets):
    source = datasets.element(0x00420011, vr, b"")
    (found,) = parse(source, EXPLICIT).elements
    assert (found.value, found.end) == (12, 12)
    with pytest.raises(Refused):
        parse(source[:-1], EXPLICIT)


@pytest.mark.parametrize("little_endian", [True, False])
@pytest.mark.parametrize("number", [0xE000, 0xE00D, 0xE0DD])
def test_an_item_has_no_vr_in_explicit_vr_either(number, little_endian):
    source = b"\0\0" + struct.pack(("<" if little_endian else ">") + "HHL", 0xFFFE, number, 0x4142)
    assert explicit_header(source, 2, little_endian) == (0xFFFE0000 | number, "", 10, 0x4142)


@pytest.mark.parametrize("more", [0, 1])
def test_behind_a_deflate_stream_is_room_for_the_trailer_of_gzip_and_no_more(more):
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    source = memoryview(deflater.compress(b"data set") + deflater.flush() + b"J" * (8 + more))
    if more:
        with pytest.raises(Refused):
            inflated(source)
    else:
        assert inflated(source) == b"data set"


@pytest.mark.parametrize("more", [0, 1])
def test_a_deflated_data_set_is_inflated_up_to_its_bound(more, monkeypatch):
    monkeypatch.setattr(deflate, "FREE_INFLATION", 1000)
    monkeypatch.setattr(deflate, "MAX_INFLATION", 1)
    source = memoryview(joined(deflated([bytes(1000 + more)])))
    if more:
        with pytest.raises(Refused) as refused:
            inflated(source)
        assert refused.value.reason is Reason.LIMIT
    else:
        assert len(inflated(source)) == 1000


@pytest.mark.parametrize("more", [0, 1])
def test_a_data_set_of_64_mib_may_be_as_regular_as_it_likes(more):
    source = memoryview(joined(deflated([bytes((1 << 26) + more)])))
    assert len(source) < 1 << 18
    if more:
        with pytest.raises(Refused):
            inflated(source)
    else:
        assert len(inflated(source)) == 1 << 26
