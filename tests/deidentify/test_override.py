"""Overrides: what a profile may say about single attributes, where it holds, and what it costs in claims."""

from __future__ import annotations

import pytest

from gateway.deidentify.profile import Profile
from gateway.errors import SettingsError
from gateway.standard.dictionary import tag_of
from gateway.standard.method import BASIC_PROFILE, OPTION_CODE, Option

REQUEST, STEP_DESCRIPTION = tag_of("RequestAttributesSequence"), tag_of("ScheduledProcedureStepDescription")
SCHEDULED = tag_of("ScheduledProcedureStepID")
STATION = tag_of("StationName")
KEPT = tag_of("ConceptNameCodeSequence")
CREATOR = "ACME 1.0"


def load(text, read=None):
    return Profile.load(text, "config/profiles/test.toml", read)


def output(datasets, extra, override, options=()):
    return datasets.deidentify(datasets.image(extra), using=datasets.profile(options, override)).data_set


def test_a_path_names_an_attribute_at_one_place_only(datasets):
    station = datasets.element(STATION, "SH", "ROOM 7")
    extra = {STATION: station, KEPT: datasets.sequence(KEPT, station)}
    found = output(datasets, extra, '"ConceptNameCodeSequence/StationName" = "K"')
    assert "StationName" not in found
    assert found.ConceptNameCodeSequence[0].StationName == "ROOM 7"


def test_a_path_goes_before_the_name_alone(datasets):
    station = datasets.element(STATION, "SH", "ROOM 7")
    extra = {STATION: station, KEPT: datasets.sequence(KEPT, station)}
    found = output(datasets, extra, '"StationName" = "K"\n"ConceptNameCodeSequence/StationName" = "X"')
    assert found.StationName == "ROOM 7"
    assert "StationName" not in found.ConceptNameCodeSequence[0]


def test_a_path_may_be_written_in_tags(datasets):
    extra = {KEPT: datasets.sequence(KEPT, datasets.element(STATION, "SH", "ROOM 7"))}
    found = output(datasets, extra, '"(0040,A043)/00081010" = "K"')
    assert found.ConceptNameCodeSequence[0].StationName == "ROOM 7"


def test_a_path_through_a_sequence_that_goes_keeps_nothing(datasets):
    inside = datasets.element(STEP_DESCRIPTION, "LO", "CT ABDOMEN")
    extra = {REQUEST: datasets.sequence(REQUEST, inside)}
    override = '"RequestAttributesSequence/ScheduledProcedureStepDescription" = "K"'
    assert "RequestAttributesSequence" not in output(datasets, extra, override)
    found = output(datasets, extra, f'"RequestAttributesSequence" = "K"\n{override}')
    assert found.RequestAttributesSequence[0].ScheduledProcedureStepDescription == "CT ABDOMEN"


def test_an_override_goes_before_an_option(datasets):
    extra = {tag_of("StudyDate"): ("DA", "20190417")}
    found = output(datasets, extra, '"StudyDate" = "Z"', ("retain_modified_dates",))
    assert found.StudyDate == ""


@pytest.mark.parametrize("block", [0x10, 0x7F])
def test_a_private_attribute_is_named_by_its_creator_wherever_its_block_is(block, datasets):
    extra = {
        0x00290000 | block: ("LO", CREATOR),
        0x00290000 | block << 8 | 0x31: ("DS", "4.5"),
        0x00290000 | block << 8 | 0x32: ("DS", "7.5"),
    }
    found = output(datasets, extra, f"""'(0029,"{CREATOR}",31)' = "K" """)
    assert found[0x0029, block << 8 | 0x31].value == 4.5
    assert (0x0029, block << 8 | 0x32) not in found
    assert found[0x0029, block].value == CREATOR


