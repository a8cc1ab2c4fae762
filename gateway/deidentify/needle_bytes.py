"""Searching bytes that are no text for what the residual check looks for.

Nobody says how text is coded there, so that it is searched in UTF-8 and in UTF-16.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gateway.deidentify.needle import MIN_SUBSTRING, PARTS, SEPARATORS, Needles

_HYPHENATED: Final = bytes.maketrans(SEPARATORS.encode(), b"-" * len(SEPARATORS))


def in_bytes(needles: Needles, value: bytes, shortest: int) -> bool:
    """Search bytes for values, dates and UIDs.

    Parameters
    ----------
    needles
        What is searched.
    value
        Where it is searched.
    shortest
        Characters of the shortest value that counts.
    """
    lowered = value.lower()
    # What is ASCII stands in UTF-16 with zeros in between: without them it is one search, not three.
    squeezed = lowered.replace(b"\0", b"")
    hyphenated = squeezed.translate(_HYPHENATED)
    candidates = [
        date.replace("-", separator)
        for date in needles.dates
        if date.encode() in hyphenated
        for separator in SEPARATORS
    ]
    candidates += [
        text
        for text in (*needles.values, *needles.uids)
        if len(text) >= shortest and (not text.isascii() or text.encode() in squeezed)
    ]
    return any(form in lowered or form in value for form in _forms(candidates))


def longest_form(needles: Needles) -> int:
    """Return at most how many bytes one of the values takes."""
    return 4 * max(map(len, (*needles.values, *needles.uids, *needles.dates)), default=0)


def _forms(values: Iterable[str]) -> Iterator[bytes]:
    for value in values:
        yield from (value.encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be"))


def encoded_forms(name: str) -> Iterator[bytes]:
    """Yield how the parts of a name beyond ASCII look as bytes, with its accents, in each case."""
    for part in PARTS.split(name):
        if len(part) < MIN_SUBSTRING or part.isascii():
            continue
        for case in (part, part.lower(), part.upper(), part.title()):
            for codec in ("utf-8", "utf-16-le", "utf-16-be", "iso8859"):
                encoded = case.encode(codec, "ignore")
                if len(encoded) >= len(case):
                    yield encoded
