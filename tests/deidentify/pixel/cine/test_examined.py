"""A cine through the whole examination, with the engines."""

from __future__ import annotations

import numpy as np
import pytest
from cines import OTHER, Text, colour, speckle

from gateway.deidentify.pixel.examiner import Examiner
from gateway.deidentify.pixel.message import Depth, Kind, Request, Term

ROWS, COLUMNS, FRAMES = 360, 480, 40
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
NAME, ID = "DOE JANE", "ID 48151623"


@pytest.mark.slow
def test_name_clock_and_banner_are_black_in_every_frame_that_has_them(engines) -> None:
    texts = (
        Text(NAME, 26, 20, scale=0.6),
        Text(ID, 190, 180, scale=0.6),
        Text(lambda number: f"21.10.2026 12:34:{number:02d}", 345, 20, scale=0.6),
        Text(OTHER, 26, 200, (23,), scale=0.6),
    )
    ground = speckle(ROWS, COLUMNS)
    frames = np.stack([ground(number) for number in range(FRAMES)])
    masks = [[text.mask(number, ROWS, COLUMNS) for text in texts] for number in range(FRAMES)]
    for frame, of_frame in zip(frames, masks, strict=True):
        for mask in of_frame:
            frame[mask] = 255
    request = Request(
        colour(ROWS, COLUMNS, FRAMES),
        EXPLICIT_LITTLE_ENDIAN,
        depth=Depth.FULL,
        modality="US",
        terms=(Term(Kind.NAME, "Doe^Jane"), Term(Kind.IDENTIFIER, "48151623")),
    )
    examined = Examiner(engines).examine(request, [frames.tobytes()])
    assert examined.outcome.is_changed
    written = np.frombuffer(bytes(examined.frames[0])[: frames.nbytes], np.uint8).reshape(frames.shape)
    for number, of_frame in enumerate(masks):
        for text, mask in zip(texts, of_frame, strict=True):
            assert (written[number][mask] == 0).all(), (text.row, number)
    # Where the banner of one frame stands, the others are as they were.
    beside = (written[:, 20, 300:330] == frames[:, 20, 300:330]).all(axis=(1, 2))
    assert [number for number in range(FRAMES) if not beside[number]] in ([], [23])
