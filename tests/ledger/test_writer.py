from __future__ import annotations

import socket
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger import frame
from gateway.ledger.endpoint import connect, listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import Outcome, RecordDuplicate, Subscribe, TaskOutcome, TaskState
from gateway.ledger.writer import Writer


class Raw:
    def __init__(self, path):
        self.socket = connect(path, 5.0)
        self.socket.settimeout(10.0)
        self.buffer = frame.FrameBuffer()
        self.frames: list[bytes] = []

    def send(self, *contents):
        self.socket.sendall(b"".join(frame.encode(content) for content in contents))

    def receive(self):
        while not self.frames:
            received = self.socket.recv(1 << 16)
            if not received:
                return None
            self.frames += self.buffer.feed(received)
        return self.frames.pop(0)

    def reply(self):
        request_id, failure, value = frame.decode_reply(self.receive())
        return request_id, failure, msgspec.msgpack.decode(value)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class GatedStore(LedgerStore):
    def __init__(self, path):
        super().__init__(path)
        self.groups: list[int] = []
        self.first_applied = threading.Event()
        self.gate = threading.Event()

    def begin(self):
        super().begin()
        self.groups.append(0)

    def apply(self, message):
        self.groups[-1] += 1
        self.first_applied.set()
        assert self.gate.wait(10)
        return super().apply(message)


def test_what_arrives_during_a_commit_makes_one_group(tmp_path, socket_path, serving, record):
    gated = GatedStore(tmp_path / "ledger.sqlite")
    with serving(gated), Raw(socket_path) as one, Raw(socket_path) as two:
        one.send((1, record(0)))
        assert gated.first_applied.wait(10)
        one.send(*((number, record(number)) for number in range(2, 30)))
        two.send(*((number, record(number)) for number in range(30, 60)))
        gated.gate.set()
        assert [one.reply() for _ in range(29)] == [(number, "", "stored") for number in range(1, 30)]
        assert [two.reply() for _ in range(30)] == [(number, "", "stored") for number in range(30, 60)]
    assert gated.groups == [1, 58]
    gated.close()


def test_many_threads_share_a_client(store, reader, serving, record):
    with serving(store) as client, ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda number: client.call(record(number)), [*range(100), *range(100)]))
    assert sorted(outcomes) == [Outcome.DUPLICATE] * 100 + [Outcome.STORED] * 100
    (account,) = reader.sums()
    assert account.balanced
    assert (account.answered, account.stored) == (200, 100)


def test_a_message_that_fails_does_not_spoil_the_others(store, reader, serving, record):
    with serving(store) as client:
        with pytest.raises(LedgerUnavailable, match="rejected the message: OverflowError"):
            client.call(record(1, size=1 << 63))
        with pytest.raises(LedgerUnavailable, match="rejected the message: TypeError"):
            client.call(TaskOutcome(99, TaskState.FORWARDED))
        assert client.call(record(2)) is Outcome.STORED
    assert reader.sums()[0].answered == 1


def test_a_value_that_cannot_be_encoded_is_not_quoted(store, serving, record):
    with serving(store) as client:
        with pytest.raises(LedgerUnavailable) as caught:
            client.call(record(attributes={"PatientName": "Secret\udcff"}))
        assert "Secret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert client.call(record()) is Outcome.STORED


def test_an_unknown_message_is_refused_and_the_connection_stays(store, socket_path, serving):
    with serving(store), Raw(socket_path) as raw:
        raw.send((1, {"type": "Unknown"}), (2, 17), (3, RecordDuplicate("default", "ct1")))
        assert raw.reply() == (1, "the ledger does not know this message", None)
        assert raw.reply() == (2, "the ledger does not know this message", None)
        assert raw.reply() == (3, "", None)


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc0", b"GET / HTTP/1.1\r\n\r\n"])
def test_garbage_ends_its_own_connection_only(store, socket_path, serving, record, garbage):
    with serving(store) as client, Raw(socket_path) as raw:
        raw.socket.sendall(garbage)
        assert raw.receive() is None
        assert client.call(record()) is Outcome.STORED


