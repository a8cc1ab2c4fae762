"""The campaign against the gateway's own core; and the campaign itself against tools that do nothing."""

from __future__ import annotations

import importlib
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pydicom
import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # of pydicom, about what is broken on purpose
HERE = Path(__file__).resolve().parent
PACKAGE = "redteam_tests"
SMALL = 196
"""Instances: every kind, every character set, every row of Table E.1-1, every carrier."""
NOT_PLANTED = {"AffectedSOPInstanceUID", "RequestedSOPInstanceUID", "MediaStorageSOPInstanceUID"}
"""Commands have no data set; the File Meta Information has its UID always."""
sys.path.insert(0, str(HERE.parents[1] / "scripts"))


def _campaign(name: str) -> ModuleType:
    """Load a module of the campaign under the name that the fixtures give its folder."""
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE)
        package.__path__ = [str(HERE)]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.campaign.{name}")


Class = _campaign("answer").Class


@pytest.fixture(scope="module")
def small():
    return list(_campaign("corpus").corpus(7, SMALL))


def _tally(planted, answers):
    scorer = _campaign("scoring").Scorer()
    for one, answer in zip(planted, answers, strict=True):
        scorer.score(one.key, answer)
    return scorer.tally


def _failed(tally):
    return {check for check in Class if tally.passed[check] < tally.total[check]}


def _ours(planted):
    ours = importlib.import_module("redteam_peers.ours")
    tool = ours.Gateway(ours.RESEARCH, "research.toml")
    answers = list(tool.answers([one.file for one in planted]))
    tally = _tally(planted, [answer.file for answer in answers])
    tally.crashed = sum(answer.crashed for answer in answers)
    lines = _campaign("report").shown_failures(tally, 40, None)
    problems = sorted({answer.problem for answer in answers if answer.problem})
    return tally, "\n".join([*problems, *lines])


def test_the_small_corpus_has_all_kinds_scripts_and_carriers(small):
    assert {one.key.kind for one in small} == set(_campaign("kinds").KINDS)
    assert {one.key.script for one in small} == {one.label for one in _campaign("scripts").SCRIPTS}
    assert len({one.key.syntax for one in small}) == 6
    assert {str(check.check) for one in small for check in one.key.checks} == set(Class)


def test_every_row_of_the_table_is_planted(small):
    attributes, output = _campaign("attributes"), _campaign("output")
    there = {path.split("/")[-1] for one in small for path in output.Output(one.file).values}
    missing = [row.keyword for row in attributes.rows() if f"{row.tag:08X}" not in there]
    assert set(missing) <= NOT_PLANTED


def test_the_corpus_depends_on_its_seed_alone():
    corpus = _campaign("corpus").corpus
    first, again, other = ([(one.file, one.key) for one in corpus(seed, 40)] for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_a_key_survives_being_written(small):
    key = small[0].key
    assert _campaign("answer").Key.read(key.line()) == key


def test_what_is_made_can_be_read_by_others(small):
    for one in small[:60]:
        data_set = pydicom.dcmread(BytesIO(one.file), stop_before_pixels=True)
        assert data_set.SOPInstanceUID == data_set.file_meta.MediaStorageSOPInstanceUID


@pytest.mark.slow
def test_a_tool_that_copies_keeps_all_and_hides_nothing(small):
    tally = _tally(small, [one.file for one in small])
    hidden = {Class.TEXT_REMOVED, Class.NO_LEAK, Class.UID_CHANGED, Class.DATE_SHIFTED, Class.MARKER}
    assert {check: tally.passed[check] for check in hidden} == dict.fromkeys(hidden, 0)
    # An empty Patient ID is none.
    assert _failed(tally) - hidden <= {Class.PATID_CONSISTENT}


def test_a_tool_that_refuses_all_leaks_nothing_and_keeps_nothing(small):
    tally = _tally(small, [None] * len(small))
    assert (tally.leaks, tally.refused) == (0, SMALL)
    kept = {Class.TEXT_RETAINED, Class.PIXELS_RETAINED, Class.UID_CONSISTENT, Class.VALID, Class.MARKER}
    assert {check: tally.passed[check] for check in kept} == dict.fromkeys(kept, 0)


def test_a_tool_that_writes_rubbish_does_not_pass(small):
    tally = _tally(small[:3], [b"rubbish" * 50] * 3)
    assert _failed(tally) >= {Class.VALID, Class.TEXT_RETAINED, Class.MARKER}


def test_the_gateway_hides_what_was_planted_and_breaks_nothing(small):
    tally, _ = _ours(small)
    unexpected = [
        one
        for one in tally.failures
        if one.found != "no output" and one.check.check is not Class.TEXT_RETAINED
    ]
    assert tally.crashed == 0
    assert unexpected == []


def test_the_gateway_leaks_nothing_and_fails_no_check(small):
    tally, failures = _ours(small)
    assert tally.leaks == 0, failures
    assert tally.failed == 0, failures


@pytest.mark.slow
def test_the_gateway_leaks_nothing_of_a_thousand():
    tally, failures = _ours(list(_campaign("corpus").corpus(1, 1000)))
    assert tally.leaks == 0, failures
    assert tally.failed == 0, failures
