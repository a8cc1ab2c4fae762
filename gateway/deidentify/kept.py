"""Values that leave the gateway as they came, as the residual check reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.needle import folded_readings
from gateway.deidentify.touched import Path


@dataclass(slots=True)
class Kept:
    """A value that was kept.

    Parameters
    ----------
    start, path, tag
        Offset of the element and what it is.
    vr, value, charset
        How it is searched, its encoded value, and how its text is read.
    public_code
        Whether it is the value of a code of a public coding scheme.
    """

    start: int
    path: Path
    tag: int
    vr: str
    value: bytes | memoryview
    charset: CharacterSet
    public_code: bool

    def folded(self) -> str:
        """Return the text folded, and behind it the text as UTF-8 where it is that and not declared so."""
        raw = bytes(self.value)
        text = self.charset.decode(raw)
        other = "" if raw.isascii() else as_utf_8(raw)
        return folded_readings(text if other in ("", text) else f"{text};{other}")


def folded_together(texts: Iterable[Kept]) -> str:
    """Return all texts folded, with semicolons in between, which neither join words nor numbers."""
    plain: list[bytes] = []
    others: list[str] = []
    for kept in texts:
        raw = bytes(kept.value)
        # Most text reads the same in every character set, and is folded in one go.
        if raw.isascii() and b"\x1b" not in raw:
            plain.append(raw)
        else:
            others.append(kept.folded())
    return ";".join((folded_readings(b";".join(plain).decode("ascii")), *others))


def listed(numbers: Iterable[Kept]) -> str:
    """Return the values of numbers or UIDs without padding, with backslashes in between."""
    return b"\\".join(bytes(kept.value).strip(b" \0") for kept in numbers).decode("iso8859")


def as_utf_8(raw: bytes) -> str:
    """Return `raw` read as UTF-8, empty where it is not."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
