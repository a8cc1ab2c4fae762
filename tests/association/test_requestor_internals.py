import queue
import threading

import pytest
from pynetdicom import AE, build_context, evt
from pynetdicom.fsm import TRANSITION_TABLE
from pynetdicom.pdu_primitives import A_ABORT, P_DATA

from gateway.association import requestor_internals as internals
from gateway.association.requestor import hang_up

VERIFICATION = "1.2.840.10008.1.1"
RELIED_ON = [(owner, name) for owner, names in internals.RELIED_ON.items() for name in names]


@pytest.fixture
def server():
    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(VERIFICATION)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    yield server
    server.shutdown()


@pytest.fixture
def association(server):
    entity = internals.RequestorEntity("GATEWAY", 5.0)
    association = entity.associate(
        "127.0.0.1", server.server_address[1], [build_context(VERIFICATION)], ae_title="ARCHIVE"
    )
    assert association.is_established
    yield association
    hang_up(association)


@pytest.mark.parametrize(("owner", "name"), RELIED_ON, ids=lambda value: getattr(value, "__name__", value))
def test_pynetdicom_still_has_what_is_relied_on(owner, name):
    assert hasattr(owner, name)


def test_an_association_still_holds_what_is_relied_on(association):
    parts = {
        "Association": association,
        "DULServiceProvider": association.dul,
        "AssociationSocket": association.dul.socket,
        "StateMachine": association.dul.state_machine,
    }
    for owner, names in internals.RELIED_ON_IN_INSTANCES.items():
        for name in names:
            assert hasattr(parts[owner.__name__], name)


def test_an_association_is_opened_over_our_transport(association):
    assert isinstance(association.dul.socket, internals.RequestorSocket)
    assert isinstance(association.dul.to_provider_queue, internals.ProviderQueue)
    assert isinstance(association.dul.state_machine, internals.RequestorStateMachine)
    assert association.dul.state_machine.current_state == "Sta6"


def test_messages_and_release_work_over_it(association):
    assert association.send_c_echo().Status == 0
    association.release()
    assert association.is_released


def test_a_paused_reactor_leaves_messages_alone(association):
    internals.pause_reactor(association)
    association.dimse.msg_queue.put((None, None))
    internals.pause_reactor(association)
    assert association.dimse.msg_queue.get(timeout=1) == (None, None)
    internals.resume_reactor(association)
    assert association.send_c_echo().Status == 0


def test_a_severed_connection_ends_the_upper_layer(association):
    left = threading.Event()
    association.bind(evt.EVT_CONN_CLOSE, lambda event: left.set())
    internals.sever(association.dul.socket.socket)
    assert left.wait(5)
    association.dul.join(5)
    assert not association.dul.is_alive()


def test_severing_twice_is_harmless(association):
    connection = association.dul.socket.socket
    internals.sever(connection)
    internals.sever(connection)
    internals.sever(None)


def test_sent_fragments_are_reported(association):
    sent = queue.Queue()
    association.bind(evt.EVT_PDU_SENT, lambda event: sent.put(event.pdu))
    association.send_c_echo()
    (item,) = sent.get(timeout=5).presentation_data_value_items
    assert item.presentation_context_id == 1


def test_data_of_an_ending_association_is_dropped_and_the_rest_kept(association):
    internals.pause_reactor(association)
    association.dul.kill_dul()
    association.dul.join(5)
    abort = A_ABORT()
    for primitive in (P_DATA(), abort, P_DATA()):
        association.dul.to_provider_queue.put(primitive)
    internals.drain_data(association)
    assert list(association.dul.to_provider_queue.queue) == [abort]
    internals.resume_reactor(association)


def test_data_may_be_sent_in_two_states_only():
    assert {state for event, state in TRANSITION_TABLE if event == "Evt9"} == {"Sta6", "Sta8"}


def test_a_closed_connection_is_an_event_of_every_state_but_idle():
    assert {state for event, state in TRANSITION_TABLE if event == "Evt17"} == {
        f"Sta{number}" for number in range(2, 14)
    }


def test_an_event_that_the_state_does_not_know_ends_the_association(association):
    association.dul.event_queue.put("Evt7")
    association.dul.to_provider_queue.bell.ring()
    association.dul.join(5)
    assert not association.dul.is_alive()
    assert association.dul.state_machine.current_state == "Sta1"


def test_the_bell_is_closed_with_the_queue():
    inbox = internals.ProviderQueue()
    bell = inbox.bell
    del inbox
    assert bell.fileno() == -1


class Reactor(threading.Thread):
    """Stands for an association's own thread: passes the checkpoint, then is busy until told."""

    def __init__(self):
        super().__init__(daemon=True)
        self.busy, self.go_on, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.checkpoint = internals.Checkpoint(self)

    def run(self):
        while not self.ended.is_set():
            self.checkpoint.wait()
            self.busy.set()
            self.go_on.wait()


def test_a_checkpoint_is_closed_only_when_the_thread_that_passed_it_is_back():
    reactor = Reactor()
    reactor.start()
    assert reactor.busy.wait(5)
    closer = threading.Thread(target=reactor.checkpoint.clear)

    closer.start()
    closer.join(0.2)
    assert closer.is_alive()
    reactor.go_on.set()
    closer.join(5)
    assert not closer.is_alive()

    reactor.ended.set()
    reactor.checkpoint.set()
    reactor.join(5)
    assert not reactor.is_alive()
