"""Dates, times and ages (PS3.15 E.3.6, action C of the Modified Dates option).

All dates of a patient move by one whole number of days, so that every interval stays and no
time of day changes. They move into the past: a study from the future breaks archives.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from gateway.deidentify.patient import PatientIdentity
from gateway.deidentify.pseudonym import PseudonymKey

MAX_SHIFT_DAYS: Final = 365
MAX_AGE_YEARS: Final = 89
"""Ages above are one group (45 CFR 164.514(b)(2)(i)(C))."""

_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})|(\d{4})\.(\d{2})\.(\d{2})")
_TIME = re.compile(
    r"([01]\d|2[0-3])([0-5]\d([0-5]\d|60)?(\.\d{1,6})?)?|([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
)
_DATETIME = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?"
)
_OFFSET = re.compile(r"[+-]\d{4}")
_AGE = re.compile(r"(\d{3})([DWMY])")
_PER_YEAR: Final = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}


def shift_days(key: PseudonymKey, identity: PatientIdentity, most: int = MAX_SHIFT_DAYS) -> int:
    """Return by how many days the patient's dates move back, 1 to `most`."""
    number = int.from_bytes(key.digest("date-shift", *identity.parts)[:8], "big")
    return number % most + 1


def shifted(text: str, vr: str, days: int) -> str | None:
    """Return a DA, TM, DT or UTC offset moved back by `days`, or None where it is not valid.

    Parameters
    ----------
    text
        One value without padding.
    vr
        ``DA``, ``TM``, ``DT``, or ``SH`` for Timezone Offset From UTC.
    days
        From `shift_days`.
    """
    if vr == "DA":
        return _shifted_date(text, days)
    if vr == "DT":
        return _shifted_datetime(text, days)
    pattern = _TIME if vr == "TM" else _OFFSET
    return text if pattern.fullmatch(text) else None


def _moved(year: str, month: str, day: str, days: int) -> date | None:
    try:
        return date(int(year), int(month), int(day)) - timedelta(days)
    except (ValueError, OverflowError):
        return None


def _shifted_date(text: str, days: int) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (part for part in match.groups() if part is not None)
    moved = _moved(year, month, day, days)
    return _digits(moved) if moved else None


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")


def _shifted_datetime(text: str, days: int) -> str | None:
    """Move a DT and keep its precision: a year alone stays a year alone."""
    match = _DATETIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, time, offset = match.groups()
    moved = _moved(year, month or "01", day or "01", days)
    if moved is None or (time and not _TIME.fullmatch(time)):
        return None
    precise = _digits(moved)[: 4 + 2 * bool(month) + 2 * bool(day)]
    return precise + (time or "") + (offset or "")


def is_datetime(text: str) -> bool:
    """Tell whether `text` is a valid DT."""
    return _shifted_datetime(text, 0) is not None


def capped_age(text: str) -> str | None:
    """Return an AS with ages above 89 years as 090Y, or None where it is not valid."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    years = int(match[1]) / _PER_YEAR[match[2]]
    return "090Y" if years >= MAX_AGE_YEARS + 1 else text
