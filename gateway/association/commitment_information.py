"""Action Information and Event Information of Storage Commitment (PS3.4 Tables J.3-1 and J.3-2).

What a peer sends is walked once, without recursion and with bounds on depth, elements and
references; of it nothing is kept but identifiers of instances and codes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.errors import AssociationError
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES

MOST_REFERENCES: Final = 10_000
"""Referenced instances of one request or report."""
_MOST_ELEMENTS: Final = 8 * MOST_REFERENCES
_DEEPEST: Final = 8
_LONGEST_UID: Final = 128
"""Characters. The Standard's limit is 64 (PS3.5 9.1); devices exceed it."""

_UID: Final = re.compile(r"[0-9.]*")
"""Nothing else names an instance that was ever stored here, whatever a device writes (PS3.5 9.1)."""

_TRANSACTION_UID: Final = tag_of("TransactionUID")
_REFERENCED: Final = tag_of("ReferencedSOPSequence")
_FAILED: Final = tag_of("FailedSOPSequence")
_CLASS: Final = tag_of("ReferencedSOPClassUID")
_INSTANCE: Final = tag_of("ReferencedSOPInstanceUID")
_REASON: Final = tag_of("FailureReason")
_KEPT: Final = frozenset({_TRANSACTION_UID, _CLASS, _INSTANCE, _REASON})

_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_UNDEFINED: Final = 0xFFFFFFFF
_LONG: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
"""VRs with a length of 32 bits (PS3.5 7.1.2)."""


class InvalidInformation(AssociationError):
    """What a peer sent is no Action or Event Information; the message holds nothing of it."""


class TooManyReferences(InvalidInformation):
    """More instances than one request may name."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A referenced SOP Instance.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        Without padding. Of a modality's request: originals.
    """

    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, slots=True)
class Information:
    """A request for commitment, or what became of one.

    Parameters
    ----------
    transaction_uid
        Names the request.
    references
        What is to be committed to, or is.
    failed
        Of a report: what is not, with the Failure Reason.
    """

    transaction_uid: str
    references: tuple[Reference, ...] = ()
    failed: tuple[tuple[Reference, int], ...] = ()


@dataclass(slots=True)
class _Draft:
    transaction_uid: str = ""
    items: dict[int, list[dict[int, bytes]]] = field(default_factory=lambda: {_REFERENCED: [], _FAILED: []})


def encode(information: Information, transfer_syntax_uid: str) -> bytes:
    """Encode the data set of a request or report.

    Parameters
    ----------
    transfer_syntax_uid
        An uncompressed one.
    """
    write = _Writer(transfer_syntax_uid)
    parts = [write.element(_TRANSACTION_UID, b"UI", write.uid(information.transaction_uid))]
    # Ascending order of tags; a sequence without items is left out (PS3.4 J.3.3.1.1, both Type 1C).
    if information.failed:
        items = [write.item(reference, reason) for reference, reason in information.failed]
        parts.append(write.element(_FAILED, b"SQ", b"".join(items)))
    if information.references:
        items = [write.item(reference) for reference in information.references]
        parts.append(write.element(_REFERENCED, b"SQ", b"".join(items)))
    return b"".join(parts)


def decode(data: bytes | memoryview, transfer_syntax_uid: str) -> Information:
    """Decode the data set of a request or report.

    Raises
    ------
    TooManyReferences
        More than `MOST_REFERENCES`.
    InvalidInformation
        The bytes do not parse, or the Transaction UID or an identifier of an instance is missing.
    """
    draft = _Draft()
    for sequence, tag, value in _Walk(memoryview(data), transfer_syntax_uid):
        if sequence == 0 and tag == _TRANSACTION_UID:
            draft.transaction_uid = _text(_bounded(value))
        elif tag == _ITEM:
            draft.items[sequence].append({})
            if sum(map(len, draft.items.values())) > MOST_REFERENCES:
                raise TooManyReferences("more references than one request may have")
        elif sequence and draft.items[sequence]:
            draft.items[sequence][-1][tag] = _bounded(value)
    if not draft.transaction_uid:
        raise InvalidInformation("no Transaction UID")
    little = TRANSFER_SYNTAXES[transfer_syntax_uid].little_endian
    return Information(
        draft.transaction_uid,
        tuple(map(_reference, draft.items[_REFERENCED])),
        tuple((_reference(item), _reason(item, little=little)) for item in draft.items[_FAILED]),
    )


def _bounded(value: memoryview) -> bytes:
    if len(value) > _LONGEST_UID:
        raise InvalidInformation("a value is too long")
    return bytes(value)


def _text(value: bytes) -> str:
    text = value.decode("latin-1").strip(" \0")
    if not _UID.fullmatch(text):
        raise InvalidInformation("a UID is none")
    return text


def _reference(item: Mapping[int, bytes]) -> Reference:
    found = Reference(_text(item.get(_CLASS, b"")), _text(item.get(_INSTANCE, b"")))
    if not found.sop_class_uid or not found.sop_instance_uid:
        raise InvalidInformation("a reference without SOP Class or Instance")
    return found


