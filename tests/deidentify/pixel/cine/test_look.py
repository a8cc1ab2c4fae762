"""Every text of every frame is covered by what is found in the stills, if a search misses nothing."""

from __future__ import annotations

import weakref
from collections import Counter

import cv2
import numpy as np
import pytest
from cines import (
    NAME,
    OTHER,
    Cine,
    Text,
    colour,
    gray,
    perfect,
    shuffled_palette,
    speckle,
    still_ground,
    uncovered,
    vessels,
)

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.cine import look
from gateway.deidentify.pixel.cine.look import _is_covered
from gateway.deidentify.pixel.cine.plan import Plan
from gateway.deidentify.pixel.image import Image

ROWS, COLUMNS, FRAMES = 240, 320, 48
FAN = speckle(ROWS, COLUMNS)
BLACK = still_ground(ROWS, COLUMNS)
WHITE = still_ground(ROWS, COLUMNS, 255)
HALF = {"scale": 0.35}
TWO = (Text(NAME, 12, 4, **HALF), Text("LAO 30 CRA 5", 230, 4, **HALF))


def cine(ground, *texts: Text, frames: int = FRAMES) -> Cine:
    return Cine(colour(ROWS, COLUMNS, frames), ground, texts)


def clock(number: int) -> str:
    return f"12:{number // 30:02d}:{number % 30:02d}"


def random_text(page: int, line: int) -> str:
    random = np.random.default_rng((page, line))
    return "".join(chr(65 + letter) for letter in random.integers(0, 26, 6 + page * line % 9))


def pages(count: int, each: int = 1) -> tuple[Text, ...]:
    return tuple(
        Text(random_text(page, line), 20 + 30 * line + page * 13 % 20, 5 + page * 37 % 90, shown, scale=0.4)
        for page in range(count)
        for line in range(6)
        for shown in [tuple(range(each * page, each * page + each))]
    )


def only(*frames: int, row: int = 12, column: int = 4, value: int | tuple[int, ...] = 255) -> Text:
    colours = value if isinstance(value, tuple) else (value,) * 3
    return Text(NAME, row, column, frames, colours, 0.35)


CINES = {
    "static text on black": cine(BLACK, *TWO),
    "static text beside speckle": cine(FAN, *TWO),
    "static text over speckle": cine(FAN, Text(NAME, 120, 80, **HALF)),
    "clock": cine(FAN, *TWO, Text(clock, 30, 4, **HALF)),
    "clock over speckle": cine(FAN, *TWO, Text(clock, 120, 120, **HALF)),
    "frame counter": cine(FAN, Text(lambda number: f"{number + 1}/48", 30, 4, **HALF)),
    "banner of one frame": cine(FAN, only(37)),
    "banner of the first frame": cine(FAN, only(0)),
    "banner of the last frame": cine(FAN, only(47)),
    "banner of one frame over speckle": cine(FAN, only(37, row=120, column=80)),
    "frames 20 to 30 over speckle": cine(FAN, only(*range(20, 31), row=120, column=80)),
    "frames 20 to 30, grey over speckle": cine(FAN, only(*range(20, 31), row=120, column=80, value=210)),
    "dark text for a while": cine(WHITE, only(*range(48), value=0), only(*range(20, 31), row=60, value=0)),
    "faint dark text in one frame": cine(WHITE, only(37, value=215)),
    "faint text in one frame": cine(FAN, only(37, value=36)),
    "blue text in one frame": cine(FAN, only(37, value=(0, 0, 255))),
    "one text after the other": cine(FAN, only(*range(24)), Text(OTHER, 12, 4, tuple(range(24, 48)), **HALF)),
    "blinking text": cine(FAN, only(*range(0, 48, 2))),
    "two texts in turn": cine(
        FAN, only(*range(0, 48, 2)), Text(OTHER, 230, 4, tuple(range(1, 48, 2)), **HALF)
    ),
    "three texts in turn": cine(
        FAN,
        *(
            Text(random_text(9, turn), 12 + 16 * turn, 4, tuple(range(turn, 48, 3)), **HALF)
            for turn in range(3)
        ),
    ),
    "notes here and there": cine(
        FAN,
        *TWO,
        *(Text(OTHER, 40 + at * 17, at * 67 % 170, (at * 7 + 3, at * 7 + 4), **HALF) for at in range(6)),
    ),
    "text that scrolls": cine(FAN, Text(NAME, 12, 4, move=lambda number: (0, 3 * number), **HALF)),
    "text that jumps over black": cine(
        BLACK, Text(NAME, 20, 4, move=lambda n: (n * 53 % 200, n * 31 % 90), **HALF)
    ),
    "pages": cine(BLACK, *pages(20), frames=20),
    "many pages": cine(BLACK, *pages(24), frames=24),
    "pages of five frames": cine(BLACK, *pages(9, 5), frames=45),
    "one page of text in a cine": cine(FAN, *(text for text in pages(48) if text.frames == (31,))),
    "two frames": cine(FAN, only(1), frames=2),
    "five frames": cine(FAN, only(3), *TWO, frames=5),
}


