import pytest

from gateway.forward.reachability import Reachability
from gateway.forward.retry import Backoff


@pytest.fixture
def moment(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("gateway.forward.reachability.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def reachability():
    return Reachability(Backoff(first=1.0, longest=8.0), lambda: 1.0)


def test_a_destination_is_not_resting_before_it_failed(reachability, moment):
    assert not reachability.resting


def test_a_destination_rests_longer_after_each_failure(reachability, moment):
    rests = []
    for failures in range(1, 6):
        assert reachability.failed() == failures
        rests.append(reachability.resume_at - moment[0])
        moment[0] = reachability.resume_at
        assert not reachability.resting
    assert rests == [1, 2, 4, 8, 8]


def test_failures_at_the_same_time_count_once(reachability, moment):
    assert [reachability.failed() for _ in range(3)] == [1, 0, 0]
    assert reachability.resting


def test_an_answer_makes_the_next_failure_a_first_one(reachability, moment):
    reachability.failed()
    moment[0] = reachability.resume_at
    reachability.answered()
    assert reachability.failed() == 1
