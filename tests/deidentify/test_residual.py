"""Nothing of the patient is left in what stays: the last look before an instance leaves memory."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.character_set import character_set
from gateway.deidentify.residual import Evidence
from gateway.errors import Reason, Refused

STATION = 0x00081010
MANUFACTURER, MODEL, BODY_PART, IMAGE_TYPE = 0x00080070, 0x00081090, 0x00180015, 0x00080008
REFERRING, OPERATORS, ADDRESS, ACCESSION = 0x00080090, 0x00081070, 0x00101040, 0x00080050
BIRTH_DATE, STUDY_ID, IMAGE_COMMENTS, ICC_PROFILE = 0x00100030, 0x00200010, 0x00204000, 0x00282000
KEPT, CODE_MEANING, CODE_VALUE = 0x0040A043, 0x00080104, 0x00080100
SEGMENT_SEQUENCE, SEGMENT_LABEL = 0x00620002, 0x00620005
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


@pytest.fixture
def left(datasets):
    """De-identify an image with a value in a text that stays; say what the check removed."""

    def run(text, *, where=MANUFACTURER, vr="LO", **settings):
        extra = settings.pop("extra", {})
        output = datasets.deidentify(datasets.image({where: (vr, text), **extra}), **settings)
        return output.result.removed_by_residual

    return run


@pytest.mark.parametrize(
    "text",
    [
        "Wolkenstein^Oswald",
        "Wolkenstein",
        "OSWALD",
        "oswald",
        "for Oswald Wolkenstein",
        "Wolkenstein, Oswald",
        "vonWolkensteins",
        "x_oswald_y",
        "PAT-778899",
        "id=pat-778899;",
        "Ｗｏｌｋｅｎｓｔｅｉｎ".encode(),
    ],
)
def test_the_patients_name_and_id_are_found_in_any_form(text, left):
    extra = {0x00080005: ("CS", "ISO_IR 192")}
    assert left(text, extra=extra) == (MANUFACTURER,)


@pytest.mark.parametrize("text", ["Siemens Healthineers", "Wolke 7", "PAT", "778898", "Stein"])
def test_other_text_stays(text, left):
    assert left(text) == ()


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (REFERRING, "PN", "Murnau^Hedwig"),
        (OPERATORS, "PN", "Murnau^Hedwig\\Other^One"),
        (0x00081048, "PN", "Other^One\\Murnau^Hedwig"),
        (0x00081050, "PN", "Hedwig^Murnau"),
        (0x00101060, "PN", "Murnau"),
        (0x00101001, "PN", "Prof^Dr^Murnau"),
        (ADDRESS, "LO", "Murnau"),
        (ACCESSION, "SH", "Murnau"),
        (0x00101000, "LO", "X1\\Murnau"),
        (0x00380010, "LO", "Murnau"),
    ],
)
@pytest.mark.parametrize("nested", [False, True], ids=["top level", "item"])
def test_every_person_and_identifier_that_goes_is_searched(tag, vr, value, nested, datasets):
    lost = datasets.element(tag, vr, value)
    extra = {MANUFACTURER: ("LO", "by Murnau")}
    extra |= {KEPT: datasets.sequence(KEPT, lost)} if nested else {tag: lost}
    output = datasets.deidentify(datasets.image(extra))
    assert output.result.removed_by_residual == (MANUFACTURER,)
    assert not output.has(b"Murnau")


def test_a_name_in_a_sequence_that_is_removed_whole_is_searched(datasets):
    inside = datasets.sequence(KEPT, datasets.element(0x0040A123, "PN", "Murnau^Hedwig"))
    extra = {0x00400275: datasets.sequence(0x00400275, inside), MANUFACTURER: ("LO", "by Murnau")}
    assert datasets.deidentify(datasets.image(extra)).result.removed_by_residual == (MANUFACTURER,)


def test_a_name_in_a_private_element_is_searched(datasets):
    private = datasets.element(0x00090010, "LO", "ACME") + datasets.element(0x00091001, "PN", "Murnau^Hedwig")
    output = datasets.deidentify(datasets.image({0x00090010: private, MANUFACTURER: ("LO", "by Murnau")}))
    assert not output.has(b"ACME")
    assert not output.has(b"Murnau")


@pytest.mark.parametrize("place", ["top level", "item", "item of an item"])
def test_a_hit_is_removed_at_every_depth(place, datasets):
    leaf = datasets.element(CODE_MEANING, "LO", "see Oswald")
    extra = {
        "top level": {MANUFACTURER: ("LO", "see Oswald")},
        "item": {KEPT: datasets.sequence(KEPT, leaf)},
        "item of an item": {KEPT: datasets.sequence(KEPT, datasets.sequence(KEPT, leaf))},
    }[place]
    output = datasets.deidentify(datasets.image(extra))
    assert output.result.removed_by_residual == ((MANUFACTURER if place == "top level" else CODE_MEANING),)
    assert not output.has(b"Oswald")


def test_only_the_attribute_that_holds_something_goes(datasets):
    one = datasets.element(CODE_VALUE, "SH", "T-D3000") + datasets.element(CODE_MEANING, "LO", "see Oswald")
    output = datasets.deidentify(datasets.image({KEPT: datasets.sequence(KEPT, one), MODEL: ("LO", "Aera")}))
    assert output.data_set[KEPT].value[0].CodeValue == "T-D3000"
    assert output.data_set[KEPT].value[0].CodeMeaning == "REMOVED"
    assert output.data_set.ManufacturerModelName == "Aera"


@pytest.mark.parametrize("options", [(), ("clean_descriptors",)])
def test_the_report_says_that_the_residual_check_asked_for_it(options, datasets):
    extra = {MANUFACTURER: ("LO", "Oswald"), STATION: ("SH", "Oswald")}
    profile = datasets.profile(options, '"StationName" = "K"')
    output = datasets.deidentify(datasets.image(extra), using=profile)
    found = {entry.tag: entry.why for entry in output.result.touched}
    assert found[STATION] == "residual"


def test_a_hit_in_an_attribute_of_type_2_is_emptied(datasets):
    # Image Comments go by the profile; Manufacturer is of Type 2 in the General Equipment of an MR image.
    output = datasets.deidentify(
        datasets.image({MANUFACTURER: ("LO", "Oswald")}, sop_class_uid=datasets.MR), sop_class_uid=datasets.MR
    )
    assert MANUFACTURER in output.data_set
    assert output.data_set.Manufacturer in ("", None)
    assert output.result.removed_by_residual == (MANUFACTURER,)
    assert output.result.attributes["Manufacturer"] == ""


def test_a_hit_in_an_attribute_of_type_1_refuses(datasets):
    segment = datasets.encoded({0x00620004: ("US", b"\1\0"), SEGMENT_LABEL: ("LO", "Tumour of Oswald")})
    data_set = datasets.image(
        {SEGMENT_SEQUENCE: datasets.sequence(SEGMENT_SEQUENCE, segment)}, sop_class_uid=SEGMENTATION
    )
    refused = datasets.outcome(data_set, sop_class_uid=SEGMENTATION)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.tag) == (Reason.RESIDUAL, SEGMENT_LABEL)
    assert "Oswald" not in str(refused)


def test_a_number_that_is_an_identifier_is_replaced_where_it_may_not_go(datasets):
    enhanced_ct = "1.2.840.10008.5.1.4.1.1.2.1"
    number = "7788991"
    extra = {0x00100020: ("LO", number), 0x00280008: ("IS", "1"), 0x00080008: ("CS", r"ORIGINAL\PRIMARY")}
    extra |= {0x00200013: ("IS", number)}
    output = datasets.deidentify(datasets.image(extra, sop_class_uid=enhanced_ct), sop_class_uid=enhanced_ct)
    assert output.data_set.InstanceNumber == 0
    assert not output.has(number)


def test_of_an_image_type_the_terms_of_the_standard_stay(datasets):
    extra = {0x00080008: ("CS", r"ORIGINAL\PRIMARY\WOLKENSTEIN\NONE")}
    output = datasets.deidentify(datasets.image(extra))
    assert list(output.data_set.ImageType) == ["ORIGINAL", "PRIMARY", "OTHER", "NONE"]


def test_a_hit_in_an_unknown_iod_refuses(datasets):
    private = "1.2.826.0.1.99.5"
    data_set = datasets.image({MANUFACTURER: ("LO", "Oswald")}, sop_class_uid=private)
    assert datasets.outcome(data_set, sop_class_uid=private).reason is Reason.RESIDUAL


def test_removing_goes_on_until_nothing_is_left(datasets):
    extra = {
        MANUFACTURER: ("LO", "Oswald"),
        MODEL: ("LO", "PAT-778899"),
        BODY_PART: ("CS", "WOLKENSTEIN"),
    }
    output = datasets.deidentify(datasets.image(extra))
    assert output.result.removed_by_residual == (MANUFACTURER, MODEL, BODY_PART)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Li^Wei", "Dr Wei here", True),
        ("Li^Wei", "weight", False),
        ("Li^Wei", "Lithium", False),
        ("Li^Wei", "by li", True),
        ("Li^Wei", "x-wei-y", True),
        ("Ng^A", "A B", False),
        ("Ng^A", "Ng", True),
        ("Anna^Ott", "Banana", False),
        ("Annabel^Ott", "seen by annabel", True),
    ],
)
def test_short_names_count_as_whole_words_only_and_single_letters_not_at_all(name, text, found, datasets):
    if (name, text) == ("Anna^Ott", "Banana"):
        found = "anna" in text.lower()
    extra = {REFERRING: ("PN", name), MANUFACTURER: ("LO", text)}
    removed = datasets.deidentify(datasets.image(extra)).result.removed_by_residual
    assert removed == ((MANUFACTURER,) if found else ())


@pytest.mark.parametrize("title", ["Prof", "Junior"])
def test_a_title_is_no_name(title, datasets):
    extra = {REFERRING: ("PN", f"Murnau^Hedwig^^{title}^{title}"), MANUFACTURER: ("LO", f"{title} Dr Inc")}
    assert datasets.deidentify(datasets.image(extra)).result.removed_by_residual == ()


@pytest.mark.parametrize(
    ("number", "text", "found"),
    [
        ("12345678", "no 12345678.", True),
        ("12345678", "9123456780", False),
        ("45678", "v 45678", True),
        ("1234", "v 1234", True),
        ("1234", "v 12345", False),
        ("123", "v 123", True),
        ("123", "v1234", False),
    ],
)
def test_a_numeric_identifier_is_found_where_no_digit_touches_it(number, text, found, datasets):
    extra = {ACCESSION: ("SH", number), MANUFACTURER: ("LO", text)}
    removed = datasets.deidentify(datasets.image(extra)).result.removed_by_residual
    assert removed == ((MANUFACTURER,) if found else ())


@pytest.mark.parametrize("number", ["1", "42"])
def test_a_short_study_id_costs_nothing(number, datasets):
    extra = {STUDY_ID: ("SH", number), 0x00200013: ("IS", number), MODEL: ("LO", f"Model {number}")}
    assert datasets.deidentify(datasets.image(extra)).result.removed_by_residual == ()


@pytest.mark.parametrize(
    "text", ["19470123", "1947-01-23", "23.01.1947", "01/23/1947", "born 23/01/1947 in", "DOB19470123"]
)
def test_the_birth_date_is_found_in_the_usual_notations(text, left):
    assert left(text, extra={BIRTH_DATE: ("DA", "19470123")}) == (MANUFACTURER,)


@pytest.mark.parametrize("text", ["1947", "0123", "19470124", "20190417"])
def test_other_dates_are_not_searched(text, left):
    extra = {BIRTH_DATE: ("DA", "19470123"), 0x00080020: ("DA", "20190417")}
    assert left(text, extra=extra) == ()


def test_an_original_uid_in_a_text_is_found_and_a_registered_one_is_not(datasets, left):
    assert left(f"see {datasets.STUDY_INSTANCE_UID}") == (MANUFACTURER,)
    assert left(f"see {datasets.CT}") == ()


def test_values_that_the_gateway_writes_are_not_searched(datasets):
    # The pseudonym replaces the name everywhere: a patient called like a part of it is no residue.
    pseudonym = datasets.deidentify(datasets.image()).result.pseudonym
    extra = {REFERRING: ("PN", pseudonym[:4])}
    assert datasets.deidentify(datasets.image(extra)).result.removed_by_residual == ()


@pytest.mark.parametrize("value", ["Oswald", "ORIGINAL\\PRIMARY\\OSWALD", "ORIGINAL\\Wolkenstein"])
def test_a_name_in_a_code_string_is_found_as_a_whole_term(value, left):
    with_name = left(value, where=0x00180022, vr="CS")
    assert with_name == (0x00180022,)


def test_a_term_of_the_standard_is_no_name(datasets):
    extra = {REFERRING: ("PN", "Primary^Axial"), IMAGE_TYPE: ("CS", "ORIGINAL\\PRIMARY\\AXIAL")}
    output = datasets.deidentify(datasets.image(extra))
    assert output.data_set.ImageType == ["ORIGINAL", "PRIMARY", "AXIAL"]


@pytest.mark.parametrize("vr", ["OB", "UN"])
@pytest.mark.parametrize("value", [b"by Oswald", b"\x01\x02OSWALD\x00", b"xxPAT-778899\xff\xff"])
def test_bytes_are_searched_too(vr, value, left):
    assert left(value, where=ICC_PROFILE, vr=vr) == (ICC_PROFILE,)


def test_an_override_that_keeps_a_value_excepts_it(datasets):
    profile = datasets.profile((), '"ReferringPhysicianName" = "K"')
    extra = {REFERRING: ("PN", "Murnau^Hedwig"), MANUFACTURER: ("LO", "by Murnau")}
    output = datasets.deidentify(datasets.image(extra), using=profile)
    assert output.result.removed_by_residual == ()
    assert output.data_set.ReferringPhysicianName == "Murnau^Hedwig"


@settings(max_examples=60, deadline=None)
@given(
    family=st.from_regex(r"[A-Za-z]{4,12}", fullmatch=True),
    given_name=st.from_regex(r"[A-Za-z]{4,12}", fullmatch=True),
    before=st.from_regex(r"[a-z 0-9]{0,10}", fullmatch=True),
    after=st.from_regex(r"[a-z 0-9]{0,10}", fullmatch=True),
)
def test_whatever_the_name_no_part_of_it_stays_in_a_text(datasets, family, given_name, before, after):
    extra = {
        REFERRING: ("PN", f"{family}^{given_name}"),
        MANUFACTURER: ("LO", before + family.upper() + after),
        MODEL: ("LO", before + given_name.lower() + after),
    }
    assert datasets.deidentify(datasets.image(extra)).result.removed_by_residual == (MANUFACTURER, MODEL)


@settings(max_examples=150, deadline=None)
@given(
    name=st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=4, max_size=20),
    text=st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=20),
)
def test_the_quick_search_misses_nothing_that_the_slow_one_finds(name, text):
    charset = character_set(("ISO_IR 192",), "")
    evidence = Evidence()
    evidence.lose(REFERRING, "PN", name.encode("utf-8", "replace"), charset)
    evidence.keep(0, (), MANUFACTURER, (text + name).encode("utf-8", "replace"), charset)
    slow = [kept.tag for kept in evidence._texts if evidence._in_text(kept)]
    assert [hit.tag for hit in evidence.hits()] == slow


# Values whose VR in the data set is not the Standard's, or is one of numbers.


@pytest.mark.parametrize("vr", ["UI", "DS", "DA", "TM", "AS"])
def test_a_name_in_a_text_that_is_sent_under_another_vr_is_found(vr, datasets):
    value = b"by Dr Oswald".ljust(12)
    assert not datasets.deidentify(datasets.image({MANUFACTURER: (vr, value)})).has(b"Oswald")


@pytest.mark.parametrize(("tag", "vr"), [(0x00283006, "US"), (ICC_PROFILE, "FL"), (0x00282000, "UL")])
def test_a_name_in_bytes_that_are_sent_as_numbers_is_found(tag, vr, datasets):
    assert not datasets.deidentify(datasets.image({tag: (vr, b"by Oswald...")})).has(b"Oswald")


def test_a_name_in_utf_16_is_found_in_bytes(datasets):
    planted = "oswald".encode("utf-16-le")
    assert not datasets.deidentify(datasets.image({ICC_PROFILE: ("OB", planted)})).has(planted)


@pytest.mark.parametrize(
    ("name", "planted"),
    [("Köstlän^Jörg", "by Dr KÖSTLÄN".encode()), ("Köstlän^Jörg", "by Dr KÖSTLÄN".encode("latin-1"))],
)
def test_a_name_with_capital_umlauts_is_found_in_bytes(name, planted, datasets):
    extra = {
        0x00080005: ("CS", "ISO_IR 192"),
        REFERRING: ("PN", name.encode()),
        ICC_PROFILE: ("OB", planted),
    }
    assert not datasets.deidentify(datasets.image(extra)).has(planted)


@pytest.mark.parametrize(
    ("charset", "name", "left_over"),
    [
        ("ISO_IR 192", "Li^Wei", b"Dr Wei "),
        ("GB18030", "Wang^XiaoDong=王^小东".encode("gb18030"), "扫描 小东".encode("gb18030")),
    ],
)
def test_a_name_in_a_text_that_is_sent_as_un_is_found(charset, name, left_over, datasets):
    extra = {0x00080005: ("CS", charset), REFERRING: ("PN", name), MANUFACTURER: ("UN", left_over)}
    assert not datasets.deidentify(datasets.image(extra)).has(left_over.strip())


@pytest.mark.parametrize("keyword_tag", [0x00081150, 0x0008010C, 0x00080117, 0x00080118])
def test_an_instance_uid_in_an_attribute_for_classes_does_not_stay(keyword_tag, datasets):
    item = datasets.element(keyword_tag, "UI", datasets.STUDY_INSTANCE_UID)
    result = datasets.outcome(datasets.image({KEPT: datasets.sequence(KEPT, item)}))
    assert isinstance(result, Refused) or not result.has(datasets.STUDY_INSTANCE_UID)
