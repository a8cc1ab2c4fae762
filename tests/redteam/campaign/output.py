"""An output file as the scorer sees it: its elements by path, and every reading of its bytes."""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import BytesIO
from typing import Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import dcmread

TEXT_VRS: Final = frozenset(
    ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"]
)
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_CODECS: Final = (
    *(f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11)),
    *("utf-8", "utf-16-le", "utf-16-be", "koi8-r", "cp1252", "shift_jis", "euc_jp"),
    *("iso2022_jp", "iso2022_jp_2", "euc_kr", "gb18030"),
)
_ESCAPES: Final = re.compile(rb"\x1b[\x20-\x2f]*[\x30-\x7e]")
_INVISIBLE: Final = dict.fromkeys(
    [code for code in range(0x2FFF) if unicodedata.category(chr(code)) == "Cf"] + [0, 0xFEFF]
)
_FOLDED: Final = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h"})
_SHORTEST_RAW: Final = 4
"""Bytes from which an encoded secret is searched: shorter ones stand anywhere by chance."""


def fold(text: str) -> str:
    """Return text without case, accents, and characters that do not print."""
    if text.isascii():
        return text.lower().replace("\0", "")
    plain = unicodedata.normalize("NFKD", text.translate(_INVISIBLE))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold().translate(_FOLDED)


@lru_cache(maxsize=8192)
def _raw_forms(secret: str) -> tuple[bytes, ...]:
    """Return the secret in every character set that has it, without what designates the sets."""
    found: set[bytes] = set()
    spellings = {secret, secret.lower(), secret.upper()}
    for spelling in spellings:
        for codec in ("utf-16-le", "utf-16-be") if secret.isascii() else _CODECS:
            try:
                raw = _ESCAPES.sub(b"", spelling.encode(codec))
            except UnicodeEncodeError:
                continue
            if len(raw) >= _SHORTEST_RAW:
                found.add(raw)
    return tuple(sorted(found))


@dataclass(slots=True)
class Value:
    """A value in the output, not yet decoded."""

    vr: str
    raw: object
    encodings: list[str]

    def texts(self) -> list[str]:
        """Return what it may say: by the declared sets and, where it can be that, as UTF-8."""
        if not isinstance(self.raw, bytes):
            found = self.raw if isinstance(self.raw, list | tuple) else [self.raw]
            return ["\\".join(map(str, found))]
        raw = self.raw.rstrip(b" \0")
        texts = [
            decode_bytes(raw, self.encodings, {ord("\\"), ord("^"), ord("=")})
            if self.vr in TEXT_VRS
            else raw.decode("latin-1")
        ]
        if not raw.isascii():
            texts += [raw.decode("utf-8", "replace"), raw.decode("latin-1")]
        if self.vr == "UN":
            texts += _as_numbers(self.raw)
        return texts

    def holds(self, secret: str) -> bool:
        """Tell whether a secret is in the value, in any character set."""
        folded = fold(secret)
        if any(folded in fold(text) for text in self.texts()):
            return True
        return isinstance(self.raw, bytes) and any(form in self.raw for form in _raw_forms(secret))


