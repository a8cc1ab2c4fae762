"""Clean Structured Content (PS3.15 E.3.4): what each row, each kind and each hostile item comes to."""

from __future__ import annotations

import csv
import importlib.util
import itertools
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from gateway.deidentify.action import Action
from gateway.deidentify.character_set import character_set
from gateway.deidentify.content_item import (
    CONTENT_SEQUENCE,
    VALUE_TYPES,
    VALUES,
    emptied,
    has_references,
    is_content_item,
)
from gateway.deidentify.data_set import DataSet, Encoding
from gateway.deidentify.parse import parse
from gateway.deidentify.structured_content import ContentRules, Judgement
from gateway.errors import Refused
from gateway.standard.dictionary import keyword_of, tag_of
from gateway.standard.method import Option
from gateway.standard.structured_content import BEYOND_TABLE, ROWS, Concept

TABLE = Path(__file__).resolve().parents[3] / "shared" / "standard" / "ps3_15_table_e3_4_1.csv"
EXPLICIT = Encoding(implicit=False, little_endian=True)
CHARSET = character_set(("ISO_IR 192",), "")
COLUMN = {
    "rtn_uids": Option.RETAIN_UIDS,
    "rtn_dev_id": Option.RETAIN_DEVICE_IDENTITY,
    "rtn_inst_id": Option.RETAIN_INSTITUTION_IDENTITY,
    "rtn_pat_chars": Option.RETAIN_PATIENT_CHARACTERISTICS,
    "rtn_long_full_dates": Option.RETAIN_FULL_DATES,
    "rtn_long_modif_dates": Option.RETAIN_MODIFIED_DATES,
    "clean_desc": Option.CLEAN_DESCRIPTORS,
}
VALUE = {
    "TEXT": "Hedwig Leitner",
    "PNAME": "Leitner^Hedwig",
    "DATE": "20210405",
    "TIME": "101112",
    "DATETIME": "20210405101112",
    "UIDREF": "1.2.826.0.1.99.1.7",
    "CODE": ("M", "DCM", "Male"),
    "NUM": ("52", ("a", "UCUM", "year")),
    "IMAGE": ("1.2.840.10008.5.1.4.1.1.2", "1.2.826.0.1.99.1.8"),
    "COMPOSITE": ("1.2.840.10008.5.1.4.1.1.88.33", "1.2.826.0.1.99.1.8"),
    "WAVEFORM": ("1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.826.0.1.99.1.8"),
}
DATES = ("DATE", "TIME", "DATETIME")
REFERENCES = ("IMAGE", "COMPOSITE", "WAVEFORM")
DUMMY = {
    "TEXT": {"TextValue": "D"},
    "PNAME": {"PersonName": "D"},
    "DATE": {"Date": "D"},
    "TIME": {"Time": "D"},
    "DATETIME": {"DateTime": "D"},
    "UIDREF": {"UID": "U"},
    "CODE": {"ConceptCodeSequence": "D"},
    "NUM": {"MeasuredValueSequence": "Z"},
    **{value_type: {} for value_type in REFERENCES},
}
"""What leaves a value of each type valid and empty of meaning: a measurement may lack its value."""
ORDINARY = ("CODE", "NUM", *REFERENCES)
"""Value Types whose attributes follow the profile where they stay."""
WITH_VALUE = [row for row in (*ROWS, *BEYOND_TABLE) if row.value_type != "CONTAINER"]
GONE = "the item is gone"
UNLISTED = ("77001", "99LOCAL", "Unlisted")


@pytest.fixture(scope="session")
def reports() -> ModuleType:
    return _reports()


@cache
def _reports() -> ModuleType:
    name = "deidentify_tests_reports"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "reports.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def content(value_type, name, *children, **attributes) -> Dataset:
    return _reports().content(value_type, name, VALUE.get(value_type), *children, **attributes)


def parsed(item: Dataset) -> tuple[DataSet, memoryview]:
    source = memoryview(_reports().encoded(item))
    return parse(source, EXPLICIT), source


def judged(item: Dataset, *options: Option, pinned: bool = False, cap_ages: bool = True) -> Judgement:
    rules = ContentRules(frozenset({Option.CLEAN_STRUCTURED_CONTENT, *options}), cap_ages=cap_ages)
    return rules.judge(*parsed(item), CHARSET, pinned=pinned)


