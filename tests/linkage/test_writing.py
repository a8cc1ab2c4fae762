from __future__ import annotations

import sqlite3
import threading

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.client import LedgerClient
from gateway.ledger.endpoint import listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordDuplicate
from gateway.ledger.reader import LedgerReader
from gateway.ledger.writer import Writer
from gateway.linkage.linker import Linker
from gateway.linkage.seal import Sealer
from gateway.linkage.store import LinkageStore


def test_one_writer_serves_both_databases_and_one_may_fail_alone(tmp_path):
    ledger = LedgerStore(tmp_path / "ledger.sqlite")
    linkage = LinkageStore(tmp_path / "linkage.sqlite", busy_timeout=0.02)
    writer = Writer(listen(tmp_path / "run" / "ledger.sock"), [linkage, ledger])
    thread = threading.Thread(target=writer.run)
    thread.start()
    message = Linker(Sealer("k1", bytes(32)), bytes(32)).rows(
        "default", "P", "", "", {"PatientID": "1"}, {"1.2": "2.25.1"}, "2.25.1", "2.25.2", "2.25.3"
    )
    other = sqlite3.connect(tmp_path / "linkage.sqlite", isolation_level=None)
    with LedgerClient(tmp_path / "run" / "ledger.sock") as client:
        client.call(message)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match=r"linkage\.sqlite"):
            client.call(message)
        client.call(RecordDuplicate("default", "ct1"))
        other.execute("ROLLBACK")
        client.call(message)
    other.close()
    writer.stop()
    thread.join()
    reader = LedgerReader(tmp_path / "ledger.sqlite")
    assert reader.sums()[0].duplicates == 1
    reader.close()
    assert linkage.has_rows("default")
    ledger.close()
    linkage.close()
