"""Where a word ends: scripts that join words, and numbers inside longer ones."""

from __future__ import annotations

from collections.abc import Iterator


def is_joining_script(word: str) -> bool:
    """Tell whether a folded word is of a script in which names are joined to other words."""
    return not word.isascii() and any(character > "\u036f" for character in word)


def is_spaceless(character: str) -> bool:
    """Tell whether a folded character is of Chinese, Japanese or Korean."""
    return "\u1100" <= character <= "\u11ff" or "\u3005" <= character <= "\u9fff"


def places_of(text: str, part: str) -> Iterator[int]:
    """Yield where a part begins in a text, each time behind the last."""
    place = text.find(part)
    while place >= 0:
        yield place
        place = text.find(part, place + len(part))


def cuts_number(fold: str, start: int, end: int) -> bool:
    """Tell whether a span is only a part of a longer number."""
    before = start > 0 and fold[start].isdecimal() and fold[start - 1].isdecimal()
    after = end < len(fold) and fold[end - 1].isdecimal() and fold[end].isdecimal()
    return before or after
