"""Tables for people: columns that fit the terminal, colours where somebody looks."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

import click

COLOUR: Final = MappingProxyType(
    {"X": "red", "Z": "red", "D": "yellow", "U": "yellow", "C": "cyan", "K": "green"}
)
"""Colour of each action of PS3.15 Table E.1-1a."""
_GAP: Final = "  "
_PIPED: Final = 160
"""Columns where there is no terminal."""
_NARROWEST: Final = 80


def terminal_width() -> int:
    """Return the number of columns to fill."""
    return max(_NARROWEST, shutil.get_terminal_size((_PIPED, 24)).columns)


def coloured(text: str, colour: str | None) -> str:
    """Return `text` in a colour; `click.echo` takes it away where no terminal is."""
    is_plain = colour is None or "NO_COLOR" in os.environ
    return text if is_plain else click.style(text, fg=colour)


def printable(text: str, *, keep: str = "") -> str:
    """Return `text` with a dot for what would move the cursor or turn the direction of writing."""
    return "".join(one if one.isprintable() or one in keep else "." for one in text)


def fitted(text: str, width: int) -> str:
    """Return `text` on one line in exactly `width` columns; an ellipsis shows that it goes on."""
    text = printable(text)
    if _columns(text) > width:
        kept, used = [], 1
        for character in text:
            used += _columns(character)
            if used > width:
                break
            kept.append(character)
        text = "".join(kept) + "…"
    return text + " " * (width - _columns(text))


def line(cells: Sequence[str], widths: Sequence[int], colours: Sequence[str | None] = ()) -> str:
    """Return the cells of one row, each in its width; a colour may be given for each."""
    texts = [fitted(cell, width) for cell, width in zip(cells, widths, strict=True)]
    texts[-1] = texts[-1].rstrip()
    colours = (*colours, *[None] * (len(texts) - len(colours)))
    return _GAP.join(map(coloured, texts, colours)).rstrip()


def shared_widths(total: int, fixed: Sequence[int | None], shares: Sequence[int]) -> list[int]:
    """Return the widths of columns that fill a line.

    Parameters
    ----------
    total
        Columns of the terminal.
    fixed
        Width of each column, None for one that shares what is left.
    shares
        Parts that those get of it, in their order.
    """
    left = total - sum(width or 0 for width in fixed) - len(_GAP) * (len(fixed) - 1)
    parts: Iterator[int] = (left * share // sum(shares) for share in shares)
    return [next(parts) if width is None else width for width in fixed]


def _columns(text: str) -> int:
    """Return how many columns a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )
