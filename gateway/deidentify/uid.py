"""Replacement UIDs (PS3.15 E.1.1 action U): consistent, valid, keyed."""

from __future__ import annotations

import re
from typing import Final

from gateway.deidentify.pseudonym import PseudonymKey
from gateway.standard.dictionary import is_well_known_uid, tag_of

VALID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")
"""The characters of PS3.5 9.1. Leading zeros are tolerated: devices write them, and a UID is opaque."""

CLASS_UIDS: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "SOPClassUID",
        "RelatedGeneralSOPClassUID",
        "OriginalSpecializedSOPClassUID",
        "SOPClassesInStudy",
        "SOPClassesSupported",
        "ReferencedSOPClassUID",
        "CodingSchemeUID",
        "ContextUID",
        "MappingResourceUID",
        "ContextGroupExtensionCreatorUID",
        "StoredInstanceTransferSyntaxUID",
        "AvailableTransferSyntaxUID",
        "FlowTransferSyntaxUID",
        "MACCalculationTransferSyntaxUID",
        "EncryptedContentTransferSyntaxUID",
    )
)
"""UI attributes that name a class, a syntax or a vocabulary, never an entity of the real world."""


_RANDOM: Final = (1 << 128) - 1 ^ (0xF << 76 | 0x3 << 62)
"""Bits of a UUID besides its version and variant (RFC 9562 4.1, 4.2)."""
_VERSION_8: Final = 0x8 << 76 | 0x2 << 62


def replacement_uid(key: PseudonymKey, original: str) -> str:
    """Return the UID that stands for `original` in the project of `key`.

    Returns
    -------
    str
        ``2.25.`` and the decimal value of a version 8 UUID (PS3.5 B.2, RFC 9562 5.8);
        at most 44 characters.
    """
    number = int.from_bytes(key.digest("uid", original)[:16], "big")
    return "2.25." + str(number & _RANDOM | _VERSION_8)


class UidMap:
    """Replaces the UIDs of one instance and remembers them.

    Parameters
    ----------
    key
        The project's.
    """

    def __init__(self, key: PseudonymKey) -> None:
        self._key = key
        self.replaced: dict[str, str] = {}

    def replace(self, original: str) -> str:
        """Return the replacement of `original`; what PS3.6 lists stays what it is."""
        if is_well_known_uid(original):
            return original
        known = self.replaced.get(original)
        if known is None:
            known = self.replaced[original] = replacement_uid(self._key, original)
        return known
