"""A profile says exactly what is done, or does not load."""

from __future__ import annotations

import pytest

from gateway.deidentify.profile import Profile
from gateway.deidentify.profile_content import UNAVAILABLE
from gateway.errors import SettingsError
from gateway.standard.confidentiality_profile import EDITION
from gateway.standard.dictionary import tag_of
from gateway.standard.method import BASIC_PROFILE, OPTION_CODE, Option

AVAILABLE = sorted(set(Option) - UNAVAILABLE)
STATION, PHYSICIAN, PROTOCOL = 0x00081010, 0x00080090, 0x00181030


def load(text):
    return Profile.load(text, "config/profiles/test.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "base"),
        ('base = "advanced"', r"\$\.base"),
        ('base = "basic"\noptions = ["retain_everything"]', "retain_modified_dates"),
        ('base = "basic"\noptions = "retain_modified_dates"', "array"),
        ('base = "basic"\nkeep = ["StationName"]', "keep"),
        ('base = "basic"\n[override]\nStationName = "k"', r"override\.StationName: one of K"),
        ('base = "basic"\n[override]\nStationName = "C"', "one of K"),
        ('base = "basic"\n[override]\nStationNames = "K"', "StationNames"),
        ('base = "basic"\n[override]\n"00091001" = "K"', "00091001"),
        ('base = "basic"\n[override]\n"12345" = "K"', "12345"),
        ('base = "basic"\n[override]\nStationName = true', "bool"),
        ('base = "basic"\nbase = "basic"', "TOML"),
        ('base = "basic', "TOML"),
        ('base = "basic"\ndescription = 5', "str"),
    ],
)
def test_what_is_not_exactly_a_profile_does_not_load_and_says_where(text, said):
    with pytest.raises(SettingsError, match=said) as raised:
        load(text)
    assert str(raised.value).startswith("config/profiles/test.toml")


@pytest.mark.parametrize("option", sorted(UNAVAILABLE))
def test_an_option_that_does_not_exist_yet_does_not_load(option):
    with pytest.raises(SettingsError, match=f"{option} is not available"):
        load(f'base = "basic"\noptions = ["{option}"]')


@pytest.mark.parametrize(
    "order", ['"retain_full_dates", "retain_modified_dates"', '"retain_modified_dates", "retain_full_dates"']
)
def test_full_and_modified_dates_exclude_each_other(order):
    with pytest.raises(SettingsError, match="exclude each other"):
        load(f'base = "basic"\noptions = [{order}]')


@pytest.mark.parametrize(
    "options",
    [
        (),
        *((option,) for option in AVAILABLE),
        tuple(option for option in AVAILABLE if option != Option.RETAIN_FULL_DATES),
    ],
)
def test_a_profile_claims_the_base_and_the_options_that_are_applied(options, datasets):
    claims = datasets.profile(tuple(map(str, options))).claims
    assert claims == (BASIC_PROFILE, *(OPTION_CODE[option] for option in Option if option in options))


@pytest.mark.parametrize("name", ["StationName", "00081010", "(0008,1010)", "0008,1010"])
def test_an_override_names_an_attribute_by_keyword_or_tag(name):
    assert load(f'base = "basic"\n[override]\n"{name}" = "D"').rules[STATION].action == "D"


def test_an_override_that_keeps_drops_the_claim_and_says_so(datasets):
    profile = datasets.profile((), '"StationName" = "K"\n"ProtocolName" = "K"')
    assert BASIC_PROFILE not in profile.claims
    assert "weaker than the profile: StationName" in profile.method
    output = datasets.deidentify(
        datasets.image({STATION: ("SH", "CT-ROOM-1"), PROTOCOL: ("LO", "Abdomen")}), using=profile
    )
    assert output.data_set.StationName == "CT-ROOM-1"
    assert output.data_set.ProtocolName == "Abdomen"
    assert "DeidentificationMethodCodeSequence" not in output.data_set
    method = list(output.data_set.DeidentificationMethod)
    assert method[1:] == ["weaker than the profile: ProtocolName", "weaker than the profile: StationName"]


def test_an_override_that_keeps_leaves_the_claims_of_the_options(datasets):
    profile = datasets.profile(("retain_modified_dates",), '"StationName" = "K"')
    assert profile.claims == (OPTION_CODE[Option.RETAIN_MODIFIED_DATES],)


@pytest.mark.parametrize("override", ['"StationName" = "X"', '"StationName" = "D"', '"Manufacturer" = "X"'])
def test_an_override_that_removes_or_replaces_keeps_the_claim(override, datasets):
    assert BASIC_PROFILE in datasets.profile((), override).claims


@pytest.mark.parametrize(
    ("override", "tag"),
    [
        ('"BurnedInAnnotation" = "X"', 0x00280301),
        ('"Manufacturer" = "D"', 0x00080070),
    ],
)
def test_an_override_is_applied(override, tag, datasets):
    extra = {0x00280301: ("CS", "NO"), 0x00080070: ("LO", "ACME")}
    output = datasets.deidentify(datasets.image(extra), using=datasets.profile((), override))
    assert tag not in output.data_set or output.data_set[tag].value == "REMOVED"


