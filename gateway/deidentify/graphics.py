"""Clean Graphics (PS3.15 E.3.3): what stays of overlay planes and curves.

An overlay plane stays with a bitmap that holds no letters, a curve with its numbers. Where either
is not what its attributes say, the whole group goes, and so does every attribute not named here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from gateway.deidentify import lexical
from gateway.deidentify.action import Action
from gateway.deidentify.data_set import DataSet, Element
from gateway.deidentify.overlay import cleaned_bitmap
from gateway.standard.dictionary import first_of_repeating, vr_of

Treatment: TypeAlias = Action | bytes
"""K, C for a descriptor, or the value that replaces another."""

_OVERLAYS, _CURVES = 0x6000, 0x5000
_TEXT: Final = frozenset(
    {
        *(0x60000022, 0x60001500, 0x60004000),  # Overlay Description, Overlay Label, Overlay Comments
        *(0x50000022, 0x50002500, 0x50000040),  # Curve Description, Curve Label, Axis Labels
        0x50000030,  # Axis Units, where they are none of the defined terms
    }
)
"""Attributes in words."""

_ROWS, _COLUMNS, _FRAMES, _TYPE = 0x60000010, 0x60000011, 0x60000015, 0x60000040
_SUBTYPE, _ORIGIN, _COMPRESSION = 0x60000045, 0x60000050, 0x60000060
_ALLOCATED, _POSITION, _BITMAP = 0x60000100, 0x60000102, 0x60003000
_SUBTYPES: Final = frozenset({"USER", "AUTOMATED", "ACTIVE 2D/BMODE IMAGE AREA"})
"""PS3.3 C.9.2.1.3 and C.8.5.6.1.11."""
_PLANE: Final = frozenset(
    {
        *(_ROWS, _COLUMNS, _FRAMES, _TYPE, _ORIGIN, _ALLOCATED, _POSITION),
        *(0x60000051, 0x60001001),  # Image Frame Origin, Overlay Activation Layer
        *(0x60001301, 0x60001302, 0x60001303),  # ROI Area, Mean, Standard Deviation
    }
)
"""Attributes of a plane that are numbers or codes (PS3.3 C.9.2, C.11.7)."""

_DIMENSIONS, _POINTS, _TYPE_OF_DATA, _AXIS_UNITS = 0x50000005, 0x50000010, 0x50000020, 0x50000030
_REPRESENTATION, _RANGE, _DESCRIPTOR, _CURVE = 0x50000103, 0x50000106, 0x50000110, 0x50003000
_PER_AXIS: Final = frozenset({0x50000104, 0x50000105, 0x50000112, 0x50000114})
"""Minimum, maximum, start and step: one number for each dimension."""
_CURVE_CODES: Final = frozenset(
    {_DIMENSIONS, _POINTS, _TYPE_OF_DATA, _REPRESENTATION, _DESCRIPTOR, _CURVE, 0x50001001}
)
_CURVE_TYPES: Final = frozenset(
    {"TAC", "PROF", "HIST", "ROI", "FILT", "POLY", "ECG", "PRESSURE", "PRES", "FLOW", "PHYSIO", "RESP"}
)
"""PS3.3-2004 C.10.2.1.1 without TABL: a table may hold anything, character codes too."""
_UNITS: Final = frozenset(
    {"SEC", "CNTS", "MM", "PIXL", "NONE", "BPM", "CM", "CMS", "CM2", "CM3", "DB", "DEG", "HZ", "MMHG"}
)
"""PS3.3-2004 C.10.2.1.3, those that are in use."""
_NUMBER_BYTES: Final = (2, 2, 4, 8, 4)
"""Of one number by Data Value Representation: US, SS, FL, FD, SL (PS3.3-2004 C.10.2.1.2)."""
_MAX_DIMENSIONS: Final = 8
_SHORTS: Final = range(2, 2 * _MAX_DIMENSIONS + 1, 2)
"""Lengths in bytes of values that are read as numbers."""
_COUNT: Final = re.compile(r"\+?[0-9]{1,6}")
_RANGES: Final = re.compile(r"[0-9+\-.eE \\]*")


@dataclass(frozen=True, slots=True)
class _Group:
    """The elements of one repeating group, by the tag they have in the first of its kind."""

    source: memoryview
    little_endian: bool
    elements: dict[int, Element] = field(default_factory=dict)

    def value(self, tag: int) -> memoryview:
        """Return the encoded value, empty where there is no such element."""
        element = self.elements.get(tag)
        return self.source[element.value : element.end] if element else self.source[:0]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the numbers of an attribute of VR US; none where its value is not of that kind."""
        element, value = self.elements.get(tag), self.value(tag)
        if element is None or element.vr not in ("US", "SS", "UN") or len(value) not in _SHORTS:
            return ()
        order = "<" if self.little_endian or element.vr == "UN" else ">"
        return struct.unpack(f"{order}{len(value) // 2}H", value)

    def number(self, tag: int, default: int = -1) -> int:
        """Return the one number of an attribute, `default` where there is not exactly one."""
        numbers = self.numbers(tag)
        return numbers[0] if len(numbers) == 1 else default

    def text(self, tag: int) -> str:
        """Return the value as characters without padding; it is only compared with codes."""
        return bytes(self.value(tag)).decode("latin-1").strip(" \0")

    def is_of_its_vr(self, tag: int) -> bool:
        """Tell whether a value is of the kind that the dictionary's VR promises."""
        element = self.elements[tag]
        return lexical.fits(self.value(tag), element.vr, vr_of(tag) or "UN")


