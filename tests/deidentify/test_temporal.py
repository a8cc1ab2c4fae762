"""Dates move by one number of days a patient; times stay; ages above 89 are one group."""

from __future__ import annotations

import struct
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify.patient import PatientIdentity
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.temporal import capped_age, shift_days, shifted

KEY = PseudonymKey(bytes(range(32)))
dates = st.dates(date(1000, 1, 1), date(2200, 12, 31))
days = st.integers(1, 365)


def identity(patient_id):
    return PatientIdentity.of(patient_id, "", "")


def as_date(text):
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


@given(patient_id=st.text(min_size=1, max_size=20))
def test_the_shift_is_one_to_365_days_and_the_patients_own(patient_id):
    assert 1 <= shift_days(KEY, identity(patient_id)) <= 365
    assert shift_days(KEY, identity(patient_id)) == shift_days(KEY, identity(patient_id))


def test_shifts_are_spread_over_the_year_and_differ_between_projects():
    patients = [identity(str(number)) for number in range(3000)]
    shifts = [shift_days(KEY, patient) for patient in patients]
    assert len(set(shifts)) == 365
    other = [shift_days(PseudonymKey(bytes(32)), patient) for patient in patients]
    assert sum(one == two for one, two in zip(shifts, other, strict=True)) < 30


def test_the_shift_that_was_first_issued_is_still_the_same():
    assert shift_days(KEY, identity("PAT-778899")) == 183


@given(one=dates, other=dates, by=days)
def test_dates_keep_their_interval(one, other, by):
    moved = [as_date(shifted(f"{day:%Y%m%d}".zfill(8), "DA", by)) for day in (one, other)]
    assert moved[0] - moved[1] == one - other
    assert one - moved[0] == timedelta(by)


@given(day=dates, by=days, time=st.times(), zone=st.sampled_from(["", "+0100", "-0930", "+1400"]))
def test_a_datetime_keeps_its_time_and_zone(day, by, time, zone):
    clock = f"{time:%H%M%S.%f}"
    moved = shifted(f"{day:%Y%m%d}".zfill(8) + clock + zone, "DT", by)
    assert moved == f"{day - timedelta(by):%Y%m%d}".zfill(8) + clock + zone


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("20200229", 1, "20200228"),
        ("20200301", 1, "20200229"),
        ("20190301", 1, "20190228"),
        ("21000301", 1, "21000228"),
        ("20000229", 365, "19990301"),
        ("20200101", 1, "20191231"),
        ("2019.04.17", 16, "20190401"),
        ("00010201", 31, "00010101"),
        ("99991231", 1, "99991230"),
    ],
)
def test_leap_days_turns_of_the_year_and_the_old_notation(text, by, expected):
    assert shifted(text, "DA", by) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "2019", "201904", "2019-04-17", "20190229", "20191301", "20190400", "20190431", "00000101"),
        *("20190417 ", " 20190417", "20190417\n", "20190417-20190418", "-20190417", "AAAABBCC", "2019.0417"),
        "00010101",
    ],
)
def test_what_is_no_date_or_leaves_the_calendar_is_not_moved(text):
    assert shifted(text, "DA", 31) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", "2018"),
        ("201904", "201903"),
        ("20190417", "20190317"),
        ("2019041710", "2019031710"),
        ("201904171011", "201903171011"),
        ("20190417101112", "20190317101112"),
        ("20190417101112.1", "20190317101112.1"),
        ("20190417101160", "20190317101160"),
        ("20190417+0100", "20190317+0100"),
        ("201904-0500", "201903-0500"),
    ],
)
def test_a_datetime_keeps_its_precision(text, expected):
    assert shifted(text, "DT", 31) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("20190417251112", "20190417106112", "20190229", "201913", "20190417101112.1234567", "20190417Z"),
        *("20190417101112+01", "19", "20190417-20190418", "20190417 101112"),
    ],
)
def test_what_is_no_datetime_is_not_moved(text):
    assert shifted(text, "DT", 31) is None


@pytest.mark.parametrize("text", ["10", "1011", "101112", "101112.1", "235959.999999", "10:11", "10:11:12.5"])
def test_a_time_stays(text):
    assert shifted(text, "TM", 31) == text


@pytest.mark.parametrize("text", ["24", "1", "1060", "101161", "10:60", "101112-111213", "noon", "101112 "])
def test_what_is_no_time_does_not_stay(text):
    assert shifted(text, "TM", 31) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("+0100", "+0100"), ("-0500", "-0500"), ("MEZ", None), ("", None)]
)
def test_an_offset_from_utc_stays_if_it_is_one(text, expected):
    assert shifted(text, "SH", 31) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        *(("000D", "000D"), ("010W", "010W"), ("011M", "011M"), ("045Y", "045Y"), ("089Y", "089Y")),
        *(("090Y", "090Y"), ("091Y", "090Y"), ("120Y", "090Y"), ("999Y", "090Y")),
        *(("999D", "999D"), ("999W", "999W"), ("999M", "999M")),
        *(("45Y", None), ("045", None), ("045y", None), ("045X", None), ("", None), ("0045Y", None)),
    ],
)
def test_ages_above_89_years_are_one_group(age, expected):
    assert capped_age(age) == expected


