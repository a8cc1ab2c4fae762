"""Clean Structured Content: Table E.3.4-1 over content items (PS3.15 E.3.4)."""

from __future__ import annotations

import json
import re
from importlib.resources import files

from pydicom.dataset import Dataset

from gateway.standard.dictionary import keyword_of, tag_of, vr_of
from gateway.standard.method import Option
from gateway.standard.structured_content import BEYOND_TABLE

from .reading import items_of, short_text
from .rule import Ruling

_JSON = json.loads((files("gateway.standard") / "structured_content.json").read_text("utf-8"))
TABLE = [
    ({row["value"], *row["earlier"]}, row["scheme"], row["value_type"], row["basic"], row["options"])
    for row in _JSON["rows"]
] + [({row.value}, row.scheme, row.value_type, row.basic, dict(row.options)) for row in BEYOND_TABLE]
CALIBRATION = "113723"
SAME_SCHEME = {
    **dict.fromkeys(("SRT", "SNM3", "99SDM", "SNOMED-RT", "SNOMED-CT", "SNOMEDCT"), "SCT"),
    "LOINC": "LN",
    "NCI": "NCIT",
    "NCDR": "NCDR [2.0B]",
}
KIND = {
    "TextValue": "TEXT",
    "UnformattedTextValue": "TEXT",
    "PersonName": "PNAME",
    "UID": "UIDREF",
    "Date": "DATE",
    "Time": "TIME",
    "DateTime": "DATETIME",
    "ConceptCodeSequence": "CODE",
    "MeasuredValueSequence": "NUM",
    "NumericValue": "NUM",
    "FloatingPointValue": "NUM",
    "RationalNumeratorValue": "NUM",
    "RationalDenominatorValue": "NUM",
    "ReferencedSOPSequence": "COMPOSITE",
}
KINDS = {*KIND.values(), "IMAGE", "WAVEFORM", "CONTAINER", "SCOORD", "SCOORD3D", "TCOORD", "TABLE"}
CONTENT = {
    *("ContentSequence", "AcquisitionContextSequence", "WaveformAnnotationSequence"),
    "SpecimenPreparationStepContentItemSequence",
}
ONLY_IN_ITEMS = ("ValueType", "TextValue", "PersonName", "Date", "Time", "DateTime")
DATES, REFERENCES = {"DATE", "TIME", "DATETIME"}, {"IMAGE", "WAVEFORM", "COMPOSITE"}
POINTERS = {*REFERENCES, "UIDREF"}
YEARS_OF = {"a": 1, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766, "min": 1 / 525960}
MILD_TO_STRICT = "KUCDX"


def is_content_item(sequence: int, item: Dataset) -> bool:
    return keyword_of(sequence) in CONTENT or any(tag_of(keyword) in item for keyword in ONLY_IN_ITEMS)


def names_positions(data_set: Dataset) -> bool:
    """Tell whether an item of a report refers to another one by its position."""
    return tag_of("ReferencedContentItemIdentifier") in data_set or any(
        names_positions(item) for item in items_of(data_set, tag_of("ContentSequence"))
    )


def of_nothing(sequence: int, path: tuple[int, ...]) -> str:
    """Return what is written for a sequence that lost all its items; X, Z, or D for a dummy item."""
    if keyword_of(sequence) == "ContentSequence" and not path:
        return "D"
    return "Z" if keyword_of(sequence) == "AcquisitionContextSequence" else "X"


