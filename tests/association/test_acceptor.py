import socket
import struct
import threading
import time
import weakref

import pytest
from pynetdicom import evt
from pynetdicom.service_class import ServiceClass

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.presentation_context import Service
from gateway.association.session import End, session_of

VERIFICATION, CT = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2"
PRIVATE = "1.2.826.0.1.3680043.9.1"
PATIENT_FIND, STUDY_GET = "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.2.3"
IMPLICIT, EXPLICIT, JPEG_LS = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80"

ACCEPT, REJECT, DATA, RELEASE_RP, ABORT = 2, 3, 4, 6, 7
ECHO = (evt.EVT_C_ECHO, lambda _: 0)


def role(uid, scu, scp):
    body = struct.pack(">H", len(uid)) + uid.encode() + bytes([scu, scp])
    return struct.pack(">BBH", 0x54, 0, len(body)) + body


def roles_of(body):
    """SCP/SCU role selection items of an A-ASSOCIATE-AC body."""
    found, offset = {}, body.index(b"\x50\x00", 68) + 4
    while offset < len(body):
        kind, length = body[offset], struct.unpack(">H", body[offset + 2 : offset + 4])[0]
        if kind == 0x54:
            item = body[offset + 4 : offset + 4 + length]
            found[item[2:-2].decode()] = tuple(item[-2:])
        offset += 4 + length
    return found


def store(wire, uid=CT, context=1, message_id=7, data=b"data", instance=b"1.2.3\0"):
    command = wire.command(
        t0002=uid.encode() + b"\0" * (len(uid) % 2),
        t0100=1,
        t0110=message_id,
        t0700=2,
        t0800=1,
        t1000=instance,
    )
    return wire.fragment(context, 3, command) + wire.fragment(context, 2, data)


def status(elements):
    return struct.unpack("<H", elements[0x0900])[0]


# -- who may associate ------------------------------------------------------------------------


