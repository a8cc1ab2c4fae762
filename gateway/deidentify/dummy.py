"""Dummy values: non-empty, valid for the VR, the same for everybody (PS3.15 E.1.1, action D)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from gateway.deidentify.data_set import Encoding
from gateway.deidentify.encode import element, sequence
from gateway.standard.dictionary import tag_of

TEXT: Final = "REMOVED"

_TEXT_BY_VR: Final = MappingProxyType(
    {
        "AE": TEXT, "AS": "000Y", "CS": TEXT, "DA": "19000101", "DS": "0", "DT": "19000101000000",
        "IS": "0", "LO": TEXT, "LT": TEXT, "PN": "Removed", "SH": TEXT, "ST": TEXT, "TM": "000000",
        "UC": TEXT, "UR": "urn:removed", "UT": TEXT,
    }
)  # fmt: skip
_FORMAT_BY_VR: Final = MappingProxyType(
    {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q", "AT": "HH"}
)


_FILL_PATTERN: Final = tag_of("FillPattern")


def dummy_value(tag: int, vr: str, encoding: Encoding) -> bytes:
    """Return the dummy of an attribute and its VR, as bytes of a value in `encoding`."""
    if tag == _FILL_PATTERN:
        # 32 x 32 bits (PS3.3 C.10.5).
        return b"\xff" * 128
    text = _TEXT_BY_VR.get(vr)
    if text is not None:
        return text.encode("ascii")
    code = _FORMAT_BY_VR.get(vr)
    if code is not None:
        return struct.pack(("<" if encoding.little_endian else ">") + code, *[0] * len(code))
    return b"\0\0"


def _text(keyword: str, vr: str, value: str, encoding: Encoding) -> bytes:
    return element(tag_of(keyword), vr, value.encode("ascii"), encoding)


def code_item(value: str, scheme: str, meaning: str, encoding: Encoding) -> bytes:
    """Return an item of a code sequence (PS3.3 8.8, Basic Code Sequence Macro)."""
    return (
        _text("CodeValue", "SH", value, encoding)
        + _text("CodingSchemeDesignator", "SH", scheme, encoding)
        + _text("CodeMeaning", "LO", meaning, encoding)
    )


def _removed_code(encoding: Encoding) -> bytes:
    return code_item(TEXT, "99REMOVED", "Removed", encoding)


def _person(encoding: Encoding) -> bytes:
    """Return an item of the Person Identification Macro (PS3.3 10.1)."""
    return _text("InstitutionName", "LO", TEXT, encoding) + sequence(
        tag_of("PersonIdentificationCodeSequence"), [_removed_code(encoding)], encoding
    )


def _verifying_observer(encoding: Encoding) -> bytes:
    return (
        _text("VerifyingOrganization", "LO", TEXT, encoding)
        + _text("VerificationDateTime", "DT", _TEXT_BY_VR["DT"], encoding)
        + _text("VerifyingObserverName", "PN", _TEXT_BY_VR["PN"], encoding)
        + sequence(tag_of("VerifyingObserverIdentificationCodeSequence"), [], encoding)
    )


def _content(encoding: Encoding) -> bytes:
    """Return a TEXT content item, which every SR IOD allows in its root (PS3.3 C.17.3)."""
    comment = code_item("121106", "DCM", "Comment", encoding)
    return (
        _text("RelationshipType", "CS", "CONTAINS", encoding)
        + _text("ValueType", "CS", "TEXT", encoding)
        + sequence(tag_of("ConceptNameCodeSequence"), [comment], encoding)
        + _text("TextValue", "UT", TEXT, encoding)
    )


def _graphic_annotation(encoding: Encoding) -> bytes:
    """Return an annotation of one unfilled point in the corner of the displayed area (PS3.3 C.10.5)."""
    order = "<" if encoding.little_endian else ">"
    point = (
        _text("GraphicAnnotationUnits", "CS", "DISPLAY", encoding)
        + element(tag_of("GraphicDimensions"), "US", struct.pack(order + "H", 2), encoding)
        + element(tag_of("NumberOfGraphicPoints"), "US", struct.pack(order + "H", 1), encoding)
        + element(tag_of("GraphicData"), "FL", struct.pack(order + "2f", 0.0, 0.0), encoding)
        + _text("GraphicType", "CS", "POINT", encoding)
    )
    return _text("GraphicLayer", "CS", TEXT, encoding) + sequence(
        tag_of("GraphicObjectSequence"), [point], encoding
    )


def _waveform_annotation(encoding: Encoding) -> bytes:
    order = "<" if encoding.little_endian else ">"
    channels = element(tag_of("ReferencedWaveformChannels"), "US", struct.pack(order + "2H", 1, 0), encoding)
    return channels + _text("UnformattedTextValue", "ST", TEXT, encoding)


DUMMY_ITEM: Final = MappingProxyType[int, Callable[[Encoding], bytes]](
    {
        tag_of("PersonIdentificationCodeSequence"): _removed_code,
        tag_of("InstitutionCodeSequence"): _removed_code,
        tag_of("OperatorIdentificationSequence"): _person,
        tag_of("VerifyingObserverSequence"): _verifying_observer,
        tag_of("ContentSequence"): _content,
        tag_of("ConceptCodeSequence"): _removed_code,
        tag_of("GraphicAnnotationSequence"): _graphic_annotation,
        tag_of("WaveformAnnotationSequence"): _waveform_annotation,
    }
)
"""Builder of the single item that stands for a sequence under action D.

A sequence that is not here holds nothing but attributes of the table, and D recurses into it.
"""
