import socket

import pytest

from gateway.operate.supervision.refusal import REJECTED, Refusals


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_the_peer_reads_a_transient_rejection(pair):
    from pynetdicom.pdu import A_ASSOCIATE_RJ

    ours, theirs = pair
    theirs.sendall(b"request")
    refusals = Refusals()
    assert refusals.add(ours)
    pdu = A_ASSOCIATE_RJ()
    pdu.decode(bytearray(theirs.recv(100)))
    assert (pdu.result, pdu.source, pdu.reason_diagnostic) == (2, 3, 2)
    assert pdu.encode() == REJECTED


def test_input_is_read_away_until_the_peer_closes(pair):
    ours, theirs = pair
    refusals = Refusals()
    refusals.add(ours)
    theirs.sendall(b"request")
    assert refusals.drain(ours)
    assert refusals.drain(ours)
    theirs.close()
    assert not refusals.drain(ours)


def test_a_peer_that_does_not_close_is_overdue(pair):
    ours, _ = pair
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    refusals.add(ours)
    assert refusals.overdue() == []
    now[0] = refusals.next_deadline
    assert refusals.overdue() == [ours]
    refusals.close(ours)
    assert refusals.next_deadline is None


def test_a_peer_that_is_gone_is_closed_at_once(pair):
    ours, theirs = pair
    theirs.close()
    assert not Refusals().add(ours)
    assert ours.fileno() == -1


def test_the_number_of_refusals_that_linger_is_bounded():
    refusals = Refusals()
    pairs = [socket.socketpair() for _ in range(65)]
    lingering = [refusals.add(ours) for ours, _ in pairs]
    assert lingering == [True] * 64 + [False]
    for ours, theirs in pairs:
        ours.close()
        theirs.close()
