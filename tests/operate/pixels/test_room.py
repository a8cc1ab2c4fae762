"""The memory in which pixels travel is charged, for as long as it is used."""

import gc
from contextlib import suppress

import pytest
import stand_in

from gateway.association.byte_budget import ByteBudget
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Request
from gateway.errors import DeadlinePassed, OutOfResources, Refused
from gateway.operate.pixels.client import WorkerExamination
from gateway.operate.pixels.on_demand import OnDemandExamination
from gateway.receive.deadline import Deadline, within
from gateway.settings import Pixels

REQUEST = Request(Image(rows=1, columns=1000), "1.2.840.10008.1.2.1")


def order(name):
    return (name.encode().ljust(1000, b"\0"),)


@pytest.fixture
def budget():
    return ByteBudget(2500)


@pytest.fixture
def charged(workers, budget):
    return WorkerExamination(workers._path, 2.0, workers._deaths, budget)


@pytest.mark.parametrize("name", ["in_place", "invert"])
def test_new_frames_are_charged_once_and_until_nobody_uses_them(charged, budget, name):
    examined = charged.examine(REQUEST, order(name))
    assert budget.reserved == 1000
    (frame,) = examined.frames
    del examined
    assert budget.reserved == 1000
    del frame
    gc.collect()
    assert budget.reserved == 0


@pytest.mark.parametrize("name", ["clean", "refuse", "short", "lie"])
def test_without_new_frames_nothing_stays_charged(charged, budget, name):
    with suppress(Refused, OutOfResources):
        charged.examine(REQUEST, order(name))
    assert budget.reserved == 0


def test_without_room_a_sender_is_told_to_come_again_and_nothing_is_begun(charged, budget):
    assert budget.reserve(1501)
    with pytest.raises(OutOfResources):
        charged.examine(REQUEST, order("crash"))
    assert budget.reserved == 1501


def test_when_time_is_over_nothing_is_begun(charged):
    with within(Deadline(0.0)), pytest.raises(DeadlinePassed):
        charged.examine(REQUEST, order("crash"))


def test_where_nobody_listens_a_sender_is_told_to_come_again(workers, tmp_path):
    with pytest.raises(OutOfResources):
        WorkerExamination(tmp_path / "none.sock", 2.0, workers._deaths).examine(REQUEST, order("clean"))


def test_a_command_starts_a_worker_with_the_first_picture_only():
    with OnDemandExamination(Pixels(memory_mib=256), load=stand_in.load_nothing):
        pass
    with OnDemandExamination(Pixels(memory_mib=256), load=stand_in.load) as examination:
        assert not examination.examine(REQUEST, order("clean")).outcome.is_changed
