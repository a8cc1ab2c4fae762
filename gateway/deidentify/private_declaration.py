"""What an instance says of its own private attributes (PS3.3 C.12.1, PS3.15 E.3.10).

The Private Data Element Characteristics Sequence (0008,0300) declares blocks safe or not. It is the
sender's word: what it calls safe counts for who trusts the sender, what it calls identifying for all.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import DataSet, Element
from gateway.deidentify.private_attribute import (
    MAX_CREATOR,
    VRS,
    PrivateAttribute,
    PrivateRule,
    is_private,
    readable_creator,
)
from gateway.standard.dictionary import tag_of

CHARACTERISTICS: Final = tag_of("PrivateDataElementCharacteristicsSequence")
GROUP: Final = tag_of("PrivateGroupReference")
CREATOR: Final = tag_of("PrivateCreatorReference")
STATUS: Final = tag_of("BlockIdentifyingInformationStatus")
NONIDENTIFYING: Final = tag_of("NonidentifyingPrivateElements")
ACTIONS: Final = tag_of("DeidentificationActionSequence")
IDENTIFYING: Final = tag_of("IdentifyingPrivateElements")
ACTION: Final = tag_of("DeidentificationAction")
DEFINITIONS: Final = tag_of("PrivateDataElementDefinitionSequence")
ELEMENT: Final = tag_of("PrivateDataElement")
VALUE_REPRESENTATION: Final = tag_of("PrivateDataElementValueRepresentation")

MAX_OFFSETS: Final = 0x100
"""Elements of a block; a longer list of them is none."""
_MAX_CODE: Final = 16
_DECLARABLE: Final = frozenset({Action.DUMMY, Action.EMPTY, Action.REMOVE, Action.UID})


@dataclass(frozen=True, slots=True)
class _Block:
    """What is declared of one creator's block in one group."""

    status: str = ""
    nonidentifying: frozenset[int] = frozenset()
    actions: Mapping[int, Action] = field(default_factory=dict)
    vrs: Mapping[int, str] = field(default_factory=dict)

    def action(self, offset: int) -> Action:
        """Return what is to be done to an element; to remove it where that is not said properly."""
        if offset in self.actions:
            return self.actions[offset]
        is_safe = self.status == "SAFE" or (self.status == "MIXED" and offset in self.nonidentifying)
        return Action.KEEP if is_safe else Action.REMOVE


class Declarations:
    """The declared characteristics of an instance's private attributes.

    Parameters
    ----------
    blocks
        By group and creator.
    """

    def __init__(self, blocks: Mapping[tuple[int, str], _Block]) -> None:
        self._blocks = blocks

    @classmethod
    def of(cls, root: DataSet, source: memoryview) -> Declarations | None:
        """Read the declarations of an instance, in the encoding of each item.

        Parameters
        ----------
        root
            Top level of the instance, where the attribute stands.
        source
            The bytes that the spans are of.

        Returns
        -------
            None where the instance declares nothing. An item without group or creator is left out;
            of a block that is declared twice, or otherwise not as PS3.3 has it, nothing is safe.
        """
        blocks: dict[tuple[int, str], _Block] = {}
        for item in _items(root, CHARACTERISTICS):
            group = _numbers(item, GROUP, source)
            creator = readable_creator(_text(item, CREATOR, source, MAX_CREATOR))
            if len(group) == 1 and is_private(group[0]) and creator:
                key = group[0], creator
                blocks[key] = _Block() if key in blocks else _block(item, source)
        return cls(blocks) if blocks else None

    def rule(self, attribute: PrivateAttribute) -> PrivateRule | None:
        """Return what is declared of an attribute: K where it is called safe; None where nothing is."""
        block = self._blocks.get((attribute.group, attribute.creator))
        if block is None:
            return None
        return PrivateRule(block.action(attribute.offset), block.vrs.get(attribute.offset, ""))


def _block(item: DataSet, source: memoryview) -> _Block:
    actions: dict[int, Action] = {}
    for nested in _items(item, ACTIONS):
        code = _text(nested, ACTION, source, _MAX_CODE)
        action = Action(code) if code in _DECLARABLE else Action.REMOVE
        for offset in _numbers(nested, IDENTIFYING, source):
            # Two actions for one element contradict each other.
            actions[offset] = Action.REMOVE if offset in actions else action
    vrs = {}
    for nested in _items(item, DEFINITIONS):
        vr = _text(nested, VALUE_REPRESENTATION, source, _MAX_CODE)
        offsets = _numbers(nested, ELEMENT, source)
        if len(offsets) == 1 and vr in VRS:
            vrs[offsets[0]] = vr
    nonidentifying = frozenset(_numbers(item, NONIDENTIFYING, source))
    return _Block(_text(item, STATUS, source, _MAX_CODE), nonidentifying, actions, vrs)


def _items(data_set: DataSet, tag: int) -> list[DataSet]:
    element = data_set.find(tag)
    return [] if element is None or element.items is None else element.items


def _numbers(data_set: DataSet, tag: int, source: memoryview) -> tuple[int, ...]:
    """Return the values of a US, none where it is not one."""
    element = data_set.find(tag)
    if element is None or element.vr not in ("US", "UN"):
        return ()
    size = element.end - element.value
    if size % 2 or size > 2 * MAX_OFFSETS:
        return ()
    # A value of VR UN is little endian in whatever syntax (PS3.5 6.2.2).
    little_endian = data_set.encoding.little_endian or element.vr == "UN"
    return struct.unpack(f"{'<' if little_endian else '>'}{size // 2}H", _value(element, source))


def _text(data_set: DataSet, tag: int, source: memoryview, longest: int) -> str:
    """Return a text without padding, empty where it is too long."""
    element = data_set.find(tag)
    if element is None or element.items is not None or element.end - element.value > longest:
        return ""
    return bytes(_value(element, source)).decode("iso8859").strip(" \0")


def _value(element: Element, source: memoryview) -> memoryview:
    return source[element.value : element.end]
