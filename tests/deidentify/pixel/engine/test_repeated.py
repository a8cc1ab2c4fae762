import numpy as np

from gateway.deidentify.pixel.engine.engines import engines
from gateway.deidentify.pixel.engine.repeated import read_once
from gateway.deidentify.pixel.picture import Reading


class _Counts:
    name = "counts"

    def __init__(self):
        self.crops = 0

    def read(self, crops):
        self.crops += len(crops)
        return [Reading(str(crop.shape), float(crop.mean()), self.name) for crop in crops]


def _crop(rows, columns, shade=0):
    return np.full((rows, columns, 3), shade, np.uint8)


def test_a_crop_is_read_once():
    reader = _Counts()
    (once,) = read_once(engines((), (reader,))).readers
    first = once.read([_crop(10, 20), _crop(10, 20)])
    assert once.read([_crop(10, 20)]) == first[:1]
    assert reader.crops == 1


def test_crops_of_other_pixels_or_another_shape_are_others():
    reader = _Counts()
    (once,) = read_once(engines((), (reader,))).readers
    readings = once.read([_crop(10, 20), _crop(20, 10), _crop(10, 20, 9)])
    assert [(reading.text, reading.confidence) for reading in readings] == [
        ("(10, 20, 3)", 0.0),
        ("(20, 10, 3)", 0.0),
        ("(10, 20, 3)", 9.0),
    ]


def test_the_page_reader_and_the_detectors_stay_as_they_are():
    reader = _Counts()
    loaded = engines((), (reader,), reader)
    once = read_once(loaded)
    assert once.page is reader
    assert once.names == loaded.names
    assert once.readers[0].name == reader.name