SLOW = {"pages", "many pages", "pages of five frames", "text that jumps over black", "text that scrolls"}
"""A part of a picture is compared with every text there is."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CINES]
)
def test_every_text_of_every_frame_is_covered(name: str) -> None:
    case = CINES[name]
    search, _ = perfect(case)
    assert uncovered(case, look(case, search)) == set()


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("static text on black", 1),
        ("static text beside speckle", 3.6),
        ("static text over speckle", 3.6),
        ("clock", 3.6),
        ("clock over speckle", 3.6),
        ("blinking text", 3.6),
        ("banner of one frame", 4),
        ("dark text for a while", 2),
        pytest.param("pages", 30, marks=pytest.mark.slow),
        pytest.param("text that scrolls", FRAMES + 1, marks=pytest.mark.slow),
    ],
)
def test_few_pictures_are_searched(name: str, most: float) -> None:
    search, sizes = perfect(CINES[name])
    look(CINES[name], search)
    assert sum(rows * columns for rows, columns in sizes) <= most * ROWS * COLUMNS


@pytest.mark.parametrize("name", ["static text beside speckle", "clock", "banner of one frame"])
def test_each_frame_is_decoded_once_and_those_of_stills_twice(name: str) -> None:
    case = Cine(CINES[name].image, CINES[name].ground, CINES[name].texts)
    search, sizes = perfect(case)
    look(case, search)
    assert case.decoded[: case.image.frames] == list(range(case.image.frames))
    again = Counter(case.decoded[case.image.frames :])
    assert max(again.values(), default=0) <= 1
    parts = sum(size != (ROWS, COLUMNS) for size in sizes)
    assert sum(again.values()) <= len(sizes) + 4 * parts


def test_a_banner_of_one_frame_claims_no_other_frame() -> None:
    case = CINES["banner of one frame"]
    search, _ = perfect(case)
    assert {number for sighting in look(case, search) for number in sighting.frames} == {37}


def test_a_text_of_some_frames_over_what_moves_claims_few_others() -> None:
    case = CINES["frames 20 to 30, grey over speckle"]
    search, _ = perfect(case)
    claimed = {number for sighting in look(case, search) for number in sighting.frames}
    assert claimed <= set(range(14, 37))


@pytest.mark.slow
@pytest.mark.parametrize(("row", "column"), [(240, 250)])
def test_dark_text_of_some_frames_over_bright_speckle_is_covered(row: int, column: int) -> None:
    rows, columns = 480, 640
    dark = Text(NAME, row, column, tuple(range(20, 30)), (0, 0, 0), 0.45)
    case = Cine(colour(rows, columns, 60), speckle(rows, columns), (dark,))
    search, _ = perfect(case)
    assert uncovered(case, look(case, search)) == set()
    # They are a group of their own by what is darkest in a few frames: each alone looks like speckle.
    assert any(set(group.frames) <= set(range(12, 38)) for group in Plan(case).groups)


@pytest.mark.slow
def test_a_page_claims_itself() -> None:
    case = CINES["many pages"]
    search, _ = perfect(case)
    for sighting in look(case, search):
        assert len(sighting.frames) <= 2


def test_what_changes_is_not_steady_and_what_stands_still_over_it_is() -> None:
    case = cine(FAN, Text(NAME, 120, 80, **HALF), Text(clock, 30, 4, **HALF))
    search, _ = perfect(case)
    sightings = look(case, search)
    steady = {sighting.is_steady for sighting in sightings if sighting.found.box.top > 60}
    changing = {sighting.is_steady for sighting in sightings if sighting.found.box.top < 60}
    assert steady == {True}
    assert changing == {False}


def test_what_changes_is_black_in_every_frame() -> None:
    case = CINES["clock"]
    search, _ = perfect(case)
    frames = {sighting.frames for sighting in look(case, search) if not sighting.is_steady}
    assert frames == {tuple(range(FRAMES))}


def test_a_change_beside_a_clock_leaves_the_clock_covered() -> None:
    case = cine(FAN, Text(clock, 230, 4, **HALF), only(37))
    search, _ = perfect(case)
    assert uncovered(case, look(case, search)) == set()


def test_frames_that_are_searched_one_by_one_are_steady() -> None:
    case = CINES["text that scrolls"]
    search, _ = perfect(case)
    assert all(len(sighting.frames) == 1 and sighting.is_steady for sighting in look(case, search))


def test_one_frame_is_searched_as_it_is() -> None:
    case = cine(FAN, *TWO, frames=1)
    search, sizes = perfect(case)
    sightings = look(case, search)
    assert sizes == [(ROWS, COLUMNS)]
    assert case.decoded == [0]
    assert {sighting.frames for sighting in sightings} == {(0,)}


@pytest.mark.slow
def test_few_frames_are_in_memory_at_once() -> None:
    alive = most = 0

    def gone() -> None:
        nonlocal alive
        alive -= 1

    class Counted(Cine):
        def frame(self, number: int) -> np.ndarray:
            nonlocal alive, most
            frame = super().frame(number)
            alive += 1
            most = max(most, alive)
            weakref.finalize(frame, gone)
            return frame

    case = Counted(colour(ROWS, COLUMNS, 150), FAN, (*TWO, only(70)))
    search, _ = perfect(case)
    look(case, search)
    assert most <= 20


def test_indices_of_a_palette_are_compared_as_they_are_shown() -> None:
    palette, index = shuffled_palette()
    image = Image(ROWS, COLUMNS, FRAMES, photometric="PALETTE COLOR", palette=palette)
    texts = (*TWO, only(37, row=120, column=80), Text(clock, 30, 4, **HALF))
    case = Cine(image, speckle(ROWS, COLUMNS, samples=1), texts, alter=lambda frame: index[frame])
    gray_of = np.frombuffer(palette.red, np.uint8)
    search, _ = perfect(case, lambda stored: gray_of[stored])
    assert uncovered(case, look(case, search)) == set()


@pytest.mark.parametrize("depth", [8, 12])
def test_vessels_fill_and_text_in_one_frame_is_found(depth: int) -> None:
    full = (1 << depth) - 1
    texts = (Text("LAO 30", 14, 4, None, (full,), 0.35), Text(NAME, 120, 60, (25,), (full,), 0.35))
    case = Cine(gray(ROWS, COLUMNS, FRAMES, depth), vessels(ROWS, COLUMNS, depth), texts)
    search, sizes = perfect(case)
    assert uncovered(case, look(case, search)) == set()
    assert len(sizes) <= 6


def test_signed_values_and_luminance_with_chrominance_are_taken_as_they_are() -> None:
    signed = Image(ROWS, COLUMNS, FRAMES, allocated=16, stored=16, high_bit=15, signed=True)
    ground = vessels(ROWS, COLUMNS, 12)
    bone = Text(NAME, 120, 60, (25,), (3000,), 0.35)
    case = Cine(signed, lambda number: ground(number).astype(np.int16) - 1024, (bone,))
    search, _ = perfect(case)
    assert uncovered(case, look(case, search)) == set()
    luminance = Image(ROWS, COLUMNS, FRAMES, samples=3, photometric="YBR_FULL")
    coloured = Cine(
        luminance,
        lambda number: cv2.merge([FAN(number)[..., 0], *[np.full((ROWS, COLUMNS), 128, np.uint8)] * 2]),
        (only(37, value=(41, 240, 110)),),
    )
    search, _ = perfect(coloured)
    assert uncovered(coloured, look(coloured, search)) == set()


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 400), (479, 33)])
@pytest.mark.parametrize("frames", [1, 2, 3, 13])
def test_odd_sizes_are_looked_at(shape: tuple[int, int], frames: int) -> None:
    random = np.random.default_rng(1)
    image = Image(*shape, frames, stored=1, high_bit=0)
    case = Cine(image, lambda number: random.integers(0, 2, shape).astype(np.uint8))
    searched: list[tuple[int, ...]] = []
    look(case, lambda stored: searched.append(stored.shape) or [])
    assert searched


@pytest.mark.parametrize(
    ("box", "is_known"),
    [
        (Box(10, 20, 22, 80), True),
        (Box(9, 18, 23, 83), True),
        (Box(10, 20, 22, 110), False),
        (Box(40, 20, 52, 80), False),
    ],
)
def test_a_line_is_known_where_another_covers_nearly_all_of_it(box: Box, is_known: bool) -> None:
    assert _is_covered(box, [Box(100, 100, 110, 110), Box(10, 20, 22, 80)]) is is_known


def test_what_is_found_in_a_strip_is_where_it_is_in_the_picture() -> None:
    case = cine(FAN, only(37, row=200))
    search, sizes = perfect(case)
    boxes = {sighting.found.box.top for sighting in look(case, search)}
    assert min(rows for rows, _ in sizes) < ROWS
    assert all(185 <= top <= 200 for top in boxes)
