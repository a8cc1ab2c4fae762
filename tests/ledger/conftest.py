from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gateway
from gateway.ledger.client import LedgerClient
from gateway.ledger.endpoint import listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance
from gateway.ledger.reader import LedgerReader
from gateway.ledger.store import Store
from gateway.ledger.writer import Writer

WRITER_PROGRAM = """
import signal, sys
from pathlib import Path
from gateway.ledger.endpoint import listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.writer import Writer
directory = Path(sys.argv[1])
writer = Writer(listen(directory / "run" / "ledger.sock"), [LedgerStore(directory / "ledger.sqlite")])
signal.signal(signal.SIGTERM, lambda *_: writer.stop())
print("ready", flush=True)
writer.run()
"""


@pytest.fixture
def record() -> Callable[..., RecordInstance]:
    def make(number: int = 1, **changes: object) -> RecordInstance:
        series = f"2.25.1{number // 10}"
        values: dict[str, object] = {
            "project": "default",
            "input_digest": hashlib.sha256(b"in%d" % number).digest(),
            "output_digest": hashlib.sha256(b"out%d" % number).hexdigest()[:32],
            "path": f"default/{series}/2.25.9{number}.dcm",
            "size": 1000 + number,
            "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
            "sop_instance_uid": f"2.25.9{number}",
            "series_instance_uid": series,
            "study_instance_uid": "2.25.7",
            "transfer_syntax_uid": "1.2.840.10008.1.2.1",
            "attributes": {"PatientID": "ABCDE", "Modality": "CT"},
            "destinations": ["archive"],
            "peer": "ct1",
        }
        return RecordInstance(**(values | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LedgerStore]:
    opened = LedgerStore(tmp_path / "ledger.sqlite", busy_timeout=0.02, clock=lambda: 1000.0)
    yield opened
    opened.close()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[LedgerReader]:
    opened = LedgerReader(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def commit() -> Callable[..., list[object]]:
    def do(store: Store, *messages: object) -> list[object]:
        store.begin()
        replies = [store.apply(message) for message in messages]  # type: ignore[arg-type]
        store.commit()
        return replies

    return do


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "ledger.sock"


@pytest.fixture
def serving(socket_path: Path) -> Callable[..., object]:
    @contextmanager
    def serve(*stores: Store) -> Iterator[LedgerClient]:
        writer = Writer(listen(socket_path), stores)
        thread = threading.Thread(target=writer.run)
        thread.start()
        try:
            with LedgerClient(socket_path) as client:
                yield client
        finally:
            writer.stop()
            thread.join()

    return serve


@pytest.fixture
def start_writer(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(Path(gateway.__file__).parent.parent)}
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER_PROGRAM, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
