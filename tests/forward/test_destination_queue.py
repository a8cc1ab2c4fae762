import threading
import time

import pytest

from gateway.errors import LedgerUnavailable
from gateway.forward.destination_queue import CLAIM, DestinationQueue
from gateway.forward.reachability import Reachability
from gateway.forward.retry import Backoff
from gateway.ledger.message import TaskOutcome, TaskState


@pytest.fixture
def reachability():
    return Reachability(Backoff(first=0.3, longest=0.3), lambda: 1.0)


@pytest.fixture
def queue(store, reachability):
    return DestinationQueue("archive", store.reader, reachability)


def settle(queue, claim):
    queue.settle(claim.series_instance_uid, len(claim.tasks))


def test_nothing_due_is_waited_for_no_longer_than_patience(queue):
    assert queue.take(0.01) is None


def test_a_claim_holds_tasks_of_one_series_and_nobody_else_gets_it(store, queue):
    for n in range(6):
        store.add(n, f"2.25.{n % 2}", write=False)
    first, second = queue.take(1), queue.take(1)
    assert {first.series_instance_uid, second.series_instance_uid} == {"2.25.0", "2.25.1"}
    assert [len(first.tasks), len(second.tasks)] == [3, 3]
    assert queue.take(0.05) is None


def test_a_series_is_free_when_its_last_task_is_settled(store, queue):
    for n in range(3):
        store.add(n, write=False)
    claim = queue.take(1)
    queue.settle(claim.series_instance_uid, 2)
    assert queue.take(0.05) is None
    queue.settle(claim.series_instance_uid)
    assert queue.take(1) == claim


def test_a_settled_series_wakes_who_waits(store, queue):
    store.add(1, write=False)
    claim = queue.take(1)
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(queue.take(20)))
    waiting.start()
    settle(queue, claim)
    waiting.join(20)
    assert taken == [claim]


def test_a_ring_wakes_who_waits(store, queue):
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(queue.take(20)))
    waiting.start()
    store.add(1, write=False)
    queue.ring()
    waiting.join(20)
    assert len(taken[0].tasks) == 1


def test_closing_lets_everyone_go(queue):
    taken = []
    waiting = [threading.Thread(target=lambda: taken.append(queue.take())) for _ in range(3)]
    for thread in waiting:
        thread.start()
    queue.close()
    for thread in waiting:
        thread.join(20)
    assert taken == [None] * 3


def test_a_task_is_taken_when_it_is_due_and_not_before(store, queue):
    store.add(1, write=False)
    claim = queue.take(1)
    due = time.time() + 0.3
    store.client.call(TaskOutcome(claim.tasks[0].id, TaskState.WAITING, None, "later", due))
    settle(queue, claim)
    assert [task.attempts for task in queue.take(20).tasks] == [1]
    assert time.time() >= due


def test_a_resting_destination_is_left_alone(store, queue, reachability):
    store.add(1, write=False)
    reachability.failed()
    assert queue.take(0.05) is None
    assert queue.take(20) is not None
    assert not reachability.resting


def test_a_claim_is_bounded(store, queue):
    for n in range(CLAIM + 1):
        store.add(n, write=False)
    assert len(queue.take(1).tasks) == CLAIM


def test_a_ledger_that_cannot_be_read_is_told(store, reachability):
    class Broken:
        def due_tasks(self, *_, **__):
            raise LedgerUnavailable("gone")

    with pytest.raises(LedgerUnavailable):
        DestinationQueue("archive", Broken(), reachability).take(1)


def test_a_task_that_was_put_off_before_the_clock_was_set_back_does_not_wait_for_it(store, reachability):
    for n in range(2):
        store.add(n, f"2.25.{n}", write=False)
    now, planned = [time.time()], {}
    queue = DestinationQueue("archive", store.reader, reachability, clock=lambda: now[0])
    for task in store.reader.due_tasks("archive", now[0], 10):
        planned[task.series_instance_uid] = now[0] + 60.0
        store.client.call(TaskOutcome(task.id, TaskState.WAITING, None, "no response", now[0] + 60.0))
    assert queue.take(0.05) is None
    now[0] -= 365 * 86_400.0
    queue = DestinationQueue("archive", store.reader, reachability, clock=lambda: now[0])
    claims = [queue.take(1), queue.take(1)]
    assert {claim.series_instance_uid for claim in claims} == planned.keys()
    assert queue.take(0.05) is None
