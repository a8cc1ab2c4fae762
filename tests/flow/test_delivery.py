import pytest
from nodes.dcmtk import Address, StoreSCP, store
from nodes.gateway import SCANNER, Gateway
from nodes.process import free_port, wait_until


@pytest.fixture
def instances(study):
    return [path for path in study if path.stem.endswith(("CT_small", "MR_small", "rtplan"))]


def test_what_an_archive_that_was_down_missed_is_delivered_when_it_is_up(tmp_path, instances):
    port = free_port()
    with Gateway(tmp_path / "gateway", {"archive": Address(port, "ARCHIVE")}) as gateway:
        assert store(gateway.address, SCANNER, instances).returncode == 0
        assert gateway.status()["sums"][0]["waiting"] == len(instances)
        with StoreSCP(tmp_path / "archive", "ARCHIVE", port) as archive:
            gateway.wait_until_forwarded(len(instances))
            assert len(archive.files()) == len(instances)


@pytest.mark.slow
def test_what_waits_survives_a_restart(tmp_path, instances):
    port = free_port()
    gateway = Gateway(tmp_path / "gateway", {"archive": Address(port, "ARCHIVE")})
    with gateway:
        assert store(gateway.address, SCANNER, instances).returncode == 0
    assert gateway.status()["sums"][0]["waiting"] == len(instances)
    with StoreSCP(tmp_path / "archive", "ARCHIVE", port) as archive, gateway:
        gateway.wait_until_forwarded(len(instances))
        assert len(archive.files()) == len(instances)


@pytest.mark.slow
def test_what_was_acknowledged_before_a_crash_is_delivered_after_it(tmp_path, instances, archive):
    gateway = Gateway(tmp_path / "gateway", {"archive": archive.address})
    gateway.start()
    assert store(gateway.address, SCANNER, instances).returncode == 0
    gateway.kill()
    with gateway:
        gateway.wait_until_forwarded(len(instances))
        assert len(archive.files()) == len(instances)


def test_a_study_sent_twice_is_stored_once(gateway, archive, instances):
    for _ in range(2):
        assert store(gateway.address, SCANNER, instances).returncode == 0
    gateway.wait_until_forwarded(len(instances))
    (total,) = gateway.status()["sums"]
    assert (total["answered"], total["stored"]) == (2 * len(instances), len(instances))
    assert total["duplicates"] == len(instances)
    assert len(archive.files()) == len(instances)


def test_a_gateway_without_destinations_is_its_own_archive(tmp_path, instances):
    with Gateway(tmp_path / "gateway", {}) as gateway:
        assert store(gateway.address, SCANNER, instances).returncode == 0
        kept = list((gateway.storage / "spool" / "gateway").rglob("*.dcm"))
        assert len(kept) == len(instances)
        assert gateway.status()["balanced"]


def test_it_stops_when_it_is_told_to(tmp_path, archive):
    gateway = Gateway(tmp_path / "gateway", {"archive": archive.address}).start()
    process = gateway.process
    assert gateway.stop() == 0
    wait_until(lambda: process.poll() is not None, 1, "the process is gone")
    assert gateway.status()["running"] is False
