from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from gateway.standard.method import Option
from gateway.standard.structured_content import (
    BEYOND_TABLE,
    EDITION,
    ROWS,
    Concept,
    concepts,
    concepts_of_urn,
)

COLUMN = {
    Option.RETAIN_UIDS: "rtn_uids",
    Option.RETAIN_DEVICE_IDENTITY: "rtn_dev_id",
    Option.RETAIN_INSTITUTION_IDENTITY: "rtn_inst_id",
    Option.RETAIN_PATIENT_CHARACTERISTICS: "rtn_pat_chars",
    Option.RETAIN_FULL_DATES: "rtn_long_full_dates",
    Option.RETAIN_MODIFIED_DATES: "rtn_long_modif_dates",
    Option.CLEAN_DESCRIPTORS: "clean_desc",
}


def as_csv(row: Concept) -> dict[str, str]:
    return {
        "code_meaning": row.meaning,
        "code_value": row.value,
        "coding_scheme": row.scheme,
        "value_type": row.value_type,
        "retired": "NY"[row.retired],
        "in_std_tpl": "NY"[row.in_standard_template],
        "basic": row.basic,
        **{column: row.options.get(option, "") for option, column in COLUMN.items()},
    }


def meanings(rows: tuple[Concept, ...]) -> list[tuple[str, str]]:
    return [(row.meaning, row.value_type) for row in rows]


def test_every_row_equals_the_table_of_the_standard(tables: Path) -> None:
    with (tables / "ps3_15_table_e3_4_1.csv").open(newline="", encoding="utf-8") as file:
        assert [as_csv(row) for row in ROWS] == list(csv.DictReader(file))


def test_the_edition_is_named() -> None:
    assert EDITION == "2026c"


def test_there_are_214_rows_and_no_concept_twice_for_a_value_type() -> None:
    assert len(ROWS) == 214
    assert len({(row.value, row.scheme, row.value_type) for row in ROWS}) == 214
    assert Counter(row.basic for row in ROWS) == {"X": 135, "D": 60, "X/D": 19}


def test_the_actions_of_the_options_are_as_many_as_the_table_has() -> None:
    counted = Counter((option, code) for row in ROWS for option, code in row.options.items())
    assert counted == {
        (Option.RETAIN_UIDS, "K"): 62,
        (Option.RETAIN_DEVICE_IDENTITY, "K"): 14,
        (Option.RETAIN_INSTITUTION_IDENTITY, "K"): 7,
        (Option.RETAIN_PATIENT_CHARACTERISTICS, "K"): 2,
        (Option.RETAIN_FULL_DATES, "K"): 44,
        (Option.RETAIN_MODIFIED_DATES, "C"): 44,
        (Option.CLEAN_DESCRIPTORS, "C"): 45,
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.value} {row.value_type}")
def test_a_row_is_found_by_its_code(row: Concept) -> None:
    assert row in concepts(row.value, row.scheme)
    assert row in concepts(row.value, f" {row.scheme.lower()} ")


def test_a_concept_may_have_a_row_for_each_of_several_value_types() -> None:
    assert [row.value_type for row in concepts("128425", "DCM")] == ["COMPOSITE", "IMAGE", "UIDREF"]


def test_every_snomed_ct_code_is_found_under_the_codes_and_designators_that_it_had() -> None:
    snomed = [row for row in ROWS if row.scheme == "SCT"]
    assert len(snomed) == 11
    for row in snomed:
        assert row.earlier
        for value in row.earlier:
            for scheme in ("SRT", "SNM3", "99SDM"):
                assert row in concepts(value, scheme)
    assert meanings(concepts("G-C0E3", "SRT")) == [("Finding Site", "TEXT")]
    assert not any(row.earlier for row in ROWS if row.scheme != "SCT")


@pytest.mark.parametrize(
    ("value", "scheme", "meaning"),
    [
        ("11778-8", "LOINC", "EDD"),
        ("53", "NCDR", "Procedure Number in this admission"),
        ("C67447", "NCIT", "Activity Session"),
        ("371484003", "SCT", "Patient name"),
    ],
)
def test_a_vocabulary_has_several_designators(value: str, scheme: str, meaning: str) -> None:
    assert [row.meaning for row in concepts(value, scheme)] == [meaning]


@pytest.mark.parametrize(
    ("value", "scheme"), [("121008", "99DCM"), ("121008", ""), ("", "DCM"), ("53", "DCM"), ("121008x", "DCM")]
)
def test_a_code_of_another_scheme_is_another_code(value: str, scheme: str) -> None:
    assert concepts(value, scheme) == ()


@pytest.mark.parametrize(
    ("urn", "meaning"),
    [
        ("http://snomed.info/id/363698007", "Finding Site"),
        ("urn:oid:1.2.840.10008.2.16.4.121008", "Person Observer Name"),
        ("https://loinc.org/11778-8", "EDD"),
    ],
)
def test_a_code_may_be_a_urn(urn: str, meaning: str) -> None:
    assert [row.meaning for row in concepts_of_urn(urn)] == [meaning]


@pytest.mark.parametrize("urn", ["", "urn:oid:1.2.53", "15", "urn:x"])
def test_the_end_of_a_urn_that_is_no_code_is_none(urn: str) -> None:
    assert concepts_of_urn(urn) == ()


def test_what_lies_beyond_the_table_repeats_nothing_of_it() -> None:
    table = {(row.value, row.scheme) for row in ROWS}
    assert not table & {(row.value, row.scheme) for row in BEYOND_TABLE}