def test_a_client_that_leaves_before_its_answer_disturbs_nobody(
    tmp_path, socket_path, serving, record, reader
):
    gated = GatedStore(tmp_path / "ledger.sqlite")
    with serving(gated) as client:
        with Raw(socket_path) as raw:
            raw.send((1, record(1)))
            assert gated.first_applied.wait(10)
        gated.gate.set()
        assert client.call(record(2)) is Outcome.STORED
    assert reader.sums()[0].stored == 2
    gated.close()


def test_a_locked_database_answers_unavailable_and_recovers(tmp_path, store, reader, serving, record):
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    with serving(store) as client:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="SQLITE_BUSY"):
            client.call(record())
        other.execute("ROLLBACK")
        assert client.call(record()) is Outcome.STORED
    other.close()
    assert reader.sums()[0].answered == 1


def test_a_read_only_database_answers_unavailable(store, reader, serving, record):
    store.database.execute_sql("PRAGMA query_only = 1")
    with (
        serving(store) as client,
        pytest.raises(LedgerUnavailable, match="SQLITE_READONLY"),
    ):
        client.call(record())
    assert reader.sums() == []


def test_a_full_disk_answers_unavailable_and_keeps_nothing_of_the_group(
    store, reader, socket_path, serving, record, commit
):
    commit(store, record(0))
    (pages,) = store.database.execute_sql("PRAGMA page_count").fetchone()
    store.database.execute_sql(f"PRAGMA max_page_count = {pages + 1}")
    with serving(store) as client, Raw(socket_path) as raw:
        huge = record(3, attributes={"PatientName": "x" * 100_000})
        raw.send((1, record(1)), (2, huge))
        failures = {raw.reply()[1] for _ in range(2)}
        assert any("SQLITE_FULL" in failure for failure in failures)
        assert client.call(record(4)) is Outcome.STORED
    (account,) = reader.sums()
    assert account.balanced
    assert not reader.known("default", huge.input_digest)


def test_a_damaged_database_answers_unavailable(tmp_path, store, serving, record, commit):
    for number in range(200):
        commit(store, record(number))
    store.close()
    with (tmp_path / "ledger.sqlite").open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with serving(store) as client, pytest.raises(LedgerUnavailable, match="is damaged"):
        client.call(record(1000))


def test_the_doorbell_rings_for_changed_tasks_only(store, socket_path, serving, record):
    with serving(store) as client, Raw(socket_path) as raw:
        raw.send((1, Subscribe()))
        assert raw.reply() == (1, "", None)
        client.call(RecordDuplicate("default", "ct1"))
        client.call(record(destinations=[]))
        raw.send((2, RecordDuplicate("default", "ct1")))
        assert raw.reply() == (2, "", None)
        client.call(record(2))
        assert raw.receive() == b""


def test_a_client_that_never_reads_is_cut_off_and_the_rest_is_served(
    store, socket_path, serving, record, monkeypatch
):
    monkeypatch.setattr("gateway.ledger.session._MAX_WAITING", 1000)
    with serving(store) as client, Raw(socket_path) as raw:
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        with pytest.raises(OSError):  # noqa: PT012
            while True:
                raw.send(*((number, {"type": "Unknown"}) for number in range(1000)))
        assert client.call(record()) is Outcome.STORED


def test_what_arrived_before_the_stop_is_committed_and_answered(store, reader, socket_path, record):
    listener = listen(socket_path)
    writer = Writer(listener, [store])
    with Raw(socket_path) as raw:
        raw.send((1, record(1)))
        begin = store.begin

        def begin_and_stop():
            if not writer._stopping:
                raw.send((2, record(2)))
                writer.stop()
            begin()

        store.begin = begin_and_stop
        thread = threading.Thread(target=writer.run)
        thread.start()
        assert raw.reply() == (1, "", "stored")
        thread.join()
        assert raw.reply() == (2, "", "stored")
        assert raw.receive() is None
    assert reader.sums()[0].stored == 2
    writer.stop()
