from __future__ import annotations

import stat

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.instance_store import LedgerStore


def test_every_commit_is_synced_and_foreign_keys_hold(store):
    assert [
        store.database.execute_sql(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    ] == ["wal", 2, 1, 20]


def test_only_the_owner_can_read_the_files(tmp_path, store, commit, record):
    commit(store, record())
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("ledger.sqlite*")} == {0o600}


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite is damaged: stop .* \(SQLITE_NOTADB\)"):
        LedgerStore(tmp_path / "ledger.sqlite")


def test_a_directory_that_is_missing_is_unavailable(tmp_path):
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite cannot be used \(FileNotFoundError\)"):
        LedgerStore(tmp_path / "missing" / "ledger.sqlite")


def test_a_path_with_special_characters_is_a_path(tmp_path):
    path = tmp_path / "100% a?b#c.sqlite"
    LedgerStore(path).close()
    assert path.exists()
