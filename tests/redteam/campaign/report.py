"""What was measured, as a table, as JSON, and failure by failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydicom.datadict import keyword_for_tag

from .answer import Class
from .scoring import Tally


@dataclass(frozen=True, slots=True)
class Column:
    """A tool and what it made of the corpus; without a tally where the tool cannot be had."""

    name: str
    tally: Tally | None
    seconds: float
    problems: Mapping[str, int]


def table(columns: list[Column]) -> str:
    """Return passed and total by class of check, a column for each tool."""
    rows = [["check", *(column.name for column in columns)]]
    rows += [[str(check), *(_score(column, check) for column in columns)] for check in Class]
    rows.append(["all checks", *(_score(column, None) for column in columns)])
    for name in ("leaks", "refused", "crashed"):
        rows.append([name, *(_count(column, name) for column in columns)])
    rows.append(["seconds", *(f"{column.seconds:.1f}" if column.tally else "-" for column in columns)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for column in columns:
        lines += [f"{column.name}: {count} x {problem}" for problem, count in column.problems.items()]
    return "\n".join(lines)


def _score(column: Column, check: Class | None) -> str:
    if column.tally is None:
        return "not available"
    passed, total = _of(column.tally, check)
    return f"{passed}/{total} {_percent(passed, total)}"


def _of(tally: Tally, check: Class | None) -> tuple[int, int]:
    if check is None:
        return tally.passed.total(), tally.total.total()
    return tally.passed[check], tally.total[check]


def _percent(passed: int, total: int) -> str:
    """Return a percentage that says 100 only when all passed."""
    if not total:
        return "-"
    return "100 %" if passed == total else f"{min(99.99, 100 * passed / total):.2f} %"


def _count(column: Column, name: str) -> str:
    return "-" if column.tally is None else str(getattr(column.tally, name))


def as_json(columns: list[Column]) -> dict[str, object]:
    """Return the table as data."""
    return {
        column.name: None
        if column.tally is None
        else {
            "checks": {
                str(check): dict(zip(("passed", "total"), _of(column.tally, check), strict=True))
                for check in Class
            },
            "leaks": column.tally.leaks,
            "refused": column.tally.refused,
            "crashed": column.tally.crashed,
            "seconds": round(column.seconds, 2),
            "problems": dict(column.problems),
        }
        for column in columns
    }


def shown_failures(tally: Tally, count: int, check: str | None) -> Iterator[str]:
    """Yield a line for each of the first failures: all of it is invented, so values are shown."""
    chosen = [one for one in tally.failures if check is None or one.check.check == check]
    for one in chosen[:count]:
        where = readable(one.check.path) or "anywhere"
        yield (
            f"#{one.number} {one.kind} ({one.script}): {one.check.check} {where}: {one.check.why}: "
            f"{one.check.value[:80]!r}, found {one.found[:160]!r}"
        )


def readable(path: str) -> str:
    """Return a path with keywords in the place of tags."""
    return "/".join(_keyword(step) for step in path.split("/")) if path else ""


def _keyword(step: str) -> str:
    try:
        return keyword_for_tag(int(step, 16)) or step
    except ValueError:
        return step
