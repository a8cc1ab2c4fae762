from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger import write_ahead_log
from gateway.ledger.database import execute, open_for_reading
from gateway.ledger.instance_store import LedgerStore

KIB = 1 << 10


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(write_ahead_log, "LONG", 256 * KIB)
    monkeypatch.setattr(write_ahead_log, "_STEP", 128 * KIB)
    made = LedgerStore(tmp_path / "ledger.sqlite")
    yield made
    made.close()


@pytest.fixture
def commit(store, record):
    numbers = iter(range(1, 100_000))

    def commit():
        store.begin()
        for _ in range(10):
            store.apply(record(next(numbers)))
        store.commit()

    return commit


class Reading:
    """A read transaction on a connection of its own."""

    def __init__(self, path):
        self._database = open_for_reading(path)
        execute(self._database, "BEGIN")
        execute(self._database, "SELECT COUNT(*) FROM instance").fetchall()

    def end(self):
        execute(self._database, "ROLLBACK")
        self._database.close()


@contextmanager
def always_reading(path):
    """Let two threads read in turns, so that one begins before the other ends."""
    stop, turn = threading.Event(), threading.Semaphore(1)

    def read():
        while not stop.is_set():
            with turn:
                reading = Reading(path)
                stop.wait(0.01)
            stop.wait(0.005)
            reading.end()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def size(store):
    return store.path.with_name("ledger.sqlite-wal").stat().st_size


def test_a_log_is_short_although_somebody_always_reads(store, commit):
    commit()
    most = 0
    with always_reading(store.path):
        for _ in range(100):
            commit()
            most = max(most, size(store))
    assert 64 * KIB < most < 1024 * KIB


def test_somebody_who_reads_for_long_delays_few_commits_and_fails_none(store, commit, monkeypatch):
    monkeypatch.setattr(write_ahead_log, "_PATIENCE_MS", 50)
    monkeypatch.setattr(write_ahead_log, "_MOST_PATIENCE_MS", 50)
    waits = []
    shorten = write_ahead_log.WriteAheadLog.shorten

    def timed(self, database):
        start = time.monotonic()
        shorten(self, database)
        waits.append(time.monotonic() - start)

    monkeypatch.setattr(write_ahead_log.WriteAheadLog, "shorten", timed)
    commit()
    reading = Reading(store.path)
    for _ in range(60):
        commit()
    grown = size(store)
    assert grown > 512 * KIB
    assert 1 <= sum(wait > 0.045 for wait in waits) <= grown // (128 * KIB)
    reading.end()
    while size(store) >= grown:
        commit()
    assert size(store) < 256 * KIB
    assert execute(store.database, "PRAGMA busy_timeout").fetchone() == (5000,)


def test_a_log_that_was_left_behind_is_synced_although_somebody_reads_for_long(
    tmp_path, store, commit, monkeypatch
):
    commit()
    synced = []
    monkeypatch.setattr(write_ahead_log.WriteAheadLog, "sync", lambda log: synced.append(log))
    reading = Reading(store.path)
    commit()  # the reader keeps the log from being emptied
    next_writer = LedgerStore(store.path, busy_timeout=0.1)
    assert synced == []
    next_writer.begin()
    assert len(synced) == 1
    next_writer.commit()
    next_writer.begin()
    assert len(synced) == 1
    next_writer.rollback()
    reading.end()
    next_writer.close()


def test_nothing_is_built_on_a_log_whose_sync_failed_while_somebody_reads(store, commit):
    commit()
    reading = Reading(store.path)
    commit()
    execute(store.database, "PRAGMA busy_timeout = 100")
    store._uncertain = store._has_failed = True
    with pytest.raises(LedgerUnavailable, match="waits for readers"):
        store.begin()
    reading.end()
    commit()
