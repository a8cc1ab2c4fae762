"""Graphics, content items and known values at their edges, where a mutation would change one unseen."""

from __future__ import annotations

import struct

import pytest

from gateway.deidentify import known_values as known_module
from gateway.deidentify.account import Account
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet, character_set
from gateway.deidentify.content_item import is_age_up_to
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.graphics import plan
from gateway.deidentify.instance import Instance
from gateway.deidentify.known_values import known_values
from gateway.deidentify.parse import parse
from gateway.deidentify.residual import IDENTIFIERS, LONG_IDENTIFIERS
from gateway.deidentify.ruling import Rulebook
from gateway.errors import Reason
from gateway.standard.dictionary import tag_of, vr_of

EXPLICIT = Encoding(implicit=False, little_endian=True)
CT = "1.2.840.10008.5.1.4.1.1.2"
CURVE = 0x5000
ASCII = character_set((), "")


def us(*numbers):
    return struct.pack(f"<{len(numbers)}H", *numbers)


def kept(datasets, values):
    source = memoryview(datasets.encoded(values))
    root = parse(source, EXPLICIT)
    found = plan(root, source)
    return {element.tag & 0xFFFF for element in root.elements if found.get(element.start) is Action.KEEP}


def curve(dimensions, points, representation, data, **changes):
    elements = {
        0x0005: ("US", us(dimensions)),
        0x0010: ("US", us(points)),
        0x0020: ("CS", "ROI"),
        0x0103: ("US", us(representation)),
        0x3000: ("OW", data),
    }
    elements |= {int(name[1:], 16): value for name, value in changes.items()}
    return {CURVE << 16 | number: value for number, value in elements.items()}


@pytest.mark.parametrize(("representation", "size"), [(0, 2), (1, 2), (2, 4), (3, 8), (4, 4)])
def test_a_curve_has_as_many_bytes_as_its_representation_says(representation, size, datasets):
    assert 0x3000 in kept(datasets, curve(2, 3, representation, bytes(6 * size)))
    assert kept(datasets, curve(2, 3, representation, bytes(6 * size + 2))) == set()
    assert kept(datasets, curve(2, 3, representation, bytes(6 * size - 2))) == set()


@pytest.mark.parametrize("dimensions", [1, 7, 8, 9])
def test_a_curve_has_up_to_eight_dimensions(dimensions, datasets):
    values = curve(dimensions, 1, 0, bytes(2 * dimensions), e0110=("US", us(*[1] * dimensions)))
    assert (0x3000 in kept(datasets, values)) is (dimensions <= 8)
    plain = curve(dimensions, 1, 0, bytes(2 * dimensions))
    assert (0x3000 in kept(datasets, plain)) is (dimensions <= 8)


@pytest.mark.parametrize("number", [0x0104, 0x0105, 0x0112, 0x0114])
@pytest.mark.parametrize(("length", "stays"), [(2, False), (4, True), (6, False), (8, False), (16, True)])
def test_a_number_for_each_axis_is_of_its_vr_or_of_the_data(number, length, stays, datasets):
    values = curve(2, 3, 3, bytes(48), **{f"e{number:04X}": ("US", bytes(length))})
    assert (number in kept(datasets, values)) is stays


@pytest.mark.parametrize(
    ("unit", "below", "above"),
    [
        ("a", "89", "89.1"),
        ("mo", "1068", "1069"),
        ("wk", "4643", "4645"),
        ("d", "32507", "32508"),
        ("h", "780174", "780175"),
        ("min", "46810440", "46810441"),
    ],
)
def test_an_age_is_compared_in_its_own_unit(unit, below, above, datasets):
    def is_young(number, code=unit):
        units = datasets.sequence(
            tag_of("MeasurementUnitsCodeSequence"), datasets.element(0x00080100, "SH", code)
        )
        measured = units + datasets.element(tag_of("NumericValue"), "DS", number)
        source = datasets.sequence(tag_of("MeasuredValueSequence"), measured)
        return is_age_up_to(89, parse(source, EXPLICIT), memoryview(source), ASCII)

    assert is_young(below)
    assert is_young("0")
    assert not is_young(above)
    assert not is_young("-1")
    assert not is_young("1", "km")
    assert not is_young("old")


class Heard:
    """Takes note of what is known, in place of the cleaner's own."""

    def __init__(self):
        self.values = set()

    def add_name(self, text):
        self.values.add(("name", text))

    def add_identifier(self, text):
        self.values.add(("identifier", text))

    def add_place(self, text):
        self.values.add(("place", text))


