import select
import socket
import struct

import pytest

from gateway.operate.supervision.arrival import Arrivals, Progress

REQUEST = struct.pack(">BBL", 1, 0, 68) + bytes(68)
HELLO = struct.pack(">BHH", 22, 0x301, 200) + bytes(200)


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def arrivals(clock):
    return Arrivals(30.0, 3, lambda: clock[0])


@pytest.fixture
def connect():
    opened = []

    def pair():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            peer = socket.create_connection(listener.getsockname())
            ours, _ = listener.accept()
        ours.setblocking(False)
        opened.extend((peer, ours))
        return peer, ours

    yield pair
    for sock in opened:
        sock.close()


def is_readable(sock, seconds=5.0):
    return bool(select.select([sock], [], [], seconds)[0])


def arrive(arrivals, connect, secure=False):
    peer, ours = connect()
    return peer, arrivals.add(ours, "127.0.0.1", 1, secure)


@pytest.mark.parametrize(("said", "secure"), [(REQUEST, False), (HELLO, True)])
def test_a_request_is_complete_with_its_last_byte_and_nothing_of_it_is_read(arrivals, connect, said, secure):
    peer, arrival = arrive(arrivals, connect, secure)
    peer.sendall(said[:4])
    assert not is_readable(arrival.sock, 0.05)
    peer.sendall(said[4:-1])
    assert is_readable(arrival.sock)
    assert arrival.look() is Progress.WAITING
    assert not is_readable(arrival.sock, 0.05)
    peer.sendall(said[-1:])
    assert is_readable(arrival.sock)
    assert arrival.look() is Progress.COMPLETE
    assert arrival.sock.recv(1000) == said


def test_what_is_no_request_is_complete_at_once(arrivals, connect):
    peer, arrival = arrive(arrivals, connect)
    peer.sendall(b"GET / HTTP/1.1\r\n")
    assert is_readable(arrival.sock)
    assert arrival.look() is Progress.COMPLETE


def test_a_request_that_may_not_be_as_long_as_it_claims_is_complete_at_once(arrivals, connect):
    peer, arrival = arrive(arrivals, connect)
    peer.sendall(struct.pack(">BBL", 1, 0, 0xFFFFFFFE))
    assert is_readable(arrival.sock)
    assert arrival.look() is Progress.COMPLETE


def test_of_a_long_request_only_the_beginning_is_waited_for(arrivals, connect):
    peer, arrival = arrive(arrivals, connect)
    peer.sendall(struct.pack(">BBL", 1, 0, 500_000) + bytes(20_000))
    while arrival.look() is Progress.WAITING:
        assert is_readable(arrival.sock)


@pytest.mark.parametrize("said", [b"", REQUEST[:3], REQUEST[:-1]])
def test_who_closes_before_the_request_is_complete_is_gone(arrivals, connect, said):
    peer, arrival = arrive(arrivals, connect)
    peer.sendall(said)
    peer.shutdown(socket.SHUT_WR)
    for _ in range(3):
        assert is_readable(arrival.sock)
        if arrival.look() is Progress.GONE:
            return
    pytest.fail("it would be looked at for ever")


def test_who_resets_the_connection_is_gone(arrivals, connect):
    peer, arrival = arrive(arrivals, connect)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    assert is_readable(arrival.sock)
    assert arrival.look() is Progress.GONE


def test_each_has_its_time(arrivals, connect, clock):
    _, first = arrive(arrivals, connect)
    clock[0] += 10
    arrive(arrivals, connect)
    assert arrivals.overdue() == []
    assert arrivals.next_deadline == 130.0
    clock[0] += 20
    assert arrivals.overdue() == [first]
    arrivals.remove(first)
    assert arrivals.next_deadline == 140.0


def test_of_too_many_the_oldest_of_the_busiest_address_goes(arrivals, connect):
    other = arrivals.add(connect()[1], "127.0.0.2", 1, secure=False)
    busiest = [arrivals.add(connect()[1], "127.0.0.1", 1, secure=False) for _ in range(3)]
    assert arrivals.overdue() == busiest[:1]
    arrivals.remove(busiest[0])
    assert arrivals.overdue() == []
    assert arrivals.all() == [other, *busiest[1:]]
