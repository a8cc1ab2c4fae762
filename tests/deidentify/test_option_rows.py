"""Every row of PS3.15 Table E.1-1 that an option treats in its own way, one option at a time."""

from __future__ import annotations

import struct

import pytest

from gateway.deidentify.profile_content import UNAVAILABLE
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option

KEPT = 0x0040A043
"""Outside of the table, so that what is in its item is treated by its own row."""
CLINICAL, NAMED = "CT ABDOMEN", "CT ABDOMEN for Quirina Zillbauer"
STRANGE = "Quirina Zillbauer"
INSIDE = "1.2.826.0.1.99.7.8"
PLANTED = {
    "AE": "PLANTEDAE", "AS": "045Y", "CS": "PLANTED_CS", "DA": "20190417", "DS": "73.25",
    "DT": "20190417101112.131415", "LO": NAMED, "LT": NAMED, "OB": b"PlantedBytes", "SH": "Zillbauer",
    "ST": NAMED, "TM": "101112.131415", "UC": NAMED, "UI": "1.2.826.0.1.99.7.7", "UR": "urn:planted:ur",
    "US": struct.pack("<H", 3), "UT": NAMED,
}  # fmt: skip
NOT_OF_A_DATA_SET = ("0000", "0002", "0004")
CASES = [
    pytest.param(row, option, id=f"{option}-{row.tag}-{row.keyword or row.name}")
    for option in Option
    if option not in UNAVAILABLE
    for row in ROWS
    if option in row.options and "x" not in row.tag and row.tag != "private"
    and row.tag[:4] not in NOT_OF_A_DATA_SET
]  # fmt: skip
COUNT = {
    Option.CLEAN_GRAPHICS: 1, Option.CLEAN_STRUCTURED_CONTENT: 4, Option.CLEAN_DESCRIPTORS: 141,
    Option.RETAIN_FULL_DATES: 169, Option.RETAIN_MODIFIED_DATES: 169,
    Option.RETAIN_PATIENT_CHARACTERISTICS: 19, Option.RETAIN_DEVICE_IDENTITY: 59, Option.RETAIN_UIDS: 60,
    Option.RETAIN_INSTITUTION_IDENTITY: 10,
}  # fmt: skip
"""Rows with single tags (PS3.15 2026d)."""
DUMMIES = {"", "REMOVED", "19000101", "19000101000000", "000000"}


def planted(datasets, row):
    tag, vr = int(row.tag, 16), row.vr[:2]
    known = datasets.identity().get(tag)
    if known:
        return datasets.element(tag, *known)
    if vr == "SQ":
        inside = {
            0x00081155: ("UI", INSIDE),
            0x00081070: ("PN", "Murnau^Hedwig"),
            0x00080104: ("LO", CLINICAL),
            0x0040A040: ("CS", "TEXT"),
        }
        return datasets.sequence(tag, datasets.encoded(inside))
    return datasets.element(tag, vr, PLANTED[vr])


@pytest.fixture(scope="module")
def processed(datasets):
    def run(row, option):
        encoded = planted(datasets, row)
        extra = {KEPT: datasets.sequence(KEPT, encoded), int(row.tag, 16): encoded}
        return datasets.deidentify(datasets.image(extra), using=datasets.profile((str(option),)))

    return run


def text(element):
    value = element.value
    if isinstance(value, bytes):
        return value.rstrip(b"\0 ").decode("latin-1")
    return "" if value is None else str(value)


def original(row, output):
    if int(row.tag, 16) in (0x00080018, 0x0020000D, 0x0020000E):
        return output.result.originals[row.keyword]
    value = PLANTED[row.vr[:2]]
    return "3" if row.vr == "US" else value if isinstance(value, str) else value.decode("latin-1")


def check_kept(element, row, output):
    if row.vr == "SQ":
        assert element.value[0].get("OperatorsName") is None
        assert element.value[0].CodeMeaning == CLINICAL
    else:
        assert text(element) == original(row, output)


