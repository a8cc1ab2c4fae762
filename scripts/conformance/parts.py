"""The generated parts of the conformance statement that list what the program has as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from pydicom.uid import UID

from gateway.deidentify.profile_content import UNAVAILABLE
from gateway.deidentify.rule import DEVICE_DATES, VOCABULARY_DATES
from gateway.errors import Reason
from gateway.standard import safe_private, structured_content
from gateway.standard.beyond_table import DESCRIPTORS, IDENTIFYING
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import keyword_of, vr_of
from gateway.standard.method import BASIC_PROFILE, OPTION_CODE, Code, Option
from gateway.standard.sop_class import (
    ANNOTATED_MODALITIES,
    CROSS_SECTIONAL,
    HAS_DATA_PIXELS,
    HAS_PIXELS_OFTEN_ANNOTATED,
    REFUSED_BY_DEFAULT,
)
from gateway.standard.status import status_of
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES
from scripts.conformance import content
from scripts.conformance.markdown import paragraph, shown_tag, table
from scripts.conformance.probe import actions_seen, tag_of_row
from scripts.conformance.vocabulary import word_lists

_CLAUSE: Final = MappingProxyType(
    {
        Option.CLEAN_PIXEL_DATA: "E.3.1",
        Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES: "E.3.2",
        Option.CLEAN_GRAPHICS: "E.3.3",
        Option.CLEAN_STRUCTURED_CONTENT: "E.3.4",
        Option.CLEAN_DESCRIPTORS: "E.3.5",
        Option.RETAIN_FULL_DATES: "E.3.6",
        Option.RETAIN_MODIFIED_DATES: "E.3.6",
        Option.RETAIN_PATIENT_CHARACTERISTICS: "E.3.7",
        Option.RETAIN_DEVICE_IDENTITY: "E.3.8",
        Option.RETAIN_UIDS: "E.3.9",
        Option.RETAIN_SAFE_PRIVATE: "E.3.10",
        Option.RETAIN_INSTITUTION_IDENTITY: "E.3.11",
    }
)
_NAMES: Final = MappingProxyType(
    {
        "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
        "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
        "1.2.840.10008.1.2.4.112": "JPEG XL",
        "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
        "1.2.840.10008.5.1.4.1.1.66.7": "Label Map Segmentation Storage",
        "1.2.840.10008.5.1.4.1.1.66.8": "Height Map Segmentation Storage",
    }
)
"""Of UIDs that are newer than pydicom's dictionary."""


def _name(uid: str) -> str:
    return _NAMES.get(uid) or UID(uid).name


def _attributes(tags: Iterable[int]) -> str:
    """Return a table of attributes by tag."""
    rows = ([shown_tag(tag), keyword_of(tag), vr_of(tag) or ""] for tag in sorted(tags))
    return table(["tag", "attribute", "VR"], rows)


def options() -> str:
    """Return each code of CID 7050, and how many rows of the table the option has."""

    def line(name: str, clause: str, code: Code, rows: int) -> list[object]:
        available = "no: a profile that names it does not start" if name in UNAVAILABLE else "yes"
        return [f"{code.value} {code.meaning}", f"`{name}`", clause, rows or "", available]

    lines = [line("basic", "E.2", BASIC_PROFILE, len(ROWS))]
    for option in Option:
        rows = sum(option in row.options for row in ROWS)
        lines.append(line(option.value, _CLAUSE[option], OPTION_CODE[option], rows))
    return table(["code (DCM)", "in a profile", "PS3.15", "rows", "available"], lines)


def actions() -> str:
    """Return how many rows have each action under the Basic Profile."""
    found = Counter(row.basic for row in ROWS)
    return table(["action of the Basic Profile", "rows"], sorted(found.items()))


def identifying() -> str:
    """Return the attributes beyond the table that identify."""
    return f"{paragraph(f'{len(IDENTIFYING)} attributes:')}\n{_attributes(IDENTIFYING)}"


