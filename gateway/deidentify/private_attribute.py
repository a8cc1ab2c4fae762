"""Private attributes, what may be done to them, and a site's own list of them (PS3.15 E.3.10).

A list is a CSV file in UTF-8 whose first line is the header::

    group,creator,element,vr,action,meaning
    0019,SIEMENS MR HEADER,0C,IS,K,B value
    2001,Philips Imaging DD 001,7D,,X,pixels of a frame
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final, NamedTuple

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import LONG_VRS, SHORT_VRS
from gateway.deidentify.lexical import NUMBER_STRING_VRS, TEXT_VRS
from gateway.errors import SettingsError

HEADER: Final = ("group", "creator", "element", "vr", "action", "meaning")
MAX_CREATOR: Final = 64
"""Characters of a Private Creator, which is an LO."""
ILLEGAL_GROUPS: Final = frozenset({0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF})
"""Odd groups that hold no private elements (PS3.5 7.8)."""
VRS: Final = frozenset(vr.decode() for vr in LONG_VRS | SHORT_VRS) - {"UN"}
NUMBER_VRS: Final = frozenset({"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
"""VRs of binary numbers, of which a dummy can be made."""

_TIMES_AND_AGES: Final = frozenset({"AS", "DA", "DT", "TM"})
ALLOWED: Final = MappingProxyType(
    {
        Action.KEEP: VRS - {"PN"},
        Action.REMOVE: VRS,
        Action.EMPTY: VRS - {"PN"},
        Action.UID: frozenset({"UI"}),
        Action.CLEAN: _TIMES_AND_AGES | {"LO", "LT", "SH", "ST", "UC", "UT"},
        Action.DUMMY: (TEXT_VRS | NUMBER_STRING_VRS | NUMBER_VRS) - {"PN"},
    }
)
"""VRs that an action can be applied to. The name of a person goes, whatever a list says."""
INSTEAD_OF_KEEP: Final = MappingProxyType({"UI": Action.UID, **dict.fromkeys(_TIMES_AND_AGES, Action.CLEAN)})
"""What K means where values are replaced consistently wherever they stand."""
LISTED_ACTIONS: Final = MappingProxyType(
    {
        **{action.value: action for action in ALLOWED if action is not Action.EMPTY},
        "k": Action.KEEP,
        "d": Action.REMOVE,
        "h": Action.UID,
        "o": Action.CLEAN,
    }
)
"""Actions of a list; in lower case the letters of The Cancer Imaging Archive, where d is delete."""

_GROUP: Final = re.compile(r"[0-9A-Fa-f]{4}")
_OFFSET: Final = re.compile(r"[0-9A-Fa-f]{2}")
_NOTATION: Final = re.compile(r'\(([0-9A-Fa-f]{4}),"([^"]{1,64})",([0-9A-Fa-f]{2})\)')


class PrivateAttribute(NamedTuple):
    """A private attribute, whatever block its creator reserves (PS3.5 7.8.1).

    Parameters
    ----------
    group
        Odd group number.
    creator
        Private Creator without padding.
    offset
        Element number in its block, 00H to FFH.
    """

    group: int
    creator: str
    offset: int

    def __str__(self) -> str:
        return f'({self.group:04X},"{self.creator}",{self.offset:02X})'

    @classmethod
    def read(cls, text: str) -> PrivateAttribute | None:
        """Return the attribute that is written as ``(2005,"Philips MR Imaging DD 001",10)``, or None."""
        match = _NOTATION.fullmatch(text)
        if match is None:
            return None
        group, creator = int(match[1], 16), readable_creator(match[2])
        return cls(group, creator, int(match[3], 16)) if is_private(group) and creator else None


class PrivateRule(NamedTuple):
    """What is done to a private attribute.

    Parameters
    ----------
    action
        A single action.
    vr
        VR that the value must be of, alternatives as in "OB or OW"; empty to take the data set's word
        for it.
    """

    action: Action
    vr: str = ""


def is_private(group: int) -> bool:
    """Tell whether a group is one of private data elements (PS3.5 7.8)."""
    return group & 1 == 1 and group not in ILLEGAL_GROUPS


def readable_creator(text: str) -> str:
    """Return a Private Creator without padding; empty where it is none that can be compared.

    Creators are compared character by character. One with a backslash is two values, and one outside of
    ASCII would depend on the character set.
    """
    stripped = text.strip(" \0")
    fits = len(stripped) <= MAX_CREATOR and stripped.isascii() and stripped.isprintable()
    return stripped if fits and "\\" not in stripped else ""


def parse_list(text: str, file_name: str) -> dict[PrivateAttribute, PrivateRule]:
    """Read a site's own list of private attributes.

    Parameters
    ----------
    text
        CSV with the columns group, creator, element, vr, action, meaning.
    file_name
        As the operator named it.

    Raises
    ------
    SettingsError
        With the line, on anything that is not exactly such a list.
    """
    found: dict[PrivateAttribute, PrivateRule] = {}
    for line, row in _rows(text, file_name):
        fields = [field.strip() for field in row]
        fault = _fault(fields)
        if fault:
            raise SettingsError(file_name, f"line {line}", fault)
        group, creator, element, vr, code, _ = fields
        attribute = PrivateAttribute(int(group, 16), readable_creator(creator), int(element, 16))
        if attribute in found:
            raise SettingsError(file_name, f"line {line}", f"each attribute once; {attribute} came before")
        found[attribute] = PrivateRule(LISTED_ACTIONS[code], vr)
    return found


def _rows(text: str, file_name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and fields of each line behind the header."""
    # Spreadsheets put a byte order mark in front.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != HEADER:
            raise SettingsError(file_name, "line 1", f"the header {','.join(HEADER)}")
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise SettingsError(file_name, f"line {reader.line_num}", f"not valid CSV: {error}") from error


def _fault(fields: list[str]) -> str:
    """Return what a line should be and is not, empty where it is in order."""
    if len(fields) != len(HEADER):
        return f"{len(HEADER)} fields, {','.join(HEADER)}"
    group, creator, element, vr, code, _ = fields
    action = LISTED_ACTIONS.get(code, Action.REMOVE)
    suitable = ALLOWED[action] | ({""} if action in (Action.KEEP, Action.REMOVE) else frozenset())
    expectations = (
        (_GROUP.fullmatch(group) and is_private(int(group, 16)), "group: four digits of a private group"),
        (readable_creator(creator), f"creator: up to {MAX_CREATOR} printable ASCII characters, no backslash"),
        (_OFFSET.fullmatch(element), "element: two hexadecimal digits, without those of the block"),
        (not vr or vr in VRS, "vr: one of PS3.5 6.2 other than UN, or nothing"),
        (code in LISTED_ACTIONS, f"action: one of {', '.join(LISTED_ACTIONS)}"),
        (vr in suitable, f"action {code}: a vr it can be applied to, {', '.join(sorted(suitable))}"),
    )
    return next((expected for is_met, expected in expectations if not is_met), "")
