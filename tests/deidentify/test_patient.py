"""Who the patient is, and what stands for him."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify.instance import Origin
from gateway.deidentify.patient import (
    PatientIdentity,
    accession_pseudonym,
    normalised,
    patient_pseudonym,
    study_id_pseudonym,
)
from gateway.deidentify.pseudonym import CROCKFORD, PseudonymKey

KEY = PseudonymKey(bytes(range(32)))
OTHER = PseudonymKey(bytes(range(1, 33)))
ISSUER, PATIENT_ID = 0x00100021, 0x00100020
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)


@given(patient_id=names, issuer=names)
def test_a_pseudonym_is_the_prefix_and_thirteen_letters_that_fit_a_patient_id(patient_id, issuer):
    pseudonym = patient_pseudonym(KEY, PatientIdentity.of(patient_id, issuer, "1.2"), "TRIAL-")
    assert pseudonym.startswith("TRIAL-")
    assert len(pseudonym) == 19
    assert set(pseudonym[6:]) <= set(CROCKFORD)


@given(one=names, other=names, issuer=names)
def test_patients_share_a_pseudonym_exactly_when_they_share_an_identity(one, other, issuer):
    codes = [patient_pseudonym(KEY, PatientIdentity.of(value, issuer, "1.2"), "") for value in (one, other)]
    assert (codes[0] == codes[1]) == (normalised(one) == normalised(other))


def test_no_two_of_many_patients_share_a_pseudonym():
    codes = {patient_pseudonym(KEY, PatientIdentity.of(str(n), "", ""), "") for n in range(20_000)}
    assert len(codes) == 20_000


@given(patient_id=names)
def test_projects_cannot_be_linked_by_pseudonyms(patient_id):
    identity = PatientIdentity.of(patient_id, "", "1.2")
    assert patient_pseudonym(KEY, identity, "") != patient_pseudonym(OTHER, identity, "")
    assert accession_pseudonym(KEY, patient_id) != accession_pseudonym(OTHER, patient_id)


@pytest.mark.parametrize(
    ("one", "other"), [("12", " 12 "), ("12", "12\0"), ("12", "12\r\n"), ("M\u00fc", "Mu\u0308")]
)
def test_padding_and_composition_make_no_other_patient(one, other):
    assert PatientIdentity.of(one, "", "1.2") == PatientIdentity.of(other, "", "1.3")


@pytest.mark.parametrize(("one", "other"), [("12", "012"), ("a", "A"), ("1 2", "12"), ("1-2", "12")])
def test_what_an_issuer_may_mean_as_two_patients_stays_two(one, other):
    assert PatientIdentity.of(one, "", "1.2") != PatientIdentity.of(other, "", "1.2")


def test_the_issuer_and_the_id_are_told_apart():
    assert patient_pseudonym(KEY, PatientIdentity("patient", "A", "BC"), "") != patient_pseudonym(
        KEY, PatientIdentity("patient", "AB", "C"), ""
    )


@pytest.mark.parametrize("empty", ["", "   ", "\0"])
def test_without_a_patient_id_each_study_is_a_patient_of_its_own(empty):
    assert PatientIdentity.of(empty, "", "1.2") == PatientIdentity.of(empty, "X", "1.2")
    assert PatientIdentity.of(empty, "", "1.2") != PatientIdentity.of(empty, "", "1.3")
    assert PatientIdentity.of(empty, "", "1.2") != PatientIdentity.of("1.2", "", "1.2")


@given(number=names)
def test_an_accession_number_fits_sh_and_does_not_depend_on_the_patient(number):
    code = accession_pseudonym(KEY, number)
    assert len(code) == 13
    assert code != number


@given(number=names)
def test_a_study_id_depends_on_its_study(number):
    assert study_id_pseudonym(KEY, number, "1.2") != study_id_pseudonym(KEY, number, "1.3")
    assert len(study_id_pseudonym(KEY, number, "1.2")) == 13


@pytest.mark.parametrize("empty", ["", " ", "\0"])
def test_an_empty_number_stays_empty(empty):
    assert accession_pseudonym(KEY, empty) == ""
    assert study_id_pseudonym(KEY, empty, "1.2") == ""


def test_the_codes_that_were_first_issued_are_still_the_same():
    identity = PatientIdentity.of("PAT-778899", "HOSPITAL", "1.2.3")
    assert patient_pseudonym(KEY, identity, "P") == "PP1FB6FYZCHJAK"
    assert accession_pseudonym(KEY, "A123") == "C2QESW32DXNZE"
    assert study_id_pseudonym(KEY, "S1", "1.2.3") == "890687XQ57JJ9"


def pseudonym_of(datasets, extra=None, origin=None, without=()):
    return datasets.deidentify(datasets.image(extra, without=without), origin=origin).result.pseudonym


def test_the_issuer_comes_from_the_peer_unless_the_header_is_trusted(datasets):
    with_header = {ISSUER: ("LO", "HEADER")}
    peer = Origin(default_issuer="PEER")
    trusting = Origin(default_issuer="PEER", issuer_from_header=True)
    of_peer = pseudonym_of(datasets, None, peer)
    assert pseudonym_of(datasets, with_header, peer) == of_peer
    assert pseudonym_of(datasets, with_header, trusting) == pseudonym_of(
        datasets, None, Origin(default_issuer="HEADER")
    )
    assert pseudonym_of(datasets, None, trusting) == of_peer
    assert pseudonym_of(datasets, None) != of_peer


def test_an_instance_without_a_patient_id_gets_the_pseudonym_of_its_study(datasets):
    absent = pseudonym_of(datasets, without=(PATIENT_ID,))
    assert absent == pseudonym_of(datasets, {PATIENT_ID: ("LO", " ")})
    other_study = {0x0020000D: ("UI", "1.2.826.0.1.99.2")}
    assert absent != pseudonym_of(datasets, other_study, without=(PATIENT_ID,))


def test_name_and_id_are_the_pseudonym_even_where_there_was_none(datasets):
    output = datasets.deidentify(datasets.image(without=(0x00100010, PATIENT_ID)), prefix="TRIAL-")
    assert output.data_set.PatientID == output.data_set.PatientName == output.result.pseudonym
    assert output.result.pseudonym.startswith("TRIAL-")


def test_another_patient_in_an_item_gets_another_pseudonym_and_the_same_one_the_same(datasets):
    def nested(patient_id):
        item = datasets.sequence(0x0040A043, datasets.element(PATIENT_ID, "LO", patient_id))
        return datasets.deidentify(datasets.image({0x0040A043: item}))

    same, other = nested("PAT-778899"), nested("PAT-MOTHER")
    assert same.data_set[0x0040A043].value[0].PatientID == same.result.pseudonym
    assert other.data_set[0x0040A043].value[0].PatientID not in ("PAT-MOTHER", other.result.pseudonym, "")


def test_the_result_tells_the_replacements(datasets):
    extra = {0x00080050: ("SH", "A123"), 0x00200010: ("SH", "S1")}
    output = datasets.deidentify(datasets.image(extra))
    assert (
        output.data_set.AccessionNumber == output.result.accession_number == accession_pseudonym(KEY, "A123")
    )
    assert output.data_set.StudyID == output.result.study_id
    assert output.result.originals["AccessionNumber"] == "A123"
