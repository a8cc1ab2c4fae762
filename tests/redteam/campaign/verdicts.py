"""What each class of check asks of an output: functions that return what is wrong, empty when nothing is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from .answer import Check, Class
from .output import TEXT_VRS, Output, Value, fold

_DAY: Final = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_WORDS: Final = re.compile(r"[^\W_]+")
_ESCAPE: Final = re.compile(r"\x1b[\x20-\x2f]*[\x30-\x7e]")
_PIXELS: Final = "7FE00010"
_MARKERS: Final = {"00120062": ("YES",), "00280303": ("MODIFIED", "REMOVED", "UNMODIFIED")}


def texts(output: Output, path: str) -> list[str]:
    """Return the values at a path, read as declared."""
    return [value.texts()[0].strip(" \0") for value in output.values.get(path, ())]


def _readings(output: Output, path: str) -> list[str]:
    return [text for value in output.values.get(path, ()) for text in value.texts()]


def _day(text: str) -> date | None:
    match = _DAY.match(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def days(original: str, found: Iterable[str]) -> int | None:
    before, after = _day(original), next((_day(text) for text in found if text), None)
    return (after - before).days if before and after else None


def shifted(check: Check, output: Output, offset: int | None) -> str:
    """Gone, or another valid date: that of the patient's offset where it is known, with its time of day.

    The offset is not asked of a tool that does not move dates at all.
    """
    found = [text for text in texts(output, check.path) if text]
    if not found:
        return ""
    if any(check.value in text for text in found):
        return f"still {check.value}"
    moved = [days(check.value, [text]) for text in found]
    if None in moved:
        return f"no valid date: {found[0]}"
    if offset is not None and offset not in moved:
        return f"moved by {moved[0]} days, the patient by {offset}"
    return ""


def _time_kept(check: Check, output: Output) -> str:
    found = [text for text in texts(output, check.path) if text]
    return "" if not found or any(text.startswith(check.value) for text in found) else found[0]


def _tag_retained(check: Check, output: Output) -> str:
    return "" if check.path in output.values else "absent"


def _not_null(check: Check, output: Output) -> str:
    return "" if any(texts(output, check.path)) else "absent or empty"


def _text_retained(check: Check, output: Output) -> str:
    """All words of the answer in one of the values; numbers as numbers."""
    found = _readings(output, check.path)
    folded = fold(check.value)
    wanted = set(_WORDS.findall(folded))
    for text in found:
        other = fold(text)
        if (
            folded in other
            or (wanted and wanted <= set(_WORDS.findall(other)))
            or _same_numbers(folded, other)
        ):
            return ""
    return found[0] if found else "absent"


def _same_numbers(one: str, other: str) -> bool:
    try:
        pairs = zip(map(float, one.split("\\")), map(float, other.split("\\")), strict=True)
        return all(abs(left - right) <= 1e-6 * max(1.0, abs(left)) for left, right in pairs)
    except ValueError:
        return False


def _text_removed(check: Check, output: Output) -> str:
    found = (value for value in output.values.get(check.path, ()) if value.holds(check.value))
    return next((value.texts()[0] or "there" for value in found), "")


def _no_leak(check: Check, output: Output) -> str:
    return f"{check.value} in {'; '.join(output.where(check.value)[:3])}" if output.holds(check.value) else ""


def _uid_changed(check: Check, output: Output) -> str:
    return (
        f"{check.value} in {'; '.join(output.where(check.value)[:3])}"
        if output.holds_uid(check.value)
        else ""
    )


def _pixels(check: Check, output: Output) -> str:
    """Native pixels byte for byte, coded ones as far as a decoder reads them."""
    values = output.values.get(_PIXELS)
    if not values or not isinstance(values[0].raw, bytes):
        return "no pixel data"
    wanted = bytes.fromhex(check.value)
    raw = values[0].raw
    if check.why.startswith("native"):
        return "" if raw[: len(wanted)] == wanted else "other bytes"
    return "" if wanted in raw else "other bytes"


def _marker(check: Check, output: Output) -> str:
    found = [text for text in texts(output, check.path) if text]
    if check.path == "00120063":
        return "" if found or output.values.get("00120064/00080100") else "neither method nor codes"
    return "" if any(text in _MARKERS[check.path] for text in found) else str(found or "absent")


def _charset(check: Check, output: Output) -> str:
    # Designations may be left in front of what was decoded.
    found = [_ESCAPE.sub("", text) for text in texts(output, check.path)]
    return "" if check.value in found else (found[0] if found else "absent")


def _valid(check: Check, output: Output) -> str:
    """What is demanded of the IOD is there, and group lengths, where there are any, are right."""
    for need in check.value.split():
        path, kind = need.split(":")
        found = output.values.get(path)
        if found is None:
            return f"{path} of Type {kind} is gone"
        if kind == "1" and not any(map(_filled, found)):
            return f"{path} of Type 1 is empty"
    return _group_lengths(output)


def _filled(value: Value) -> bool:
    """Tell whether there is a value: for text more than padding."""
    if isinstance(value.raw, bytes):
        return bool(value.raw.strip(b" \0") if value.vr in TEXT_VRS else value.raw)
    return value.raw is not None


def _group_lengths(output: Output) -> str:
    for path in output.values:
        if len(path) == 8 and path.endswith("0000"):
            return f"group length {path}" if not _right(output, path) else ""
    return ""


def _right(output: Output, path: str) -> bool:
    """Tell whether a group length is the distance to the next group, by searching its encoded value."""
    raw = output.values[path][0].raw
    tag = int(path, 16)
    start = output.data_set.get_item(tag)
    if not isinstance(raw, list) or start is None or not hasattr(start, "value_tell"):
        return True
    group = tag >> 16
    behind = [
        element.value_tell
        for key in output.data_set.keys()  # noqa: SIM118 - iterating decodes
        if int(key) >> 16 > group and hasattr(element := output.data_set.get_item(key), "value_tell")
    ]
    if not behind:
        return True
    header = min(behind) - (start.value_tell + 4)
    return header - 12 <= raw[0] <= header - 8


SIMPLE: Final[dict[Class, Callable[[Check, Output], str]]] = {
    Class.TAG_RETAINED: _tag_retained,
    Class.TEXT_NOTNULL: _not_null,
    Class.TEXT_RETAINED: _text_retained,
    Class.TEXT_REMOVED: _text_removed,
    Class.NO_LEAK: _no_leak,
    Class.TIME_KEPT: _time_kept,
    Class.UID_CHANGED: _uid_changed,
    Class.PIXELS_RETAINED: _pixels,
    Class.VALID: _valid,
    Class.MARKER: _marker,
    Class.CHARSET: _charset,
}
