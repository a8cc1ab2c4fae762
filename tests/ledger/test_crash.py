from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

from gateway.errors import LedgerUnavailable
from gateway.ledger.client import LedgerClient
from gateway.ledger.message import Outcome, TaskOutcome, TaskState

THREADS = 4
ACKNOWLEDGED_BEFORE_THE_KILL = 60


class Load:
    def __init__(self, client, record, first):
        self.client, self.record, self.first = client, record, first
        self.acknowledged: list[int] = []
        self.enough = threading.Event()

    def send(self, offset):
        number = self.first + offset
        try:
            while True:
                assert self.client.call(self.record(number)) in (Outcome.STORED, Outcome.DUPLICATE)
                self.acknowledged.append(number)
                self.client.call(TaskOutcome(len(self.acknowledged), TaskState.FORWARDED))
                if len(self.acknowledged) >= ACKNOWLEDGED_BEFORE_THE_KILL:
                    self.enough.set()
                number += THREADS
        except LedgerUnavailable:
            return


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(
    tmp_path, socket_path, start_writer, reader, record
):
    acknowledged: list[int] = []
    with LedgerClient(socket_path) as client:
        for attempt in range(3):
            writer = start_writer()
            load = Load(client, record, attempt * 100_000)
            with ThreadPoolExecutor(THREADS) as pool:
                for offset in range(THREADS):
                    pool.submit(load.send, offset)
                assert load.enough.wait(30)
                writer.kill()
            writer.wait()
            acknowledged += load.acknowledged
            (account,) = reader.sums()
            assert account.balanced
            assert account.answered >= len(acknowledged)
            assert all(reader.known("default", record(number).input_digest) for number in acknowledged)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


def test_a_writer_that_is_told_to_stop_ends_by_itself(start_writer, socket_path, record):
    writer = start_writer()
    with LedgerClient(socket_path) as client:
        assert client.call(record()) is Outcome.STORED
        writer.terminate()
        assert writer.wait(10) == 0
