"""An invented patient, and the search for what must not be left of them anywhere."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Person:
    """Values that every hostile input carries where it can."""

    name: str
    identifier: str
    accession: str
    institution: str
    physician: str
    title: str
    path: str


PERSON = Person(
    name="Wexcombetarrant^Philippine",
    identifier="PX77120934",
    accession="AX88213307",
    institution="Grimsdyke Cottage Hospital",
    physician="Throssellquist^Ignatia",
    title="WEXCOMBETARRANT",
    path="../../../../../../../../tmp/wexcombetarrant",
)
"""None of these exists; the path is where a name that is a path would lead."""

NEEDLES = tuple(
    text.encode()
    for text in ("wexcombetarrant", "philippine", "77120934", "88213307", "grimsdyke", "throssellquist")
)
"""What is searched for, in lower case."""
_INFLATED = 64 * 1024 * 1024


def found_in(data: bytes) -> set[str]:
    """Return the needles that are in some bytes, whether of one or of two bytes a character."""
    folded = data.lower()
    texts = (folded, folded.replace(b"\0", b""))
    return {needle.decode() for needle in NEEDLES if any(needle in text for text in texts)}


def leaks(folder: Path) -> dict[str, set[str]]:
    """Return what is found in the names and the content of all files of a folder, by file.

    Compressed values of the databases are searched as well.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        hits = found_in(str(path.relative_to(folder)).encode())
        if path.is_file():
            hits |= found_in(path.read_bytes())
            if path.suffix == ".sqlite":
                hits |= {hit for value in _compressed(path) for hit in found_in(value)}
        if hits:
            found[str(path.relative_to(folder))] = hits
    target = Path("/tmp") / Path(PERSON.path).name
    return found | ({str(target): {"a path was followed"}} if target.exists() else {})


def _compressed(database: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from (one for value in row if (one := _inflated(value)))


def _inflated(value: object) -> bytes:
    if not isinstance(value, bytes) or not value.startswith(b"\x78"):
        return b""
    try:
        return zlib.decompressobj().decompress(value, _INFLATED)
    except zlib.error:
        return b""
