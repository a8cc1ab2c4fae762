import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.dimse_message import (
    Allowance,
    Message,
    ProtocolViolation,
    ReceivedDataSet,
    command_elements,
)
from gateway.errors import OutOfResources, Reason, Refused

STORE, FIND = 0x0001, 0x0020


def element(tag, value):
    return struct.pack("<HHL", 0, tag, len(value)) + value


def command(field, data_set_type=0):
    return element(0x0100, struct.pack("<H", field)) + element(0x0800, struct.pack("<H", data_set_type))


def message(instance_bytes=1000, budget=None, **limits):
    return Message(Allowance(Limits(**limits), instance_bytes, budget or ByteBudget(10_000_000)))


def feed(one, *fragments, context=1):
    for control, data in fragments:
        one.begin(context, control)
        if data:
            one.append(memoryview(data))
        one.end(control)
    return one


def test_a_message_without_data_set_is_complete_with_its_command():
    assert feed(message(), (3, command(0x0030, 0x0101))).is_complete


def test_fragments_are_put_together():
    encoded = command(STORE)
    one = feed(message(), (1, encoded[:5]), (3, encoded[5:]), (0, b"abc"), (0, b""), (2, b"def"))
    assert one.is_complete
    assert one.data_set.getvalue() == b"abcdef"
    assert bytes(one.command) == encoded


@pytest.mark.parametrize(
    "fragments",
    [
        [(2, b"data first")],
        [(3, command(STORE)), (3, command(STORE))],
    ],
)
def test_command_and_data_set_come_in_order(fragments):
    with pytest.raises(ProtocolViolation):
        feed(message(), *fragments)


def test_fragments_of_two_contexts_do_not_mix():
    one = feed(message(), (3, command(STORE)))
    with pytest.raises(ProtocolViolation):
        one.begin(3, 2)


@pytest.mark.parametrize("field", [0x0110, 0x0120, 0x0140, 0x0150, 0x8130, 0x8030, 0x8020, 0x0000, 0xFFFF])
def test_only_commands_of_the_services_are_taken(field):
    with pytest.raises(ProtocolViolation):
        feed(message(), (3, command(field, 0x0101)))


def test_a_command_set_has_a_longest_length():
    with pytest.raises(ProtocolViolation):
        feed(message(command_bytes=100), *[(1, bytes(60))] * 2)


def test_an_identifier_has_a_longest_length():
    with pytest.raises(ProtocolViolation):
        feed(message(identifier_bytes=100), (3, command(FIND)), *[(0, bytes(60))] * 2)


def test_a_longer_instance_is_read_to_its_end_and_not_kept():
    budget = ByteBudget(10_000_000)
    one = feed(message(100, budget), (3, command(STORE)), (0, bytes(60)), (0, bytes(60)), (2, bytes(60)))
    assert one.is_complete
    assert (one.data_set.size, one.data_set.getvalue(), budget.reserved) == (180, b"", 0)
    with pytest.raises(Refused) as raised:
        one.data_set.verify()
    assert raised.value.reason is Reason.TOO_LARGE


def test_an_instance_of_exactly_the_longest_length_is_kept():
    one = feed(message(100), (3, command(STORE)), (2, bytes(100)))
    one.data_set.verify()
    assert len(one.data_set.getvalue()) == 100


def test_an_instance_beyond_the_budget_is_read_to_its_end_and_not_kept():
    budget = ByteBudget(3_000_000)
    budget.reserve(2_500_000)
    one = feed(message(10_000_000, budget), (3, command(STORE)), (0, bytes(400_000)), (2, bytes(400_000)))
    assert (one.data_set.size, one.data_set.getvalue(), budget.reserved) == (800_000, b"", 2_500_000)
    with pytest.raises(OutOfResources):
        one.data_set.verify()


def test_the_budget_is_charged_while_the_data_set_is_held():
    budget = ByteBudget(10_000_000)
    one = feed(message(5_000_000, budget), (3, command(STORE)), (0, bytes(3_000_000)))
    assert 3_000_000 <= budget.reserved <= 5_000_000
    one.release()
    one.release()
    assert budget.reserved == 0


def test_the_last_instance_that_fits_the_budget_is_kept():
    budget = ByteBudget(1000)
    received = ReceivedDataSet(1000, budget)
    received.append(memoryview(bytes(1000)))
    received.verify()
    assert budget.reserved == 1000


def test_a_message_that_trickles_in_is_given_up():
    one = feed(message(), (3, command(STORE)), (0, b"x"))
    one._started -= Limits().pdu_timeout + 1
    with pytest.raises(ProtocolViolation):
        one.begin(1, 0)


@pytest.mark.parametrize(
    "encoded",
    [
        b"\0",
        element(0x0100, b"\1\0")[:-1],
        struct.pack("<HHL", 0, 0x0100, 0xFFFFFFFF),
        struct.pack("<HHL", 0, 0x0100, 100) + b"short",
        struct.pack("<HHL", 8, 0x0018, 2) + b"1\0",
        element(0x0100, b"\1\0") + b"\0\0\0\0\0",
    ],
)
def test_a_malformed_command_set_is_a_violation(encoded):
    with pytest.raises(ProtocolViolation):
        command_elements(encoded)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_set_or_a_violation(encoded):
    try:
        elements = command_elements(encoded)
    except ProtocolViolation:
        return
    assert sum(8 + len(value) for value in elements.values()) <= len(encoded)
