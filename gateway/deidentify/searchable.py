"""The attributes of the output by which researchers find it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import chain
from typing import Final

from gateway.deidentify.account import Account
from gateway.deidentify.received import Received
from gateway.deidentify.replacement import PATIENT_ID, PATIENT_NAME
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.query_retrieve import STORED_KEYS

SEARCHABLE: Final[Mapping[int, str]] = {
    tag_of(keyword): keyword for keyword in chain.from_iterable(STORED_KEYS.values())
}
"""Keyword by tag of every attribute that the index keeps."""


def attributes(received: Received, account: Account, pseudonym: str, fallback: str) -> dict[str, str]:
    """Return the searchable attributes of the output as text, several values joined by a backslash.

    Parameters
    ----------
    received
        The instance as it came.
    account
        Of the pass: it knows what went and what was written.
    pseudonym
        Replacement Patient ID and Patient's Name.
    fallback
        Defined term of a character set where the instance has none.
    """
    charset = received.character_set(fallback)
    found = {SEARCHABLE[PATIENT_ID]: pseudonym, SEARCHABLE[PATIENT_NAME]: pseudonym}
    for tag, keyword in SEARCHABLE.items():
        value = account.written.get(tag)
        if value is None and tag in account.stayed:
            value = bytes(account.value(account.stayed[tag]))
        if value is None or keyword in found:
            continue
        if vr_of(tag) == "US":
            found[keyword] = _numbers(value, little_endian=received.root.encoding.little_endian)
        else:
            text = charset.decode(value)
            parts = text.split("\\") if "\\" in text else (text,)
            found[keyword] = "\\".join([part.strip(" \0") for part in parts])
    return found


def _numbers(value: bytes, *, little_endian: bool) -> str:
    count = len(value) // 2
    return "\\".join(map(str, struct.unpack_from(f"{'<' if little_endian else '>'}{count}H", value)))
