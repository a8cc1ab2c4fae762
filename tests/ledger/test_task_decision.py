from __future__ import annotations

from contextlib import closing

import pytest

from gateway.ledger.message import DropTasks, RetryTasks, TaskOutcome, TaskState
from gateway.ledger.task_reader import HeldFilter, TaskReader


@pytest.fixture
def tasks(tmp_path):
    with closing(TaskReader(tmp_path / "ledger.sqlite")) as reader:
        yield reader


@pytest.fixture
def held(store, commit, record):
    """Tasks 1 to 4, held but the last; 1 and 3 for archive, 2 and 4 for vna."""
    commit(store, record(1, destinations=["archive", "vna"]), record(2, destinations=["archive", "vna"]))
    for number, error in ((1, "rejected by the destination"), (2, "file missing"), (3, "conflict")):
        commit(store, TaskOutcome(number, TaskState.HELD, 0xA900, error))
    return store


def states(tasks):
    return {(one.destination, one.state): (one.count, one.error) for one in tasks.account()[1]}


def test_retried_tasks_wait_again_from_the_start_and_ring(held, commit, tasks, reader):
    held.begin()
    assert held.apply(RetryTasks([1, 3, 4, 99, 1], "alice")) == 2
    assert held.commit()
    due = reader.due_tasks("archive", 1000.0, 10)
    assert [(task.id, task.attempts) for task in due] == [(1, 0), (3, 0)]
    assert tasks.held(HeldFilter())[0].id == 2
    entries = [entry for entry in reader.audit() if entry.kind == "retried"]
    assert [entry.detail["task"] for entry in entries] == ["1", "3"]
    assert entries[0].detail["user"] == "alice"
    assert entries[0].detail["error"] == "rejected by the destination"
    assert entries[0].detail["sop_instance_uid"] == "2.25.91"
    assert entries[0].peer == "archive"


def test_dropped_tasks_say_by_whom_and_the_sums_hold(held, commit, tasks, reader):
    assert commit(held, DropTasks([2, 4], "alice", "test images")) == [1]
    (entry,) = [entry for entry in reader.audit() if entry.kind == "dropped"]
    assert (entry.detail["user"], entry.detail["reason"]) == ("alice", "test images")
    assert entry.detail["error"] == "file missing"
    assert states(tasks)["vna", "dropped"] == (1, "dropped by alice")
    sums, _ = tasks.account()
    assert all(one.balanced for one in sums)
    assert [(one.destination, one.held, one.dropped) for one in sums] == [("archive", 2, 0), ("vna", 0, 1)]


def test_what_is_not_held_is_left_alone(held, commit, tasks):
    before = tasks.account()
    held.begin()
    assert held.apply(DropTasks([4, 99], "alice", "x")) == 0
    assert not held.commit()
    assert tasks.account() == before


def test_what_waits_for_a_former_destination_is_dropped_too_and_only_that(held, commit, tasks, record):
    commit(held, record(3, destinations=["archive", "vna"]), record(4, destinations=["vna"]))
    commit(held, TaskOutcome(6, TaskState.SENT, 0), TaskOutcome(7, TaskState.FORWARDED, 0))
    assert [one.id for one in tasks.held(HeldFilter(former=frozenset({"vna"})))] == [1, 2, 3, 4, 6]
    assert commit(held, DropTasks([1, 2, 3, 4, 5, 6, 7], "alice", "x", ["vna"])) == [5]
    assert states(tasks)["vna", "dropped"] == (3, "dropped by alice")
    assert states(tasks)["vna", "forwarded"][0] == states(tasks)["archive", "waiting"][0] == 1
    assert all(one.balanced for one in tasks.sums())


def test_a_dropped_task_is_not_retried(held, commit):
    commit(held, DropTasks([1], "alice", "x"))
    assert commit(held, RetryTasks([1], "alice")) == [0]


def test_held_tasks_are_found_by_filters_and_in_pages(held, tasks):
    assert [one.id for one in tasks.held(HeldFilter())] == [1, 2, 3]
    assert [one.id for one in tasks.held(HeldFilter(destination="archive"))] == [1, 3]
    assert [one.id for one in tasks.held(HeldFilter(project="other"))] == []
    assert [one.id for one in tasks.held(HeldFilter(error="conf"))] == [3]
    assert [one.id for one in tasks.held(HeldFilter(), after=1, limit=1)] == [2]
    assert tasks.held(HeldFilter())[0].sop_instance_uid == "2.25.91"


def test_every_page_of_what_is_held_is_given_once(held, tasks, monkeypatch):
    monkeypatch.setattr("gateway.ledger.task_reader.TaskReader.held.__defaults__", (0, 2))
    pages = [[one.id for one in page] for page in tasks.each_held(HeldFilter())]
    assert pages == [[1, 2], [3]]


def test_groups_tell_what_the_sums_are_made_of(held, commit, record, tasks):
    commit(held, record(3), record(4), TaskOutcome(4, TaskState.FORWARDED, 0))
    commit(held, TaskOutcome(5, TaskState.WAITING, 0xA700, "out of resources", 1234.0))
    sums, groups = tasks.account()
    found = {(one.destination, one.state, one.status): one for one in groups}
    assert found["vna", "forwarded", 0].last == 1000.0
    waiting = found["archive", "waiting", 0xA700]
    assert (waiting.count, waiting.attempts, waiting.next_attempt) == (1, 1, 1234.0)
    assert found["archive", "waiting", None].attempts == 0
    for one in sums:
        of_destination = [group for group in groups if group.destination == one.destination]
        assert sum(group.count for group in of_destination) == one.stored - one.unaddressed


def test_a_project_without_destinations_has_no_groups(store, commit, record, tasks):
    commit(store, record(1, destinations=[]))
    (one,), groups = tasks.account()
    assert (one.destination, one.stored, groups) == ("", 1, [])
