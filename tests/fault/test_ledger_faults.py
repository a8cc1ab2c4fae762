import os
import resource
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.client import LedgerClient
from gateway.ledger.endpoint import listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import Outcome, RecordInstance
from gateway.ledger.reader import LedgerReader
from gateway.ledger.writer import Writer

PAGE = 4096
MIB = 1 << 20
OUT_OF_RESOURCES = 0xA700


def row(number, **changes):
    values = {
        "project": "default",
        "input_digest": b"input %d" % number,
        "output_digest": f"{number:032x}",
        "path": f"default/2.25.2/2.25.{number}.{number:032x}.dcm",
        "size": 1,
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.4",
        "sop_instance_uid": f"2.25.{number}",
        "series_instance_uid": "2.25.2",
        "study_instance_uid": "2.25.1",
        "transfer_syntax_uid": "1.2.840.10008.1.2.1",
        "attributes": {},
        "destinations": ["archive"],
        "peer": "ct1",
    }
    return RecordInstance(**{**values, **changes})


class Station:
    """A ledger writer in a thread, and what it says is wrong."""

    def __init__(self, folder):
        self.path = folder / "ledger.sqlite"
        self.said = []
        self._store = LedgerStore(self.path, busy_timeout=0.2)
        self._writer = Writer(listen(folder / "socket"), [self._store], said=self.said.append)
        self._thread = threading.Thread(target=self._writer.run)
        self._thread.start()
        self.client = LedgerClient(folder / "socket")

    def record(self, number):
        return self.client.call(row(number))

    def stored(self):
        reader = LedgerReader(self.path)
        try:
            return sum(one.stored for one in reader.sums())
        finally:
            reader.close()

    def close(self):
        self.client.close()
        self._writer.stop()
        self._thread.join()
        self._store.close()


@pytest.fixture
def station(tmp_path):
    made = Station(tmp_path)
    yield made
    made.close()


@pytest.fixture
def filled(tmp_path):
    """Fill a ledger that nobody has open; return its path."""
    path = tmp_path / "ledger.sqlite"
    store = LedgerStore(path)
    store.begin()
    for number in range(400):
        store.apply(row(number))
    store.commit()
    store.close()
    assert not path.with_name("ledger.sqlite-wal").exists()
    return path


def write(path, offset, content):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


# ------------------------------------------------------------------ while it runs


def test_a_lock_that_another_process_holds_is_said_and_waited_out(station):
    assert station.record(1) is Outcome.STORED
    other = sqlite3.connect(station.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(3):
        with pytest.raises(LedgerUnavailable, match=r"locked by another process \(SQLITE_BUSY\)"):
            station.record(2)
    other.execute("ROLLBACK")
    other.close()
    assert station.record(2) is Outcome.STORED
    assert station.said == ["ledger.sqlite is locked by another process (SQLITE_BUSY)", ""]


@pytest.mark.parametrize("file", ["ledger.sqlite", "ledger.sqlite-wal"])
def test_nothing_is_committed_to_a_file_that_was_removed(station, file):
    assert station.record(1) is Outcome.STORED
    away = station.path.with_name("away")
    station.path.with_name(file).rename(away)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match="removed or replaced while in use"):
            station.record(2)
    assert len(station.said) == 1


def test_a_file_that_was_replaced_is_not_taken_up_without_a_start(station, tmp_path):
    station.record(1)
    (tmp_path / "other").mkdir()
    LedgerStore(tmp_path / "other" / "ledger.sqlite").close()
    (tmp_path / "other" / "ledger.sqlite").replace(station.path)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match="removed or replaced while in use"):
            station.record(2)


def test_a_ledger_that_is_damaged_under_the_writer_takes_nothing_more(filled, tmp_path):
    station = Station(tmp_path)
    try:
        content = filled.read_bytes()
        write(filled, PAGE, b"\xa5" * (filled.stat().st_size - PAGE))
        for _ in range(2):
            with pytest.raises(LedgerUnavailable, match="is damaged: stop the gateway and restore"):
                station.record(1000)
            write(filled, 0, content)  # whole again, but nobody knows what was read meanwhile
        assert len(station.said) == 1
    finally:
        station.close()


