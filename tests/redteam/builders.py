"""Attacks on the core: encoded instances with something planted, written without the code under test.

All people, places and identifiers are invented.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydicom.datadict import dictionary_VR, tag_for_keyword

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified, Instance
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import Refused

CT: Final = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"

FAMILY: Final = "Silberhorn"
NAME: Final = f"{FAMILY}^Leontine"
PATIENT_ID: Final = "MRN5530917"
STUDY_UID: Final = "1.2.826.0.1.99.7.40221.1"
SERIES_UID: Final = "1.2.826.0.1.99.7.40221.2"
INSTANCE_UID: Final = "1.2.826.0.1.99.7.40221.3"
STRANGER: Final = "Grauvogel"
"""Somebody whom no Person Name of the header mentions, unless the attack does."""

CODECS: Final = {
    "ISO_IR 100": "iso8859-1",
    "ISO_IR 109": "iso8859-3",
    "ISO_IR 126": "iso8859-7",
    "ISO_IR 127": "iso8859-6",
    "ISO_IR 138": "iso8859-8",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 148": "iso8859-9",
    "ISO_IR 166": "tis-620",
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
}
_SHORT: Final = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())

Value = str | bytes | tuple[str, str | bytes] | Sequence["Elements"]
"""Text or bytes in the dictionary's VR, the same in another one, or the items of a sequence."""
Elements = Mapping[str | int, Value]


def tag(name: str | int) -> int:
    found = name if isinstance(name, int) else tag_for_keyword(name)
    assert found is not None, name
    return found


def raw_element(name: str | int, vr: str, value: bytes, *, implicit: bool = False) -> bytes:
    """Encode an element whose value is padded already."""
    group, number, code = tag(name) >> 16, tag(name) & 0xFFFF, vr.encode()
    if implicit:
        return struct.pack("<HHL", group, number, len(value)) + value
    if code in _SHORT:
        return struct.pack("<HH2sH", group, number, code, len(value)) + value
    return struct.pack("<HH2sHL", group, number, code, 0, len(value)) + value


def encode(elements: Elements, *, implicit: bool = False, codec: str = "iso8859-1") -> bytes:
    """Encode elements in the order of their tags."""
    return b"".join(
        _element(name, value, implicit=implicit, codec=codec)
        for name, value in sorted(elements.items(), key=lambda pair: tag(pair[0]))
    )


def _element(name: str | int, value: Value, *, implicit: bool, codec: str) -> bytes:
    if isinstance(value, str | bytes):
        vr, content = dictionary_VR(tag(name))[:2], value
    elif isinstance(value, tuple):
        vr, content = value
    else:
        items = [item(encode(one, implicit=implicit, codec=codec)) for one in value]
        vr, content = "SQ", b"".join(items)
    raw = content.encode(codec) if isinstance(content, str) else content
    if len(raw) % 2:
        raw += b"\0" if vr in ("UI", "OB", "UN") else b" "
    return raw_element(name, vr, raw, implicit=implicit)


def item(content: bytes) -> bytes:
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(content)) + content


def fragments(*values: bytes, table: bytes = b"") -> bytes:
    """Encode Pixel Data in fragments."""
    padded = (value + bytes(len(value) % 2) for value in values)
    start = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    return start + item(table) + b"".join(map(item, padded)) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


def short(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}H", *numbers)


