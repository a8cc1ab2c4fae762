"""The pages that are generated whole: every row of the three tables of PS3.15, with what is done."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from types import MappingProxyType
from typing import Final

from gateway.standard import confidentiality_profile, safe_private, structured_content
from gateway.standard.confidentiality_profile import Row
from gateway.standard.method import Option
from gateway.standard.structured_content import Concept
from scripts.conformance import content, private
from scripts.conformance.deviation import OPTIONS, Deviation, deviations
from scripts.conformance.iod import places
from scripts.conformance.markdown import paragraph, shown_tag, table
from scripts.conformance.probe import Probe, actions_seen, tag_of_row

GENERATED: Final = "<!-- Written by scripts/generate_conformance. Do not edit. -->\n"
SHORT: Final = MappingProxyType(
    {
        Option.CLEAN_GRAPHICS: "Graph",
        Option.CLEAN_STRUCTURED_CONTENT: "Struct",
        Option.CLEAN_DESCRIPTORS: "Descr",
        Option.RETAIN_FULL_DATES: "Full",
        Option.RETAIN_MODIFIED_DATES: "Modif",
        Option.RETAIN_PATIENT_CHARACTERISTICS: "Pat",
        Option.RETAIN_DEVICE_IDENTITY: "Dev",
        Option.RETAIN_UIDS: "UIDs",
        Option.RETAIN_SAFE_PRIVATE: "Priv",
        Option.RETAIN_INSTITUTION_IDENTITY: "Inst",
    }
)
"""Heading of each option in the tables."""
_OPTIONS_OF_CONTENT: Final = tuple(
    option for option in OPTIONS if any(option in row.options for row in structured_content.ROWS)
)


def attributes() -> str:
    """Return the page of Table E.1-1."""
    rows = confidentiality_profile.ROWS
    what = f"""What the gateway does to each of the {len(rows)} rows of PS3.15 Table E.1-1, edition
        {confidentiality_profile.EDITION}. It was observed: the program was given an instance with the
        attribute, under the Basic Profile and under each option by itself, and asked about a place of
        each Type."""
    columns = """*Basic* is the Basic Profile's action. Where it is compound, *Resolved* has what it
        comes to by Type, over all places of all IODs; an action without a Type is that of an IOD that
        is not known, and a star marks a deviation. An option's column has its action, and nothing where
        the option leaves the row alone. An action that is not the table's has the table's behind it, in
        parentheses; [the deviations](conformance-statement.md#deviations-from-the-table) say why."""
    legend = ", ".join(f"*{short}* `{option}`" for option, short in SHORT.items())
    codes = f"X removed, Z emptied, D dummy, U UID replaced, C cleaned, K kept. {legend}."
    found = table(["tag", "attribute", "Basic", "Resolved", *SHORT.values()], map(_attribute, rows))
    return f"{GENERATED}# Attributes\n\n" + "\n".join([*map(paragraph, (what, columns, codes)), found])


def _attribute(row: Row) -> list[str]:
    own = [deviation for deviation in deviations() if deviation.row.tag == row.tag]
    always = next((one for one in own if one.option is None and not one.kind), None)
    basic = f"{always.action} ({row.basic})" if always else row.basic
    return [
        shown_tag(row.tag),
        row.name,
        basic,
        _resolved(row, own),
        *(_under(row, option) for option in SHORT),
    ]


def _under(row: Row, option: Option) -> str:
    """Return the action under an option that has one for the row."""
    if option not in row.options:
        return ""
    code = row.options[option]
    action = actions_seen((option,))[row.tag].value
    return action if action == code else f"{action} ({code})"


def _resolved(row: Row, own: list[Deviation]) -> str:
    """Return the actions that a compound one comes to, by Type."""
    if "/" not in row.basic:
        return ""
    probe = Probe.of(())
    found: dict[str, list[str]] = {}
    for kind, place in sorted(places(tag_of_row(row)).items()):
        found.setdefault(probe.ruled(row, place.sop_class_uid, place.path).value, []).append(kind)
    found.setdefault(probe.ruled(row, "", ()).value, [])
    by_type = (f"{action}: {' '.join(kinds)}" if kinds else action for action, kinds in found.items())
    return "; ".join(by_type) + ("*" if any(one.kind for one in own) else "")


def concepts() -> str:
    """Return the page of Table E.3.4-1 and of the concepts beyond it."""
    rows, beyond = structured_content.ROWS, structured_content.BEYOND_TABLE
    what = f"""What Clean Structured Content (PS3.15 E.3.4) does to content items: the {len(rows)} rows
        of Table E.3.4-1, edition {structured_content.EDITION}, and {len(beyond)} of our own. *Action*
        is that of the option by itself; each further column that of it together with another option."""
    codes = """X the item goes, D dummy, U UIDs replaced, which is the dummy of a reference, C cleaned,
        K kept. X/D is always D or U, which is valid wherever a template wants the item. Codes of SNOMED
        CT have those of SNOMED-RT behind them. How items are judged that the table does not list is
        said in [structured content](../explanation/structured-content.md)."""
    headings = ["concept", "code", "Value Type", "action", *(SHORT[option] for option in _OPTIONS_OF_CONTENT)]
    return (
        f"{GENERATED}# Concepts of structured reports\n\n{paragraph(what)}\n{paragraph(codes)}"
        f"\n## Table E.3.4-1\n\n{table(headings, map(_concept, rows))}"
        f"\n## Beyond the table\n\n{table(headings, map(_concept, beyond))}"
    )


def _concept(row: Concept) -> list[str]:
    earlier = "".join(f", {code}" for code in row.earlier)
    code = f"{row.value}{earlier} ({row.scheme})"
    basic = content.action_on(row)
    return [
        row.meaning + (" (retired)" if row.retired else ""),
        code,
        row.value_type,
        f"{basic} ({row.basic})" if "/" in row.basic else basic,
        *(_content_under(row, option) for option in _OPTIONS_OF_CONTENT),
    ]


def _content_under(row: Concept, option: Option) -> str:
    if option not in row.options:
        return ""
    action = content.action_on(row, option)
    return action if action == row.options[option] else f"{action} ({row.options[option]})"


def private_attributes() -> str:
    """Return the page of Table E.3.10-1."""
    rows = safe_private.ROWS
    what = f"""The {len(rows)} attributes of PS3.15 Table E.3.10-1, edition {safe_private.EDITION}. They
        stay under Retain Safe Private, if their value is of the VR that the table has. K kept, U UID
        replaced. Text is cleaned under Clean Descriptors, of what is known or has a pattern. A sequence
        (SQ) is looked into. Where the table has no VR, a number of any kind stays. A site's list may
        add to these and take away: [keep private attributes](../how-to/keep-private-attributes.md)."""
    return f"{GENERATED}# Private attributes that stay\n\n{paragraph(what)}{''.join(_creators())}"


def _creators() -> Iterator[str]:
    """Yield a section for each creator, in alphabetical order."""
    rows = sorted(safe_private.ROWS, key=lambda row: (row.creator.casefold(), row.group, row.offset))
    for creator, own in groupby(rows, key=lambda row: row.creator):
        lines = (
            [f"({row.group:04X},xx{row.offset:02X})", row.vr or "number", private.action_on(row), row.meaning]
            for row in own
        )
        yield f"\n## {creator}\n\n{table(['tag', 'VR', 'action', 'meaning'], lines)}"
