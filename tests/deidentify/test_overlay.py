"""Letters leave the bitmap of an overlay, large shapes stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.overlay import MAX_FRAME_PIXELS, MIN_GLYPH, cleaned_bitmap

SIDE = 512
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
NAME = "Wolkenstein 1958 Ill"
LETTERS = {
    "I": [[(0, 0), (0, 10)]],
    "L": [[(0, 0), (0, 10), (6, 10)]],
    "V": [[(0, 0), (4, 10), (8, 0)]],
    "O": [[(3, 0), (6, 2), (6, 8), (3, 10), (0, 8), (0, 2), (3, 0)]],
    "N": [[(0, 10), (0, 0), (6, 10), (6, 0)]],
    "H": [[(0, 0), (0, 10)], [(6, 0), (6, 10)], [(0, 5), (6, 5)]],
    "7": [[(0, 0), (6, 0), (2, 10)]],
}
"""Letters of straight strokes, thinner than any font has them."""


def packed(*frames, rows=SIDE, columns=SIDE):
    bits = np.concatenate([frame.reshape(-1) for frame in frames])
    assert len(bits) == rows * columns * len(frames)
    data = np.packbits(bits, bitorder="little").tobytes()
    return data + b"\0" * (len(data) % 2)


def unpacked(data, frames=1, rows=SIDE, columns=SIDE):
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    assert not bits[rows * columns * frames :].any()
    return bits[: rows * columns * frames].reshape(frames, rows, columns)


def cleaned(image):
    result = cleaned_bitmap(packed(image, rows=image.shape[0], columns=image.shape[1]), *image.shape, 1)
    return np.zeros_like(image) if result is None else unpacked(result, 1, *image.shape)[0]


def blank():
    return np.zeros((SIDE, SIDE), np.uint8)


def written(text, height, *, at=(20, 250), font=FONTS[0], thickness=1, angle=0):
    image = blank()
    (_, unit), _ = cv2.getTextSize(text, font, 1, 1)
    cv2.putText(image, text, at, font, height / unit, 1, thickness)
    turn = cv2.getRotationMatrix2D(at, angle, 1)
    return cv2.warpAffine(image, turn, (SIDE, SIDE), flags=cv2.INTER_NEAREST)


def drawn(text, height, thickness):
    image, left = blank(), 20.0
    for letter in text:
        for stroke in LETTERS[letter]:
            points = np.array(stroke) * height / 10 + (left, 100)
            cv2.polylines(image, [points.round().astype(np.int32)], False, 1, thickness)
        left += height
    return image


def circle(thickness=2):
    return cv2.circle(blank(), (256, 256), 120, 1, thickness)


def share(kept, of):
    return float((kept & of).sum() / of.sum())


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("height", [6, 9, 14, 24, 40, MIN_GLYPH])
@pytest.mark.parametrize("angle", [0, 30, 90, -45])
def test_nothing_of_a_text_stays(font, height, angle):
    for thickness in (1, 2, max(1, height // 6)):
        at = (20, 480) if angle > 0 else (20, 80)
        image = written(NAME, height, at=at, font=font, thickness=thickness, angle=angle)
        assert image.any()
        assert not cleaned(image).any()


@pytest.mark.parametrize("height", [10, 30, 50, MIN_GLYPH])
@pytest.mark.parametrize("thickness", [1, 3, 7])
def test_letters_of_bare_strokes_go(height, thickness):
    assert not cleaned(drawn("HILVON7"[: 480 // height], height, thickness)).any()


@pytest.mark.parametrize("thickness", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["circle", "ellipse", "rectangle", "line", "hexagon"])
def test_a_large_outline_stays(kind, thickness):
    image = blank()
    if kind == "circle":
        image = circle(thickness)
    elif kind == "ellipse":
        cv2.ellipse(image, (256, 256), (180, 90), 25, 0, 360, 1, thickness)
    elif kind == "rectangle":
        cv2.rectangle(image, (100, 120), (400, 330), 1, thickness)
    elif kind == "line":
        cv2.line(image, (60, 400), (430, 90), 1, thickness)
    else:
        angles = np.arange(6) * np.pi / 3
        corners = np.stack([256 + 180 * np.cos(angles), 256 + 180 * np.sin(angles)], 1).astype(np.int32)
        cv2.polylines(image, [corners], True, 1, thickness)
    result = cleaned(image)
    assert share(result, image) > 0.93
    assert not (result & (image ^ 1)).any()


@pytest.mark.parametrize("shape", ["disc", "square"])
def test_a_filled_region_stays_as_it_is(shape):
    image = circle(-1) if shape == "disc" else cv2.rectangle(blank(), (90, 80), (300, 400), 1, -1)
    assert np.array_equal(cleaned(image), image)


@pytest.mark.parametrize("height", [8, 20, 45])
@pytest.mark.parametrize("at", [(40, 256), (100, 130), (250, 380), (300, 256)])
def test_a_text_that_touches_an_outline_leaves_no_more_than_stubs(height, at):
    outline = circle()
    image = outline | written("OSWALD 1958", height, at=at)
    result = cleaned(image)
    beyond = result & (cv2.dilate(outline, np.ones((5, 5), np.uint8)) ^ 1)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(beyond, connectivity=8)
    assert share(result, outline) > 0.6
    # A stroke that leaves the outline at a tangent may stay for some pixels; a letter may not.
    assert all(min(box[2], box[3]) < max(4, height // 3) for box in boxes[1:])


@pytest.mark.parametrize("height", [10, 30, 50])
def test_a_text_that_stands_out_of_a_filled_region_is_filled(height):
    region = cv2.rectangle(blank(), (30, 100), (500, 400), 1, -1)
    letters = written("OSWALD 58", height, at=(60, 260), thickness=2)
    assert np.array_equal(cleaned(region & (letters ^ 1)), region)


@pytest.mark.parametrize("at", [(60, 120), (60, 395), (32, 250)])
def test_a_text_at_the_edge_of_a_filled_region_is_filled(at):
    region = cv2.rectangle(blank(), (30, 100), (500, 400), 1, -1)
    letters = written("OSWALD 58", 18, at=at) & region
    result = cleaned(region & (letters ^ 1))
    assert share(result, region) > 0.999
    assert share(result, letters) > 0.9


@pytest.mark.parametrize("angle", [0, 20])
def test_a_line_through_a_text_keeps_no_more_of_it_than_specks(angle):
    line = cv2.line(blank(), (5, 250 - angle), (500, 250 + angle), 1, 1)
    result = cleaned(line | written("OSWALD 1958", 30, at=(60, 262)))
    beyond = result & (cv2.dilate(line, np.ones((5, 5), np.uint8)) ^ 1)
    assert share(result, line) > 0.3
    assert beyond.sum() <= 12


def test_a_text_beside_a_filled_region_goes():
    region = circle(-1)
    image = region | written("OSWALD 1958", 20, at=(300, 60))
    assert np.array_equal(cleaned(image), region)


def test_a_bar_code_goes_although_its_bars_are_long_lines():
    image, left, widths = blank(), 20, np.random.default_rng(3)
    while left < 400:
        width = int(widths.integers(1, 5)) * 2
        cv2.rectangle(image, (left, 100), (left + width - 1, 290), 1, -1)
        left += width + int(widths.integers(1, 5)) * 2
    assert not cleaned(image).any()


def test_a_matrix_code_goes():
    modules = np.random.default_rng(3).integers(0, 2, (30, 30)).astype(np.uint8)
    image = np.pad(np.kron(modules, np.ones((8, 8), np.uint8)), ((100, 172), (100, 172)))
    assert not cleaned(image).any()


def test_noise_is_erased_whole():
    image = (np.random.default_rng(3).random((3000, 3000)) < 0.5).astype(np.uint8)
    image[1000:2000, 1000:2000] = 1
    assert not cleaned(image).any()


def test_letters_of_a_large_image_are_larger():
    image = np.zeros((4096, 4096), np.uint8)
    cv2.putText(image, "Oswald", (300, 2000), FONTS[0], 7, 1, 8)
    assert np.ptp(np.nonzero(image)[0]) > 90
    assert not cleaned(image).any()


def test_frames_that_do_not_begin_at_a_byte_are_cleaned_one_by_one():
    rows, columns = 203, 211
    blanks = [np.zeros((rows, columns), np.uint8) for _ in range(4)]
    ring = cv2.circle(blanks[0], (105, 101), 80, 1, 2)
    letter = cv2.line(cv2.circle(blanks[1], (105, 101), 90, 1, 1), (100, 90), (100, 120), 1, 3)
    frames = (ring, letter, blanks[2], blanks[3] + np.uint8(1))
    data = packed(*frames, rows=rows, columns=columns)
    result = unpacked(cleaned_bitmap(data, rows, columns, 4), 4, rows, columns)
    assert np.array_equal(result[0], ring)
    assert np.array_equal(result[1], cv2.circle(np.zeros_like(ring), (105, 101), 90, 1, 1))
    assert not result[2].any()
    assert result[3].all()


def test_words_of_a_big_endian_value_are_swapped():
    image = circle() | written("Oswald", 20)
    data = packed(image)
    swapped = np.frombuffer(data, np.uint8).reshape(-1, 2)[:, ::-1].tobytes()
    result = cleaned_bitmap(swapped, SIDE, SIDE, 1, swapped=True)
    assert np.frombuffer(result, np.uint8).reshape(-1, 2)[:, ::-1].tobytes() == cleaned_bitmap(
        data, SIDE, SIDE, 1
    )


def test_padding_bits_are_zero():
    # 99 x 99 pixels end with one bit of the last byte but one.
    assert cleaned_bitmap(b"\xff" * 1226, 99, 99, 1) == b"\xff" * 1225 + b"\x01"


@pytest.mark.parametrize(
    ("rows", "columns", "frames"),
    [(0, 512, 1), (512, 512, 0), (-1, 512, 1), (512, 511, 1), (512, 512, 2), (MAX_FRAME_PIXELS, 2, 1)],
)
def test_a_bitmap_of_another_length_is_none(rows, columns, frames):
    assert cleaned_bitmap(packed(circle()), rows, columns, frames) is None


@given(
    st.integers(1, 120),
    st.integers(1, 120),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_bits_give_as_many_bytes_or_nothing(rows, columns, frames, random, swapped):
    length = (rows * columns * frames + 7) // 8
    data = random.randbytes(length + length % 2)
    result = cleaned_bitmap(data, rows, columns, frames, swapped=swapped)
    assert result is None or len(result) == len(data)
