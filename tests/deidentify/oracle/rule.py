"""What Table E.1-1, the options and the rules beyond the table say of an attribute (PS3.15 E.1, E.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.beyond_table import DESCRIPTORS, IDENTIFYING, LABELS
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import first_of_repeating, keyword_of, vr_of
from gateway.standard.method import Option

from .value import FREE_TEXT, LONG_TEXT

ROW = {int(row.tag, 16): row for row in ROWS if "x" not in row.tag and row.tag != "private"}
NAMES_OF_CLASSES = {
    *("SOPClassUID", "RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID", "SOPClassesInStudy"),
    *("SOPClassesSupported", "ReferencedSOPClassUID", "CodingSchemeUID", "ContextUID", "MappingResourceUID"),
    *("ContextGroupExtensionCreatorUID", "StoredInstanceTransferSyntaxUID", "AvailableTransferSyntaxUID"),
    *("FlowTransferSyntaxUID", "MACCalculationTransferSyntaxUID", "EncryptedContentTransferSyntaxUID"),
}
PRODUCT_DATES = {
    *("CalibrationDateTime", "ProductExpirationDateTime", "EffectiveDateTime", "InformationIssueDateTime"),
}
MADE_AND_INSTALLED = {"DateOfManufacture", "DateOfInstallation"}
OF_THE_TREATMENT = {"BeamHoldTransitionDateTime"}
"""Listed with the device, yet the day on which the patient was treated."""
CODE_VALUES = {"CodeValue", "LongCodeValue", "URNCodeValue", "CodingSchemeDesignator", "CodingSchemeVersion"}
CODES = {*CODE_VALUES, "CodeMeaning"}
DESCRIPTIVE = {
    *(Option.CLEAN_DESCRIPTORS, Option.CLEAN_GRAPHICS, Option.CLEAN_STRUCTURED_CONTENT),
    Option.RETAIN_PATIENT_CHARACTERISTICS,
}
"""Options that clean text of all words that are no vocabulary."""
ANY = "X/Z/D"


@dataclass(frozen=True)
class Ruling:
    """What is to be done to an element at its place.

    `value` is written as it is; `strict` says that of a text only vocabulary stays.
    """

    action: str
    fallback: str
    vr: str
    strict: bool = False
    value: object = None
    is_time_zone: bool = False
    is_override: bool = False


class Rules:
    """The rules of a set of options, and of a profile's overrides, for the IOD of one SOP Class.

    An override is named by the tag alone, or by the tags of the enclosing sequences and its own.
    """

    def __init__(
        self,
        options: frozenset[Option],
        sop_class_uid: str,
        overrides: Mapping[tuple[int, ...], str],
        *,
        cap_ages: bool,
    ) -> None:
        self.options, self.sop_class_uid, self.cap_ages = options, sop_class_uid, cap_ages
        self.overrides = overrides

    def ruling(self, tag: int, path: tuple[int, ...]) -> Ruling:
        vr = vr_of(tag) or "UN"
        row = ROW.get(tag)
        # An override of a plane or curve is for all of them.
        first = first_of_repeating(tag)
        code = self.overrides.get((*path, first), self.overrides.get((first,)))
        if code is not None:
            base = row.basic if row and row.basic != code else ANY
            return Ruling(code, self.resolved(base, tag, path), vr, is_override=True)
        if _is_no_attribute(tag, row):
            return Ruling("X", "X", vr)
        code, option = self._of_row(row) if row else self._beyond(tag, vr, path)
        base = row.basic if row else ANY
        fallback = self.resolved(base if base != code else ANY, tag, path)
        if keyword_of(tag) in CODES and fallback == "X":
            fallback = "D"
        action = self.resolved(code, tag, path)
        kept_text = action == "K" and vr in FREE_TEXT and keyword_of(tag) not in CODE_VALUES
        if (
            kept_text
            and Option.CLEAN_DESCRIPTORS in self.options
            and option in (None, Option.RETAIN_PATIENT_CHARACTERISTICS)
        ):
            # Kept for itself, and not for whom it names: what the header knows goes all the same.
            return Ruling("C", fallback, vr)
        is_time_zone = option == Option.RETAIN_MODIFIED_DATES
        return Ruling(action, fallback, vr, strict=option in DESCRIPTIVE, is_time_zone=is_time_zone)

    def _of_row(self, row) -> tuple[str, Option | None]:
        codes = {option: code for option, code in row.options.items() if option in self.options}
        device = row.options.get(Option.RETAIN_DEVICE_IDENTITY) == "K" or row.keyword in PRODUCT_DATES
        if Option.RETAIN_MODIFIED_DATES in codes:
            if device and row.keyword not in OF_THE_TREATMENT:
                del codes[Option.RETAIN_MODIFIED_DATES]
            if row.keyword not in MADE_AND_INSTALLED:
                codes.pop(Option.RETAIN_DEVICE_IDENTITY, None)
        if not codes:
            return row.basic, None
        (code,) = set(codes.values())
        option = min(codes, key=list(Option).index)
        return ("C" if row.vr == "AS" and code == "K" and self.cap_ages else code), option

    def _beyond(self, tag: int, vr: str, path: tuple[int, ...]) -> tuple[str, Option | None]:
        if vr == "UI":
            is_kept = keyword_of(tag) in NAMES_OF_CLASSES or Option.RETAIN_UIDS in self.options
            return ("K" if is_kept else "U"), None
        if tag in IDENTIFYING:
            return ("X/Z" if vr == "SQ" else ANY), None
        cleans = Option.CLEAN_DESCRIPTORS in self.options
        if tag in DESCRIPTORS:
            return ("C", Option.CLEAN_DESCRIPTORS) if cleans else (ANY, None)
        if vr in ("PN", "DA", "DT", "TM") or self._is_foreign(tag, vr, path):
            return ANY, None
        return ("C", Option.CLEAN_DESCRIPTORS) if cleans and tag in LABELS else ("K", None)

    def _is_foreign(self, tag: int, vr: str, path: tuple[int, ...]) -> bool:
        """Tell whether words stand where the IOD has none (PS3.15 E.1.1 note 13)."""
        return (
            (vr in LONG_TEXT or (vr in ("LO", "SH") and tag >> 16 not in (0x0018, 0x0028, 0x0054)))
            and keyword_of(tag) not in CODES
            and iod_known(self.sop_class_uid)
            and attribute_type(self.sop_class_uid, path, tag) is None
        )

    def resolved(self, action: str, tag: int, path: tuple[int, ...]) -> str:
        if "/" not in action:
            return action
        choices = action.removesuffix("*").split("/")
        kind = attribute_type(self.sop_class_uid, path, tag)
        if kind is None:
            return choices[0] if iod_known(self.sop_class_uid) else choices[-1]
        if kind.startswith("2") and choices[-1] != "U" and "Z" in choices:
            return "Z"
        return choices[0] if kind == "3" else choices[-1]


def _is_no_attribute(tag: int, row) -> bool:
    group = tag >> 16
    return (
        group % 2 == 1
        or group <= 4
        or tag & 0xFFFF == 0
        or 0x5000 <= group <= 0x50FF
        or 0x6000 <= group <= 0x60FF
        or (vr_of(tag) is None and row is None)
    )
