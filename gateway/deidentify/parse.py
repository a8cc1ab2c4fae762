"""Parsing an encoded data set, strictly (PS3.5 section 7).

What a lenient reader skips nobody examines. So every length must fit, the bytes must end where
the last element ends, no attribute may come twice, and depth and number of elements are bounded.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from gateway.deidentify.data_set import (
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_DELIMITER,
    LONG_VRS,
    SEQUENCE_DELIMITER,
    SHORT_VRS,
    UNDEFINED,
    DataSet,
    Element,
    Encoding,
)
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import vr_of

BLANK_VR: Final = b"  "
MAX_DEPTH: Final = 48
"""Nested sequences. The deepest real structured reports have about twenty levels."""
MAX_ELEMENTS: Final = 2_000_000
"""Elements of an instance at all depths; an enhanced multi-frame of 5,000 frames has some 400,000."""


@dataclass(slots=True)
class _Open:
    """A data set or sequence that the parser has entered and not yet left.

    Exactly one of `data_set` and `sequence` is set; `end` is None for undefined length.
    """

    end: int | None
    data_set: DataSet | None = None
    sequence: Element | None = None
    encoding: Encoding = IMPLICIT_LITTLE


def parse(source: bytes | memoryview, encoding: Encoding) -> DataSet:
    """Parse an encoded data set into spans.

    Parameters
    ----------
    source
        The whole data set, inflated where the transfer syntax deflates it.
    encoding
        Encoding of the transfer syntax.

    Raises
    ------
    Refused
        `Reason.STRUCTURE` when the bytes do not parse to their end; `Reason.LIMIT` when nested
        deeper than `MAX_DEPTH` or holding more than `MAX_ELEMENTS`.
    """
    return _Parser(source).run(encoding)


_ITEM_TAGS: Final = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")


def _malformed(detail: str, tag: int | None = None) -> Refused:
    return Refused(Reason.STRUCTURE, detail, tag)


class _Parser:
    """One pass with a stack of its own: hostile nesting cannot exhaust Python's."""

    def __init__(self, source: bytes | memoryview) -> None:
        self._source = source
        self._count = 0
        self._stack: list[_Open] = []

    def run(self, encoding: Encoding) -> DataSet:
        root = DataSet(encoding)
        self._stack = [_Open(len(self._source), data_set=root, encoding=encoding)]
        position = 0
        while self._stack:
            top = self._stack[-1]
            if top.end is not None and position >= top.end:
                if position > top.end:
                    raise _malformed("an element exceeds the length of its item or sequence")
                self._leave(position)
            elif top.sequence is not None:
                position = self._item(top, position)
            else:
                position = self._elements(top, position)
        return root

    def _leave(self, position: int) -> None:
        done = self._stack.pop()
        if done.sequence is not None:
            done.sequence.end = position
        elif done.data_set is not None:
            _sort(done.data_set)

    def _tick(self) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise Refused(Reason.LIMIT, "too many elements")

    def _limit(self) -> int:
        """End of the innermost enclosing span of defined length."""
        return next(entry.end for entry in reversed(self._stack) if entry.end is not None)

    def _enter(self, entry: _Open) -> None:
        if len(self._stack) > 2 * MAX_DEPTH:
            raise Refused(Reason.LIMIT, "nested too deep")
        self._stack.append(entry)

    def _item(self, top: _Open, position: int) -> int:
        """Read an item's header inside a sequence, or the sequence's end."""
        sequence = top.sequence
        assert sequence is not None
        assert sequence.items is not None
        tag, length = self._bare_header(position, top.encoding)
        if tag == SEQUENCE_DELIMITER and top.end is None:
            if length:
                raise _malformed("delimiter with a length", sequence.tag)
            self._leave(position + 8)
            return position + 8
        if tag != ITEM:
            raise _malformed("something other than an item in a sequence", sequence.tag)
        self._tick()
        item = DataSet(top.encoding)
        sequence.items.append(item)
        end = None if length == UNDEFINED else self._fit(position + 8, length, sequence.tag)
        self._enter(_Open(end, data_set=item, encoding=top.encoding))
        return position + 8

    def _bare_header(self, position: int, encoding: Encoding) -> tuple[int, int]:
        if position + 8 > self._limit():
            raise _malformed("truncated item header")
        group, number, length = struct.unpack_from(
            "<HHL" if encoding.little_endian else ">HHL", self._source, position
        )
        return group << 16 | number, length

    def _fit(self, value: int, length: int, tag: int) -> int:
        end = value + length
        if end > self._limit():
            raise _malformed("a length exceeds the bytes that are there", tag)
        return end

    def _elements(self, top: _Open, position: int) -> int:
        """Read elements of the data set `top` until one of them is a sequence, or it ends."""
        data_set = top.data_set
        assert data_set is not None
        limit, elements = self._limit(), data_set.elements
        header = _implicit_header if top.encoding.implicit else _explicit_header
        while position < limit:
            if position + 8 > limit:
                raise _malformed("bytes behind the last element")
            tag, vr, value, length = header(self._source, position, top.encoding.little_endian)
            if tag == ITEM_DELIMITER and top.end is None and not length:
                self._leave(position + 8)
                return position + 8
            self._tick()
            element = Element(tag, vr, position, value, value)
            if vr.islower():
                element.vr, element.blank = vr.upper(), True
            elements.append(element)
            if length == UNDEFINED or self._is_sequence(element, length, top.encoding):
                position = self._structured(element, vr, length, top.encoding, limit)
                if self._stack[-1] is not top:
                    return position
            else:
                position = value + length
                element.end = position
                if position > limit:
                    raise _malformed("a length exceeds the bytes that are there", tag)
        if top.end is None:
            raise _malformed("an item without its delimiter")
        return position

    def _is_sequence(self, element: Element, length: int, encoding: Encoding) -> bool:
        """Tell whether a value of defined length consists of items.

        Where the VR is the dictionary's and not the sender's, the value must begin like an item:
        some attributes were something else before they became a sequence.
        """
        if element.vr == "SQ" and not encoding.implicit:
            return True
        if element.vr != "SQ" and (element.vr != "UN" or vr_of(element.tag) != "SQ"):
            return False
        return not length or bytes(self._source[element.value : element.value + 4]) in _ITEM_TAGS

    def _structured(self, element: Element, vr: str, length: int, encoding: Encoding, limit: int) -> int:
        """Enter a sequence, or read the fragments of encapsulated data."""
        if vr in ("OB", "OW") and length == UNDEFINED:
            return self._fragments(element, limit)
        if vr not in ("SQ", "UN"):
            raise _malformed("undefined length where none is allowed", element.tag)
        end = None if length == UNDEFINED else self._fit(element.value, length, element.tag)
        element.vr, element.items = "SQ", []
        inner = IMPLICIT_LITTLE if vr == "UN" else encoding
        self._enter(_Open(end, sequence=element, encoding=inner))
        return element.value

    def _fragments(self, element: Element, limit: int) -> int:
        """Read the items of encapsulated data (PS3.5 A.4), which is always little endian."""
        element.fragments, position = [], element.value
        while True:
            if position + 8 > limit:
                raise _malformed("truncated item header", element.tag)
            tag, length = self._bare_header(position, IMPLICIT_LITTLE)
            position += 8
            if tag == SEQUENCE_DELIMITER and length == 0:
                element.end = position
                return position
            if tag != ITEM or length == UNDEFINED:
                raise _malformed("something other than a fragment in encapsulated data", element.tag)
            self._tick()
            end = self._fit(position, length, element.tag)
            element.fragments.append((position, end))
            position = end


