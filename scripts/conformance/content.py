"""What becomes of a content item whose concept name is a row of PS3.15 Table E.3.4-1."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.character_set import character_set
from gateway.deidentify.encode import element, sequence
from gateway.deidentify.parse import parse
from gateway.deidentify.structured_content import ContentRules
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option
from gateway.standard.structured_content import Concept
from scripts.conformance.probe import ENCODING

_REFERENCES: Final = ("IMAGE", "WAVEFORM", "COMPOSITE")
_VALUES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "TEXT": ("TextValue", "UT", "CT ABDOMEN"),
        "PNAME": ("PersonName", "PN", "Murnau^Hedwig"),
        "DATE": ("Date", "DA", "20190417"),
        "TIME": ("Time", "TM", "101112"),
        "DATETIME": ("DateTime", "DT", "20190417101112"),
        "UIDREF": ("UID", "UI", "1.2.826.0.1.99.7.7"),
        "NUM": ("NumericValue", "DS", "52"),
    }
)
"""Attribute, VR and value of the Value Types that have one (PS3.3 C.17.3.2.1)."""


def _text(keyword: str, vr: str, value: str) -> bytes:
    return element(tag_of(keyword), vr, value.encode("ascii"), ENCODING)


def _code(value: str, scheme: str) -> bytes:
    keyword, vr = ("CodeValue", "SH") if len(value) <= 16 else ("LongCodeValue", "UC")
    return _text(keyword, vr, value) + _text("CodingSchemeDesignator", "SH", scheme)


def _value(value_type: str) -> tuple[int, bytes]:
    """Return the tag of the value of a content item, and the encoded attribute; nothing of a container."""
    if value_type in _REFERENCES:
        tag = tag_of("ReferencedSOPSequence")
        return tag, sequence(tag, [_text("ReferencedSOPInstanceUID", "UI", "1.2.826.0.1.99.7.8")], ENCODING)
    if value_type == "CODE":
        tag = tag_of("ConceptCodeSequence")
        return tag, sequence(tag, [_code("121106", "DCM")], ENCODING)
    if value_type == "CONTAINER":
        return 0, b""
    number = _text(*_VALUES[value_type])
    if value_type == "NUM":
        years = sequence(tag_of("MeasurementUnitsCodeSequence"), [_code("a", "UCUM")], ENCODING)
        tag = tag_of("MeasuredValueSequence")
        return tag, sequence(tag, [years + number], ENCODING)
    return tag_of(_VALUES[value_type][0]), number


def action_on(concept: Concept, *options: Option) -> str:
    """Return the action on the value of an item under Clean Structured Content and further options.

    Returns
    -------
        X where the whole item goes; U where UIDs in it are replaced.
    """
    rules = ContentRules(frozenset({Option.CLEAN_STRUCTURED_CONTENT, *options}))
    tag, value = _value(concept.value_type)
    name = sequence(tag_of("ConceptNameCodeSequence"), [_code(concept.value, concept.scheme)], ENCODING)
    parts = {
        tag_of("ValueType"): _text("ValueType", "CS", concept.value_type),
        tag_of("ConceptNameCodeSequence"): name,
        tag: value,
    }
    source = b"".join(parts[number] for number in sorted(parts))
    item = parse(source, ENCODING)
    judgement = rules.judge(item, memoryview(source), character_set((), ""))
    if not judgement.keep:
        return Action.REMOVE.value
    action = judgement.actions.get(tag, Action.KEEP)
    if action is Action.KEEP and concept.value_type in _REFERENCES and Option.RETAIN_UIDS not in options:
        return Action.UID.value
    return action.value
