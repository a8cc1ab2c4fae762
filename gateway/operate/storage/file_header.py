"""What the ledger must know of a de-identified file, read from the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_partial
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of
from gateway.standard.query_retrieve import STORED_KEYS

_KEYWORDS: Final = tuple(chain.from_iterable(STORED_KEYS.values()))
_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_TAGS: Final = (_SPECIFIC_CHARACTER_SET, *map(tag_of, _KEYWORDS))
_LAST: Final = max(_TAGS)
_LONGEST_VALUE: Final = 64 * 1024
"""Octets; a longer value is skipped, as no key of the index has one."""


def read(path: Path) -> tuple[dict[str, str], str]:
    """Read the searchable attributes and the transfer syntax of a spool file.

    Reading ends with the last searchable attribute, before any pixel data.

    Returns
    -------
    tuple
        Text by keyword, several values joined by a backslash; and the Transfer Syntax UID.

    Raises
    ------
    Refused
        It cannot be parsed, or one of the UIDs that place an instance is missing.
    """
    try:
        with path.open("rb") as file:
            data_set = _parsed(file)
            attributes = dict(_texts(data_set))
            transfer_syntax = str(data_set.file_meta.get("TransferSyntaxUID", ""))
    except OSError as error:
        raise Refused(Reason.STRUCTURE, f"cannot be read: {error.strerror}") from None
    except Exception as error:  # noqa: BLE001 - a parser's loop over files: none may stop the start
        raise Refused(Reason.STRUCTURE, f"cannot be parsed: {type(error).__name__}") from None
    for keyword in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        if not attributes.get(keyword):
            raise Refused(Reason.STRUCTURE, "has no valid UID", tag_of(keyword))
    if not transfer_syntax:
        raise Refused(Reason.STRUCTURE, "has no Transfer Syntax UID")
    return attributes, transfer_syntax


def _parsed(file: BinaryIO) -> FileDataset:
    parsed = read_partial(file, stop_when=_is_beyond, specific_tags=list(_TAGS))
    if not isinstance(parsed, FileDataset):
        raise InvalidDicomError
    return parsed


def _is_beyond(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) > _LAST


def _texts(data_set: Dataset) -> Iterator[tuple[str, str]]:
    for keyword in _KEYWORDS:
        element = data_set.get(keyword)
        if element is None or element == "":
            continue
        values = element if isinstance(element, MultiValue) else [element]
        text = "\\".join(str(value) for value in values)
        if len(text) <= _LONGEST_VALUE:
            yield keyword, text
