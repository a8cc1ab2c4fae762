"""The figures of all contestants, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.pixels.cost import Cost
from scripts.pixels.scoring import MEDIUM, STRONG, WEAK
from scripts.pixels.summary import Share, Summary


def print_table(summaries: Sequence[Summary]) -> None:
    """Print what was measured, the gateway first; shares with Wilson's 95 % interval."""
    rows = [["", *(one.name for one in summaries)]]

    def add(name: str, cells: Sequence[str]) -> None:
        rows.append([name, *cells])

    add("PHI hidden, 10 px and 25 % and more", [_cell(one.hidden[STRONG]) for one in summaries])
    add("PHI hidden, 8 px and 12 % and more", [_cell(one.hidden_medium) for one in summaries])
    add("  of these below 10 px or 25 %", [_cell(one.hidden[MEDIUM]) for one in summaries])
    add("PHI hidden, smaller or fainter", [_cell(one.hidden[WEAK]) for one in summaries])
    add("instances with a leak", [_cell(one.leaks) for one in summaries])
    add("  in text of 10 px and 25 % and more", [_cell(one.leaks_standard) for one in summaries])
    add("clinical labels kept", [_cell(one.labels) for one in summaries])
    add("  of 10 px and 25 % and more", [_cell(one.labels_clear) for one in summaries])
    add("  lead markers", [_cell(one.lead) for one in summaries])
    add("blacked outside any text, mean", [f"{one.over:.3%}" for one in summaries])
    add("  where it was not black before", [f"{one.over_bright:.3%}" for one in summaries])
    add("clean CT and MR byte-identical", [_cell(one.same_sections) for one in summaries])
    add("other clean byte-identical", [_cell(one.same_others) for one in summaries])
    add("nothing but black differs", [_cell(one.exact) for one in summaries])
    add("refused / crashed", [f"{one.refused} / {one.failed}" for one in summaries])
    add("words read before / after", [f"{one.read_before} / {one.read_after}" for one in summaries])
    print_rows(rows)
    print("\nMedian milliseconds of one core for an instance, by kind")
    kinds = sorted({kind for one in summaries for kind in one.seconds})
    print_rows(
        [
            ["", *(one.name for one in summaries)],
            *([kind, *(f"{one.seconds.get(kind, 0) * 1000:.0f}" for one in summaries)] for kind in kinds),
        ]
    )


def print_costs(costs: Sequence[Cost]) -> None:
    """Print what single instances cost, beside what they may cost."""
    if not costs:
        return
    print("\nMilliseconds of one core")
    rows = [["", "taken", "at most", ""]]
    rows += [[one.what, f"{one.milliseconds:.1f}", f"{one.most:.0f}", one.details] for one in costs]
    print_rows(rows)


def _cell(share: Share) -> str:
    if not share.of:
        return "-"
    low, high = share.interval
    return f"{share.value:.2%} ({low:.1%}-{high:.1%}) {share.hits}/{share.of}"


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Print columns, the first to the left."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join((first, *rest)).rstrip())
