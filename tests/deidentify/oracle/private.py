"""Retain Safe Private: creators, blocks and Table E.3.10-1 once more (PS3.5 7.8.1, PS3.15 E.3.10)."""

from __future__ import annotations

import json
from collections import defaultdict
from importlib.resources import files

from pydicom.dataset import Dataset

from gateway.standard.method import Option

from .reading import Raw, element_of, tags_of
from .rule import Ruling
from .value import FREE_TEXT, fits

_JSON = json.loads((files("gateway.standard") / "safe_private.json").read_text("utf-8"))
TABLE = {(row["group"], row["creator"], row["offset"]): row["vr"] for row in _JSON["rows"]}
NUMBERS = {"AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"}
PICTURES = {
    ("2001", "Philips Imaging DD 001", "7D"),
    ("2001", "Philips Imaging DD 001", "FF"),
    ("7E01", "HOLOGIC, Inc.", "12"),
}
NOT_PRIVATE = {0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF}


def creators(data_set: Dataset) -> dict[tuple[int, int], str]:
    """Return the creator of each block that is reserved in this data set, by group and block."""
    found = {}
    for tag in tags_of(data_set):
        group, element = tag >> 16, tag & 0xFFFF
        if group % 2 == 0 or group in NOT_PRIVATE or not 0x10 <= element <= 0xFF:
            continue
        raw = element_of(data_set, tag)
        name = raw.value.decode("latin-1").strip(" \0")
        if raw.vr in ("LO", "UN") and len(raw.value) <= 64 and _is_creator(name):
            found[group, element] = name
    return found


def _is_creator(name: str) -> bool:
    return name != "" and all(" " <= character <= "~" and character != "\\" for character in name)


def safe(data_set: Dataset, options: frozenset[Option]) -> dict[int, Ruling]:
    """Return rulings for the private elements that stay in some form, and for their creators."""
    found, used = {}, defaultdict(bool)
    reserved = creators(data_set)
    for tag in tags_of(data_set):
        group, block = tag >> 16, (tag & 0xFFFF) >> 8
        if group % 2 == 0 or (group, block) not in reserved:
            continue
        key = f"{group:04X}", reserved[group, block], f"{tag & 0xFF:02X}"
        if key in TABLE and not (key in PICTURES and Option.CLEAN_PIXEL_DATA in options):
            ruling = _ruling(element_of(data_set, tag, looks_into_private=True), TABLE[key], options)
            if ruling is not None:
                found[tag] = ruling
                used[group, block] = True
    for group, block in reserved:
        if used[group, block]:
            found[group << 16 | block] = Ruling("K", "X", "LO")
    return found


def _ruling(raw: Raw, listed: str, options: frozenset[Option]) -> Ruling | None:
    possible = set(listed.split(" or ")) if listed else NUMBERS
    if raw.items is not None:
        return Ruling("K", "X", "SQ") if possible == {"SQ"} else None
    vr = raw.vr
    if vr == "UN":
        vr = "OB" if possible == {"OB", "OW"} else min(possible) if len(possible) == 1 else ""
    if vr not in possible or raw.in_fragments or vr == "PN":
        return None
    if vr == "SQ":
        return Ruling("K", "X", "SQ") if not raw.value else None
    if not fits(raw.value, vr, vr):
        return None
    if vr == "UI":
        return Ruling("K" if Option.RETAIN_UIDS in options else "U", "X", vr)
    if vr in ("DA", "DT", "TM"):
        if Option.RETAIN_FULL_DATES in options:
            return Ruling("K", "X", vr)
        return Ruling("C" if Option.RETAIN_MODIFIED_DATES in options else "X", "X", vr)
    if vr == "AS" or (vr in FREE_TEXT and Option.CLEAN_DESCRIPTORS in options):
        return Ruling("C", "X", vr)
    return Ruling("K", "X", vr)
