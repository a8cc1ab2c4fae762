"""Attribute matching (PS3.4 C.2.2.2): one function for each type of matching, chosen by `MATCHING`.

A predicate takes the whole stored text of one attribute, its values joined by a backslash, and
tells whether one of them matches (C.2.2.3). Keys may hold several values too; one is enough.
Nothing is negotiated, so there is neither fuzzy semantic matching of names nor combined
date-time matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from gateway.index.moment import bounds, is_range

Predicate = Callable[[str], bool]

_MOMENT_VRS: Final = frozenset({"DA", "TM", "DT"})
_NUMBER_VRS: Final = frozenset({"DS", "IS", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
_WILD_CARD_VRS: Final = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""The VRs that C.2.2.2.4 does not exclude and that hold text."""
_ONE_VALUE_VRS: Final = frozenset({"LT", "ST", "UR", "UT"})
"""VRs in which a backslash is a character of the value (PS3.5 6.2)."""

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_CARETS: Final = "^" * 4
"""A component group of PN has five components (PS3.5 6.2.1)."""


class MatchingType(Enum):
    """Types of matching of PS3.4 C.2.2.2."""

    SINGLE_VALUE = auto()
    LIST_OF_UID = auto()
    UNIVERSAL = auto()
    WILD_CARD = auto()
    RANGE = auto()
    SEQUENCE = auto()


def matching_type(vr: str, wanted: Iterable[str]) -> MatchingType:
    """Tell which type of matching a key asks for.

    Parameters
    ----------
    vr
        Value Representation of the key.
    wanted
        Its values as the request has them.

    Notes
    -----
    A lone ``*`` counts as universal for every VR: many a requestor puts one into dates and UIDs,
    where C.2.2.2.4 knows no wild card.
    """
    values = [value for value in wanted if value.strip("* \0")]
    if vr == "SQ":
        return MatchingType.SEQUENCE
    if not values:
        return MatchingType.UNIVERSAL
    if vr == "UI":
        return MatchingType.LIST_OF_UID if len(values) > 1 else MatchingType.SINGLE_VALUE
    if vr in _MOMENT_VRS and any(is_range(vr, value) for value in values):
        return MatchingType.RANGE
    if vr in _WILD_CARD_VRS and any("*" in value or "?" in value for value in values):
        return MatchingType.WILD_CARD
    return MatchingType.SINGLE_VALUE


def predicate(vr: str, wanted: Iterable[str]) -> Predicate:
    """Return what decides whether the stored text of an attribute matches a key.

    Parameters
    ----------
    vr, wanted
        As in `matching_type`.
    """
    values = tuple(wanted)
    return MATCHING[matching_type(vr, values)](vr, values)


def single_value(vr: str, wanted: tuple[str, ...]) -> Predicate:
    """C.2.2.2.1: the same value; case counts except in PN, numbers and times compare as such."""
    if vr in _MOMENT_VRS:
        return in_range(vr, wanted)
    if vr in _NUMBER_VRS:
        numbers = {_number(value) for value in _values(vr, wanted)}
        return _any(vr, lambda stored: _number(stored) in numbers)
    if vr == "PN":
        names = {_name(value) for value in _values(vr, wanted)}
        return _any(vr, lambda stored: not names.isdisjoint(_name_forms(stored)))
    exact = frozenset(_values(vr, wanted))
    return _any(vr, exact.__contains__)


def list_of_uid(vr: str, wanted: tuple[str, ...]) -> Predicate:
    """C.2.2.2.2: any UID of the list."""
    return single_value(vr, wanted)


def universal(_vr: str, _wanted: tuple[str, ...]) -> Predicate:
    """C.2.2.2.3: every entity, also one without a value."""
    return lambda _stored: True


def wild_card(vr: str, wanted: tuple[str, ...]) -> Predicate:
    """C.2.2.2.4: ``*`` stands for any characters or none, ``?`` for any single one."""
    folded = [value.casefold() if vr == "PN" else value for value in _values(vr, wanted)]
    patterns = [_Pattern(value) for value in folded]
    forms = _name_forms if vr == "PN" else _itself
    return _any(vr, lambda stored: any(p.matches(form) for form in forms(stored) for p in patterns))


