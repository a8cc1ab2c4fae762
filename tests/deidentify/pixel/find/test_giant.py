import numpy as np
import pytest
from written import is_within, section, write

from gateway.deidentify.pixel.find import search
from gateway.deidentify.pixel.find.giant import giants
from gateway.deidentify.pixel.find.rendering import three
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Depth, Request


@pytest.mark.parametrize("height", [300])
def test_giant_letters_are_found(engines, height):
    picture = np.full((768, 1024), 20, np.uint8)
    box = write(picture, "DOE", (60, 40), height=height)
    found = search(picture, Request(Image(768, 1024), "1.2.840.10008.1.2.1", depth=Depth.FULL), engines)
    assert is_within(box, found)


def test_large_anatomy_is_none(engines):
    values = section(11)
    picture = three(np.clip((values + 1024) / 16, 0, 255).astype(np.uint8))
    assert giants(engines.detectors, [picture], engines.readers[0]) == []


def test_two_thick_bands_are_none_whatever_is_read(engines):
    picture = np.full((512, 512, 3), 40, np.uint8)
    for left in (120, 300):
        picture[60:450, left : left + 90] = 150
    assert giants(engines.detectors, [picture], engines.readers[0]) == []


def test_without_a_recogniser_nothing_tells_them_from_anatomy(engines):
    assert giants(engines.detectors, [np.zeros((768, 1024, 3), np.uint8)], None) == []


def test_a_picture_that_is_small_is_not_reduced(engines):
    assert giants((None,), [np.zeros((300, 320, 3), np.uint8)], engines.readers[0]) == []