def test_a_file_that_may_not_grow_loses_nothing_and_is_used_again(station):
    assert station.record(1) is Outcome.STORED
    wal = station.path.with_name("ledger.sqlite-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal + 100, hard))
    try:
        with pytest.raises(LedgerUnavailable, match=r"SQLITE_(IOERR|FULL)"):
            station.record(2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert station.record(2) is Outcome.STORED
    assert station.stored() == 2


def test_a_reader_that_never_ends_makes_the_log_grow_until_it_is_gone(station):
    reader = sqlite3.connect(station.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM instance").fetchone()
    wal = station.path.with_name("ledger.sqlite-wal")
    number = 0
    while wal.stat().st_size < 6 * MIB:
        number += 1
        station.client.call(row(number, attributes={"ImageType": "X" * 50_000}))
    reader.close()
    for extra in range(3):
        station.record(10_000 + extra)
    large = wal.stat().st_size
    for extra in range(3, 40):
        station.record(10_000 + extra)
    assert wal.stat().st_size == large  # it is written from its beginning again
    assert station.stored() == number + 40


# ------------------------------------------------------------------ at the start


@pytest.mark.parametrize(
    ("offset", "content"),
    [
        (0, bytes(100)),
        (0, b"\xff" * 16),
        (PAGE * 7, bytes(PAGE)),
        (PAGE * 7, os.urandom(PAGE)),
        (20, b"\xff"),
    ],
    ids=["header of zeros", "no header", "page of zeros", "page of noise", "odd header"],
)
def test_a_damaged_file_is_noticed_at_the_start(filled, offset, content):
    write(filled, offset, content)
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite (is damaged|cannot be)"):
        examined(filled)


@pytest.mark.parametrize("left", [100, 5000, 12 * PAGE])
def test_a_truncated_file_is_noticed_at_the_start(filled, left):
    os.truncate(filled, left)
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite is damaged"):
        examined(filled)


def test_a_whole_file_passes_and_no_time_is_no_verdict(filled):
    examined(filled)
    examined(filled, seconds=0.0)


def examined(path, seconds=10.0):
    store = None
    try:
        store = LedgerStore(path)
        store.examine(seconds)
    finally:
        if store is not None:
            store.close()


def test_a_damaged_log_costs_the_last_transactions_only(tmp_path):
    path = tmp_path / "ledger.sqlite"
    code = os.fork()
    if not code:  # a process that dies with its log in place
        store = LedgerStore(path)
        for number in range(50):
            store.begin()
            store.apply(row(number))
            store.commit()
        os._exit(0)
    os.waitpid(code, 0)
    wal = tmp_path / "ledger.sqlite-wal"
    write(wal, wal.stat().st_size // 2, b"\xa5" * 64)
    examined(path)
    reader = LedgerReader(path)
    (total,) = reader.sums()
    reader.close()
    assert 0 < total.stored < 50
    assert total.balanced


def test_a_log_is_emptied_at_the_start(tmp_path):
    path = tmp_path / "ledger.sqlite"
    code = os.fork()
    if not code:
        store = LedgerStore(path)
        store.begin()
        store.apply(row(1))
        store.commit()
        os._exit(0)
    os.waitpid(code, 0)
    wal = tmp_path / "ledger.sqlite-wal"
    assert wal.stat().st_size
    store = LedgerStore(path)
    store.begin()
    assert wal.stat().st_size <= PAGE
    store.rollback()
    store.close()


def test_a_read_only_file_system_takes_nothing_and_recovers(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        store = LedgerStore(folder / "ledger.sqlite", busy_timeout=0.2)
        commit(store, 1)
        store.rollback()  # closes its files: with one open for writing it cannot become read-only
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(LedgerUnavailable, match=r"read-only|cannot be opened"):
            commit(store, 2)
        store.rollback()
        with pytest.raises(LedgerUnavailable, match=r"read-only|cannot be opened"):
            LedgerStore(folder / "ledger.sqlite")
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        commit(store, 2)
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def commit(store, number):
    store.begin()
    store.apply(row(number))
    store.commit()


# ------------------------------------------------------------------ a whole gateway


def tracing(process, failures):
    """Have the next syncs of a process fail, as on a broken disk; skip where that cannot be done."""
    if shutil.which("strace") is None:
        pytest.skip("not installed: strace")
    inject = f"inject=fsync,fdatasync:error=EIO:when=1..{failures}"
    command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", inject, "-p", str(process)]
    traced = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.0)
    if traced.poll() is not None:
        pytest.skip("processes cannot be traced here")
    return traced


@pytest.mark.slow
@pytest.mark.parametrize("process", ["ledger", "receiver-0"])
def test_a_sync_that_fails_is_no_success_and_the_next_is(start, scanner, make, archive, process):
    gateway = start({"archive": archive.address}, server={"processes": 1})
    assert scanner(gateway).send(make(1)) == 0
    gateway.wait_until_forwarded(1)
    traced = tracing(gateway.status()["state"]["processes"][process], 2)
    try:
        answers = {number: scanner(gateway).send(make(number)) for number in range(2, 8)}
    finally:
        traced.terminate()
        traced.wait()
    assert OUT_OF_RESOURCES in answers.values()
    assert set(answers.values()) == {0, OUT_OF_RESOURCES}
    assert scanner(gateway).send(make(20)) == 0
    safe = {1, 20, *(number for number, status in answers.items() if status == 0)}
    assert safe <= set(gateway.numbers_kept())
    archive.wait_for(safe)
    gateway.kill()
    gateway.start()
    assert gateway.status()["balanced"]
    assert safe <= set(gateway.numbers_kept())
    if process == "ledger":
        failed = [event for event in gateway.events() if event["event"] == "ledger_failed"]
        assert any("SQLITE_IOERR" in event["detail"] for event in failed)


@pytest.mark.slow
def test_a_lock_that_is_held_for_long_is_waited_out(start, scanner, make, archive):
    gateway = start({"archive": archive.address})
    other = sqlite3.connect(gateway.storage / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = [scanner(gateway, patience=60.0).send(make(number)) for number in range(1, 4)]
    other.execute("ROLLBACK")
    other.close()
    assert answers == [OUT_OF_RESOURCES] * 3
    assert scanner(gateway).send(make(4)) == 0
    assert scanner(gateway).send(make(1)) == 0
    gateway.wait_until_forwarded(2)
    said = [event["event"] for event in gateway.events() if event["event"].startswith("ledger_")]
    assert said[:2] == ["ledger_failed", "ledger_recovered"]
    assert gateway.status()["balanced"]


@pytest.mark.slow
def test_a_damaged_ledger_stops_the_start_and_every_command_says_so(start, scanner, make):
    gateway = start({})
    assert scanner(gateway).send(make(1)) == 0
    gateway.stop()
    write(gateway.storage / "ledger.sqlite", 0, bytes(100))
    for command, code in (("serve", 5), ("status", 5), ("check", 1)):
        done = gateway.run(command, "--settings", str(gateway.settings))
        assert done.returncode == code
        assert "ledger.sqlite is damaged: stop the gateway and restore it" in done.stderr + done.stdout
