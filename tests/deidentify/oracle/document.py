"""Encapsulated documents: a dummy of their kind, and what is true of it (PS3.3 C.24.2)."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from gateway.standard.dictionary import tag_of, vr_of

from .reading import short_text
from .rule import Ruling

TYPES = {
    "application/pdf": "application/pdf",
    "text/xml": "text/XML",
    "application/xml": "text/XML",
    "application/hl7-cda+xml": "text/XML",
    "model/stl": "model/stl",
    "model/x.stl-binary": "model/stl",
    "application/sla": "model/stl",
    "model/obj": "model/obj",
    "model/mtl": "model/mtl",
}
BEGINNINGS = {
    "application/pdf": b"%PDF-",
    "text/XML": b"<?xml ",
    "model/stl": b"This document was removed",
    "model/obj": b"# This document was removed",
    "model/mtl": b"# This document was removed",
}


@dataclass(frozen=True)
class Dummy:
    """A document of a kind, whatever its bytes."""

    beginning: bytes

    def is_like(self, document: bytes) -> bool:
        return document.startswith(self.beginning) and len(document) % 2 == 0


class Length:
    """The length of the dummy, which only the one who made it knows."""


def document(data_set: Dataset) -> dict[int, Ruling]:
    """Return rulings for the elements that speak of a document."""
    said = short_text(data_set, tag_of("MIMETypeOfEncapsulatedDocument"), ())
    mime_type = TYPES[said.partition(";")[0].strip(" \0").lower()]
    values = {
        "BurnedInAnnotation": b"NO",
        "RecognizableVisualFeatures": b"NO",
        "VerificationFlag": b"UNVERIFIED",
        "EncapsulatedDocument": Dummy(BEGINNINGS[mime_type]),
        "MIMETypeOfEncapsulatedDocument": mime_type.encode(),
        "EncapsulatedDocumentLength": Length(),
        "ListOfMIMETypes": None,
    }
    return {
        tag_of(keyword): Ruling("X" if value is None else "D", "X", vr_of(tag_of(keyword)), value=value)
        for keyword, value in values.items()
        if tag_of(keyword) in data_set
    }
