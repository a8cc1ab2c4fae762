"""Every row of PS3.15 Table E.1-1, planted by its VR.

The table is read as data, from the file that the project ships; no rule of the gateway is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from .answer import Class
from .draft import Draft
from .encoding import DataSet, Element, Value, items, tag_of
from .people import Name
from .texts import fits

TABLE: Final = Path(__file__).resolve().parents[3] / "gateway" / "standard" / "confidentiality_profile.json"
_MADE_BY_OTHERS: Final = frozenset(
    {"PatientName", "PatientID", "PatientSex", "PatientAge", "PatientSize", "PatientWeight"}
)
"""Made for every instance, with checks of their own."""
_KEPT: Final = "retain_patient_characteristics"
_PRODUCT_DATES: Final = frozenset(
    {"CalibrationDateTime", "ProductExpirationDateTime", "EffectiveDateTime", "InformationIssueDateTime"}
)
"""Dates of a device or a drug: known to others, so moving them would tell by how much dates move."""
_REPEATING: Final = {"50xxxxxx": "50003000", "60xx3000": "60003000", "60xx4000": "60004000"}
_TEXTS: Final = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
_HARMLESS: Final[dict[str, Value]] = {
    "US": 1,
    "AS": "045Y",
    "CS": "NO",
    "UR": "https://loinc.org/76691-5",
    "SQ": [items(CodeValue="76691-5", CodingSchemeDesignator="LN", CodeMeaning="Gender identity")],
}
"""What says nothing of anybody, for attributes that stay or in which nothing can be written."""
_WORDS: Final = {"SH": 16, "CS": 16, "AE": 16}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table, as far as planting needs it."""

    tag: int
    keyword: str
    vr: str
    basic: str
    options: dict[str, str]

    @property
    def moved(self) -> bool:
        """Whether a date of this row moves with the patient's; dates of devices need not."""
        device = "retain_device_identity" in self.options or self.keyword in _PRODUCT_DATES
        return "retain_modified_dates" in self.options and not device

    @property
    def public(self) -> bool:
        """Whether it is the version of a vocabulary, which is the same for all patients."""
        return self.keyword.endswith("Version") and self.vr == "DT"


@cache
def rows() -> tuple[Row, ...]:
    """Return the rows that can be planted as an element; repeating groups get their first group."""
    content = json.loads(TABLE.read_text(encoding="utf-8"))["rows"]
    return tuple(
        Row(
            int(_REPEATING.get(row["tag"], row["tag"]), 16),
            row["keyword"] or row["name"],
            (row["vr"] or "OW")[:2],
            row["basic"],
            row["options"],
        )
        for row in content
        if row["tag"] != "private"
    )


def plant_rows(draft: Draft, count: int) -> None:
    """Plant the next `count` rows of the table, at the top level or inside a sequence."""
    table = rows()
    for _ in range(count):
        row = table[draft.turn("rows", len(table))]
        group = row.tag >> 16
        if (
            row.keyword in _MADE_BY_OTHERS
            or group in (0x0000, 0x0002)
            or row.keyword == "EncapsulatedDocument"
        ):
            continue
        nested = draft.turn("nested rows", 3) == 2 and group > 0x0008 and row.vr != "SQ"
        target, path = (_nest(draft), "00400275") if nested else (draft.data, "")
        if row.tag not in target and (nested or not _taken(draft, row.tag)):
            plant(draft, row, target, path)


def _taken(draft: Draft, tag: int) -> bool:
    return tag in draft.types


def _nest(draft: Draft) -> DataSet:
    """Return the item of the Request Attributes Sequence, which almost every image may have."""
    element = draft.data.get(0x00400275)
    if element is None:
        element = draft.data[0x00400275] = Element("SQ", [DataSet()])
    assert isinstance(element.value, list)
    return element.value[0]  # type: ignore[no-any-return]


def plant(draft: Draft, row: Row, target: DataSet, path: str) -> None:
    """Plant one row into a data set."""
    place = f"{path}/{row.tag:08X}" if path else f"{row.tag:08X}"
    why = f"table row {row.keyword}"
    harmless = _HARMLESS.get(row.vr)
    if harmless is not None and (row.vr in ("US", "AS") or row.options.get(_KEPT) == "K"):
        target.put(row.tag, harmless, row.vr)
        return
    plants = {"UI": _uid, "SQ": _sequence, "DA": _when, "TM": _when, "DT": _when, "PN": _person}
    if row.vr in plants:
        plants[row.vr](draft, row, target, place)
    elif row.vr in _TEXTS:
        target.put(row.tag, _text(draft, row, place, why), row.vr)
    elif row.vr in ("AE", "CS", "UR", "DS", "IS"):
        value = _short(draft, row.vr)
        target.put(row.tag, value, row.vr)
        draft.secret(value, why, place)
    elif row.vr in ("OB", "OW", "UN"):
        name = draft.secret_name(draft.stranger(), why)
        target.put(row.tag, f"{name.given} {name.family}".encode() + b"\0\1\2\3", row.vr)
        draft.check(Class.TEXT_REMOVED, place, name.family, why)


