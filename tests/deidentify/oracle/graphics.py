"""Clean Graphics: overlay planes and curves (PS3.15 E.3.3, PS3.3 C.9.2, PS3.3-2004 C.10.2)."""

from __future__ import annotations

import re
import struct

from pydicom.dataset import Dataset

from gateway.deidentify.overlay import cleaned_bitmap
from gateway.standard.dictionary import vr_of

from .reading import Raw, element_of, tags_of
from .rule import Ruling
from .value import fits

TYPES = {"TAC", "PROF", "HIST", "ROI", "FILT", "POLY", "ECG", "PRESSURE", "PRES", "FLOW", "PHYSIO", "RESP"}
UNITS = {
    *("SEC", "CNTS", "MM", "PIXL", "NONE", "BPM", "CM", "CMS", "CM2", "CM3", "DB", "DEG", "HZ", "MMHG"),
}
SUBTYPES = {"USER", "AUTOMATED", "ACTIVE 2D/BMODE IMAGE AREA"}
BYTES_OF = {0: 2, 1: 2, 2: 4, 3: 8, 4: 4}
NUMBERS_OF_PLANES = {
    *(0x0010, 0x0011, 0x0015, 0x0040, 0x0050, 0x0051, 0x0100, 0x0102, 0x1001, 0x1301, 0x1302, 0x1303),
}
NUMBERS_OF_CURVES = {0x0005, 0x0010, 0x0020, 0x0103, 0x0110, 0x1001, 0x3000}


class Group:
    """The elements of one repeating group by element number."""

    def __init__(self, data_set: Dataset, number: int, *, big: bool) -> None:
        raws = [element_of(data_set, tag) for tag in tags_of(data_set) if tag >> 16 == number]
        self.number, self.big = number, big
        self.raws: dict[int, Raw] = {
            raw.tag & 0xFFFF: raw for raw in raws if raw.items is None and not raw.in_fragments
        }

    def value(self, element: int) -> bytes:
        return self.raws[element].value if element in self.raws else b""

    def text(self, element: int) -> str:
        return self.value(element).decode("latin-1").strip(" \0")

    def numbers(self, element: int) -> tuple[int, ...]:
        raw = self.raws.get(element)
        if raw is None or raw.vr not in ("US", "SS", "UN") or not 2 <= len(raw.value) <= 16:
            return ()
        if len(raw.value) % 2:
            return ()
        order = ">" if self.big and raw.vr != "UN" else "<"
        return struct.unpack(f"{order}{len(raw.value) // 2}H", raw.value)

    def is_one(self, element: int, number: int) -> bool:
        return self.numbers(element) == (number,)

    def fits(self, element: int) -> bool:
        raw = self.raws[element]
        return fits(raw.value, raw.vr, self.vr(element))

    def vr(self, element: int) -> str:
        return vr_of(self.number << 16 | element) or "UN"


def graphics(data_set: Dataset, *, big: bool) -> dict[int, Ruling]:
    """Return rulings for what stays of overlays and curves."""
    found = {}
    for number in range(0x5000, 0x5020, 2):
        found.update(_rulings(Group(data_set, number, big=big), _curve))
    for number in range(0x6000, 0x6020, 2):
        found.update(_rulings(Group(data_set, number, big=big), _plane))
    return found


def _rulings(group: Group, judge) -> dict[int, Ruling]:
    found = {}
    for element, action in judge(group).items():
        vr, tag = group.vr(element), group.number << 16 | element
        value = action if isinstance(action, bytes) else None
        found[tag] = Ruling("C" if value is not None else action, "X", vr, strict=True, value=value)
    return found


def _plane(group: Group) -> dict[int, object]:
    frames = group.text(0x0015) or "1"
    if not (
        0x3000 in group.raws
        and group.is_one(0x0100, 1)
        and group.is_one(0x0102, 0)
        and group.text(0x0040) in ("G", "R")
        and len(group.numbers(0x0050)) == 2
        and group.text(0x0060) in ("", "NONE")
        and re.fullmatch(r"\+?[0-9]{1,6}", frames)
        and not (group.big and group.raws[0x3000].vr == "UN")
        and len(group.numbers(0x0010)) == len(group.numbers(0x0011)) == 1
    ):
        return {}
    (rows,), (columns,) = group.numbers(0x0010), group.numbers(0x0011)
    swapped = group.big and group.raws[0x3000].vr == "OW"
    bitmap = cleaned_bitmap(group.value(0x3000), rows, columns, int(frames), swapped=swapped)
    if bitmap is None:
        return {}
    found: dict[int, object] = {0x3000: bitmap}
    for element in group.raws:
        if element in (0x0022, 0x1500, 0x4000):
            found[element] = "C"
        elif element == 0x0045:
            found.update({element: "K"} if group.text(element) in SUBTYPES else {})
        elif element in NUMBERS_OF_PLANES and group.fits(element):
            found[element] = "K"
    return found


def _curve(group: Group) -> dict[int, object]:
    dimensions, representation = group.numbers(0x0005), group.numbers(0x0103)
    if len(dimensions) != 1 or not 1 <= dimensions[0] <= 8 or len(representation) != 1:
        return {}
    size = BYTES_OF.get(representation[0])
    descriptor = group.numbers(0x0110) or (1,) * dimensions[0]
    points = group.numbers(0x0010)
    if not (
        group.text(0x0020) in TYPES
        and size is not None
        and len(descriptor) == dimensions[0]
        and set(descriptor) <= {0, 1}
        and len(points) == 1
        and points[0] * sum(descriptor) > 0
        and len(group.value(0x3000)) == points[0] * sum(descriptor) * size
    ):
        return {}
    found: dict[int, object] = {}
    for element in group.raws:
        if _is_number(group, element, dimensions[0], size):
            found[element] = "K"
        elif element in (0x0022, 0x2500, 0x0040, 0x0030):
            found[element] = "C"
    return found


def _is_number(group: Group, element: int, dimensions: int, size: int) -> bool:
    if element in (0x0104, 0x0105, 0x0112, 0x0114):
        return len(group.value(element)) in (2 * dimensions, size * dimensions)
    if element == 0x0030:
        return all(unit.strip() in UNITS for unit in group.text(element).split("\\"))
    if element == 0x0106:
        return set(group.text(element)) <= set("0123456789+-.eE \\")
    return element in NUMBERS_OF_CURVES and group.fits(element)
