"""Every row of PS3.15 Table E.1-1, for the profile alone and for the default profile."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

import pytest

from gateway.deidentify import dummy
from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option

CT = "1.2.840.10008.5.1.4.1.1.2"
KEPT = 0x0040A043
PATH = (KEPT,)

PLANTED = {
    "AE": "PLANTEDAE",
    "AS": "095Y",
    "CS": "PLANTED_CS",
    "DA": "20190417",
    "DS": "-73.251",
    "DT": "20190417101112.131415",
    "IS": "-41772",
    "LO": "Planted Lo",
    "LT": "Planted Lt",
    "OB": b"PlantedBytes",
    "PN": "Brixen^Klostergang",
    "SH": "Planted Sh",
    "ST": "Planted St",
    "TM": "101112.131415",
    "UC": "Planted Uc",
    "UI": "1.2.826.0.1.99.7.7",
    "UN": b"PlantedUnknown",
    "UR": "urn:planted:ur",
    "US": struct.pack("<H", 3),
    "UT": "Planted Ut",
}
PLANTED_INSIDE = "1.2.826.0.1.99.7.8"
MEANING = "Planted Meaning"

SINGLE = [row for row in ROWS if "x" not in row.tag and row.tag != "private"]
IDENTITY = {0x00080016, 0x00080018, 0x00100010, 0x00100020, 0x0020000D, 0x0020000E}
PRODUCT_DATES = {
    "CalibrationDateTime",
    "ProductExpirationDateTime",
    "EffectiveDateTime",
    "InformationIssueDateTime",
}
VOCABULARY_DATES = {
    "ContextGroupVersion",
    "ContextGroupLocalVersion",
    "TemplateVersion",
    "TemplateLocalVersion",
}

RESOLVED = {
    "X/D": {"1": "D", "1C": "D", "2": "D", "2C": "D", "3": "X", None: "X"},
    "X/Z": {"1": "Z", "1C": "Z", "2": "Z", "2C": "Z", "3": "X", None: "X"},
    "X/Z/D": {"1": "D", "1C": "D", "2": "Z", "2C": "Z", "3": "X", None: "X"},
    "Z/D": {"1": "D", "1C": "D", "2": "Z", "2C": "Z", "3": "Z", None: "Z"},
    "X/Z/U*": {"1": "U", "1C": "U", "2": "U", "2C": "U", "3": "X", None: "X"},
}
"""PS3.15 Table E.1-1a. X/Z/U* with Type 2 keeps references with replaced UIDs, which Z allows."""


def option_code(row, profile):
    """Say what the default profile's two options ask for, None where they say nothing."""
    if profile == "basic":
        return None
    is_device_date = row.options.get(Option.RETAIN_DEVICE_IDENTITY) == "K" or row.keyword in PRODUCT_DATES
    if Option.RETAIN_MODIFIED_DATES in row.options and not is_device_date:
        return "vocabulary" if row.keyword in VOCABULARY_DATES else "date"
    if row.options.get(Option.RETAIN_PATIENT_CHARACTERISTICS) == "K":
        return "age" if row.vr == "AS" else "keep"
    return "text" if Option.RETAIN_PATIENT_CHARACTERISTICS in row.options else None


def expected(row, profile, path, sop_class_uid=CT):
    if row.tag[:4] in ("0000", "0002", "0004"):
        return "X"  # commands, file meta and DICOMDIR: not of a data set, whatever the table says
    code = option_code(row, profile)
    if code:
        return code
    if "/" not in row.basic:
        return row.basic
    return RESOLVED[row.basic][attribute_type(sop_class_uid, path, int(row.tag, 16))]


def planted(datasets, row, implicit):
    tag, vr = int(row.tag, 16), row.vr[:2]
    if tag in IDENTITY:
        return datasets.element(tag, *datasets.identity()[tag], implicit=implicit)
    if vr == "SQ":
        inside = {
            0x00080104: ("LO", MEANING),
            0x00081070: ("PN", "Murnau^Hedwig"),
            0x00081155: ("UI", PLANTED_INSIDE),
            0x001021B0: ("LT", "Planted History"),
        }
        return datasets.sequence(tag, datasets.encoded(inside, implicit=implicit), implicit=implicit)
    return datasets.element(tag, vr, PLANTED[vr], implicit=implicit)


@pytest.fixture(scope="session")
def processed(datasets):
    def run(row, profile, implicit, sop_class_uid=CT):
        encoded = planted(datasets, row, implicit)
        extra = {KEPT: datasets.sequence(KEPT, encoded, implicit=implicit), int(row.tag, 16): encoded}
        return datasets.deidentify(
            datasets.image(extra, sop_class_uid=sop_class_uid, implicit=implicit),
            sop_class_uid=sop_class_uid,
            transfer_syntax_uid=datasets.IMPLICIT if implicit else datasets.EXPLICIT,
            using=datasets.profile() if profile == "basic" else datasets.basic_dates(),
            unexamined_pixels="pass",
        )

    return run