def test_a_known_peer_associates_verifies_and_releases(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    assert wire.associate()[0] == ACCEPT
    wire.send(wire.echo())
    assert status(wire.response()) == 0
    assert wire.release() == RELEASE_RP
    session = running.wait_for_end()
    assert (session.peer.name, session.project.name, session.end) == ("ct", "trial", End.RELEASED)


@pytest.mark.parametrize(
    ("calling", "called", "expected"),
    [
        (b"NOBODY", b"TRIAL", (1, 1, 3)),
        (b"FAR", b"TRIAL", (1, 1, 3)),
        (b"CT", b"OTHER", (1, 1, 7)),
        (b"", b"TRIAL", (1, 1, 3)),
        (b"\0" * 16, b"TRIAL", (1, 1, 3)),
        (b"CT", b"", (1, 1, 7)),
        (b"CT\xc4", b"TRIAL", (1, 1, 3)),
        (b"\xff" * 16, b"\xff" * 16, (1, 1, 3)),
        (b"C\\T\n", b"TRIAL", (1, 1, 3)),
    ],
)
def test_others_are_rejected_with_the_reason_of_the_standard(serve, dial, calling, called, expected):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    kind, body = wire.associate(calling=calling, called=called)
    assert (kind, tuple(body[1:])) == (REJECT, expected)
    session = running.wait_for_end()
    assert session.end is End.REJECTED
    assert (session.rejection.result, session.rejection.source, session.rejection.reason) == expected


def test_of_a_stranger_nothing_but_the_titles_is_decoded(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    broken = [("not a uid" * 9, ["neither"])] * 1000
    kind, body = wire.associate(broken, calling=b"NOBODY")
    assert (kind, tuple(body[1:])) == (REJECT, (1, 1, 3))


def test_a_title_beyond_ascii_can_be_configured(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    assert wire.associate(calling="GERÄT".encode("latin-1"))[0] == ACCEPT
    wire.send(wire.echo())
    assert status(wire.response()) == 0


def test_one_association_too_many_is_rejected_as_transient(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(associations=2))
    kept = [dial(running.port) for _ in range(2)]
    assert [wire.associate()[0] for wire in kept] == [ACCEPT, ACCEPT]
    wire = dial(running.port)
    kind, body = wire.associate()
    assert (kind, tuple(body[1:])) == (REJECT, (2, 3, 2))
    assert kept[0].release() == RELEASE_RP
    running.wait_for_end(2)
    assert dial(running.port).associate()[0] == ACCEPT


def test_connections_far_above_the_cap_are_closed_at_once(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(associations=1))
    wires = [dial(running.port) for _ in range(17)]
    assert dial(running.port).closes()
    assert len(wires) == running.acceptor.active


# -- presentation contexts --------------------------------------------------------------------


def test_every_context_gets_its_own_answer(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    kind, body = wire.associate(
        [
            (VERIFICATION, [IMPLICIT]),
            (CT, [JPEG_LS, EXPLICIT]),
            (CT, [EXPLICIT, JPEG_LS]),
            (CT, [IMPLICIT, EXPLICIT]),
            (CT, ["1.2.840.10008.1.2.4.94"]),
            (PRIVATE, [IMPLICIT]),
            (PRIVATE + ".5", [IMPLICIT]),
            (PATIENT_FIND, [IMPLICIT]),
            ("1.2.840.10008.5.1.4.1.1.66", [EXPLICIT]),
            ("1.2.840.10008.5.1.4.1.1.4", ["1.2.840.10008.1.2.7.1", "1.2.3"]),
        ]
    )
    assert kind == ACCEPT
    results = wire.results(body)
    assert [results[number] for number in (1, 3, 5, 7, 11, 17)] == [
        (0, IMPLICIT),
        (0, JPEG_LS),
        (0, EXPLICIT),
        (0, EXPLICIT),
        (0, IMPLICIT),
        (0, EXPLICIT),
    ]
    assert [results[number][0] for number in (9, 13, 15, 19)] == [4, 3, 3, 4]


def test_a_request_of_128_contexts_is_answered_in_full(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    kind, body = wire.associate([(CT, [JPEG_LS, EXPLICIT, IMPLICIT])] * 128)
    assert kind == ACCEPT
    assert set(wire.results(body).values()) == {(0, JPEG_LS)}
    assert len(wire.results(body)) == 128


def test_a_researcher_that_proposes_it_becomes_scp_of_storage(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    kind, body = wire.associate(
        [(STUDY_GET, [IMPLICIT]), (CT, [EXPLICIT])], calling=b"LAB", user=role(CT, 0, 1)
    )
    assert (kind, wire.results(body)) == (ACCEPT, {1: (0, IMPLICIT), 3: (0, EXPLICIT)})
    assert roles_of(body) == {CT: (0, 1)}


def test_a_modality_may_be_scu_but_not_scp(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    kind, body = wire.associate([(CT, [EXPLICIT])], user=role(CT, 1, 1))
    assert (kind, wire.results(body), roles_of(body)) == (ACCEPT, {1: (0, EXPLICIT)}, {CT: (1, 0)})
    wire = dial(running.port)
    kind, body = wire.associate([(CT, [EXPLICIT])], user=role(CT, 0, 1))
    assert wire.results(body)[1][0] == 1


def test_the_peer_learns_our_maximum_length_and_implementation(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(pdu_bytes=98_304))
    _, body = dial(running.port).associate()
    assert struct.pack(">BBHL", 0x51, 0, 4, 98_304) in body
    assert b"GATEWAY_" in body
    assert b"2.25." in body


# -- which service serves ---------------------------------------------------------------------


@pytest.mark.parametrize("uid", [CT, PRIVATE, "1.2.840.10008.5.1.4.1.1.9", "1.2.840.10008.5.1.4.1.1.66.7"])
def test_stored_classes_that_pynetdicom_does_not_know_are_served_too(serve, dial, uid):
    received = []

    def handler(event):
        received.append(bytes(event.request.DataSet.getbuffer()))
        return 0

    running = serve(handlers=[(evt.EVT_C_STORE, handler)])
    wire = dial(running.port)
    assert wire.results(wire.associate([(uid, [EXPLICIT])])[1]) == {1: (0, EXPLICIT)}
    wire.send(store(wire, uid))
    assert status(wire.response()) == 0
    assert received == [b"data"]


def test_a_query_over_a_context_that_is_for_verification_is_not_served(serve, dial):
    asked = []
    running = serve(handlers=[ECHO, (evt.EVT_C_FIND, lambda event: asked.append(event) or iter(()))])
    wire = dial(running.port)
    wire.associate()
    find = wire.command(t0002=PATIENT_FIND.encode() + b"\0", t0100=0x20, t0110=1, t0700=2, t0800=1)
    wire.send(wire.fragment(1, 3, find) + wire.fragment(1, 2, b""))
    assert wire.response() == ABORT
    assert asked == []


@pytest.mark.parametrize("field", [0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150, 0x8030, 0x7777])
def test_a_message_of_no_granted_service_ends_the_association(serve, dial, field):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.fragment(1, 3, wire.command(t0002=b"1.2\0", t0100=field, t0110=1, t0800=0x0101)))
    assert wire.response() == ABORT
    assert running.wait_for_end().end is End.ABORTED


def test_a_request_over_an_unknown_or_rejected_context_ends_the_association(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    wire.associate([(VERIFICATION, [IMPLICIT]), ("1.2.3", [IMPLICIT])])
    wire.send(wire.echo(context=3))
    assert wire.response() == ABORT


def test_an_scp_role_of_the_peer_does_not_let_it_store(serve, dial):
    received = []
    running = serve(handlers=[(evt.EVT_C_STORE, received.append)])
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])], calling=b"LAB", user=role(CT, 0, 1))
    wire.send(store(wire))
    assert wire.response() == ABORT
    assert received == []


def test_a_response_that_nothing_waits_for_is_ignored(serve, dial):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    wire.associate([(VERIFICATION, [IMPLICIT]), (CT, [IMPLICIT])])
    wire.send(wire.fragment(3, 3, wire.command(t0002=b"1.2\0", t0100=0x8001, t0120=9, t0800=0x0101, t0900=0)))
    wire.send(wire.echo())
    assert status(wire.response()) == 0


def test_a_service_class_of_ours_takes_the_place_of_pynetdicoms(serve, dial):
    served = threading.Event()

    class Get(ServiceClass):
        def SCP(self, req, context):
            served.set()

    running = serve(service_classes={Service.GET: Get})
    wire = dial(running.port)
    wire.associate([(STUDY_GET, [IMPLICIT])], calling=b"LAB")
    get = wire.command(t0002=STUDY_GET.encode() + b"\0", t0100=0x10, t0110=1, t0700=2, t0800=1)
    wire.send(wire.fragment(1, 3, get) + wire.fragment(1, 2, bytes(8)))
    assert served.wait(10)


def test_a_cancel_reaches_the_running_query_and_not_the_next_one(serve, dial):
    cancelled = []

    def find(event):
        deadline = time.monotonic() + (10 if event.message_id == 1 else 0.3)
        while not event.is_cancelled and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        cancelled.append(event.message_id)
        yield (0xFE00 if time.monotonic() < deadline else 0xA700), None

    running = serve(handlers=[(evt.EVT_C_FIND, find)])
    wire = dial(running.port)
    wire.associate([(PATIENT_FIND, [IMPLICIT])], calling=b"LAB")

    def ask(message_id):
        command = wire.command(
            t0002=PATIENT_FIND.encode() + b"\0", t0100=0x20, t0110=message_id, t0700=2, t0800=1
        )
        return wire.fragment(1, 3, command) + wire.fragment(1, 2, bytes(8))

    def cancel(message_id):
        return wire.fragment(1, 3, wire.command(t0100=0x0FFF, t0120=message_id, t0800=0x0101))

    wire.send(ask(1) + cancel(1) + cancel(2))
    assert status(wire.response()) == 0xFE00
    wire.send(ask(2))
    assert status(wire.response()) == 0xA700
    assert cancelled == [1, 2]


# -- hostile and broken peers -----------------------------------------------------------------


QUICK = Limits(association_timeout=0.3, pdu_timeout=0.3, idle_timeout=30)


def test_a_silent_connection_is_closed(serve, dial):
    running = serve(handlers=[ECHO], limits=QUICK)
    assert dial(running.port).closes()
    assert running.wait_for_end().end is End.NOT_REQUESTED


def test_a_connection_that_is_closed_again_frees_its_place_at_once(serve, dial):
    running = serve(handlers=[ECHO])
    dial(running.port).close()
    assert running.wait_for_end(seconds=5).end is End.NOT_REQUESTED


def test_half_a_header_does_not_hold_a_thread(serve, dial):
    running = serve(handlers=[ECHO], limits=QUICK)
    wire = dial(running.port)
    wire.send(b"\x01\x00\x00\x00")
    assert wire.closes()
    running.wait_for_end()


@pytest.mark.parametrize("is_established", [False, True])
def test_one_byte_at_a_time_does_not_hold_a_thread(serve, dial, is_established):
    running = serve(handlers=[ECHO], limits=QUICK)
    wire = dial(running.port)
    if is_established:
        wire.associate()
    data = wire.echo() if is_established else wire.request([(VERIFICATION, [IMPLICIT])])
    assert wire.trickle(bytes([byte]) for byte in data * 100)
    running.wait_for_end()


def test_a_message_that_trickles_in_whole_pdus_is_given_up(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(pdu_timeout=0.3, message_rate=1_000_000))
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])])
    wire.send(store(wire)[:-10])
    assert wire.trickle(wire.fragment(1, 0, b"x") for _ in range(1000))
    assert running.wait_for_end().end is End.ABORTED


