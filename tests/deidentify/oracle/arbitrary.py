"""Instances drawn at random: every VR, nested sequences, private blocks, reports, graphics, documents.

One number makes one instance, so that a difference is found again by it.
"""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from types import ModuleType

from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.method import Option

from .content import TABLE as CONCEPTS
from .private import TABLE as SAFE
from .samples import (
    CHARACTER_SETS,
    CLASSES,
    CONTENT_SEQUENCES,
    DATED,
    DESCRIPTIVE,
    NUMBERS,
    OFTEN_OVERRIDDEN,
    RELATIONS,
    SEQUENCES,
    STRAY,
    TAGS,
    TEXTS,
    VALUE_OF,
    VALUES,
)
from .text import IDENTIFIERS, PLACES

RARE_PRIVATE = [key for key, vr in SAFE.items() if vr in ("UI", "", "ST", "LT", "AT")]
RARE_CONCEPTS = [row for row in CONCEPTS if row[0] & {"113723", "121033", "121032", "121018", "121012"}]
"""What has a rule of its own, and is one in some hundred."""


def options_of(choice: random.Random) -> frozenset[Option]:
    """Draw a set of options that a profile may have."""
    possible = sorted(set(Option) - {Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES})
    drawn = {option for option in possible if choice.random() < 0.45}
    if Option.RETAIN_FULL_DATES in drawn:
        drawn.discard(Option.RETAIN_MODIFIED_DATES)
    return frozenset(drawn)


def overrides_of(choice: random.Random) -> dict[tuple[int, ...], str]:
    """Draw overrides of attributes, and of some of content items, which have rules of their own."""
    drawn = {}
    for tag in choice.sample(TAGS + OFTEN_OVERRIDDEN * 20, choice.randrange(1, 30)):
        if tag in (tag_of("PatientName"), tag_of("PatientID")):
            continue  # which no profile may name
        path = (choice.choice(CONTENT_SEQUENCES),) if choice.random() < 0.2 else ()
        # A date that is kept beside others that move would disclose the shift: such a profile does not load.
        codes = {"UI": "KXZDU", "DA": "XZD", "DT": "XZD", "TM": "XZD"}.get(vr_of(tag), "KXZD")
        drawn[*path, tag] = choice.choice(codes)
    return drawn


@dataclass(frozen=True)
class Form:
    """How a data set is written."""

    datasets: ModuleType
    implicit: bool = False
    big: bool = False

    def element(self, tag: int, vr: str, value: bytes | str) -> bytes:
        return self.datasets.element(tag, vr, value, implicit=self.implicit, big=self.big)

    def sequence(self, tag: int, items: list[bytes], *, undefined: bool = False, vr: str = "SQ") -> bytes:
        return self.datasets.sequence(
            tag, *items, vr=vr, undefined=undefined, implicit=self.implicit, big=self.big
        )

    def number(self, tag: int, vr: str, *numbers: int) -> bytes:
        order = ">" if self.big else "<"
        return self.element(tag, vr, struct.pack(f"{order}{len(numbers)}{NUMBERS[vr]}", *numbers))

    def text(self, keyword: str, value: bytes | str) -> bytes:
        return self.element(tag_of(keyword), vr_of(tag_of(keyword)), value)


