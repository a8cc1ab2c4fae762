"""Looks for the planted identities in every file that the gateway wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from campaigning.patients import PATIENTS, ROOT, STEM

_UID: Final = re.compile(rb"2\.25\.\d{1,39}")
"""Replacements are long numbers, in which any eight digits turn up sooner or later."""
_AROUND: Final = 128
_PIECE: Final = 16 << 20
_SHORTEST: Final = 6
"""Octets; what is shorter turns up by chance in some hundred megabytes of keys and seals."""


def _wide(text: str) -> bytes:
    """UTF-16 of either byte order, between its first and its last octet that differ."""
    return text.encode("utf-16-le")[:-1]


def _needles() -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for stem in (STEM, STEM.lower(), STEM.upper()):
        found |= {stem.encode(): "a name or identifier", _wide(stem): "a name or identifier in UTF-16"}
    found |= {ROOT.encode(): "a UID", _wide(ROOT): "a UID in UTF-16"}
    found[bytes(ord(digit) for digit in ROOT if digit != ".")] = "a UID without its dots"
    for person in PATIENTS:
        for part in re.split(r"[\^= ]", person.name):
            if not part.isascii():
                found |= {part.encode(): "a name", _wide(part): "a name in UTF-16"}
                found |= _latin(part)
        for date in person.dates:
            found |= {date.encode(): "a date", _wide(date): "a date in UTF-16"}
            found[f"{date[:4]}-{date[4:6]}-{date[6:]}".encode()] = "a date"
    return {needle: phrase for needle, phrase in found.items() if len(needle) >= _SHORTEST}


def _latin(part: str) -> dict[bytes, str]:
    try:
        return {part.encode("latin-1"): "a name in Latin-1"}
    except UnicodeEncodeError:
        return {}


NEEDLES: Final = _needles()
LIKELY: Final = {
    needle: phrase
    for needle, phrase in NEEDLES.items()
    if phrase in ("a name or identifier", "a name or identifier in UTF-16", "a UID")
    or (phrase == "a date" and needle.isdigit())
}
"""What a leak would almost certainly hold: to be searched for again and again."""


def found_in(content: bytes, needles: Mapping[bytes, str] = NEEDLES) -> list[str]:
    """What of the originals is in `content`, as phrases that quote nothing."""
    return [phrase for needle, phrase in needles.items() if _holds(content, needle)]


def _holds(content: bytes, needle: bytes) -> bool:
    position = content.find(needle)
    while position >= 0:
        if not needle.isdigit():
            return True
        around = content[max(0, position - _AROUND) : position + _AROUND]
        if needle in _UID.sub(b"", around):
            return True
        position = content.find(needle, position + 1)
    return False


def leaks(paths: Iterable[Path], needles: Mapping[bytes, str] = NEEDLES) -> Iterator[str]:
    """Search files; one that vanishes meanwhile holds nothing any more.

    They are read, not mapped: a database's log may become shorter at any time.
    """
    for path in paths:
        with suppress(FileNotFoundError), path.open("rb") as file:
            yield from (f"{phrase} in {path.name}" for phrase in _found_in_pieces(file, needles))


def _found_in_pieces(file: BinaryIO, needles: Mapping[bytes, str]) -> set[str]:
    found: set[str] = set()
    before = b""
    while piece := file.read(_PIECE):
        found.update(found_in(before + piece, needles))
        before = piece[-_AROUND:]
    return found


def every_file(folder: Path) -> Iterator[Path]:
    """Files of a folder at every depth; no socket and no directory."""
    return (path for path in folder.rglob("*") if path.is_file())
