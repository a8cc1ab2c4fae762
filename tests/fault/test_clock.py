import os

import pytest
from nodes.dcmtk import Address
from nodes.process import free_port

pytestmark = pytest.mark.slow
YEAR = 365 * 86_400
CLOCK = """
import os, time
_real, _offset = time.time, float(os.environ["CLOCK_OFFSET"])
time.time = lambda: _real() + _offset
"""


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Give a function that sets the clock of the gateways that are started from now on."""
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CLOCK)
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    )

    def shift(seconds):
        monkeypatch.setenv("CLOCK_OFFSET", str(seconds))

    shift(0)
    return shift


def test_what_waits_is_sent_although_the_clock_was_set_back_by_a_year(start, scanner, make, archive, at):
    at(YEAR)
    nobody = Address(free_port(), "ARCHIVE")
    gateway = start({"archive": nobody})
    assert [scanner(gateway).send(make(number)) for number in (1, 2)] == [0, 0]
    gateway.kill()
    at(0)
    gateway.settings.write_text(
        gateway.settings.read_text().replace(f"port = {nobody.port}", f"port = {archive.address.port}")
    )
    gateway.start()
    assert scanner(gateway).send(make(3)) == 0
    gateway.wait_until_forwarded(3)
    assert sorted(archive.received) == [1, 2, 3]
    assert gateway.status()["balanced"]


def test_a_clock_that_leaps_by_a_year_removes_nothing_before_its_time(start, scanner, make, archive, at):
    gateway = start({"archive": archive.address}, project={"keep_days": 30})
    assert [scanner(gateway).send(make(number)) for number in (1, 2)] == [0, 0]
    gateway.wait_until_forwarded(2)
    gateway.stop()
    at(YEAR)
    gateway.start()
    assert scanner(gateway).send(make(3)) == 0
    gateway.wait_until_forwarded(3)
    gateway.stop()  # the first turn of every duty is over by then
    assert gateway.numbers_kept() == [1, 2, 3]
    leaps = [entry for entry in audit(gateway) if entry["kind"] == "clock_leapt"]
    assert len(leaps) == 1


def audit(gateway):
    import sqlite3

    connection = sqlite3.connect(f"file:{gateway.storage / 'ledger.sqlite'}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT kind, detail FROM auditentry").fetchall()
    finally:
        connection.close()
    return [{"kind": kind, "detail": detail} for kind, detail in rows]