def in_range(vr: str, wanted: tuple[str, ...]) -> Predicate:
    """C.2.2.2.5: between two moments inclusive, either of them may be left out.

    A moment of lower precision stands for all of its span: ``-12`` ends before 13 o'clock, and a
    single ``1205`` matches every second of that minute. What is no moment matches only itself.
    """
    values = _values(vr, wanted)
    spans = [span for value in values if (span := bounds(vr, value)) is not None]
    return _any(vr, lambda stored: stored in values or any(span.holds(vr, stored) for span in spans))


def sequence(vr: str, wanted: tuple[str, ...]) -> Predicate:
    """C.2.2.2.6: no sequence is stored, so that a sequence key restricts nothing."""
    return universal(vr, wanted)


MATCHING: Final[Mapping[MatchingType, Callable[[str, tuple[str, ...]], Predicate]]] = MappingProxyType(
    {
        MatchingType.SINGLE_VALUE: single_value,
        MatchingType.LIST_OF_UID: list_of_uid,
        MatchingType.UNIVERSAL: universal,
        MatchingType.WILD_CARD: wild_card,
        MatchingType.RANGE: in_range,
        MatchingType.SEQUENCE: sequence,
    }
)


def _any(vr: str, matches: Predicate) -> Predicate:
    """Apply a predicate on one value to each of an attribute; no value matches no given key."""
    if vr in _ONE_VALUE_VRS:
        return lambda text: bool(text) and matches(_trimmed(vr, text))
    return lambda text: any(matches(value) for part in text.split("\\") if (value := _trimmed(vr, part)))


def _values(vr: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for text in wanted if (value := _trimmed(vr, text)))


def _trimmed(vr: str, text: str) -> str:
    """Without the spaces that PS3.5 6.2 calls insignificant."""
    return text.rstrip(" \0") if vr in _ONE_VALUE_VRS or vr == "UC" else text.strip(" \0")


def _itself(value: str) -> tuple[str, ...]:
    return (value,)


def _number(value: str) -> Decimal | str:
    return Decimal(value) if _NUMBER.fullmatch(value) else value


def _name(value: str) -> str:
    """Name without case and trailing delimiters, which carry no information (PS3.5 6.2.1)."""
    return "=".join(group.rstrip("^ ") for group in value.casefold().split("=")).rstrip("=")


def _name_forms(stored: str) -> tuple[str, ...]:
    """Ways to write a stored name: as a whole, and each component group short and in full."""
    whole = _name(stored)
    groups = whole.split("=")
    full = (group + _CARETS[group.count("^") :] for group in groups)
    return (whole, *groups, *full)


class _Pattern:
    """A value with wild cards.

    Compiling one takes much longer than reading it, seconds for the longest that a request may
    hold. So it is compiled when there is a text that is long enough to match.
    """

    def __init__(self, value: str) -> None:
        self._value = value
        self._shortest = len(value) - value.count("*")
        self._compiled: re.Pattern[str] | None = None

    def matches(self, text: str) -> bool:
        if len(text) < self._shortest:
            return False
        if self._compiled is None:
            self._compiled = re.compile(_expression(self._value), re.DOTALL)
        return self._compiled.fullmatch(text) is not None


def _expression(pattern: str) -> str:
    """Translate a pattern so that matching takes no longer than the product of both lengths.

    The first place where a part fits is as good as any later one; an atomic group keeps `re`
    from trying those, which a hostile pattern would make it do for ever.
    """
    first, *parts = (re.escape(part).replace(r"\?", ".") for part in re.sub(r"\*+", "*", pattern).split("*"))
    if not parts:
        return first
    between = "".join(f"(?>.*?{part})" for part in parts[:-1])
    return f"{first}{between}.*{parts[-1]}"