@pytest.fixture(scope="session")
def days(datasets):
    output = datasets.deidentify(datasets.image({0x00080020: ("DA", PLANTED["DA"])}))
    moved = datetime.strptime(output.data_set.StudyDate, "%Y%m%d") - datetime(2019, 4, 17)  # noqa: DTZ001, DTZ007
    assert -365 <= moved.days <= -1
    return moved.days


def raw(element):
    """Return the text of an element's value without padding; bytes for binary ones."""
    value = element.value
    if isinstance(value, bytes):
        return value.rstrip(b"\0 ").decode("latin-1")
    return "" if value is None else str(value)


def original(row):
    value = PLANTED[row.vr[:2]]
    return value if isinstance(value, str) else value.decode("latin-1")


def check_gone(element, row, days, output):
    assert element is None


def check_empty_or_keyed(element, row, days, output):
    if row.vr == "SQ":
        assert len(element.value) == 0
    elif row.keyword in ("PatientID", "PatientName"):
        assert raw(element)
        assert raw(element) not in ("Wolkenstein^Oswald", "PAT-778899", original(row))
    elif row.keyword in ("AccessionNumber", "StudyID"):
        assert len(raw(element)) == 13
        assert raw(element) != original(row)
    else:
        assert raw(element) == ""


def check_dummy(element, row, days, output):
    if row.vr == "SQ":
        assert len(element.value) >= 1
        assert not output.has(PLANTED_INSIDE)
    elif row.vr in ("OB", "UN"):
        assert element.value
        assert element.value != PLANTED[row.vr]
    else:
        assert raw(element)
        assert raw(element) != original(row)


def check_uid(element, row, days, output):
    if row.vr == "SQ":
        assert element.value[0].ReferencedSOPInstanceUID == output.result.uids[PLANTED_INSIDE]
        assert not output.has(PLANTED_INSIDE)
        assert "OperatorsName" not in element.value[0]
    else:
        before = output.result.originals[row.keyword] if int(row.tag, 16) in IDENTITY else original(row)
        assert raw(element) == output.result.uids[before]
        assert raw(element).startswith("2.25.")


def check_date(element, row, days, output):
    if row.vr == "DA":
        assert raw(element) == f"{datetime(2019, 4, 17) + timedelta(days):%Y%m%d}"  # noqa: DTZ001
    elif row.vr == "DT":
        assert raw(element) == f"{datetime(2019, 4, 17) + timedelta(days):%Y%m%d}101112.131415"  # noqa: DTZ001
    elif row.vr == "TM":
        assert raw(element) == PLANTED["TM"]
    else:
        # What is no date cannot be moved: the Basic Profile's action is left.
        assert element is None or original(row) not in raw(element)


def check_vocabulary(element, row, days, output):
    assert raw(element) == original(row)


def check_text(element, row, days, output):
    # Nobody knows the word, so nothing is left of it (see test_option_rows.py for what stays).
    assert element is None or original(row) not in raw(element)


def check_age(element, row, days, output):
    assert raw(element) == "090Y"


def check_kept(element, row, days, output):
    if row.vr == "SQ":
        assert element.value[0].CodeMeaning == MEANING
        assert element.value[0].get("OperatorsName") is None
        assert element.value[0].ReferencedSOPInstanceUID == output.result.uids[PLANTED_INSIDE]
    else:
        assert raw(element) == (original(row) if row.vr != "US" else "3")


CHECK = {
    "X": check_gone,
    "Z": check_empty_or_keyed,
    "D": check_dummy,
    "U": check_uid,
    "date": check_date,
    "vocabulary": check_vocabulary,
    "age": check_age,
    "text": check_text,
    "keep": check_kept,
}


def inside(data_set, tag):
    """Return the attribute in the item of the sequence that is kept."""
    return data_set[KEPT].value[0].get(tag)


def test_the_table_is_complete():
    assert len(ROWS) == 657
    assert len(SINGLE) == 653


