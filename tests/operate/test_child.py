import os
import time
from multiprocessing import forkserver, get_context
from pathlib import Path

import pytest

from gateway.operate.supervision import child as child_module
from gateway.operate.supervision.child import Child, Role, delay
from gateway.operate.supervision.heartbeat import Pulse

DESCRIPTORS = Path("/proc/self/fd")


class Failing:
    """A context whose processes cannot be started, as when descriptors or memory are short."""

    def __init__(self, error):
        self._error = error

    def Process(self, **_):
        return self

    def start(self):
        raise self._error


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0.0), (1, 0.1), (2, 0.2), (4, 0.8), (9, 25.6), (10, 30.0), (100, 30.0)]
)
def test_a_process_that_keeps_dying_is_started_ever_later(failures, seconds):
    assert delay(failures) == pytest.approx(seconds)


@pytest.mark.parametrize("error", [OSError(24, "no descriptors"), EOFError("fork server gone")])
def test_a_process_that_cannot_be_started_is_tried_again_later_each_time(error):
    (pulse,) = Pulse.several(1)
    child = Child(Failing(error), Role("receiver-0", print, ()), pulse, clock=lambda: 100.0)
    before = len(list(DESCRIPTORS.iterdir()))
    starts = []
    for _ in range(3):
        assert not child.start()
        starts.append(child.start_at)
    assert starts == pytest.approx([100.1, 100.2, 100.4])
    assert (child.alive, child.channel) == (False, None)
    assert len(list(DESCRIPTORS.iterdir())) == before


class Hanging(Failing):
    """A context whose fork server has stopped."""

    def start(self):
        time.sleep(60)


def test_a_fork_server_that_hangs_is_replaced(monkeypatch):
    ended = []
    monkeypatch.setattr(child_module, "_START_S", 0.05)
    monkeypatch.setattr(child_module, "_end_fork_server", lambda: ended.append(True))
    (pulse,) = Pulse.several(1)
    child = Child(Hanging(None), Role("receiver-0", print, ()), pulse, clock=lambda: 100.0)
    assert not child.start()
    assert (child.start_at, ended) == (pytest.approx(100.1), [True])


def test_a_fork_server_is_ended_and_comes_back():
    context = get_context("forkserver")
    first, second = (context.Process(target=print) for _ in range(2))
    first.start()
    first.join()
    child_module._end_fork_server()
    os.waitid(os.P_PID, forkserver._forkserver._forkserver_pid, os.WEXITED | os.WNOWAIT)
    second.start()
    second.join()
    assert second.exitcode == 0


def test_a_process_that_starts_at_last_is_not_planned_any_more():
    (pulse,) = Pulse.several(1)
    child = Child(Failing(OSError()), Role("receiver-0", print, ()), pulse)
    assert not child.start()
    child._context = get_context("fork")
    assert child.start()
    assert child.start_at is None
    child.bury()
