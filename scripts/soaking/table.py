"""The outcome of a soak in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from soaking.run import Result
from soaking.sampling import MEBIBYTE
from soaking.verdict import Check


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "B":
        return f"{value / MEBIBYTE:.1f} MiB"
    if unit == "s":
        return f"{value * 1000:.1f} ms"
    return f"{value:.0f}"


def _row(check: Check) -> tuple[str, ...]:
    return (
        check.name,
        *(_shown(value, check.unit) for value in (check.before, check.after, check.most)),
        "ok" if check.passed else "WRONG",
    )


def aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows as lines, the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join((first.ljust(widths[0]), *cells)).rstrip()


def lines(result: Result) -> Iterator[str]:
    """Yield the lines of a report."""
    statuses = ", ".join(f"{status} {count} times" for status, count in result.statuses.items())
    yield f"{result.end / 60:.1f} minutes under load; answers to the senders: {statuses}"
    yield (
        f"{result.acknowledged} instances acknowledged, {result.forwarded} at the archive; "
        + ", ".join(f"{count} {name}" for name, count in result.researcher.items())
        + " of the researcher"
    )
    yield ""
    yield from aligned(
        [("", "second fifth", "last fifth", "at most", ""), *(_row(check) for check in result.checks)]
    )
