"""The generated parts of the conformance statement about deviations, and about options that disagree."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.conformance.deviation import WORDS, choices, deviations
from scripts.conformance.markdown import paragraph, shown_tag, table


def deviations_from_the_table() -> str:
    """Return every deviation, by its reason."""
    return "\n".join(_reasons())


def _reasons() -> Iterator[str]:
    found = deviations()
    for reason, words in WORDS.items():
        own = [deviation for deviation in found if deviation.reason is reason]
        if not own:
            raise ValueError(f"no row deviates any more for the reason: {reason}")
        lines = (
            [
                shown_tag(one.row.tag),
                one.row.name,
                f"`{one.option or 'basic'}`" + (f", Type {one.kind}" if one.kind else ""),
                one.expected,
                one.action.value,
            ]
            for one in own
        )
        yield f"{paragraph(words)}\n{table(['tag', 'attribute', 'under', 'table', 'gateway'], lines)}"


def options_that_disagree() -> str:
    """Return the rows of which two options ask for different things, and what is done."""
    lines = (
        [
            shown_tag(choice.row.tag),
            choice.row.name,
            *(f"`{option}` {code}" for option, code in zip(choice.options, choice.codes, strict=True)),
            choice.action.value,
        ]
        for choice in choices()
    )
    return table(["tag", "attribute", "one option", "another", "both"], lines)
