"""Is anything of the patient left? The last look before an instance leaves memory.

While the rewriter works it hands over what goes (`Evidence.lose`) and what stays
(`Evidence.keep`). Afterwards every identifying value that went is searched in everything that
stayed, as bytes and as decoded text. Values that the gateway wrote itself are functions of a
key and are not searched: a digest may hold any four characters by chance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.lexical import TEXT_VRS
from gateway.deidentify.uid import CLASS_UIDS
from gateway.standard.defined_terms import DEFINED_TERMS, undefined_part
from gateway.standard.dictionary import is_registered_uid, tag_of, vr_of

Path = tuple[int, ...]

MIN_SUBSTRING: Final = 4
"""Characters from which a value is searched anywhere; shorter ones only as whole words of text."""
MIN_WORD: Final = 2
MIN_NUMBER: Final = 5
"""Digits from which a purely numeric identifier is searched in numbers too."""

IDENTIFIERS: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "AdmissionID", "ServiceEpisodeID",
        "PatientAddress", "PatientTelephoneNumbers", "PatientTelecomInformation", "MedicalRecordLocator",
        "InsurancePlanIdentification", "PlacerOrderNumberImagingServiceRequest",
        "FillerOrderNumberImagingServiceRequest", "RequestedProcedureID", "ScheduledProcedureStepID",
        "ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers", "PersonAddress",
        "PersonTelephoneNumbers", "InstitutionAddress", "OrderCallbackPhoneNumber",
        "ResponsibleOrganization", "MilitaryRank", "BranchOfService", "CountryOfResidence",
        "RegionOfResidence",
    )
)  # fmt: skip
"""Attributes that name the patient, his stay or his orders, besides all Person Names and UIDs."""
BIRTH_DATE: Final = tag_of("PatientBirthDate")
_SHORT_AND_COMMON: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "StudyID",
        "RequestedProcedureID",
        "ScheduledProcedureStepID",
        "MilitaryRank",
        "BranchOfService",
        "CountryOfResidence",
        "RegionOfResidence",
    )
)
"""Identifiers that are often a single digit or an everyday word: searched only when long."""

_NUMERIC_VRS: Final = frozenset({"DS", "IS", "DA", "TM", "DT", "AS"})
_UNSEARCHED_VRS: Final = frozenset({"US", "SS", "UL", "SL", "FL", "FD", "AT", "UV", "SV", "UI"})
_PARTS: Final = re.compile(r"[\^=\s,.;:/\\'\"()\-_]+")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    tag: int
    vr: str
    value: bytes | memoryview
    charset: CharacterSet


@dataclass(slots=True)
class Evidence:
    """What went and what stayed of one instance."""

    _values: set[str] = field(default_factory=set)
    _words: set[str] = field(default_factory=set)
    _raw: set[bytes] = field(default_factory=set)
    _kept: list[_Kept] = field(default_factory=list)

    def lose(self, tag: int, value: bytes | memoryview, charset: CharacterSet) -> None:
        """Take note of a value that does not leave the gateway, if it identifies."""
        dictionary_vr = vr_of(tag) or ""
        if dictionary_vr == "UI":
            self._lose_uids(tag, bytes(value))
        elif dictionary_vr == "PN" or tag in IDENTIFIERS:
            self._lose_text(tag, dictionary_vr, bytes(value), charset)
        elif tag == BIRTH_DATE:
            self._lose_birth_date(bytes(value).decode("ascii", "replace").strip(" \0"))

    def keep(self, path: Path, tag: int, vr: str, value: bytes | memoryview, charset: CharacterSet) -> None:
        """Take note of a value that leaves the gateway as it came."""
        if vr in _UNSEARCHED_VRS or not len(value):
            return
        if tag in DEFINED_TERMS:
            value = undefined_part(tag, bytes(value))
        if value:
            self._kept.append(_Kept(path, tag, vr, value, charset))

    def _lose_uids(self, tag: int, raw: bytes) -> None:
        for uid in raw.decode("iso8859").strip(" \0").split("\\"):
            if len(uid) > 8 and tag not in CLASS_UIDS and not is_registered_uid(uid):
                self._values.add(uid)

    def _lose_text(self, tag: int, vr: str, raw: bytes, charset: CharacterSet) -> None:
        for value in charset.decode(raw).split("\\"):
            text = _folded(value)
            if tag in _SHORT_AND_COMMON and len(text) < MIN_NUMBER + 1:
                continue
            self._add(text)
            if vr != "PN":
                continue
            # The prefix and suffix components are titles (PS3.5 6.2.1.1); each group writes the name anew.
            for group in text.split("="):
                components = group.split("^")[:3]
                self._add(" ".join(part for part in components if part))
                for part in _PARTS.split(" ".join(components)):
                    self._add(part)
        if not raw.isascii() and len(raw.strip(b" \0")) >= MIN_SUBSTRING:
            self._raw.add(raw.strip(b" \0"))

    def _lose_birth_date(self, text: str) -> None:
        if len(text) != 8 or not text.isdigit() or not text.strip("0"):
            return
        year, month, day = text[:4], text[4:6], text[6:]
        for order in ((year, month, day), (day, month, year), (month, day, year)):
            self._values.update(separator.join(order) for separator in ("-", ".", "/"))
        self._values.add(text)

    def _add(self, text: str) -> None:
        if len(text) >= MIN_SUBSTRING:
            self._values.add(text)
        elif len(text) >= MIN_WORD:
            self._words.add(text)

    def hits(self) -> Iterator[tuple[Path, int]]:
        """Yield path and tag of every kept element that still holds something of the patient."""
        suspects = self._kept if self._any_left() else ()
        for kept in suspects:
            if self._holds(kept):
                yield kept.path, kept.tag

    def _any_left(self) -> bool:
        """Search all that was kept at once: almost always nothing is there."""
        blob = b"\0".join(kept.value for kept in self._kept)
        if not blob.isascii() or self._words:
            return True
        lowered = blob.lower()
        return any(value.encode() in lowered for value in self._values if value.isascii())

    def _holds(self, kept: _Kept) -> bool:
        raw = bytes(kept.value)
        lowered = raw.lower()
        if any(needle in raw for needle in self._raw):
            return True
        if kept.vr in TEXT_VRS:
            return self._text_holds(_folded(kept.charset.decode(raw)), kept.vr)
        if kept.vr in _NUMERIC_VRS:
            numbers = {number.strip(b" \0") for number in lowered.split(b"\\")}
            return any(value.encode() in numbers for value in self._values if len(value) > MIN_NUMBER)
        return any(self._bytes_hold(lowered, value) for value in self._values)

    def _text_holds(self, text: str, vr: str) -> bool:
        words = set(_WORD.findall(text))
        if vr == "CS":
            # A code string is a term, not text: it is the name as a whole word, or it is not.
            return not self._values.isdisjoint(words) or text in self._values
        if not self._words.isdisjoint(words):
            return True
        return any(_found(value, text) for value in self._values)

    @staticmethod
    def _bytes_hold(lowered: bytes, value: str) -> bool:
        if value.isdigit() and len(value) <= MIN_NUMBER:
            return False
        encodings = ("utf-8",) if value.isascii() else ("utf-8", "iso8859")
        needles = {value.encode(encoding, "ignore") for encoding in encodings} | {value.encode("utf-16-le")}
        return any(len(needle) >= MIN_SUBSTRING and needle in lowered for needle in needles)


def _found(value: str, text: str) -> bool:
    """Search a value in text; a number only where no other digit touches it."""
    if not value.isdigit():
        return value in text
    return re.search(rf"(?<!\d){value}(?!\d)", text) is not None


def _folded(text: str) -> str:
    """Return `text` for comparison: compatibility forms, case and padding do not count."""
    return unicodedata.normalize("NFKC", text).casefold().strip(" \0")
