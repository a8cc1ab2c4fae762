"""What a single value is: whether it is of its VR, its dummy, a date moved, an age capped."""

from __future__ import annotations

import re
from datetime import date, timedelta

from pydicom.datadict import dictionary_has_tag, dictionary_VM

LONG_TEXT = {"LT", "ST", "UC", "UR", "UT"}
FREE_TEXT = {"LO", "LT", "SH", "ST", "UC", "UT"}
"""What people write, and in any character set."""
WORDS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
NUMBER = r"[+-]?(\d+([.,]\d*)?|[.,]\d+)"
ONE = {
    "DA": r"\d{1,8}|\d{4}\.\d\d\.\d\d|\d{4}-\d\d-\d\d|\d{4}\.\d\d-\d\d|\d{4}-\d\d\.\d\d",
    "TM": r"\d{1,6}(\.\d{0,6})?|\d\d:\d\d(:\d\d)?(\.\d{0,6})?",
    "DT": r"\d{1,14}(\.\d{0,6})?([+-]\d{4})?",
    "DS": NUMBER + r"([eE][+-]?\d{1,3})?|[+-]?(?i:nan|inf|infinity)",
    "IS": NUMBER,
    "AS": r"[0-9DWMY \0]*",
    "UI": r"[0-9. \0]*",
}
"""What one value may be; between them backslashes, around them padding."""
SIZE = {
    "AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8,
    "OB": 1, "OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8,
}  # fmt: skip
NUMBERS = {"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"}
DUMMY = {
    "AE": b"REMOVED", "AS": b"000Y", "CS": b"REMOVED", "DA": b"19000101", "DS": b"0", "DT": b"19000101000000",
    "IS": b"0", "LO": b"REMOVED", "LT": b"REMOVED", "PN": b"Removed", "SH": b"REMOVED", "ST": b"REMOVED",
    "TM": b"000000", "UC": b"REMOVED", "UR": b"urn:removed", "UT": b"REMOVED",
}  # fmt: skip
TIME_OF_DATETIME = r"([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?"
TIME = r"([01]\d|2[0-3])([0-5]\d([0-5]\d|60)?(\.\d{1,6})?)?|([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
DAYS_OF = {"D": 1.0, "W": 365.25 / 52.18, "M": 365.25 / 12, "Y": 365.25}


def plain(raw: bytes) -> bytes:
    return raw.rstrip(b" \0")


def fits(raw: bytes, sent_vr: str, vr: str) -> bool:
    """Tell whether bytes may be a value of the VR that the Standard gives the attribute."""
    expected = vr[:2]
    if expected in SIZE:
        return sent_vr in {*SIZE, "UN"} and len(raw) % SIZE.get(sent_vr, 1) == 0
    if expected in ONE:
        values = [value.strip(" \0") for value in raw.decode("latin-1").split("\\")]
        of_kind = all(not value or re.fullmatch(ONE[expected], value, re.ASCII) for value in values)
        return sent_vr not in SIZE and of_kind
    short = expected != "CS" or all(len(term.strip()) <= 24 for term in raw.split(b"\\"))
    return short and sent_vr in {*WORDS, "UN"}


def is_too_long(raw: bytes, tag: int, vr: str) -> bool:
    """Tell whether binary numbers are more than their Value Multiplicity (PS3.6) allows."""
    if vr[:2] not in NUMBERS or not dictionary_has_tag(tag):
        return False
    most = dictionary_VM(tag).split("-")[-1]
    return most.isdigit() and len(raw) > int(most) * SIZE[vr[:2]]


def dummy(vr: str) -> bytes:
    return DUMMY.get(vr, bytes(max(SIZE.get(vr, 2), 2)))


def moved_date(text: str, days: int) -> str | None:
    digits = text.replace(".", "") if re.fullmatch(r"\d{4}\.\d\d\.\d\d", text) else text
    if not re.fullmatch(r"\d{8}", digits):
        return None
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        return (day - timedelta(days)).isoformat().replace("-", "")
    except (ValueError, OverflowError):
        return None


def moved_datetime(text: str, days: int) -> str | None:
    match = re.fullmatch(r"(\d{8}|\d{6}|\d{4})([\d.]*)([+-]\d{4})?", text)
    if match is None or (match[2] and (len(match[1]) < 8 or not re.fullmatch(TIME_OF_DATETIME, match[2]))):
        return None
    moved = moved_date((match[1] + "0101"[len(match[1]) - 4 :])[:8], days)
    return None if moved is None else moved[: len(match[1])] + match[2] + (match[3] or "")


def capped_age(text: str) -> str | None:
    if not re.fullmatch(r"\d{3}[DWMY]", text):
        return None
    return "090Y" if int(text[:3]) * DAYS_OF[text[3]] >= 90 * 365.25 else text


def moved_time(text: str) -> str | None:
    return text if re.fullmatch(TIME, text) else None


def offset_from_utc(text: str) -> str | None:
    return text if re.fullmatch(r"[+-]\d{4}", text) else None