def shown(judgement: Judgement) -> dict[str, str] | str:
    if not judgement.keep:
        assert not judgement.actions
        return GONE
    return {keyword_of(tag): action.value for tag, action in judgement.actions.items()}


def applied(value_type: str, code: str) -> dict[str, str] | str:
    """Return what an action code of the table comes to, by a reading of the table other than the rules'."""
    if code == "X":
        return GONE
    if code in ("D", "X/D"):
        return DUMMY[value_type]
    return {} if value_type in ORDINARY else dict.fromkeys(DUMMY[value_type], code)


def expected(row: dict[str, str], *options: Option) -> dict[str, str] | str:
    codes = [row[column] for column, option in COLUMN.items() if option in options and row[column]]
    if row["code_value"] == "113723" and "K" not in codes:
        # A calibration is public knowledge: its shifted date would tell the shift.
        codes = []
    return applied(row["value_type"], min(codes, key="KC".index) if codes else row["basic"])


def as_csv(row: Concept) -> dict[str, str]:
    return {
        "code_meaning": row.meaning,
        "code_value": row.value,
        "coding_scheme": row.scheme,
        "value_type": row.value_type,
        "basic": row.basic,
        **{column: row.options.get(option, "") for column, option in COLUMN.items()},
    }


def item_of(row: dict[str, str], *children: Dataset) -> Dataset:
    return content(
        row["value_type"], (row["code_value"], row["coding_scheme"], row["code_meaning"]), *children
    )


def each_option() -> list[tuple[Option, ...]]:
    single = [(option,) for option in COLUMN.values()]
    all_but = [tuple(o for o in COLUMN.values() if o is not left) for left in list(COLUMN.values())[4:6]]
    return [(), *single, *all_but]


@pytest.mark.parametrize("options", each_option(), ids=lambda options: "+".join(options) or "alone")
def test_each_row_of_the_standards_own_table_is_applied(options):
    if not TABLE.is_file():
        pytest.skip("the tables of the Standard are not beside the repository, in shared/standard")
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 214
    for row in rows:
        if row["value_type"] == "CONTAINER":
            continue
        assert shown(judged(item_of(row), *options)) == expected(row, *options), row


@pytest.mark.parametrize("options", each_option(), ids=lambda options: "+".join(options) or "alone")
@pytest.mark.parametrize("row", WITH_VALUE, ids=lambda row: f"{row.value} {row.value_type}")
def test_each_row_is_applied_under_each_option(row, options):
    assert shown(judged(item_of(as_csv(row)), *options)) == expected(as_csv(row), *options)


def test_a_container_goes_with_all_that_is_below_it():
    row = next(row for row in ROWS if row.value_type == "CONTAINER")
    below = content("TEXT", ("74711-3", "LN", "Unique Device Identifier"))
    item = item_of(as_csv(row), below)
    assert shown(judged(item)) == GONE
    assert shown(judged(item, pinned=True)) == {"ContentSequence": "X"}
    assert shown(judged(item, Option.RETAIN_DEVICE_IDENTITY)) == {}


@pytest.mark.parametrize("row", WITH_VALUE, ids=lambda row: f"{row.value} {row.value_type}")
def test_an_item_that_may_not_go_loses_its_value(row):
    assert shown(judged(item_of(as_csv(row)), pinned=True)) == DUMMY[row.value_type]
    length = content("NUM", ("410668003", "SCT", "Length"))
    assert shown(judged(item_of(as_csv(row), length))) == DUMMY[row.value_type]


def test_an_image_that_coordinates_refer_to_stays():
    source = ("121112", "DCM", "Source of Measurement")
    assert shown(judged(content("WAVEFORM", source))) == GONE
    assert shown(judged(content("WAVEFORM", source, relationship="SELECTED FROM"))) == {}


