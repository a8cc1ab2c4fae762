import os
import sqlite3
import threading

import pytest

from gateway.errors import LedgerUnavailable, OutOfResources
from gateway.ledger.backup import copy_database
from gateway.ledger.health import look


def count(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT count(*) FROM instance").fetchone()[0]
    finally:
        connection.close()


def test_a_copy_is_one_whole_private_file_as_of_one_moment(tmp_path, store, record, commit):
    for number in range(100):
        commit(store, record(number))
    stop = threading.Event()
    counts = []

    def look_on():
        while not stop.is_set():
            counts.append(count(tmp_path / "ledger.sqlite"))

    watching = threading.Thread(target=look_on)
    watching.start()
    target = tmp_path / "copy.sqlite"
    sizes = []
    try:
        for number in range(100, 103):
            sizes.append(copy_database(tmp_path / "ledger.sqlite", target))
            assert count(target) == number
            commit(store, record(number))
    finally:
        stop.set()
        watching.join()
    assert sizes[-1] == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    assert look(target, 10.0).whole
    assert [name for name in os.listdir(tmp_path) if "copy" in name] == ["copy.sqlite"]  # noqa: PTH208


def test_an_earlier_copy_stays_when_there_is_nothing_whole_to_copy(tmp_path, store, record, commit):
    for number in range(300):
        commit(store, record(number))
    target = tmp_path / "copy.sqlite"
    copy_database(tmp_path / "ledger.sqlite", target)
    before = target.read_bytes()
    store.close()
    with (tmp_path / "ledger.sqlite").open("r+b") as file:
        file.seek(8192)
        file.write(bytes(4096))
    with pytest.raises(LedgerUnavailable, match="damaged"):
        copy_database(tmp_path / "ledger.sqlite", target)
    assert target.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(tmp_path, store):
    with pytest.raises(OutOfResources, match="cannot be written: No such file"):
        copy_database(tmp_path / "ledger.sqlite", tmp_path / "missing" / "copy.sqlite")