def _text(draft: Draft, row: Row, place: str, why: str) -> str:
    # What is kept can only be cleaned of what is known.
    known = row.options.get(_KEPT) == "K" or draft.turn("whose", 3) == 0
    name = draft.patient.name if known else draft.stranger()
    number = f"{draft.rng.randrange(10**8, 10**9)}"
    native = draft.script.secrets[-1] if draft.script.secrets else name.family
    plants = (
        (f"note for {name.given} {name.family}", (name.family, name.given)),
        (f"{native} {number}", (native, number)),
        (name.family, (name.family,)),
        (f"ZK-{number}", (f"ZK-{number}",)),
    )
    first = 2 if row.options.get(_KEPT) == "K" else draft.turn("plants", len(plants))
    longest = _WORDS.get(row.vr, 64)
    for text, secrets in (*plants[first:], *plants[::-1]):
        if len(text) <= longest and fits(draft, text, row.vr):
            for secret in secrets:
                draft.secret(secret, why, place)
            return text
    raise ValueError(f"nothing fits {row.keyword}")


def _short(draft: Draft, vr: str) -> str:
    number = draft.rng.randrange(10**8, 10**9)
    if vr == "UR":
        return f"https://{draft.hospital.host}/{number}"
    if vr == "DS":
        return f"{number % 90}.{number}"
    if vr == "IS":
        return str(number)
    return f"{draft.stranger().family[:6].upper()}_{number}"[:16]


def _uid(draft: Draft, row: Row, target: DataSet, place: str) -> None:
    value = draft.new_uid(row.keyword)
    target.put(row.tag, value, "UI")
    draft.refer(value, place)


def _person(draft: Draft, row: Row, target: DataSet, place: str) -> None:
    name = draft.stranger()
    target.put(row.tag, name.dicom, "PN")
    draft.secret_name(name, f"table row {row.keyword}", place)


def _when(draft: Draft, row: Row, target: DataSet, place: str) -> None:
    time = f"{draft.rng.randrange(10, 24)}{draft.rng.randrange(10, 60)}{draft.rng.randrange(10, 60)}"
    date = _day_of(draft)
    if row.vr == "TM":
        target.put(row.tag, time, "TM")
        if row.moved:
            draft.time(place, time)
        return
    if row.public:
        target.put(row.tag, "20200914", row.vr)
        return
    value = date if row.vr == "DA" else f"{date}{time}.{draft.rng.randrange(10**5, 10**6)}"
    target.put(row.tag, value, row.vr)
    if row.moved:
        draft.date(place, value, f"table row {row.keyword}")
    else:
        draft.check(Class.TEXT_REMOVED, place, value, f"table row {row.keyword}")


def _day_of(draft: Draft) -> str:
    year, rest = int(draft.study.date[:4]), draft.study.date[4:]
    return f"{year - draft.rng.randrange(0, 4)}{rest[:2]}{draft.rng.randrange(1, 29):02}"


def _sequence(draft: Draft, row: Row, target: DataSet, place: str) -> None:
    """Plant an item that a sequence of people, places, codes or references may have."""
    name, why = draft.stranger(), f"table row {row.keyword}"
    uid = draft.new_uid("item")
    person: Name = draft.secret_name(name, why)
    content = items(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2",
        ReferencedSOPInstanceUID=uid,
        InstitutionName=draft.hospital.name,
        InstitutionAddress=draft.hospital.address,
        PersonIdentificationCodeSequence=[
            items(
                CodeValue=f"ST{draft.rng.randrange(10**6, 10**7)}",
                CodingSchemeDesignator="99STAFF",
                CodeMeaning=f"Dr {person.given} {person.family}",
            )
        ],
        PersonName=person.dicom,
        PersonTelephoneNumbers=f"(01632) 96{draft.rng.randrange(1000, 9999)}",
    )
    target.put(row.tag, [content], "SQ")
    code = content[0x00401101].value
    assert isinstance(code, list)
    draft.secret(str(code[0][0x00080100].value), why)
    draft.uids.setdefault(uid, place)
    for keyword in ("InstitutionName", "InstitutionAddress", "PersonTelephoneNumbers"):
        draft.secret(str(content[tag_of(keyword)].value), why, f"{place}/{keyword}")
    draft.check(Class.TEXT_REMOVED, f"{place}/PersonName", person.family, why)
