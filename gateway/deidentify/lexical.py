"""Which bytes a value that is kept may consist of (PS3.5 6.2).

A number or a code is kept without being read. That holds only while it is a number or a code:
a name in a decimal string would pass every rule that goes by attribute.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from gateway.deidentify.character_set import CharacterSet


def _values(one: str) -> re.Pattern[bytes]:
    """Return a pattern of any number of values, each padded.

    `one` matches neither nothing nor padding, and its longer alternatives come first: nothing is ever
    given back, so that a value of any length takes linear time and no memory.
    """
    value = rf"[ \0]*+(?>(?:{one})[ \0]*+)?+"
    return re.compile(rf"{value}(?:\\{value})*+".encode())


_NUMBER: Final = r"[+-]?(?:[0-9]++(?:[.,][0-9]*+)?|[.,][0-9]++)"
_TEXT_PATTERN: Final = MappingProxyType(
    {
        "AS": re.compile(rb"[0-9DWMY \\\0]*+"),
        "DA": _values(r"[0-9]{4}[.-][0-9]{2}[.-][0-9]{2}|[0-9]{1,8}"),
        "TM": _values(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]{0,6})?|[0-9]{1,6}(?:\.[0-9]{0,6})?"),
        "DT": _values(r"[0-9]{1,14}(?:\.[0-9]{0,6})?(?:[+-][0-9]{4})?"),
        "DS": _values(_NUMBER + r"(?:[eE][+-]?[0-9]{1,3})?|[+-]?(?i:inf(?:inity)?|nan)"),
        "IS": _values(_NUMBER),
        "UI": re.compile(rb"[0-9.\\ \0]*+"),
    }
)
"""Numbers have one point at most, so that no UID is one."""
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
_NUMBERS: Final = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
"""VRs of numbers, each of a fixed size; what is longer than their number is something else."""
NUMBER_STRING_VRS: Final = frozenset({"AS", "DA", "DS", "DT", "IS", "TM"})
"""VRs whose values are numbers, dates and times in characters."""
MAX_CODE_STRING: Final = 24
"""Characters of a CS value: PS3.5 allows 16, devices write a few more; a sentence has more still."""
TEXT_VRS: Final = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""VRs whose values are words."""
_IN_CHARACTER_SET: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
"""VRs to which Specific Character Set applies (PS3.5 6.1.2.2)."""
BINARY_VRS: Final = frozenset(_SIZE) | {"OB"}
"""VRs whose values are numbers of fixed size, or bytes."""


def most_bytes(vr: str, values: int | None) -> int | None:
    """Return how long a value of binary numbers may be, None where nothing bounds it.

    Parameters
    ----------
    vr
        VR of PS3.6, alternatives as in ``US or SS``.
    values
        Upper bound of its Value Multiplicity, None for none.
    """
    return _SIZE[vr[:2]] * values if values is not None and vr[:2] in _NUMBERS else None


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
    is_long = expected == "CS" and len(value) > MAX_CODE_STRING
    if is_long and any(len(term.strip()) > MAX_CODE_STRING for term in bytes(value).split(b"\\")):
        return False
    return vr in TEXT_VRS or vr == "UN"


def is_readable(value: bytes | memoryview, vr: str, charset: CharacterSet) -> bool:
    """Tell whether text can be read by the character set that its data set declares.

    What nobody can read nobody can search (PS3.5 6.1.2).

    Parameters
    ----------
    value
        Encoded value with its padding.
    vr
        VR of PS3.6; others than those of text in any character set pass.
    charset
        Of the data set.
    """
    if vr not in _IN_CHARACTER_SET:
        return True
    raw = bytes(value)
    return (raw.isascii() and b"\x1b" not in raw) or charset.strict(raw) is not None
