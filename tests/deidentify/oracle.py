"""The same rules once more, slowly and obviously, over pydicom's reading of a data set.

Of the code under test it uses the facts of the Standard (`gateway.standard`) and nothing else. The result is
a plain tree: bytes without padding by tag, and lists of trees for sequences.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from datetime import date, timedelta
from uuid import UUID

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.beyond_table import IDENTIFYING
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import is_well_known_uid, keyword_of, vr_of
from gateway.standard.method import Option

ROW = {int(row.tag, 16): row for row in ROWS if "x" not in row.tag and row.tag != "private"}
PIXEL_DATA = 0x7FE00010
PIXEL_REPRESENTATION = 0x00280103
PIXELS = {PIXEL_DATA, 0x7FE00008, 0x7FE00009}
OFFSET_TABLES = {0x7FE00001, 0x7FE00002}
MARKERS = {0x00120062, 0x00120063, 0x00120064, 0x00280303, 0x0018A001}
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DUMMY_SEQUENCES = {
    *("PersonIdentificationCodeSequence", "InstitutionCodeSequence", "OperatorIdentificationSequence"),
    *(
        "VerifyingObserverSequence",
        "ContentSequence",
        "GraphicAnnotationSequence",
        "WaveformAnnotationSequence",
    ),
}
DUMMY_ITEMS = object()
"""Stands for the items that replace those of a sequence."""

NAMES_OF_CLASSES = {
    *("SOPClassUID", "RelatedGeneralSOPClassUID", "OriginalSpecializedSOPClassUID", "SOPClassesInStudy"),
    *("SOPClassesSupported", "ReferencedSOPClassUID", "CodingSchemeUID", "ContextUID", "MappingResourceUID"),
    *("ContextGroupExtensionCreatorUID", "StoredInstanceTransferSyntaxUID", "AvailableTransferSyntaxUID"),
    *("FlowTransferSyntaxUID", "MACCalculationTransferSyntaxUID", "EncryptedContentTransferSyntaxUID"),
}
PRODUCT_DATES = {
    "CalibrationDateTime",
    "ProductExpirationDateTime",
    "EffectiveDateTime",
    "InformationIssueDateTime",
}
VOCABULARY_DATES = {
    "ContextGroupVersion",
    "ContextGroupLocalVersion",
    "TemplateVersion",
    "TemplateLocalVersion",
}
CODES = {
    *("CodeValue", "CodeMeaning", "LongCodeValue", "URNCodeValue"),
    *("CodingSchemeDesignator", "CodingSchemeVersion"),
}
LONG_TEXT = {"LT", "ST", "UC", "UR", "UT"}
WORDS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
LETTERS = {
    "AS": rb"[0-9DWMY \\\0]*", "DA": rb"[0-9.\-\\ \0]*", "TM": rb"[0-9.:\-\\ \0]*", "DT": rb"[0-9.+\-\\ \0]*",
    "DS": rb"[0-9+\-eE.,\\ \0]*|[+-]?(?i:nan|inf|infinity)[ \0]*", "IS": rb"[0-9+\-.\\ \0]*",
    "UI": rb"[0-9.\\ \0]*",
}  # fmt: skip
SIZE = {
    "AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8,
    "OB": 1, "OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8,
}  # fmt: skip
DUMMY = {
    "AE": b"REMOVED", "AS": b"000Y", "CS": b"REMOVED", "DA": b"19000101", "DS": b"0", "DT": b"19000101000000",
    "IS": b"0", "LO": b"REMOVED", "LT": b"REMOVED", "PN": b"Removed", "SH": b"REMOVED", "ST": b"REMOVED",
    "TM": b"000000", "UC": b"REMOVED", "UR": b"urn:removed", "UT": b"REMOVED",
}  # fmt: skip


class Keys:
    """RFC 5869 and HMAC-SHA256, written out."""

    def __init__(self, secret: bytes) -> None:
        self._root = hmac.digest(bytes(32), secret, "sha256")

    def digest(self, purpose: str, *parts: str) -> bytes:
        info = f"deidentification-gateway/v1/{purpose}".encode()
        subkey = hmac.digest(self._root, info + b"\1", "sha256")
        message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.digest(subkey, message, "sha256")

    def code(self, purpose: str, *parts: str) -> str:
        bits = "".join(f"{byte:08b}" for byte in self.digest(purpose, *parts))
        return "".join(ALPHABET[int(bits[place : place + 5], 2)] for place in range(0, 65, 5))

    def uid(self, original: str) -> str:
        if is_well_known_uid(original):
            return original
        digits = list(self.digest("uid", original)[:16].hex())
        digits[12] = "8"
        digits[16] = "89ab"[int(digits[16], 16) & 3]
        return f"2.25.{UUID(''.join(digits)).int}"


def plain(raw: bytes) -> bytes:
    return raw.rstrip(b" \0")


def raw_value(data_set: Dataset, tag: int) -> tuple[str, bytes] | None:
    """Return VR and bytes of an element that pydicom has not converted; None for sequences it has read."""
    element = data_set.get_item(tag)
    if tag == PIXEL_REPRESENTATION and isinstance(element, RawDataElement):
        return "US", bytes(sorted(element.value or b"", reverse=True))
    if isinstance(element, RawDataElement):
        return (element.VR or vr_of(tag) or "UN")[:2], element.value or b""
    if element.VR == "SQ":
        return None
    # pydicom converts Specific Character Set and Pixel Representation while it reads; the byte
    # order of the latter, 0 or 1, is lost then, and made the same above.
    if isinstance(element.value, int):
        return element.VR, element.value.to_bytes(2, "little")
    values = [element.value] if isinstance(element.value, str) else element.value or [""]
    return element.VR[:2], "\\".join(values).encode("ascii", "replace")


class Oracle:
    """De-identifies one instance."""

    def __init__(self, data_set: Dataset, secret: bytes, options: set[Option]) -> None:
        self.data_set, self.options, self.keys = data_set, options, Keys(secret)
        self.sop_class_uid = self._text(0x00080016)
        self.study = self._text(0x0020000D)
        self.identity = self._identity(self._text(0x00100020))
        self.days = int.from_bytes(self.keys.digest("date-shift", *self.identity)[:8], "big") % 365 + 1

    def _text(self, tag: int) -> str:
        if tag not in self.data_set:
            return ""
        found = raw_value(self.data_set, tag)
        return "" if found is None else found[1].decode("utf-8", "replace").strip(" \0")

    def _identity(self, patient_id: str) -> tuple[str, str, str, str]:
        value = unicodedata.normalize("NFC", patient_id.strip(" \0\t\r\n"))
        return ("1", "patient", "", value) if value else ("1", "study", "", self.study)

    def tree(self) -> dict:
        found = self._items_of(self.data_set, ())
        found.setdefault(0x00100010, self.pseudonym(self.identity))
        found.setdefault(0x00100020, self.pseudonym(self.identity))
        return {tag: value for tag, value in found.items() if tag not in MARKERS}

    def pseudonym(self, identity: tuple[str, ...]) -> bytes:
        return self.keys.code("patient-id", *identity).encode()

    def _items_of(self, data_set: Dataset, path: tuple[int, ...]) -> dict:
        found = {}
        for tag in sorted(map(int, data_set.keys())):
            value = self._element(data_set, tag, path)
            if value is not None:
                found[tag] = value
        return found

    def _element(self, data_set: Dataset, tag: int, path: tuple[int, ...]) -> bytes | list | object | None:
        group, vr = tag >> 16, vr_of(tag)
        if (
            group % 2
            or group <= 4
            or tag & 0xFFFF == 0
            or 0x5000 <= group <= 0x50FF
            or 0x6000 <= group <= 0x60FF
        ):
            return None
        if vr is None and tag not in ROW:
            return None
        if tag in PIXELS:
            found = raw_value(data_set, tag)
            return None if path or found is None else found[1]
        if tag in OFFSET_TABLES and path:
            return None
        action = self._resolved(self._action(tag, vr or "UN", path), path, tag)
        if action == "X":
            return None
        if vr == "SQ":
            return self._sequence(data_set, tag, action, path)
        return self._plain_element(data_set, tag, vr or "UN", action, path)

    def _plain_element(self, data_set, tag, vr, action, path):
        found = raw_value(data_set, tag)
        if found is None:
            return None
        sent_vr, raw = found
        row = ROW.get(tag)
        # What an option keeps or cleans and cannot, goes as the profile without options has it.
        fallback = self._resolved(row.basic if row and row.basic != action else "X/Z/D", path, tag)
        if action == "K":
            if fits(raw, sent_vr, vr):
                return raw
            action = fallback
        value = None if action == "X" else self._value(tag, vr[:2], action, raw)
        if value is None and fallback != "X":
            value = self._value(tag, vr[:2], fallback, raw)
        return value

    def _action(self, tag: int, vr: str, path: tuple[int, ...]) -> str:
        row = ROW.get(tag)
        if row is None:
            if vr == "UI":
                return "K" if keyword_of(tag) in NAMES_OF_CLASSES else "U"
            if tag in IDENTIFYING:
                return "X/Z"
            return "X/Z/D" if vr in ("PN", "DA", "DT", "TM") or self._is_foreign(tag, vr, path) else "K"
        device = row.options.get(Option.RETAIN_DEVICE_IDENTITY) == "K" or row.keyword in PRODUCT_DATES
        if Option.RETAIN_MODIFIED_DATES in self.options & row.options.keys() and not device:
            return "C"
        if Option.RETAIN_PATIENT_CHARACTERISTICS in self.options and (
            row.options.get(Option.RETAIN_PATIENT_CHARACTERISTICS) == "K"
        ):
            return "C" if row.vr == "AS" else "K"
        return row.basic

    def _is_foreign(self, tag: int, vr: str, path: tuple[int, ...]) -> bool:
        """Tell whether words stand where the IOD has none (PS3.15 E.1.1 note 13)."""
        return (
            (vr in LONG_TEXT or (vr in ("LO", "SH") and tag >> 16 not in (0x0018, 0x0028, 0x0054)))
            and keyword_of(tag) not in CODES
            and iod_known(self.sop_class_uid)
            and attribute_type(self.sop_class_uid, path, tag) is None
        )

    def _resolved(self, action: str, path: tuple[int, ...], tag: int) -> str:
        if "/" not in action:
            return action
        choices = action.removesuffix("*").split("/")
        kind = attribute_type(self.sop_class_uid, path, tag)
        if kind is None:
            return choices[0] if iod_known(self.sop_class_uid) else choices[-1]
        if kind.startswith("2") and choices[-1] != "U" and "Z" in choices:
            return "Z"
        return choices[0] if kind == "3" else choices[-1]

    def _sequence(
        self, data_set: Dataset, tag: int, action: str, path: tuple[int, ...]
    ) -> list | object | None:
        found = raw_value(data_set, tag)
        if found is not None and (found[0] not in ("SQ", "UN") or not begins_like_items(found[1])):
            return None
        if action == "Z":
            return []
        if action == "D" and keyword_of(tag) in DUMMY_SEQUENCES:
            return DUMMY_ITEMS
        return [self._items_of(item, (*path, tag)) for item in data_set[tag].value]

    def _value(self, tag: int, vr: str, action: str, raw: bytes) -> bytes | None:
        if action == "U" or (action == "D" and vr == "UI"):
            uids = plain(raw).decode("latin-1").strip(" \0").split("\\")
            return "\\".join(self.keys.uid(uid.strip(" \0")) if uid else "" for uid in uids).encode()
        if action == "C":
            return self._cleaned(tag, vr, raw)
        keyed = self._keyed(tag, raw.decode("utf-8", "replace").strip(" \0"))
        if keyed is not None and (keyed or action == "Z"):
            return keyed
        return b"" if action == "Z" else DUMMY.get(vr, bytes(max(SIZE.get(vr, 2), 2)))

    def _keyed(self, tag: int, text: str) -> bytes | None:
        value = unicodedata.normalize("NFC", text)
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

    def _cleaned(self, tag: int, vr: str, raw: bytes) -> bytes | None:
        if not raw.isascii():
            return None
        values = [text.strip(" \0") for text in raw.decode("ascii").split("\\")]
        cleaned = [self._one(tag, vr, text) if text else "" for text in values]
        return None if None in cleaned else "\\".join(cleaned).encode()

    def _one(self, tag: int, vr: str, text: str) -> str | None:
        if vr == "AS":
            known = re.fullmatch(r"\d{3}[DWMY]", text)
            return None if not known else "090Y" if text[3] == "Y" and text > "089Y" else text
        moved = {"DA": self._date, "DT": self._datetime}.get(vr)
        if keyword_of(tag) in VOCABULARY_DATES:
            return text if self._datetime(text) is not None or self._datetime(text, 0) is not None else None
        if moved:
            return moved(text)
        pattern = r"[+-]\d{4}" if vr == "SH" else TIME
        return text if vr in ("TM", "SH") and re.fullmatch(pattern, text) else None

    def _date(self, text: str, days: int | None = None) -> str | None:
        digits = text.replace(".", "") if re.fullmatch(r"\d{4}\.\d\d\.\d\d", text) else text
        if not re.fullmatch(r"\d{8}", digits):
            return None
        try:
            day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
            return (day - timedelta(self.days if days is None else days)).isoformat().replace("-", "")
        except (ValueError, OverflowError):
            return None

    def _datetime(self, text: str, days: int | None = None) -> str | None:
        match = re.fullmatch(r"(\d{8}|\d{6}|\d{4})([\d.]*)([+-]\d{4})?", text)
        if match is None or (
            match[2] and (len(match[1]) < 8 or not re.fullmatch(TIME_OF_DATETIME, match[2]))
        ):
            return None
        moved = self._date((match[1] + "0101"[len(match[1]) - 4 :])[:8], days)
        return None if moved is None else moved[: len(match[1])] + match[2] + (match[3] or "")


TIME_OF_DATETIME = r"([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?"
TIME = r"([01]\d|2[0-3])([0-5]\d([0-5]\d|60)?(\.\d{1,6})?)?|([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"


def begins_like_items(raw: bytes) -> bool:
    return not raw or raw[:4] in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")


def fits(raw: bytes, sent_vr: str, vr: str) -> bool:
    """Tell whether bytes may be a value of the VR that the Standard gives the attribute."""
    expected = vr[:2]
    if expected in SIZE:
        return sent_vr in {*SIZE, "UN"} and len(raw) % SIZE.get(sent_vr, 1) == 0
    if expected in LETTERS:
        return sent_vr not in SIZE and re.fullmatch(LETTERS[expected], raw) is not None
    short = expected != "CS" or all(len(term.strip()) <= 24 for term in raw.split(b"\\"))
    return short and sent_vr in {*WORDS, "UN"}


def output_tree(data_set: Dataset) -> dict:
    """Return pydicom's reading of an output in the oracle's form."""
    found = {}
    for tag in sorted(map(int, data_set.keys())):
        raw = raw_value(data_set, tag)
        if raw is None or vr_of(tag) == "SQ":
            found[tag] = [output_tree(item) for item in data_set[tag].value]
        else:
            found[tag] = raw[1]
    return found


def differences(expected: dict, found: dict, ignored: set[int], path: str = "") -> list[str]:
    """Describe every difference between two trees; `ignored` tags may differ anywhere."""
    lines = []
    for tag in sorted((expected.keys() | found.keys()) - ignored):
        here = f"{path}/{tag:08X} {keyword_of(tag)}"
        one, other = expected.get(tag), found.get(tag)
        if tag in PIXELS and not path:
            lines += [] if (one is None) == (other is None) else [f"{here}: pixels on one side only"]
        elif one is DUMMY_ITEMS:
            lines += [] if isinstance(other, list) and len(other) == 1 else [f"{here}: no dummy item"]
        elif isinstance(one, list) and isinstance(other, list):
            lines += [] if len(one) == len(other) else [f"{here}: {len(one)} items, {len(other)} found"]
            for number, pair in enumerate(zip(one, other, strict=False)):
                lines += differences(*pair, ignored, f"{here}[{number}]")
        elif isinstance(one, bytes) and isinstance(other, bytes):
            lines += [] if plain(one) == plain(other) else [f"{here}: {one[:60]!r}, {other[:60]!r} found"]
        else:
            lines.append(f"{here}: {str(one)[:60]}, {str(other)[:60]} found")
    return lines
