import json
import socket

import pytest

from gateway.operate import cli
from gateway.operate.examination.examination import examine, swap
from gateway.operate.examination.finding import Verdict
from gateway.settings import load

ARCHIVE = """
[[peer]]
name = "archive"
roles = ["archive"]
ae_title = "ARCHIVE"
host = "127.0.0.1"
port = {port}
"""
LAB = ARCHIVE.replace("archive", "lab", 1).replace('"archive"', '"researcher"').replace("ARCHIVE", "LAB")


@pytest.fixture(scope="module")
def archive():
    from pynetdicom import AE

    entity = AE("ARCHIVE")
    entity.add_supported_context("1.2.840.10008.1.1")
    server = entity.start_server(("127.0.0.1", 0), block=False)
    yield server.socket.getsockname()[1]
    server.shutdown()


@pytest.fixture
def nobody():
    """Yield a port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def findings(file):
    return {finding.subject: finding for finding in examine(load(file))}


def test_everything_is_in_order_on_a_fresh_installation(write_settings, archive):
    found = findings(write_settings(project='destinations = ["archive"]', peers=ARCHIVE.format(port=archive)))
    assert {finding.verdict for subject, finding in found.items() if subject != "swap"} == {Verdict.OK}
    assert "made at the first start" in found["key of default"].detail
    assert "answers C-ECHO" in found["peer archive"].detail


def test_nothing_is_written(write_settings):
    file = write_settings()
    findings(file)
    assert not (file.parent / "var").exists()


def test_a_destination_that_does_not_answer_is_a_failure(write_settings, nobody):
    found = findings(write_settings(project='destinations = ["archive"]', peers=ARCHIVE.format(port=nobody)))
    assert found["peer archive"].verdict is Verdict.FAILED


def test_another_peer_that_does_not_answer_is_a_warning(write_settings, nobody):
    found = findings(write_settings(peers=LAB.format(port=nobody) + 'projects = ["default"]\n'))
    assert found["peer lab"].verdict is Verdict.WARNING


def test_a_wrong_profile_is_a_failure(write_settings):
    file = write_settings()
    (file.parent / "basic.toml").write_text('base = "none"\n')
    assert findings(file)["project default"].verdict is Verdict.FAILED


def test_too_little_free_space_is_a_failure(write_settings):
    file = write_settings()
    file.write_text(file.read_text().replace("min_free_gib = 0.0", "min_free_gib = 1e6"))
    assert findings(file)["storage"].verdict is Verdict.FAILED


def test_storage_that_others_may_enter_is_a_warning(write_settings):
    file = write_settings()
    (file.parent / "var").mkdir(mode=0o755)
    assert findings(file)["storage"].verdict is Verdict.WARNING


def test_a_missing_key_is_a_failure_once_there_is_a_ledger(write_settings):
    file = write_settings()
    (file.parent / "var").mkdir(mode=0o700)
    (file.parent / "var" / "ledger.sqlite").touch()
    found = findings(file)
    assert found["key of default"].verdict is Verdict.FAILED
    assert found["sealing key"].verdict is Verdict.FAILED


def test_a_key_that_others_can_read_is_a_failure(write_settings):
    import base64

    file = write_settings()
    keys = file.parent / "var" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    key = keys / "default.key"
    key.write_bytes(base64.b64encode(bytes(range(32))))
    key.chmod(0o644)
    assert findings(file)["key of default"].verdict is Verdict.FAILED
    key.chmod(0o600)
    assert findings(file)["key of default"].verdict is Verdict.OK


def test_a_port_that_is_taken_is_a_failure_unless_it_is_the_gateway_itself(write_settings, serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = write_settings()
        text = file.read_text()
        file.write_text(text.replace("port = 0", f"port = {taken.getsockname()[1]}"))
        assert findings(file)["server"].verdict is Verdict.FAILED
    gateway = serve(file).ready()
    assert findings(gateway.settings)["server"].detail.startswith("a gateway is running")


def test_active_swap_is_reported(tmp_path):
    swaps = tmp_path / "swaps"
    swaps.write_text("Filename Type Size Used Priority\n")
    assert swap(swaps).verdict is Verdict.OK
    swaps.write_text(swaps.read_text() + "/dev/sda2 partition 1 0 -2\n")
    assert swap(swaps).verdict is Verdict.WARNING
    assert "/dev/sda2" in swap(swaps).detail
    assert swap(tmp_path / "nowhere").verdict is Verdict.WARNING


def test_the_command_prints_a_line_or_an_entry_for_each_finding(write_settings, capsys):
    file = write_settings()
    assert cli.run(["check", "--settings", str(file)]) == 0
    text = capsys.readouterr().out
    assert "ok       settings: " in text
    assert cli.run(["check", "--json", "--settings", str(file)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is True
    assert len(report["findings"]) == len(text.splitlines())
