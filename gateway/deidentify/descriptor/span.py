"""A part of a folded text that goes or is replaced as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.deidentify.descriptor.token import Why


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a written date.

    Parameters
    ----------
    kind
        ``year``, ``month``, ``day``, ``era year``, ``month name`` or ``weekday``.
    start, end
        Where it stands in the folded text.
    names
        The list a month or weekday is named from.
    """

    kind: str
    start: int
    end: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A full date of the calendar and how it is written."""

    year: int
    month: int
    day: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a folded text; `written` where they are a date that can be moved."""

    start: int
    end: int
    why: Why
    written: Written | None = None


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order and apart: of two that overlap the outer one, or their union."""
    apart: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        last = apart[-1] if apart else None
        if last is None or span.start >= last.end:
            apart.append(span)
        elif span.end > last.end:
            apart[-1] = Span(last.start, span.end, last.why)
    return apart
