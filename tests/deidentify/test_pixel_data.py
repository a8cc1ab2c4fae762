"""Coded frames lose the words about the image and keep the image."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from pydicom.encaps import generate_fragments, get_frame, parse_basic_offsets

from gateway.errors import Reason, Refused

NAME = b"Wolkenstein^Oswald"
PIXEL_DATA, FLOAT_PIXEL_DATA = 0x7FE00010, 0x7FE00008
EXTENDED_OFFSET_TABLE, EXTENDED_LENGTHS = 0x7FE00001, 0x7FE00002


@pytest.fixture
def coded(datasets, bitstreams):
    """De-identify an image of coded frames."""

    def run(kind, *fragments, frames=1, table=b"", extra=None):
        values = {
            **datasets.identity(),
            **bitstreams.module(frames),
            PIXEL_DATA: datasets.fragments(*fragments, table=table),
            **(extra or {}),
        }
        syntax = bitstreams.SYNTAX.get(kind, kind)
        return datasets.outcome(datasets.encoded(values), transfer_syntax_uid=syntax)

    return run


def frames_of(output, count):
    buffer = output.data_set.PixelData
    return [get_frame(buffer, index, number_of_frames=count) for index in range(count)]


def plants(bitstreams):
    """Name each place in each kind of bitstream that takes words."""
    b = bitstreams
    jpeg, jpeg_ls = b.frame("JPEG"), b.frame("JPEG-LS")
    j2k, jp2 = b.frame("JPEG 2000"), b.frame("JP2")
    places = {}
    for kind, plain in (("JPEG", jpeg), ("JPEG-LS", jpeg_ls)):
        for number in range(16):
            places[f"{kind} APP{number}"] = b.jpeg_with(plain, b.segment(0xE0 + number, NAME))
        places[f"{kind} COM"] = b.jpeg_with(plain, b.segment(0xFE, NAME))
        places[f"{kind} COM twice, empty between"] = b.jpeg_with(
            plain, b.segment(0xFE, NAME) + b.segment(0xFE, b"") + b.segment(0xFE, NAME)
        )
        places[f"{kind} COM behind fill bytes"] = b.jpeg_with(plain, b"\xff\xff" + b.segment(0xFE, NAME))
        places[f"{kind} COM of the greatest length"] = b.jpeg_with(plain, b.segment(0xFE, NAME * 3600))
        places[f"{kind} COM in front of the scan"] = b.before_scan(plain, b.segment(0xFE, NAME))
        places[f"{kind} behind EOI"] = plain + NAME
        places[f"{kind} COM behind EOI"] = plain + b.segment(0xFE, NAME)
        places[f"{kind} second image behind EOI"] = plain + b.jpeg_with(plain, b.segment(0xFE, NAME))
    places["JPEG JFIF with a thumbnail"] = b.jpeg_with(
        jpeg, b.segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\6" + NAME)
    )
    places["JPEG Exif"] = b.jpeg_with(jpeg, b.segment(0xE1, b"Exif\0\0MM\0*" + NAME))
    places["JPEG Adobe, longer than it is"] = b.jpeg_with(jpeg, b.segment(0xEE, b"Adobe\0\x64" + NAME))
    places["JPEG COM that begins like an encoder's"] = b.jpeg_with(
        jpeg, b.segment(0xFE, b"Lavc58.54.100" + NAME)
    )
    places["JPEG 2000 main header"] = b.j2k_main_header(j2k, b.j2k_comment(NAME))
    places["JPEG 2000 main header, binary"] = b.j2k_main_header(
        j2k, b"\xff\x64" + struct.pack(">HH", len(NAME) + 4, 0) + NAME
    )
    places["JPEG 2000 tile-part header"] = b.j2k_tile_part_header(j2k, b.j2k_comment(NAME))
    places["JPEG 2000 both headers"] = b.j2k_tile_part_header(
        b.j2k_main_header(j2k, b.j2k_comment(NAME)), b.j2k_comment(NAME)
    )
    places["JPEG 2000 behind EOC"] = j2k + NAME
    places["JPEG 2000 comment that begins like an encoder's"] = b.j2k_main_header(
        j2k, b.j2k_comment(b"Created by OpenJPEG version 2.5.0 " + NAME)
    )
    for box in (b"xml ", b"uuid", b"uinf", b"jp2i", b"asoc", b"free", b"Wolk"):
        places[f"JP2 box {box.decode()}"] = b.jp2_with(jp2, b.box(box, NAME))
    places["JP2 box of extended length"] = b.jp2_with(
        jp2, struct.pack(">L4sQ", 1, b"xml ", 16 + len(NAME)) + NAME
    )
    places["JP2 codestream comment"] = b.jp2_with(b.j2k_main_header(jp2, b""), b"").replace(
        jp2[jp2.index(b"jp2c") - 4 :],
        b.box(b"jp2c", b.j2k_main_header(jp2[jp2.index(b"jp2c") + 4 :], b.j2k_comment(NAME))),
    )
    places["JP2 last box up to the end of the file"] = jp2 + struct.pack(">L4s", 0, b"xml ") + NAME
    return places


KINDS = ("JPEG-LS", "JPEG 2000", "JPEG", "JP2")


def kind_of(place):
    return next(kind for kind in KINDS if place.startswith(kind))


def test_words_in_any_place_of_a_coded_frame_go_and_the_image_stays(bitstreams, coded, subtests):
    for place, frame in plants(bitstreams).items():
        with subtests.test(place):
            assert NAME in frame
            kind = kind_of(place)
            output = coded(kind, frame)
            assert not isinstance(output, Refused), output
            assert not output.has(NAME)
            assert not output.has(b"Oswald")
            (stripped,) = frames_of(output, 1)
            expected = bitstreams.decoded(kind, bitstreams.frame(kind))
            assert np.array_equal(bitstreams.decoded(kind, stripped), expected)


def test_a_codestream_loses_the_file_around_it(bitstreams, coded):
    # PS3.5 A.4.4: the optional JP2 file format header shall not be included.
    (frame,) = frames_of(coded("JP2", bitstreams.frame("JP2")), 1)
    assert bitstreams.frame("JP2").endswith(frame.removesuffix(b"\0"))
    assert frame.startswith(b"\xff\x4f")


@pytest.mark.parametrize("kind", ["JPEG", "JPEG-LS", "JPEG 2000"])
def test_a_frame_without_words_stays_byte_for_byte(kind, datasets, bitstreams, coded):
    frame = bitstreams.frame(kind)
    output = coded(kind, frame)
    assert datasets.fragments(frame) in output.file


@pytest.mark.parametrize("kind", ["JPEG", "JPEG-LS", "JPEG 2000"])
def test_zero_padding_behind_a_frame_is_no_reason_to_change_it(kind, datasets, bitstreams, coded):
    padded = bitstreams.frame(kind) + b"\0" * 6
    assert datasets.fragments(padded) in coded(kind, padded).file


@pytest.mark.parametrize("kind", ["JPEG", "JPEG-LS", "JPEG 2000"])
@pytest.mark.parametrize("with_table", [False, True], ids=["empty table", "offset table"])
def test_the_basic_offset_table_is_right_after_stripping(kind, with_table, datasets, bitstreams, coded):
    comment = {"JPEG 2000": lambda f: bitstreams.j2k_main_header(f, bitstreams.j2k_comment(NAME))}
    plant = comment.get(kind, lambda f: bitstreams.jpeg_with(f, bitstreams.segment(0xFE, NAME)))
    frames = [plant(bitstreams.frame(kind, number)) for number in range(3)]
    lengths = [len(frame) + len(frame) % 2 + 8 for frame in frames]
    table = struct.pack("<3L", 0, lengths[0], lengths[0] + lengths[1]) if with_table else b""
    output = coded(kind, *frames, frames=3, table=table)
    assert not output.has(b"Oswald")
    offsets = parse_basic_offsets(output.data_set.PixelData)
    assert len(offsets) == (3 if with_table else 0)
    for number, frame in enumerate(frames_of(output, 3)):
        expected = bitstreams.decoded(kind, bitstreams.frame(kind, number))
        assert np.array_equal(bitstreams.decoded(kind, frame), expected)


def test_a_name_split_over_two_fragments_of_one_frame_goes(bitstreams, coded):
    frame = bitstreams.jpeg_with(bitstreams.frame("JPEG"), bitstreams.segment(0xFE, NAME))
    cut = frame.index(b"Oswald") + 2
    cut -= cut % 2
    output = coded("JPEG", frame[:cut], frame[cut:])
    assert not output.has(b"Wolken")
    (stripped,) = frames_of(output, 1)
    assert np.array_equal(
        bitstreams.decoded("JPEG", stripped), bitstreams.decoded("JPEG", bitstreams.frame("JPEG"))
    )


@pytest.mark.parametrize("with_table", [False, True], ids=["empty table", "offset table"])
def test_frames_of_several_fragments_are_joined_and_cleaned(with_table, bitstreams, coded):
    frames = [
        bitstreams.jpeg_with(bitstreams.frame("JPEG", number), bitstreams.segment(0xFE, NAME))
        for number in range(2)
    ]
    pieces = [piece for frame in frames for piece in (frame[:100], frame[100:])]
    first = sum(8 + len(piece) + len(piece) % 2 for piece in pieces[:2])
    table = struct.pack("<2L", 0, first) if with_table else b""
    output = coded("JPEG", *pieces, frames=2, table=table)
    assert not output.has(b"Oswald")
    assert sum(1 for _ in generate_fragments(output.data_set.PixelData[8 + 4 * 2 * with_table :])) == 2
    for number, frame in enumerate(frames_of(output, 2)):
        expected = bitstreams.decoded("JPEG", bitstreams.frame("JPEG", number))
        assert np.array_equal(bitstreams.decoded("JPEG", frame), expected)


def test_an_extended_offset_table_goes_with_the_frames_it_was_about(bitstreams, coded):
    plain = bitstreams.frame("JPEG")
    tables = {
        EXTENDED_OFFSET_TABLE: ("OV", struct.pack("<Q", 0)),
        EXTENDED_LENGTHS: ("OV", struct.pack("<Q", len(plain))),
    }
    assert EXTENDED_OFFSET_TABLE in coded("JPEG", plain, extra=tables).data_set
    planted = bitstreams.jpeg_with(plain, bitstreams.segment(0xFE, NAME))
    assert EXTENDED_OFFSET_TABLE not in coded("JPEG", planted, extra=tables).data_set


@pytest.mark.parametrize("tag", [EXTENDED_OFFSET_TABLE, EXTENDED_LENGTHS])
def test_words_in_an_extended_offset_table_go(tag, bitstreams, coded):
    tables = {
        EXTENDED_OFFSET_TABLE: ("OV", bytes(8)),
        EXTENDED_LENGTHS: ("OV", bytes(8)),
        tag: ("OV", b"Wolkenst"),
    }
    assert not coded("JPEG", bitstreams.frame("JPEG"), extra=tables).has(b"Wolken")


@pytest.mark.parametrize(
    ("kind", "frame"),
    [
        ("JPEG", NAME),
        ("JPEG", b"\xff\xd8" + NAME),
        ("JPEG", b"\xff\xd8\xff\xfe\xff\xff" + NAME),
        ("JPEG", b"\xff\xd8\xff\xfe\x00\x01" + NAME),
        ("JPEG-LS", b"\xff\xd8" + NAME),
        ("JPEG 2000", NAME),
        ("JPEG 2000", b"\xff\x4f" + NAME),
        ("JPEG 2000", b"\xff\x4f\xff\x51\xff\xff" + NAME),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + b"\xff\xff\xff\xffxml " + NAME),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\1xml " + NAME[:4]),
        ("1.2.840.10008.1.2.4.110", NAME),
    ],
)
def test_a_frame_that_is_not_a_bitstream_is_refused(kind, frame, coded):
    refused = coded(kind, frame)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.BITSTREAM


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_cut_off_anywhere_is_refused_or_holds_no_more_than_it_did(kind, bitstreams, coded):
    frame = bitstreams.frame(kind)
    for length in range(0, len(frame), 3):
        result = coded(kind, frame[:length])
        assert not isinstance(result, Refused) or result.reason in (
            Reason.BITSTREAM,
            Reason.PIXEL_DATA_MISSING,
        )


def test_fewer_fragments_than_frames_are_refused(bitstreams, coded):
    refused = coded("JPEG", bitstreams.frame("JPEG"), frames=2)
    assert refused.reason is Reason.PIXEL_DATA_MISSING


def test_fragments_that_belong_to_no_frame_are_refused(bitstreams, coded):
    frame = bitstreams.frame("JPEG")
    refused = coded("JPEG", frame, frame, NAME, frames=2, table=b"")
    if isinstance(refused, Refused):
        assert refused.reason is Reason.BITSTREAM
    else:
        assert not refused.has(NAME)


def test_native_pixels_lose_what_lies_behind_the_last_of_them(datasets):
    output = datasets.deidentify(datasets.image({PIXEL_DATA: ("OW", b"\1\2\3\4Na")}))
    assert output.data_set.PixelData == b"\1\2\3\4"


def test_native_pixels_with_zero_padding_stay_as_they_are(datasets):
    output = datasets.deidentify(datasets.image({PIXEL_DATA: ("OW", b"\1\2\3\4\0\0")}))
    assert output.data_set.PixelData == b"\1\2\3\4\0\0"


@pytest.mark.parametrize("length", [0, 2])
def test_too_few_native_pixels_are_refused(datasets, length):
    refused = datasets.outcome(datasets.image({PIXEL_DATA: ("OW", b"\1" * length)}))
    assert refused.reason is Reason.PIXEL_DATA_MISSING


@pytest.mark.parametrize("length", [6, 8, 400])
def test_a_few_bytes_behind_the_last_native_pixel_are_cut(datasets, length):
    output = datasets.deidentify(datasets.image({PIXEL_DATA: ("OW", b"\1" * length)}))
    assert output.data_set.PixelData == b"\1" * 4


def test_more_native_pixels_than_the_header_describes_are_refused(datasets):
    refused = datasets.outcome(datasets.image({PIXEL_DATA: ("OW", b"\1" * 4000)}))
    assert refused.reason is Reason.STRUCTURE


def test_a_header_that_describes_pixels_that_are_not_there_is_refused(datasets):
    refused = datasets.outcome(datasets.image(without=(PIXEL_DATA,)))
    assert refused.reason is Reason.PIXEL_DATA_MISSING


def test_native_pixels_are_not_copied(datasets):
    from gateway.deidentify.deidentifier import Deidentifier
    from gateway.deidentify.instance import Instance

    data_set = datasets.encoded({**datasets.identity(), **datasets.pixels(rows=512, columns=512)})
    instance = Instance(datasets.CT, datasets.SOP_INSTANCE_UID, datasets.EXPLICIT, data_set)
    result = Deidentifier(datasets.basic_dates(), datasets.KEY).deidentify(instance)
    largest = max(result.buffers, key=len)
    assert isinstance(largest, memoryview)
    assert largest.obj is data_set


def test_pixels_inside_a_sequence_go(datasets):
    icon = datasets.encoded({**datasets.pixels(), PIXEL_DATA: ("OW", b"NAME")})
    output = datasets.deidentify(datasets.image({0x0040A043: datasets.sequence(0x0040A043, icon)}))
    assert not output.has(b"NAME")


@pytest.mark.parametrize("vr", ["OB", "OW"])
def test_pixel_data_that_no_header_describes_is_refused_or_removed(datasets, vr):
    values = {**datasets.identity(), PIXEL_DATA: (vr, NAME)}
    result = datasets.outcome(datasets.encoded(values))
    assert isinstance(result, Refused) or not result.has(NAME)


def test_native_pixels_in_an_encapsulated_transfer_syntax_are_refused(datasets):
    result = datasets.outcome(datasets.image(), transfer_syntax_uid=datasets.JPEG_BASELINE)
    assert isinstance(result, Refused)


def float_image(datasets, bitstreams, value):
    found = {**datasets.identity(), **bitstreams.module(rows=2, columns=2, allocated=32)}
    return datasets.encoded({**found, FLOAT_PIXEL_DATA: ("OF", value)})


def test_float_pixels_stay(datasets, bitstreams):
    value = struct.pack("<4f", 1, 2, 3, 4)
    assert datasets.deidentify(float_image(datasets, bitstreams, value)).has(value)


def test_float_pixels_lose_what_lies_behind_the_last_of_them(datasets, bitstreams):
    value = struct.pack("<4f", 1, 2, 3, 4) + b"Wolkenstein "
    result = datasets.outcome(float_image(datasets, bitstreams, value))
    assert isinstance(result, Refused) or not result.has(b"Wolken")


def test_two_pixel_data_elements_are_refused_or_reduced_to_one(datasets):
    result = datasets.outcome(datasets.image({FLOAT_PIXEL_DATA: ("OF", b"Wolkenstein^Oswald__")}))
    assert isinstance(result, Refused) or not result.has(NAME)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG 2000", "1.2.840.10008.1.2.5"])
def test_words_in_the_basic_offset_table_go(kind, bitstreams, coded):
    frame = bitstreams.rle_frame(bytes(256)) if kind.startswith("1") else bitstreams.frame(kind)
    result = coded(kind, frame, table=b"Wolkenstein^")
    assert isinstance(result, Refused) or not result.has(b"Wolken")


@pytest.mark.parametrize("kind", ["RLE", "encapsulated uncompressed"])
def test_words_behind_the_pixels_of_any_frame_go(kind, bitstreams, coded):
    if kind == "RLE":
        result = coded(bitstreams.RLE, bitstreams.rle_frame(bitstreams.picture().tobytes(), NAME))
    else:
        result = coded(bitstreams.ENCAPSULATED_UNCOMPRESSED, bitstreams.picture().tobytes() + NAME)
    assert isinstance(result, Refused) or not result.has(NAME)


@pytest.mark.parametrize("marker", [0x02, 0xBF, 0xF0, 0xFD])
def test_words_in_a_reserved_jpeg_segment_go(marker, bitstreams, coded):
    frame = bitstreams.jpeg_with(bitstreams.frame("JPEG"), bitstreams.segment(marker, NAME))
    result = coded("JPEG", frame)
    assert isinstance(result, Refused) or not result.has(NAME)


@pytest.mark.parametrize("marker", [b"\xff\x6f", b"\xff\x01"])
def test_words_in_an_unknown_jpeg_2000_segment_go(marker, bitstreams, coded):
    segment = marker + (len(NAME) + 2).to_bytes(2, "big") + NAME
    result = coded("JPEG 2000", bitstreams.j2k_main_header(bitstreams.frame("JPEG 2000"), segment))
    assert isinstance(result, Refused) or not result.has(NAME)


@pytest.mark.parametrize("place", ["j2k_main_header", "j2k_tile_part_header"])
def test_a_name_in_a_comment_that_begins_like_kakadus_goes(place, bitstreams, coded):
    comment = bitstreams.j2k_comment(b"Kdu-Layer-Info: " + NAME)
    result = coded("JPEG 2000", getattr(bitstreams, place)(bitstreams.frame("JPEG 2000"), comment))
    assert isinstance(result, Refused) or not result.has(NAME)


@pytest.mark.parametrize("kind", [b"xml ", b"uuid"])
def test_words_in_a_box_inside_the_jp2_header_go(kind, bitstreams, coded):
    file = bitstreams.jp2_header_with(bitstreams.frame("JP2"), bitstreams.box(kind, NAME))
    result = coded("JP2", file)
    assert isinstance(result, Refused) or not result.has(NAME)
