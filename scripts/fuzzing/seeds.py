"""Instances to start from: small, of many kinds, each with a patient whose name is known."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.standard.dictionary import tag_of, vr_of
from scripts.fuzzing.tree import Node, Syntax, written

FAMILY: Final = "Silberhorn"
PATIENT_ID: Final = "MRN5530917"
INSTANCE_UID: Final = "1.2.826.0.1.99.7.40221.3"
STUDY_UID: Final = "1.2.826.0.1.99.7.40221.1"
SERIES_UID: Final = "1.2.826.0.1.99.7.40221.2"
HEADER: Final = 3
"""Bytes before the data set: numbers of transfer syntax, SOP Class and profile."""


class TransferSyntax(NamedTuple):
    """A transfer syntax and how it is written."""

    uid: str
    syntax: Syntax


SYNTAXES: Final = (
    TransferSyntax("1.2.840.10008.1.2", Syntax(implicit=True)),
    TransferSyntax("1.2.840.10008.1.2.1", Syntax()),
    TransferSyntax("1.2.840.10008.1.2.2", Syntax(big=True)),
    TransferSyntax("1.2.840.10008.1.2.1.99", Syntax(deflated=True)),
    TransferSyntax("1.2.840.10008.1.2.4.50", Syntax()),
    TransferSyntax("1.2.840.10008.1.2.5", Syntax()),
    TransferSyntax("1.2.840.10008.1.2.4.90", Syntax()),
)
"""Implicit, explicit, big endian, deflated, JPEG, RLE, JPEG 2000."""
JPEG, RLE = 4, 5
SOP_CLASSES: Final = (
    *("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.7"),
    *("1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.104.1"),
    *("1.2.840.10008.5.1.4.1.1.481.3", "1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.5.1.4.1.1.88.67"),
    *("1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.826.0.1.99.5"),
)
"""Images, presentation state, reports, document, plan, waveform, and one that nobody knows."""


def element(keyword: str, value: str | bytes | list[list[Node]]) -> Node:
    """Return an element of the dictionary's VR."""
    tag = tag_of(keyword)
    return at(tag, (vr_of(tag) or "UN")[:2], value)


def at(tag: int, vr: str, value: str | bytes | list[list[Node]]) -> Node:
    """Return an element."""
    if isinstance(value, list):
        return Node(tag, b"SQ", items=value)
    raw = value if isinstance(value, bytes) else value.encode("ascii")
    return Node(tag, vr.encode(), raw + (b"\0" if vr in ("UI", "OB") else b" ") * (len(raw) % 2))


def _code(value: str, scheme: str, meaning: str) -> list[Node]:
    return [
        element("CodeValue", value),
        element("CodingSchemeDesignator", scheme),
        element("CodeMeaning", meaning),
    ]


def _item(kind: str, code: tuple[str, str, str], *values: Node) -> list[Node]:
    return [
        element("RelationshipType", "CONTAINS"),
        element("ValueType", kind),
        element("ConceptNameCodeSequence", [_code(*code)]),
        *values,
    ]


def _content(depth: int = 1) -> list[list[Node]]:
    comment = f"Fracture, seen by Dr. {FAMILY} on 17.04.2019 at 14:32"
    text = _item("TEXT", ("121106", "DCM", "Comment"), element("TextValue", comment))
    person = _item(
        "PNAME", ("121008", "DCM", "Person Observer Name"), element("PersonName", f"{FAMILY}^Leontine")
    )
    started = _item("DATETIME", ("111526", "DCM", "DateTime Started"), element("DateTime", "20190417143200"))
    study = _item("UIDREF", ("121018", "DCM", "Procedure Study Instance UID"), element("UID", STUDY_UID))
    units = element("MeasurementUnitsCodeSequence", [_code("a", "UCUM", "year")])
    age = element("MeasuredValueSequence", [[units, element("NumericValue", "95")]])
    number = _item("NUM", ("121033", "DCM", "Subject Age"), age)
    if depth:
        text.append(element("ContentSequence", _content(depth - 1)))
    return [text, person, started, study, number]


def _curve() -> list[Node]:
    return [
        *(at(0x50000005, "US", b"\1\0"), at(0x50000010, "US", b"\4\0"), at(0x50000020, "CS", "ECG")),
        *(at(0x50000022, "LO", FAMILY), at(0x50000103, "US", b"\0\0"), at(0x50003000, "OW", bytes(range(8)))),
    ]


def _plane() -> list[Node]:
    bitmap = b"\xff\xff\0\0" * 40 + bytes(96)
    return [
        *(
            at(0x60000010, "US", b"\x40\0"),
            at(0x60000011, "US", b"\x20\0"),
            at(0x60000022, "LO", f"ROI {FAMILY}"),
        ),
        *(at(0x60000040, "CS", "G"), at(0x60000050, "SS", b"\1\0\1\0"), at(0x60000100, "US", b"\1\0")),
        *(at(0x60000102, "US", b"\0\0"), at(0x60003000, "OW", bitmap)),
    ]


