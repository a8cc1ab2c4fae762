from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from gateway.standard.safe_private import EDITION, ROWS, SafePrivate


@pytest.fixture(scope="module")
def table_e3_10_1(tables: Path) -> list[dict[str, str]]:
    with (tables / "ps3_15_safe_private.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_csv(row: SafePrivate) -> dict[str, str]:
    return {
        "element": f"{row.group:04X}xx{row.offset:02X}",
        "group": f"{row.group:04X}",
        "element_offset": f"{row.offset:02X}",
        "private_creator": row.creator,
        "vr": "OW/OB" if row.vr == "OB or OW" else row.vr,
        "vm": row.vm,
        "meaning": row.meaning,
    }


def test_every_row_equals_the_table_of_the_standard(table_e3_10_1: list[dict[str, str]]) -> None:
    assert [as_csv(row) for row in ROWS] == table_e3_10_1


def test_the_edition_is_named() -> None:
    assert EDITION == "2026d"


def test_there_are_479_rows_and_no_attribute_twice() -> None:
    assert len(ROWS) == 479
    assert len({(row.group, row.creator, row.offset) for row in ROWS}) == 479


def test_every_row_can_be_met_in_a_data_set() -> None:
    for row in ROWS:
        assert row.group % 2 == 1
        assert row.group not in (1, 3, 5, 7, 0xFFFF)
        assert 0 <= row.offset <= 0xFF
        assert row.creator == row.creator.strip()
        assert 0 < len(row.creator) <= 64
        assert row.creator.isascii()
        assert row.creator.isprintable()


def test_the_value_representations_are_as_many_as_the_table_has() -> None:
    assert Counter(row.vr for row in ROWS) == {
        "FL": 74,
        "FD": 71,
        "CS": 65,
        "SQ": 55,
        "US": 31,
        "LO": 29,
        "UL": 27,
        "SS": 26,
        "IS": 21,
        "DS": 20,
        "OB": 17,
        "SL": 12,
        "SH": 10,
        "UI": 7,
        "": 5,
        "ST": 4,
        "OB or OW": 2,
        "AT": 1,
        "OW": 1,
        "LT": 1,
    }


def test_no_row_is_a_name_a_date_or_a_time() -> None:
    assert not {row.vr for row in ROWS} & {"PN", "DA", "DT", "TM"}


def test_five_rows_have_no_value_representation() -> None:
    unknown = [(f"{row.group:04X}", row.creator, f"{row.offset:02X}") for row in ROWS if not row.vr]
    creator = "SIEMENS Ultrasound SC2000"
    assert unknown == [("0119", creator, number) for number in ("11", "12")] + [
        ("0129", creator, number) for number in ("03", "04", "05")
    ]
