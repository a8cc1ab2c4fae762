"""Is anything of the patient left? The last look before an instance leaves memory.

While the rewriter works it hands over what goes (`Evidence.lose`) and what stays
(`Evidence.keep`). Afterwards every identifying value that went is searched in everything that
stayed, as bytes and as decoded text. Values that the gateway wrote itself are functions of a
key and are not searched: a digest may hold any four characters by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.decision import Path
from gateway.deidentify.lexical import BINARY_VRS, NUMBER_STRING_VRS, TEXT_VRS
from gateway.deidentify.needle import MIN_SUBSTRING, Needles, byte_forms, encoded_forms, folded_readings
from gateway.deidentify.uid import CLASS_UIDS, VALID
from gateway.errors import Reason, Refused
from gateway.standard.defined_terms import DEFINED_TERMS, undefined_part
from gateway.standard.dictionary import is_registered_uid, tag_of, vr_of

IDENTIFIERS: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "ServiceEpisodeID",
        "PatientAddress", "PatientTelephoneNumbers", "PatientTelecomInformation", "MedicalRecordLocator",
        "InsurancePlanIdentification", "PlacerOrderNumberImagingServiceRequest",
        "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberProcedure", "FillerOrderNumberProcedure",
        "PatientBirthDateInAlternativeCalendar", "ReferringPhysicianAddress",
        "ReferringPhysicianTelephoneNumbers", "PersonAddress", "PersonTelephoneNumbers",
        "InstitutionAddress", "OrderCallbackPhoneNumber", "ClinicalTrialSubjectID", "ResponsibleOrganization",
    )
)  # fmt: skip
"""Attributes that name the patient, his stay or his orders, besides all Person Names and UIDs."""
LONG_IDENTIFIERS: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "StudyID", "RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID",
        "DeviceSerialNumber", "DetectorID", "PlateID", "CassetteID", "GantryID", "ContainerIdentifier",
        "SpecimenIdentifier",
    )
)  # fmt: skip
"""Identifiers that are often a digit or an everyday word: searched from `MIN_LONG` characters."""
ADDRESSES: Final = frozenset(tag_of(keyword) for keyword in ("PatientAddress", "PersonAddress"))
MIN_LONG: Final = 6
BIRTH_DATE: Final = tag_of("PatientBirthDate")
SOP_CLASS_UID: Final = tag_of("SOPClassUID")
INSTITUTION_NAME: Final = tag_of("InstitutionName")
_MAX_NUMBER: Final = 8
"""Bytes of a binary value that is a number, in which nobody writes a name."""
_MONTH_NAMES: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MAX_WORK: Final = 20_000_000_000
"""Bytes that stay times values that are searched one by one in them, where there are many of these."""
MANY_VALUES: Final = 2_000
"""Of some three hundred people; a real instance names a dozen."""
_WINDOW: Final = 1 << 20
_MANY: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Hit:
    """A kept element that still holds something of the patient."""

    start: int
    path: Path
    tag: int


@dataclass(frozen=True, slots=True)
class _Kept:
    start: int
    path: Path
    tag: int
    vr: str
    value: bytes | memoryview
    charset: CharacterSet
    public_code: bool


@dataclass(slots=True)
class Evidence:
    """What went and what stayed of one instance."""

    needles: Needles = field(default_factory=Needles)
    _raw: set[bytes] = field(default_factory=set)
    _kept: list[_Kept] = field(default_factory=list)

    def lose(self, tag: int, vr: str, value: bytes | memoryview, charset: CharacterSet) -> None:
        """Take note of a value that does not leave the gateway, if it identifies.

        Parameters
        ----------
        tag, vr
            Of the element; the VR decides only about attributes that the dictionary lacks.
        value, charset
            Encoded value and how its text is read.
        """
        dictionary_vr = vr_of(tag) or vr
        if dictionary_vr == "UI":
            if tag not in CLASS_UIDS:
                self._lose_uids(bytes(value[:_MANY]).decode("iso8859"))
        elif dictionary_vr == "PN":
            self._lose_text(bytes(value[:_MANY]), charset, name=True)
        elif tag in IDENTIFIERS or (tag in LONG_IDENTIFIERS and len(value) >= MIN_LONG):
            self._lose_text(bytes(value[:_MANY]), charset, name=False)
            if tag in ADDRESSES:
                for part in re.split(rb"[,;^\r\n]+", bytes(value[:_MANY])):
                    if len(part.strip()) >= MIN_LONG:
                        self._lose_text(part.strip(), charset, name=False)
        elif tag == INSTITUTION_NAME and b" " in bytes(value[:_MANY]).strip(b" \0"):
            # A single word is the vendor's name as often as the hospital's.
            self._lose_text(bytes(value[:_MANY]), charset, name=False)
        elif tag == BIRTH_DATE:
            self._lose_birth_date(bytes(value[:16]).decode("ascii", "replace").strip(" \0"))

    def keep(
        self,
        start: int,
        path: Path,
        tag: int,
        value: bytes | memoryview,
        charset: CharacterSet,
        *,
        public_code: bool = False,
    ) -> None:
        """Take note of a value that leaves the gateway as it came.

        Parameters
        ----------
        start
            Offset of the element, which names it.
        path, tag, value, charset
            Of the element. Its VR is the dictionary's: what the sender wrote there proves nothing.
        public_code
            Whether it is the value of a code of a public coding scheme.
        """
        if tag == SOP_CLASS_UID:
            # Compared with the command already; another one would make the instance something else.
            return
        vr = (vr_of(tag) or "UN")[:2]
        if not len(value) or (vr in BINARY_VRS and len(value) <= _MAX_NUMBER):
            return
        if vr == "UI" and is_registered_uid(bytes(value).decode("iso8859").strip(" \0")):
            return
        if tag in DEFINED_TERMS:
            value = undefined_part(tag, bytes(value))
        if len(value):
            self._kept.append(_Kept(start, path, tag, vr, value, charset, public_code))

    def _lose_uids(self, text: str) -> None:
        for uid in (part.strip(" \0") for part in text.split("\\")):
            if _is_telling(uid) and VALID.fullmatch(uid):
                self.needles.uids.add(uid)
            elif _is_telling(uid):
                # Devices write names and numbers where a UID is due.
                self.needles.add(uid)

    def lose_identifier(self, value: bytes | memoryview, charset: CharacterSet) -> None:
        """Take note of an identifier or name of a place that stands in an attribute for something else."""
        if len(value) >= MIN_LONG:
            self._lose_text(bytes(value[:_MANY]), charset, name=False)

    def lose_name(self, value: bytes | memoryview, charset: CharacterSet) -> None:
        """Take note of the name of a person that stands in an attribute for something else."""
        self._lose_text(bytes(value[:_MANY]), charset, name=True)

    def _lose_text(self, raw: bytes, charset: CharacterSet, *, name: bool) -> None:
        readings = {charset.decode(raw)}
        if not raw.isascii():
            # The name may stand elsewhere in another character set than the declared one.
            readings |= {reading for reading in (_read(raw, "utf-8"),) if reading}
            if len(raw.strip(b" \0")) >= MIN_SUBSTRING:
                self._raw.add(raw.strip(b" \0"))
        for reading in readings:
            for value in reading.split("\\"):
                (self.needles.add_name if name else self.needles.add)(value)
            if not reading.isascii():
                self._raw.update(encoded_forms(reading))

    def _lose_birth_date(self, text: str) -> None:
        digits = text.replace(".", "")
        if len(digits) != len("YYYYMMDD") or not digits.isdigit() or not digits.strip("0"):
            return
        year, month, day = digits[:4], digits[4:6], digits[6:]
        self.needles.numbers.update(
            number.lstrip("0") for number in (digits, day + month + year, month + day + year)
        )
        orders: list[tuple[str, ...]] = [(year, month, day), (day, month, year), (month, day, year)]
        orders += [(day, month, year[2:]), (month, day, year[2:]), (year[2:], month, day)]
        if 1 <= int(month) <= len(_MONTH_NAMES):
            name = _MONTH_NAMES[int(month) - 1][:3]
            for spelled in (name, _MONTH_NAMES[int(month) - 1]):
                orders += [(day, spelled, year), (spelled, day, year), (year, spelled, day)]
                orders += [(str(int(day)), spelled, year), (spelled, str(int(day)), year)]
            bare = str(int(day)), str(int(month))
            orders += [(*bare, year), (*reversed(bare), year)]
        for order in orders:
            self.needles.values.update(separator.join(order) for separator in ("-", ".", "/", " "))

    def hits(self) -> Iterator[Hit]:
        """Yield every kept element that still holds something of the patient."""
        size = sum(len(kept.value) for kept in self._kept)
        if self.needles.searched > MANY_VALUES and size * self.needles.searched > MAX_WORK:
            raise Refused(Reason.LIMIT, "too many names to look for")
        texts = [kept for kept in self._kept if kept.vr in TEXT_VRS or kept.vr == "UN"]
        # Almost always nothing is there: everything is searched at once before anything by itself.
        if self._in_any(texts):
            yield from (Hit(kept.start, kept.path, kept.tag) for kept in texts if self._in_text(kept))
        for kept in self._kept:
            if kept.vr in NUMBER_STRING_VRS or kept.vr == "UI":
                found = self._in_string(kept)
            else:
                found = kept.vr not in TEXT_VRS and self._in_bytes(kept.value)
            if found:
                yield Hit(kept.start, kept.path, kept.tag)

    def _in_any(self, texts: list[_Kept]) -> bool:
        blob = b" ".join(kept.value for kept in texts)
        if any(needle in blob for needle in self._raw):
            return True
        if blob.isascii() and b"\x1b" not in blob:
            return self.needles.in_text(folded_readings(blob.decode("ascii")))
        return self.needles.in_text("\n".join(_folded_readings(kept) for kept in texts))

    def _in_text(self, kept: _Kept) -> bool:
        raw = bytes(kept.value)
        if any(needle in raw for needle in self._raw):
            return True
        text = _folded_readings(kept)
        if kept.vr == "CS":
            return self.needles.in_term(text)
        return self.needles.in_code(text) if kept.public_code else self.needles.in_text(text)

    def _in_string(self, kept: _Kept) -> bool:
        text = bytes(kept.value).decode("iso8859").strip(" \0")
        return self.needles.in_uids(text) if kept.vr == "UI" else self.needles.in_numbers(text)

    def _in_bytes(self, value: bytes | memoryview) -> bool:
        """Search a binary value in windows, so that a large one is not copied whole."""
        shortest = MIN_SUBSTRING if len(value) <= 4096 else 5 if len(value) <= _MANY else 6
        forms = {
            *byte_forms(self.needles.values, shortest),
            *byte_forms(self.needles.uids, shortest),
            *self._raw,
        }
        overlap = max(map(len, forms), default=0)
        for position in range(0, len(value), _WINDOW):
            window = bytes(value[position : position + _WINDOW + overlap])
            lowered = window.lower()
            if any(form in lowered or form in window for form in forms):
                return True
        return False

    def in_coded(self, value: memoryview) -> bool:
        """Search coded pixel data whose bitstream has a place for words that nothing strips.

        Only values of six characters and more: in so many bytes shorter ones stand by chance.
        """
        return self._in_bytes(value)


def _folded_readings(kept: _Kept) -> str:
    """Return a text folded, and behind it the text as UTF-8 where it is that and not declared as such."""
    raw = bytes(kept.value)
    text = kept.charset.decode(raw)
    other = "" if raw.isascii() else _read(raw, "utf-8")
    return folded_readings(text if other in ("", text) else f"{text} {other}")


def _is_telling(uid: str) -> bool:
    return len(uid) > 8 and not is_registered_uid(uid)


def _read(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return ""
