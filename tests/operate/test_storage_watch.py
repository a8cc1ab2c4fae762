import threading

import pytest
from structlog.testing import capture_logs

from gateway.operate.storage import storage_watch as module
from gateway.operate.storage.storage_watch import StorageWatch


class Disk:
    is_low = False


@pytest.fixture
def disk():
    return Disk()


def said(watch):
    with capture_logs() as lines:
        assert watch.perform(threading.Event()) == 30.0
    return [(line["event"], line["detail"]) for line in lines]


def test_a_full_disk_is_said_when_it_begins_and_ends_and_now_and_then(disk, monkeypatch):
    monkeypatch.setattr(module, "_REPEAT", 3)
    watch = StorageWatch(disk, [])
    assert said(watch) == []
    disk.is_low = True
    assert [said(watch) for _ in range(4)] == [[("disk_low", "disk")], [], [], [("disk_low", "disk")]]
    disk.is_low = False
    assert [said(watch), said(watch)] == [[("disk_sufficient", "disk")], []]


def test_a_write_ahead_log_that_grows_is_said(disk, tmp_path):
    database = tmp_path / "ledger.sqlite"
    watch = StorageWatch(disk, [database])
    assert said(watch) == []
    log = tmp_path / "ledger.sqlite-wal"
    with log.open("wb") as file:
        file.truncate((64 << 20) + 1)
    assert said(watch) == [("database_log_large", "ledger.sqlite")]
    log.unlink()
    assert said(watch) == [("database_log_small", "ledger.sqlite")]
