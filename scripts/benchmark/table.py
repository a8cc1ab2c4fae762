"""The figures as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MEBIBYTE = 1 << 20
MISSING = "not available"


def print_report(result: dict[str, Any], peers: Sequence[str]) -> None:
    """Print what was measured.

    Parameters
    ----------
    result
        As printed by ``--json``.
    peers
        Columns that are there even where the peers are not.
    """
    gateways = [name for name in result["times"][0]["milliseconds"] if name not in peers]
    columns = [*gateways, *peers]
    print(f"One core of {result['machine']}; processor time, medians of turns.")
    print("The gateway's time includes its residual check and its report.\n")
    print("Milliseconds per instance")
    rows = [
        ["", "elements", "bytes", *columns, *(f"ratio {name.removeprefix('gateway ')}" for name in gateways)]
    ]
    for one in result["times"]:
        ratios = [one["ratios"].get(name) for name in gateways]
        rows.append(
            [
                one["case"],
                f"{one['elements']:,}",
                f"{one['size']:,}",
                *(_milliseconds(one["milliseconds"], name) for name in columns),
                *("" if ratio is None else f"{ratio:.1f}" for ratio in ratios),
            ]
        )
    _print_table(rows)
    print("\nMicroseconds per element by number of elements, enhanced CT")
    for engine, growth in result["per_element"].items():
        by_size = growth["microseconds"]
        head = ["", *(f"{int(size):,}" for size in by_size), "most / least"]
        row = [engine, *(f"{one:.2f}" for one in by_size.values()), f"{growth['most_to_least']:.2f}"]
        _print_table([head, row])
    print("\nPeak of memory above what the process had before, in MiB")
    rows = [["", "input", "new bytes", "peak", "bound", "seconds"]]
    for name in columns:
        figures = result["memory"].get(name)
        rows.append([name, *_memory(figures)] if figures else [name, MISSING, "", "", "", ""])
    _print_table(rows)


def _milliseconds(by_engine: dict[str, float | None], name: str) -> str:
    if name not in by_engine:
        return MISSING
    found = by_engine[name]
    return "failed" if found is None else f"{found:.2f}"


def _memory(figures: dict[str, Any]) -> list[str]:
    changed = f"{figures['changed'] / MEBIBYTE:.1f}" if figures["changed"] >= 0 else ""
    bound = f"{figures['bound'] / MEBIBYTE:.0f}" if "bound" in figures else ""
    whole = [f"{figures[key] / MEBIBYTE:.0f}" for key in ("input", "peak")]
    return [whole[0], changed, whole[1], bound, f"{figures['seconds']:.2f}"]


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join((first, *rest)).rstrip())
