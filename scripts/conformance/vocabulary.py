"""How many words Clean Descriptors knows."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple


class WordList(NamedTuple):
    """One file of the vocabulary: its name, what it says of itself, and its words."""

    name: str
    topic: str
    words: frozenset[str]


def word_lists() -> Iterator[WordList]:
    """Yield the files of the vocabulary by name."""
    folder = files("gateway.deidentify.descriptor") / "vocabulary"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".txt"):
            lines = entry.read_text("utf-8").splitlines()
            first = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
            topic = " ".join(line.lstrip("# ") for line in lines[:first])
            words = (word for line in lines if not line.startswith("#") for word in line.split())
            yield WordList(entry.name, topic, frozenset(words))