def plan(root: DataSet, source: memoryview) -> Mapping[int, Treatment]:
    """Return what becomes of the overlay planes and curves of the top level (PS3.5 7.6).

    Parameters
    ----------
    root
        The parsed data set.
    source
        The encoded data set that its spans refer to.

    Returns
    -------
        Treatment by `Element.start`. An element of groups 5000-501E and 6000-601E that is not
        there is removed; C stands for Clean Descriptors, and for removal without that option.
    """
    groups: dict[int, _Group] = {}
    for element in root.elements:
        if element.tag >> 24 not in (_CURVES >> 8, _OVERLAYS >> 8):
            continue
        tag = first_of_repeating(element.tag)
        if tag >> 16 in (_OVERLAYS, _CURVES) and element.items is None and element.fragments is None:
            little_endian = root.encoding.little_endian
            group = groups.setdefault(element.tag >> 16, _Group(source, little_endian))
            group.elements[tag] = element
    treatments: dict[int, Treatment] = {}
    for number, group in groups.items():
        found = _plane(group) if number >= _OVERLAYS else _curve(group)
        treatments |= {group.elements[tag].start: treatment for tag, treatment in found.items()}
    return MappingProxyType(treatments)


def _plane(group: _Group) -> dict[int, Treatment]:
    """Return the treatment of an overlay plane, nothing where it has no bitmap that may stay."""
    bitmap = _bitmap(group)
    if bitmap is None:
        return {}
    found: dict[int, Treatment] = {_BITMAP: bitmap}
    for tag in group.elements:
        if tag in _TEXT:
            found[tag] = Action.CLEAN
        elif group.text(tag) in _SUBTYPES if tag == _SUBTYPE else tag in _PLANE and group.is_of_its_vr(tag):
            found[tag] = Action.KEEP
    return found


def _bitmap(group: _Group) -> bytes | None:
    """Return cleaned Overlay Data; None where the attributes of the plane do not describe it.

    Planes in unused bits of Pixel Data are retired (PS3.3-2004 C.9.2), and nobody looks at them.
    """
    element = group.elements.get(_BITMAP)
    frames = group.text(_FRAMES) or "1"
    is_described = (
        group.number(_ALLOCATED) == 1
        and group.number(_POSITION) == 0
        and group.text(_TYPE) in ("G", "R")
        and len(group.numbers(_ORIGIN)) == 2
        and group.text(_COMPRESSION) in ("", "NONE")
        and _COUNT.fullmatch(frames) is not None
    )
    if element is None or not is_described or (element.vr == "UN" and not group.little_endian):
        return None
    swapped = element.vr == "OW" and not group.little_endian
    rows, columns = group.number(_ROWS), group.number(_COLUMNS)
    return cleaned_bitmap(group.value(_BITMAP), rows, columns, int(frames), swapped=swapped)


def _curve(group: _Group) -> dict[int, Treatment]:
    """Return the treatment of a curve, nothing where it is not plain numbers.

    Sound, and references to other groups and instances, are none of its numbers.
    """
    dimensions = group.number(_DIMENSIONS)
    if not _is_numeric(group, dimensions):
        return {}
    found: dict[int, Treatment] = {}
    for tag in group.elements:
        if _is_kept(group, tag, dimensions):
            found[tag] = Action.KEEP
        elif tag in _TEXT:
            found[tag] = Action.CLEAN
    return found


def _is_kept(group: _Group, tag: int, dimensions: int) -> bool:
    """Tell whether an attribute of a numeric curve is a number or a code."""
    if tag in _PER_AXIS:
        # PS3.6 says US; writers take the representation of the data.
        sizes = (2, _NUMBER_BYTES[group.number(_REPRESENTATION)])
        return len(group.value(tag)) in [size * dimensions for size in sizes]
    if tag == _AXIS_UNITS:
        return _UNITS.issuperset(unit.strip() for unit in group.text(tag).split("\\"))
    if tag == _RANGE:
        return _RANGES.fullmatch(group.text(tag)) is not None
    return tag in _CURVE_CODES and group.is_of_its_vr(tag)


def _is_numeric(group: _Group, dimensions: int) -> bool:
    """Tell whether Curve Data has as many numbers as the other attributes say."""
    representation = group.number(_REPRESENTATION)
    descriptor = group.numbers(_DESCRIPTOR) or (1,) * max(dimensions, 0)
    if not (
        group.text(_TYPE_OF_DATA) in _CURVE_TYPES
        and 1 <= dimensions <= _MAX_DIMENSIONS
        and 0 <= representation < len(_NUMBER_BYTES)
        and len(descriptor) == dimensions
        and set(descriptor) <= {0, 1}
    ):
        return False
    # A dimension with descriptor 0 is an interval and has no numbers of its own.
    numbers = group.number(_POINTS, 0) * sum(descriptor)
    return numbers > 0 and len(group.value(_CURVE)) == numbers * _NUMBER_BYTES[representation]
