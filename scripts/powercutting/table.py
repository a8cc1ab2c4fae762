"""Findings for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from powercutting.ablation import EXEMPT, Absence
from powercutting.disk import Survival
from powercutting.examination import Verdict
from powercutting.replay import MOMENTS

_SHOWN, _WIDEST = 20, 150


def findings(verdicts: Sequence[Verdict]) -> str:
    """Boundary by what survived: disks; then the answers that they had to have, and what was lost."""
    lines = [_line("power cut at", [*Survival.KINDS, "disks", "answers", "lost", "bad disks"])]
    for kind in MOMENTS:
        lines.append(_row(kind, [verdict for verdict in verdicts if verdict.moment.kind == kind]))
    return "\n".join([*lines, _row("all", verdicts)])


def _row(name: str, verdicts: Sequence[Verdict]) -> str:
    disks = Counter(verdict.survival for verdict in verdicts)
    cells = [disks[survival] for survival in Survival.KINDS]
    answers = sum(verdict.moment.answers for verdict in verdicts)
    lost = sum(verdict.lost for verdict in verdicts)
    return _line(name, [*cells, len(verdicts), answers, lost, sum(bool(one.problems) for one in verdicts)])


def problems(verdicts: Iterable[Verdict]) -> str:
    """The first of what is wrong, each on a line with what rebuilds it."""
    lines = [
        f"WRONG  boundary {one.moment.number} ({one.moment.kind} {one.moment.what}), {one.survival}: "
        f"{one.problems[0][:_WIDEST]}" + (f" (and {len(one.problems) - 1} more)" if one.problems[1:] else "")
        for one in verdicts
        if one.problems
    ]
    more = len(lines) - _SHOWN
    return "\n".join(lines[:_SHOWN] + ([f"and {more} more disks"] if more > 0 else []))


def absence(one: Absence) -> str:
    """One line of the table of syncs left out."""
    if one.shown is None:
        said = f"not noticed: {EXEMPT[one.what]}" if one.what in EXEMPT else "NOT NOTICED"
    else:
        first = one.shown
        said = f"{first.moment.kind}, {first.survival}: {first.problems[0][:_WIDEST]}"
    return f"{one.what:<24}{one.syncs:>6}{one.disks:>7}  {said}"


def as_json(verdicts: Sequence[Verdict], absences: Sequence[Absence]) -> dict[str, object]:
    """The same for programs."""
    cells = [
        {
            "boundary": kind,
            "survived": survival,
            "disks": len(here := [v for v in verdicts if (v.moment.kind, v.survival) == (kind, survival)]),
            "answers": sum(verdict.moment.answers for verdict in here),
            "lost": sum(verdict.lost for verdict in here),
            "bad_disks": sum(bool(verdict.problems) for verdict in here),
        }
        for kind in MOMENTS
        for survival in Survival.KINDS
    ]
    return {
        "cells": cells,
        "without": [
            {
                "sync": one.what,
                "syncs": one.syncs,
                "disks": one.disks,
                "noticed": one.shown is not None,
                "why": one.shown.problems[0] if one.shown else EXEMPT.get(one.what, ""),
            }
            for one in absences
        ],
    }


def _line(first: str, cells: Iterable[object]) -> str:
    return f"{first:<16}" + "".join(f"{cell:>10}" for cell in cells)