def test_a_wrong_override_is_named_with_what_would_be_right():
    with pytest.raises(SettingsError) as raised:
        load('base = "basic"\n[override]\nStationName = "k"')
    assert "StationName" in str(raised.value)
    assert "K" in raised.value.expected.replace("StationName", "")


@pytest.mark.parametrize("action", ["D", "U"])
def test_an_override_that_looks_into_a_sequence_where_the_profile_removes_it_drops_the_claim(
    action, datasets
):
    profile = datasets.profile((), f'"RequestAttributesSequence" = "{action}"')
    sequence = datasets.sequence(0x00400275, datasets.element(0x00080104, "LO", "Kept words"))
    output = datasets.deidentify(datasets.image({0x00400275: sequence}), using=profile)
    assert not output.has(b"Kept words") or BASIC_PROFILE not in profile.claims


def test_an_override_that_keeps_what_the_profile_keeps_is_not_weaker(datasets):
    profile = datasets.profile(("retain_patient_characteristics",), '"PatientSex" = "K"')
    assert profile.weakened == ()


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName"])
def test_an_override_cannot_keep_who_the_patient_is(keyword, datasets):
    try:
        profile = load(f'base = "basic"\n[override]\n{keyword} = "K"')
    except SettingsError:
        return
    output = datasets.deidentify(datasets.image(), using=profile)
    assert output.data_set[keyword].value == output.result.attributes[keyword]
    assert not output.has(datasets.PATIENT_ID)
    assert not output.has(datasets.PATIENT_NAME)


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName"])
def test_an_override_cannot_leave_an_instance_without_a_patient(keyword, datasets):
    try:
        profile = load(f'base = "basic"\n[override]\n{keyword} = "X"')
    except SettingsError:
        return
    output = datasets.deidentify(datasets.image(), using=profile)
    assert output.data_set.get(keyword) == output.result.attributes[keyword]


def test_the_method_names_edition_profile_and_fingerprint_in_64_characters():
    profile = Profile.load('base = "basic"', "a/very/long/path/" + "n" * 80 + ".toml")
    assert EDITION in profile.method[0]
    assert profile.fingerprint[:8] in profile.method[0]
    assert all(len(value) <= 64 for value in profile.method)
    assert all(len(value) <= 64 for value in load('base = "basic"\n[override]\nStationName = "K"').method)


def test_the_name_of_a_profile_is_one_value():
    assert "\\" not in Profile.load('base = "basic"', "a\\b.toml").method[0]


def test_the_fingerprint_changes_with_the_text_and_with_nothing_else():
    text = 'base = "basic"'
    assert Profile.load(text, "a.toml").fingerprint == Profile.load(text, "b.toml").fingerprint
    assert Profile.load(text, "a.toml").fingerprint != Profile.load(text + "\n", "a.toml").fingerprint


def test_the_default_profile_is_the_basic_one_with_dates_and_characteristics(datasets):
    profile = datasets.basic_dates()
    assert profile.options == {Option.RETAIN_MODIFIED_DATES, Option.RETAIN_PATIENT_CHARACTERISTICS}
    assert profile.weakened == ()
    assert profile.name == "basic_dates"


def test_the_free_text_of_patient_characteristics_is_cleaned(datasets):
    for keyword in ("Allergies", "PatientState", "PreMedication", "SpecialNeeds"):
        assert datasets.basic_dates().rules[tag_of(keyword)].action == "C"


def test_the_range_of_the_shift_and_the_cap_of_ages_are_set_by_the_profile(datasets):
    extra = {0x00101010: ("AS", "095Y"), 0x00080020: ("DA", "20200301")}
    options = ("retain_modified_dates", "retain_patient_characteristics")

    usual = datasets.deidentify(datasets.image(extra), using=datasets.profile(options)).data_set
    text = f'base = "basic"\noptions = {list(options)}\nmax_shift_days = 1\ncap_ages = false'
    other = datasets.deidentify(datasets.image(extra), using=load(text)).data_set

    assert (usual.PatientAge, other.PatientAge) == ("090Y", "095Y")
    assert other.StudyDate == "20200229"
    assert usual.StudyDate < "20200301"


@pytest.mark.parametrize("line", ["max_shift_days = 0", "max_shift_days = 40000", 'cap_ages = "no"'])
def test_a_shift_or_cap_out_of_range_does_not_load(line):
    with pytest.raises(SettingsError):
        load(f'base = "basic"\n{line}')


def test_a_sender_s_claim_goes_even_where_the_profile_makes_none(datasets):
    claim = datasets.sequence(0x00120064, datasets.element(0x00080100, "SH", "113101"))
    profile = datasets.profile((), '"StationName" = "K"')

    output = datasets.deidentify(datasets.image({0x00120064: claim}), using=profile)

    assert profile.claims == ()
    assert not output.has(b"113101")
    assert 0x00120064 not in output.data_set
