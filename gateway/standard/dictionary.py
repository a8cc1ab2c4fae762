"""Data elements and UIDs that PS3.6 registers.

pydicom's dictionary, and the attributes of PS3.15 Table E.1-1 that are newer than it. An attribute
in neither is unknown, and so are the retired repeating groups other than curves and overlays.
"""

from __future__ import annotations

import re
from typing import Final

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

from gateway.standard.confidentiality_profile import ROWS

_REGISTERED_UID: Final = re.compile(r"1\.2\.840\.10008(?:\.[0-9]{1,4}){1,10}")
"""The root of the Standard (PS3.5 9.2). All of PS3.6 Annex A is below it."""

_WELL_KNOWN: Final = frozenset(
    uid for uid, (_, kind, *_) in UID_dictionary.items() if kind != "Transfer Syntax"
)
"""Without transfer syntaxes: pynetdicom adds some, and results must not depend on what is imported."""

_GENERIC_GROUP_LENGTH: Final = ("UL", "GenericGroupLength")

_SINGLE: Final = {
    **{tag: (entry[0], entry[4]) for tag, entry in DicomDictionary.items() if entry[0] != "NONE"},
    **{int(row.tag, 16): (row.vr, row.keyword) for row in ROWS if row.vr and "x" not in row.tag},
}
"""VR and keyword by tag. Items and delimiters, which have no VR, are no attributes (PS3.5 7.5)."""

_REPEATING: Final = {
    int(mask.replace("xx", "00"), 16): (entry[0], entry[4])
    for mask, entry in RepeatersDictionary.items()
    if mask.startswith(("50xx", "60xx"))
}
"""VR and keyword by the tag that the attribute has in the first of its groups."""

_VR: Final = {tag: vr for tag, (vr, _) in _SINGLE.items()}
_TAG: Final = {keyword: tag for tag, (_, keyword) in _SINGLE.items() if keyword}


def first_of_repeating(tag: int) -> int:
    """Tag that the same attribute has in group 5000 or 6000 (PS3.5 7.6).

    Returns
    -------
        The tag itself outside the even groups 5000 to 501E and 6000 to 601E.
    """
    return tag & 0xFF00FFFF if (tag >> 16) & 0xFFE1 in (0x5000, 0x6000) else tag


def vr_of(tag: int) -> str | None:
    """VR of an attribute.

    Returns
    -------
        Two letters, or alternatives as in "US or SS"; None for an attribute that is private or unknown.
    """
    vr = _VR.get(tag)
    if vr is not None or tag & 0x10000:
        # A private attribute, of an odd group, is in no table.
        return vr
    entry = _entry(tag)
    return entry[0] if entry else None


def tags_of_vr(vr: str) -> frozenset[int]:
    """Tags of all attributes of one VR, without those of repeating groups."""
    return frozenset(tag for tag, known in _VR.items() if known == vr)


def most_values_of(tag: int) -> int | None:
    """Upper bound of the Value Multiplicity of an attribute.

    Returns
    -------
        None without one, as for "1-n", and for attributes that are private, unknown or newer than
        pydicom's dictionary.
    """
    entry = DicomDictionary.get(tag)
    last = entry[1].rpartition("-")[2] if entry else ""
    return int(last) if last.isdigit() else None


def keyword_of(tag: int) -> str:
    """Keyword of an attribute, empty when it is private or unknown."""
    entry = _entry(tag)
    return entry[1] if entry else ""


def tag_of(keyword: str) -> int:
    """Tag of a keyword.

    Raises
    ------
    KeyError
        No attribute has the keyword, or only those of a repeating group have it.
    """
    return _TAG[keyword]


def is_registered_uid(uid: str) -> bool:
    """Tell whether a UID has the form of one that the Standard registers for a class, syntax or vocabulary.

    An edition newer than this program may have registered it; its components are short, so that
    none of them can hold an identifier or a date.
    """
    return len(uid) <= 64 and _REGISTERED_UID.fullmatch(uid) is not None


def is_well_known_uid(uid: str) -> bool:
    """Tell whether PS3.6 lists a UID, such as a well-known frame of reference or colour palette."""
    return uid in _WELL_KNOWN


def _entry(tag: int) -> tuple[str, str] | None:
    entry = _SINGLE.get(tag)
    if entry is not None:
        return entry
    if tag & 0x1FFFF == 0:
        return _GENERIC_GROUP_LENGTH
    return _REPEATING.get(first_of_repeating(tag))
