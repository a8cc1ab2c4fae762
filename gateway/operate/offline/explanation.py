"""What people and programs are shown of decisions and of a comparison of profiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.deidentify.decision import Decision
from gateway.deidentify.descriptor.token import Token, Verdict
from gateway.deidentify.touched import Path
from gateway.operate.offline.comparison import Comparison, Difference, Outcome
from gateway.operate.view.table import COLOUR, coloured, line, printable, shared_widths
from gateway.operate.wiring.record import tag_text
from gateway.standard.dictionary import keyword_of

_WHY_COLUMNS: Final = 22
_TOKEN_COLOUR: Final = {Verdict.KEPT: "green", Verdict.REMOVED: "red", Verdict.REPLACED: "yellow"}


def decision_document(decision: Decision) -> dict[str, object]:
    """Return a decision for programs."""
    return {
        "path": [tag_text(tag) for tag in decision.path],
        "tag": tag_text(decision.tag),
        "keyword": keyword_of(decision.tag),
        "vr": decision.vr,
        "action": decision.action.value,
        "why": str(decision.why),
        "before": decision.before,
        "after": decision.after,
        "tokens": [_token_document(token) for token in decision.tokens],
    }


def decision_lines(decisions: list[Decision], width: int, *, tokens: bool) -> Iterator[str]:
    """Yield a table of decisions for people.

    Parameters
    ----------
    width
        Columns to fill.
    tokens
        Whether to add a line for each part of a text that was cleaned.
    """
    widths = shared_widths(width, [13, None, 1, _WHY_COLUMNS, None, None], [2, 2, 2])
    yield line(["tag", "keyword", "", "why", "before", "after"], widths)
    for decision in decisions:
        action = decision.action.value
        indent = "  " * len(decision.path)
        name = indent + (keyword_of(decision.tag) or "private or unknown")
        cells = [tag_text(decision.tag), name, action, str(decision.why), decision.before, decision.after]
        yield line(cells, widths, [None, None, COLOUR[action]])
        for token in decision.tokens if tokens else ():
            verdict = coloured(f"{token.verdict:<8}", _TOKEN_COLOUR[token.verdict])
            after = f" -> {printable(token.after)}" if token.verdict == Verdict.REPLACED else ""
            yield f"{'':17}{verdict}  {token.why:<22}  {printable(token.text)}{after}"


def comparison_document(comparison: Comparison) -> dict[str, object]:
    """Return a comparison for programs."""
    entries = []
    for difference, instances in comparison.sorted():
        entry: dict[str, object] = {
            "path": [tag_text(tag) for tag in difference.path],
            "tag": tag_text(difference.tag),
            "keyword": keyword_of(difference.tag),
            "instances": instances,
            "first": difference.first._asdict(),
            "second": difference.second._asdict(),
        }
        if difference in comparison.examples:
            entry["examples"] = [example._asdict() for example in comparison.examples[difference]]
        entries.append(entry)
    sides = {
        name: {
            "profile": core.profile.name,
            "profile_fingerprint": core.profile.fingerprint,
            "refused": dict(sorted(refused.items())),
        }
        for name, core, refused in zip(("first", "second"), comparison.cores, comparison.refused, strict=True)
    }
    unread = dict(sorted(comparison.unread.items()))
    counts = {"compared": comparison.compared, "alike": comparison.alike, "unread": unread}
    return {**sides, **counts, "differences": entries}


def comparison_lines(comparison: Comparison, width: int) -> Iterator[str]:
    """Yield a comparison for people: a table of what differs, then what was refused."""
    names = [core.profile.name for core in comparison.cores]
    alike = f"{comparison.alike} of them treated alike by {' and '.join(names)}"
    yield f"{comparison.compared} instances, {alike}"
    yield from _difference_lines(comparison, names, shared_widths(width, [None, 9, None, None], [4, 3, 3]))
    for name, refused in zip(names, comparison.refused, strict=True):
        for reason, count in sorted(refused.items()):
            yield f"refused under {name}: {count}  {reason}"
    for reason, count in sorted(comparison.unread.items()):
        yield f"not read: {count}  {reason}"


def _difference_lines(comparison: Comparison, names: list[str], widths: list[int]) -> Iterator[str]:
    """Yield the table; what went with a sequence that is in the table is only counted."""
    if comparison.instances:
        yield line(["attribute", "instances", *names], widths)
    places, inside = comparison.places, 0
    for difference, instances in comparison.sorted():
        if difference.is_inside and _ancestors(difference) & places:
            inside += 1
            continue
        outcomes = [_outcome_text(difference.first), _outcome_text(difference.second)]
        colours = [None, None, *(COLOUR.get(one.action) for one in (difference.first, difference.second))]
        yield line([_place_text(difference), f"{instances:>9}", *outcomes], widths, colours)
        for example in comparison.examples.get(difference, ()):
            yield line(["    " + example.before, "", example.first, example.second], widths)
    if inside:
        yield f"and {inside} differences inside of these sequences; --json lists them"


def _ancestors(difference: Difference) -> set[Path]:
    return {difference.path[:length] for length in range(1, len(difference.path) + 1)}


def _place_text(difference: Difference) -> str:
    return "/".join(keyword_of(tag) or tag_text(tag) for tag in difference.place)


def _outcome_text(outcome: Outcome) -> str:
    return f"{outcome.action} {outcome.why}" if outcome.action else "- gone with its sequence"


def _token_document(token: Token) -> dict[str, object]:
    return {
        "text": token.text,
        "start": token.start,
        "end": token.end,
        "verdict": str(token.verdict),
        "why": str(token.why),
        "after": token.after,
    }
