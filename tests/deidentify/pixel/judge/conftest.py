"""Decisions about lines of text, without pictures."""

from __future__ import annotations

import pytest

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.judge.decision import Decider
from gateway.deidentify.pixel.judge.reading import Line
from gateway.deidentify.pixel.judge.sought import Sought
from gateway.deidentify.pixel.judge.vocabulary import Vocabulary
from gateway.deidentify.pixel.picture import Reading


@pytest.fixture(scope="session")
def vocabulary():
    """The clinical vocabulary, without words of a site."""
    return Vocabulary()


@pytest.fixture(scope="session")
def read_as():
    """Return a function that makes a line of what each engine reads in it."""

    def line(*texts, box=None, confidence=1.0, **more):
        sure = confidence if isinstance(confidence, tuple) else (confidence,) * len(texts)
        readings = tuple(
            Reading(text, certain, f"engine {number}")
            for number, (text, certain) in enumerate(zip(texts, sure, strict=True))
        )
        return Line(box or Box(10, 10, 30, 20 + 12 * len(texts[0])), (readings,), **more)

    return line


@pytest.fixture(scope="session")
def ground_of(vocabulary, read_as):
    """Return a function that says what becomes of one line that both engines read alike."""

    def ground(text, *terms):
        return Decider(Sought(terms), vocabulary).ground(read_as(text, text))

    return ground