@pytest.mark.parametrize(
    ("value_type", "options", "actions"),
    [
        ("PNAME", (), {"PersonName": "D"}),
        ("PNAME", tuple(Option), {"PersonName": "D"}),
        ("TEXT", (), {"TextValue": "D"}),
        ("TEXT", (Option.RETAIN_FULL_DATES, Option.RETAIN_DEVICE_IDENTITY), {"TextValue": "D"}),
        ("TEXT", (Option.CLEAN_DESCRIPTORS,), {"TextValue": "C"}),
        ("DATE", (), {"Date": "D"}),
        ("DATE", (Option.RETAIN_FULL_DATES,), {"Date": "K"}),
        ("TIME", (Option.RETAIN_MODIFIED_DATES,), {"Time": "C"}),
        ("DATETIME", (Option.RETAIN_MODIFIED_DATES,), {"DateTime": "C"}),
        ("UIDREF", (), {"UID": "U"}),
        ("UIDREF", (Option.RETAIN_UIDS,), {"UID": "K"}),
        *((value_type, (), {}) for value_type in ORDINARY),
        *((value_type, (), {}) for value_type in ("CONTAINER", "SCOORD", "SCOORD3D", "TCOORD", "TABLE")),
    ],
)
@pytest.mark.parametrize("name", [None, UNLISTED, ("121008", "99DCM", "Observer"), ("", "", "")])
def test_a_concept_that_the_table_does_not_have_goes_by_its_kind(name, value_type, options, actions):
    assert shown(judged(content(value_type, name), *options)) == actions


def test_every_value_attribute_is_treated_by_its_own_kind_whatever_the_value_type_says(datasets):
    values = {"TextValue": "D", "PersonName": "D", "Date": "D", "UID": "U"}
    item = Dataset()
    item.TextValue, item.PersonName, item.Date, item.UID = "a", "b^c", "20210405", "1.2.3"
    for value_type in (*sorted(VALUE_TYPES), "Leitner^Hedwig", "", None):
        said = datasets.element(0x0040A040, "CS", value_type) if value_type is not None else b""
        source = memoryview(said + _reports().encoded(item))
        assert shown(ContentRules(frozenset()).judge(parse(source, EXPLICIT), source, CHARSET)) == values


def test_what_an_item_calls_its_value_type_is_not_repeated():
    item = content("CODE", UNLISTED)
    item.ValueType = "LEITNER"
    assert judged(item).why == "no value of a concept that is not listed"


@pytest.mark.parametrize("pretended", ["CONTAINER", "NUM", "CODE", "SCOORD", "IMAGE", ""])
def test_a_listed_concept_is_what_it_is_under_any_value_type(pretended):
    named = content("PNAME", ("121029", "DCM", "Subject Name"))
    born = content("DATE", ("121031", "DCM", "Subject Birth Date"))
    named.ValueType = born.ValueType = pretended
    assert shown(judged(named)) == {"PersonName": "D"}
    assert shown(judged(born, Option.RETAIN_FULL_DATES)) == GONE


@pytest.mark.parametrize(
    ("value_type", "name", "options"),
    [
        ("TEXT", ("121031", "DCM", "Subject Birth Date"), (Option.CLEAN_DESCRIPTORS,)),
        ("DATETIME", ("121031", "DCM", "Subject Birth Date"), (Option.RETAIN_FULL_DATES,)),
        ("NUM", ("121031", "DCM", "Subject Birth Date"), (Option.RETAIN_FULL_DATES,)),
        ("TEXT", ("121033", "DCM", "Subject Age"), (Option.RETAIN_PATIENT_CHARACTERISTICS,)),
        ("CODE", ("121434", "DCM", "Service Delivery Location"), ()),
        ("CODE", ("121435", "DCM", "Service Performer"), ()),
        ("CODE", ("110190", "DCM", "Issuer of Identifier"), (Option.CLEAN_DESCRIPTORS,)),
        ("NUM", ("121022", "DCM", "Accession Number"), ()),
        ("CODE", ("121122", "DCM", "Equipment Identification"), (Option.CLEAN_DESCRIPTORS,)),
        ("DATE", ("121022", "DCM", "Accession Number"), (Option.RETAIN_FULL_DATES,)),
        ("PNAME", ("121017", "DCM", "Physical Location"), (Option.RETAIN_INSTITUTION_IDENTITY,)),
        ("UIDREF", ("121041", "DCM", "Specimen Identifier"), (Option.RETAIN_UIDS,)),
    ],
)
def test_an_option_of_a_row_does_not_reach_values_of_another_kind(value_type, name, options):
    assert shown(judged(content(value_type, name), *options)) == GONE


