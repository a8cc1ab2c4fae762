"""JPEG is blacked among its coefficients: every MCU beside the boxes stays as it was coded."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image as Pillow

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, coefficient, open_source
from gateway.deidentify.pixel.codec.jpeg_frame import take_apart
from gateway.deidentify.pixel.image import Image
from gateway.errors import Refused

UID = "1.2.840.10008.1.2"
BASELINE, EXTENDED, PROGRESSIVE, JPEG_LS = (f"{UID}.4.{each}" for each in (50, 51, 55, 80))
SAMPLING = {"4:4:4": (8, 8), "4:2:2": (8, 16), "4:2:0": (16, 16)}
YBR = Image(rows=61, columns=83, samples=3, photometric="YBR_FULL_422")
GRAY = replace(YBR, samples=1, photometric="MONOCHROME2")
BOX = Box(20, 20, 31, 50)
ADOBE, JFIF = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0", b"\xff\xe0\0\x10JFIF"


def shown(frame):
    return np.asarray(Pillow.open(io.BytesIO(frame)).convert("RGB")).astype(int)


def widened(box, mcu, image, rim):
    box = box.grown(rim, rim).clipped(image.rows, image.columns)
    down, across = mcu
    return Box(
        box.top // down * down,
        box.left // across * across,
        -(-box.bottom // down) * down,
        -(-box.right // across) * across,
    ).clipped(image.rows, image.columns)


def without_marker(frame, start):
    at = frame.index(start)
    return frame[:at] + frame[at + 2 + int.from_bytes(frame[at + 2 : at + 4], "big") :]


def with_adobe(frame, transform):
    return frame[:2] + ADOBE + b"\0" * 0 + bytes((transform,)) + frame[2:]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), sampling=st.sampled_from([*SAMPLING, "gray", "inverse"]))
def test_mcus_beside_the_boxes_stay_and_the_boxes_are_black(pictures, data, sampling):
    rows, columns = data.draw(st.integers(1, 70)), data.draw(st.integers(1, 70))
    image = replace(YBR if sampling in SAMPLING else GRAY, rows=rows, columns=columns)
    if sampling == "inverse":
        image = replace(image, photometric="MONOCHROME1")
    drawn = pictures.drawing(rows, columns, data.draw(st.integers(0, 99)))
    options = {"quality": data.draw(st.sampled_from([20, 75, 95, 100])), "optimize": data.draw(st.booleans())}
    if data.draw(st.booleans()):
        options["restart_marker_blocks"] = 2
    if sampling in SAMPLING:
        options["subsampling"] = sampling
    frame = pictures.jpeg(drawn if sampling in SAMPLING else drawn[..., 0], **options)
    source = open_source(image, BASELINE, [frame])
    top, left = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    box = Box(top, left, top + data.draw(st.integers(1, 30)), left + data.draw(st.integers(1, 30)))
    box = box.clipped(rows, columns)
    written = blacked(source, {0: [box]})
    rim = 1 if sampling in ("4:2:2", "4:2:0") else 0
    area = widened(box, SAMPLING.get(sampling, (8, 8)), image, rim)
    assert (written.transfer_syntax_uid, written.areas, written.image) == (BASELINE, {0: (area,)}, image)
    assert len(written.frames[0]) % 2 == 0
    before, after = source.frame(0), open_source(image, BASELINE, written.frames).frame(0)
    black = (0, 128, 128) if sampling in SAMPLING else 255 if sampling == "inverse" else 0
    assert (after[box.slices] == black).all()
    # Chrominance between two MCUs is interpolated from both.
    outside = ~pictures.mask(image, [area.grown(rim, rim).clipped(rows, columns)])
    assert np.array_equal(after[outside], before[outside])
    luminance = (after[..., 0], before[..., 0]) if sampling in SAMPLING else (after, before)
    beside = ~pictures.mask(image, [area])
    assert np.array_equal(luminance[0][beside], luminance[1][beside])
    assert np.array_equal(shown(written.frames[0])[outside], shown(frame)[outside])


def test_a_box_that_ends_where_an_mcu_ends_takes_the_next_one_too(pictures):
    """Otherwise its last pixels would take chrominance from there."""
    frame = pictures.jpeg(pictures.drawing(61, 83), subsampling="4:2:0")
    written = blacked(open_source(YBR, BASELINE, [frame]), {0: [Box(16, 16, 32, 48)]})
    assert written.areas == {0: (Box(0, 0, 48, 64),)}
    after = open_source(YBR, BASELINE, written.frames).frame(0)
    assert (after[16:32, 16:48] == (0, 128, 128)).all()


@pytest.mark.parametrize("sampling", SAMPLING)
def test_every_coefficient_beside_the_boxes_is_what_it_was(pictures, sampling):
    frame = pictures.jpeg(pictures.drawing(61, 83), subsampling=sampling)
    written = blacked(open_source(YBR, BASELINE, [frame]), {0: [BOX]})
    before, after = (take_apart(each) for each in (frame, written.frames[0]))
    old, new = (coefficient._read(each.raw(), each) for each in (before, after))
    (area,) = written.areas[0]
    for index in range(3):
        beside = np.ones(old.blocks[index].shape[:2], bool)
        beside[coefficient._blocks(before, index, area)] = False
        assert np.array_equal(old.blocks[index][beside], new.blocks[index][beside])
        assert not new.blocks[index][~beside][:, 1:].any()


def test_other_frames_keep_their_bytes(pictures):
    frames = [pictures.jpeg(pictures.drawing(61, 83, seed)) for seed in range(3)]
    source = open_source(replace(YBR, frames=3), BASELINE, frames)
    written = blacked(source, {1: [BOX]})
    assert written.frames[0] is frames[0]
    assert written.frames[2] is frames[2]
    assert written.frames[1] != frames[1]


def test_the_markers_of_a_frame_are_those_it_had_and_words_are_gone(pictures):
    frame = pictures.jpeg(pictures.drawing(61, 83), comment=b"Oswald Example", exif=b"Exif\0\0Oswald")
    plain = without_marker(pictures.jpeg(pictures.drawing(61, 83)), JFIF[:4])
    for given_frame, has_jfif in ((frame, True), (plain, False), (with_adobe(plain, 1), False)):
        (after,) = blacked(open_source(YBR, BASELINE, [given_frame]), {0: [BOX]}).frames
        assert (JFIF in after) is has_jfif
        assert (ADOBE in after) is (ADOBE in given_frame)
        assert b"Oswald" not in after


@pytest.mark.parametrize("label", ["RGB", "YBR_FULL_422", "YBR_FULL"])
@pytest.mark.parametrize(
    ("marker", "meant"),
    [("jfif", "YBR"), ("adobe 1", "YBR"), ("adobe 0", "RGB"), ("letters", "RGB"), ("", None)],
)
def test_markers_say_what_the_colours_are_before_the_label_does(pictures, label, marker, meant):
    drawn = pictures.drawing(61, 83)
    keep = meant == "RGB"
    frame = pictures.jpeg(drawn, subsampling=0, keep_rgb=keep)
    if marker in ("adobe 1", ""):
        frame = without_marker(frame, JFIF[:4])
    if marker == "letters":
        frame = without_marker(frame, ADOBE[:4])
    frame = with_adobe(frame, 1) if marker == "adobe 1" else frame
    image = replace(YBR, photometric=label)
    source = open_source(image, BASELINE, [frame])
    effective = meant or label[:3]
    assert source.image.photometric[:3] == effective
    black = [0, 0, 0] if effective == "RGB" else [0, 128, 128]
    written = blacked(source, {0: [BOX]})
    assert written.image == image
    after = open_source(image, BASELINE, written.frames).frame(0)
    assert (after[BOX.slices] == black).all()
    if keep or marker:
        # A decoder that follows the markers shows black there.
        assert (shown(written.frames[0])[BOX.slices] <= 1).all()
    coded_values = np.asarray(Pillow.fromarray(drawn) if keep else Pillow.fromarray(drawn).convert("YCbCr"))
    assert np.abs(source.frame(0).astype(int) - coded_values).mean() < 6


def test_frames_of_different_colours_are_refused(pictures):
    frames = [pictures.jpeg(pictures.drawing(61, 83), subsampling=0, keep_rgb=keep) for keep in (True, False)]
    with pytest.raises(Refused):
        open_source(replace(YBR, frames=2), BASELINE, frames)


def test_progressive_frames_become_baseline_with_the_same_coefficients(pictures):
    frames = [pictures.jpeg(pictures.drawing(61, 83, seed), progressive=True) for seed in range(2)]
    source = open_source(replace(YBR, frames=2), PROGRESSIVE, frames)
    written = blacked(source, {0: [BOX]})
    assert written.transfer_syntax_uid == BASELINE
    assert all(take_apart(frame).process == 0xC0 for frame in written.frames)
    after = open_source(written.image, BASELINE, written.frames)
    assert np.array_equal(after.frame(1), source.frame(1))
    assert (after.frame(0)[BOX.slices] == (0, 128, 128)).all()


def test_where_coefficients_cannot_be_rewritten_every_frame_is_coded_without_loss(pictures, monkeypatch):
    frames = [pictures.jpeg(pictures.drawing(61, 83, seed), subsampling="4:2:2") for seed in range(2)]
    source = open_source(replace(YBR, frames=2), BASELINE, frames)
    monkeypatch.setattr(coefficient, "rewritten", lambda *_: None)
    written = blacked(source, {0: [BOX]})
    assert written.transfer_syntax_uid == JPEG_LS
    assert (written.image.photometric, written.image.samples) == ("YBR_FULL", 3)
    after = open_source(written.image, JPEG_LS, written.frames)
    assert np.array_equal(after.frame(1), source.frame(1))
    (area,) = written.areas[0]
    assert area == widened(BOX, (8, 16), YBR, 1).grown(1, 1)
    outside = ~pictures.mask(YBR, [area])
    assert np.array_equal(after.frame(0)[outside], source.frame(0)[outside])
    assert (after.frame(0)[~outside] == (0, 128, 128)).all()


def test_coefficients_that_do_not_read_back_as_they_were_meant_are_not_taken(pictures, monkeypatch):
    frame = take_apart(pictures.jpeg(pictures.drawing(61, 83)))
    assert coefficient.rewritten(frame, [BOX], (0, 128, 128))
    monkeypatch.setattr(coefficient, "_written", lambda source, *_: source)
    assert coefficient.rewritten(frame, [BOX], (0, 128, 128)) is None


def test_no_pixel_reaches_a_file_system(pictures, monkeypatch, tmp_path):
    import tempfile

    def forbidden(*_, **__):
        raise AssertionError("a temporary file")

    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp", "mkdtemp"):
        monkeypatch.setattr(tempfile, name, forbidden)
    frame = pictures.jpeg(pictures.drawing(61, 83))
    assert blacked(open_source(YBR, BASELINE, [frame]), {0: [BOX]}).is_changed


def test_a_step_that_no_decoder_clips_alike_is_left_to_the_lossless_way():
    assert coefficient._level(0, 16) == -64
    assert coefficient._level(0, 255) == -5
    assert coefficient._level(255, 16) == 64
    assert coefficient._level(128, 99) == 0
    assert coefficient._level(0, 5000) is None


def by_component(planes):
    """Return a frame with a scan for each component, made of the scans of three gray frames."""
    scans = [plane[plane.index(b"\xff\xda") : plane.rindex(b"\xff\xd9")] for plane in planes]
    start = planes[0].index(b"\xff\xdb")
    tables = planes[0][start : planes[0].index(b"\xff\xda")]
    at = tables.index(b"\xff\xc0")
    header = tables[at : at + 2 + int.from_bytes(tables[at + 2 : at + 4], "big")]
    size = header[4:9]
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    three = b"\xff\xc0\0\x11" + size + b"\3" + components
    coding = b"".join(
        scan[:5] + bytes((number,)) + scan[6:] for number, scan in zip((1, 2, 3), scans, strict=True)
    )
    frame = b"\xff\xd8" + tables.replace(header, three) + coding + b"\xff\xd9"
    return frame + bytes(len(frame) % 2)


def test_components_that_are_coded_one_after_the_other_are_rewritten(pictures):
    drawn = pictures.drawing(61, 83)
    planes = [pictures.jpeg(drawn[..., index]) for index in range(3)]
    source = open_source(YBR, BASELINE, [by_component(planes)])
    for index, plane in enumerate(planes):
        assert np.array_equal(source.frame(0)[..., index], np.asarray(Pillow.open(io.BytesIO(plane))))
    written = blacked(source, {0: [BOX]})
    assert written.transfer_syntax_uid == BASELINE
    after = open_source(YBR, BASELINE, written.frames).frame(0)
    outside = ~pictures.mask(YBR, written.areas[0])
    assert np.array_equal(after[outside], source.frame(0)[outside])
    assert (after[~outside] == (0, 128, 128)).all()


def test_a_frame_is_decoded_before_its_coefficients_are_touched(pictures, monkeypatch):
    """The library that rewrites them ends the process over what it cannot read."""
    frame = pictures.jpeg(pictures.drawing(61, 83))
    at = frame.index(b"\xff\xc4") + 5
    broken = frame[:at] + b"\xff" + frame[at + 1 :]
    monkeypatch.setattr(coefficient, "rewritten", None)
    with pytest.raises(Refused):
        blacked(open_source(YBR, BASELINE, [broken]), {0: [BOX]})


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_eight_bits_that_are_called_twelve_are_black_as_the_frame_is(pictures, photometric):
    image = replace(GRAY, photometric=photometric, allocated=16, stored=12, high_bit=11)
    frame = pictures.jpeg(pictures.drawing(61, 83)[..., 0] // 2 + 40)
    source = open_source(image, BASELINE, [frame])
    before = source.frame(0)
    (black,) = np.unique(
        open_source(image, BASELINE, blacked(source, {0: [BOX]}).frames).frame(0)[BOX.slices]
    )
    assert abs(int(black) - int(before.max() if photometric == "MONOCHROME1" else before.min())) <= 8
