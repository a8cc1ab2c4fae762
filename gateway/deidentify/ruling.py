"""What a profile means for an attribute at its place in an IOD.

A rule of the table says X/Z/D; whether that is X, Z or D depends on the IOD, and attributes
that no rule names need one too. Both are worked out once for each attribute and path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.deidentify.action import BY_TYPE, Action, resolved
from gateway.deidentify.decision import Path
from gateway.deidentify.profile import Profile, Rule
from gateway.deidentify.uid import CLASS_UIDS
from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.beyond_table import IDENTIFYING
from gateway.standard.dictionary import tag_of, vr_of

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
_CURVES_AND_OVERLAYS: Final = (0x5000, 0x6000)
_MAX_REMEMBERED: Final = 1 << 16
"""Rulings of one SOP Class. Real instances need some hundred; hostile ones invent paths."""

_KEEP: Final = Rule(Action.KEEP, Action.KEEP)
_REMOVE: Final = Rule(Action.REMOVE, Action.REMOVE)
_UID: Final = Rule(Action.UID, Action.UID)
_BY_TYPE: Final = Rule(BY_TYPE, BY_TYPE)
_REMOVE_OR_EMPTY: Final = Rule("X/Z", "X/Z")


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
    """

    action: Action
    fallback: Action
    vr: str


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
        self._sop_class_uid = sop_class_uid
        self._rulings: dict[tuple[Path, int], Ruling] = {}

    def ruling(self, path: Path, tag: int) -> Ruling:
        """Return what is to be done to an attribute inside the sequences of `path`."""
        found = self._rulings.get((path, tag))
        if found is None:
            if len(self._rulings) >= _MAX_REMEMBERED:
                self._rulings.clear()
            found = self._rulings[path, tag] = self._ruling(path, tag)
        return found

    def _ruling(self, path: Path, tag: int) -> Ruling:
        rule = self._rule(path, tag)
        base = rule.base if rule.base != rule.action else BY_TYPE
        action = resolved(rule.action, self._sop_class_uid, path, tag)
        return Ruling(action, resolved(base, self._sop_class_uid, path, tag), vr_of(tag) or "UN")

    def _rule(self, path: Path, tag: int) -> Rule:
        """Return the rule of an attribute, whether the table has it or not."""
        group = tag >> 16
        rule = self._profile.rules.get(tag)
        if rule is not None and group > 0x0004:
            return rule
        vr = vr_of(tag)
        if vr is None or group <= 0x0004 or not tag & 0xFFFF or group & 0xFF00 in _CURVES_AND_OVERLAYS:
            return _REMOVE
        if vr == "UI":
            return _KEEP if tag in CLASS_UIDS else _UID
        if tag in IDENTIFYING:
            return _REMOVE_OR_EMPTY
        # PS3.15 E.1.1 note 5: names and dates outside the table are treated by their VR.
        if vr in _NAMES_AND_DATES or self._is_foreign(path, tag, vr):
            return _BY_TYPE
        return _KEEP

    def _is_foreign(self, path: Path, tag: int, vr: str) -> bool:
        """Tell whether an attribute holds text and is none that the IOD defines there.

        PS3.15 E.1.1 note 13: what does not belong may go, and nobody knows what people write there.
        """
        return (
            (vr in _LONG_TEXT_VRS or (vr in ("LO", "SH") and tag >> 16 not in _TECHNICAL_GROUPS))
            and tag not in CODE_ATTRIBUTES
            and iod_known(self._sop_class_uid)
            and attribute_type(self._sop_class_uid, path, tag) is None
        )
