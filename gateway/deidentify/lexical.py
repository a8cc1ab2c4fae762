"""Which bytes a value that is kept may consist of (PS3.5 6.2).

A number or a code is kept without being read. That holds only while it is a number or a code:
a name in a decimal string would pass every rule that goes by attribute.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_TEXT_PATTERN: Final = MappingProxyType(
    {
        "AS": re.compile(rb"[0-9DWMY \\\0]*"),
        "DA": re.compile(rb"[0-9.\-\\ \0]*"),
        "TM": re.compile(rb"[0-9.:\-\\ \0]*"),
        "DT": re.compile(rb"[0-9.+\-\\ \0]*"),
        "DS": re.compile(rb"[0-9+\-eE.,\\ \0]*|(?i:[+-]?(nan|inf(inity)?)[ \0]*)"),
        "IS": re.compile(rb"[0-9+\-.\\ \0]*"),
        "UI": re.compile(rb"[0-9.\\ \0]*"),
    }
)
_SIZE: Final = MappingProxyType(
    {
        "AT": 4,
        "FD": 8,
        "FL": 4,
        "SL": 4,
        "SS": 2,
        "SV": 8,
        "UL": 4,
        "US": 2,
        "UV": 8,
        "OW": 2,
        "OF": 4,
        "OL": 4,
        "OD": 8,
        "OV": 8,
    }
)
NUMBER_STRING_VRS: Final = frozenset({"AS", "DA", "DS", "DT", "IS", "TM"})
"""VRs whose values are numbers, dates and times in characters."""
MAX_CODE_STRING: Final = 24
"""Characters of a CS value: PS3.5 allows 16, devices write a few more; a sentence has more still."""
TEXT_VRS: Final = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""VRs whose values are words."""
BINARY_VRS: Final = frozenset(_SIZE) | {"OB"}
"""VRs whose values are numbers of fixed size, or bytes."""


def fits(value: bytes | memoryview, vr: str, dictionary_vr: str) -> bool:
    """Tell whether a value may be kept as an attribute whose dictionary VR is `dictionary_vr`.

    Parameters
    ----------
    value
        Encoded value with its padding.
    vr
        VR in the data set; ``UN`` where the sender did not know it.
    dictionary_vr
        VR of PS3.6, alternatives as in ``US or SS``.
    """
    expected = dictionary_vr[:2]
    if expected in BINARY_VRS:
        return (vr in BINARY_VRS or vr == "UN") and len(value) % _SIZE.get(vr, 1) == 0
    pattern = _TEXT_PATTERN.get(expected)
    if pattern is not None:
        return vr not in BINARY_VRS and pattern.fullmatch(value) is not None
    if expected == "CS" and any(len(term.strip()) > MAX_CODE_STRING for term in bytes(value).split(b"\\")):
        return False
    return vr in TEXT_VRS or vr == "UN"