def test_an_idle_association_is_aborted(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(idle_timeout=0.3))
    wire = dial(running.port)
    wire.associate()
    assert wire.pdu()[0] == ABORT
    assert running.wait_for_end().end is End.ABORTED


def test_the_time_a_request_is_served_does_not_count_as_idle(serve, dial):
    def slow(event):
        threading.Event().wait(0.5)
        return 0

    running = serve(handlers=[(evt.EVT_C_ECHO, slow)], limits=Limits(idle_timeout=0.3))
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.echo())
    assert status(wire.response()) == 0
    wire.send(wire.echo(message_id=2))
    assert status(wire.response()) == 0


@pytest.mark.parametrize(
    "header",
    [
        struct.pack(">BBL", 1, 0, 0xFFFFFFFF),
        struct.pack(">BBL", 1, 0, 1024 * 1024 + 1),
        struct.pack(">BBL", 4, 0, 200 * 1024 * 1024),
        struct.pack(">BBL", 9, 0, 10),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_pdu_or_too_long_is_not_read(serve, dial, header):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    wire.send(header)
    assert wire.closes()
    assert running.wait_for_end().end is End.NOT_REQUESTED


def test_a_data_pdu_beyond_the_negotiated_length_aborts(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(pdu_bytes=16_384))
    wire = dial(running.port)
    wire.associate()
    wire.send(struct.pack(">BBL", 4, 0, 16_384 + 70_000))
    assert wire.pdu()[0] == ABORT


@pytest.mark.parametrize(
    "body",
    [
        b"\0\0\0\0\1\3",
        b"\0\0\0\1\1\3",
        b"\0\0\0\xff\1\3abc",
        b"\xff\xff\xff\xff\1\3abc",
        b"\0\0",
        struct.pack(">LBB", 10, 1, 3) + b"rubbish!",
        struct.pack(">LBB", 10, 1, 2) + b"no comm.",
    ],
)
def test_a_malformed_presentation_data_value_aborts(serve, dial, body):
    running = serve(handlers=[ECHO])
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.encoded(4, body))
    assert wire.pdu()[0] == ABORT
    assert running.wait_for_end().end is End.ABORTED


def test_a_request_with_broken_items_is_survived(serve, dial):
    running = serve(handlers=[ECHO])
    request = dial(running.port).request([(VERIFICATION, [IMPLICIT])])
    for end in range(74, len(request), 7):
        wire = dial(running.port)
        wire.send(request[:2] + struct.pack(">L", end - 6) + request[6:end])
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.closes()
    wire = dial(running.port)
    wire.associate([(VERIFICATION, [])])
    wire.closes()
    assert dial(running.port).associate()[0] == ACCEPT


def test_another_protocol_version_is_rejected(serve, dial):
    running = serve(handlers=[ECHO])
    kind, body = dial(running.port).associate(version=2)
    assert (kind, tuple(body[1:])) == (REJECT, (1, 2, 2))


def test_a_command_set_without_end_aborts(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(command_bytes=1000))
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.fragment(1, 1, bytes(900)) + wire.fragment(1, 1, bytes(900)))
    assert wire.pdu()[0] == ABORT


