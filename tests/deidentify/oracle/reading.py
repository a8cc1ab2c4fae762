"""pydicom's reading of a data set, element by element, before it converts anything."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from pydicom import config
from pydicom.charset import TEXT_VR_DELIMS, decode_bytes, encode_string, python_encoding
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_sequence

from gateway.standard.dictionary import vr_of

from .items import ITEM_TAGS, UNDEFINED, consists_of_items

PIXEL_REPRESENTATION = 0x00280103
DEFAULT_REPERTOIRE = ((), ("",), ("ISO_IR 6",), ("ISO 2022 IR 6",))
"""Which is ASCII, and pydicom takes it for Latin-1."""
CHARACTER_SET = 0x00080005


@dataclass(frozen=True)
class Raw:
    """An element: the VR that the sender wrote, its bytes, its items where it is a sequence."""

    tag: int
    vr: str
    value: bytes
    items: list[Dataset] | None = None
    in_fragments: bool = False


def tags_of(data_set: Dataset) -> list[int]:
    return sorted(map(int, data_set.keys()))


def element_of(data_set: Dataset, tag: int, *, looks_into_private: bool = False) -> Raw:
    """Return an element; whether an unknown private value is taken for a sequence is the caller's word."""
    element = data_set.get_item(tag)
    if not isinstance(element, RawDataElement):
        return _converted(tag, element, data_set)
    vr, value = (element.VR or vr_of(tag) or "UN")[:2], element.value or b""
    if tag == PIXEL_REPRESENTATION:
        # pydicom converts it while it reads; the byte order of 0 or 1 is lost then, and made the same here.
        return Raw(tag, "US", bytes(sorted(value, reverse=True)))
    if vr == "SQ" and (element.VR == "SQ" or not value or value[:4] in ITEM_TAGS):
        return Raw(tag, vr, b"", list(data_set[tag].value))
    if vr == "UN" and vr_of(tag) == "SQ" and (not value or value[:4] in ITEM_TAGS):
        return Raw(tag, "SQ", b"", list(data_set[tag].value))
    if vr == "UN" and tag >> 16 & 1 and looks_into_private and value[:4] == ITEM_TAGS[0]:
        items = _items_in(value)
        return Raw(tag, "UN", value) if items is None else Raw(tag, "SQ", b"", items)
    if vr == "UN" and element.length == UNDEFINED:
        return Raw(tag, "SQ", b"", _items_in(value) or [])
    return Raw(tag, vr, value, in_fragments=element.length == UNDEFINED)


def _converted(tag: int, element: DataElement, data_set: Dataset) -> Raw:
    """Return an element that pydicom converts while it reads: empty ones, character sets, sequences."""
    # In Implicit VR pydicom takes the VR of an empty private element from a dictionary of its own.
    is_guess = data_set.original_encoding[0] and tag >> 16 & 1 and not element.is_undefined_length
    vr = "UN" if is_guess else element.VR[:2]
    if vr == "SQ" or (element.VR == "SQ" and element.value):
        return Raw(tag, "SQ", b"", list(element.value))
    if isinstance(element.value, int):
        return Raw(tag, vr, element.value.to_bytes(2, "little"))
    if isinstance(element.value, bytes):
        return Raw(tag, vr, element.value)
    values = [element.value] if isinstance(element.value, str) else element.value or [""]
    return Raw(tag, vr, "\\".join(values).encode("ascii", "replace"))


def _items_in(value: bytes) -> list[Dataset] | None:
    """Return the items that an unknown value consists of, None where it does not."""
    return (
        list(read_sequence(BytesIO(value), True, True, len(value), "iso8859"))
        if consists_of_items(value)
        else None
    )


def terms_of(data_set: Dataset, inherited: tuple[str, ...]) -> tuple[str, ...]:
    if CHARACTER_SET not in data_set:
        return inherited
    value = element_of(data_set, CHARACTER_SET).value.decode("ascii", "replace")
    return tuple(term.strip(" \0") for term in value.split("\\"))


def _codecs(terms: tuple[str, ...]) -> list[str]:
    return [python_encoding[term] for term in terms or ("",)]


def strict_text(raw: bytes, terms: tuple[str, ...]) -> str | None:
    """Return text that fits its character set, else None; ASCII fits any, and also one that is none."""
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    if any(term not in python_encoding for term in terms):
        return None
    if terms[:1] in DEFAULT_REPERTOIRE and not all(
        part.isascii() for part in (b"(B" + raw).split(b"\x1b") if part[:2] == b"(B"
    ):
        return None
    return _decoded(raw, _codecs(terms))


def _decoded(raw: bytes, codecs: list[str]) -> str | None:
    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.RAISE
    try:
        return decode_bytes(raw, codecs, TEXT_VR_DELIMS)
    except (UnicodeError, LookupError, ValueError):
        return None
    finally:
        config.settings.reading_validation_mode = before


def any_text(raw: bytes, terms: tuple[str, ...]) -> str:
    """Return text that nothing is written from: by its character set, as UTF-8, or as Latin-1."""
    text = strict_text(raw, terms)
    if text is None and b"\x1b" in raw and all(term in python_encoding for term in terms):
        # Whoever designates a character set without declaring it meant it all the same.
        text = _decoded(raw, [*_codecs(terms), *python_encoding.values()])
    if text is not None:
        return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def can_say(text: str, terms: tuple[str, ...]) -> bool:
    """Tell whether a character set has all characters of a text."""
    if text.isascii():
        return True
    try:
        return strict_text(encode_string(text, _codecs(terms)), terms) == text
    except (UnicodeError, LookupError, ValueError, KeyError):
        return False


def short_text(data_set: Dataset, tag: int, terms: tuple[str, ...]) -> str:
    """Return a value without its padding, empty where there is none."""
    if tag not in data_set:
        return ""
    found = element_of(data_set, tag)
    return "" if found.items is not None else any_text(found.value, terms).strip(" \0")


def items_of(data_set: Dataset, tag: int) -> list[Dataset]:
    return (element_of(data_set, tag).items or []) if tag in data_set else []
