from __future__ import annotations

from contextlib import closing

import pytest

from gateway.ledger import audit_reader
from gateway.ledger.audit_reader import AuditFilter, AuditReader
from gateway.ledger.message import RecordAudit


@pytest.fixture
def trail(tmp_path):
    with closing(AuditReader(tmp_path / "ledger.sqlite")) as reader:
        yield reader


@pytest.fixture
def filled(store, commit):
    times = iter(range(1000, 1100))
    store._clock = lambda: float(next(times))
    for number in range(10):
        kind = "retrieve" if number % 2 else "query"
        commit(store, RecordAudit(kind, f"project{number % 3}", f"peer{number % 4}", {"count": str(number)}))
    return store


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (AuditFilter(), list(range(10))),
        (AuditFilter(kind="query"), [0, 2, 4, 6, 8]),
        (AuditFilter(project="project1"), [1, 4, 7]),
        (AuditFilter(peer="peer3"), [3, 7]),
        (AuditFilter(kind="retrieve", project="project1"), [1, 7]),
        (AuditFilter(kind="nothing"), []),
    ],
)
@pytest.mark.parametrize("stride", [1, 3, 10_000])
def test_entries_are_found_by_what_they_are(filled, trail, monkeypatch, stride, chosen, expected):
    monkeypatch.setattr(audit_reader, "_STRIDE", stride)
    assert [int(entry.detail["count"]) for entry in trail.entries(chosen)] == expected


def test_entries_are_found_by_time(filled, trail):
    times = [entry.at for entry in trail.entries(AuditFilter())]
    assert [entry.at for entry in trail.entries(AuditFilter(since=times[3], until=times[6]))] == times[3:6]


def test_no_transaction_lasts_as_long_as_the_trail(filled, trail, monkeypatch, commit):
    monkeypatch.setattr(audit_reader, "_STRIDE", 3)
    entries = trail.entries(AuditFilter())
    next(entries)
    commit(filled, RecordAudit("later", "", "", {}))
    ((busy, *_),) = filled.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert busy == 0
    assert [entry.kind for entry in entries][-1] != "later"


def test_an_empty_trail_has_no_entries(store, trail):
    assert list(trail.entries(AuditFilter())) == []