def test_an_identifier_without_end_aborts(serve, dial):
    running = serve(handlers=[ECHO], limits=Limits(identifier_bytes=1000))
    wire = dial(running.port)
    wire.associate([(PATIENT_FIND, [IMPLICIT])], calling=b"LAB")
    find = wire.command(t0002=PATIENT_FIND.encode() + b"\0", t0100=0x20, t0110=1, t0700=2, t0800=1)
    wire.send(wire.fragment(1, 3, find) + wire.fragment(1, 0, bytes(900)) + wire.fragment(1, 0, bytes(900)))
    assert wire.pdu()[0] == ABORT


def test_requests_ahead_of_their_responses_have_an_end(serve, dial):
    entered, leave = threading.Event(), threading.Event()

    def slow(event):
        entered.set()
        leave.wait(10)
        return 0

    running = serve(handlers=[(evt.EVT_C_ECHO, slow)], limits=Limits(waiting_messages=2))
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.echo())
    assert entered.wait(10)
    wire.send(b"".join(wire.echo(message_id=number) for number in range(2, 6)))
    assert wire.pdu()[0] == ABORT
    leave.set()
    running.wait_for_end()


def test_a_peer_that_does_not_read_does_not_fill_memory(serve, dial):
    produced = []

    def find(event):
        from pydicom.dataset import Dataset

        for number in range(100_000):
            produced.append(number)
            found = Dataset()
            found.PatientID = "x" * 60_000
            yield 0xFF00, found

    running = serve(handlers=[(evt.EVT_C_FIND, find)], limits=Limits(pdu_timeout=1.0))
    wire = dial(running.port)
    wire.associate([(PATIENT_FIND, [IMPLICIT])], calling=b"LAB")
    command = wire.command(t0002=PATIENT_FIND.encode() + b"\0", t0100=0x20, t0110=1, t0700=2, t0800=1)
    wire.send(wire.fragment(1, 3, command) + wire.fragment(1, 2, bytes(8)))
    running.wait_for_end(seconds=20)
    assert len(produced) < 1000


