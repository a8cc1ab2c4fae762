"""What happens to the content items of structured reports (PS3.15 E.3.4, Clean Structured Content).

The concept name of an item decides, together with the kind of each value that the item has. Table
E.3.4-1 names the concepts that identify; a value of another concept goes by its kind. An item's own
Value Type is heard only where it asks for more than its values do.

The tree stays a valid one. An item that the table removes goes with what is below it, except that it
stays without its value where items below it have concepts of their own, where coordinates refer to it,
and where any item of the report is named by its position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.content_item import (
    CONTENT_SEQUENCE,
    MEASURED_VALUE,
    OTHER_NUMBERS,
    REFERENCED_SOP,
    RELATIONSHIP_TYPE,
    VALUES,
    is_age_up_to,
    items_of,
    kind_of,
    rows_of,
    text_of,
    value_type_of,
)
from gateway.deidentify.data_set import DataSet
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option
from gateway.standard.structured_content import Concept

_DUMMY_OF: Final = MappingProxyType(
    {
        **dict.fromkeys(VALUES, Action.DUMMY),
        tag_of("UID"): Action.UID,
        # Type 2: a measurement without a value, which a zero would not be.
        MEASURED_VALUE: Action.EMPTY,
        **dict.fromkeys(OTHER_NUMBERS, Action.REMOVE),
        # The UIDs inside are replaced by their own rule.
        REFERENCED_SOP: Action.KEEP,
    }
)
"""What leaves an attribute of a content item valid and without its value."""
_REFERENCES: Final = ("IMAGE", "WAVEFORM", "COMPOSITE")
_FAMILY: Final = MappingProxyType(
    {
        **dict.fromkeys(("DATE", "TIME", "DATETIME"), "date"),
        **dict.fromkeys((*_REFERENCES, "UIDREF"), "reference"),
    }
)
"""Value Types that say the same in another form; any other is a family of its own."""
_BY_ORDINARY_RULE: Final = ("CODE", "NUM", *_REFERENCES)
"""Value Types whose attributes, where they stay, are the profile's own matter."""
_STRICTNESS: Final = (Action.KEEP, Action.UID, Action.CLEAN, Action.DUMMY, Action.REMOVE)
"""Most lenient first."""
_DEVICE_DATES: Final = frozenset({("113723", "DCM")})
"""Calibration DateTime: shifted, it would disclose the patient's shift to whoever knows it."""
_MAX_AGE: Final = 89
"""Years. Ages above it are among the identifiers of 45 CFR 164.514(b)(2)(i)(C)."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What happens to one content item.

    Parameters
    ----------
    keep
        False: the item goes with all that is below it.
    actions
        Action for attributes of the item itself, by tag, before the profile's own rule; empty where the
        item goes. Where a value cannot be cleaned, or kept because it does not fit its VR, a dummy is
        due: what has a value here is of Type 1 or 1C.
    why
        The row or the kind that decided; nothing of the report.
    """

    keep: bool
    actions: Mapping[int, Action]
    why: str


@dataclass(frozen=True, slots=True)
class _Decision:
    action: Action
    why: str
    of_age: bool = False