def test_a_private_attribute_may_stand_at_a_path(datasets):
    private = datasets.element(0x00290010, "LO", CREATOR) + datasets.element(0x00291031, "DS", "4.5")
    extra = {
        0x00290010: ("LO", CREATOR),
        0x00291031: ("DS", "1.5"),
        KEPT: datasets.sequence(KEPT, private),
    }
    found = output(datasets, extra, f"""'ConceptNameCodeSequence/(0029,"{CREATOR}",31)' = "K" """)
    assert (0x0029, 0x1031) not in found
    assert found.ConceptNameCodeSequence[0][0x0029, 0x1031].value == 4.5


def test_a_private_attribute_that_holds_a_value_of_the_patient_goes_all_the_same(datasets):
    family = datasets.PATIENT_NAME.split("^")[0]
    extra = {0x00290010: ("LO", CREATOR), 0x00291031: ("LO", f"seen by {family}")}
    assert (0x0029, 0x1031) not in output(datasets, extra, f"""'(0029,"{CREATOR}",31)' = "K" """)


@pytest.mark.parametrize(
    ("override", "weakened"),
    [
        ('"ConceptNameCodeSequence/StationName" = "K"', "ConceptNameCodeSequence/StationName"),
        ("""'(0029,"ACME 1.0",31)' = "K" """, '(0029,"ACME 1.0",31)'),
    ],
)
def test_what_an_override_keeps_is_said_and_costs_the_claim(override, weakened, datasets):
    profile = datasets.profile((), override)
    assert profile.weakened == (weakened,)
    assert BASIC_PROFILE not in profile.claims
    assert f"weaker than the profile: {weakened}" in profile.method


CONTENT, TEXT_VALUE = tag_of("ContentSequence"), tag_of("TextValue")
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"


@pytest.mark.parametrize("name", ["TextValue", "ContentSequence/TextValue"])
def test_an_override_goes_before_what_a_content_item_is_treated_like(name, datasets):
    item = datasets.encoded({tag_of("ValueType"): ("CS", "TEXT"), TEXT_VALUE: ("UT", "normal liver")})
    extra = {CONTENT: datasets.sequence(CONTENT, item)}
    options = ("clean_structured_content", "clean_descriptors")
    for override, expected in (("", "normal liver"), (f'"{name}" = "X"', None)):
        found = datasets.deidentify(
            datasets.document(extra, sop_class_uid=BASIC_TEXT_SR),
            sop_class_uid=BASIC_TEXT_SR,
            using=datasets.profile(options, override),
        )
        assert found.data_set.ContentSequence[0].get("TextValue") == expected


def test_an_override_keeps_a_document(datasets):
    encapsulated_pdf = "1.2.840.10008.5.1.4.1.1.104.1"
    extra = {
        tag_of("EncapsulatedDocument"): ("OB", b"%PDF-1.4 of a phantom "),
        tag_of("MIMETypeOfEncapsulatedDocument"): ("LO", "application/pdf"),
    }
    instance = datasets.document(extra, sop_class_uid=encapsulated_pdf)
    for override, is_kept in (("", False), ('"EncapsulatedDocument" = "K"', True)):
        profile = datasets.profile((), override)
        found = datasets.deidentify(instance, sop_class_uid=encapsulated_pdf, using=profile)
        assert found.data_set.EncapsulatedDocument.startswith(b"%PDF-1.4")
        assert found.has(b"of a phantom") == is_kept


def test_the_creator_of_a_private_attribute_is_never_cleaned_to_another_one(datasets):
    extra = {
        0x00190010: ("LO", "SIEMENS MR HEADER"),
        0x0019100C: ("IS", "500"),
        tag_of("InstitutionName"): ("LO", "Siemens Klinik Quirin"),
    }
    found = output(datasets, extra, "", ("clean_descriptors", "retain_safe_private"))
    assert found[0x0019, 0x0010].value == "SIEMENS MR HEADER"
    assert found[0x0019, 0x100C].value == 500


