"""Is anything of the patient left? The last look before an instance leaves memory.

While the rewriter works it hands over what goes (`Evidence.lose`) and what stays
(`Evidence.keep`). Afterwards every identifying value that went is searched in everything that
stayed, as bytes and as decoded text. Values that the gateway wrote itself are functions of a
key and are not searched: a digest may hold any four characters by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify.birth_date import numbers_of_date, spelled
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.kept import Kept, as_utf_8, folded_together, listed
from gateway.deidentify.lexical import BINARY_VRS, NUMBER_STRING_VRS, TEXT_VRS
from gateway.deidentify.needle import MIN_SUBSTRING, Needles
from gateway.deidentify.needle_bytes import encoded_forms, in_bytes, longest_form
from gateway.deidentify.touched import Path
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
NAMING_VRS: Final = frozenset({"PN", "UI"})
"""VRs whose values name a person, or something that belongs to one."""
CODES: Final = frozenset({tag_of("CodeValue"), tag_of("CodeMeaning")})
"""Attributes that tell where they stand in the code of a person or an institution."""
_MAX_NUMBER: Final = 8
"""Bytes of a binary value that is a number, in which nobody writes a name."""
_TELLING: Final = IDENTIFIERS | LONG_IDENTIFIERS | {BIRTH_DATE, INSTITUTION_NAME}
MAX_WORK: Final = 20_000_000_000
"""Bytes that stay times values that are searched one by one in them, where there are many of these."""
MANY_VALUES: Final = 3_000
"""Of some three hundred people; a real instance names a dozen."""
_WINDOW: Final = 1 << 20
_SMALL: Final = 4096
"""Bytes of a binary value that are searched for values of four characters, which stand in more by chance."""
_MANY: Final = 1 << 16


def tells(tag: int) -> bool:
    """Tell whether a value of an attribute may say who somebody is, where it is lost.

    Of attributes that the dictionary lacks only the VR in the data set knows: those of `NAMING_VRS` may.
    """
    return vr_of(tag) in NAMING_VRS or tag in _TELLING or tag in CODES


@dataclass(frozen=True, slots=True)
class Hit:
    """A kept element that still holds something of the patient."""

    start: int
    path: Path
    tag: int


@dataclass(slots=True)
class Evidence:
    """What went and what stayed of one instance."""

    needles: Needles = field(default_factory=Needles)
    keeps_uids: bool = False
    """Whether the profile keeps UIDs, so that finding one says nothing."""
    _raw: set[bytes] = field(default_factory=set)
    _texts: list[Kept] = field(default_factory=list)
    _numbers: list[Kept] = field(default_factory=list)
    _uids: list[Kept] = field(default_factory=list)
    _small: list[Kept] = field(default_factory=list)
    """Binary values up to `_SMALL` bytes."""
    _large: list[Kept] = field(default_factory=list)

    def lose(self, tag: int, vr: str, value: bytes | memoryview, charset: CharacterSet) -> None:
        """Take note of a value that does not leave the gateway, if it identifies.

        Parameters
        ----------
        tag, vr
            Of the element; the VR decides only about attributes that the dictionary lacks.
        value, charset
            Encoded value and how its text is read.
        """
        if not len(value):
            return
        dictionary_vr = vr_of(tag) or vr
        if dictionary_vr == "UI":
            if tag not in CLASS_UIDS:
                self._lose_uids(bytes(value[:_MANY]).decode("iso8859"))
        elif dictionary_vr == "PN":
            self._lose_text(bytes(value[:_MANY]), charset, name=True)
        elif tag in _TELLING:
            self._lose_telling(tag, bytes(value[:_MANY]), charset)

    def _lose_telling(self, tag: int, value: bytes, charset: CharacterSet) -> None:
        """Take note of an identifier, an address, the name of an institution or the birth date."""
        if tag == BIRTH_DATE:
            birth = value[:16].decode("ascii", "replace").strip(" \0").replace(".", "")
            self.needles.numbers.update(numbers_of_date(birth))
            self.needles.dates.update(spelled(birth))
        elif tag == INSTITUTION_NAME:
            # A single word is the vendor's name as often as the hospital's.
            if b" " in value.strip(b" \0"):
                self._lose_text(value, charset, name=False)
        elif tag in IDENTIFIERS or len(value) >= MIN_LONG:
            self._lose_text(value, charset, name=False)
            parts = re.split(rb"[,;^\r\n]+", value) if tag in ADDRESSES else []
            for part in map(bytes.strip, parts):
                if len(part) >= MIN_LONG:
                    self._lose_text(part, charset, name=False)

    def keep(
        self,
        start: int,
        path: Path,
        tag: int,
        value: bytes | memoryview,
        charset: CharacterSet,
        vr: str = "",
        *,
        public_code: bool = False,
    ) -> None:
        """Take note of a value that leaves the gateway as it came.

        Parameters
        ----------
        start
            Offset of the element, which names it.
        path, tag, value, charset
            Of the element.
        vr
            VR of the list that has a private element, or else of the dictionary, which counts where none is
            given. What the sender wrote there proves nothing.
        public_code
            Whether it is the value of a code of a public coding scheme.
        """
        if tag == SOP_CLASS_UID:
            # Compared with the command already; another one would make the instance something else.
            return
        vr = (vr or vr_of(tag) or "UN")[:2]
        if not len(value) or (vr in BINARY_VRS and len(value) <= _MAX_NUMBER):
            return
        if vr == "UI" and is_registered_uid(bytes(value).decode("iso8859").strip(" \0")):
            return
        if tag in DEFINED_TERMS:
            value = undefined_part(tag, bytes(value))
        if not len(value):
            return
        if vr in NUMBER_STRING_VRS:
            kind = self._numbers
        elif vr in TEXT_VRS or vr == "UN":
            kind = self._texts
        elif vr == "UI":
            kind = self._uids
        else:
            kind = self._small if len(value) <= _SMALL else self._large
        kind.append(Kept(start, path, tag, vr, value, charset, public_code))

    def _lose_uids(self, text: str) -> None:
        for uid in (part.strip(" \0") for part in text.split("\\")):
            if _is_telling(uid) and VALID.fullmatch(uid):
                if not self.keeps_uids:
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
            readings |= {as_utf_8(raw)} - {""}
            if len(raw.strip(b" \0")) >= MIN_SUBSTRING:
                self._raw.add(raw.strip(b" \0"))
        for reading in readings:
            for value in reading.split("\\"):
                (self.needles.add_name if name else self.needles.add)(value)
            if not reading.isascii():
                self._raw.update(encoded_forms(reading))

    def hits(self) -> Iterator[Hit]:
        """Yield every kept element that still holds something of the patient."""
        self._check_work()
        # Almost always nothing is there: values of a kind are searched at once before any by itself.
        if self._in_texts():
            yield from _hits(self._texts, self._in_text)
        if self.needles.in_numbers(listed(self._numbers)):
            yield from _hits(self._numbers, lambda kept: self.needles.in_numbers(listed([kept])))
        if self.needles.in_uids(listed(self._uids)):
            yield from _hits(self._uids, lambda kept: self.needles.in_uids(listed([kept])))
        if self._in_bytes(b"\xff".join(kept.value for kept in self._small), MIN_SUBSTRING):
            yield from _hits(self._small, lambda kept: self._in_bytes(kept.value, MIN_SUBSTRING))
        yield from _hits(self._large, lambda kept: self._in_bytes(kept.value, _shortest(kept.value)))

    def _check_work(self) -> None:
        if self.needles.searched <= MANY_VALUES:
            return
        kinds = (self._texts, self._numbers, self._uids, self._small, self._large)
        size = sum(len(kept.value) for kind in kinds for kept in kind)
        if size * self.needles.searched > MAX_WORK:
            raise Refused(Reason.LIMIT, "too many names to look for")

    def _in_texts(self) -> bool:
        blob = b";".join(kept.value for kept in self._texts)
        if any(needle in blob for needle in self._raw):
            return True
        return self.needles.in_text(folded_together(self._texts))

    def _in_text(self, kept: Kept) -> bool:
        raw = bytes(kept.value)
        if any(needle in raw for needle in self._raw):
            return True
        text = kept.folded()
        if kept.vr == "CS":
            return self.needles.in_term(text)
        return self.needles.in_code(text) if kept.public_code else self.needles.in_text(text)

    def _in_bytes(self, value: bytes | memoryview, shortest: int) -> bool:
        """Search a binary value in windows, so that a large one is not copied whole."""
        overlap = max(longest_form(self.needles), *map(len, self._raw), 0) if len(value) > _WINDOW else 0
        for position in range(0, len(value), _WINDOW):
            window = bytes(value[position : position + _WINDOW + overlap])
            if in_bytes(self.needles, window, shortest) or any(needle in window for needle in self._raw):
                return True
        return False

    def in_coded(self, value: memoryview) -> bool:
        """Search coded pixel data whose bitstream has a place for words that nothing strips.

        Only values of six characters and more: in so many bytes shorter ones stand by chance.
        """
        return self._in_bytes(value, _shortest(value))


def _hits(kind: list[Kept], is_in: Callable[[Kept], bool]) -> Iterator[Hit]:
    return (Hit(kept.start, kept.path, kept.tag) for kept in kind if is_in(kept))


def _shortest(value: bytes | memoryview) -> int:
    """Return how many characters hardly ever stand in so many bytes by chance."""
    return MIN_SUBSTRING if len(value) <= _SMALL else 5 if len(value) <= _MANY else 6


def _is_telling(uid: str) -> bool:
    return len(uid) > 8 and not is_registered_uid(uid)
