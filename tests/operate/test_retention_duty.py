import threading

import pytest

from gateway.errors import LedgerUnavailable
from gateway.operate.storage import retention_duty as module
from gateway.operate.storage.retention_duty import RetentionDuty

HOUR = 3600.0


class World:
    """A ledger that notes the time, and a retention that does as it is told."""

    def __init__(self):
        self.at, self.trusted, self.is_low = 1000.0, 5e8, False
        self.noted, self.calls = [], []
        self.answers = {"old": [(0, True)], "room": [(0, True)]}
        self.takes = 0.0

    def call(self, message):
        self.noted.append(message.elapsed)
        if self.trusted is None:
            raise LedgerUnavailable("gone")
        return self.trusted

    def _answer(self, what, now):
        self.calls.append((what, now))
        self.at += self.takes
        answers = self.answers[what]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def remove_old(self, now, stopped):
        assert not stopped()
        return self._answer("old", now)

    def make_room(self, now, stopped):
        assert not stopped()
        return self._answer("room", None if now > 1e9 else now)

    def duty(self, *, prune_when_full=False):
        return RetentionDuty(
            self, self, self, longest=30.0, prune_when_full=prune_when_full, clock=lambda: self.at
        )


@pytest.fixture
def world():
    return World()


@pytest.fixture
def perform(world):
    stop = threading.Event()

    def after(duty, seconds=0.0):
        world.at += seconds
        return duty.perform(stop)

    return after


def test_the_time_is_noted_at_each_turn_with_what_passed_since(world, perform):
    duty = world.duty()
    assert [perform(duty, 60.0) for _ in range(3)] == [60.0] * 3
    assert world.noted == [None, 60.0, 60.0]
    world.trusted = None
    with pytest.raises(LedgerUnavailable):
        perform(duty, 60.0)
    world.trusted = 5e8
    perform(duty, 60.0)
    assert world.noted[3:] == [60.0, None]


def test_files_are_removed_as_of_the_time_that_was_noted(world, perform):
    perform(world.duty())
    assert world.calls == [("old", 5e8)]


def test_nothing_is_removed_by_age_while_the_clock_is_not_trusted(world, perform):
    world.trusted = 0.0
    assert perform(world.duty()) == 60.0
    assert world.calls == []


def test_what_is_left_of_a_round_follows_soon(world, perform):
    world.answers["old"] = [(100, False), (50, True)]
    duty = world.duty()
    assert [perform(duty, 1.0), perform(duty, 1.0)] == [1.0, 60.0]
    assert len(world.calls) == 2


def test_a_round_that_took_long_is_followed_by_a_long_rest(world, perform):
    duty, world.takes = world.duty(), 10.0
    perform(duty)
    perform(duty, 100.0)
    assert len(world.calls) == 1
    perform(duty, 100.0)
    assert len(world.calls) == 2
    world.takes = 1000.0
    perform(duty, 2 * HOUR)
    perform(duty, 0.9 * HOUR - 1000.0)
    assert len(world.calls) == 3
    perform(duty, 0.2 * HOUR)
    assert len(world.calls) == 4


def test_room_is_made_only_where_the_settings_ask_for_it_and_the_disk_is_full(world, perform):
    world.is_low = True
    perform(world.duty())
    assert world.calls == [("old", 5e8)]
    world.trusted, world.is_low = 0.0, False
    perform(world.duty(prune_when_full=True))
    assert len(world.calls) == 1
    world.is_low = True
    world.answers["room"] = [(7, False)]
    assert perform(world.duty(prune_when_full=True)) == 1.0
    assert world.calls[-1] == ("room", None)


def test_the_clock_goes_on_while_the_machine_sleeps():
    assert module.boot_time() <= module.boot_time()