@pytest.mark.parametrize(
    ("value_type", "name"),
    [
        ("CODE", ("121071", "DCM", "Finding")),
        ("CODE", ("363698007", "SCT", "Finding Site")),
        ("NUM", ("271921002", "SCT", "ECG Finding")),
        ("CONTAINER", ("11329-0", "LN", "History")),
        ("CONTAINER", ("121111", "DCM", "Summary")),
        ("CONTAINER", ("113701", "DCM", "X-Ray Radiation Dose Report")),
        ("CODE", ("121075", "DCM", "Recommendation")),
    ],
)
def test_clinical_codes_numbers_and_headings_stay_although_their_text_does_not(value_type, name):
    assert shown(judged(content(value_type, name))) == {}


def test_a_date_is_shifted_in_whichever_form_it_has():
    name = ("111060", "DCM", "Study Date")
    assert shown(judged(content("DATETIME", name), Option.RETAIN_MODIFIED_DATES)) == {"DateTime": "C"}
    assert shown(judged(content("TEXT", name), Option.RETAIN_MODIFIED_DATES)) == {"TextValue": "D"}


@pytest.mark.parametrize("scheme", ["SRT", "SNM3", "99SDM", "srt "])
def test_the_codes_of_older_reports_are_those_of_the_table(scheme):
    item = content("DATETIME", ("DF-0068E", scheme, "Anesthesia Start Time"))
    assert shown(judged(item)) == GONE
    assert shown(judged(item, Option.RETAIN_FULL_DATES)) == {"DateTime": "K"}


@pytest.mark.parametrize("keyword", ["LongCodeValue", "URNCodeValue"])
def test_a_long_code_is_a_code(keyword):
    item = content("TEXT", UNLISTED)
    name = item.ConceptNameCodeSequence[0]
    del name.CodeValue
    setattr(name, keyword, "urn:oid:1.2.840.10008.2.16.4.121022" if keyword[0] == "U" else "121022")
    name.CodingSchemeDesignator = "DCM"
    assert shown(judged(item)) == GONE


def test_each_of_several_names_and_equivalents_counts():
    several = content("TEXT", UNLISTED)
    several.ConceptNameCodeSequence.append(_reports().code(("121022", "DCM", "Accession Number")))
    assert shown(judged(several)) == GONE
    equivalent = content("TEXT", UNLISTED)
    equivalent.ConceptNameCodeSequence[0].EquivalentCodeSequence = [
        _reports().code(("121022", "DCM", "Accession Number"))
    ]
    assert shown(judged(equivalent)) == GONE


@pytest.mark.parametrize("options", [(), (Option.CLEAN_DESCRIPTORS,)])
def test_acquisition_context_and_annotations_are_judged_by_their_attributes(options):
    text = "C" if options else "D"
    annotation = Dataset()
    annotation.UnformattedTextValue = "Leitner"
    assert shown(judged(annotation, *options)) == {"UnformattedTextValue": text}
    old = Dataset()
    old.ConceptNameCodeSequence = [_reports().code(UNLISTED)]
    old.TextValue = "Leitner"
    assert shown(judged(old, *options)) == {"TextValue": text}


def test_a_number_outside_the_measured_value_loses_all_its_forms():
    item = Dataset()
    item.ConceptNameCodeSequence = [_reports().code(("121033", "DCM", "Subject Age"))]
    item.NumericValue, item.FloatingPointValue = "91", 91.0
    item.RationalNumeratorValue, item.RationalDenominatorValue = 91, 1
    assert shown(judged(item)) == GONE
    assert shown(judged(item, pinned=True)) == {
        "NumericValue": "D",
        "FloatingPointValue": "X",
        "RationalNumeratorValue": "X",
        "RationalDenominatorValue": "X",
    }


@pytest.mark.parametrize(
    ("value", "unit", "stays"),
    [
        *(("89", "a", True), ("90", "a", False), ("0", "a", True), ("-1", "a", False)),
        *(("1068", "mo", True), ("1081", "mo", False), ("4000", "wk", True), ("33000", "d", False)),
        *(("40", "99years", False), ("nan", "a", False), ("inf", "a", False), ("", "a", False)),
        ("Leitner", "a", False),
    ],
)
@pytest.mark.parametrize("name", [("121033", "DCM", "Subject Age"), ("30525-0", "LN", "Age")])
def test_an_age_above_89_years_or_one_that_cannot_be_read_does_not_stay(name, value, unit, stays, datasets):
    item = Dataset()
    item.ConceptNameCodeSequence = [_reports().code(name)]
    # Written by hand: pydicom refuses what a hostile sender does not.
    units = datasets.encoded({0x00080100: ("SH", unit), 0x00080102: ("SH", "UCUM")})
    measured = datasets.sequence(0x004008EA, units) + datasets.element(0x0040A30A, "DS", value)
    source = memoryview(_reports().encoded(item) + datasets.sequence(0x0040A300, measured))
    root = parse(source, EXPLICIT)
    option = frozenset({Option.RETAIN_PATIENT_CHARACTERISTICS})
    capped = ContentRules(option).judge(root, source, CHARSET)
    assert shown(capped) == ({} if stays else {"MeasuredValueSequence": "Z"})
    assert shown(ContentRules(option, cap_ages=False).judge(root, source, CHARSET)) == {}


