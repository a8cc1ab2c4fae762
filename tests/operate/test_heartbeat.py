import threading
import time

import pytest
import structlog

from gateway.operate.supervision.heartbeat import Heart, Loop, Patient, Pulse
from gateway.operate.supervision.heartbeat_watch import Watch, watchdog_seconds


def until(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Beating:
    """A pulse that somebody counts up by hand."""

    def __init__(self):
        self.beats = 0


class Process:
    """A child as the watch sees it."""

    role = type("Role", (), {"name": "receiver-0"})

    def __init__(self):
        self.pulse = Beating()
        self.patient, self.is_given_up, self.kills = Patient(self.pulse), False, 0

    @property
    def silence(self):
        return self.patient.silence

    def look(self, elapsed):
        self.patient.look(elapsed)

    def give_up(self):
        self.is_given_up, self.kills = True, self.kills + 1


def watched(process, seconds, *, strict=True, step=1.0, silent_from=0.0):
    """Let time pass for a watch with a timeout of ten seconds."""
    watch, now = Watch([process], 10.0, 0.0), 0.0
    while now <= seconds:
        process.pulse.beats += now < silent_from
        watch.attend(now, strict=strict)
        now += step


def test_each_process_counts_for_itself():
    first, second = Pulse.several(2)
    for _ in range(3):
        second.beat()
    assert (first.beats, second.beats) == (0, 3)


def test_a_heart_beats_until_something_is_not_well():
    (pulse,) = Pulse.several(1)
    heart, well = Heart(pulse, interval=0.005), threading.Event()
    well.set()
    heart.check(well.is_set)
    heart.start()
    until(lambda: pulse.beats > 3)
    well.clear()
    time.sleep(0.02)
    before = pulse.beats
    time.sleep(0.05)
    assert pulse.beats == before
    well.set()
    until(lambda: pulse.beats > before)


def test_a_loop_that_waits_is_well_and_one_that_works_too_long_is_not():
    loop = Loop(patience=0.01)
    assert loop.is_well
    with loop:
        assert loop.is_well
        time.sleep(0.02)
        assert not loop.is_well
    assert loop.is_well


def test_a_loop_that_goes_on_slowly_is_well_at_every_look():
    loop = Loop(patience=0)
    for _ in range(3):
        with loop:
            time.sleep(0.001)
            assert loop.is_well
            assert not loop.is_well, "nothing was begun since"


def test_a_failure_in_a_loop_does_not_leave_it_busy():
    loop = Loop(patience=0)
    with pytest.raises(KeyError), loop:
        raise KeyError
    time.sleep(0.001)
    assert loop.is_well


def test_who_is_silent_for_too_long_is_killed_once():
    process = Process()
    with structlog.testing.capture_logs() as lines:
        watched(process, 30, silent_from=5)
    assert process.kills == 1
    assert [(line["event"], line["child"], line["seconds"]) for line in lines] == [
        ("process_silent", "receiver-0", 10.0)
    ]


def test_who_beats_now_and_then_lives():
    process = Process()
    watch = Watch([process], 10.0, 0.0)
    for now in range(100):
        process.pulse.beats += now % 9 == 0
        watch.attend(float(now))
    assert process.kills == 0


def test_a_supervisor_that_stood_still_has_seen_nobody_silent():
    process = Process()
    watch = Watch([process], 10.0, 0.0)
    watch.attend(1.0)
    watch.attend(1000.0)
    assert process.silence <= 3
    assert process.kills == 0


def test_nobody_is_killed_for_silence_while_all_are_asked_to_stop():
    process = Process()
    watched(process, 30, strict=False)
    assert process.kills == 0


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
    ],
)
def test_the_service_manager_says_whether_it_watches(environment, seconds):
    assert watchdog_seconds(environment) == seconds


def test_the_service_manager_hears_from_a_supervisor_four_times_in_its_time(monkeypatch):
    said = []
    monkeypatch.setattr("gateway.operate.supervision.heartbeat_watch.notify", said.append)
    watch, now = Watch([], 60.0, 0.0, watchdog=2.0), 0.0
    while now < 2.0:
        watch.attend(now)
        now = watch.deadline
    assert said == ["WATCHDOG=1"] * 4
