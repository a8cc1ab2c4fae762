"""The attributes of the output by which researchers find it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import chain
from typing import Final

from gateway.deidentify.character_set import character_set, terms_of
from gateway.deidentify.data_set import DataSet
from gateway.deidentify.replacement import PATIENT_ID, PATIENT_NAME
from gateway.deidentify.rewrite import SPECIFIC_CHARACTER_SET, Rewriter
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.query_retrieve import STORED_KEYS

SEARCHABLE: Final[Mapping[int, str]] = {
    tag_of(keyword): keyword for keyword in chain.from_iterable(STORED_KEYS.values())
}
"""Keyword by tag of every attribute that the index keeps."""


def attributes(source: memoryview, root: DataSet, rewriter: Rewriter, pseudonym: str) -> dict[str, str]:
    """Return the searchable attributes of the output as text, several values joined by a backslash.

    Parameters
    ----------
    source, root
        The instance as received.
    rewriter
        After its pass: it knows what went and what was written.
    pseudonym
        Replacement Patient ID and Patient's Name.
    """
    terms: tuple[str, ...] = ()
    found = {SEARCHABLE[PATIENT_ID]: pseudonym, SEARCHABLE[PATIENT_NAME]: pseudonym}
    for element in root.elements:
        if element.tag == SPECIFIC_CHARACTER_SET:
            terms = terms_of(source[element.value : element.end])
        keyword = SEARCHABLE.get(element.tag)
        if keyword is None or keyword in found:
            continue
        value = rewriter.written.get(element.tag)
        if value is None:
            if element.tag not in rewriter.stayed:
                continue
            value = bytes(source[element.value : element.end])
        if vr_of(element.tag) == "US":
            found[keyword] = _numbers(value, little_endian=root.encoding.little_endian)
        else:
            charset = character_set(terms, rewriter.fallback)
            found[keyword] = "\\".join(part.strip(" \0") for part in charset.decode(value).split("\\"))
    return found


def _numbers(value: bytes, *, little_endian: bool) -> str:
    count = len(value) // 2
    return "\\".join(map(str, struct.unpack_from(f"{'<' if little_endian else '>'}{count}H", value)))
