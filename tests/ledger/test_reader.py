from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.message import TaskOutcome, TaskState
from gateway.ledger.reader import Conflict, Known, LedgerReader, Task


def test_due_tasks_come_with_all_that_forwarding_needs(store, reader, commit, record):
    commit(store, record())
    assert reader.due_tasks("archive", 1000.0, 10) == [
        Task(
            id=1,
            path="default/2.25.10/2.25.91.dcm",
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            sop_instance_uid="2.25.91",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            series_instance_uid="2.25.10",
            attempts=0,
            size=1001,
        )
    ]
    assert reader.due_tasks("archive", 999.0, 10) == []
    assert reader.due_tasks("other", 1000.0, 10) == []


def test_due_tasks_are_the_oldest_of_series_that_are_not_busy(store, reader, commit, record):
    commit(store, *(record(number) for number in (5, 11, 6, 12, 21)))
    commit(store, TaskOutcome(1, TaskState.WAITING, next_attempt=1500.0))
    instances = [task.sop_instance_uid for task in reader.due_tasks("archive", 2000.0, 4)]
    assert instances == ["2.25.911", "2.25.96", "2.25.912", "2.25.921"]
    rest = reader.due_tasks("archive", 2000.0, 10, exclude_series={"2.25.11"})
    assert [task.id for task in rest] == [3, 5, 1]


def test_due_tasks_are_found_by_index_and_not_by_sorting(store, reader, commit, record):
    commit(store, record())
    queries: list[tuple[str, object]] = []
    with reader._pool.transaction() as database:
        database.query_hooks.append(lambda event: queries.append((event.sql, event.params)))
    reader.due_tasks("archive", 1.0, 5)
    sql, values = next(query for query in queries if query[0].startswith("SELECT"))
    plan = [row[3] for row in store.database.execute_sql("EXPLAIN QUERY PLAN " + sql, values).fetchall()]
    assert any("forwardtask_destination_state_next_attempt" in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)


def test_the_next_due_time_is_that_of_waiting_tasks_only(store, reader, commit, record):
    assert reader.next_due("archive") is None
    commit(store, record(1), record(2))
    commit(store, TaskOutcome(1, TaskState.FORWARDED), TaskOutcome(2, TaskState.WAITING, next_attempt=3000.0))
    assert reader.next_due("archive") == 3000.0
    commit(store, TaskOutcome(2, TaskState.HELD))
    assert reader.next_due("archive") is None


def test_a_path_is_known_once_its_row_is_committed(store, reader, commit, record):
    store.begin()
    store.apply(record())
    assert not reader.known_path(record().path)
    store.commit()
    assert reader.known_path(record().path)
    assert reader.known("default", record().input_digest)
    assert not reader.known("other", record().input_digest)


def test_what_is_known_says_where_its_file_is_and_whether_retention_removed_it(store, reader, commit, record):
    commit(store, record())
    assert reader.known("default", record().input_digest) == Known(record().path, removed=False)
    store.database.execute_sql("UPDATE instance SET state = 'removed'")
    assert reader.known("default", record().input_digest) == Known(record().path, removed=True)


def test_conflicts_are_listed_without_the_instance_that_came_first(store, reader, commit, record):
    second = record(2, sop_instance_uid=record(1).sop_instance_uid, destinations=[])
    commit(store, record(1, destinations=[]), second)
    assert reader.conflicts() == [Conflict("default", second.path, second.sop_instance_uid)]


def test_the_paths_of_files_that_must_be_there_are_read_page_by_page(store, reader, commit, record):
    commit(store, *(record(number) for number in range(1, 4)))
    store.database.execute_sql("UPDATE instance SET state = 'removed' WHERE id = 2")
    assert reader.paths(limit=1) == [(1, record(1).path)]
    assert reader.paths(after=1) == [(3, record(3).path)]


def test_the_audit_trail_is_read_page_by_page(store, reader, commit, record):
    commit(store, *(record(number) for number in range(5)))
    assert [entry.id for entry in reader.audit(after=2, limit=2)] == [3, 4]


def test_threads_read_at_once(store, reader, commit, record):
    commit(store, *(record(number) for number in range(50)))
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda number: reader.known("default", record(number).input_digest), range(100))
        )
    assert [one is not None for one in found] == [True] * 50 + [False] * 50


def test_a_ledger_that_is_not_there_is_unavailable_until_it_is(tmp_path, commit, record):
    from gateway.ledger.instance_store import LedgerStore

    reader = LedgerReader(tmp_path / "ledger.sqlite")
    with pytest.raises(LedgerUnavailable, match=r"ledger\.sqlite cannot be opened: missing"):
        reader.sums()
    store = LedgerStore(tmp_path / "ledger.sqlite")
    assert reader.sums() == []
    reader.close()
    store.close()


def test_a_reader_cannot_write(store, reader):
    with pytest.raises(LedgerUnavailable), reader._pool.transaction() as database:
        database.execute_sql("DELETE FROM instance")
