"""Cleaning the encoded text of an element: decode, clean, encode (PS3.15 E.3.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.descriptor.token import Token
from gateway.standard.defined_terms import DEFINED_TERMS

_MULTIPLE: Final = frozenset({"CS", "LO", "SH", "UC"})
"""VRs in which a backslash separates values; in the others it is a character."""
_LONGEST: Final = MappingProxyType({"LO": 64, "LT": 10240, "SH": 16, "ST": 1024})
"""Characters of one value (PS3.5 6.2)."""


@dataclass(frozen=True, slots=True)
class FreeText:
    """Cleans the texts of one instance.

    Parameters
    ----------
    cleaner
        Of the profile.
    known
        Returns what the header of the instance knows; called when the first text is cleaned.
    date
        Moves a date of eight digits; None where dates inside text are removed.
    uid
        Replaces a UID.
    """

    cleaner: Cleaner
    known: Callable[[], Known]
    date: Callable[[str], str | None] | None
    uid: Callable[[str], str]

    def cleaned(
        self, raw: bytes, tag: int, vr: str, charset: CharacterSet, *, strict: bool
    ) -> tuple[bytes | None, tuple[Token, ...]]:
        """Return the encoded text that is left, and what was decided about each part.

        Parameters
        ----------
        raw
            Encoded value with its padding.
        tag, vr
            Of the attribute; LO, LT, SH, ST, UC or UT, or CS: of codes each stays whole or goes, because half
            a code is none.
        charset
            Of the data set.
        strict
            Whether words go that are no clinical vocabulary.

        Returns
        -------
            None for a text that cannot be read, or not be written. `raw` itself where all of it stays.
        """
        text = charset.strict(raw.rstrip(b" \0"))
        if text is None:
            return None, ()
        before = text.split("\\") if vr in _MULTIPLE else [text]
        after: list[str] = []
        tokens: list[Token] = []
        for value in before:
            result, decided = self._code(value, tag) if vr == "CS" else self._value(value, vr, strict=strict)
            after.append(result)
            tokens += decided
        if after == before:
            return raw, tuple(tokens)
        joined = "\\".join(after) if any(after) else ""
        return charset.encode(joined), tuple(tokens)

    def _code(self, code: str, tag: int) -> tuple[str, tuple[Token, ...]]:
        """Return a code that the Standard defines or that says nothing of anybody, else another one."""
        terms = DEFINED_TERMS.get(tag, frozenset())
        if code.strip() in terms:
            return code, ()
        result, tokens = self._value(code, "CS", strict=True)
        return code if result == code else "OTHER" if "OTHER" in terms else "", tokens

    def _value(self, text: str, vr: str, *, strict: bool) -> tuple[str, tuple[Token, ...]]:
        cleaned = self.cleaner.clean(text, self.known(), strict=strict, date=self.date, uid=self.uid)
        if cleaned.text != text and len(cleaned.text) > max(_LONGEST.get(vr, len(text)), len(text)):
            # A replacement UID may be longer than the original; one that does not fit goes.
            cleaned = self.cleaner.clean(text, self.known(), strict=strict, date=self.date, uid=lambda _: "")
        return cleaned.text, cleaned.tokens