def _private() -> list[Node]:
    creator = "Philips PET Private Group"
    return [
        *(at(0x70530010, "LO", creator), at(0x70531000, "DS", "1.25"), at(0x70531010, "LO", FAMILY)),
        *(
            at(0x00190010, "LO", "SIEMENS MR HEADER"),
            at(0x0019100C, "IS", "500"),
            at(0x00191008, "CS", "IMAGE NUM 4"),
        ),
    ]


def _pixels(data: Node) -> list[Node]:
    return [
        *(element("SamplesPerPixel", b"\1\0"), element("PhotometricInterpretation", "MONOCHROME2")),
        *(element("Rows", b"\4\0"), element("Columns", b"\4\0"), element("BitsAllocated", b"\x08\0")),
        data,
    ]


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg() -> bytes:
    """Return a baseline JPEG with a comment and an application segment that name the patient."""
    parts = (
        b"\xff\xd8", _segment(0xFE, f"of {FAMILY}".encode()), _segment(0xE1, f"Exif {FAMILY}".encode()),
        _segment(0xDB, bytes(65)), _segment(0xC0, b"\x08\0\4\0\4\1\1\x11\0"),
        _segment(0xC4, b"\0" + b"\1" + bytes(16)), _segment(0xDA, b"\1\1\0\0\x3f\0"),
        b"\x55\x55\xff\0\x55", b"\xff\xd9",
    )  # fmt: skip
    found = b"".join(parts)
    return found + bytes(len(found) % 2)


def _coded(number: int) -> Node:
    if number == JPEG:
        return Node(0x7FE00010, b"OB", fragments=[b"", jpeg()], undefined=True)
    segment = b"\xf1\0" + b"\x0f" + bytes(16) + b"\0"
    frame = struct.pack("<16L", 1, 64, *[0] * 14) + segment
    return Node(0x7FE00010, b"OB", fragments=[b"", frame], undefined=True)


def _identity(sop_class_uid: str) -> list[Node]:
    return [
        *(
            element("SpecificCharacterSet", "ISO 2022 IR 6\\ISO 2022 IR 87"),
            element("SOPClassUID", sop_class_uid),
        ),
        *(element("SOPInstanceUID", INSTANCE_UID), element("StudyInstanceUID", STUDY_UID)),
        *(element("SeriesInstanceUID", SERIES_UID), element("PatientName", f"{FAMILY}^Leontine")),
        *(element("PatientID", PATIENT_ID), element("Modality", "CT")),
    ]


def _attributes(sop_class_uid: str) -> list[Node]:
    reference = [
        element("ReferencedSOPClassUID", sop_class_uid),
        element("ReferencedSOPInstanceUID", INSTANCE_UID),
    ]
    return [
        *(element("PatientBirthDate", "19610417"), element("StudyDate", "20190417")),
        *(element("StudyTime", "143200.25"), element("AcquisitionDateTime", "20190417143200.25+0100")),
        *(
            element("PatientAge", "095Y"),
            element("Allergies", "penicillin"),
            element("ConvolutionKernel", "B30s"),
        ),
        element("StudyDescription", f"CT ABDOMEN for L. {FAMILY}, DOB 17.04.1961"),
        element("ImageComments", f"tel. +49 30 1234567, {FAMILY.lower()}@example.org"),
        *(element("InstitutionName", "St. Quirin Hospital"), element("DeviceSerialNumber", "SN4711-88")),
        *(element("StationAETitle", "CT_SCANNER_1"), element("ReferencedImageSequence", [reference])),
    ]


def _reported() -> list[Node]:
    return [element("ContentSequence", _content()), element("AcquisitionContextSequence", _content(0)[:2])]


def _drawn() -> list[Node]:
    label = [element("UnformattedTextValue", f"{FAMILY} left knee")]
    annotation = [element("GraphicLayer", "L1"), element("TextObjectSequence", [label])]
    return [*_plane(), *_curve(), element("GraphicAnnotationSequence", [annotation])]


def _document() -> list[Node]:
    return [
        element("EncapsulatedDocument", f"%PDF-1.4 {FAMILY} "),
        element("MIMETypeOfEncapsulatedDocument", "application/pdf"),
    ]


def _imaged(syntax: int) -> list[Node]:
    return _pixels(element("PixelData", bytes(range(16))) if syntax < JPEG else _coded(syntax))


def instance(number: int, syntax: int) -> list[Node]:
    """Return an instance of a SOP Class with one kind of content: small ones run faster."""
    uid = SOP_CLASSES[number]
    kinds = [_attributes(uid), _reported(), _private(), _drawn(), _imaged(syntax)]
    found = _identity(uid) + kinds[(number + syntax) % len(kinds)]
    found += _document() if uid.endswith("104.1") else []
    if SYNTAXES[syntax].syntax.big:
        for node in found:
            if node.vr in (b"US", b"SS"):
                node.value = b"".join(node.value[at : at + 2][::-1] for at in range(0, len(node.value), 2))
    return found


def seeds() -> Iterator[bytes]:
    """Yield inputs of the fuzzer: numbers of the syntax, the SOP Class and the profile; encoded data set."""
    for number in range(len(SOP_CLASSES)):
        for syntax in range(len(SYNTAXES)):
            content = written(instance(number, syntax), SYNTAXES[syntax].syntax)
            yield bytes([syntax, number, number + syntax]) + content
