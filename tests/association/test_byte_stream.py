import fcntl
import os
import resource
import socket
import threading
import time

import pytest

from gateway.association.byte_stream import ByteStream, Doorbell


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ByteStream(ours), theirs


def test_reads_are_exact_and_nothing_is_lost_between_them(pair):
    stream, peer = pair
    peer.sendall(b"abcdefgh")
    stream.limit(5)
    assert [stream.take(3), stream.take(1), stream.take(4)] == [b"abc", b"d", b"efgh"]


def test_a_read_longer_than_the_buffer_is_complete(pair):
    stream, peer = pair
    data = os.urandom(1_000_000)
    sender = threading.Thread(target=peer.sendall, args=(data,))
    sender.start()
    stream.limit(10)
    assert stream.take(len(data)) == data
    sender.join()


def test_an_end_in_the_middle_is_an_error(pair):
    stream, peer = pair
    peer.sendall(b"ab")
    peer.close()
    stream.limit(5)
    with pytest.raises(ConnectionResetError):
        stream.take(3)


def test_one_byte_at_a_time_does_not_move_the_deadline(pair):
    stream, peer = pair
    stopped = threading.Event()

    def trickle():
        while not stopped.wait(0.02):
            peer.sendall(b"x")

    sender = threading.Thread(target=trickle)
    sender.start()
    stream.limit(0.2)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        stream.take(10_000)
    assert time.monotonic() - started < 2
    stopped.set()
    sender.join()


def test_writing_to_a_peer_that_does_not_read_ends_at_the_deadline(pair):
    stream, _ = pair
    stream.limit(0.1)
    with pytest.raises(TimeoutError):
        stream.send(bytes(50_000_000))


def test_input_is_seen_in_the_socket_and_in_the_buffer(pair):
    stream, peer = pair
    assert not stream.has_input
    peer.sendall(b"ab")
    assert stream.has_input
    stream.limit(5)
    stream.take(1)
    assert stream.has_input
    stream.take(1)
    assert not stream.has_input


def test_the_end_of_the_stream_counts_as_input(pair):
    stream, peer = pair
    peer.close()
    assert stream.has_input


def test_a_closed_stream_has_no_input(pair):
    stream, _ = pair
    stream.close()
    stream.close()
    assert not stream.has_input


def test_a_waiting_thread_is_woken_by_the_bell(pair):
    stream, _ = pair
    bell = Doorbell()
    threading.Timer(0.05, bell.ring).start()
    started = time.monotonic()
    stream.wait(bell, 10)
    assert time.monotonic() - started < 5
    bell.close()


def test_a_bell_rings_once_and_not_after_it_is_closed(pair):
    stream, _ = pair
    bell = Doorbell()
    bell.ring()
    stream.wait(bell, 10)
    bell.clear()
    bell.close()
    bell.ring()
    bell.clear()
    assert bell.fileno() == -1


def test_a_waiting_thread_is_woken_by_input(pair):
    stream, peer = pair
    bell = Doorbell()
    threading.Timer(0.05, peer.sendall, (b"x",)).start()
    started = time.monotonic()
    stream.wait(bell, 10)
    assert time.monotonic() - started < 5
    assert stream.has_input
    bell.close()


def test_descriptors_beyond_the_reach_of_select_work():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("the process may not open 2000 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket(fileno=fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, 1500)) as high:
        stream = ByteStream(high)
        assert high.fileno() >= 1500
        theirs.sendall(b"x")
        assert stream.has_input
        stream.limit(5)
        assert stream.take(1) == b"x"


def test_tcp_connections_send_without_delay():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as connection,
        listener.accept()[0],
    ):
        ByteStream(connection)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
