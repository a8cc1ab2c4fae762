"""De-identifying one instance: which rule comes first, and what it makes of an element."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.defined_terms import DEFINED_TERMS
from gateway.standard.dictionary import keyword_of, tag_of
from gateway.standard.method import Option

from . import content, document, graphics, pixels, private
from .keys import Keys
from .reading import Raw, any_text, element_of, short_text, strict_text, tags_of, terms_of
from .rule import DESCRIPTIVE, Rules, Ruling
from .text import Texts
from .value import (
    FREE_TEXT,
    capped_age,
    dummy,
    fits,
    is_too_long,
    moved_date,
    moved_datetime,
    moved_time,
    offset_from_utc,
)

PIXELS = {0x7FE00010, 0x7FE00008, 0x7FE00009}
OFFSET_TABLES = {0x7FE00001, 0x7FE00002}
MARKERS = {0x00120062, 0x00120063, 0x00120064, 0x00280303, 0x0018A001}
DOCUMENT = tag_of("EncapsulatedDocument")
SCHEME = tag_of("CodingSchemeDesignator")
DUMMY_SEQUENCES = {
    *("PersonIdentificationCodeSequence", "InstitutionCodeSequence", "OperatorIdentificationSequence"),
    *("VerifyingObserverSequence", "ContentSequence", "ConceptCodeSequence"),
    *("GraphicAnnotationSequence", "WaveformAnnotationSequence"),
}
VOCABULARY_DATES = {
    *("ContextGroupVersion", "ContextGroupLocalVersion", "TemplateVersion", "TemplateLocalVersion"),
}
DUMMY_ITEMS = object()
"""Stands for the items that replace those of a sequence."""


@dataclass(frozen=True)
class Settings:
    """What a profile says."""

    options: frozenset[Option] = frozenset()
    cap_ages: bool = True
    max_shift_days: int = 365
    shifts_dates_in_text: bool = False
    overrides: Mapping[tuple[int, ...], str] = field(default_factory=dict)
    """Action by tag, or by the tags of a path."""
    secret: bytes = field(default=bytes(range(32)), repr=False)


@dataclass(frozen=True)
class Text:
    """A text of which something went; how it is encoded is left open."""

    text: str


@dataclass(frozen=True)
class Place:
    """A data set, the tags of the sequences around it, and how its text is read."""

    data_set: Dataset
    path: tuple[int, ...]
    terms: tuple[str, ...]


class Oracle:
    """De-identifies one instance."""

    def __init__(self, data_set: Dataset, settings: Settings, *, big: bool = False) -> None:
        options = settings.options
        self.data_set, self.options, self.keys = data_set, options, Keys(settings.secret)
        self.root = Place(data_set, (), terms_of(data_set, ()))
        self.sop_class_uid = self._text("SOPClassUID")
        self.study = self._text("StudyInstanceUID")
        self.identity = self._identity(self._text("PatientID"))
        number = int.from_bytes(self.keys.digest("date-shift", *self.identity)[:8], "big")
        self.days = number % settings.max_shift_days + 1
        self.rules = Rules(options, self.sop_class_uid, settings.overrides, cap_ages=settings.cap_ages)
        self.retains_private = Option.RETAIN_SAFE_PRIVATE in options
        self.cleans_content = Option.CLEAN_STRUCTURED_CONTENT in options
        self.content = content.Content(options, cap_ages=settings.cap_ages)
        self.big = big
        self.texts = None
        if options & DESCRIPTIVE:
            uid = (lambda text: text) if Option.RETAIN_UIDS in options else self.keys.uid
            days = self.days if settings.shifts_dates_in_text else None
            self.texts = Texts(data_set, self.rules, uid, days, private=self.retains_private)

    @property
    def is_looked_at(self) -> bool:
        goes = self.rules.ruling(pixels.PIXEL_DATA, ()).action == "X"
        return not goes and pixels.is_looked_at(self.data_set, self.options)

    @property
    def is_changed(self) -> bool:
        return self.is_looked_at and pixels.is_changed(self.data_set)

    def _text(self, keyword: str) -> str:
        return short_text(self.data_set, tag_of(keyword), self.root.terms)

    def _identity(self, patient_id: str) -> tuple[str, str, str, str]:
        value = unicodedata.normalize("NFC", patient_id.strip(" \0\t\r\n"))
        return ("1", "patient", "", value) if value else ("1", "study", "", self.study)

    def pseudonym(self, identity: tuple[str, ...]) -> bytes:
        return self.keys.code("patient-id", *identity).encode()

    def tree(self) -> dict:
        local = private.safe(self.data_set, self.options) if self.retains_private else {}
        if Option.CLEAN_GRAPHICS in self.options:
            local |= self._without_overrides(graphics.graphics(self.data_set, big=self.big), ())
        is_defined = attribute_type(self.sop_class_uid, (), DOCUMENT) or not iod_known(self.sop_class_uid)
        if DOCUMENT in self.data_set and is_defined and not self.rules.ruling(DOCUMENT, ()).is_override:
            local |= self._without_overrides(document.document(self.data_set), ())
        if self.is_looked_at:
            local |= {pixels.BURNED_IN: Ruling("C", "X", "CS", value=b"NO")}
        elif pixels.is_disbelieved(self.data_set, self.options):
            local |= self._disbelieved()
        if self.is_changed:
            local |= dict.fromkeys(pixels.EXTREMES, Ruling("X", "X", "US"))
            if Option.RETAIN_UIDS in self.options:
                local[tag_of("SOPInstanceUID")] = Ruling("U", "U", "UI")
        found = self._data_set(self.root, local)
        if self.is_looked_at:
            found[pixels.BURNED_IN] = b"NO"
        found.setdefault(0x00100010, self.pseudonym(self.identity))
        found.setdefault(0x00100020, self.pseudonym(self.identity))
        return {tag: value for tag, value in found.items() if tag not in MARKERS}

    def _disbelieved(self) -> dict[int, Ruling]:
        needed = (attribute_type(self.sop_class_uid, (), pixels.BURNED_IN) or "3")[0] == "1"
        return {} if needed else {pixels.BURNED_IN: Ruling("X", "X", "CS")}

    def _data_set(self, place: Place, local: dict[int, Ruling]) -> dict:
        found = {}
        for tag in tags_of(place.data_set):
            ruling = local.get(tag) or self.rules.ruling(tag, place.path)
            value = self._element(place, tag, ruling)
            if value is not None:
                found[tag] = value
        return found

    def _element(self, place: Place, tag: int, ruling: Ruling) -> object:
        raw = element_of(place.data_set, tag, looks_into_private=self.retains_private)
        if ruling.action == "X" or (raw.items is not None) != (ruling.vr == "SQ"):
            return None
        if raw.items is not None:
            return self._sequence(place, raw, ruling)
        if tag in PIXELS | OFFSET_TABLES or raw.in_fragments:
            return None if place.path or tag not in PIXELS | OFFSET_TABLES else raw.value
        if ruling.value is not None:
            return ruling.value
        if ruling.action == "K":
            return (
                raw.value
                if self._may_stay(raw, ruling.vr, place.terms)
                else self._fallback(raw, ruling, place)
            )
        is_written = ruling.vr in FREE_TEXT or (ruling.vr == "CS" and ruling.strict)
        if ruling.action == "C" and is_written and not ruling.is_time_zone:
            return self._cleaned_text(raw, ruling, place)
        value = self._value(raw, ruling.vr[:2], ruling.action, place)
        return self._fallback(raw, ruling, place) if value is None else value

    def _may_stay(self, raw: Raw, vr: str, terms: tuple[str, ...]) -> bool:
        """Tell whether a value is of its VR, and text that can be read (PS3.5 6.1.2)."""
        if vr in {*FREE_TEXT, "PN"} and strict_text(raw.value, terms) is None:
            return False
        return fits(raw.value, raw.vr, vr) and not is_too_long(raw.value, raw.tag, vr)

    def _fallback(self, raw: Raw, ruling: Ruling, place: Place) -> bytes | None:
        """Do as the profile without options has it, with what cannot be kept or cleaned."""
        if ruling.fallback in "XKC":
            return None
        return self._value(raw, ruling.vr[:2], ruling.fallback, place)

    def _cleaned_text(self, raw: Raw, ruling: Ruling, place: Place) -> object:
        if self.texts is None or not fits(raw.value, raw.vr, ruling.vr):
            return self._fallback(raw, ruling, place)
        # What a code of a scheme of one's own means is written by people.
        own = keyword_of(raw.tag) == "CodeMeaning" and not _is_of_a_public_scheme(place.data_set)
        strict = ruling.strict or own
        text = self.texts.cleaned(raw.value, raw.tag, ruling.vr, place.terms, strict=strict)
        if text is not None and text == strict_text(raw.value.rstrip(b" \0"), place.terms):
            return raw.value
        return Text(text) if text else self._fallback(raw, ruling, place)

    def _sequence(self, place: Place, raw: Raw, ruling: Ruling) -> list | object | None:
        if ruling.action == "Z":
            return []
        if ruling.action == "D" and keyword_of(raw.tag) in DUMMY_SEQUENCES:
            return DUMMY_ITEMS
        path, found = (*place.path, raw.tag), []
        for item in raw.items:
            inner = Place(item, path, terms_of(item, place.terms))
            local = private.safe(item, self.options) if self.retains_private else {}
            is_content = self.cleans_content and not ruling.is_override
            if is_content and content.is_content_item(raw.tag, item):
                judged = self.content.judged(item, inner.terms, holds_its_place=self._holds_places(raw.tag))
                if judged is None:
                    continue
                local |= self._without_overrides(judged, path)
            found.append(self._data_set(inner, local))
        if found or not raw.items:
            return found
        action = content.of_nothing(raw.tag, place.path)
        return {"X": None, "Z": [], "D": DUMMY_ITEMS}[action]

    def _without_overrides(self, local: dict[int, Ruling], path: tuple[int, ...]) -> dict[int, Ruling]:
        return {tag: found for tag, found in local.items() if not self.rules.ruling(tag, path).is_override}

    def _holds_places(self, sequence: int) -> bool:
        is_step = keyword_of(sequence) == "SpecimenPreparationStepContentItemSequence"
        return is_step or content.names_positions(self.data_set)

    def _value(self, raw: Raw, vr: str, action: str, place: Place) -> bytes | None:
        if action == "U" or (action == "D" and vr == "UI"):
            uids = raw.value.decode("latin-1").strip(" \0").split("\\")
            return "\\".join(self.keys.uid(uid.strip(" \0")) if uid else "" for uid in uids).encode()
        if action == "C":
            return self._cleaned(raw, vr)
        keyed = self._keyed(raw.tag, any_text(raw.value, place.terms).strip(" \0"))
        if keyed is not None and (keyed or action == "Z"):
            return keyed
        return b"" if action == "Z" else dummy(vr)

    def _keyed(self, tag: int, text: str) -> bytes | None:
        value = unicodedata.normalize("NFC", text.strip(" \0\t\r\n"))
        match keyword_of(tag):
            case "PatientName":
                return self.pseudonym(self.identity)
            case "PatientID":
                return self.pseudonym(self._identity(value))
            case "AccessionNumber":
                return self.keys.code("accession-number", value).encode() if value else b""
            case "StudyID":
                return self.keys.code("study-id", self.study, value).encode() if value else b""
        return None

    def _cleaned(self, raw: Raw, vr: str) -> bytes | None:
        if not raw.value.isascii():
            return None
        values = [text.strip(" \0") for text in raw.value.decode("ascii").split("\\")]
        cleaned = [self._one(raw.tag, vr, text) if text else "" for text in values]
        return None if None in cleaned else "\\".join(cleaned).encode()

    def _one(self, tag: int, vr: str, text: str) -> str | None:
        if keyword_of(tag) in VOCABULARY_DATES:
            return text if moved_datetime(text, 0) is not None else None
        match vr:
            case "AS":
                return capped_age(text)
            case "CS" if tag in DEFINED_TERMS:
                return text if text in DEFINED_TERMS[tag] else _other(DEFINED_TERMS[tag])
            case "AE":
                return "AE" + self.keys.code("ae-title", unicodedata.normalize("NFC", text))
            case "DA":
                return moved_date(text, self.days)
            case "DT":
                return moved_datetime(text, self.days)
            case "TM":
                return moved_time(text)
            case "SH":
                return offset_from_utc(text)
        return None


def _other(terms: frozenset[str]) -> str:
    return "OTHER" if "OTHER" in terms else "REMOVED"


def _is_of_a_public_scheme(code: Dataset) -> bool:
    """Tell whether the Standard lists every designator of a code (PS3.16 Table 8-1)."""
    if SCHEME not in code:
        return False
    designators = element_of(code, SCHEME).value.split(b"\\")
    known = {term.encode() for term in DEFINED_TERMS[SCHEME]}
    return {designator.strip(b" \0") for designator in designators} <= known