def test_an_age_that_stays_has_no_second_form():
    item = content("NUM", ("121033", "DCM", "Subject Age"))
    item.MeasuredValueSequence[0].FloatingPointValue = 52.0
    option = Option.RETAIN_PATIENT_CHARACTERISTICS
    assert shown(judged(item, option)) == {"MeasuredValueSequence": "Z"}


@pytest.mark.parametrize("tag", [0x0040A043, 0x0040A040, 0x0040A010])
def test_attributes_that_are_not_what_they_should_be_do_not_raise(tag, datasets):
    forms = [
        datasets.element(tag, "UN", b"\xff\xfe\x00\x1b$B"),
        datasets.sequence(tag),
        datasets.sequence(tag, datasets.sequence(0x00080100, b"")),
    ]
    for form in forms:
        source = memoryview(form + datasets.element(0x0040A160, "UT", "Leitner"))
        root = parse(source, EXPLICIT)
        assert shown(ContentRules(frozenset()).judge(root, source, CHARSET)) == {"TextValue": "D"}


ANY = st.dictionaries(
    st.sampled_from(sorted({*VALUES, 0x0040A040, 0x0040A043, 0x0040A010, 0x0040A730})),
    st.tuples(st.booleans(), st.binary(max_size=24)),
)


@settings(max_examples=200)
@given(elements=ANY, options=st.sets(st.sampled_from(list(Option))), pinned=st.booleans())
def test_whatever_an_item_holds_no_name_text_or_birth_date_stays(elements, options, pinned, datasets):
    encoded = b"".join(
        datasets.sequence(tag, datasets.element(0x00080100, "SH", raw))
        if is_sequence
        else datasets.element(tag, "UN", raw)
        for tag, (is_sequence, raw) in sorted(elements.items())
    )
    source = memoryview(encoded)
    try:
        root = parse(source, EXPLICIT)
    except Refused:
        return
    judgement = ContentRules(frozenset(options)).judge(root, source, CHARSET, pinned=pinned)
    assert judgement.keep or not pinned
    for tag in elements:
        if judgement.keep and VALUES.get(tag) == "PNAME":
            assert judgement.actions[tag] is Action.DUMMY
        if judgement.keep and VALUES.get(tag) == "TEXT":
            assert judgement.actions[tag] in (Action.DUMMY, Action.CLEAN)


def test_references_by_position_are_seen_at_every_depth(reports):
    plain = reports.enhanced()
    assert not has_references(parsed(plain.data_set)[0])
    assert has_references(parsed(reports.comprehensive_3d().data_set)[0])


def test_an_item_of_another_sequence_is_known_by_what_only_content_items_have():
    item = Dataset()
    item.NumericValue = "1"
    assert not is_content_item(tag_of("MeasuredValueSequence"), parsed(item)[0])
    assert is_content_item(tag_of("AcquisitionContextSequence"), parsed(item)[0])
    item.TextValue = "cell"
    assert is_content_item(tag_of("CellValuesSequence"), parsed(item)[0])


def test_a_sequence_that_lost_all_its_items_is_left_as_its_type_asks():
    context, steps = tag_of("AcquisitionContextSequence"), tag_of("WaveformAnnotationSequence")
    assert emptied((), CONTENT_SEQUENCE) is Action.DUMMY
    assert emptied((CONTENT_SEQUENCE,), CONTENT_SEQUENCE) is Action.REMOVE
    assert emptied((), context) is Action.EMPTY
    assert emptied((), steps) is Action.REMOVE