def heard(datasets, monkeypatch, values, *options):
    monkeypatch.setattr(known_module, "Known", Heard)
    source = memoryview(datasets.encoded(values))
    root = parse(source, EXPLICIT)
    book = Rulebook(datasets.profile(options), CT)
    return known_values(Account(source, little_endian=True), root, book).values


PLACES = {
    tag_of(keyword)
    for keyword in (
        *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName"),
        *("PatientAddress", "PersonAddress", "ReferringPhysicianAddress", "CurrentPatientLocation"),
        *("ResponsibleOrganization", "VerifyingOrganization", "ClinicalTrialSiteName", "PerformedLocation"),
    )
}
TELLING = sorted(IDENTIFIERS | LONG_IDENTIFIERS | {tag_of("IssuerOfPatientID")} | PLACES)


@pytest.mark.parametrize("tag", TELLING, ids=lambda tag: f"{tag:08X}")
def test_what_the_header_says_of_people_and_places_is_known(tag, datasets, monkeypatch):
    values = {tag: (vr_of(tag), "QX77431")}
    expected = {("place" if tag in PLACES else "identifier", "QX77431")}
    assert heard(datasets, monkeypatch, values) == expected
    inside = {0x0040A043: datasets.sequence(0x0040A043, datasets.encoded(values))}
    assert heard(datasets, monkeypatch, inside) == expected


def test_what_the_profile_keeps_is_not_known(datasets, monkeypatch):
    values = {tag_of("InstitutionName"): ("LO", "Quellbach")}
    assert heard(datasets, monkeypatch, values) == {("place", "Quellbach")}
    assert heard(datasets, monkeypatch, values, "retain_institution_identity") == set()


@pytest.mark.parametrize(
    ("sequence", "kind"),
    [
        ("PersonIdentificationCodeSequence", "name"),
        ("InstitutionCodeSequence", "place"),
        ("ProcedureCodeSequence", ""),
    ],
)
def test_the_meaning_of_a_code_is_known_where_it_names_a_person_or_an_institution(
    sequence, kind, datasets, monkeypatch
):
    code = datasets.element(0x00080104, "LO", "Zillbauer")
    values = {tag_of(sequence): datasets.sequence(tag_of(sequence), code)}
    expected = {(kind, "Zillbauer")} if kind else set()
    assert heard(datasets, monkeypatch, values, "clean_descriptors") == expected
    nested = {0x00081115: datasets.sequence(0x00081115, datasets.encoded(values))}
    assert heard(datasets, monkeypatch, nested, "clean_descriptors") == expected


def test_a_preparation_step_keeps_its_items(datasets):
    """Type 1 in its sequence: what the table removes elsewhere stays there without its value."""
    name = datasets.element(0x00080100, "SH", "121029") + datasets.element(0x00080102, "SH", "DCM")
    name += datasets.element(0x00080104, "LO", "Subject Name")
    item = (
        datasets.element(tag_of("ValueType"), "CS", "PNAME")
        + datasets.sequence(tag_of("ConceptNameCodeSequence"), name)
        + datasets.element(tag_of("PersonName"), "PN", "Zillbauer^Hanna")
    )
    step = datasets.sequence(tag_of("SpecimenPreparationStepContentItemSequence"), item)
    described = datasets.sequence(tag_of("SpecimenPreparationSequence"), step)
    tag = tag_of("SpecimenDescriptionSequence")
    using = datasets.profile(("clean_structured_content",))
    output = datasets.deidentify(datasets.image({tag: datasets.sequence(tag, described)}), using=using)
    assert not output.has("Zillbauer")
    found = output.data_set.SpecimenDescriptionSequence[0].SpecimenPreparationSequence[0]
    assert len(found.SpecimenPreparationStepContentItemSequence) == 1


def test_an_explanation_shows_before_and_after(datasets):
    sequence, station = 0x0040A043, 0x00081010
    inside = datasets.element(station, "SH", "ROOM 7") + datasets.element(0x00080104, "LO", "Finding")
    extra = {sequence: datasets.sequence(sequence, inside), 0x00080060: ("CS", "CT")}
    core = datasets.Deidentifier(datasets.profile(), datasets.KEY)
    instance = Instance(datasets.CT, datasets.SOP_INSTANCE_UID, datasets.EXPLICIT, datasets.image(extra))
    found = {(one.path, one.tag): (one.action, one.before, one.after) for one in core.explain(instance)}
    assert found[(), 0x00080060] == (Action.KEEP, "CT", "CT")
    assert found[(), sequence] == (Action.KEEP, "", "")
    assert found[(sequence,), station] == (Action.REMOVE, "ROOM 7", "")
    assert found[(sequence,), 0x00080104] == (Action.KEEP, "Finding", "Finding")


