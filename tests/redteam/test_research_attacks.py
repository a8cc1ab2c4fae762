"""What people write into descriptions, under the profile for research: persons go, medicine stays."""

from __future__ import annotations

import importlib
import sys
import warnings
from functools import cache
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pydicom
import pytest

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Instance
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
PACKAGE = "redteam_tests"
EXPLICIT = "1.2.840.10008.1.2.1"


def _sibling(name: str) -> ModuleType:
    """Load a module that lies beside the tests under the name that the fixtures give its folder."""
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE)
        package.__path__ = [str(HERE)]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.{name}")


untouched = importlib.import_module("nodes.untouched")
builders, attacks = _sibling("builders"), _sibling("research_attacks")


@cache
def _core() -> Deidentifier:
    path = HERE.parents[1] / "config" / "profiles" / "research.toml"
    profile = Profile.load(path.read_text(encoding="utf-8"), str(path))
    return Deidentifier(
        profile, PseudonymKey(bytes(range(32))), unexamined_pixels="pass", pixels=untouched.Untouched()
    )


def _answer(elements, name=None, modality="CT", sop_class=builders.CT):
    data_set = builders.instance(
        elements,
        name=name or builders.NAME,
        charset="ISO_IR 192",
        modality=modality,
        sop_class=sop_class,
        pixels=modality not in ("SR", "RTPLAN", "RTSTRUCT", "ECG"),
    )
    result = _core().deidentify(Instance(sop_class, builders.INSTANCE_UID, EXPLICIT, data_set))
    return b"".join(result.buffers)


def _cleaned(text, name=None):
    """Return what is left of a text in Image Comments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = pydicom.dcmread(BytesIO(_answer({"ImageComments": text}, name)), force=True)
    return str(out.get("ImageComments") or "")


@pytest.mark.parametrize("planted", attacks.STRANGERS, ids=lambda planted: planted.text)
def test_what_the_header_does_not_know_goes(planted):
    assert planted.left(_cleaned(planted.text)) == []


@pytest.mark.parametrize("planted", attacks.KNOWN, ids=lambda planted: f"{planted.name} in {planted.text}")
def test_what_the_header_knows_goes(planted):
    assert planted.left(_cleaned(planted.text, planted.name)) == []


@pytest.mark.xfail(strict=True, raises=AssertionError, reason=attacks.LIMIT)
@pytest.mark.parametrize("planted", attacks.LIMITS, ids=lambda planted: planted.text)
def test_what_only_the_author_knows_to_be_a_name_stays(planted):
    assert planted.left(_cleaned(planted.text)) == []


@pytest.mark.xfail(strict=True, raises=AssertionError, reason=attacks.HALF)
@pytest.mark.parametrize("planted", attacks.HALVES, ids=lambda planted: planted.text)
def test_the_half_of_a_name_that_is_a_clinical_word_goes(planted):
    assert planted.left(_cleaned(planted.text)) == []


@pytest.mark.parametrize("field", attacks.FIELDS.values(), ids=attacks.FIELDS)
def test_a_stranger_leaves_every_attribute(field):
    out = _answer(field.elements, None, field.modality, field.sop_class).lower()
    assert [word for word in attacks.STRANGER if word.lower().encode() in out] == []


@pytest.mark.parametrize("text", attacks.KEPT)
def test_a_clinical_text_stays_as_it_is(text):
    assert _cleaned(text).split() == text.split()


@pytest.mark.parametrize("pattern", attacks.BESIDE)
@pytest.mark.parametrize("text", attacks.SIDES)
def test_what_stands_beside_a_name_stays(text, pattern):
    assert text in _cleaned(pattern.format(text))


@pytest.mark.parametrize("text", attacks.EPONYMS)
def test_a_word_of_medicine_is_no_name(text):
    assert _cleaned(text).split() == text.split()


@pytest.mark.xfail(strict=True, raises=AssertionError, reason=attacks.LOSS)
@pytest.mark.parametrize("text", attacks.LOST)
def test_a_word_of_medicine_that_is_a_name_by_itself_stays(text):
    assert _cleaned(text).split() == text.split()
