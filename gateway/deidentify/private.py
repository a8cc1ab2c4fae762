"""Which private elements stay, and how (PS3.15 E.3.10, Retain Safe Private Option).

What stays is known by its group, the Private Creator that reserves its block in the same data set,
and its offset in the block (PS3.5 7.8.1); the number of the block says nothing. A value stays only
where it is what the list says: of its VR, and a sequence where the list has one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import DataSet, Element
from gateway.deidentify.lexical import fits
from gateway.deidentify.private_attribute import (
    ALLOWED,
    INSTEAD_OF_KEEP,
    MAX_CREATOR,
    NUMBER_VRS,
    PrivateAttribute,
    PrivateRule,
    is_private,
    readable_creator,
)
from gateway.deidentify.private_declaration import Declarations
from gateway.standard.safe_private import EDITION, ROWS

_ANY_NUMBER: Final = " or ".join(sorted(NUMBER_VRS | {"DS", "IS"}))
"""VRs of a row for which the Standard gives none: times and vectors, which are numbers of some kind."""

SAFE: Final = MappingProxyType(
    {
        PrivateAttribute(row.group, row.creator, row.offset): PrivateRule(Action.KEEP, row.vr or _ANY_NUMBER)
        for row in ROWS
    }
)
"""The attributes of PS3.15 Table E.3.10-1, all of them."""

PICTURES: Final = frozenset(
    {
        PrivateAttribute(0x2001, "Philips Imaging DD 001", 0x7D),
        PrivateAttribute(0x2001, "Philips Imaging DD 001", 0xFF),
        PrivateAttribute(0x7E01, "HOLOGIC, Inc.", 0x12),
    }
)
"""Those of them that hold pictures, at which nothing looks."""

_DATES: Final = frozenset({"DA", "DT", "TM"})
_CREATOR: Final = PrivateRule(Action.KEEP, "LO")
_NOTHING: Final[Mapping[int, PrivateRule]] = MappingProxyType({})
_NO_RULES: Final[Mapping[PrivateAttribute, PrivateRule]] = MappingProxyType({})


def blocks(elements: Iterable[Element], source: memoryview) -> dict[int, str]:
    """Return the creators of the blocks that are reserved among the elements of one data set.

    Parameters
    ----------
    elements
        Of one data set or item; those of an enclosing one reserve nothing in it.
    source
        The bytes that the spans are of.

    Returns
    -------
        Creator without padding by ``group << 8 | block``. A creator that is no single LO, or is
        empty, reserves nothing.
    """
    reserved = {}
    for element in elements:
        group, number = element.tag >> 16, element.tag & 0xFFFF
        if 0x10 <= number <= 0xFF and is_private(group):
            creator = _creator(element, source)
            if creator:
                reserved[_block(element.tag)] = creator
    return reserved


def _block(creator_tag: int) -> int:
    """Return group and block that a Private Creator element reserves, as in ``tag >> 8`` of its elements."""
    return creator_tag >> 8 | creator_tag & 0xFF


def _creator(element: Element, source: memoryview) -> str:
    if element.vr not in ("LO", "UN") or element.end - element.value > MAX_CREATOR:
        return ""
    return readable_creator(bytes(source[element.value : element.end]).decode("iso8859"))


def attribute_of(tag: int, reserved: Mapping[int, str]) -> PrivateAttribute | None:
    """Return the private attribute that an element is.

    Parameters
    ----------
    tag
        Of the element.
    reserved
        From `blocks`.

    Returns
    -------
        None for an element that is not private, is a creator itself, or is in no reserved block.
    """
    creator = reserved.get(tag >> 8)
    return None if creator is None else PrivateAttribute(tag >> 16, creator, tag & 0xFF)


class PrivateRules:
    """What a profile does to private attributes.

    Of several that speak of an attribute, the first counts: the profile's override at this place, the
    site's list, what the instance declares identifying, the Standard's list, and what the instance
    declares safe.

    Parameters
    ----------
    retain_safe
        Whether the attributes of PS3.15 Table E.3.10-1 stay.
    site
        The site's own lists.
    trust_declarations
        Whether the instance's word counts that an attribute is safe, or how it is to be replaced.
    keep_dates
        Whether dates and times stay in some form; they go where no option of the profile is for them.
    keep_pictures
        Whether pictures of the Standard's list stay, whose pixels nobody cleans.
    """

    def __init__(
        self,
        *,
        retain_safe: bool,
        site: Mapping[PrivateAttribute, PrivateRule] = _NO_RULES,
        trust_declarations: bool = False,
        keep_dates: bool = True,
        keep_pictures: bool = True,
    ) -> None:
        self._listed = SAFE if retain_safe else _NO_RULES
        if not keep_pictures:
            self._listed = {key: rule for key, rule in self._listed.items() if key not in PICTURES}
        self._site = {attribute: self._completed(attribute, rule) for attribute, rule in site.items()}
        self._creators = {(rule.group, rule.creator) for rule in (*self._listed, *self._site)}
        self._trust = trust_declarations
        self._gone_vrs = frozenset() if keep_dates else _DATES

    @property
    def fingerprint(self) -> str:
        """Hex digest of everything that the rules are made of; the same rules have the same."""
        lines = [f"{EDITION} {bool(self._listed)} {self._trust} {bool(self._gone_vrs)}"]
        for rules in (self._listed, self._site):
            lines += sorted(f"{attribute} {rule.action} {rule.vr}" for attribute, rule in rules.items())
            lines.append("")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def plan(
        self,
        data_set: DataSet,
        source: memoryview,
        declared: Declarations | None = None,
        *,
        overrides: Mapping[PrivateAttribute, PrivateRule] = _NO_RULES,
        gone: Container[int] = frozenset(),
    ) -> Mapping[int, PrivateRule]:
        """Return what is done to each private element of one data set that does not simply go.

        Parameters
        ----------
        data_set
            The data set or item; the items of its sequences are planned on their own.
        source
            The bytes that the spans are of.
        declared
            What the instance says of its private attributes.
        overrides
            Rules of the profile for this place.
        gone
            Offsets of elements that must go whatever the rules say. A creator among them takes its
            block along.

        Returns
        -------
            Rule by offset of the element: its single action, and the VR that the value is of although
            the data set may say UN. A creator is there when something of its block is. What is not
            there is removed. A rule with VR SQ is for an element that has items, or is empty.
        """
        private = [element for element in data_set.elements if element.tag & 0x10000]
        if not private:
            return _NOTHING
        reserved = blocks((element for element in private if element.start not in gone), source)
        if declared is None and not overrides:
            # Most blocks are of creators on no list, and need no looking at each element.
            known = self._creators
            reserved = {at: creator for at, creator in reserved.items() if (at >> 8, creator) in known}
            if not reserved:
                return _NOTHING
        found: dict[int, PrivateRule] = {}
        used = set()
        for element in private:
            attribute = attribute_of(element.tag, reserved)
            if attribute is None or element.start in gone:
                continue
            rule = self._rule(attribute, declared, overrides)
            applied = None if rule is None else _applied(rule, element, source[element.value : element.end])
            if applied is not None and not (applied.vr in self._gone_vrs and applied.action is Action.CLEAN):
                found[element.start] = applied
                used.add(element.tag >> 8)
        creators = (element for element in private if not element.tag & 0xFF00)
        found.update((element.start, _CREATOR) for element in creators if _block(element.tag) in used)
        return found

    def _rule(
        self,
        attribute: PrivateAttribute,
        declared: Declarations | None,
        overrides: Mapping[PrivateAttribute, PrivateRule],
    ) -> PrivateRule | None:
        if overrides and attribute in overrides:
            return self._completed(attribute, overrides[attribute])
        if self._site and attribute in self._site:
            return self._site[attribute]
        listed, said = self._listed.get(attribute), declared.rule(attribute) if declared else None
        if said is None or (said.action is Action.KEEP and listed is not None):
            return listed
        return said if self._trust else None

    def _completed(self, attribute: PrivateAttribute, rule: PrivateRule) -> PrivateRule:
        """Return a rule that names no VR with the one that the Standard's list has."""
        listed = SAFE.get(attribute)
        return PrivateRule(rule.action, listed.vr) if listed is not None and not rule.vr else rule


def _applied(rule: PrivateRule, element: Element, value: memoryview) -> PrivateRule | None:
    """Return the single action for a value and its VR, or None where it must go."""
    vr = _value_representation(rule, element)
    action = INSTEAD_OF_KEEP.get(vr, Action.KEEP) if rule.action is Action.KEEP else rule.action
    if action is Action.REMOVE or vr not in ALLOWED[action] or element.fragments is not None:
        return None
    if vr == "SQ":
        # A value that did not parse as items, of which nobody knows what it holds.
        stays = element.items is not None or not len(value)
    else:
        stays = action in (Action.EMPTY, Action.DUMMY) or fits(value, vr, vr)
    return PrivateRule(action, vr) if stays else None


def _value_representation(rule: PrivateRule, element: Element) -> str:
    """Return the VR by which a value is judged, empty where none can be told or the sender's differs."""
    if element.vr != "UN":
        return element.vr if not rule.vr or element.vr in rule.vr.split(" or ") else ""
    # An unknown value of several possible kinds cannot be judged, but every OW is also an OB.
    return "OB" if rule.vr == "OB or OW" else rule.vr if " " not in rule.vr else ""
