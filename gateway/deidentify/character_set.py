"""Text of a data set, decoded by its own Specific Character Set (PS3.5 6.1, PS3.3 C.12.1.1.2).

Decoding serves the comparison, the linkage and the index. Values that the profile keeps are
never decoded and encoded again: they stay the bytes that they were.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pydicom.charset import CODES_TO_ENCODINGS, encode_string, python_encoding

_ESCAPE = re.compile(rb"(\x1b[\x20-\x2f]*[\x30-\x7e])")
"""A designation of ISO 2022 (PS3.5 6.1.2.5.1)."""
_ASCII = b"\x1b(B"
_ALWAYS = frozenset({_ASCII, b"\x1b(J"})
"""Designations of the two sets that are like ASCII, to which every text goes back."""
_DEFAULT_REPERTOIRE = ((), ("",), ("ISO_IR 6",), ("ISO 2022 IR 6",))
"""First terms that stand for ISO IR 6, which is ASCII."""
_STATEFUL = frozenset({"iso2022_jp", "iso2022_jp_2"})
"""Codecs that want to see the designation itself."""


class CharacterSet:
    """Decodes the text values of one data set.

    Parameters
    ----------
    terms
        Values of (0008,0005); an empty first one stands for the default repertoire.
    """

    __slots__ = ("_codecs", "terms", "valid")

    def __init__(self, terms: tuple[str, ...]) -> None:
        self.terms = terms
        self._codecs = tuple(python_encoding.get(term, "") for term in terms or ("",))
        self.valid = all(self._codecs)
        """False when a term is not one of PS3.3 C.12.1.1.2."""

    def decode(self, raw: bytes) -> str:
        """Return `raw` as text; bytes that do not fit are read as UTF-8, else as Latin-1.

        Never raises: the text is compared and sealed, not written back.
        """
        if raw.isascii() and b"\x1b" not in raw:
            return raw.decode("ascii")
        text = self._read(raw)
        if text is not None:
            return text
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("iso8859")

    def strict(self, raw: bytes) -> str | None:
        """Return `raw` as text, or None where it does not fit the character set."""
        if raw.isascii() and b"\x1b" not in raw:
            # The same in every character set, also in one that nobody knows.
            return raw.decode("ascii")
        if b"\x1b" in raw and any(self._is_undeclared(escape) for escape in _ESCAPE.findall(raw)):
            return None
        return self._read(raw)

    def _is_undeclared(self, escape: bytes) -> bool:
        """Tell whether a designation is of a set that (0008,0005) does not name (PS3.3 C.12.1.1.2)."""
        return escape not in _ALWAYS and CODES_TO_ENCODINGS.get(escape) not in self._codecs

    def _read(self, raw: bytes) -> str | None:
        if not self.valid:
            return None
        try:
            if b"\x1b" in raw:
                return self._designated(raw)
            return raw.decode(self._first_codec)
        except (UnicodeError, LookupError):
            return None

    @property
    def _first_codec(self) -> str:
        """Codec of what no designation precedes; pydicom maps the default repertoire to a superset."""
        return "ascii" if self.terms[:1] in _DEFAULT_REPERTOIRE else self._codecs[0]

    def encode(self, text: str) -> bytes | None:
        """Return `text` as bytes that read the same, or None where the character set cannot say it."""
        if text.isascii():
            return text.encode("ascii")
        if not self.valid:
            return None
        try:
            raw = encode_string(text, [self._first_codec, *self._codecs[1:]])
        except (UnicodeError, LookupError, ValueError):
            return None
        return raw if self.strict(raw) == text else None

    def _designated(self, raw: bytes) -> str:
        """Decode text whose character sets change within it, each part by what was designated before it."""
        first, *rest = _ESCAPE.split(raw)
        parts = [first.decode(self._first_codec)]
        for escape, text in zip(rest[::2], rest[1::2], strict=True):
            codec = self._first_codec if escape == _ASCII else CODES_TO_ENCODINGS[escape]
            parts.append((escape + text if codec in _STATEFUL else text).decode(codec))
        return "".join(parts)


def terms_of(raw: bytes | memoryview) -> tuple[str, ...]:
    """Return the values of an encoded Specific Character Set."""
    return tuple(term.strip(" \0") for term in bytes(raw).decode("ascii", "replace").split("\\"))


@lru_cache(maxsize=256)
def character_set(terms: tuple[str, ...], fallback: str) -> CharacterSet:
    """Return the character set of a data set.

    Parameters
    ----------
    terms
        Values of (0008,0005) of this data set or, in an item without one, of its parent.
    fallback
        What to assume where there is none or it is not a defined term; empty for the default
        repertoire.
    """
    own = CharacterSet(terms)
    if fallback and (not any(terms) or not own.valid):
        return CharacterSet(tuple(fallback.split("\\")))
    return own
