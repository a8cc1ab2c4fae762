"""Tables and paragraphs of Markdown, and the parts of a page between markers."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

WIDTH: Final = 120
_PART: Final = re.compile(r"<!-- generated: ([a-z-]+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; a bar inside of a cell does not end it."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def paragraph(text: str) -> str:
    """Return a paragraph, wrapped anew."""
    words = " ".join(text.split())
    return textwrap.fill(words, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def shown_tag(tag: int | str) -> str:
    """Return a tag as the Standard writes it."""
    digits = tag if isinstance(tag, str) else f"{tag:08X}"
    return f"({digits[:4]},{digits[4:]})" if len(digits) == 8 else digits


def replaced(page: str, parts: Mapping[str, str]) -> str:
    """Return a page with each of its generated parts made anew.

    Raises
    ------
    ValueError
        The page lacks a part, or has one that nobody makes.
    """
    names = [match[1] for match in _PART.finditer(page)]
    if sorted(names) != sorted(parts):
        raise ValueError(f"parts of the page: {names}; parts that are made: {sorted(parts)}")
    return _PART.sub(lambda match: f"<!-- generated: {match[1]} -->\n{parts[match[1]]}<!-- end -->\n", page)
