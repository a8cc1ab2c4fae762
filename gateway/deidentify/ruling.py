"""What a profile means for an attribute at its place in an IOD.

A rule of the table says X/Z/D; whether that is X, Z or D depends on the IOD, and attributes
that no rule names need one too. Both are worked out once for each attribute and path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.deidentify.action import BY_TYPE, Action, resolved
from gateway.deidentify.lexical import most_bytes
from gateway.deidentify.profile import Profile
from gateway.deidentify.residual import tells
from gateway.deidentify.rule import Ground, Rule
from gateway.deidentify.touched import Path, Touched
from gateway.deidentify.uid import CLASS_UIDS
from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.beyond_table import DESCRIPTORS, IDENTIFYING, LABELS
from gateway.standard.dictionary import first_of_repeating, most_values_of, tag_of, vr_of
from gateway.standard.method import Option

CODE_ATTRIBUTES: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "CodeValue",
        "CodeMeaning",
        "LongCodeValue",
        "URNCodeValue",
        "CodingSchemeDesignator",
        "CodingSchemeVersion",
    )
)
"""Attributes of a code (PS3.3 8.8), which may stand in any sequence."""

CODE_MEANING: Final = tag_of("CodeMeaning")
CODE_VALUES: Final = CODE_ATTRIBUTES - {CODE_MEANING}
_LONG_TEXT_VRS: Final = frozenset({"LT", "ST", "UC", "UR", "UT"})
_TECHNICAL_GROUPS: Final = frozenset({0x0018, 0x0028, 0x0054})
"""Acquisition, image presentation, nuclear medicine: their short texts name settings, and devices add
them to IODs that do not have them."""
_NAMES_AND_DATES: Final = frozenset({"PN", "DA", "DT", "TM"})
_LENGTH_TO_END: Final = 0x00080001
"""Retired, and wrong as soon as anything goes, like a group length."""
_CURVES_AND_OVERLAYS: Final = (0x5000, 0x6000)
_MAX_REMEMBERED: Final = 1 << 16
"""Rulings of one SOP Class. Real instances need some hundred; hostile ones invent paths."""

FREE_TEXT_VRS: Final = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
"""VRs of text that people write, and that Clean Descriptors can clean."""

_KEEP: Final = Rule(Action.KEEP, BY_TYPE, Ground.DEFAULT)
_PRIVATE: Final = Rule(Action.REMOVE, Action.REMOVE, Ground.PRIVATE)
_UNKNOWN: Final = Rule(Action.REMOVE, Action.REMOVE, Ground.UNKNOWN)
_GRAPHICS: Final = Rule(Action.REMOVE, Action.REMOVE, Ground.GRAPHICS)
_BEYOND: Final = Rule(BY_TYPE, BY_TYPE, Ground.BEYOND_TABLE)
_DESCRIPTOR: Final = Rule(Action.CLEAN, BY_TYPE, Option.CLEAN_DESCRIPTORS)
_UID: Final = Rule(Action.UID, Action.UID, Ground.VR)
_KEPT_UID: Final = Rule(Action.KEEP, BY_TYPE, Option.RETAIN_UIDS)
_NAME_OR_DATE: Final = Rule(BY_TYPE, BY_TYPE, Ground.VR)
_FOREIGN: Final = Rule(BY_TYPE, BY_TYPE, Ground.FOREIGN)
_BEYOND_SEQUENCE: Final = Rule("X/Z", "X/Z", Ground.BEYOND_TABLE)
CLEANING: Final = frozenset(
    {
        Option.CLEAN_DESCRIPTORS,
        Option.CLEAN_GRAPHICS,
        Option.CLEAN_STRUCTURED_CONTENT,
        Option.RETAIN_PATIENT_CHARACTERISTICS,
    }
)
"""Options whose C makes of text a descriptor: words that nobody knows go."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be done to an attribute.

    Parameters
    ----------
    action
        The single action.
    fallback
        The action where a value cannot be kept or cleaned.
    vr
        VR of PS3.6, alternatives as in ``US or SS``; ``UN`` for what it does not know.
    why
        A `Ground`, or the option that the action comes from.
    strict
        Of text that is cleaned: whether words go that are no clinical vocabulary.
    value
        The encoded value to write; None where `action` makes one.
    most_bytes
        How long a value may be that stays; None where nothing bounds it.
    quiet
        Of an attribute that goes and whose value says nothing of anybody: its entry in the report.
    """

    action: Action
    fallback: Action
    vr: str
    why: str
    strict: bool = False
    value: bytes | None = None
    most_bytes: int | None = None
    quiet: Touched | None = None

    @property
    def is_text(self) -> bool:
        """Whether C means to clean text; the offset of a time zone is an SH, and is none."""
        is_written = self.vr in FREE_TEXT_VRS or (self.vr == "CS" and self.strict)
        return self.value is None and is_written and self.why != Option.RETAIN_MODIFIED_DATES


class _Rulings(dict[int, Ruling]):
    """Rulings of a path by tag, made when first asked for."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[int], Ruling]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, tag: int) -> Ruling:
        if len(self) >= _MAX_REMEMBERED:
            # One hostile data set may have millions of tags.
            self.clear()
        found = self[tag] = self._make(tag)
        return found


