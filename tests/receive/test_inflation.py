"""A deflated instance is charged for what it is inflated to, while it is de-identified."""

import zlib

import pytest

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget

CT, DEFLATED = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1.99"


def deflated(content):
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(content) + deflater.flush()


@pytest.fixture
def budget():
    return ByteBudget(4_000_000)


@pytest.fixture
def sender(world, serve, send, budget):
    _, port = serve(world.reception(2_000_000), limits=Limits(instance_bytes=2_000_000), budget=budget)
    return send(port, [(CT, [DEFLATED])])


def test_what_it_is_inflated_to_is_charged_and_given_back(sender, world, budget):
    charged = []
    world.during_deidentify = lambda: charged.append(budget.reserved)
    assert sender.store(deflated(bytes(1_500_000))) == (0, "")
    assert len(charged) == 1
    assert charged[0] >= 1_500_000
    sender.store(b"x")  # the answer to the second comes after the first is given back
    assert budget.reserved <= 1_048_576


def test_one_for_which_there_is_no_room_is_told_a700(sender, world, budget):
    assert budget.reserve(2_000_000)
    assert sender.store(deflated(bytes(1_500_000)))[0] == 0xA700
    assert "deidentify" not in world.steps
    budget.release(2_000_000)
    assert sender.store(deflated(bytes(1_500_000)))[0] == 0


def test_one_that_is_inflated_beyond_the_longest_instance_is_refused(sender, world):
    status, comment = sender.store(deflated(bytes(2_000_001)))
    assert (status, comment) == (0xC008, "too_large: over max_instance_mib")
    assert "deidentify" not in world.steps


def test_one_that_is_no_stream_is_refused(sender, world):
    assert sender.store(b"\xff" * 100)[0] == 0xC001
    assert "deidentify" not in world.steps
