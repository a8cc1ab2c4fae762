from __future__ import annotations

from pydicom.sr.codedict import codes

from gateway.standard.method import BASIC_PROFILE, DEIDENTIFYING_EQUIPMENT, OPTION_CODE, Option


def test_every_option_has_its_own_code() -> None:
    assert set(OPTION_CODE) == set(Option)
    values = [code.value for code in (BASIC_PROFILE, *OPTION_CODE.values())]
    assert sorted(values) == [str(value) for value in range(113100, 113113)]


def test_options_are_named_in_lower_case() -> None:
    assert [option.value for option in Option] == [option.name.lower() for option in Option]


def test_values_and_meanings_fit_their_attributes() -> None:
    for code in (BASIC_PROFILE, DEIDENTIFYING_EQUIPMENT, *OPTION_CODE.values()):
        assert len(code.value) <= 16
        assert len(code.meaning) <= 64


def test_codes_are_those_of_the_context_groups_that_pydicom_knows() -> None:
    concepts = [*codes.cid7050.concepts.values(), *codes.cid7005.concepts.values()]
    known = {concept.value: (concept.scheme_designator, concept.meaning) for concept in concepts}
    for code in (BASIC_PROFILE, DEIDENTIFYING_EQUIPMENT, *OPTION_CODE.values()):
        assert known[code.value] == (code.scheme, code.meaning)