def check_clean(element, row, output):
    vr = row.vr[:2]
    if vr == "SQ":
        assert element.value[0].get("OperatorsName") is None
        assert element.value[0].ReferencedSOPInstanceUID == output.result.uids[INSIDE]
    elif vr == "AE":
        assert text(element).startswith("AE")
        assert len(text(element)) == 15
        assert text(element) != PLANTED["AE"]
    elif vr == "SH":
        # Sixteen characters hold no sentence: a word that nobody knows is left of nothing.
        assert element is None or text(element) in DUMMIES
    elif vr in ("OB", "CS"):
        assert element is None or text(element) in DUMMIES
    else:
        assert text(element) == CLINICAL
    assert not output.has("Zillbauer")


def check_moved(element, row, output):
    """Dates of the patient move; those of devices and what is no date follow the Basic Profile."""
    vr = row.vr[:2]
    is_vocabulary = row.keyword.startswith(("ContextGroup", "Template"))
    is_device = row.options.get(Option.RETAIN_DEVICE_IDENTITY) == "K" and "BeamHold" not in row.keyword
    is_product = row.keyword in (
        "ProductExpirationDateTime",
        "EffectiveDateTime",
        "InformationIssueDateTime",
        "CalibrationDateTime",
    )
    if is_vocabulary or (vr == "TM" and not is_device):
        assert text(element) == original(row, output)
    elif is_device or is_product or vr not in ("DA", "DT"):
        assert element is None or text(element) in DUMMIES or vr == "OB"
        assert element is None or text(element) != original(row, output)
    else:
        assert len(text(element)) == len(original(row, output))
        assert "20180417" <= text(element)[:8] < "20190417"
        assert text(element)[8:] == original(row, output)[8:]


def check(element, row, option, output):
    if option is Option.RETAIN_MODIFIED_DATES:
        check_moved(element, row, output)
    elif row.options[option] == "K":
        check_kept(element, row, output)
    else:
        check_clean(element, row, output)


@pytest.mark.parametrize(("row", "option"), CASES)
def test_an_option_does_to_an_attribute_what_its_row_says_at_every_depth(row, option, processed):
    output = processed(row, option)
    tag = int(row.tag, 16)
    check(output.data_set.get(tag), row, option, output)
    check(output.data_set[KEPT].value[0].get(tag), row, option, output)


@pytest.mark.parametrize("option", COUNT)
def test_every_row_of_an_option_is_seen(option):
    rows = [row for row in ROWS if option in row.options and "x" not in row.tag and row.tag != "private"]
    assert len(rows) == COUNT[option]


def test_the_dates_of_a_device_are_of_two_kinds_where_dates_move_and_its_identity_stays(datasets):
    extra = {
        tag_of("DateOfManufacture"): ("DA", "20150301"),
        tag_of("DateOfInstallation"): ("DA", "20150601"),
        tag_of("DateOfLastCalibration"): ("DA", "20190417"),
        tag_of("TimeOfLastCalibration"): ("TM", "070000"),
        tag_of("StudyDate"): ("DA", "20190417"),
    }
    profile = datasets.profile(("retain_modified_dates", "retain_device_identity"))
    output = datasets.deidentify(datasets.image(extra), using=profile).data_set
    assert output.DateOfManufacture == "20150301"
    assert output.DateOfInstallation == "20150601"
    # On the day of the study it would say what the shift is.
    assert "DateOfLastCalibration" not in output
    assert "TimeOfLastCalibration" not in output
    assert output.StudyDate < "20190417"


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "REMOVED"), (("retain_full_dates",), "UNMODIFIED"), (("retain_modified_dates",), "MODIFIED")],
)
def test_the_output_says_what_became_of_its_dates(options, said, datasets):
    output = datasets.deidentify(datasets.image(), using=datasets.profile(options)).data_set
    assert output.LongitudinalTemporalInformationModified == said


def test_uids_that_stay_are_those_of_the_output_everywhere(datasets):
    output = datasets.deidentify(datasets.image(), using=datasets.profile(("retain_uids",)))
    assert output.result.sop_instance_uid == output.data_set.SOPInstanceUID == datasets.SOP_INSTANCE_UID
    assert output.result.study_instance_uid == output.data_set.StudyInstanceUID == datasets.STUDY_INSTANCE_UID
    assert output.data_set.file_meta.MediaStorageSOPInstanceUID == datasets.SOP_INSTANCE_UID
