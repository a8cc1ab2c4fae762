"""Reading a content item of a structured report (PS3.3 C.17.3, 10.2): concept name, values, age."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.data_set import DataSet
from gateway.standard.dictionary import tag_of
from gateway.standard.structured_content import Concept, concepts, concepts_of_urn

CONTENT_SEQUENCE: Final = tag_of("ContentSequence")
ACQUISITION_CONTEXT: Final = tag_of("AcquisitionContextSequence")
SPECIMEN_STEP: Final = tag_of("SpecimenPreparationStepContentItemSequence")
WAVEFORM_ANNOTATION: Final = tag_of("WaveformAnnotationSequence")
CONTENT_SEQUENCES: Final = frozenset(
    {CONTENT_SEQUENCE, ACQUISITION_CONTEXT, SPECIMEN_STEP, WAVEFORM_ANNOTATION}
)
"""Sequences of content items that Table E.1-1 leaves to Clean Structured Content."""
VALUE_TYPE: Final = tag_of("ValueType")
RELATIONSHIP_TYPE: Final = tag_of("RelationshipType")
REFERENCED_ITEM: Final = tag_of("ReferencedContentItemIdentifier")
CONCEPT_NAME: Final = tag_of("ConceptNameCodeSequence")
EQUIVALENT_CODE: Final = tag_of("EquivalentCodeSequence")
CODE_VALUE: Final = tag_of("CodeValue")
LONG_CODE_VALUE: Final = tag_of("LongCodeValue")
URN_CODE_VALUE: Final = tag_of("URNCodeValue")
SCHEME: Final = tag_of("CodingSchemeDesignator")
UNITS: Final = tag_of("MeasurementUnitsCodeSequence")
MEASURED_VALUE: Final = tag_of("MeasuredValueSequence")
NUMERIC_VALUE: Final = tag_of("NumericValue")
REFERENCED_SOP: Final = tag_of("ReferencedSOPSequence")
OTHER_NUMBERS: Final = tuple(
    tag_of(keyword)
    for keyword in ("FloatingPointValue", "RationalNumeratorValue", "RationalDenominatorValue")
)
"""More exact forms of Numeric Value."""

VALUES: Final = MappingProxyType(
    {
        tag_of("TextValue"): "TEXT",
        tag_of("UnformattedTextValue"): "TEXT",
        tag_of("PersonName"): "PNAME",
        tag_of("Date"): "DATE",
        tag_of("Time"): "TIME",
        tag_of("DateTime"): "DATETIME",
        tag_of("UID"): "UIDREF",
        tag_of("ConceptCodeSequence"): "CODE",
        MEASURED_VALUE: "NUM",
        NUMERIC_VALUE: "NUM",
        **dict.fromkeys(OTHER_NUMBERS, "NUM"),
        REFERENCED_SOP: "COMPOSITE",
    }
)
"""Attributes that hold the value of a content item, and the Value Type that has them (PS3.3 C.17.3.2.1)."""
VALUE_TYPES: Final = frozenset(
    {*VALUES.values(), "IMAGE", "WAVEFORM", "CONTAINER", "SCOORD", "SCOORD3D", "TCOORD", "TABLE"}
)
"""Defined Terms of Value Type."""

_OWN: Final = frozenset(
    tag_of(keyword) for keyword in ("ValueType", "TextValue", "PersonName", "Date", "Time", "DateTime")
)
"""Attributes that PS3.3 has in content items and nowhere else."""
_MAX_CODE: Final = 1024
"""Bytes that are read of a code; the longest of the table has 18."""
_YEARS: Final = MappingProxyType(
    {"a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766, "min": 1 / 525960}
)
"""Years in each unit of an age, by UCUM code."""


def is_content_item(sequence: int, item: DataSet) -> bool:
    """Tell whether an item of a sequence is a content item.

    Parameters
    ----------
    sequence
        Tag of the sequence that holds the item.
    item
        The item. In a sequence for something else, a Value Type or a value that only content items have
        tells, as in the cells of a table (PS3.3 C.18.10).
    """
    return sequence in CONTENT_SEQUENCES or any(element.tag in _OWN for element in item.elements)


def has_references(root: DataSet) -> bool:
    """Tell whether an item of a report names another one by its position (PS3.3 C.17.3.2.5)."""
    pending = [root]
    while pending:
        for element in pending.pop().elements:
            if element.tag == REFERENCED_ITEM:
                return True
            if element.tag == CONTENT_SEQUENCE:
                pending += element.items or ()
    return False


def emptied(path: tuple[int, ...], sequence: int) -> Action:
    """Return what is due to a sequence of content items that has lost all of them.

    Parameters
    ----------
    path, sequence
        Tags of the enclosing sequences, outermost first, and of the sequence itself.

    Returns
    -------
        DUMMY for the content of a whole report, which without any would be none; EMPTY for what is of
        Type 2; REMOVE for what is there only where it has items.
    """
    if sequence == CONTENT_SEQUENCE and not path:
        return Action.DUMMY
    return Action.EMPTY if sequence == ACQUISITION_CONTEXT else Action.REMOVE


def text_of(item: DataSet, tag: int, source: memoryview, charset: CharacterSet) -> str:
    """Return a short text of an item without its padding, empty where it has none."""
    element = item.find(tag)
    if element is None or element.items is not None or element.fragments is not None:
        return ""
    return charset.decode(bytes(source[element.value : element.end][:_MAX_CODE])).strip(" \0")


def items_of(item: DataSet, tag: int) -> list[DataSet]:
    """Return the items of a sequence inside an item, none where it is absent or no sequence."""
    element = item.find(tag)
    return (element.items or []) if element is not None else []


def rows_of(item: DataSet, source: memoryview, charset: CharacterSet) -> Iterator[Concept]:
    """Yield the rows of Table E.3.4-1 for the concept name of an item.

    A concept name has one item. Where it has more, or equivalent codes, each of them counts.
    """
    for code in items_of(item, CONCEPT_NAME):
        for form in (code, *items_of(code, EQUIVALENT_CODE)):
            scheme = text_of(form, SCHEME, source, charset)
            for tag in (CODE_VALUE, LONG_CODE_VALUE):
                yield from concepts(text_of(form, tag, source, charset), scheme)
            yield from concepts_of_urn(text_of(form, URN_CODE_VALUE, source, charset))


def value_type_of(item: DataSet, source: memoryview, charset: CharacterSet) -> str:
    """Return the Value Type of an item, empty where it has none or not one of the Standard's."""
    value_type = text_of(item, VALUE_TYPE, source, charset).upper()
    return value_type if value_type in VALUE_TYPES else ""


def kind_of(tag: int, value_type: str) -> str:
    """Return the Value Type that has an attribute of `VALUES`, whatever the item says.

    References are the one attribute that three Value Types share.
    """
    return value_type if tag == REFERENCED_SOP and value_type in ("IMAGE", "WAVEFORM") else VALUES[tag]


def is_age_up_to(years: int, item: DataSet, source: memoryview, charset: CharacterSet) -> bool:
    """Tell whether every number of a NUM item is an age of at most so many years.

    Parameters
    ----------
    years
        The highest age.
    item, source, charset
        The item, the bytes that it lies in, and how their text is read. In the macro of PS3.3 10.2 the
        number stands in the item itself, in a report it stands in the Measured Value Sequence.
    """
    holders = [item, *items_of(item, MEASURED_VALUE)]
    return all(_is_up_to(years, holder, source, charset) for holder in holders)


def _is_up_to(years: int, holder: DataSet, source: memoryview, charset: CharacterSet) -> bool:
    if any(holder.find(tag) is not None for tag in OTHER_NUMBERS):
        return False
    if holder.find(NUMERIC_VALUE) is None:
        return True
    units = {text_of(code, CODE_VALUE, source, charset) for code in items_of(holder, UNITS)}
    try:
        number = float(text_of(holder, NUMERIC_VALUE, source, charset))
    except ValueError:
        return False
    return len(units) == 1 and 0 <= number * _YEARS.get(units.pop(), float("nan")) <= years
