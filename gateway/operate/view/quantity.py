"""Times and sizes as people write and read them."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Final

_AGE: Final = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SIZES: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024


def time_text(at: float | None) -> str:
    """Return a time in seconds since the epoch as local date and time; empty for None."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")[:19]


def time_of(text: str) -> float:
    """Return the seconds since the epoch of a date, a date and time, or an age such as ``2d``.

    Without an offset a date is local time. An age counts back from now: s, m, h, d or w.

    Raises
    ------
    ValueError
        It is none of these.
    """
    if match := _AGE.fullmatch(text.strip()):
        return time.time() - timedelta(**{_UNITS[match[2]]: int(match[1])}).total_seconds()
    return datetime.fromisoformat(text.strip()).timestamp()


def size_text(size: float) -> str:
    """Return a number of bytes with three digits and a unit."""
    for unit in _SIZES[:-1]:
        if size < _STEP:
            return f"{size:.3g} {unit}" if unit != "B" else f"{size:.0f} B"
        size /= _STEP
    return f"{size:.3g} {_SIZES[-1]}"
