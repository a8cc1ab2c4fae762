import os
from types import SimpleNamespace

import pytest

from gateway.ledger import reserve as module
from gateway.ledger.reserve import NAME, SIZE, Reserve

GIB = 1 << 30


@pytest.fixture
def disk(monkeypatch):
    """A disk whose free space is set by hand."""
    made = SimpleNamespace(f_frsize=1, f_blocks=100 * GIB, f_bavail=10 * GIB)
    monkeypatch.setattr(module.os, "statvfs", lambda _: made)
    return made


def size(tmp_path):
    return (tmp_path / NAME).stat().st_size


def test_a_reserve_takes_its_room_for_its_owner_only(tmp_path, disk):
    reserve = Reserve(tmp_path)
    assert not reserve.is_released  # a storage directory of before has none
    assert reserve.secure()
    status = (tmp_path / NAME).stat()
    assert status.st_size == SIZE
    assert status.st_blocks * 512 >= SIZE
    assert status.st_mode & 0o777 == 0o600
    assert not reserve.is_released


def test_it_is_released_only_when_the_disk_is_full(tmp_path, disk):
    reserve = Reserve(tmp_path)
    reserve.secure()
    disk.f_bavail = 2 << 20
    assert not reserve.release_if_full()
    assert size(tmp_path) == SIZE
    disk.f_bavail = 4096
    assert reserve.release_if_full()
    assert size(tmp_path) == 0
    assert reserve.is_released
    assert not reserve.release_if_full()


def test_it_is_secured_again_when_there_is_room_for_twice_of_it(tmp_path, disk):
    reserve = Reserve(tmp_path)
    reserve.secure()
    disk.f_bavail = 0
    reserve.release_if_full()
    disk.f_bavail = 2 * SIZE - 1
    assert not reserve.secure()
    assert reserve.is_released
    disk.f_bavail = 2 * SIZE
    assert reserve.secure()
    assert not reserve.is_released


def test_a_small_disk_gives_a_small_reserve(tmp_path, disk):
    disk.f_blocks = disk.f_bavail = 8 << 20
    assert Reserve(tmp_path).secure()
    assert size(tmp_path) == 1 << 20


def test_what_could_be_filled_in_part_is_released(tmp_path, disk, monkeypatch):
    def full(descriptor, _offset, _length):
        os.truncate(descriptor, 4096)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "posix_fallocate", full)
    reserve = Reserve(tmp_path)
    assert not reserve.secure()
    assert reserve.is_released


def test_a_directory_that_is_missing_is_no_reserve_and_no_error(tmp_path):
    reserve = Reserve(tmp_path / "missing")
    assert not reserve.secure()
    assert not reserve.release_if_full()
    assert not reserve.is_released
