from __future__ import annotations

from collections import Counter

from gateway.standard.confidentiality_profile import EDITION, ROWS, Row
from gateway.standard.method import Option

COLUMN = {
    Option.RETAIN_SAFE_PRIVATE: "rtn_safe_priv",
    Option.RETAIN_UIDS: "rtn_uids",
    Option.RETAIN_DEVICE_IDENTITY: "rtn_dev_id",
    Option.RETAIN_INSTITUTION_IDENTITY: "rtn_inst_id",
    Option.RETAIN_PATIENT_CHARACTERISTICS: "rtn_pat_chars",
    Option.RETAIN_FULL_DATES: "rtn_long_full_dates",
    Option.RETAIN_MODIFIED_DATES: "rtn_long_modif_dates",
    Option.CLEAN_DESCRIPTORS: "clean_desc",
    Option.CLEAN_STRUCTURED_CONTENT: "clean_struct_cont",
    Option.CLEAN_GRAPHICS: "clean_graph",
}


def by_keyword(keyword: str) -> Row:
    (row,) = (row for row in ROWS if row.keyword == keyword)
    return row


def as_csv(row: Row) -> dict[str, str]:
    return {
        "tag": row.tag,
        "name": row.name,
        "keyword": row.keyword,
        "vr_if_known": row.vr,
        "retired": "NY"[row.retired],
        "in_std_comp_iod": "NY"[row.in_standard_iod],
        "basic": row.basic,
        **{column: row.options.get(option, "") for option, column in COLUMN.items()},
    }


def test_every_row_equals_the_table_of_the_standard(table_e1_1: list[dict[str, str]]) -> None:
    assert [as_csv(row) for row in ROWS] == table_e1_1


def test_the_edition_is_named() -> None:
    assert EDITION == "2026d"


def test_there_are_657_rows_and_no_tag_twice() -> None:
    assert len(ROWS) == 657
    assert len({row.tag for row in ROWS}) == 657
    wildcards = [row.tag for row in ROWS if "x" in row.tag or row.tag == "private"]
    assert wildcards == ["50xxxxxx", "60xx3000", "60xx4000", "private"]


def test_the_actions_of_the_profile_are_as_many_as_the_table_has() -> None:
    assert Counter(row.basic for row in ROWS) == {
        "X": 417,
        "D": 93,
        "U": 55,
        "Z": 42,
        "X/D": 23,
        "X/Z": 11,
        "X/Z/D": 8,
        "Z/D": 6,
        "X/Z/U*": 2,
    }


def test_the_actions_of_the_options_are_as_many_as_the_table_has() -> None:
    counted = Counter((option, code) for row in ROWS for option, code in row.options.items())
    assert counted == {
        (Option.RETAIN_SAFE_PRIVATE, "C"): 1,
        (Option.RETAIN_UIDS, "K"): 60,
        (Option.RETAIN_DEVICE_IDENTITY, "K"): 48,
        (Option.RETAIN_DEVICE_IDENTITY, "C"): 11,
        (Option.RETAIN_INSTITUTION_IDENTITY, "K"): 10,
        (Option.RETAIN_PATIENT_CHARACTERISTICS, "K"): 14,
        (Option.RETAIN_PATIENT_CHARACTERISTICS, "C"): 5,
        (Option.RETAIN_FULL_DATES, "K"): 169,
        (Option.RETAIN_MODIFIED_DATES, "C"): 169,
        (Option.CLEAN_DESCRIPTORS, "C"): 141,
        (Option.CLEAN_STRUCTURED_CONTENT, "C"): 4,
        (Option.CLEAN_GRAPHICS, "C"): 4,
    }


def test_pixel_and_face_cleaning_have_no_column_in_the_table() -> None:
    assert set(Option) - set(COLUMN) == {Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES}


def test_oddities_of_the_table_are_kept_as_they_are() -> None:
    assert by_keyword("PatientName").basic == "Z"
    assert by_keyword("PatientID").basic == "Z/D"
    assert by_keyword("PatientBirthDate").options == {}
    assert by_keyword("AffectedSOPInstanceUID").basic == "X"
    assert by_keyword("AnnotationGroupUID").basic == "D"
    assert Option.RETAIN_UIDS not in by_keyword("DigitalSignatureUID").options
    assert by_keyword("DoseCalculationModelName").options == {Option.CLEAN_DESCRIPTORS: "C"}


def test_eleven_device_dates_have_contradicting_options() -> None:
    both = (Option.RETAIN_DEVICE_IDENTITY, Option.RETAIN_MODIFIED_DATES)
    rows = [row for row in ROWS if tuple(row.options.get(option) for option in both) == ("K", "C")]
    assert len(rows) == 11