class ContentRules:
    """Table E.3.4-1 under the options of a profile.

    Parameters
    ----------
    options
        Options of the profile, of which Clean Structured Content is one.
    cap_ages
        Whether an age above 89 years goes where ages stay.
    """

    def __init__(self, options: frozenset[Option], *, cap_ages: bool = True) -> None:
        self._options = options
        self._cap_ages = cap_ages

    def judge(
        self, item: DataSet, source: memoryview, charset: CharacterSet, *, pinned: bool = False
    ) -> Judgement:
        """Return what happens to a content item; what is below it is judged by itself.

        Parameters
        ----------
        item, source, charset
            The item, the bytes that it lies in, and how its text is read.
        pinned
            The item may not go: it keeps its place, with a dummy for a value.
        """
        rows = tuple(rows_of(item, source, charset))
        value_type = value_type_of(item, source, charset)
        decisions = {
            element.tag: self._decide(kind_of(element.tag, value_type), rows)
            for element in item.elements
            if element.tag in VALUES
        }
        # An item without the value that its Value Type asks for still says what its concept says.
        strictest = _strictest((self._decide(value_type, rows), *decisions.values()))
        if strictest.action is Action.REMOVE:
            # Coordinates need the image or waveform that they were drawn on (PS3.3 C.17.3.2.4).
            pinned = pinned or text_of(item, RELATIONSHIP_TYPE, source, charset) == "SELECTED FROM"
            return _gone(item, decisions, strictest.why, pinned=pinned)
        actions = {tag: _applied(tag, decision.action) for tag, decision in decisions.items()}
        is_age = self._cap_ages and any(decision.of_age for decision in decisions.values())
        if is_age and not is_age_up_to(_MAX_AGE, item, source, charset):
            actions = {tag: _DUMMY_OF[tag] for tag in decisions}
        return Judgement(True, MappingProxyType(_said(actions)), strictest.why)

    def _decide(self, kind: str, rows: tuple[Concept, ...]) -> _Decision:
        """Return what happens to a value of one kind under a concept name."""
        same = [row for row in rows if row.value_type == kind]
        if not same and kind in _FAMILY:
            same = [row for row in rows if _FAMILY.get(row.value_type) == _FAMILY[kind]]
        if same:
            return _strictest(_Decision(self._action(row), _shown(row), of_age=_is_age(row)) for row in same)
        other = [row for row in rows if _reaches(row, kind)]
        if other:
            # The concept identifies in whatever form; an option is for the form that the table has.
            return _strictest(_Decision(_base(row), _shown(row)) for row in other)
        return _Decision(self._by_kind(kind), f"{kind or 'no value'} of a concept that is not listed")

    def _action(self, row: Concept) -> Action:
        """Return the action of a row; an option overrides, and to retain goes before to clean."""
        codes = {code for option, code in row.options.items() if option in self._options}
        if Action.KEEP in codes:
            return Action.KEEP
        if Action.CLEAN in codes and (row.value, row.scheme) not in _DEVICE_DATES:
            return Action.CLEAN
        return _base(row)

    def _by_kind(self, kind: str) -> Action:
        """Return what happens to a value whose concept the table does not have."""
        if kind == "PNAME":
            return Action.DUMMY
        if kind == "TEXT":
            return Action.CLEAN if Option.CLEAN_DESCRIPTORS in self._options else Action.DUMMY
        if _FAMILY.get(kind) == "date":
            if Option.RETAIN_FULL_DATES in self._options:
                return Action.KEEP
            return Action.CLEAN if Option.RETAIN_MODIFIED_DATES in self._options else Action.DUMMY
        if kind == "UIDREF" and Option.RETAIN_UIDS not in self._options:
            return Action.UID
        return Action.KEEP


def _gone(item: DataSet, decisions: Mapping[int, _Decision], why: str, *, pinned: bool) -> Judgement:
    """Return the judgement of an item that the table removes.

    Below a value stands what it was inferred from or observed with, which is judged by itself; below a
    container stands what the container means.
    """
    below = bool(items_of(item, CONTENT_SEQUENCE))
    if decisions and (pinned or below):
        return Judgement(True, MappingProxyType(_said({tag: _DUMMY_OF[tag] for tag in decisions})), why)
    if pinned:
        return Judgement(True, MappingProxyType({CONTENT_SEQUENCE: Action.REMOVE} if below else {}), why)
    return Judgement(False, MappingProxyType({}), why)


def _strictest(decisions: Iterable[_Decision]) -> _Decision:
    return max(decisions, key=lambda decision: _STRICTNESS.index(decision.action))


def _applied(tag: int, action: Action) -> Action:
    return _DUMMY_OF[tag] if action is Action.DUMMY else action


def _said(actions: dict[int, Action]) -> dict[int, Action]:
    """Return the actions without those that only say that a sequence or number stays."""
    return {
        tag: action
        for tag, action in actions.items()
        if action is not Action.KEEP or VALUES[tag] not in _BY_ORDINARY_RULE
    }


def _base(row: Concept) -> Action:
    """Return the action without options: X/D is D, which is valid wherever a template wants the item."""
    return Action.REMOVE if row.basic == Action.REMOVE else Action.DUMMY


def _is_age(row: Concept) -> bool:
    return row.value_type == "NUM" and Option.RETAIN_PATIENT_CHARACTERISTICS in row.options


def _reaches(row: Concept, kind: str) -> bool:
    """Tell whether a row speaks for values of a kind that it does not have.

    As text, name or date a concept of the table is what it is. As a code or number a description, such
    as a finding, is clinical content; a place, a device or an identifier is not.
    """
    if kind in ("CODE", "NUM"):
        is_description = Option.CLEAN_DESCRIPTORS in row.options and (
            Option.RETAIN_DEVICE_IDENTITY not in row.options
        )
        return not is_description and row.value_type not in _REFERENCES
    return kind in ("TEXT", "PNAME", "UIDREF") or _FAMILY.get(kind) == "date"


def _shown(row: Concept) -> str:
    return f"{row.meaning} ({row.value}, {row.scheme}) is {row.basic}"
