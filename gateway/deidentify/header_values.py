"""Values of a data set, read for what they say and believed no further than they are well formed."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.data_set import DataSet, Element
from gateway.standard.dictionary import tag_of

_LONGEST: Final = 1024
"""Bytes of a value that are read; what is longer is none of these."""
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,9}")
_FORMAT: Final = {2: "H", 4: "L"}
"""Unsigned numbers by their bytes."""


@dataclass(frozen=True, slots=True)
class HeaderValues:
    """Reads one data set.

    Parameters
    ----------
    source
        The encoded data set.
    data_set
        The elements in it.
    """

    source: memoryview
    data_set: DataSet

    def raw(self, keyword: str) -> memoryview:
        """Return an encoded value, empty where there is none."""
        return self.raw_of(tag_of(keyword))

    def raw_of(self, tag: int) -> memoryview:
        """Return an encoded value by its tag, empty where there is none."""
        element = self.data_set.find(tag)
        if element is None or element.items is not None or element.fragments is not None:
            return self.source[:0]
        return self.source[element.value : element.end]

    def items(self, keyword: str) -> list[HeaderValues]:
        """Return the items of a sequence, none where it is not there."""
        element: Element | None = self.data_set.find(tag_of(keyword))
        found = element.items if element is not None else None
        return [HeaderValues(self.source, item) for item in found or ()]

    def has(self, keyword: str) -> bool:
        """Tell whether an attribute is there with a value."""
        element = self.data_set.find(tag_of(keyword))
        return element is not None and element.end > element.value

    def terms(self, keyword: str) -> tuple[str, ...]:
        """Return the values of an attribute in upper case, without padding."""
        raw = bytes(self.raw(keyword)[:_LONGEST])
        text = raw.decode("ascii", "replace").strip(" \0").upper()
        return tuple(part.strip(" \0") for part in text.split("\\")) if text else ()

    def term(self, keyword: str) -> str:
        """Return the first value in upper case, empty where there is none."""
        return next(iter(self.terms(keyword)), "")

    def numbers(self, keyword: str, *, size: int = 2, signed: bool = False) -> tuple[int, ...]:
        """Return the binary numbers of an attribute, of `size` bytes each; none where they do not fit."""
        return self.numbers_of(tag_of(keyword), size=size, signed=signed)

    def numbers_of(self, tag: int, *, size: int = 2, signed: bool = False) -> tuple[int, ...]:
        """Return the binary numbers of an attribute by its tag."""
        raw = self.raw_of(tag)
        if len(raw) % size or len(raw) > _LONGEST:
            return ()
        letter = _FORMAT[size].lower() if signed else _FORMAT[size]
        order = "<" if self.data_set.encoding.little_endian else ">"
        return struct.unpack(f"{order}{len(raw) // size}{letter}", raw)

    def number(self, keyword: str, default: int) -> int:
        """Return the one unsigned number of two bytes, `default` where there is none."""
        numbers = self.numbers(keyword)
        return numbers[0] if numbers else default

    def decimals(self, keyword: str) -> tuple[float, ...]:
        """Return the numbers of a decimal string (PS3.5 6.2, DS); values that are none are left out."""
        found = []
        for term in self.terms(keyword):
            try:
                value = float(term)
            except ValueError:
                continue
            if math.isfinite(value):
                found.append(value)
        return tuple(found)

    def whole(self, keyword: str) -> tuple[int, ...]:
        """Return the numbers of an integer string (PS3.5 6.2, IS); values that are none are left out."""
        return tuple(int(term) for term in self.terms(keyword) if _WHOLE.fullmatch(term))