def test_what_an_aborted_association_held_is_given_back(serve, dial):
    budget = ByteBudget(10_000_000)
    running = serve(budget=budget)
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])])
    wire.send(store(wire, data=bytes(100_000))[:-50_000])
    while not budget.reserved:
        threading.Event().wait(0.01)
    wire.close()
    assert running.wait_for_end().end is End.ABORTED
    assert budget.reserved == 0


def test_what_a_served_request_held_is_given_back_even_when_its_handler_fails(serve, dial):
    budget = ByteBudget(10_000_000)

    def fail(event):
        assert budget.reserved
        raise RuntimeError

    running = serve(budget=budget, handlers=[(evt.EVT_C_STORE, fail)])
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])])
    wire.send(store(wire))
    assert status(wire.response()) == 0xC211
    assert wire.release() == RELEASE_RP
    running.wait_for_end()
    assert budget.reserved == 0


def test_a_served_instance_does_not_stay_in_memory_while_the_association_idles(serve, dial):
    held = []

    def handler(event):
        held.append(weakref.ref(event.request.DataSet))
        return 0

    running = serve(handlers=[ECHO, (evt.EVT_C_STORE, handler)])
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])])
    wire.send(store(wire))
    assert status(wire.response()) == 0
    deadline = time.monotonic() + 10
    while held[0]() is not None and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert held[0]() is None
    assert running.acceptor.active == 1


