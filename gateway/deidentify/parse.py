"""Parsing an encoded data set, strictly (PS3.5 section 7).

What a lenient reader skips nobody examines. So every length must fit, the bytes must end where
the last element ends, no attribute may come twice, and depth and number of elements are bounded.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from operator import lt
from typing import Final

from gateway.deidentify.data_set import (
    IMPLICIT_LITTLE,
    ITEM,
    SEQUENCE_DELIMITER,
    SHORT_VRS,
    UNDEFINED,
    DataSet,
    Element,
    Encoding,
)
from gateway.deidentify.element_header import explicit_header, implicit_header
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import vr_of

MAX_DEPTH: Final = 48
"""Nested sequences. The deepest real structured reports have about twenty levels."""
MAX_ELEMENTS: Final = 2_000_000
"""Elements of an instance at all depths; an enhanced multi-frame of 5,000 frames has some 400,000."""


def parse(source: bytes | memoryview, encoding: Encoding, *, private_sequences: bool = False) -> DataSet:
    """Parse an encoded data set into spans.

    Parameters
    ----------
    source
        The whole data set, inflated where the transfer syntax deflates it.
    encoding
        Encoding of the transfer syntax.
    private_sequences
        Look into private values of VR UN, as all are in Implicit VR: one that consists of items to its
        end becomes a sequence, any other stays a value.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when the bytes do not parse to their end; `Reason.LIMIT` when nested
        deeper than `MAX_DEPTH` or holding more than `MAX_ELEMENTS`.
    """
    root = DataSet(encoding)
    parser = _Parser(source, private_sequences=private_sequences)
    parser.elements(root, 0, len(source), 0, delimited=False)
    return root


_ITEM_TAGS: Final = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_SHORT_VR: Final[dict[bytes, str]] = {code: code.decode() for code in SHORT_VRS}
_NONE: Final[dict[bytes, str]] = {}
_ITEM_END: Final = (0xFFFE, 0xE00D, b"\0\0", 0)
"""The header of an Item Delimitation Item, of no length (PS3.5 7.5.1)."""
_LITTLE, _BIG = struct.Struct("<HH2sH"), struct.Struct(">HH2sH")
_BARE_LITTLE, _BARE_BIG = struct.Struct("<HHL"), struct.Struct(">HHL")
_IN_VAIN: Final = 32
"""Elements that could be read in the time it takes to give a value up."""


def _malformed(detail: str, tag: int | None = None) -> Refused:
    return Refused(Reason.STRUCTURE, detail, tag)


class _Parser:
    """One pass. It recurses; hostile nesting ends at `MAX_DEPTH`, long before Python's own limit."""

    __slots__ = ("_count", "_given_up", "_private_sequences", "_source")

    def __init__(self, source: bytes | memoryview, *, private_sequences: bool) -> None:
        self._source = source
        self._private_sequences = private_sequences
        self._count = self._given_up = 0

    def elements(self, data_set: DataSet, position: int, limit: int, depth: int, *, delimited: bool) -> int:
        """Read the elements of a data set and return where it ends.

        Parameters
        ----------
        data_set
            Takes the elements.
        position
            Of the first one.
        limit
            End of the data set or, where its length is undefined, of the innermost enclosing span
            of defined length.
        depth
            Number of enclosing sequences.
        delimited
            Whether the length is undefined.
        """
        source, count, append = self._source, self._count, data_set.elements.append
        implicit, little = data_set.encoding
        header = (_LITTLE if little else _BIG).unpack_from
        short = _NONE if implicit else _SHORT_VR
        last = limit - 8
        while position <= last:
            group, number, code, length = header(source, position)
            vr = short.get(code)
            if delimited and vr is None and (group, number, code, length) == _ITEM_END:
                break
            count += 1
            if count > MAX_ELEMENTS:
                self._count = count
                raise Refused(Reason.LIMIT, "too many elements")
            if vr is None or group == 0xFFFE:
                self._count = count
                position = self._other(data_set, position, limit, depth)
                count = self._count
                continue
            # Most elements: a short VR, which has neither items nor an undefined length.
            value = position + 8
            end = value + length
            if end > limit:
                raise _malformed("a length exceeds the bytes that are there", group << 16 | number)
            append(Element(group << 16 | number, vr, position, value, end))
            position = end
        else:
            if position < limit:
                raise _malformed("bytes behind the last element")
            if delimited:
                raise _malformed("an item without its delimiter")
        self._count = count
        _sort(data_set)
        return position + 8 if delimited else position

    def _other(self, data_set: DataSet, position: int, limit: int, depth: int) -> int:
        """Read an element that may be a sequence or encapsulated, and return where it ends."""
        encoding = data_set.encoding
        header = implicit_header if encoding.implicit else explicit_header
        tag, vr, value, length = header(self._source, position, encoding.little_endian)
        element = Element(tag, vr, position, value, value + length)
        if vr.islower():
            element.vr, element.blank = vr.upper(), True
        data_set.elements.append(element)
        if length == UNDEFINED or self._is_sequence(element, encoding, depth):
            return self._structured(element, vr, length, encoding, limit, depth + 1)
        if element.end > limit:
            raise _malformed("a length exceeds the bytes that are there", tag)
        return element.end

    def _is_sequence(self, element: Element, encoding: Encoding, depth: int) -> bool:
        """Tell whether a value of defined length consists of items.

        Where the VR is the dictionary's and not the sender's, the value must begin like an item:
        some attributes were something else before they became a sequence.
        """
        if element.vr not in ("SQ", "UN"):
            return False
        if (element.vr == "SQ" and not encoding.implicit) or self._is_supposed(element, depth):
            return True
        if element.vr == "UN" and vr_of(element.tag) != "SQ":
            return False
        return element.value == element.end or self._begins(element) in _ITEM_TAGS

    def _is_supposed(self, element: Element, depth: int) -> bool:
        """Tell whether a private value, whose VR is the sender's secret, begins like one of items."""
        return (
            self._private_sequences
            and element.vr == "UN"
            and not element.blank
            and element.tag & 0x10000 != 0
            and element.value < element.end
            and self._begins(element) == _ITEM_TAGS[0]
            and depth < MAX_DEPTH
        )

    def _begins(self, element: Element) -> bytes:
        return bytes(self._source[element.value : element.value + 4])

    def _structured(
        self, element: Element, vr: str, length: int, encoding: Encoding, limit: int, depth: int
    ) -> int:
        """Read a sequence, or the fragments of encapsulated data, and return where it ends."""
        if vr in ("OB", "OW") and length == UNDEFINED:
            return self._fragments(element, limit)
        if vr not in ("SQ", "UN"):
            raise _malformed("undefined length where none is allowed", element.tag)
        if depth > MAX_DEPTH:
            raise Refused(Reason.LIMIT, "nested too deep")
        delimited = length == UNDEFINED
        supposed = not delimited and self._is_supposed(element, depth - 1)
        end = limit if delimited else _fit(element.value, length, limit, element.tag)
        before = self._count
        element.vr, element.items = "SQ", []
        inner = IMPLICIT_LITTLE if vr == "UN" else encoding
        try:
            element.end = self._items(element, inner, end, depth, delimited=delimited, supposed=supposed)
        except Refused:
            if not supposed:
                raise
            self._give_up(element, end, before)
        return element.end

    def _give_up(self, element: Element, end: int, before: int) -> None:
        """Make a supposed sequence the value that it is.

        Parsing goes on behind the value, so no byte is read twice however deep such values are nested,
        and after too many elements in vain nothing is looked into any more.
        """
        self._given_up += self._count - before + _IN_VAIN
        self._private_sequences &= self._given_up <= MAX_ELEMENTS
        self._count = before
        element.vr, element.items, element.end = "UN", None, end

    def _items(
        self,
        sequence: Element,
        encoding: Encoding,
        limit: int,
        depth: int,
        *,
        delimited: bool,
        supposed: bool,
    ) -> int:
        """Read the items of a sequence and return where it ends."""
        assert sequence.items is not None
        position = sequence.value
        while delimited or position < limit:
            tag, length = self._bare_header(position, limit, encoding, sequence.tag)
            position += 8
            # A value that was a sequence of undefined length and became UN may have kept its delimiter.
            if tag == SEQUENCE_DELIMITER and (delimited or (supposed and position == limit)):
                if length:
                    raise _malformed("delimiter with a length", sequence.tag)
                break
            if tag != ITEM:
                raise _malformed("something other than an item in a sequence", sequence.tag)
            self._tick()
            item = DataSet(encoding, [])
            sequence.items.append(item)
            undefined = length == UNDEFINED
            end = limit if undefined else _fit(position, length, limit, sequence.tag)
            position = self.elements(item, position, end, depth, delimited=undefined)
        return position

    def _fragments(self, element: Element, limit: int) -> int:
        """Read the items of encapsulated data (PS3.5 A.4), which is always little endian."""
        element.fragments, position = [], element.value
        while True:
            tag, length = self._bare_header(position, limit, IMPLICIT_LITTLE, element.tag)
            position += 8
            if tag == SEQUENCE_DELIMITER and length == 0:
                element.end = position
                return position
            if tag != ITEM or length == UNDEFINED:
                raise _malformed("something other than a fragment in encapsulated data", element.tag)
            self._tick()
            end = _fit(position, length, limit, element.tag)
            element.fragments.append((position, end))
            position = end

    def _tick(self) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise Refused(Reason.LIMIT, "too many elements")

    def _bare_header(self, position: int, limit: int, encoding: Encoding, tag: int) -> tuple[int, int]:
        """Return tag and length of an item or delimiter inside the element `tag`."""
        if position + 8 > limit:
            raise _malformed("truncated item header", tag)
        bare = _BARE_LITTLE if encoding.little_endian else _BARE_BIG
        group, number, length = bare.unpack_from(self._source, position)
        return group << 16 | number, length


def _fit(value: int, length: int, limit: int, tag: int) -> int:
    end = value + length
    if end > limit:
        raise _malformed("a length exceeds the bytes that are there", tag)
    return end


def _sort(data_set: DataSet) -> None:
    """Bring elements into the order that PS3.5 7.1 asks for; real devices do not always keep it."""
    tags = [element.tag for element in data_set.elements]
    if all(map(lt, tags, tags[1:])):
        return
    data_set.elements.sort(key=lambda element: element.tag)
    for before, after in pairwise(data_set.elements):
        if before.tag == after.tag:
            raise _malformed("an attribute comes twice", after.tag)
