"""Black is right for every colour space, depth and sign."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.deidentify.pixel.codec import fill
from gateway.deidentify.pixel.image import Image, Palette
from gateway.errors import Refused


def image(photometric, samples=1, stored=8, **others):
    return Image(
        4,
        4,
        samples=samples,
        photometric=photometric,
        stored=stored,
        allocated=16,
        high_bit=stored - 1,
        **others,
    )


@pytest.mark.parametrize(
    ("described", "black"),
    [
        (image("MONOCHROME2"), (0,)),
        (image("MONOCHROME1"), (255,)),
        (image("MONOCHROME2", stored=1), (0,)),
        (image("MONOCHROME1", stored=1), (1,)),
        (image("MONOCHROME1", stored=12), (4095,)),
        (image("MONOCHROME2", stored=12, signed=True), (-2048,)),
        (image("MONOCHROME1", stored=12, signed=True), (2047,)),
        (image("RGB", 3), (0, 0, 0)),
        (image("YBR_FULL", 3), (0, 128, 128)),
        (image("YBR_FULL_422", 3), (0, 128, 128)),
        (image("YBR_FULL", 3, stored=16), (0, 32768, 32768)),
        (image("YBR_PARTIAL_422", 3), (16, 128, 128)),
        (image("YBR_RCT", 3), (0, 0, 0)),
        (image("YBR_ICT", 3), (0, 0, 0)),
        (image("HSV", 3), (0, 0, 0)),
        (image("ARGB", 4), (0, 0, 0, 0)),
        (image("CMYK", 4), (255, 255, 255, 255)),
        (image("PALETTE COLOR", palette=Palette(0, b"\x50\x10\x00\x00", b"\0\0\1\0", b"\0\0\0\1")), (3,)),
        (image("PALETTE COLOR", palette=Palette(-2, b"\0\x10\x09\1", bytes(4), bytes(4))), (1,)),
        (image("PALETTE COLOR", palette=Palette(250, b"\x09" * 6 + b"\0", bytes(7), bytes(7))), (250,)),
        (image("PALETTE COLOR"), (0,)),
    ],
)
def test_black(described, black):
    assert fill(described) == black


@pytest.mark.parametrize(("photometric", "black"), [("MONOCHROME2", -1024), ("MONOCHROME1", 3000)])
def test_black_of_a_deep_image_is_its_own_darkest_value(photometric, black):
    """The end of the range would make everything else one grey where a viewer windows by the extremes."""
    frame = np.array([[-1024, 40], [3000, 0]], np.int16)
    assert fill(image(photometric, stored=16, signed=True), frame) == (black,)


def test_black_of_eight_bits_does_not_depend_on_the_frame():
    assert fill(image("MONOCHROME2"), np.full((2, 2), 77, np.uint8)) == (0,)


def test_a_colour_space_that_is_not_known_has_no_black():
    with pytest.raises(Refused):
        fill(image("SEPIA"))