class Instance:
    """One instance: Part 10 file and what it was made of."""

    def __init__(self, choice: random.Random, datasets: ModuleType, form: str) -> None:
        self.choice = choice
        self.form = Form(datasets, implicit=form == "implicit", big=form == "big endian")
        self.sop_class_uid = choice.choice(CLASSES)
        self.terms, self.words = choice.choice(CHARACTER_SETS)
        elements = self._elements(0)
        found = {tag: value for tag, value in elements.items() if tag not in datasets.identity()}
        found[0x00080005] = self.form.element(0x00080005, "CS", self.terms)
        found[0x00081090] = self.form.element(0x00081090, "LO", self.words)
        if choice.random() < 0.5:
            found |= self._known()
        if choice.random() < 0.3:
            found |= self._plane(0x6000 + 2 * choice.randrange(3))
        if choice.random() < 0.3:
            found |= self._curve(0x5000 + 2 * choice.randrange(3))
        if self.sop_class_uid.endswith("104.1"):
            found |= self._document()
        elif choice.random() < 0.4:
            found |= self._picture()
        identity = {
            tag: self.form.element(tag, *value)
            for tag, value in datasets.identity(self.sop_class_uid).items()
        }
        self.file = part10(b"".join(value for _, value in sorted((identity | found).items())), datasets, form)

    def _known(self) -> dict[int, bytes]:
        """Draw one attribute that the cleaner is told of, and a setting of the device that quotes it."""
        keyword = self.choice.choice(sorted(PLACES | IDENTIFIERS))
        word = "Ignatz" if keyword in PLACES else "IGN-40711"
        quoting = self.form.text("ReceiveCoilName", f"{word} A1")
        return {tag_of(keyword): self.form.text(keyword, word), tag_of("ReceiveCoilName"): quoting}

    def _one(self, vr: str) -> bytes:
        if vr in VALUES:
            return self.choice.choice(VALUES[vr])
        if vr in NUMBERS:
            number = struct.pack((">" if self.form.big else "<") + NUMBERS[vr], self.choice.randrange(100))
            return number * self.choice.choice((1, 1, 1, 1, 2, 3, 40))
        if vr in ("OB", "OW", "OF", "OL", "OD", "OV", "UN", "AT"):
            return bytes(self.choice.randrange(5) * 8)
        return self.words if self.choice.random() < 0.2 else self.choice.choice(TEXTS)

    def _elements(self, depth: int) -> dict[int, bytes]:
        """Draw the elements of a data set, those of its items too."""
        choice, found = self.choice, {}
        for tag in choice.sample(TAGS + STRAY, choice.randrange(8)) + choice.sample(
            DESCRIPTIVE, choice.randrange(4)
        ):
            vr = (vr_of(tag) or "LO")[:2]
            if vr != "SQ":
                written = choice.choice(("UN", "LO", "OB")) if choice.random() < 0.04 else vr
                found[tag] = self.form.element(tag, written, self._one(vr))
        for tag in choice.sample(DATED, choice.randrange(3)):
            vr = vr_of(tag)[:2]
            if vr != "SQ":
                found[tag] = self.form.element(tag, vr, self._one(vr))
        for tag in choice.sample(SEQUENCES, choice.randrange(3)) if depth < 3 else ():
            items = [self._item(depth) for _ in range(choice.randrange(3))]
            found[tag] = self.form.sequence(tag, items, undefined=choice.random() < 0.5)
        if choice.random() < 0.3:
            found |= self._private(depth)
        if choice.random() < (0.5 if depth == 0 else 0.1) and depth < 3:
            tag = choice.choice(CONTENT_SEQUENCES)
            items = [self._content(depth + 1) for _ in range(choice.randrange(4))]
            found[tag] = self.form.sequence(tag, items, undefined=choice.random() < 0.5)
        return found

    def _item(self, depth: int) -> bytes:
        found = self._elements(depth + 1)
        if self.choice.random() < 0.1:
            terms, _ = self.choice.choice(CHARACTER_SETS)
            found[0x00080005] = self.form.element(0x00080005, "CS", terms)
        return b"".join(value for _, value in sorted(found.items()))

    def _private(self, depth: int) -> dict[int, bytes]:
        """Draw a block of safe attributes and of others, wherever its creator puts it."""
        choice, found = self.choice, {}
        group, creator, _ = choice.choice(list(SAFE) if choice.random() < 0.8 else RARE_PRIVATE)
        block = choice.choice((0x10, 0x11, 0xA0, 0xFF))
        reserved = int(group, 16) << 16 | block
        if choice.random() < 0.95:
            written = creator if choice.random() < 0.9 else f"{creator[:-1]}X"
            found[reserved] = self.form.element(reserved, choice.choice(("LO", "LO", "LO", "UN")), written)
        rows = [(offset, vr) for (one, other, offset), vr in SAFE.items() if (one, other) == (group, creator)]
        for offset, vr in (*choice.sample(rows, min(len(rows), 4)), ("F7", "LO")):
            tag = int(group, 16) << 16 | block << 8 | int(offset, 16)
            found[tag] = self._private_element(tag, vr[:2] or "DS", depth)
        return found

    def _private_element(self, tag: int, vr: str, depth: int) -> bytes:
        choice = self.choice
        written = choice.choice((vr, vr, vr, "UN", "OB"))
        if vr != "SQ":
            value = self._one(vr)
            # An empty UN has the VR of pydicom's own dictionary, whatever was written.
            return self.form.element(tag, written if value else vr, value)
        if written == "SQ" or (written == "UN" and self.form.implicit):
            items = [self._item(depth) for _ in range(choice.randrange(3))] if depth < 3 else []
            undefined = choice.random() < 0.5 and written == "SQ"
            return self.form.sequence(tag, items, undefined=undefined)
        if choice.random() < 0.5 or depth >= 3 or self.form.big:
            # Inside UN everything is little endian (PS3.5 6.2.2), which pydicom forgets in big endian.
            broken = choice.choice(
                (b"\xfe\xff\x00\xe0\xff\xff\xff\x7f", b"\xfe\xff\x00\xe0\x04\0\0\0abcd", b"abcd")
            )
            return self.form.element(tag, written, broken)
        form, self.form = self.form, Form(self.form.datasets, implicit=True)
        items = [self._item(depth)]
        self.form = form
        return form.sequence(tag, items, vr="UN")

    def _code(self, value: str, scheme: str) -> bytes:
        choice, parts = self.choice, {}
        keyword = choice.choice(("CodeValue",) * 6 + ("LongCodeValue", "URNCodeValue"))
        parts[keyword] = f"urn:example:{value}" if keyword == "URNCodeValue" else value
        parts["CodingSchemeDesignator"] = choice.choice((scheme, scheme, scheme.lower(), f"{scheme} "))
        parts["CodeMeaning"] = choice.choice(("Finding", "Name of a person", "Quexington"))
        return b"".join(
            self.form.text(k, v) for k, v in sorted(parts.items(), key=lambda pair: tag_of(pair[0]))
        )

    def _content(self, depth: int) -> bytes:
        """Draw a content item; its value is mostly, and not always, what its concept asks for."""
        choice, found = self.choice, {}
        codes, scheme, kind, *_ = choice.choice(CONCEPTS if choice.random() < 0.85 else RARE_CONCEPTS)
        name = self._code(
            choice.choice(sorted(codes)), "SRT" if scheme == "SCT" and choice.random() < 0.3 else scheme
        )
        if choice.random() < 0.3:
            name, kind = self._code("121071", "DCM"), choice.choice(list(VALUE_OF))
        if choice.random() < 0.2:
            kind = choice.choice(list(VALUE_OF))
        written = choice.choice((kind, kind, kind, kind, kind.lower(), "SCOORD", ""))
        if choice.random() < 0.9:
            found["ValueType"] = self.form.text("ValueType", written)
        if choice.random() < 0.95:
            found["ConceptNameCodeSequence"] = self.form.sequence(tag_of("ConceptNameCodeSequence"), [name])
        found["RelationshipType"] = self.form.text("RelationshipType", choice.choice(RELATIONS))
        keyword = VALUE_OF.get(kind)
        if keyword and choice.random() < 0.95:
            found[keyword] = self._content_value(keyword)
        if choice.random() < 0.03:
            found["ReferencedContentItemIdentifier"] = self.form.number(
                tag_of("ReferencedContentItemIdentifier"), "UL", 1
            )
        if depth < 4 and choice.random() < 0.35:
            below = [self._content(depth + 1) for _ in range(choice.randrange(3))]
            found["ContentSequence"] = self.form.sequence(tag_of("ContentSequence"), below)
        return b"".join(value for _, value in sorted(found.items(), key=lambda pair: tag_of(pair[0])))

    def _content_value(self, keyword: str) -> bytes:
        tag, choice = tag_of(keyword), self.choice
        vr = vr_of(tag)
        if vr != "SQ":
            return self.form.element(tag, vr, self._one(vr))
        if keyword == "ConceptCodeSequence":
            return self.form.sequence(tag, [self._code("121071", "DCM")])
        if keyword == "MeasuredValueSequence":
            unit = self.form.sequence(
                tag_of("MeasurementUnitsCodeSequence"), [self._code(choice.choice("ad"), "UCUM")]
            )
            value = self.form.text("NumericValue", choice.choice((b"45", b"95", b"1200", b"much")))
            return self.form.sequence(tag, [unit + value])
        reference = self.form.text("ReferencedSOPClassUID", CLASSES[0]) + self.form.text(
            "ReferencedSOPInstanceUID", "1.2.826.0.1.5.1"
        )
        return self.form.sequence(tag, [reference])

    def _picture(self) -> dict[int, bytes]:
        """Draw an image of four pixels, and what may be said of it."""
        numbers = {
            0x00280002: (1,), 0x00280010: (2,), 0x00280011: (2,), 0x00280100: (8,), 0x00280101: (8,),
            0x00280102: (7,), 0x00280103: (0,), 0x00280106: (1,), 0x00280107: (9,),
        }  # fmt: skip
        found = {tag: self.form.number(tag, "US", *values) for tag, values in numbers.items()}
        found[0x00280004] = self.form.element(0x00280004, "CS", "MONOCHROME2")
        found[0x00280008] = self.form.element(0x00280008, "IS", "1")
        found[0x7FE00010] = self.form.element(0x7FE00010, "OW", b"\1\2\3\4")
        if self.choice.random() < 0.5:
            said = self.choice.choice(("YES", "NO", "", "Quexington"))
            found[0x00280301] = self.form.element(0x00280301, "CS", said)
        return found

    def _plane(self, group: int) -> dict[int, bytes]:
        choice, base = self.choice, group << 16
        rows, columns = 160, choice.choice((160, 168))
        filled = bytearray(rows * columns // 8)
        if choice.random() < 0.7:
            for row in range(20, 120):
                start = row * columns // 8
                filled[start + 2 : start + 14] = b"\xff" * 12
        found = {
            base | 0x0010: self.form.number(base | 0x0010, "US", rows),
            base | 0x0011: self.form.number(base | 0x0011, "US", columns if choice.random() < 0.9 else 7),
            base | 0x0022: self.form.element(base | 0x0022, "LO", self._one("LO")),
            base | 0x0040: self.form.element(base | 0x0040, "CS", choice.choice(("G", "R", "X"))),
            base | 0x0045: self.form.element(base | 0x0045, "LO", choice.choice(("USER", "Quexington"))),
            base | 0x0050: self.form.number(base | 0x0050, "SS", 1, 1),
            base | 0x0100: self.form.number(base | 0x0100, "US", 1),
            base | 0x0102: self.form.number(base | 0x0102, "US", choice.choice((0, 0, 0, 4))),
            base | 0x1303: self.form.element(base | 0x1303, "DS", self._one("DS")),
            base | 0x1500: self.form.element(base | 0x1500, "LO", self._one("LO")),
            base | 0x4000: self.form.element(base | 0x4000, "LT", self._one("LT")),
            base | 0x3000: self.form.element(base | 0x3000, choice.choice(("OW", "OB")), bytes(filled)),
        }
        kept = choice.random() < 0.3
        return {tag: value for tag, value in found.items() if kept or choice.random() < 0.97}

    def _curve(self, group: int) -> dict[int, bytes]:
        choice, base = self.choice, group << 16
        representation = choice.randrange(6)
        size = (2, 2, 4, 8, 4, 2)[representation]
        found = {
            base | 0x0005: self.form.number(base | 0x0005, "US", 2),
            base | 0x0010: self.form.number(base | 0x0010, "US", 4),
            base | 0x0020: self.form.element(base | 0x0020, "CS", choice.choice(("ECG", "HIST", "TABL"))),
            base | 0x0022: self.form.element(base | 0x0022, "LO", self._one("LO")),
            base | 0x0030: self.form.element(
                base | 0x0030, "SH", choice.choice(("SEC\\MM", "SEC\\Quexington"))
            ),
            base | 0x0103: self.form.number(base | 0x0103, "US", representation),
            base | 0x0104: self.form.number(base | 0x0104, "US", 1, 2),
            base | 0x0106: self.form.element(base | 0x0106, "SH", choice.choice(("0\\10", "Quexington"))),
            base | 0x0110: self.form.number(base | 0x0110, "US", choice.choice((0, 1, 1, 2)), 1),
            base | 0x2500: self.form.element(base | 0x2500, "LO", self._one("LO")),
            base | 0x3000: self.form.element(base | 0x3000, "OW", bytes(choice.choice((4, 8)) * size)),
        }
        return {tag: value for tag, value in found.items() if choice.random() < 0.97}

    def _document(self) -> dict[int, bytes]:
        choice, form = self.choice, self.form
        kind = choice.choice(("application/pdf", "TEXT/XML", "model/stl; name=x", "model/obj"))
        found = {
            "EncapsulatedDocument": form.element(tag_of("EncapsulatedDocument"), "OB", b"a document!\0"),
            "MIMETypeOfEncapsulatedDocument": form.text("MIMETypeOfEncapsulatedDocument", kind),
            "EncapsulatedDocumentLength": form.number(tag_of("EncapsulatedDocumentLength"), "UL", 11),
            "ListOfMIMETypes": form.text("ListOfMIMETypes", "text/plain"),
            "VerificationFlag": form.text("VerificationFlag", "VERIFIED"),
            "BurnedInAnnotation": form.text("BurnedInAnnotation", "YES"),
            "DocumentTitle": form.text("DocumentTitle", "Abdomen Quexington"),
        }
        drawn = {keyword: value for keyword, value in found.items() if choice.random() < 0.8}
        named = "MIMETypeOfEncapsulatedDocument"
        return {tag_of(keyword): value for keyword, value in (drawn | {named: found[named]}).items()}


def part10(data_set: bytes, datasets: ModuleType, form: str) -> bytes:
    """Return a DICOM file."""
    syntax = {"implicit": datasets.IMPLICIT, "big endian": datasets.BIG_ENDIAN}.get(form, datasets.EXPLICIT)
    if form == "deflated":
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data_set, syntax = deflater.compress(data_set) + deflater.flush(), datasets.DEFLATED
    meta = datasets.element(0x00020010, "UI", syntax)
    length = datasets.element(0x00020000, "UL", struct.pack("<L", len(meta)))
    return bytes(128) + b"DICM" + length + meta + data_set
