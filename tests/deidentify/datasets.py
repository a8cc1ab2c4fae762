"""Encoded data sets for the tests, written without the code under test."""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified, Instance, Origin
from gateway.deidentify.pixel.message import Examination
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import Refused

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"

SOP_INSTANCE_UID = "1.2.826.0.1.99.1.1001"
STUDY_INSTANCE_UID = "1.2.826.0.1.99.1.1002"
SERIES_INSTANCE_UID = "1.2.826.0.1.99.1.1003"
PATIENT_NAME = "Wolkenstein^Oswald"
PATIENT_ID = "PAT-778899"

SECRET = bytes(range(32))
KEY = PseudonymKey(SECRET)
PROFILES = Path(__file__).resolve().parents[2] / "config" / "profiles"

UNDEFINED = 0xFFFFFFFF
LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
SHORT = {
    *("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO"),
    *("LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"),
}
NULL_PADDED = {"UI", "OB", "UN"}
KEPT_SEQUENCE = 0x0040A043
"""Concept Name Code Sequence: outside Table E.1-1, so the profile keeps it and looks inside."""

Value = tuple[str, bytes | str]
"""VR and value; text is written as ASCII."""


def header(tag: int, vr: str, length: int, *, implicit: bool = False, big: bool = False) -> bytes:
    order = ">" if big else "<"
    if implicit:
        return struct.pack(order + "HHL", tag >> 16, tag & 0xFFFF, length)
    if vr in LONG or vr not in SHORT:
        return struct.pack(order + "HH2sHL", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)
    return struct.pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), length)


def element(tag: int, vr: str, value: bytes | str, *, implicit: bool = False, big: bool = False) -> bytes:
    raw = value.encode("ascii") if isinstance(value, str) else value
    if len(raw) % 2:
        raw += b"\0" if vr in NULL_PADDED else b" "
    return header(tag, vr, len(raw), implicit=implicit, big=big) + raw


def unpadded(tag: int, vr: str, value: bytes, *, implicit: bool = False, big: bool = False) -> bytes:
    return header(tag, vr, len(value), implicit=implicit, big=big) + value


def item(content: bytes, *, undefined: bool = False, big: bool = False) -> bytes:
    order = ">" if big else "<"
    start = struct.pack(order + "HHL", 0xFFFE, 0xE000, UNDEFINED if undefined else len(content))
    return start + content + (struct.pack(order + "HHL", 0xFFFE, 0xE00D, 0) if undefined else b"")


def sequence(
    tag: int,
    *contents: bytes,
    vr: str = "SQ",
    undefined: bool = False,
    implicit: bool = False,
    big: bool = False,
) -> bytes:
    inner_big = big and vr != "UN"
    value = b"".join(item(content, undefined=undefined, big=inner_big) for content in contents)
    if undefined:
        value += struct.pack((">" if inner_big else "<") + "HHL", 0xFFFE, 0xE0DD, 0)
    return header(tag, vr, UNDEFINED if undefined else len(value), implicit=implicit, big=big) + value


def fragments(*values: bytes, table: bytes = b"", tag: int = 0x7FE00010) -> bytes:
    parts = [item(table), *(item(value + b"\0" * (len(value) % 2)) for value in values)]
    return header(tag, "OB", UNDEFINED) + b"".join(parts) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


def number(value: int, *, big: bool = False) -> bytes:
    return struct.pack(">H" if big else "<H", value)


def identity(sop_class_uid: str = CT) -> dict[int, Value]:
    """Return what every instance must have, and a patient."""
    return {
        0x00080016: ("UI", sop_class_uid),
        0x00080018: ("UI", SOP_INSTANCE_UID),
        0x00100010: ("PN", PATIENT_NAME),
        0x00100020: ("LO", PATIENT_ID),
        0x0020000D: ("UI", STUDY_INSTANCE_UID),
        0x0020000E: ("UI", SERIES_INSTANCE_UID),
    }


