import os

import pytest

from gateway.errors import SyncFailed
from gateway.spool import removal
from gateway.spool.spool import Spool


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path, min_free_bytes=0)


def put(spool, number, series="2.25.7"):
    with spool.stage("default", series, f"2.25.{number}", [b"content"]) as staged:
        staged.publish()
    return staged.path


def test_an_emptied_series_stays_while_receivers_run_that_have_synced_its_entry(spool, tmp_path):
    receiver = Spool(tmp_path, min_free_bytes=0)
    first, second = put(receiver, 1), put(receiver, 2)
    series = spool.path(first).parent
    inode = series.stat().st_ino
    spool.remove([first])
    assert list(series.iterdir()) == [spool.path(second)]
    spool.remove([second])
    assert list(series.iterdir()) == []
    put(receiver, 3)
    assert series.stat().st_ino == inode


def test_empty_series_go_when_nobody_writes_to_the_spool(spool, tmp_path):
    first, other = put(spool, 1), put(spool, 2, "2.25.8")
    (tmp_path / "spool" / "default" / "2.25.9").write_bytes(b"no directory")
    spool.remove([first])
    assert spool.remove_empty_series() == 1
    assert {path.name for path in (tmp_path / "spool" / "default").iterdir()} == {"2.25.8", "2.25.9"}
    assert spool.holds(other)
    assert (tmp_path / "spool" / "tmp").exists()


def test_a_removal_of_a_series_that_is_gone_is_as_it_should_be(spool):
    path = put(spool, 1)
    spool.remove([path])
    spool.remove_empty_series()
    spool.remove([path])


def test_a_file_that_is_gone_already_is_as_it_should_be(spool):
    path = put(spool, 1)
    spool.remove([path])
    spool.remove([path])
    assert not spool.holds(path)


def test_a_series_that_was_removed_is_made_anew(spool):
    for _ in range(3):
        path = put(spool, 1)
        assert spool.holds(path)
        spool.remove([path])
        spool.remove_empty_series()


def test_only_files_of_the_spool_can_be_removed(spool, tmp_path):
    path, other = put(spool, 1), tmp_path / "ledger.sqlite"
    other.write_bytes(b"")
    for wrong in ("../ledger.sqlite", "default/2.25.7/../../../ledger.sqlite", "default"):
        with pytest.raises(ValueError, match="not the path"):
            spool.remove([path, wrong])
    assert other.exists()
    assert spool.holds(path)


def test_the_directories_are_synced(spool, monkeypatch):
    synced = []
    monkeypatch.setattr(removal, "sync_directory", synced.append)
    first, second, other = put(spool, 1), put(spool, 2), put(spool, 3, "2.25.8")
    spool.remove([first, other])
    series = spool.path(second).parent
    assert synced == [series, spool.path(other).parent]


def test_a_removal_that_cannot_be_synced_is_said(spool, monkeypatch):
    def broken(_descriptor):
        raise OSError(5, "Input/output error")

    path = put(spool, 1)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(SyncFailed, match="EIO"):
        spool.remove([path])