def test_the_reason_names_the_row_or_the_kind_and_nothing_of_the_report():
    item = content("TEXT", ("121022", "DCM", "Leitner's number"))
    assert judged(item).why == "Accession Number (121022, DCM) is X"
    assert judged(content("PNAME", UNLISTED)).why == "PNAME of a concept that is not listed"


def test_the_same_item_gets_the_same_judgement_in_any_order_of_the_options():
    orders = itertools.permutations([Option.RETAIN_DEVICE_IDENTITY, Option.CLEAN_DESCRIPTORS])
    item = content("TEXT", ("121122", "DCM", "Equipment Identification"))
    assert {str(shown(judged(item, *order))) for order in orders} == {"{'TextValue': 'K'}"}


PROFILES = {
    "alone": (),
    "modified dates": ("retain_modified_dates",),
    "modified dates, characteristics": ("retain_modified_dates", "retain_patient_characteristics"),
    "full dates": ("retain_full_dates",),
    "UIDs": ("retain_uids",),
    "descriptors": ("clean_descriptors",),
    "device, institution": ("retain_device_identity", "retain_institution_identity"),
}
NAMES = tuple(_reports().REPORTS)


def may_stay(secret: str, options: tuple[str, ...]) -> bool:
    """Tell whether an option asks for what would identify without it."""
    kept = {
        "retain_uids": secret.startswith("1.2.826."),
        "retain_full_dates": secret.startswith(("2020", "2021")),
        "retain_institution_identity": secret == "Brixen",
        "retain_device_identity": secret in ("SER-990011", "CTROOM4711", "1.2.826.0.1.99.1.1020"),
    }
    return any(kept.get(option, False) for option in options)


def using(datasets, options):
    return datasets.profile(("clean_structured_content", *options))


