"""Overlay planes stay with cleaned bitmaps, curves as numbers; what does not fit goes."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.graphics import plan
from gateway.deidentify.parse import parse

SIDE = 512
NAME = "Wolkenstein 1958"


def packed(image):
    return np.packbits(image.reshape(-1), bitorder="little").tobytes()


def unpacked(data):
    return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").reshape(SIDE, SIDE)


def circle():
    return cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (256, 256), 120, 1, 2)


def written(text):
    return cv2.putText(np.zeros((SIDE, SIDE), np.uint8), text, (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 1)


def us(*numbers, big=False):
    return struct.pack(f"{'>' if big else '<'}{len(numbers)}H", *numbers)


def plane(group=0x6000, *, big=False, image=None, **changes):
    """Return an overlay plane; `changes` by element number as in e0040=("CS", "G")."""
    data = packed(circle() if image is None else image)
    if big:
        data = np.frombuffer(data, np.uint8).reshape(-1, 2)[:, ::-1].tobytes()
    elements = {
        0x0010: ("US", us(SIDE, big=big)),
        0x0011: ("US", us(SIDE, big=big)),
        0x0040: ("CS", "R"),
        0x0050: ("SS", us(1, 1, big=big)),
        0x0100: ("US", us(1, big=big)),
        0x0102: ("US", us(0, big=big)),
        0x3000: ("OW", data),
    }
    elements |= {int(name[1:], 16): value for name, value in changes.items()}
    return {group << 16 | number: value for number, value in elements.items() if value is not None}


def curve(group=0x5000, **changes):
    elements = {
        0x0005: ("US", us(2)),
        0x0010: ("US", us(3)),
        0x0020: ("CS", "ROI"),
        0x0103: ("US", us(0)),
        0x3000: ("OW", us(10, 10, 90, 10, 50, 80)),
    }
    elements |= {int(name[1:], 16): value for name, value in changes.items()}
    return {group << 16 | number: value for number, value in elements.items() if value is not None}


def treated(datasets, values, *, big=False, implicit=False):
    """Return the plan by tag."""
    source = memoryview(datasets.encoded(values, big=big, implicit=implicit))
    root = parse(source, Encoding(implicit, little_endian=not big))
    found = plan(root, source)
    return {element.tag: found[element.start] for element in root.elements if element.start in found}


def kept(found):
    return {tag for tag, treatment in found.items() if treatment is Action.KEEP}


@pytest.mark.parametrize("big", [False, True])
def test_a_plane_keeps_its_numbers_and_gets_a_cleaned_bitmap(datasets, big):
    found = treated(datasets, plane(0x601E, big=big, image=circle() | written(NAME)), big=big)
    assert kept(found) == {0x601E0000 | n for n in (0x10, 0x11, 0x40, 0x50, 0x100, 0x102)}
    order = [1, 0] if big else [0, 1]
    bitmap = np.frombuffer(found[0x601E3000], np.uint8).reshape(-1, 2)[:, order].tobytes()
    assert np.array_equal(unpacked(bitmap), circle())


def test_a_plane_in_implicit_vr_is_treated_alike(datasets):
    assert treated(datasets, plane(), implicit=True) == treated(datasets, plane())


def test_words_about_a_plane_are_cleaned_as_descriptors(datasets):
    words = {"e0022": ("LO", "ROI Wolkenstein"), "e1500": ("LO", "ROI"), "e4000": ("LT", "by Oswald")}
    found = treated(datasets, plane(**words))
    assert all(found[0x60000000 | number] is Action.CLEAN for number in (0x0022, 0x1500, 0x4000))


def test_a_subtype_stays_only_as_a_defined_term(datasets):
    assert treated(datasets, plane(e0045=("LO", "AUTOMATED")))[0x60000045] is Action.KEEP
    assert 0x60000045 not in treated(datasets, plane(e0045=("LO", "USER Oswald")))


def test_statistics_stay_as_numbers_only(datasets):
    found = treated(datasets, plane(e1301=("IS", "125"), e1302=("DS", "Oswald"), e1303=("DS", "1.5")))
    assert {0x60001301, 0x60001303} <= kept(found)
    assert 0x60001302 not in found


@pytest.mark.parametrize(
    "change",
    [
        {"e0100": ("US", us(16))},
        {"e0102": ("US", us(12))},
        {"e0040": ("CS", "WOLKENSTEIN")},
        {"e0050": None},
        {"e0010": None},
        {"e0010": ("LO", "512 ")},
        {"e0015": ("IS", "2")},
        {"e0015": ("IS", "Oswald")},
        {"e0060": ("CS", "RLE")},
        {"e3000": None},
        {"e3000": ("OW", b"\0" * (SIDE * SIDE // 8))},
        {"e3000": ("OW", packed(circle())[:-2])},
        {"e3000": ("OW", packed(written(NAME)))},
    ],
    ids=lambda change: str([(key, value and value[1][:8]) for key, value in change.items()]),
)
def test_a_plane_that_is_not_what_it_says_goes_with_all_its_attributes(datasets, change):
    assert treated(datasets, plane(**change)) == {}


def test_a_plane_goes_without_the_others(datasets):
    found = treated(datasets, {**plane(0x6000, e0102=("US", us(8))), **plane(0x6002)})
    assert {tag >> 16 for tag in found} == {0x6002}


def test_retired_and_unknown_attributes_of_a_plane_go(datasets):
    found = treated(datasets, plane(e0061=("SH", "Oswald"), e1200=("US", us(1)), e7777=("LO", "Oswald")))
    assert not {0x60000061, 0x60001200, 0x60007777} & set(found)


def test_groups_beyond_the_range_are_no_planes(datasets):
    assert treated(datasets, {**plane(0x6020), **curve(0x5020)}) == {}


def test_a_curve_keeps_its_numbers(datasets):
    extra = {"e0104": ("US", us(10, 10)), "e0106": ("SH", "10.5\\90"), "e0030": ("SH", "PIXL\\PIXL")}
    values = curve(0x5002, **extra)
    assert kept(treated(datasets, values)) == set(values)


def test_words_about_a_curve_are_cleaned_as_descriptors(datasets):
    words = {
        "e0022": ("LO", "of Oswald"),
        "e0030": ("SH", "Oswald"),
        "e0040": ("SH", "x\\y"),
        "e2500": ("LO", "ROI 1"),
    }
    found = treated(datasets, curve(**words))
    assert all(found[0x50000000 | number] is Action.CLEAN for number in (0x0022, 0x0030, 0x0040, 0x2500))


def test_sound_and_references_of_a_curve_go(datasets):
    extra = {
        "e2000": ("US", us(1)),
        "e200C": ("OW", b"Wolkenstein "),
        "e200E": ("LT", "Oswald"),
        "e2610": ("US", us(0x6000)),
        "e2600": None,
    }
    values = curve(**extra) | {0x50002600: datasets.sequence(0x50002600, b"")}
    assert set(treated(datasets, values)) == set(curve())


@pytest.mark.parametrize(
    "change",
    [
        {"e0005": ("US", us(3))},
        {"e0005": ("US", us(0))},
        {"e0005": ("US", us(60000))},
        {"e0010": ("US", us(4))},
        {"e0010": ("US", us(0)), "e3000": ("OW", b"")},
        {"e0020": ("CS", "TABL")},
        {"e0020": ("CS", "WOLKENSTEIN")},
        {"e0103": ("US", us(5))},
        {"e0103": None},
        {"e0110": ("US", us(1))},
        {"e0110": ("US", us(1, 0))},
        {"e0110": ("US", us(7, 1))},
        {"e3000": None},
        {"e3000": ("OW", b"Wolkenstein Oswald")},
    ],
    ids=str,
)
def test_a_curve_that_is_not_what_it_says_goes_with_all_its_attributes(datasets, change):
    assert treated(datasets, curve(**change)) == {}


def test_an_axis_at_intervals_has_no_numbers_of_its_own(datasets):
    values = curve(
        e0110=("US", us(0, 1)), e0112=("US", us(5, 0)), e0114=("US", us(1, 0)), e3000=("OW", us(1, 2, 3))
    )
    assert kept(treated(datasets, values)) == set(values)


def test_numbers_of_an_axis_that_are_words_go(datasets):
    found = treated(datasets, curve(e0104=("US", b"Wolkenstein^Oswald")))
    assert 0x50000104 not in found


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_plan_of_any_values_names_only_its_elements(datasets, data):
    values = {**plane(), **curve()}
    for tag in data.draw(st.sets(st.sampled_from(sorted(values)), max_size=4)):
        values[tag] = (values[tag][0], data.draw(st.binary(max_size=40)))
    found = treated(datasets, values)
    assert set(found) <= set(values)
    assert all(isinstance(item, bytes) or item in (Action.KEEP, Action.CLEAN) for item in found.values())
