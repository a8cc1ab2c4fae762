from __future__ import annotations

from contextlib import ExitStack

from gateway.ledger.database import execute
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.pool import ReadPool


def test_a_rush_of_readers_leaves_few_connections(tmp_path):
    LedgerStore(tmp_path / "ledger.sqlite").close()
    pool = ReadPool(tmp_path / "ledger.sqlite")
    with ExitStack() as stack:
        lent = [stack.enter_context(pool.transaction()) for _ in range(40)]
    assert sum(not database.is_closed() for database in lent) == 8
    with pool.transaction() as database:
        assert database in lent
        assert execute(database, "SELECT COUNT(*) FROM instance").fetchall() == [(0,)]
    pool.close()
    assert all(database.is_closed() for database in lent)
