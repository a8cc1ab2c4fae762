"""Encapsulated documents (PS3.3 C.24): the dummy that stands for a document under action D.

A dummy is a whole document of its kind, so that a viewer opens it and shows that it was removed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import DataSet
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of

Treatment: TypeAlias = Action | bytes
"""X, or the value that replaces another."""

_DOCUMENT, _MIME_TYPE = tag_of("EncapsulatedDocument"), tag_of("MIMETypeOfEncapsulatedDocument")
_LENGTH: Final = tag_of("EncapsulatedDocumentLength")
_TRUE_OF_A_DUMMY: Final[Mapping[int, Treatment]] = MappingProxyType(
    {
        tag_of("BurnedInAnnotation"): b"NO",
        tag_of("RecognizableVisualFeatures"): b"NO",
        tag_of("VerificationFlag"): b"UNVERIFIED",
        # Types of the parts of a document that has several.
        tag_of("ListOfMIMETypes"): Action.REMOVE,
    }
)
"""What the module says of a document, whatever the original was (PS3.3 C.24.2)."""

_NOTICE: Final = "This document was removed by de-identification."

_CORNERS: Final = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
_FACES: Final = ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))
"""A tetrahedron, the smallest closed solid; its corners run counter-clockwise seen from outside."""


def plan(root: DataSet, source: memoryview) -> Mapping[int, Treatment]:
    """Return what becomes of an encapsulated document and of what is said about it.

    Parameters
    ----------
    root
        The parsed data set.
    source
        The encoded data set that its spans refer to.

    Returns
    -------
        Treatment by `Element.start`, empty without a document. The type is written as the
        Standard writes it, without parameters, which may be file names.

    Raises
    ------
    Refused
        `Reason.PROFILE` when no dummy can be made of the document's type.
    """
    elements = {element.tag: element for element in root.elements}
    if _DOCUMENT not in elements:
        return MappingProxyType({})
    named = elements.get(_MIME_TYPE)
    mime_type = bytes(source[named.value : named.end]).decode("latin-1") if named else ""
    kind = _kind(mime_type)
    if kind is None:
        raise Refused(Reason.PROFILE, "no dummy for a document of this type", _DOCUMENT)
    document = kind.build()
    order = "<" if root.encoding.little_endian else ">"
    values: dict[int, Treatment] = {
        **_TRUE_OF_A_DUMMY,
        _DOCUMENT: document,
        _MIME_TYPE: kind.mime_type.encode("ascii"),
        _LENGTH: struct.pack(order + "L", len(document)),
    }
    return MappingProxyType({elements[tag].start: values[tag] for tag in sorted(values) if tag in elements})


def dummy_document(mime_type: str) -> bytes | None:
    """Return a document of a type that holds no information.

    Parameters
    ----------
    mime_type
        Value of MIME Type of Encapsulated Document (0042,0012), in any case, with or without
        parameters and padding.

    Returns
    -------
        The document, of even length without a byte that is not part of it; the same for every
        instance. None for a type of which no dummy can be made.
    """
    kind = _kind(mime_type)
    return kind.build() if kind else None


def _kind(mime_type: str) -> _Kind | None:
    return _KINDS.get(mime_type.partition(";")[0].strip(" \0").lower())


def _even(text: str) -> bytes:
    """Return a text of even length: all of these formats allow white space at their end."""
    document = text.encode("ascii")
    return document + b"\n" * (len(document) % 2)


def _pdf() -> bytes:
    """Return a page with a line in a font that every reader has (ISO 32000-1, 7.5 and 9.6.2.2)."""
    line = f"BT /F1 14 Tf 72 720 Td ({_NOTICE}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(line)} >>\nstream\n{line}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    )
    text, entries = "%PDF-1.4\n", ["0000000000 65535 f \n"]
    for number, content in enumerate(objects, 1):
        entries.append(f"{len(text):010} 00000 n \n")
        text += f"{number} 0 obj\n{content}\nendobj\n"
    size = len(entries)
    table = f"xref\n0 {size}\n{''.join(entries)}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return _even(f"{text}{table}startxref\n{len(text)}\n%%EOF\n")


def _clinical_document() -> bytes:
    """Return an HL7 CDA Release 2 document whose header is masked (null flavor MSK)."""
    masked = 'nullFlavor="MSK"'
    return _even(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ClinicalDocument xmlns="urn:hl7-org:v3">\n'
        '  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>\n'
        f"  <id {masked}/>\n  <code {masked}/>\n  <title>Removed</title>\n"
        f"  <effectiveTime {masked}/>\n  <confidentialityCode {masked}/>\n"
        f"  <recordTarget><patientRole><id {masked}/></patientRole></recordTarget>\n"
        f"  <author><time {masked}/><assignedAuthor><id {masked}/></assignedAuthor></author>\n"
        "  <custodian><assignedCustodian><representedCustodianOrganization>"
        f"<id {masked}/></representedCustodianOrganization></assignedCustodian></custodian>\n"
        f"  <component><structuredBody><component><section><text>{_NOTICE}</text></section>"
        "</component></structuredBody></component>\n"
        "</ClinicalDocument>\n"
    )


def _stl() -> bytes:
    """Return a binary STL: header, number of triangles, and of each its normal and corners."""
    normals = ((0, 0, -1), (0, -1, 0), (-1, 0, 0), (3**-0.5,) * 3)
    document = _NOTICE.encode("ascii").ljust(80) + struct.pack("<L", len(_FACES))
    for normal, face in zip(normals, _FACES, strict=True):
        numbers = [*normal, *(number for corner in face for number in _CORNERS[corner])]
        document += struct.pack("<12fH", *numbers, 0)
    return document


def _obj() -> bytes:
    corners = "".join(f"v {x} {y} {z}\n" for x, y, z in _CORNERS)
    faces = "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in _FACES)
    return _even(f"# {_NOTICE}\n{corners}{faces}")


def _mtl() -> bytes:
    return _even(f"# {_NOTICE}\nnewmtl removed\nKd 0.5 0.5 0.5\n")


class _Kind(NamedTuple):
    """A kind of document: its type as PS3.3 writes it, and what makes its dummy."""

    mime_type: str
    build: Callable[[], bytes]


_PDF: Final = _Kind("application/pdf", _pdf)
_CDA: Final = _Kind("text/XML", _clinical_document)
_STL: Final = _Kind("model/stl", _stl)
_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "application/pdf": _PDF,
        "text/xml": _CDA,
        "application/xml": _CDA,
        "application/hl7-cda+xml": _CDA,
        "model/stl": _STL,
        "model/x.stl-binary": _STL,
        "application/sla": _STL,
        "model/obj": _Kind("model/obj", _obj),
        "model/mtl": _Kind("model/mtl", _mtl),
    }
)
"""Kind by type: those of PS3.3 A.45 and A.85, and other names that writers give them."""
