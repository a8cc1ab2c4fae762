import os
import socket

import pytest

from gateway.operate.supervision.control import Channel, Connection, Ended, Ready, Stop


@pytest.fixture
def ends():
    first, second = map(Channel, Channel.pair())
    yield first, second
    first.close()
    second.close()


@pytest.mark.parametrize("message", [Connection(7, "::1", 4711), Stop(1.5), Ready(), Ended(7)])
def test_messages_arrive_as_they_were_sent(ends, message):
    first, second = ends
    first.send(message)
    assert second.receive() == (message, None)


def test_a_connection_travels_with_its_message(ends):
    first, second = ends
    ours, theirs = socket.socketpair()
    with ours, theirs:
        first.send(Connection(1, "127.0.0.1", 1), descriptor=theirs.fileno())
        theirs.close()
        _, descriptor = second.receive()
        assert not os.get_inheritable(descriptor)
        with socket.socket(fileno=descriptor) as received:
            ours.sendall(b"hello")
            assert received.recv(5) == b"hello"


def test_messages_keep_their_bounds(ends):
    first, second = ends
    first.send(Ended(1))
    first.send(Ended(2))
    assert [second.receive()[0], second.receive()[0]] == [Ended(1), Ended(2)]


def test_the_end_of_the_other_side_is_noticed(ends):
    first, second = ends
    first.close()
    assert second.receive() is None
    with pytest.raises(OSError):
        second.send(Ready())
