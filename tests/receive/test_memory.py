"""The memory of an instance is free when its bytes are given back, without the garbage collector."""

import gc
import threading
import time
from functools import partial

import pytest

from gateway.association.byte_budget import ByteBudget
from gateway.association.dimse_message import ReceivedDataSet
from gateway.errors import LedgerUnavailable, OutOfResources, Reason, Refused, SyncFailed

LARGE = 900_000


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left():
    """Data sets in memory that are large."""
    return [one for one in gc.get_objects() if isinstance(one, ReceivedDataSet) and one.size >= LARGE]


def until(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("nothing", ValueError),
        ("deidentify", partial(Refused, Reason.STRUCTURE, "a fixed phrase")),
        ("deidentify", ValueError),
        ("stage", SyncFailed),
        ("publish", OutOfResources),
        ("RecordInstance", LedgerUnavailable),
    ],
)
def test_nothing_holds_an_instance_that_was_answered(world, serve, send, no_collector, step, error):
    world.failures[step] = error()
    budget = ByteBudget(100_000_000)
    _, port = serve(world.reception(), budget=budget)
    sender = send(port)
    sender.store(bytes(LARGE))
    world.failures.clear()
    sender.store(b"x")  # the answer to the second comes after the first is given back
    until(lambda: budget.reserved == 0)
    assert left() == []


@pytest.mark.parametrize("error", [lambda: None, partial(Refused, Reason.STRUCTURE, "x"), ValueError])
def test_nothing_holds_an_instance_that_was_late(world, serve, send, no_collector, error):
    world.hangs["deidentify"] = go_on = threading.Event()
    if failure := error():
        world.failures["deidentify"] = failure
    del failure
    budget = ByteBudget(100_000_000)
    _, port = serve(world.reception(), budget=budget, answer_timeout=0.2)
    sender = send(port)
    try:
        assert sender.store(bytes(LARGE))[0] == 0xA700
        assert len(left()) == 1
        assert budget.reserved >= LARGE
    finally:
        go_on.set()
    until(lambda: budget.reserved == 0)
    world.failures.clear()
    assert left() == []