# Text and video


def test_a_uid_inside_text_is_replaced_as_everywhere_and_one_of_the_standard_is_not(datasets):
    own, public = "1.2.826.0.1.99.1.777", "1.2.840.10008.1.2.1"
    extra = {0x00204000: ("LT", f"series {own} in {public}"), 0x00081155: ("UI", own)}
    output = datasets.deidentify(datasets.image(extra), using=datasets.profile(("clean_descriptors",)))
    replacement = output.result.uids[own]
    assert output.data_set.ReferencedSOPInstanceUID == replacement
    assert output.data_set.ImageComments == f"series {replacement} in {public}"
    keeping = datasets.profile(("clean_descriptors", "retain_uids"))
    assert (
        datasets.deidentify(datasets.image(extra), using=keeping).data_set.ImageComments
        == extra[0x00204000][1]
    )


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.107"]
)
@pytest.mark.parametrize(
    ("planted", "passes"), [(b"", True), (b"Wolkenstein^Oswald", False), (b"PAT-778899", False)]
)
def test_a_video_that_names_the_patient_is_refused(syntax, planted, passes, datasets):
    video = b"\0\0\1\xb3" + bytes(range(64)) + planted + bytes(range(64, 128))
    values = {
        tag: value for tag, value in {**datasets.identity(), **datasets.pixels()}.items() if tag != 0x7FE00010
    }
    values |= {0x00280008: ("IS", "2"), 0x7FE00010: datasets.fragments(video)}
    found = datasets.outcome(datasets.encoded(values), transfer_syntax_uid=syntax)
    if passes:
        assert video in found.file
    else:
        assert found.reason is Reason.RESIDUAL


# Character sets


@pytest.mark.parametrize(
    ("terms", "raw", "text"),
    [
        ((), b"Weiss", "Weiss"),
        ((), b"Wei\xdf", None),
        (("",), b"Wei\xdf", None),
        (("ISO_IR 6",), b"Wei\xdf", None),
        (("ISO_IR 100",), b"Wei\xdf", "Weiß"),
        (("ISO_IR 192",), b"Wei\xc3\x9f", "Weiß"),
        (("ISO_IR 192",), b"Wei\xdf", None),
        (("", "ISO 2022 IR 100"), b"Wei\x1b-A\xdf", "Weiß"),
        (("", "ISO 2022 IR 144"), b"Wei\x1b-A\xdf", None),
        (("", "ISO 2022 IR 87"), b"\x1b$B;3ED\x1b(B", "山田"),
        (("", "ISO 2022 IR 87"), b"\x1b$B;3E\x1b(B", None),
        (("", "ISO 2022 IR 149"), b"\x1b$)C\xb1\xe8", "김"),
        (("ISO 2022 IR 6", "ISO 2022 IR 100"), b"\x1bZ", None),
        (("nonsense",), b"Weiss", "Weiss"),
        (("nonsense",), b"Wei\xdf", None),
    ],
)
def test_text_is_read_by_its_character_set_or_not_at_all(terms, raw, text):
    assert CharacterSet(terms).strict(raw) == text
    if text is None:
        assert isinstance(CharacterSet(terms).decode(raw), str)
    else:
        assert CharacterSet(terms).decode(raw) == text


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (("ISO_IR 100",), "Weiß"),
        (("ISO_IR 192",), "Weiß"),
        (("ISO 2022 IR 100", "ISO 2022 IR 144"), "Weiß Щ"),
        (("", "ISO 2022 IR 87"), "山田"),
    ],
)
def test_text_that_is_written_reads_the_same(terms, text):
    charset = CharacterSet(terms)
    assert charset.strict(charset.encode(text)) == text
    assert charset.encode("Weiss") == b"Weiss"
    assert CharacterSet(("nonsense",)).encode(text) is None


@pytest.mark.parametrize(
    ("terms", "fallback", "expected"),
    [
        ((), "ISO_IR 192", ("ISO_IR 192",)),
        (("",), "ISO_IR 192", ("ISO_IR 192",)),
        (("nonsense",), "ISO_IR 192", ("ISO_IR 192",)),
        (("ISO_IR 100",), "ISO_IR 192", ("ISO_IR 100",)),
        (("", "ISO 2022 IR 87"), "ISO_IR 192", ("", "ISO 2022 IR 87")),
        (("nonsense",), "", ("nonsense",)),
    ],
)
def test_a_fallback_counts_where_there_is_no_valid_term(terms, fallback, expected):
    assert character_set(terms, fallback).terms == expected
