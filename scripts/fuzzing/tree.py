"""An encoded data set as a tree that can be changed and written again with lengths that fit.

A mutation of bytes breaks a length nearly always, and a broken length ends in the parser. A mutation
of the tree gets behind it.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from gateway.deidentify.data_set import LONG_VRS, SHORT_VRS, UNDEFINED
from gateway.standard.dictionary import vr_of

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DEEPEST = 24
"""Levels that are read; deeper ones stay bytes."""


class Broken(Exception):
    """The bytes are no data set that can be taken apart."""


@dataclass
class Node:
    """An element: value, items, or fragments."""

    tag: int
    vr: bytes
    value: bytes = b""
    items: list[list[Node]] | None = None
    fragments: list[bytes] | None = None
    undefined: bool = False

    def copy(self) -> Node:
        """Return the element with all that is below it."""
        items = None if self.items is None else [[node.copy() for node in item] for item in self.items]
        fragments = None if self.fragments is None else list(self.fragments)
        return Node(self.tag, self.vr, self.value, items, fragments, self.undefined)


@dataclass(frozen=True)
class Syntax:
    """How a data set is written."""

    implicit: bool = False
    big: bool = False
    deflated: bool = False

    @property
    def order(self) -> str:
        """Byte order as `struct` spells it."""
        return ">" if self.big else "<"


@dataclass
class _Reader:
    data: bytes
    syntax: Syntax
    depth: int = 0
    at: int = field(default=0)

    def number(self, form: str) -> tuple[int, ...]:
        form = self.syntax.order + form
        size = struct.calcsize(form)
        if self.at + size > len(self.data):
            raise Broken
        found = struct.unpack_from(form, self.data, self.at)
        self.at += size
        return found

    def take(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise Broken
        self.at += length
        return self.data[self.at - length : self.at]

    def header(self) -> tuple[int, bytes, int]:
        group, element = self.number("HH")
        tag = group << 16 | element
        if group == 0xFFFE or self.syntax.implicit:
            return tag, (vr_of(tag) or "UN")[:2].encode(), self.number("L")[0]
        vr = self.take(2)
        if vr in SHORT_VRS:
            return tag, vr, self.number("H")[0]
        if vr not in LONG_VRS:
            raise Broken
        self.take(2)
        return tag, vr, self.number("L")[0]

    def elements(self, *, delimited: bool) -> list[Node]:
        found: list[Node] = []
        while delimited or self.at < len(self.data):
            tag, vr, length = self.header()
            if delimited and tag == ITEM_END:
                return found
            found.append(self.element(tag, vr, length))
        return found

    def element(self, tag: int, vr: bytes, length: int) -> Node:
        if length == UNDEFINED and vr in (b"OB", b"OW"):
            return Node(tag, vr, fragments=self.fragments(), undefined=True)
        if length == UNDEFINED:
            syntax = Syntax(implicit=True) if vr == b"UN" else self.syntax
            items, self.at = self.inner(len(self.data), syntax, delimited=True)
            return Node(tag, vr, items=items, undefined=True)
        end = self.at + length
        if vr == b"SQ" and end <= len(self.data):
            items, _ = self.inner(end, self.syntax, delimited=False)
            self.at = end
            return Node(tag, vr, items=items)
        return Node(tag, vr, self.take(length))

    def inner(self, end: int, syntax: Syntax, *, delimited: bool) -> tuple[list[list[Node]], int]:
        if self.depth >= DEEPEST:
            raise Broken
        reader = _Reader(self.data[:end], syntax, self.depth + 1, self.at)
        items = []
        while delimited or reader.at < end:
            tag, _, length = reader.header()
            if tag == SEQUENCE_END:
                break
            if tag != ITEM:
                raise Broken
            if length == UNDEFINED:
                items.append(reader.elements(delimited=True))
                continue
            item = _Reader(reader.take(length), syntax, self.depth + 1)
            items.append(item.elements(delimited=False))
        return items, reader.at

    def fragments(self) -> list[bytes]:
        found = []
        while True:
            group, element, length = self.number("HHL")
            if group << 16 | element == SEQUENCE_END:
                return found
            found.append(self.take(length))


def read(data: bytes, syntax: Syntax) -> list[Node]:
    """Return the elements of a data set.

    Raises
    ------
    Broken
        When a length does not fit.
    """
    if syntax.deflated:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, 1 << 20)
        except zlib.error as error:
            raise Broken from error
    return _Reader(data, syntax).elements(delimited=False)


def _header(tag: int, vr: bytes, length: int, syntax: Syntax) -> bytes:
    group, element = tag >> 16, tag & 0xFFFF
    if syntax.implicit or group == 0xFFFE:
        return struct.pack(syntax.order + "HHL", group, element, length)
    if vr in SHORT_VRS and length <= 0xFFFE:
        return struct.pack(syntax.order + "HH2sH", group, element, vr, length)
    vr = vr if vr in LONG_VRS else b"UN"
    return struct.pack(syntax.order + "HH2sHL", group, element, vr, 0, length)


def _items(node: Node, syntax: Syntax) -> bytes:
    assert node.items is not None
    inner = Syntax(implicit=True) if node.vr == b"UN" and not syntax.implicit else syntax
    parts = []
    for item in node.items:
        content = _elements(item, inner)
        length = UNDEFINED if node.undefined else len(content)
        parts += [_header(ITEM, b"", length, inner), content]
        parts += [_header(ITEM_END, b"", 0, inner)] if node.undefined else []
    return b"".join(parts) + (_header(SEQUENCE_END, b"", 0, inner) if node.undefined else b"")


def _element(node: Node, syntax: Syntax) -> bytes:
    if node.fragments is not None:
        parts = [_header(ITEM, b"", len(part), Syntax()) + part for part in node.fragments]
        end = _header(SEQUENCE_END, b"", 0, Syntax())
        return _header(node.tag, b"OB", UNDEFINED, syntax) + b"".join(parts) + end
    if node.items is None:
        return _header(node.tag, node.vr, len(node.value), syntax) + node.value
    value = _items(node, syntax)
    vr = b"UN" if node.vr == b"UN" else b"SQ"
    return _header(node.tag, vr, UNDEFINED if node.undefined else len(value), syntax) + value


def _elements(nodes: list[Node], syntax: Syntax) -> bytes:
    return b"".join(_element(node, syntax) for node in nodes)


def written(nodes: list[Node], syntax: Syntax) -> bytes:
    """Return the encoded data set; elements in the order of their tags, the last of a tag counts."""
    found = _elements(_ordered(nodes), syntax)
    if syntax.deflated:
        deflater = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
        found = deflater.compress(found) + deflater.flush()
    return found


def _ordered(nodes: list[Node]) -> list[Node]:
    for node in nodes:
        if node.items is not None:
            node.items = [_ordered(item) for item in node.items]
    return [node for _, node in sorted({node.tag: node for node in nodes}.items())]