def _implicit_header(
    source: bytes | memoryview, position: int, little_endian: bool
) -> tuple[int, str, int, int]:
    group, number, length = struct.unpack_from("<HHL" if little_endian else ">HHL", source, position)
    tag = group << 16 | number
    # Implicit VR: what several VRs may have, and what the dictionary lacks, has no structure to look into.
    vr = vr_of(tag) or "UN"
    if length == UNDEFINED and vr != "SQ":
        vr = "UN"
    return tag, vr[:2], position + 8, length


def _explicit_header(
    source: bytes | memoryview, position: int, little_endian: bool
) -> tuple[int, str, int, int]:
    group, number, vr, length = struct.unpack_from("<HH2sH" if little_endian else ">HH2sH", source, position)
    tag = group << 16 | number
    if group == 0xFFFE:
        return (
            tag,
            "",
            position + 8,
            struct.unpack_from("<L" if little_endian else ">L", source, position + 4)[0],
        )
    if vr in SHORT_VRS:
        return tag, vr.decode(), position + 8, length
    if vr == BLANK_VR:
        # Some devices leave the VR blank. Lower case says so to the caller.
        return tag, (vr_of(tag) or "UN")[:2].lower(), position + 8, length
    if vr not in LONG_VRS and not (vr.isalpha() and vr.isupper()):
        raise _malformed("no VR where one is due", tag)
    # A VR that is not known has a 32-bit length (PS3.5 6.2.2).
    if position + 12 > len(source):
        raise _malformed("truncated element header", tag)
    return (
        tag,
        vr.decode(),
        position + 12,
        struct.unpack_from("<L" if little_endian else ">L", source, position + 8)[0],
    )


def _sort(data_set: DataSet) -> None:
    """Bring elements into the order that PS3.5 7.1 asks for; real devices do not always keep it."""
    tags = [element.tag for element in data_set.elements]
    if all(before < after for before, after in pairwise(tags)):
        return
    data_set.elements.sort(key=lambda element: element.tag)
    for before, after in pairwise(data_set.elements):
        if before.tag == after.tag:
            raise _malformed("an attribute comes twice", after.tag)