@pytest.mark.parametrize(
    ("override", "options", "claimed"),
    [
        ('"StudyDescription" = "K"', ("clean_descriptors", "retain_uids"), ("retain_uids",)),
        ('"TextValue" = "K"', ("clean_structured_content", "retain_uids"), ("retain_uids",)),
        ('"60003000" = "K"', ("retain_uids",), ("retain_uids",)),
        ('"StationName" = "K"', ("clean_descriptors",), ("clean_descriptors",)),
    ],
)
def test_an_override_that_defeats_an_option_costs_the_claim_of_it(override, options, claimed, datasets):
    profile = datasets.profile(options, override)
    assert profile.claims == tuple(OPTION_CODE[Option(option)] for option in claimed)


@pytest.mark.parametrize(
    "name", ["EvaluatorName", "RetrieveURL", "ContentDescription", "StudyUpdateDateTime"]
)
def test_keeping_what_goes_beyond_the_table_costs_the_claim_too(name, datasets):
    assert BASIC_PROFILE not in datasets.profile((), f'"{name}" = "K"').claims


def test_an_override_of_a_repeating_group_is_for_all_of_its_planes(datasets):
    planes = dict.fromkeys((1610625024, 1610756096, 1612591104), ("OW", b"ab"))
    found = output(datasets, planes, '"60003000" = "K"')
    assert all(tag in found for tag in planes)


def test_an_attribute_is_overridden_once():
    with pytest.raises(SettingsError, match="each attribute once"):
        load('base = "basic"\n[override]\nStationName = "K"\n"00081010" = "X"\n')


@pytest.mark.parametrize("name", ["StudyDate", "AcquisitionDateTime", "StudyUpdateDateTime"])
def test_a_date_cannot_be_kept_beside_dates_that_move(name):
    with pytest.raises(SettingsError, match="disclose the shift"):
        load(f'base = "basic"\noptions = ["retain_modified_dates"]\n[override]\n{name} = "K"\n')


def test_an_override_of_what_an_option_keeps_costs_nothing(datasets):
    override = """'(7053,"Philips PET Private Group",00)' = "K" """
    assert BASIC_PROFILE in datasets.profile(("retain_safe_private",), override).claims


def test_removing_a_private_attribute_costs_nothing(datasets):
    assert BASIC_PROFILE in datasets.profile((), """'(0029,"ACME 1.0",31)' = "X" """).claims


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ('"StationName/StudyDate" = "K"', "sequences before the last step"),
        ('"PatientName" = "X"', "other than the patient"),
        ('"SOPInstanceUID" = "K"', "other than the patient"),
        ('"OtherPatientIDsSequence/PatientID" = "K"', "other than the patient"),
        ("""'(0028,"ACME",31)' = "K" """, "no attribute"),
        ("""'(0029,"ACME",1031)' = "K" """, "no attribute"),
        ('"" = "K"', "no attribute"),
        ('"/" = "K"', "no attribute"),
    ],
)
def test_a_name_that_names_nothing_stops_the_start(override, said):
    with pytest.raises(SettingsError, match=said):
        load(f'base = "basic"\n[override]\n{override}\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('dates_in_text = "shift"', "dates_in_text"),
        ('vocabulary = ["words.txt"]', "vocabulary"),
        ('named_entities = "model"', "named_entities"),
        ('private_attributes = ["list.csv"]', "private_attributes"),
        ("trust_private_declarations = true", "trust_private_declarations"),
    ],
)
def test_a_key_without_its_option_stops_the_start(text, said):
    with pytest.raises(SettingsError, match=said):
        load(f'base = "basic"\n{text}\n', lambda name: "")


def test_the_fingerprint_covers_the_lists_that_a_profile_names():
    text = 'base = "basic"\noptions = ["clean_descriptors"]\nvocabulary = ["words.txt"]\n'
    one, other = (load(text, lambda name, words=words: words) for words in ("Frobnitz", "Frobnitz Gnusto"))
    assert one.words == {"frobnitz"}
    assert other.words == {"frobnitz", "gnusto"}
    assert one.fingerprint != other.fingerprint


def test_a_list_of_something_else_is_no_vocabulary():
    text = 'base = "basic"\noptions = ["clean_descriptors"]\nvocabulary = ["words.txt"]\n'
    with pytest.raises(SettingsError, match="words of letters"):
        load(text, lambda name: "Frobnitz 123456")