class Content:
    """Judges content items under a set of options."""

    def __init__(self, options: frozenset[Option], *, cap_ages: bool) -> None:
        self.options, self.cap_ages = options, cap_ages

    def judged(
        self, item: Dataset, terms: tuple[str, ...], *, holds_its_place: bool
    ) -> dict[int, Ruling] | None:
        """Return rulings for an item's own attributes, None where the whole item goes."""
        rows = [row for row in TABLE if self._names(item, terms, row)]
        said = short_text(item, tag_of("ValueType"), terms).upper()
        value_type = said if said in KINDS else ""
        decided = {}
        for keyword, kind in KIND.items():
            if tag_of(keyword) in item:
                is_reference = keyword == "ReferencedSOPSequence" and value_type in ("IMAGE", "WAVEFORM")
                decided[keyword] = self._decision(value_type if is_reference else kind, rows)
        strictest = max([self._decision(value_type, rows), *decided.values()], key=_strictness)
        if strictest[0] == "X":
            return self._removed(item, terms, decided, holds_its_place=holds_its_place)
        actions = {keyword: action for keyword, (action, _) in decided.items()}
        is_age = any(of_age for _, of_age in decided.values())
        if is_age and self.cap_ages and not _is_below_ninety(item, terms):
            actions = dict.fromkeys(actions, "D")
        return _own(actions)

    def _removed(self, item, terms, decided, *, holds_its_place) -> dict[int, Ruling] | None:
        if short_text(item, tag_of("RelationshipType"), terms) == "SELECTED FROM":
            holds_its_place = True
        below = items_of(item, tag_of("ContentSequence")) != []
        if decided and (holds_its_place or below):
            return _own(dict.fromkeys(decided, "D"))
        if not holds_its_place:
            return None
        return {tag_of("ContentSequence"): Ruling("X", "X", "SQ")} if below else {}

    def _names(self, item: Dataset, terms: tuple[str, ...], row) -> bool:
        """Tell whether the concept name of an item is that of a row."""
        values, scheme, *_ = row
        for name in items_of(item, tag_of("ConceptNameCodeSequence")):
            for code in (name, *items_of(name, tag_of("EquivalentCodeSequence"))):
                named = short_text(code, tag_of("CodingSchemeDesignator"), terms).strip().upper()
                if SAME_SCHEME.get(named, named) == SAME_SCHEME.get(scheme.upper(), scheme.upper()):
                    written = {short_text(code, tag_of(k), terms) for k in ("CodeValue", "LongCodeValue")}
                    if written & values:
                        return True
                tail = re.split("[:/.#]", short_text(code, tag_of("URNCodeValue"), terms))[-1]
                if len(tail) >= 5 and tail in values:
                    return True
        return False

    def _decision(self, kind: str, rows: list) -> tuple[str, bool]:
        """Return the action for a value of a kind under a concept name, and whether it is an age."""
        same = [row for row in rows if row[2] == kind]
        for family in (DATES, POINTERS):
            if not same and kind in family:
                same = [row for row in rows if row[2] in family]
        if same:
            return max((self._of_row(row) for row in same), key=_strictness)
        other = [row for row in rows if _reaches(row, kind)]
        if other:
            return max((("X" if row[3] == "X" else "D", False) for row in other), key=_strictness)
        return self._of_kind(kind), False

    def _of_row(self, row) -> tuple[str, bool]:
        values, _, value_type, basic, options = row
        codes = {code for option, code in options.items() if option in self.options}
        of_age = value_type == "NUM" and Option.RETAIN_PATIENT_CHARACTERISTICS in options
        if "K" in codes:
            return "K", of_age
        if "C" in codes and CALIBRATION not in values:
            return "C", of_age
        return ("X" if basic == "X" else "D"), of_age

    def _of_kind(self, kind: str) -> str:
        if kind == "PNAME":
            return "D"
        if kind == "TEXT":
            return "C" if Option.CLEAN_DESCRIPTORS in self.options else "D"
        if kind in DATES:
            if Option.RETAIN_FULL_DATES in self.options:
                return "K"
            return "C" if Option.RETAIN_MODIFIED_DATES in self.options else "D"
        return "U" if kind == "UIDREF" and Option.RETAIN_UIDS not in self.options else "K"


def _strictness(decision: tuple[str, bool]) -> int:
    return MILD_TO_STRICT.index(decision[0])


def _reaches(row, kind: str) -> bool:
    """Tell whether a concept identifies in a value of a kind that its row does not have."""
    _, _, value_type, _, options = row
    if kind in ("CODE", "NUM"):
        describes = Option.CLEAN_DESCRIPTORS in options and Option.RETAIN_DEVICE_IDENTITY not in options
        return not describes and value_type not in REFERENCES
    return kind in {"TEXT", "PNAME", "UIDREF", *DATES}


def _applied(keyword: str, action: str) -> Ruling:
    """Return the ruling of an attribute; a dummy is what leaves it valid and without its value."""
    if action == "D":
        if keyword in ("FloatingPointValue", "RationalNumeratorValue", "RationalDenominatorValue"):
            action = "X"
        else:
            special = {"UID": "U", "MeasuredValueSequence": "Z", "ReferencedSOPSequence": "K"}
            action = special.get(keyword, "D")
    return Ruling(action, "D", vr_of(tag_of(keyword)), strict=True)


def _own(actions: dict[str, str]) -> dict[int, Ruling]:
    """Return rulings by tag; codes, numbers and references that stay are the matter of the other rules."""
    rulings = {keyword: _applied(keyword, action) for keyword, action in actions.items()}
    return {
        tag_of(keyword): ruling
        for keyword, ruling in rulings.items()
        if ruling.action != "K" or KIND[keyword] not in {"CODE", "NUM", *REFERENCES}
    }


def _is_below_ninety(item: Dataset, terms: tuple[str, ...]) -> bool:
    for holder in (item, *items_of(item, tag_of("MeasuredValueSequence"))):
        exact = ("FloatingPointValue", "RationalNumeratorValue", "RationalDenominatorValue")
        if any(tag_of(keyword) in holder for keyword in exact):
            return False
        if tag_of("NumericValue") not in holder:
            continue
        units = items_of(holder, tag_of("MeasurementUnitsCodeSequence"))
        codes = {short_text(unit, tag_of("CodeValue"), terms) for unit in units}
        try:
            years = float(short_text(holder, tag_of("NumericValue"), terms)) * YEARS_OF[codes.pop()]
        except (ValueError, KeyError):
            return False
        if codes or not 0 <= years <= 89:
            return False
    return True