@given(years=st.integers(0, 999))
def test_no_age_above_90_is_left(years):
    assert int(capped_age(f"{years:03}Y")[:3]) == min(years, 90)


def moved(datasets, extra, tag):
    return datasets.deidentify(datasets.image(extra)).data_set.get(tag)


def test_all_dates_of_an_instance_move_alike_at_every_depth(datasets):
    item = datasets.element(0x00080022, "DA", "20190418") + datasets.element(
        0x0008002A, "DT", "20190419101112"
    )
    extra = {0x00080020: ("DA", "20190417"), 0x0040A043: datasets.sequence(0x0040A043, item)}
    output = datasets.deidentify(datasets.image(extra))
    assert output.data_set.StudyDate == "20181016"
    assert output.data_set[0x0040A043].value[0].AcquisitionDate == "20181017"
    assert output.data_set[0x0040A043].value[0].AcquisitionDateTime == "20181018101112"


def test_the_instances_of_a_patient_move_alike_and_of_another_differently(datasets):
    extra = {0x00080020: ("DA", "20190417")}
    other_study = {**extra, 0x0020000D: ("UI", "1.2.826.0.1.99.3")}
    other_patient = {**extra, 0x00100020: ("LO", "PAT-1")}
    assert moved(datasets, extra, 0x00080020) == moved(datasets, other_study, 0x00080020)
    assert moved(datasets, extra, 0x00080020) != moved(datasets, other_patient, 0x00080020)


def test_several_dates_in_one_value_move_each(datasets):
    # Date of Secondary Capture has one value; Scheduled Study Start Date is written twice by some.
    element = moved(datasets, {0x00400244: ("DA", "20190417\\20190418")}, 0x00400244)
    assert list(element.value) == ["20181016", "20181017"]


@pytest.mark.parametrize("text", ["Wolkenstein", "2019", "17.04.2019", "20190417-20190418", "20190229"])
def test_a_date_that_is_none_falls_back_to_the_basic_profile(text, datasets):
    output = datasets.deidentify(datasets.image({0x00080020: ("DA", text), 0x00400244: ("DA", text)}))
    assert output.data_set.StudyDate in ("", None)
    assert 0x00400244 not in output.data_set
    assert not output.has(text)


def test_dates_and_names_outside_the_table_do_not_stay(datasets):
    # By VR (PS3.15 E.1.1 note 5): Date of Document or Verbal Transaction is not in the table.
    output = datasets.deidentify(datasets.image({0x00142012: ("DA", "20190417"), 0x0040A027: ("LO", "ACME")}))
    assert not output.has(b"20190417")


def test_birth_date_is_never_moved(datasets):
    output = datasets.deidentify(
        datasets.image({0x00100030: ("DA", "19470123"), 0x00100032: ("TM", "101112")})
    )
    assert output.data_set.PatientBirthDate in ("", None)
    assert "PatientBirthTime" not in output.data_set


def test_a_vocabulary_version_that_is_no_date_does_not_stay(datasets):
    item = datasets.element(0x00080106, "DT", "by Oswald ")
    output = datasets.deidentify(datasets.image({0x0040A043: datasets.sequence(0x0040A043, item)}))
    assert not output.has(b"Oswald")


def test_without_the_option_dates_go(datasets):
    extra = {0x00080020: ("DA", "20190417"), 0x00080021: ("DA", "20190417"), 0x00080106: ("DT", "20190417")}
    output = datasets.deidentify(datasets.image(extra), using=datasets.profile())
    assert not output.has(b"20190417")
    assert output.data_set.LongitudinalTemporalInformationModified == "REMOVED"


def test_a_retained_age_is_capped_and_an_age_that_is_none_goes(datasets):
    assert moved(datasets, {0x00101010: ("AS", "095Y")}, 0x00101010).value == "090Y"
    assert moved(datasets, {0x00101010: ("AS", "old")}, 0x00101010) is None
    assert moved(datasets, {0x00101010: ("AS", "ninety-five years")}, 0x00101010) is None


def test_weight_size_and_pregnancy_stay(datasets):
    extra = {0x00101030: ("DS", "72.5"), 0x00101020: ("DS", "1.80"), 0x001021C0: ("US", struct.pack("<H", 4))}
    output = datasets.deidentify(datasets.image(extra)).data_set
    assert (output.PatientWeight, output.PatientSize, output.PregnancyStatus) == (72.5, 1.80, 4)