@pytest.mark.parametrize("implicit", [False, True], ids=["explicit", "implicit"])
@pytest.mark.parametrize("options", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("name", NAMES)
def test_no_planted_identity_leaves_and_clinical_content_does(name, options, implicit, reports, datasets):
    report = reports.REPORTS[name]()
    output = datasets.deidentify(
        report.encoded(implicit=implicit),
        sop_class_uid=report.sop_class_uid,
        transfer_syntax_uid=datasets.IMPLICIT if implicit else datasets.EXPLICIT,
        using=using(datasets, options),
    )
    stayed = {secret for secret in report.secrets if output.has(secret)}
    assert {secret for secret in stayed if not may_stay(secret, options)} == set()
    assert [clinical for clinical in report.clinical if not output.has(clinical)] == []
    assert {str(item.value) for item in output.data_set.iterall() if item.tag == 0x0040A123} <= {"Removed"}
    if "retain_full_dates" in options and name == "dose":
        assert output.has("20210405101213")


@pytest.mark.parametrize("name", NAMES)
def test_a_valid_report_stays_a_valid_report(name, reports, datasets, tmp_path):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not installed")
    report = reports.REPORTS[name]()
    before, after = tmp_path / "before.dcm", tmp_path / "after.dcm"
    meta = datasets.encoded(
        {
            0x00020002: ("UI", report.sop_class_uid),
            0x00020003: ("UI", datasets.SOP_INSTANCE_UID),
            0x00020010: ("UI", datasets.EXPLICIT),
        }
    )
    length = datasets.element(0x00020000, "UL", len(meta).to_bytes(4, "little"))
    before.write_bytes(bytes(128) + b"DICM" + length + meta + report.encoded())
    output = datasets.deidentify(
        report.encoded(), sop_class_uid=report.sop_class_uid, using=using(datasets, ())
    )
    after.write_bytes(output.file)
    assert errors(after) <= errors(before)


def errors(path: Path) -> set[str]:
    result = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
    assert result.stderr
    return {line for line in result.stderr.splitlines() if line.startswith("Error")}


def test_an_item_that_another_one_names_by_position_is_still_there(reports, datasets):
    report = reports.comprehensive_3d()
    output = datasets.deidentify(
        report.encoded(), sop_class_uid=report.sop_class_uid, using=using(datasets, ())
    ).data_set
    finding = next(item for item in output.ContentSequence if item.ValueType == "CODE")
    _, position = finding.ContentSequence[0].ReferencedContentItemIdentifier
    target = output.ContentSequence[position - 1]
    assert str(target.MeasuredValueSequence[0].NumericValue) == "31.5"
    assert output.ContentSequence[0].TextValue == "REMOVED"


def test_where_positions_count_a_code_or_number_that_identifies_is_a_dummy(reports, datasets):
    report = reports.comprehensive_3d()
    report.data_set.ContentSequence += [
        content("CODE", ("121032", "DCM", "Subject Sex")),
        content("NUM", ("121033", "DCM", "Subject Age")),
    ]
    output = datasets.deidentify(
        report.encoded(), sop_class_uid=report.sop_class_uid, using=using(datasets, ())
    )
    *_, sex, age = output.data_set.ContentSequence
    assert [item.CodeValue for item in sex.ConceptCodeSequence] == ["REMOVED"]
    assert list(age.MeasuredValueSequence) == []
    assert not output.has("Male")


def test_coordinates_keep_the_image_that_they_were_drawn_on(reports, datasets):
    report = reports.enhanced()
    output = datasets.deidentify(
        report.encoded(), sop_class_uid=report.sop_class_uid, using=using(datasets, ())
    ).data_set
    conclusion = output.ContentSequence[-1]
    image = conclusion.ContentSequence[0].ContentSequence[0].ContentSequence[0]
    series = output.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    listed = series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == listed


def test_a_report_of_nothing_but_identities_is_still_a_report(reports, datasets):
    body = [content("TEXT", ("121022", "DCM", "Accession Number"))]
    data_set = reports.document(reports.BASIC_TEXT, "SR", ("18782-3", "LN", "Report"), "2000", *body)
    output = datasets.deidentify(
        reports.encoded(data_set), sop_class_uid=reports.BASIC_TEXT, using=using(datasets, ())
    )
    assert [item.ValueType for item in output.data_set.ContentSequence] == ["TEXT"]
    assert not output.has("Leitner")


@pytest.mark.parametrize("name", ["acquisition_context", "specimen", "waveform_annotation"])
def test_content_items_of_images_and_waveforms_are_cleaned(name, reports, datasets):
    ((tag, planted),) = getattr(reports, name)().items()
    image = datasets.image({tag: reports.encoded(planted)})
    output = datasets.deidentify(image, using=using(datasets, ()))
    for secret in ("Leitner", "Hedwig", "Brixen", "Sinzig", "SPEC-4488", "1.2.826.0.1.99.1.1051"):
        assert not output.has(secret)
    kept = {"acquisition_context": "recumbent", "specimen": "Excision", "waveform_annotation": "rhythm"}
    assert output.has(kept[name])


def test_a_step_of_a_preparation_keeps_as_many_items_as_it_had(reports, datasets):
    ((tag, planted),) = reports.specimen().items()
    image = datasets.image({tag: reports.encoded(planted)})
    output = datasets.deidentify(image, using=using(datasets, ())).data_set
    step = output.SpecimenDescriptionSequence[0].SpecimenPreparationSequence[0]
    assert len(step.SpecimenPreparationStepContentItemSequence) == 4


def test_an_acquisition_context_of_nothing_but_identities_stays_as_an_empty_one(reports, datasets):
    context = Dataset()
    context.AcquisitionContextSequence = [content("TEXT", ("121022", "DCM", "Accession Number"))]
    output = datasets.deidentify(
        datasets.image({0x00400555: reports.encoded(context)}), using=using(datasets, ())
    ).data_set
    assert list(output.AcquisitionContextSequence) == []


SAMPLES = (
    "dcm4che__dcm4che-test-data__src__main__resources__report_dfl",
    "dcmfx__test__assets__pydicom__test_files__reportsi.dcm",
    "dcmfx__test__assets__pydicom__test_files__test-SR.dcm",
    "dcmfx__test__assets__other__ecg_12_lead_anon.dcm",
)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_text_or_name_of_a_real_report_stays(name, corpus, datasets):
    source = datasets.read((corpus / name).read_bytes())
    source.SOPInstanceUID = datasets.SOP_INSTANCE_UID
    output = datasets.deidentify(
        _reports().encoded(source), sop_class_uid=source.SOPClassUID, using=using(datasets, ())
    ).data_set
    texts = [element for element in source.iterall() if VALUES.get(element.tag) in ("TEXT", "PNAME")]
    assert texts
    left = [element for element in output.iterall() if VALUES.get(element.tag) in ("TEXT", "PNAME")]
    assert {str(element.value) for element in left} <= {"REMOVED", "Removed"}
