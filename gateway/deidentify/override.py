"""Overrides of a profile: which attribute they name, and whether they weaken it.

An attribute is named by keyword or tag, anywhere; by a path of keywords or tags into sequences,
at that place only; a private one by group, creator and the last two digits of its element::

    "StationName" = "K"
    "00081010" = "K"
    "RequestAttributesSequence/ScheduledProcedureStepDescription" = "K"
    '(2005,"Philips MR Imaging DD 001",10)' = "K"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.content_item import VALUES
from gateway.deidentify.private import SAFE
from gateway.deidentify.private_attribute import PrivateAttribute, PrivateRule
from gateway.deidentify.rule import Ground, Rule
from gateway.deidentify.uid import CLASS_UIDS
from gateway.errors import SettingsError
from gateway.standard.beyond_table import DESCRIPTORS, IDENTIFYING
from gateway.standard.dictionary import first_of_repeating, keyword_of, tag_of, vr_of
from gateway.standard.method import Option

OVERRIDES: Final = ("K", "X", "Z", "D", "U")
"""Actions that a profile may give an attribute; C is for options, which know how to clean."""
ALWAYS_REPLACED: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "PatientName", "PatientID", "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID",
    )
)  # fmt: skip
"""No profile may change them one by one: they are what an output belongs to."""
_STEP: Final = re.compile(r'\([^()"]*"[^"]*"[^()"]*\)|[^/]+')
"""One step of a path: a private attribute, whose creator may hold a slash, or anything else."""

Place = tuple[int, ...]
"""Tags of the enclosing sequences and of the attribute itself."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """The overrides of a profile, resolved.

    Parameters
    ----------
    at
        Action code by place; a place of one tag stands for the attribute anywhere.
    private
        Rule by private attribute, by the tags of the enclosing sequences; None for anywhere.
    """

    at: Mapping[Place, str]
    private: Mapping[Place | None, Mapping[PrivateAttribute, PrivateRule]]


def overrides_of(entries: Mapping[str, str], file_name: str) -> Overrides:
    """Return what the ``[override]`` table of a profile file says.

    Raises
    ------
    SettingsError
        On a name that is no attribute, an action that is none, and on attributes that every
        output needs.
    """
    at: dict[Place, str] = {}
    private: dict[Place | None, dict[PrivateAttribute, PrivateRule]] = {None: {}}
    for name, code in entries.items():
        key = f"override.{name}"
        if code not in OVERRIDES:
            raise SettingsError(file_name, key, f"one of {', '.join(OVERRIDES)}")
        *sequences, last = _STEP.findall(name) or [name]
        path = tuple(_tag(step, file_name, key) for step in sequences)
        if any(vr_of(tag) != "SQ" for tag in path):
            raise SettingsError(file_name, key, "sequences before the last step of a path")
        attribute = PrivateAttribute.read(last)
        if attribute is not None:
            private.setdefault(path or None, {})[attribute] = PrivateRule(Action(code))
            continue
        tag = _tag(last, file_name, key)
        if tag in ALWAYS_REPLACED and (not path or code == Action.KEEP):
            expected = "an attribute other than the patient's name, ID and the UIDs of the levels"
            raise SettingsError(file_name, key, expected)
        place = (*path, tag)
        if place in at:
            raise SettingsError(file_name, key, "each attribute once")
        at[place] = code
    return Overrides(at, private)


def _tag(name: str, file_name: str, key: str) -> int:
    try:
        return tag_of(name)
    except KeyError:
        pass
    try:
        tag = int(name.strip("()").replace(",", ""), 16)
    except ValueError:
        tag = -1
    if tag < 0 or vr_of(tag) is None:
        raise SettingsError(
            file_name, key, 'no attribute of PS3.6 has this keyword or tag; private: (gggg,"creator",ee)'
        )
    return first_of_repeating(tag)


@dataclass(frozen=True, slots=True)
class Applied:
    """What overrides make of a profile.

    Parameters
    ----------
    placed
        Rules by place.
    weakened
        Names of attributes of which more stays than the profile would leave.
    defeated
        Options that are not applied in full any more.
    """

    placed: Mapping[Place, Rule]
    weakened: tuple[str, ...]
    defeated: frozenset[Option]


def applied(
    rules: dict[int, Rule], overrides: Overrides, options: Collection[Option], file_name: str
) -> Applied:
    """Put the overrides into the rules, and say what they cost.

    Parameters
    ----------
    rules
        By tag; takes the overrides that hold anywhere.
    overrides, options, file_name
        Of the profile.

    Raises
    ------
    SettingsError
        On a date that would be kept where the others move: it would disclose by how much.
    """
    weakened: set[str] = set()
    defeated: set[Option] = set()
    placed = {}
    for place, code in overrides.at.items():
        tag, name = place[-1], "/".join(map(keyword_of, place))
        rule = rules.get(tag)
        if code == Action.KEEP and _moves(tag, rule, options):
            raise SettingsError(file_name, f"override.{name}", "X, Z or D: kept, it would disclose the shift")
        if _is_weaker(tag, code, rule, options):
            weakened.add(name)
            defeated |= {option for option in options if _is_of(option, tag, rule)}
        placed[place] = Rule(code, rule.base if rule else code, Ground.OVERRIDE)
    rules.update({place[0]: placed.pop(place) for place in overrides.at if len(place) == 1})
    keeps_listed = Option.RETAIN_SAFE_PRIVATE in options
    weakened |= {
        str(attribute)
        for attributes in overrides.private.values()
        for attribute, private_rule in attributes.items()
        if private_rule.action not in (Action.REMOVE, Action.EMPTY)
        and not (keeps_listed and attribute in SAFE)
    }
    return Applied(placed, tuple(sorted(weakened)), frozenset(defeated))


def _moves(tag: int, rule: Rule | None, options: Collection[Option]) -> bool:
    """Tell whether an attribute is a date of the patient in a profile that moves dates."""
    is_patients = rule is None or rule.why == Option.RETAIN_MODIFIED_DATES
    return is_patients and Option.RETAIN_MODIFIED_DATES in options and vr_of(tag) in ("DA", "DT")


def _is_of(option: Option, tag: int, rule: Rule | None) -> bool:
    """Tell whether an option has a say in what becomes of an attribute."""
    if option is Option.CLEAN_STRUCTURED_CONTENT and tag in VALUES:
        return True
    return rule is not None and rule.why == option


def _is_weaker(tag: int, code: str, rule: Rule | None, options: Collection[Option]) -> bool:
    """Tell whether an override leaves more than the profile would.

    D and U recurse into a sequence, so they leave its structure where the profile removes it.
    """
    if rule is None:
        is_content = Option.CLEAN_STRUCTURED_CONTENT in options and tag in VALUES
        return code == Action.KEEP and (is_content or _goes_beyond_table(tag))
    if rule.action == Action.KEEP:
        return False
    recurses = vr_of(tag) == "SQ" and code in (Action.DUMMY, Action.UID)
    return code == Action.KEEP or (recurses and rule.action[0] in (Action.REMOVE, Action.EMPTY))


def _goes_beyond_table(tag: int) -> bool:
    """Tell whether an attribute that has no row by itself does not stay all the same."""
    is_graphics = tag >> 16 in (0x5000, 0x6000)
    is_name_or_date = vr_of(tag) in ("PN", "DA", "DT", "TM") or (vr_of(tag) == "UI" and tag not in CLASS_UIDS)
    return is_graphics or is_name_or_date or tag in IDENTIFYING or tag in DESCRIPTORS
