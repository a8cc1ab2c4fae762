import pytest

from gateway.forward.outcome import BREAKS, PROCESSING_FAILURES, Judge, Verdict, verdict
from gateway.forward.retry import Backoff
from gateway.ledger.message import TaskState
from gateway.ledger.reader import Task


def task(number=1, attempts=0):
    return Task(number, "a", "1.2", "1.3", "1.4", "1.5", attempts, 10)


@pytest.fixture
def judge():
    return Judge(Backoff(first=1.0, longest=300.0), lambda: 1.0, lambda: 1000.0)


@pytest.mark.parametrize("status", [0x0000, 0x0001, 0x0107, 0x0116, 0xB000, 0xB006, 0xB007, 0xBFFF])
def test_success_and_warnings_are_deliveries(status):
    assert verdict(status) is Verdict.DELIVERED


@pytest.mark.parametrize("status", [0xA700, 0xA701, 0xA7FF])
def test_a7xx_says_that_resources_are_short(status):
    assert verdict(status) is Verdict.OUT_OF_RESOURCES


@pytest.mark.parametrize(
    "status",
    [0xA800, 0xA900, 0xA9FF, 0xC000, 0xCFFF, 0x0111, 0x0117, 0x0122, 0x0124, 0x0211, 0xFE00, 0xFF00, 0xD000],
)
def test_anything_else_is_a_rejection(status):
    assert verdict(status) is Verdict.REJECTED


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 2), (4, 16), (50, 300)])
def test_what_is_tried_again_waits_longer_each_time(judge, attempts, seconds):
    outcome = judge.answered(task(attempts=attempts), 0xA700)
    assert (outcome.state, outcome.status) == (TaskState.WAITING, 0xA700)
    assert outcome.next_attempt == 1000.0 + seconds


def test_processing_failures_hold_an_instance_only_in_a_row(judge):
    states = [judge.answered(task(), 0x0110).state for _ in range(PROCESSING_FAILURES - 1)]
    assert set(states) == {TaskState.WAITING}
    assert judge.answered(task(), 0xA700).state is TaskState.WAITING
    states = [judge.answered(task(), 0x0110).state for _ in range(PROCESSING_FAILURES)]
    assert states == [TaskState.WAITING] * (PROCESSING_FAILURES - 1) + [TaskState.HELD]


def test_processing_failures_are_counted_by_instance(judge):
    for number in range(3 * PROCESSING_FAILURES):
        assert judge.answered(task(number), 0x0110).state is TaskState.WAITING


def test_a_released_instance_is_tried_as_often_as_before(judge):
    for _ in range(PROCESSING_FAILURES):
        outcome = judge.answered(task(), 0x0110)
    assert outcome.state is TaskState.HELD
    assert judge.answered(task(), 0x0110).state is TaskState.WAITING


def broken(judge, delivered_between):
    states = []
    for _ in range(BREAKS):
        states.append(judge.broken(task(), "no response").state)
        if delivered_between:
            judge.answered(task(2), 0x0000)
    return states


def test_an_instance_that_breaks_each_association_is_held_while_others_are_delivered(judge):
    assert broken(judge, delivered_between=True) == [TaskState.WAITING] * (BREAKS - 1) + [TaskState.HELD]


def test_it_is_held_with_a_fixed_phrase(judge):
    broken(judge, delivered_between=True)
    for _ in range(BREAKS):
        outcome = judge.broken(task(), "no response")
        judge.answered(task(2), 0x0000)
    assert (outcome.state, outcome.error) == (TaskState.HELD, "no response, repeatedly")


def test_a_destination_that_delivers_nothing_holds_nothing(judge):
    for _ in range(10):
        assert set(broken(judge, delivered_between=False)) == {TaskState.WAITING}


@pytest.mark.parametrize("status", [0xA700, 0x0110, 0xC000])
def test_what_is_not_delivered_proves_no_destination_to_work(judge, status):
    for number in range(3 * BREAKS):
        assert judge.broken(task(), "no response").state is TaskState.WAITING
        judge.answered(task(100 + number), status)


def test_an_answer_forgets_the_breaks_before(judge):
    for _ in range(3):
        for _ in range(BREAKS - 1):
            assert judge.broken(task(), "no response").state is TaskState.WAITING
            judge.answered(task(2), 0x0000)
        judge.answered(task(), 0xA700)