@pytest.mark.parametrize("profile", ["basic", "basic_dates"])
@pytest.mark.parametrize("row", SINGLE, ids=[f"{row.tag}-{row.keyword}" for row in SINGLE])
def test_a_row_is_applied_at_every_depth_and_in_both_vr_encodings(row, profile, processed, days):
    tag = int(row.tag, 16)
    for implicit in (False, True):
        output = processed(row, profile, implicit)
        for found, path in ((output.data_set.get(tag), ()), (inside(output.data_set, tag), PATH)):
            CHECK[expected(row, profile, path)](found, row, days, output)
        secret = MEANING if row.vr == "SQ" else original(row)
        if {expected(row, profile, path) for path in ((), PATH)} <= {"X", "Z"} and row.vr != "US":
            assert not output.has(secret.encode("latin-1"))
        assert not output.has("Murnau^Hedwig")


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x50000030, "LO", "Planted Units"),
        (0x50003000, "OW", b"PlantedCurve"),
        (0x501E3000, "OW", b"PlantedCurve"),
        (0x60003000, "OW", b"PlantedPlane"),
        (0x60023000, "OW", b"PlantedPlane"),
        (0x601E3000, "OW", b"PlantedPlane"),
        (0x60004000, "LT", "Planted Comment"),
        (0x60024000, "LT", "Planted Comment"),
        (0x601E4000, "LT", "Planted Comment"),
        (0x00091001, "LO", "Planted Private"),
        (0x70531009, "UN", b"Planted Private!"),
    ],
    ids=lambda value: f"{value:08X}" if isinstance(value, int) else None,
)
@pytest.mark.parametrize("implicit", [False, True], ids=["explicit", "implicit"])
@pytest.mark.parametrize("profile", ["basic", "basic_dates"])
def test_a_repeating_group_or_private_attribute_goes_at_every_depth(
    datasets, tag, vr, value, implicit, profile
):
    creator = tag & 0xFFFF0000 | tag >> 8 & 0xFF
    found = {tag: (vr, value), creator: ("LO", "PLANTED CREATOR")} if tag >> 16 & 1 else {tag: (vr, value)}
    nested = datasets.sequence(KEPT, datasets.encoded(found, implicit=implicit), implicit=implicit)
    output = datasets.deidentify(
        datasets.image({**found, KEPT: nested}, implicit=implicit),
        transfer_syntax_uid=datasets.IMPLICIT if implicit else datasets.EXPLICIT,
        using=datasets.profile() if profile == "basic" else datasets.basic_dates(),
    )
    assert output.data_set.get(tag) is None
    assert not output.has(b"Planted")
    assert not output.has(b"PLANTED")


SUFFIXES = (
    *(f"{first}" for first in range(1, 500)),
    *(f"{first}.{second}" for first in range(1, 500) for second in range(1, 12)),
    *(f"77.1.{first}.{second}" for first in range(1, 8) for second in range(1, 8)),
)
KNOWN = sorted(uid for suffix in SUFFIXES if iod_known(uid := f"1.2.840.10008.5.1.4.1.1.{suffix}"))


def types_of(tag):
    """Name one SOP Class for each Type that an attribute has at the top level of some IOD."""
    found = {}
    for uid in KNOWN:
        found.setdefault(attribute_type(uid, (), tag), uid)
    return found


COMPOUND = [
    pytest.param(row, kind, uid, id=f"{row.keyword}-type-{kind}")
    for row in SINGLE
    if "/" in row.basic
    for kind, uid in types_of(int(row.tag, 16)).items()
]


@pytest.mark.parametrize(("row", "kind", "sop_class_uid"), COMPOUND)
def test_a_compound_action_is_resolved_by_the_type_in_the_iod_of_the_sop_class(
    row, kind, sop_class_uid, processed, days
):
    for implicit in (False, True):
        output = processed(row, "basic", implicit, sop_class_uid)
        CHECK[RESOLVED[row.basic][kind]](output.data_set.get(int(row.tag, 16)), row, days, output)


def test_compound_actions_are_seen_with_every_type():
    kinds = {(parameters.values[0].basic, parameters.values[1]) for parameters in COMPOUND}
    assert {basic for basic, kind in kinds if kind in ("1", "1C")} >= {"X/D", "X/Z/D", "Z/D", "X/Z/U*"}
    assert {basic for basic, kind in kinds if kind in ("2", "2C")} >= {"X/Z", "X/Z/D", "Z/D", "X/Z/U*"}


def test_an_unknown_iod_gets_the_alternative_that_keeps_most(datasets):
    private_sop_class = "1.2.826.0.1.99.5"
    extra = {tag_of("StationName"): ("SH", "Planted Sh"), tag_of("AcquisitionTime"): ("TM", "101112")}
    output = datasets.deidentify(
        datasets.image(extra, sop_class_uid=private_sop_class),
        sop_class_uid=private_sop_class,
        using=datasets.profile(),
    )
    assert output.data_set.StationName == dummy.TEXT
    assert output.data_set.AcquisitionTime in ("", None)


@pytest.mark.parametrize("keyword", sorted(PRODUCT_DATES | {"DateOfLastCalibration", "DateOfManufacture"}))
def test_a_device_date_is_never_moved(keyword, processed):
    row = next(row for row in ROWS if row.keyword == keyword)
    element = processed(row, "basic_dates", False).data_set.get(int(row.tag, 16))
    dummies = {"", "19000101", "19000101000000", "000000"}
    assert element is None or raw(element) in dummies
