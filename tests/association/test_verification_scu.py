import socket

import pytest
from pynetdicom import AE, evt

from gateway.association.peer import Peer, Role
from gateway.association.requestor import Timeouts
from gateway.association.verification_scu import VERIFICATION, verify
from gateway.errors import PeerUnreachable

PATIENCE = Timeouts(connect=5, associate=5, response=5, stall=5)


@pytest.fixture
def server():
    servers = []

    def start(status=0x0000, service=VERIFICATION, **attributes) -> Peer:
        entity = AE("ARCHIVE")
        entity.add_supported_context(service)
        for name, value in attributes.items():
            setattr(entity, name, value)
        handlers = [(evt.EVT_C_ECHO, lambda _: status)]
        servers.append(entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers))
        return peer(servers[-1].socket.getsockname()[1])

    yield start
    for one in servers:
        one.shutdown()


def peer(port: int, host: str = "127.0.0.1") -> Peer:
    return Peer(name="archive", roles=(Role.ARCHIVE,), ae_title="ARCHIVE", host=host, port=port)


def test_a_peer_that_answers_is_verified(server):
    verify(server(), "GATEWAY", PATIENCE)


def test_the_calling_ae_title_is_ours(server):
    verify(server(require_calling_aet=["GATEWAY"]), "GATEWAY", PATIENCE)


def test_a_rejection_is_told(server):
    with pytest.raises(PeerUnreachable, match="rejected"):
        verify(server(require_calling_aet=["OTHER"]), "GATEWAY", PATIENCE)


def test_another_status_than_success_is_a_failure(server):
    with pytest.raises(PeerUnreachable, match="not answered with Success"):
        verify(server(status=0x0122), "GATEWAY", PATIENCE)


def test_a_peer_without_verification_is_a_failure(server):
    with pytest.raises(PeerUnreachable, match="no presentation context"):
        verify(server(service="1.2.840.10008.5.1.4.1.1.4"), "GATEWAY", PATIENCE)


def test_nobody_there_is_a_failure():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(PeerUnreachable, match="could not be established"):
            verify(peer(bound.getsockname()[1]), "GATEWAY", PATIENCE)


def test_an_unknown_host_is_a_failure():
    with pytest.raises(PeerUnreachable):
        verify(peer(104, host="nowhere.invalid"), "GATEWAY", PATIENCE)