class Rulebook:
    """A profile applied to the IOD of one SOP Class.

    Parameters
    ----------
    profile
        Rules by attribute.
    sop_class_uid
        Decides the Type of attributes.
    """

    def __init__(self, profile: Profile, sop_class_uid: str) -> None:
        self._profile = profile
        self.sop_class_uid = sop_class_uid
        self._remembered: dict[Path, _Rulings] = {}
        self._count = 0

    def ruling(self, path: Path, tag: int) -> Ruling:
        """Return what is to be done to an attribute inside the sequences of `path`."""
        return self.rulings(path)[tag]

    def rulings(self, path: Path) -> Mapping[int, Ruling]:
        """Return what is to be done to the attributes inside the sequences of `path`, by tag."""
        found = self._remembered.get(path)
        if found is None:
            found = self._remembered[path] = _Rulings(partial(self._ruling, path))
        return found

    def _ruling(self, path: Path, tag: int) -> Ruling:
        self._count += 1
        if self._count > _MAX_REMEMBERED:
            self._remembered.clear()
            self._count = 0
        rule = self._rule(path, tag)
        base = rule.base if rule.base != rule.action else BY_TYPE
        action = resolved(rule.action, self.sop_class_uid, path, tag)
        fallback = resolved(base, self.sop_class_uid, path, tag)
        if tag in CODE_ATTRIBUTES and fallback is Action.REMOVE:
            # Codes stand deeper than the tables of Types reach, and need all they have (PS3.3 8.8).
            fallback = Action.DUMMY
        vr, why = vr_of(tag) or "UN", str(rule.why)
        longest = most_bytes(vr, most_values_of(tag))
        quiet = Touched(path, tag, action, why) if action is Action.REMOVE and not tells(tag) else None
        return Ruling(action, fallback, vr, why, strict=rule.why in CLEANING, most_bytes=longest, quiet=quiet)

    def _rule(self, path: Path, tag: int) -> Rule:
        """Return the rule of an attribute, whether the table has it or not."""
        group, known = tag >> 16, first_of_repeating(tag)
        placed = self._profile.placed
        rule = (placed.get((*path, known)) if placed else None) or self._profile.rules.get(known)
        vr = vr_of(tag)
        if rule is not None and group > 0x0004:
            return self._searched(rule, vr)
        no_attribute = _no_attribute(tag, vr)
        return no_attribute or self._beyond_table(path, tag, vr or "UN")

    def _beyond_table(self, path: Path, tag: int, vr: str) -> Rule:
        """Return the rule of an attribute that the table does not list."""
        if vr == "UI":
            return self._uid_rule(tag)
        cleans = Option.CLEAN_DESCRIPTORS in self._profile.options
        if tag in IDENTIFYING or (tag in DESCRIPTORS and not cleans):
            # A dummy for a sequence would keep what is in it.
            return _BEYOND_SEQUENCE if vr == "SQ" else _BEYOND
        is_foreign = self._is_foreign(path, tag, vr)
        if cleans and (tag in DESCRIPTORS or (tag in LABELS and not is_foreign)):
            return _DESCRIPTOR
        # PS3.15 E.1.1 note 5: names and dates outside the table are treated by their VR.
        if vr in _NAMES_AND_DATES or is_foreign:
            return _NAME_OR_DATE if vr in _NAMES_AND_DATES else _FOREIGN
        return self._searched(_KEEP, vr, is_code=tag in CODE_VALUES)

    def _uid_rule(self, tag: int) -> Rule:
        if tag in CLASS_UIDS:
            return _KEEP
        return _KEPT_UID if Option.RETAIN_UIDS in self._profile.options else _UID

    def _searched(self, rule: Rule, vr: str | None, *, is_code: bool = False) -> Rule:
        """Let text that is kept for itself be cleaned of what is known, where there is a cleaner."""
        if (
            rule.action == Action.KEEP
            and vr in FREE_TEXT_VRS
            and not is_code
            and rule.why in (Ground.DEFAULT, Option.RETAIN_PATIENT_CHARACTERISTICS)
            and Option.CLEAN_DESCRIPTORS in self._profile.options
        ):
            return Rule(Action.CLEAN, rule.base, Ground.DEFAULT)
        return rule

    def _is_foreign(self, path: Path, tag: int, vr: str) -> bool:
        """Tell whether an attribute holds text and is none that the IOD defines there.

        PS3.15 E.1.1 note 13: what does not belong may go, and nobody knows what people write there.
        """
        return (
            (vr in _LONG_TEXT_VRS or (vr in ("LO", "SH") and tag >> 16 not in _TECHNICAL_GROUPS))
            and tag not in CODE_ATTRIBUTES
            and iod_known(self.sop_class_uid)
            and attribute_type(self.sop_class_uid, path, tag) is None
        )


def _no_attribute(tag: int, vr: str | None) -> Rule | None:
    """Return the rule of what is no attribute of a data set in PS3.6, None for what is one."""
    group = tag >> 16
    if group & 1:
        return _PRIVATE
    if group & 0xFF00 in _CURVES_AND_OVERLAYS:
        return _GRAPHICS
    is_length = not tag & 0xFFFF or tag == _LENGTH_TO_END
    return _UNKNOWN if vr is None or group <= 0x0004 or is_length else None