def test_data_of_a_peer_that_may_not_store_is_never_held(serve, dial):
    sizes = []
    running = serve(
        handlers=[
            (
                evt.EVT_C_STORE,
                lambda event: (
                    sizes.append((event.request.DataSet.size, len(event.request.DataSet.getvalue())))
                    or 0x0124
                ),
            )
        ]
    )
    wire = dial(running.port)
    wire.associate([(CT, [EXPLICIT])], calling=b"LAB")
    wire.send(store(wire, data=bytes(1000)))
    assert status(wire.response()) == 0x0124
    assert sizes == [(1000, 0)]


# -- the rest ---------------------------------------------------------------------------------


def test_stopping_lets_an_association_finish(serve, dial):
    entered, leave = threading.Event(), threading.Event()

    def slow(event):
        entered.set()
        leave.wait(10)
        return 0

    running = serve(handlers=[(evt.EVT_C_ECHO, slow)])
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.echo())
    assert entered.wait(10)
    stopping = threading.Thread(target=running.acceptor.stop, args=(20,))
    stopping.start()
    leave.set()
    assert status(wire.response()) == 0
    assert wire.release() == RELEASE_RP
    stopping.join()
    assert running.wait_for_end().end is End.RELEASED


def test_stopping_aborts_what_does_not_finish_in_time(serve, dial):
    running = serve(handlers=[ECHO])
    wire, silent = dial(running.port), dial(running.port)
    wire.associate()
    running.acceptor.stop(0.1)
    assert wire.pdu()[0] == ABORT
    assert silent.closes()
    assert running.acceptor.active == 0


def test_no_connection_is_taken_once_stopped(serve, dial):
    running = serve(handlers=[ECHO])
    running.acceptor.stop(0)
    assert dial(running.port).closes()


def test_a_handler_finds_peer_and_project(serve, dial):
    parties = []
    running = serve(handlers=[(evt.EVT_C_ECHO, lambda event: parties.append(session_of(event).parties) or 0)])
    wire = dial(running.port)
    wire.associate()
    wire.send(wire.echo())
    assert status(wire.response()) == 0
    assert [(peer.name, project.name) for peer, project in parties] == [("ct", "trial")]


def test_a_connection_that_is_gone_before_it_is_handled_is_survived(serve):
    running = serve(handlers=[ECHO])
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    running.acceptor.handle(ours, ("127.0.0.1", 1))
    assert running.acceptor.active == 0


def test_associations_are_served_over_tls(serve, dial, certificate):
    server, client = certificate
    running = serve(handlers=[ECHO], tls=lambda: server)
    wire = dial(running.port)
    wire.socket = client.wrap_socket(wire.socket, server_hostname="127.0.0.1")
    assert wire.associate([(VERIFICATION, [IMPLICIT])] * 100)[0] == ACCEPT
    for number in range(1, 20):
        wire.send(wire.echo(message_id=number))
        assert status(wire.response()) == 0
    assert wire.release() == RELEASE_RP


def test_a_handshake_that_does_not_come_holds_nothing_up(serve, dial, certificate):
    server, client = certificate
    running = serve(handlers=[ECHO], tls=lambda: server, limits=Limits(association_timeout=1.0))
    silent = dial(running.port)
    plain = dial(running.port)
    plain.send(plain.request([(VERIFICATION, [IMPLICIT])]))
    wire = dial(running.port)
    wire.socket = client.wrap_socket(wire.socket, server_hostname="127.0.0.1")
    assert wire.associate()[0] == ACCEPT
    assert silent.closes()
    assert plain.closes()
