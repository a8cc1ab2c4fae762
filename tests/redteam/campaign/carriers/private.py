"""Private elements: of nobody, of a vendor, safe by Table E.3.10-1, and safe with a name inside."""

from __future__ import annotations

from typing import Final

from ..answer import Class  # noqa: TID252
from ..draft import Draft  # noqa: TID252
from ..encoding import DataSet, Value, items  # noqa: TID252

_SAFE: Final[tuple[tuple[int, str, int, str, Value], ...]] = (
    (0x7053, "Philips PET Private Group", 0x00, "DS", "0.000512"),
    (0x7053, "Philips PET Private Group", 0x09, "DS", "1.25"),
    (0x00E1, "ELSCINT1", 0x21, "DS", "512.5"),
    (0x00E1, "ELSCINT1", 0x50, "DS", "4.75"),
    (0x01F1, "ELSCINT1", 0x27, "DS", "0.75"),
    (0x0019, "GEMS_ACQU_01", 0x23, "DS", "39.375"),
    (0x0019, "GEMS_ACQU_01", 0x27, "DS", "0.5"),
    (0x01F1, "ELSCINT1", 0x07, "DS", "12.5"),
    (0x0045, "GEMS_HELIOS_01", 0x01, "SS", 64),
    (0x0045, "GEMS_HELIOS_01", 0x02, "FL", 0.625),
    (0x2001, "Philips Imaging DD 001", 0x03, "FL", 1000.0),
    (0x2001, "Philips Imaging DD 001", 0x08, "IS", "3"),
    (0x2001, "Philips Imaging DD 001", 0x0A, "IS", "17"),
    (0x2001, "Philips Imaging DD 001", 0x13, "SL", 21),
    (0x2001, "Philips Imaging DD 001", 0x18, "SL", 24),
    (0x2001, "Philips Imaging DD 001", 0x22, "FL", 1.5),
    (0x2001, "Philips Imaging DD 001", 0x23, "DS", "90"),
)
"""Rows of PS3.15 Table E.3.10-1 with the harmless number that is planted."""
_TEXTUAL: Final = (
    (0x0019, "GEMS_ACQU_01", 0x9E, "LO"),
    (0x0043, "GEMS_PARM_01", 0x27, "SH"),
    (0x2001, "Philips Imaging DD 001", 0x25, "SH"),
)
"""Rows of it into which somebody may write."""


def _block(data: DataSet, group: int, creator: str) -> int:
    """Return the first element of the creator's block, which is reserved when it is not yet."""
    block = 0x10
    while (group << 16) | block in data:
        if data[(group << 16) | block].value == creator:
            break
        block += 1
    data.put((group << 16) | block, creator, "LO")
    return (group << 16) | (block << 8)


def unknown(draft: Draft) -> None:
    """Elements of a vendor whom no table knows: names, dates, identifiers."""
    name = draft.secret_name(draft.stranger(), "private element")
    base = _block(draft.data, 0x0029, "ACME IMAGING 7.1")
    draft.data.put(base | 0x01, f"{name.family}^{name.given}", "PN")
    draft.data.put(base | 0x02, f"acquired for {name.given} {name.family}", "LT")
    draft.data.put(
        base | 0x03, draft.secret(f"PRV{draft.rng.randrange(10**7, 10**8)}", "private identifier"), "LO"
    )
    draft.data.put(base | 0x04, draft.study.date, "DA")
    draft.check(Class.TEXT_REMOVED, "0029,ACME IMAGING 7.1,04", draft.study.date, "private date")
    draft.data.put(base | 0x05, f"{name.given} {name.family}\0\1".encode(), "OB")


def nested(draft: Draft) -> None:
    """A private sequence in a private sequence, with public elements inside."""
    name = draft.secret_name(draft.stranger(), "private sequence")
    inner = items(
        PatientName=name.dicom, PatientComments=f"{name.given} {name.family}", StudyDate=draft.study.date
    )
    outer = DataSet()
    outer.put(_block(outer, 0x0029, "ACME IMAGING 7.1") | 0x11, [inner], "SQ")
    draft.data.put(_block(draft.data, 0x0029, "ACME IMAGING 7.1") | 0x10, [outer], "SQ")


def in_item(draft: Draft) -> None:
    """Private elements inside a public sequence that stays."""
    name = draft.secret_name(draft.stranger(), "private element in an item")
    meaning = items(CodeValue="24627-2", CodingSchemeDesignator="LN", CodeMeaning="CT Chest")
    meaning.put(_block(meaning, 0x0009, "ACME 1"), f"{name.given} {name.family}", "LO")
    draft.data.put("ProcedureCodeSequence", [meaning])
    draft.check(Class.TEXT_RETAINED, "ProcedureCodeSequence/CodeMeaning", "CT Chest", "code")


def safe(draft: Draft) -> None:
    """Numbers that Table E.3.10-1 calls safe: they stay, with their creator."""
    for offset in range(3):
        group, creator, element, vr, value = _SAFE[(draft.turn("safe", len(_SAFE)) * 3 + offset) % len(_SAFE)]
        draft.data.put(_block(draft.data, group, creator) | element, value, vr)
        path = f"{group:04X},{creator},{element:02X}"
        draft.check(Class.TEXT_RETAINED, path, str(value), "safe private element")


def safe_in_another_block(draft: Draft) -> None:
    """A safe element in the second block of its group, behind a creator nobody knows."""
    name = draft.secret_name(draft.stranger(), "private element before a safe one")
    draft.data.put(_block(draft.data, 0x2001, "ACME 2001") | 0x03, f"{name.given} {name.family}", "LO")
    draft.data.put(_block(draft.data, 0x2001, "Philips Imaging DD 001") | 0x03, 1000.0, "FL")
    draft.check(Class.TEXT_RETAINED, "2001,Philips Imaging DD 001,03", "1000.0", "safe private element")


def safe_with_a_name(draft: Draft) -> None:
    """The patient's name in an element that Table E.3.10-1 calls safe."""
    group, creator, element, vr = _TEXTUAL[draft.turn("textual", len(_TEXTUAL))]
    path = f"{group:04X},{creator},{element:02X}"
    family = draft.secret(draft.patient.name.family, "name in a safe private element", path)
    draft.data.put(_block(draft.data, group, creator) | element, family[:16], vr)


def safe_by_tag_alone(draft: Draft) -> None:
    """The number of a safe element under another creator, and without any."""
    name = draft.secret_name(draft.stranger(), "private element that only looks safe")
    draft.data.put(_block(draft.data, 0x0019, "NOT GEMS_ACQU_01") | 0x23, f"{name.family}", "LO")
    draft.data.put(0x01F1BB26, f"{name.given} {name.family}", "LO")


def creator_with_a_name(draft: Draft) -> None:
    """A name as Private Creator."""
    name = draft.secret_name(draft.stranger(), "private creator")
    draft.data.put(_block(draft.data, 0x0033, f"{name.given} {name.family}") | 0x01, "1", "IS")


CARRIERS: Final = {
    "unknown private": unknown,
    "nested private": nested,
    "private in an item": in_item,
    "safe private": safe,
    "safe private in another block": safe_in_another_block,
    "safe private with a name": safe_with_a_name,
    "safe private by tag alone": safe_by_tag_alone,
    "private creator": creator_with_a_name,
}
