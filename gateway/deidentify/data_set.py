"""The encoded data set as a tree of spans over the received bytes (PS3.5 section 7).

Nothing is copied and no value is decoded: an element knows where its header and its value lie.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, NamedTuple

ITEM: Final = 0xFFFEE000
ITEM_DELIMITER: Final = 0xFFFEE00D
SEQUENCE_DELIMITER: Final = 0xFFFEE0DD
PIXEL_DATA: Final = 0x7FE00010
UNDEFINED: Final = 0xFFFFFFFF

LONG_VRS: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
"""Explicit VRs with two reserved bytes and a 32-bit length (PS3.5 7.1.2)."""
SHORT_VRS: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
"""Explicit VRs with a 16-bit length."""


class Encoding(NamedTuple):
    """How elements of a data set are written (PS3.5 section 7.1, 7.3)."""

    implicit: bool
    little_endian: bool


IMPLICIT_LITTLE: Final = Encoding(implicit=True, little_endian=True)
"""Also the encoding of everything inside an element of VR UN (PS3.5 6.2.2)."""


class Element:
    """One data element: spans of its header and value, and its items where it is a sequence.

    Parameters
    ----------
    tag
        Group and element number in one 32-bit value.
    vr
        The explicit VR, or the dictionary's; ``UN`` where neither says.
    start, value, end
        Offsets of the header, of the value's first byte, and behind the last byte.
    items
        Data sets of a sequence; None otherwise.
    fragments
        Spans of the items of encapsulated Pixel Data, the Basic Offset Table first (PS3.5 A.4).
    blank
        The sender left the VR blank, so that the header cannot be copied.
    """

    __slots__ = ("blank", "end", "fragments", "items", "start", "tag", "value", "vr")

    def __init__(self, tag: int, vr: str, start: int, value: int, end: int) -> None:
        self.tag, self.vr, self.start, self.value, self.end = tag, vr, start, value, end
        self.items: list[DataSet] | None = None
        self.fragments: list[tuple[int, int]] | None = None
        self.blank = False

    def __repr__(self) -> str:
        return f"Element({self.tag:08X} {self.vr} [{self.value}:{self.end}])"


_TAG: Final = attrgetter("tag")


@dataclass(slots=True)
class DataSet:
    """The elements of a data set or of one sequence item, in the order of their tags."""

    encoding: Encoding
    elements: list[Element] = field(default_factory=list)

    def find(self, tag: int) -> Element | None:
        """Return the element with `tag`, or None."""
        elements = self.elements
        place = bisect_left(elements, tag, key=_TAG)
        return elements[place] if place < len(elements) and elements[place].tag == tag else None
