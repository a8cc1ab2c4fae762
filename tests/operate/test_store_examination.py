import os

import pytest

from gateway.ledger.reserve import NAME
from gateway.operate.examination.finding import Verdict
from gateway.operate.examination.store_examination import examine_store
from gateway.operate.wiring import composition
from gateway.settings import load


@pytest.fixture
def settings(write_settings, tmp_path):
    """Give the settings of a gateway that has been started once."""
    (tmp_path / "var").mkdir(mode=0o700)
    made = load(write_settings())
    composition.prepare(made)
    return made


def found(settings):
    return {finding.subject: finding for finding in examine_store(settings)}


def test_nothing_is_said_of_a_gateway_that_has_never_run(write_settings):
    assert found(load(write_settings())) == {}


def test_a_store_in_order_is_said_to_be(settings):
    findings = found(settings)
    assert findings.keys() == {"ledger.sqlite", "linkage.sqlite", "keys of the store", "linkage"}
    assert {finding.verdict for finding in findings.values()} == {Verdict.OK}


@pytest.mark.parametrize("name", ["ledger.sqlite", "linkage.sqlite"])
def test_a_damaged_or_missing_database_is_said(settings, name):
    file = settings.storage.directory / name
    os.truncate(file, 5000)
    assert "is damaged" in found(settings)[name].detail
    file.unlink()
    finding = found(settings)[name]
    assert (finding.verdict, "missing" in finding.detail) == (Verdict.FAILED, True)


def test_another_key_is_said(settings):
    key = settings.storage.directory / "keys" / "sealing.key"
    key.write_text("A" * 43 + "=\n")
    finding = found(settings)["keys of the store"]
    assert (finding.verdict, "is not the sealing key" in finding.detail) == (Verdict.FAILED, True)


def test_a_full_disk_is_said(settings):
    (settings.storage.directory / NAME).write_bytes(b"")
    assert found(settings)["disk"].verdict is Verdict.FAILED


def test_a_log_that_somebody_keeps_from_being_emptied_is_said(settings, monkeypatch):
    monkeypatch.setattr("gateway.operate.examination.store_examination.LARGE_LOG", -1)
    assert "does not let go" in found(settings)["ledger.sqlite"].detail
