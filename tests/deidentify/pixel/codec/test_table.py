"""The reference shows the table that the code follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.deidentify.pixel.codec.table import BY_UID, ROWS, Way
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES

REFERENCE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "pixel-codecs.md"
BASE = "1.2.840.10008."


def test_every_transfer_syntax_has_one_row():
    assert set(BY_UID) == set(TRANSFER_SYNTAXES)
    assert sum(len(row.uids) for row in ROWS) == len(BY_UID)


def test_the_reference_shows_the_table():
    text = REFERENCE.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ") and BASE[:4] in line]
    shown = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    expected = [
        (row.name, ", ".join(uid.removeprefix(BASE) for uid in row.uids), row.read, row.written, row.reason)
        for row in ROWS
    ]
    assert shown == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_comes_out_is_a_transfer_syntax_without_another_change(row):
    for uid in (row.target, row.fallback):
        assert uid is None or BY_UID[uid].target is None
    assert (row.way is Way.REFUSED) is (row.name.startswith("JPEG XL"))