def code(meaning: str | bytes, value: str = "69536005", scheme: str = "SCT", **more: Value) -> Elements:
    """Return the item of a code sequence."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning, **more}


HEADER: Final[Elements] = {
    "ImageType": "ORIGINAL\\PRIMARY\\AXIAL",
    "SOPInstanceUID": INSTANCE_UID,
    "StudyDate": "20190611",
    "ContentDate": "20190611",
    "StudyTime": "082533",
    "ContentTime": "082533",
    "AccessionNumber": "ACC902144",
    "Manufacturer": "SIEMENS",
    "ReferringPhysicianName": "Rosskamp^Ansgar",
    "ManufacturerModelName": "Sensation 16",
    "PatientBirthDate": "19520823",
    "PatientSex": "F",
    "PatientAge": "066Y",
    "BodyPartExamined": "HEAD",
    "KVP": "120",
    "StudyInstanceUID": STUDY_UID,
    "SeriesInstanceUID": SERIES_UID,
    "StudyID": "ST334455",
    "SeriesNumber": "2",
    "InstanceNumber": "7",
    "ImagePositionPatient": "0\\0\\0",
    "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
    "FrameOfReferenceUID": "1.2.826.0.1.99.7.40221.4",
}
PIXELS: Final[Elements] = {
    "SamplesPerPixel": short(1),
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": short(8),
    "Columns": short(8),
    "PixelSpacing": "0.5\\0.5",
    "BitsAllocated": short(16),
    "BitsStored": short(12),
    "HighBit": short(11),
    "PixelRepresentation": short(0),
    "RescaleIntercept": "-1024",
    "RescaleSlope": "1",
    "PixelData": ("OW", bytes(range(128))),
}


def instance(
    elements: Elements | None = None,
    *,
    name: str | bytes = NAME,
    patient_id: str | bytes = PATIENT_ID,
    charset: str = "",
    modality: str = "CT",
    sop_class: str = CT,
    syntax: str = EXPLICIT,
    pixels: bool = True,
    without: Sequence[str] = (),
    coded: bytes = b"",
    behind: bytes = b"",
) -> bytes:
    """Encode a small image; `coded` replaces its Pixel Data, `behind` follows the last element."""
    values: dict[str | int, Value] = {
        **HEADER,
        **(PIXELS if pixels else {}),
        "SOPClassUID": sop_class,
        "Modality": modality,
        "PatientName": name,
        "PatientID": patient_id,
        **({"SpecificCharacterSet": charset} if charset else {}),
        **(elements or {}),
    }
    if coded:
        del values["PixelData"]
    kept = {key: value for key, value in values.items() if key not in without}
    codec = CODECS.get(charset, "iso8859-1")
    return encode(kept, implicit=syntax == IMPLICIT, codec=codec) + coded + behind


def deflate(data_set: bytes) -> bytes:
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return deflater.compress(data_set) + deflater.flush()


@dataclass(frozen=True, slots=True)
class Attack:
    """An instance and what of it must not leave: text in any encoding, bytes as they are."""

    data_set: bytes
    planted: tuple[str | bytes, ...]
    sop_class_uid: str = CT
    transfer_syntax_uid: str = EXPLICIT

    def __post_init__(self) -> None:
        deflated = self.transfer_syntax_uid == DEFLATED
        there = self.data_set + (_inflated(self.data_set) if deflated else b"")
        missing = [planted for planted in self.planted if not _holds(there, planted)]
        if missing:
            raise ValueError(f"not planted: {missing}")

    def result(self) -> Deidentified | Refused:
        """Return what comes out; any exception but a refusal goes through."""
        received = Instance(self.sop_class_uid, INSTANCE_UID, self.transfer_syntax_uid, self.data_set)
        try:
            return core().deidentify(received)
        except Refused as refused:
            return refused

    def found(self, result: Deidentified) -> list[str | bytes]:
        """Return what of the planted is in the output or in what the index gets."""
        index = "\n".join(result.attributes.values()).encode()
        out = file_of(result) + index
        return [planted for planted in self.planted if _holds(out, planted)]


@cache
def core() -> Deidentifier:
    path = Path(__file__).resolve().parents[2] / "config" / "profiles" / "basic_dates.toml"
    profile = Profile.load(path.read_text(encoding="utf-8"), path.name)
    return Deidentifier(profile, PseudonymKey(bytes(range(32))))


def file_of(result: Deidentified) -> bytes:
    """Return the file that leaves, inflated where it is deflated."""
    meta, *data_set = result.buffers
    body = b"".join(data_set)
    return bytes(meta) + (_inflated(body) if result.transfer_syntax_uid == DEFLATED else body)


def _inflated(data_set: bytes) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data_set)


def _holds(data: bytes, planted: str | bytes) -> bool:
    lowered = data.lower()
    return any(form.lower() in lowered for form in _forms(planted))


def _forms(planted: str | bytes) -> Iterator[bytes]:
    if isinstance(planted, bytes):
        yield planted
        return
    for codec in ("utf-8", "iso8859-1", "utf-16-le", "utf-16-be"):
        form = planted.encode(codec, "ignore")
        if len(form) >= len(planted):
            yield form


def attack(
    elements: Elements,
    *planted: str | bytes,
    syntax: str = EXPLICIT,
    sop_class: str = CT,
    **header: object,
) -> Attack:
    """Return an image with further elements that hold what is planted; `header` as for `instance`."""
    data_set = instance(elements, syntax=syntax, sop_class=sop_class, **header)
    return Attack(deflate(data_set) if syntax == DEFLATED else data_set, planted, sop_class, syntax)


def note(planted: str | bytes, inside: str = "{}", **header: object) -> Attack:
    """Return an image with something in Software Versions, which no rule removes."""
    codec = CODECS.get(str(header.get("charset", "")), "iso8859-1")
    raw = planted.encode(codec) if isinstance(planted, str) else planted
    before, _, after = inside.partition("{}")
    text = before.encode(codec) + raw + after.encode(codec)
    extra = header.pop("elements", {})
    return attack({**extra, "SoftwareVersions": text}, raw, **header)