def pixels(*, rows: int = 2, columns: int = 2, big: bool = False, frames: int = 0) -> dict[int, Value]:
    """Return an Image Pixel Module with 8-bit native pixels."""
    found: dict[int, Value] = {
        0x00280002: ("US", number(1, big=big)),
        0x00280004: ("CS", "MONOCHROME2"),
        0x00280010: ("US", number(rows, big=big)),
        0x00280011: ("US", number(columns, big=big)),
        0x00280100: ("US", number(8, big=big)),
        0x7FE00010: ("OW", bytes(index % 251 + 1 for index in range(rows * columns * max(frames, 1)))),
    }
    if frames:
        found[0x00280008] = ("IS", str(frames))
    return found


def encoded(values: dict[int, Value | bytes], *, implicit: bool = False, big: bool = False) -> bytes:
    """Encode elements in the order of their tags; a value of bytes alone is a whole element."""
    return b"".join(
        value if isinstance(value, bytes) else element(tag, *value, implicit=implicit, big=big)
        for tag, value in sorted(values.items())
    )


def image(
    extra: dict[int, Value | bytes] | None = None,
    *,
    sop_class_uid: str = CT,
    implicit: bool = False,
    big: bool = False,
    without: tuple[int, ...] = (),
) -> bytes:
    """Encode a small image with further elements."""
    values: dict[int, Value | bytes] = {**identity(sop_class_uid), **pixels(big=big), **(extra or {})}
    kept = {tag: value for tag, value in values.items() if tag not in without}
    return encoded(kept, implicit=implicit, big=big)


def document(
    extra: dict[int, Value | bytes] | None = None, *, sop_class_uid: str, implicit: bool = False
) -> bytes:
    """Encode an object without pixels."""
    return encoded({**identity(sop_class_uid), **(extra or {})}, implicit=implicit)


@cache
def profile(options: tuple[str, ...] = (), override: str = "") -> Profile:
    quoted = ", ".join(f'"{option}"' for option in options)
    return Profile.load(f'base = "basic"\noptions = [{quoted}]\n[override]\n{override}\n', "test.toml")


@cache
def basic_dates() -> Profile:
    path = PROFILES / "basic_dates.toml"
    return Profile.load(path.read_text(encoding="utf-8"), path.name)


@dataclass(frozen=True)
class Output:
    """What came out: the core's own result, the bytes of the file, and pydicom's reading of them."""

    result: Deidentified
    file: bytes

    @cached_property
    def data_set(self) -> Dataset:
        return read(self.file)

    @property
    def encoded(self) -> bytes:
        """Return the data set without preamble and File Meta Information."""
        return b"".join(self.result.buffers[1:])

    def has(self, planted: bytes | str) -> bool:
        raw = planted.encode() if isinstance(planted, str) else planted
        return raw in self.file


def deidentify(
    data_set: bytes,
    *,
    sop_class_uid: str = CT,
    transfer_syntax_uid: str = EXPLICIT,
    using: Profile | None = None,
    key: PseudonymKey = KEY,
    origin: Origin | None = None,
    unexamined_pixels: str = "refuse",
    prefix: str = "",
    pixels: Examination | None = None,
) -> Output:
    core = Deidentifier(
        using or basic_dates(), key, unexamined_pixels=unexamined_pixels, prefix=prefix, pixels=pixels
    )
    result = core.deidentify(Instance(sop_class_uid, SOP_INSTANCE_UID, transfer_syntax_uid, data_set), origin)
    file = b"".join(result.buffers)
    return Output(result, file)


def read(file: bytes) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = pydicom.dcmread(BytesIO(file))
        for _ in data_set.iterall():
            pass  # pydicom converts, and warns of attributes newer than itself, on first access
        return data_set


def outcome(data_set: bytes, **settings: object) -> Output | Refused:
    """Return the output, or the refusal; any other exception goes through."""
    try:
        return deidentify(data_set, **settings)
    except Refused as refused:
        return refused