def descriptors() -> str:
    """Return the texts beyond the table that are treated as descriptors."""
    return f"{paragraph(f'{len(DESCRIPTORS)} attributes:')}\n{_attributes(DESCRIPTORS)}"


def dates() -> str:
    """Return the attributes that are never shifted."""
    return (
        paragraph("Not shifted, but treated as the Basic Profile has them, dates of devices and products:")
        + f"\n{_attributes(DEVICE_DATES)}\n"
        + paragraph("Kept as they are, because they are versions of a vocabulary:")
        + f"\n{_attributes(VOCABULARY_DATES)}"
    )


def patient_characteristics() -> str:
    """Return the attributes of Retain Patient Characteristics."""
    option = Option.RETAIN_PATIENT_CHARACTERISTICS
    seen = actions_seen((option,))
    lines = (
        [shown_tag(tag_of_row(row)), row.name, row.options[option], seen[row.tag].value]
        for row in ROWS
        if option in row.options
    )
    return table(["tag", "attribute", "table", "gateway"], lines)


def vocabulary() -> str:
    """Return the number of words in each file of the vocabulary."""
    lists = list(word_lists())
    total = len(frozenset().union(*(one.words for one in lists)))
    lines = ([f"`{one.name}`", len(one.words), one.topic] for one in lists)
    counted = paragraph(f"{total} different entries in {len(lists)} files:")
    return f"{counted}\n{table(['file', 'entries', 'topic'], lines)}"


def concepts() -> str:
    """Return how many rows of Table E.3.4-1 have each action."""
    rows, beyond = structured_content.ROWS, structured_content.BEYOND_TABLE
    lines = []
    for code in sorted({row.basic for row in rows}):
        own = [row for row in rows if row.basic == code]
        done = Counter(content.action_on(row) for row in own)
        shown = ", ".join(f"{number} {action}" for action, number in sorted(done.items()))
        lines.append([code, len(own), shown, sum(row.basic == code for row in beyond)])
    return table(
        ["action", f"rows of the table ({len(rows)})", "done", f"rows of our own ({len(beyond)})"], lines
    )


def private_creators() -> str:
    """Return how many private attributes stay of each creator."""
    found = Counter(row.creator for row in safe_private.ROWS)
    lines = sorted(found.items(), key=lambda pair: pair[0].casefold())
    return table(["creator", f"attributes ({len(safe_private.ROWS)})"], lines)


def transfer_syntaxes() -> str:
    """Return every transfer syntax an instance may have."""
    return table(["UID", "transfer syntax"], ([uid, _name(uid)] for uid in TRANSFER_SYNTAXES))


def refused_sop_classes() -> str:
    """Return the SOP Classes that are refused unless the settings say otherwise."""
    return table(["UID", "SOP Class"], ([uid, _name(uid)] for uid in sorted(REFUSED_BY_DEFAULT)))


def _classes(uids: Iterable[str]) -> str:
    """Return a table of SOP Classes."""
    ordered = sorted(uids, key=lambda uid: [int(part) for part in uid.split(".")])
    return table(["UID", "SOP Class"], ([uid, _name(uid)] for uid in ordered))


def no_pictures() -> str:
    """Return the SOP Classes whose pixels are numbers."""
    return _classes(HAS_DATA_PIXELS)


def screened() -> str:
    """Return the SOP Classes whose images may be screened."""
    return _classes(CROSS_SECTIONAL)


def unexamined() -> str:
    """Return what is refused because nobody examines its pixels."""
    return (
        _classes(HAS_PIXELS_OFTEN_ANNOTATED)
        + "\n"
        + paragraph(f"Modalities: {', '.join(sorted(ANNOTATED_MODALITIES))}.")
    )


def statuses() -> str:
    """Return the status of each reason of refusal."""
    return table(["status", "reason"], ([f"{status_of(reason):04X}H", f"`{reason}`"] for reason in Reason))
