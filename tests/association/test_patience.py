"""How long a peer is waited for: by silence and by rate, never by age."""

import threading
import time

import pytest
from pynetdicom import evt

from gateway.association.application_entity import Limits
from gateway.association.session import End

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
ECHO = (evt.EVT_C_ECHO, lambda _: 0)
ABORT = 7


def test_a_peer_with_a_shorter_idle_timeout_is_aborted_after_it(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(idle_timeout=60.0))
    wire = dial(running.port)
    wire.associate(calling=b"HASTY")
    assert wire.pdu()[0] == ABORT


def test_a_peer_with_a_longer_idle_timeout_outlives_that_of_all(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(idle_timeout=0.3))
    patient, other = dial(running.port), dial(running.port)
    patient.associate(calling=b"PATIENT")
    other.associate()
    assert other.pdu()[0] == ABORT
    patient.send(patient.echo())
    assert patient.response()[0x0900] == b"\0\0"


def test_an_association_that_goes_on_is_never_too_old(serve, dial):
    limits = Limits(idle_timeout=0.5, pdu_timeout=0.5, association_timeout=0.5)
    running = serve(handlers=[ECHO], limits=limits)
    wire = dial(running.port)
    wire.associate()
    ends = time.monotonic() + 3 * limits.idle_timeout
    while time.monotonic() < ends:
        wire.send(wire.echo())
        assert wire.response()[0x0900] == b"\0\0"
        threading.Event().wait(0.1)
    assert wire.release() == 6
    assert running.wait_for_end().end is End.RELEASED


def test_a_data_set_that_keeps_the_rate_may_take_longer_than_any_limit(serve, dial):
    limits = Limits(idle_timeout=0.5, pdu_timeout=0.5, association_timeout=0.5, message_rate=100)
    stored = []
    handler = (evt.EVT_C_STORE, lambda event: stored.append(event.request.DataSet.size) or 0)
    running = serve(handlers=[handler], limits=limits)
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])])
    command = wire.command(t0002=CT.encode() + b"\0", t0100=1, t0110=7, t0700=2, t0800=1, t1000=b"1.2.3\0")
    wire.send(wire.fragment(1, 3, command))
    for _ in range(15):
        wire.send(wire.fragment(1, 0, bytes(100)))
        threading.Event().wait(0.1)
    wire.send(wire.fragment(1, 2, b"end."))
    assert wire.response()[0x0900] == b"\0\0"
    assert stored == [1504]


def test_the_time_for_a_request_is_one_however_it_arrives(serve, dial):
    running = serve(limits=Limits(association_timeout=1.5))
    wire = dial(running.port)
    begun = time.monotonic()
    threading.Event().wait(1.2)
    wire.send(wire.request([(CT, [EXPLICIT])])[:20])
    assert wire.closes()
    assert time.monotonic() - begun < 1.2 + 1.5
    assert running.wait_for_end().end is End.NOT_REQUESTED


@pytest.mark.parametrize("said", [b"\0\0\0\0\0\4abcd", b"\xff\0\0\0\0\0x", b"\4\0\xff\xff\xff\xfex"])
def test_what_follows_a_broken_header_is_not_waited_for(serve, dial, said):
    running = serve(limits=Limits(association_timeout=60.0))
    wire = dial(running.port)
    wire.send(said)
    assert wire.pdu()[0] == ABORT


def test_an_empty_data_pdu_is_no_sign_of_life(serve, dial):
    running = serve(limits=Limits(idle_timeout=60.0))
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.encoded(4, b""))
    assert wire.pdu()[0] == ABORT