def _reason(item: Mapping[int, bytes], *, little: bool) -> int:
    return int.from_bytes(item.get(_REASON, b"")[:2], "little" if little else "big")


class _Walk:
    """Yields what counts of a data set: sequence, tag and value; an item has the tag of one.

    The sequence is 0 at the top level. Elements of any other sequence are passed over.
    """

    def __init__(self, data: memoryview, transfer_syntax_uid: str) -> None:
        syntax = TRANSFER_SYNTAXES[transfer_syntax_uid]
        self._data, self._implicit = data, syntax.implicit
        self._order = "<" if syntax.little_endian else ">"
        self._open: list[tuple[int, int, bool]] = []
        """Tag, end and whether it is an item, of everything that is open around the offset."""

    def __iter__(self) -> Iterator[tuple[int, int, memoryview]]:
        offset, elements = 0, 0
        while True:
            while self._open and offset == self._open[-1][1]:
                self._open.pop()
            if offset >= len(self._data):
                break
            elements += 1
            if elements > _MOST_ELEMENTS:
                raise TooManyReferences("more elements than one request may have")
            tag, is_sequence, length, start = self._header(offset)
            offset = start
            if tag in (_ITEM_END, _SEQUENCE_END):
                self._close(tag == _ITEM_END)
                continue
            if is_sequence or tag == _ITEM or length == _UNDEFINED:
                self._enter(tag, start, length)
                if tag == _ITEM and (sequence := self._sequence()):
                    yield sequence, _ITEM, self._data[:0]
                continue
            offset = self._end(start, length)
            if tag in _KEPT and (sequence := self._sequence()) is not None:
                yield sequence, tag, self._data[start:offset]
        if self._open:
            raise InvalidInformation("the data set ends inside of a sequence")

    def _sequence(self) -> int | None:
        """Return which of the two sequences is open, 0 for none; None inside of any other."""
        if not self._open:
            return 0
        is_ours = len(self._open) == 2 and self._open[0][0] in (_REFERENCED, _FAILED) and self._open[1][2]
        return self._open[0][0] if is_ours else None

    def _header(self, offset: int) -> tuple[int, bool, int, int]:
        """Return tag, whether it is a sequence, length and where the value begins."""
        group, element = self._unpack("HH", offset)
        tag = group << 16 | element
        if group == 0xFFFE or self._implicit:
            (length,) = self._unpack("L", offset + 4)
            return tag, vr_of(tag) == "SQ", length, offset + 8
        vr = bytes(self._data[offset + 4 : offset + 6])
        if vr in _LONG:
            (length,) = self._unpack("L", offset + 8)
            return tag, vr == b"SQ", length, offset + 12
        (length,) = self._unpack("H", offset + 6)
        return tag, False, length, offset + 8

    def _unpack(self, form: str, offset: int) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self._order + form, self._data, offset)
        except struct.error:
            raise InvalidInformation("cut short") from None

    def _end(self, start: int, length: int) -> int:
        """Return where a value ends; it may not reach beyond what it is in."""
        limit = next((end for _, end, _ in reversed(self._open) if end >= 0), len(self._data))
        if start + length > limit:
            raise InvalidInformation("a length does not fit")
        return start + length

    def _enter(self, tag: int, start: int, length: int) -> None:
        is_item = tag == _ITEM
        is_in_sequence = bool(self._open) and not self._open[-1][2]
        if is_item != is_in_sequence or len(self._open) >= _DEEPEST:
            raise InvalidInformation("items and sequences are out of order, or too deep")
        self._open.append((tag, -1 if length == _UNDEFINED else self._end(start, length), is_item))

    def _close(self, is_item: bool) -> None:
        if not self._open or self._open[-1][2] != is_item or self._open[-1][1] >= 0:
            raise InvalidInformation("a delimiter that delimits nothing")
        self._open.pop()


class _Writer:
    """Writes elements of a transfer syntax, sequences and items with their lengths."""

    def __init__(self, transfer_syntax_uid: str) -> None:
        syntax = TRANSFER_SYNTAXES[transfer_syntax_uid]
        self._implicit, self._order = syntax.implicit, "<" if syntax.little_endian else ">"

    def element(self, tag: int, vr: bytes, value: bytes) -> bytes:
        group, number = tag >> 16, tag & 0xFFFF
        if self._implicit or vr == b"":
            return struct.pack(self._order + "HHL", group, number, len(value)) + value
        if vr in _LONG:
            return struct.pack(self._order + "HH2sHL", group, number, vr, 0, len(value)) + value
        return struct.pack(self._order + "HH2sH", group, number, vr, len(value)) + value

    def item(self, reference: Reference, reason: int | None = None) -> bytes:
        value = self.element(_CLASS, b"UI", self.uid(reference.sop_class_uid))
        value += self.element(_INSTANCE, b"UI", self.uid(reference.sop_instance_uid))
        if reason is not None:
            value += self.element(_REASON, b"US", struct.pack(self._order + "H", reason))
        return self.element(_ITEM, b"", value)

    def uid(self, text: str) -> bytes:
        value = text.encode("latin-1")
        return value + b"\0" * (len(value) % 2)
