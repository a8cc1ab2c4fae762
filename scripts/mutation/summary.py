"""The outcome of a run, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scripts.mutation.trial import Outcome, Result


def table(results: Iterable[Result]) -> str:
    """Return one row for each module, and their sum."""
    rows: dict[str, list[int]] = {}
    for result in results:
        row = rows.setdefault(result.mutant.module, [0, 0, 0, 0])
        row[0] += 1
        row[1 + tuple(Outcome).index(result.outcome)] += 1
    total = [sum(row[column] for row in rows.values()) for column in range(4)]
    lines = [("module", "mutants", *(outcome.value for outcome in Outcome)), ("---", *["---:"] * 4)]
    lines += [(module, *map(str, row)) for module, row in sorted(rows.items())]
    lines.append(("all", *map(str, total)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_json(results: Sequence[Result]) -> list[dict[str, str | float]]:
    """Return what a program may want to read."""
    return [
        {"mutant": str(one.mutant), "outcome": one.outcome.value, "seconds": round(one.seconds, 1)}
        for one in results
    ]
