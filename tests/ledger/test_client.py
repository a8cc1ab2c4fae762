from __future__ import annotations

import threading

import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger import frame
from gateway.ledger.client import LedgerClient
from gateway.ledger.endpoint import listen
from gateway.ledger.message import Outcome, RecordDuplicate


def test_nobody_listening_is_unavailable(socket_path):
    with LedgerClient(socket_path) as client, pytest.raises(LedgerUnavailable, match="not running"):
        client.call(RecordDuplicate("default", "ct1"))


def test_no_answer_in_time_is_unavailable(socket_path):
    with (
        listen(socket_path),
        LedgerClient(socket_path) as client,
        pytest.raises(LedgerUnavailable, match="in time"),
    ):
        client.call(RecordDuplicate("default", "ct1"), timeout=0.01)


def test_a_writer_that_goes_away_fails_the_waiting_calls_and_is_found_again(
    socket_path, serving, store, record
):
    with LedgerClient(socket_path) as client:
        failures: list[LedgerUnavailable] = []
        with listen(socket_path) as listener:
            listener.setblocking(True)

            def call():
                try:
                    client.call(record())
                except LedgerUnavailable as error:
                    failures.append(error)

            caller = threading.Thread(target=call)
            caller.start()
            accepted, _ = listener.accept()
            assert accepted.recv(4)
            accepted.close()
            caller.join()
        assert len(failures) == 1
        with serving(store):
            assert client.call(record()) is Outcome.STORED


@pytest.mark.parametrize("answer", [b"\xff\xff\xff\xff", frame.encode(["x"]), frame.encode((1, "", 17))])
def test_an_answer_that_is_none_is_unavailable(socket_path, record, answer):
    with listen(socket_path) as listener, LedgerClient(socket_path) as client:
        listener.setblocking(True)

        def serve():
            accepted, _ = listener.accept()
            accepted.recv(1 << 16)
            accepted.sendall(answer)
            with accepted:
                accepted.recv(1 << 16)

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(LedgerUnavailable):
            client.call(record())
        client.close()
        server.join()


def test_a_closed_client_may_be_used_again(serving, store, record):
    with serving(store) as client:
        client.call(record(1))
        client.close()
        assert client.call(record(2)) is Outcome.STORED


def rings_for(client, event, message):
    event.clear()
    try:
        client.call(message)
    except LedgerUnavailable:  # over the connection to the writer that went
        return False
    return event.wait(2)


def test_a_subscriber_is_woken_by_a_task_and_when_the_writer_goes_or_comes(
    socket_path, serving, store, record
):
    with LedgerClient(socket_path) as client:
        event = client.subscribe()
        with serving(store):
            assert event.wait(10)
            event.clear()
            client.call(record(1))
            assert event.wait(10)
        event.clear()
        assert event.wait(10)
        with serving(store):
            # When the subscription is renewed is for the client to choose; from then on it rings again.
            assert any(rings_for(client, event, record(number)) for number in range(2, 12))
