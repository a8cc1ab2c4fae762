from types import SimpleNamespace

import pytest

from gateway.errors import OutOfResources
from gateway.ledger.reserve import NAME
from gateway.spool import room as module
from gateway.spool.room import Room


@pytest.fixture
def disk(monkeypatch):
    made = SimpleNamespace(f_frsize=4096, f_bavail=1000, f_files=10_000_000, f_favail=5_000_000)
    monkeypatch.setattr(module.os, "statvfs", lambda _: made)
    return made


def test_what_would_leave_less_than_must_stay_is_refused(tmp_path, disk):
    room = Room(tmp_path, 999 * 4096)
    room.require(4096)
    assert not room.is_low
    with pytest.raises(OutOfResources, match="free space"):
        room.require(4097)
    disk.f_bavail = 998
    assert room.is_low


def test_the_last_inodes_stay_free(tmp_path, disk):
    room = Room(tmp_path, 0)
    disk.f_favail = 10_000
    room.require(1)
    disk.f_favail = 9_999
    assert room.is_low
    with pytest.raises(OutOfResources, match="free inodes"):
        room.require(1)


def test_a_small_file_system_keeps_a_share_of_its_inodes(tmp_path, disk):
    room = Room(tmp_path, 0)
    disk.f_files, disk.f_favail = 1000, 10
    room.require(1)
    disk.f_favail = 9
    assert room.is_low


def test_a_file_system_without_a_number_of_inodes_has_enough(tmp_path, disk):
    disk.f_files = disk.f_favail = 0
    Room(tmp_path, 0).require(1)


def test_nothing_is_accepted_while_the_ledger_lives_on_its_reserve(tmp_path, disk):
    room = Room(tmp_path, 0)
    (tmp_path / NAME).write_bytes(b"reserve")
    room.require(1)
    (tmp_path / NAME).write_bytes(b"")
    assert room.is_low
    with pytest.raises(OutOfResources, match="disk is full"):
        room.require(1)
