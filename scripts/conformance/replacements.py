"""The generated parts of the conformance statement about values that the gateway writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.deidentify.dummy import DUMMY_ITEM, dummy_value
from gateway.deidentify.encode import header
from gateway.deidentify.method import MANUFACTURER, TEMPORAL_INFORMATION, markers
from gateway.deidentify.private_attribute import VRS
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.replacement import KEYED
from gateway.standard.confidentiality_profile import EDITION, ROWS
from gateway.standard.dictionary import keyword_of
from gateway.standard.method import DEIDENTIFYING_EQUIPMENT, Option
from scripts.conformance.markdown import paragraph, shown_tag, table
from scripts.conformance.probe import ENCODING, Probe

_KEY: Final = PseudonymKey(bytes(range(32)))
_NO_DUMMY: Final = frozenset({"SQ", "UI"})
"""VRs with a replacement of their own."""


def _shown(vr: str) -> str:
    value = dummy_value(0, vr, ENCODING)
    if not any(value):
        return f"{len(value)} zero bytes"
    return f"`{value.decode('ascii')}`"


def dummies() -> str:
    """Return the dummy of each VR, and the sequences that have an item for one."""
    by_value: dict[str, list[str]] = {}
    for vr in sorted(VRS - _NO_DUMMY):
        by_value.setdefault(_shown(vr), []).append(vr)
    whole = ", ".join(keyword_of(tag) for tag in sorted(DUMMY_ITEM))
    into = sorted(row.keyword for row in ROWS if row.vr == "SQ" and row.basic == "D")
    others = ", ".join(keyword for keyword in into if keyword not in whole.split(", "))
    return (
        table(["VR", "dummy"], ([", ".join(vrs), value] for value, vrs in by_value.items()))
        + "\n"
        + paragraph(f"Sequences that become one item without information: {whole}.")
        + "\n"
        + paragraph(f"Sequences of which the content is treated by its own rows: {others}.")
        + "\n"
        + paragraph(f"Keyed instead: {', '.join(keyword_of(tag) for tag in sorted(KEYED))}.")
    )


def _values() -> Iterator[tuple[str, str]]:
    """Yield what (0028,0303) says with no option of dates, and with each."""
    for options in ((), (Option.RETAIN_MODIFIED_DATES,), (Option.RETAIN_FULL_DATES,)):
        element = markers(Probe.of(options).profile, _KEY, ENCODING)[TEMPORAL_INFORMATION]
        value = element[len(header(TEMPORAL_INFORMATION, "CS", 0, ENCODING)) :].decode("ascii").strip()
        yield value, f"with `{options[0]}`" if options else "without an option of dates"


def inserted() -> str:
    """Return the attributes that every output has, and their values."""
    temporal = ", ".join(f"{value} {when}" for value, when in _values())
    code = DEIDENTIFYING_EQUIPMENT
    method = f"`PS3.15 {EDITION} Basic Profile`, name of the profile, eight digits of its fingerprint"
    equipment = f"Purpose of Reference {code.value} {code.meaning}, Manufacturer `{MANUFACTURER}`"
    words = {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": f"{method}; further values name what an override weakens, and say "
        "that pixels changed",
        "DeidentificationMethodCodeSequence": "a code of CID 7050 for the Basic Profile, unless an override "
        "weakens it, and for each option of the profile; 113101 only where a picture was examined, 113110 "
        "only where no pixel changed",
        "LongitudinalTemporalInformationModified": temporal,
        "ContributingEquipmentSequence": f"one item: {equipment}, Device UID of the project, Software "
        "Versions. No date and no time",
    }
    tags = sorted(markers(Probe.of(()).profile, _KEY, ENCODING))
    lines = ([shown_tag(tag), keyword_of(tag), words[keyword_of(tag)]] for tag in tags)
    return table(["tag", "attribute", "value"], lines)
