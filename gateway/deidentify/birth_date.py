"""How people write a date of birth elsewhere than in its attribute."""

from __future__ import annotations

from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def _parts(date: str) -> tuple[str, str, str] | None:
    is_date = len(date) == len("YYYYMMDD") and date.isdigit() and date.strip("0")
    return (date[:4], date[4:6], date[6:]) if is_date else None


def numbers_of_date(date: str) -> list[str]:
    """Return a date as one number in the usual orders, without leading zeros.

    Parameters
    ----------
    date
        Eight digits, YYYYMMDD; anything else gives nothing.
    """
    parts = _parts(date)
    if parts is None:
        return []
    year, month, day = parts
    return [number.lstrip("0") for number in (date, day + month + year, month + day + year)]


def spelled(date: str) -> list[str]:
    """Return a date as words and numbers in the usual orders, in lower case and with hyphens.

    Parameters
    ----------
    date
        Eight digits, YYYYMMDD; anything else gives nothing.
    """
    parts = _parts(date)
    if parts is None:
        return []
    year, month, day = parts
    short = year[2:]
    found = [f"{year}-{month}-{day}", f"{day}-{month}-{year}", f"{month}-{day}-{year}"]
    found += [f"{day}-{month}-{short}", f"{month}-{day}-{short}", f"{short}-{month}-{day}"]
    if 1 <= int(month) <= len(_MONTHS):
        name, bare = _MONTHS[int(month) - 1], str(int(day))
        for word in (name[:3], name):
            found += [f"{day}-{word}-{year}", f"{word}-{day}-{year}", f"{year}-{word}-{day}"]
            found += [f"{bare}-{word}-{year}", f"{word}-{bare}-{year}"]
        found += [f"{bare}-{int(month)}-{year}", f"{int(month)}-{bare}-{year}"]
    return found