@dataclass
class Output:
    """An output file.

    Parameters
    ----------
    file
        A Part 10 file.
    """

    file: bytes
    data_set: FileDataset = field(init=False)

    def __post_init__(self) -> None:
        self.data_set = dcmread(BytesIO(self.file), force=True)

    @cached_property
    def values(self) -> dict[str, list[Value]]:
        """Every element by its path, at every depth; raises what pydicom raises on a broken file."""
        found: dict[str, list[Value]] = {}
        syntax = str(self.data_set.file_meta.get("TransferSyntaxUID", ""))
        for path, value in _walk(self.data_set, "", "<>"[syntax == _BIG_ENDIAN]):
            found.setdefault(path, []).append(value)
        return found

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file, inflated."""
        if str(self.data_set.file_meta.get("TransferSyntaxUID", "")) != _DEFLATED:
            return self.file
        (length,) = (int(self.data_set.file_meta.get("FileMetaInformationGroupLength", 0)),)
        start = 144 + length
        return self.file[:start] + zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.file[start:])

    @cached_property
    def reading(self) -> str:
        """Everything that can be read, folded."""
        content = self.content
        readings = [fold(content.decode("latin-1")), fold(content.decode("utf-8", "ignore"))]
        texts = {
            text
            for values in self.values.values()
            for value in values
            if isinstance(value.raw, bytes) and value.vr in TEXT_VRS and not _plain(value.raw)
            for text in value.texts()
        }
        return "\n".join([*readings, *map(fold, sorted(texts))])

    @cached_property
    def lines(self) -> str:
        """Every value on a line of its own: between bytes, a header may begin with a digit."""
        return "\n".join(
            text
            for values in self.values.values()
            for value in values
            if isinstance(value.raw, bytes) and value.vr in TEXT_VRS
            for text in value.texts()[:1]
        )

    def holds(self, secret: str) -> bool:
        """Tell whether a secret is anywhere in the file, in any character set."""
        folded = fold(secret)
        if folded.isdigit() and len(folded) < 12:
            # Inside a longer number, a UID for one, it is there by chance.
            number = re.compile(rf"(?<!\d){folded}(?!\d)")
            return bool(number.search(self.reading) or number.search(self.lines))
        return folded in self.reading or any(form in self.content for form in _raw_forms(secret))

    def holds_uid(self, uid: str) -> bool:
        """Tell whether a UID is anywhere in the file, whole."""
        return uid.encode() in self.content

    def where(self, secret: str) -> list[str]:
        """Return the paths at which a secret stands."""
        return [
            path for path, values in self.values.items() if any(value.holds(secret) for value in values)
        ] or ["between the elements or in the file meta"]


def _as_numbers(raw: bytes) -> list[str]:
    """Return the numbers that a value of unknown VR may be, which private ones are in Implicit VR."""
    codes = [code for code in "HhLlfd" if struct.calcsize(f"<{code}") == len(raw)]
    return [str(struct.unpack(f"<{code}", raw)[0]) for code in codes]


def _plain(raw: bytes) -> bool:
    return raw.isascii() and b"\x1b" not in raw


def _walk(data_set: Dataset, prefix: str, order: str) -> Iterator[tuple[str, Value]]:
    encodings = _encodings(data_set)
    creators: dict[int, str] = {}
    for tag in sorted(data_set.keys()):
        element = data_set.get_item(tag)
        vr = element.VR or _vr_of(int(tag))
        path = f"{prefix}{_name(int(tag), creators)}"
        if vr == "SQ":
            items = data_set[tag].value
            yield path, Value("SQ", [len(items)], encodings)
            for item in items:
                yield from _walk(item, f"{path}/", order)
            continue
        raw = element.value if element.value is not None else b""
        if tag.is_private_creator and isinstance(raw, bytes):
            creators[int(tag) & 0xFFFF] = raw.decode("latin-1").strip(" \0")
        if isinstance(raw, bytes) and vr in _NUMBERS:
            raw = _numbers(raw, vr, order)
        yield path, Value(vr, raw, encodings)


def _encodings(data_set: Dataset) -> list[str]:
    found = getattr(data_set, "_character_set", None)
    try:
        return found if isinstance(found, list) else convert_encodings(found or ["ISO_IR 6"])
    except LookupError:
        return ["latin_1"]


_NUMBERS: Final = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "AT": "H"}


def _numbers(raw: bytes, vr: str, order: str) -> object:
    code = _NUMBERS[vr]
    size = struct.calcsize(f"<{code}")
    return list(struct.unpack(f"{order}{len(raw) // size}{code}", raw)) if len(raw) % size == 0 else raw


@lru_cache(maxsize=8192)
def _vr_of(tag: int) -> str:
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        return "UN"


def _name(tag: int, creators: dict[int, str]) -> str:
    group, element = tag >> 16, tag & 0xFFFF
    if group % 2 and element >= 0x1000:
        return f"{group:04X},{creators.get(element >> 8, '')},{element & 0xFF:02X}"
    return f"{tag:08X}"
