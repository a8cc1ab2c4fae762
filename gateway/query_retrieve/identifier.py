"""Identifiers: the data sets that requests and responses of this service carry (PS3.4 C.4.1.1.3).

The values of a request may be originals: they are compared and forgotten, and are part of no log
line, exception or response.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.character_set import CharacterSet, character_set
from gateway.deidentify.data_set import Element, Encoding
from gateway.deidentify.encode import element
from gateway.deidentify.parse import parse
from gateway.errors import Refused
from gateway.query_retrieve.declined import Declined
from gateway.standard.dictionary import keyword_of, tag_of, vr_of
from gateway.standard.status import Status

SPECIFIC_CHARACTER_SET: Final = tag_of("SpecificCharacterSet")
QUERY_RETRIEVE_LEVEL: Final = tag_of("QueryRetrieveLevel")

_UTF_8: Final = "ISO_IR 192"
_FORMAT: Final = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_BINARY_VRS: Final = frozenset({"AT", "OB", "OD", "OF", "OL", "OV", "OW", "SQ"})
_ONE_VALUE_VRS: Final = frozenset({"LT", "ST", "UR", "UT"})


@dataclass(frozen=True, slots=True)
class Key:
    """An attribute of a request.

    Parameters
    ----------
    vr
        The dictionary's where it knows the attribute, else the one that was sent.
    values
        As text, without padding; none for universal matching.
    """

    tag: int
    vr: str
    values: tuple[str, ...]

    @property
    def keyword(self) -> str:
        """Keyword of the attribute, empty for one that is private or unknown."""
        return keyword_of(self.tag)

    @property
    def name(self) -> str:
        """What an audit entry calls it."""
        return self.keyword or f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"


def decode(data: bytes, encoding: Encoding) -> dict[int, Key]:
    """Decode the Identifier of a request by its own Specific Character Set.

    Parameters
    ----------
    data, encoding
        The encoded data set, and how its transfer syntax writes elements.

    Returns
    -------
        The keys by tag; group lengths are left out.

    Raises
    ------
    Declined
        `Status.UNABLE_TO_PROCESS` when the bytes do not parse.
    """
    try:
        elements = parse(data, encoding).elements
    except Refused:
        raise Declined(Status.UNABLE_TO_PROCESS, "Identifier cannot be parsed") from None
    declared = next((one for one in elements if one.tag == SPECIFIC_CHARACTER_SET), None)
    terms = _values(declared, data, encoding, character_set((), "")) if declared is not None else ()
    characters = character_set(terms, "")
    return {
        one.tag: Key(one.tag, _vr(one), _values(one, data, encoding, characters))
        for one in elements
        if one.tag & 0xFFFF
    }


def encode(attributes: Mapping[int, tuple[str, str]], encoding: Encoding) -> bytes:
    """Encode the Identifier of a response, in UTF-8 where ASCII does not do.

    Parameters
    ----------
    attributes
        VR and text by tag; several values are joined by a backslash.
    encoding
        How the transfer syntax writes elements.
    """
    if not all(text.isascii() for _, text in attributes.values()):
        attributes = {**attributes, SPECIFIC_CHARACTER_SET: ("CS", _UTF_8)}
    return b"".join(
        element(tag, vr, _encoded(vr, text, encoding), encoding)
        for tag, (vr, text) in sorted(attributes.items())
    )


def _vr(one: Element) -> str:
    known = vr_of(one.tag)
    # "US or SS" and the like: what was sent, or the first of them.
    return known if known is not None and len(known) == 2 else one.vr


def _format(vr: str, encoding: Encoding) -> str:
    return ("<" if encoding.little_endian else ">") + _FORMAT[vr]


def _values(one: Element, data: bytes, encoding: Encoding, characters: CharacterSet) -> tuple[str, ...]:
    vr = _vr(one)
    raw = data[one.value : one.end]
    if vr in _FORMAT:
        form = _format(vr, encoding)
        whole = len(raw) // struct.calcsize(form) * struct.calcsize(form)
        return tuple(str(number) for (number,) in struct.iter_unpack(form, raw[:whole]))
    if vr in _BINARY_VRS or one.items is not None:
        return ()
    text = characters.decode(raw)
    parts = [text] if vr in _ONE_VALUE_VRS else text.split("\\")
    return tuple(value for part in parts if (value := part.strip(" \0")))


def _encoded(vr: str, text: str, encoding: Encoding) -> bytes:
    if vr not in _FORMAT:
        return text.encode("utf-8", "replace")
    form, number = _format(vr, encoding), float if vr in ("FL", "FD") else int
    try:
        return b"".join(struct.pack(form, number(value)) for value in text.split("\\") if value)
    except (ValueError, OverflowError, struct.error):
        return b""
