import socket
import ssl
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nodes.authority import Authority

from gateway.association.byte_stream import ByteStream, sever
from gateway.association.certificate import Certificate
from gateway.association.directory import Directory, Rejected
from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.association.requestor import Timeouts
from gateway.association.transport_security import Profile, TransportSecurity
from gateway.association.verification_scu import verify
from gateway.errors import PeerUnreachable, TransportSecurityError


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "Another Authority")


@pytest.fixture(scope="module")
def ours(authority):
    return authority.issue("gateway")


def security(authority, issued, profile=Profile.BCP195):
    return TransportSecurity(issued.certificate, issued.key, authority.file, profile)


@pytest.fixture
def listening():
    """Give a function that lets one connection shake hands, or treats it otherwise; returns the port."""
    threads, sockets = [], []

    def start(treat):
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def serve():
            connection, _ = listener.accept()
            connection.settimeout(10)
            with connection:
                try:
                    treat(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        return listener.getsockname()[1]

    yield start
    for thread in threads:
        thread.join()
    for listener in sockets:
        listener.close()


def shaking(context):
    def treat(connection):
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(1)

    return treat


def server(issued, authority=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    if authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.file)
    return context


def told(port, security, certificates=(), host="127.0.0.1"):
    """What an operator is told of a peer that does not prove who it is."""
    peer = Peer(
        name="archive",
        roles=(Role.ARCHIVE,),
        ae_title="ARCHIVE",
        host=host,
        port=port,
        tls=True,
        certificates=certificates,
    )
    timeouts = Timeouts(connect=3.0, associate=3.0, response=3.0, stall=3.0, security=security)
    with pytest.raises(PeerUnreachable) as caught:
        verify(peer, "GATEWAY", timeouts)
    return str(caught.value)


@pytest.mark.parametrize(
    ("issued", "said"),
    [
        ({"days": -1}, "expired"),
        ({"self_signed": True}, "self-signed"),
        ({"addresses": ("127.0.0.9",)}, "IP address mismatch"),
    ],
    ids=str,
)
def test_a_certificate_of_an_archive_that_proves_nothing_is_named(authority, ours, listening, issued, said):
    bad = authority.issue("archive", **issued)
    assert said in told(listening(shaking(server(bad))), security(authority, ours))


def test_a_wrong_host_name_is_named(authority, ours, listening):
    port = listening(shaking(server(authority.issue("elsewhere", names=("elsewhere.invalid",)))))
    assert "Hostname mismatch" in told(port, security(authority, ours), host="localhost")


def test_a_certificate_of_another_authority_is_named(authority, stranger, ours, listening):
    port = listening(shaking(server(stranger.issue("archive"))))
    assert "unable to get local issuer certificate" in told(port, security(authority, ours))


def test_a_certificate_that_the_entry_does_not_name_is_refused(authority, ours, listening):
    port = listening(shaking(server(authority.issue("archive"))))
    assert "another certificate" in told(port, security(authority, ours), ("sha256:" + "0" * 64,))


def test_an_archive_that_does_not_know_our_authority_says_so(authority, stranger, ours, listening):
    port = listening(shaking(server(authority.issue("archive"), stranger)))
    assert "does not know who issued the gateway's certificate" in told(port, security(authority, ours))


def test_an_archive_that_speaks_no_tls_is_told_apart(authority, ours, listening):
    port = listening(lambda connection: connection.sendall(b"\x07\0\0\0\0\4\0\0\0\0"))
    assert "does not speak TLS" in told(port, security(authority, ours))


def test_an_archive_that_hangs_up_or_is_silent_is_told(authority, ours, listening):
    assert "hung up" in told(listening(lambda connection: connection.recv(1)), security(authority, ours))
    silent = listening(lambda connection: [None for _ in iter(lambda: connection.recv(4096), b"")])
    assert "no handshake in time" in told(silent, security(authority, ours))


def test_a_version_before_1_2_is_not_spoken(authority, ours, listening):
    context = server(authority.issue("archive"))
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    assert "no common version" in told(listening(shaking(context)), security(authority, ours))


@pytest.mark.parametrize(("profile", "shared"), [(Profile.BCP195, True), (Profile.EXTENDED, False)])
def test_a_profile_decides_on_the_cipher_suites(authority, ours, profile, shared):
    offered = {suite["name"] for suite in security(authority, ours, profile).server.get_ciphers()}
    assert ("ECDHE-RSA-AES128-GCM-SHA256" in offered) is shared
    assert "ECDHE-RSA-AES256-GCM-SHA384" in offered
    assert not {name for name in offered if "CBC" in name or "SHA" in name.split("-")[-1:]}


def test_renewed_files_are_used_and_damaged_ones_are_not(authority, tmp_path):
    first, second = authority.issue("first"), authority.issue("second")
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"

    def put(issued):
        certificate.write_bytes(issued.certificate.read_bytes())
        key.write_bytes(issued.key.read_bytes())

    put(first)
    kept = TransportSecurity(certificate, key, authority.file)
    before = kept.server
    assert kept.server is before
    put(second)
    renewed = kept.server
    assert renewed is not before
    certificate.write_bytes(b"half a certif")
    assert kept.server is renewed


@pytest.mark.parametrize("missing", ["certificate", "key", "authorities"])
def test_a_missing_file_is_named(authority, ours, tmp_path, missing):
    files = {"certificate": ours.certificate, "key": ours.key, "authorities": authority.file}
    files[missing] = tmp_path / "nowhere.pem"
    with pytest.raises(TransportSecurityError, match=r"nowhere\.pem is missing"):
        TransportSecurity(*files.values())


def test_a_key_of_another_certificate_is_refused(authority, ours):
    with pytest.raises(TransportSecurityError, match="cannot be used"):
        TransportSecurity(ours.certificate, authority.issue("other").key, authority.file)


SHOWN = Certificate("ab" * 32, frozenset({"ct1.example", "10.0.0.7"}))


@pytest.mark.parametrize(
    ("entries", "is_proved"),
    [
        (("ct1.example",), True),
        (("CT1.Example",), True),
        (("10.0.0.7",), True),
        (("sha256:" + "AB:" * 31 + "ab",), True),
        (("other.example", "sha256:" + "ab" * 32), True),
        (("example",), False),
        (("sha256:" + "00" * 32,), False),
        ((), False),
    ],
)
def test_a_peer_with_tls_is_who_its_certificate_says(entries, is_proved):
    peer = Peer(name="ct1", roles=(Role.MODALITY,), ae_titles=("CT1",), tls=True, certificates=entries)
    directory = Directory([peer], [Project(name="default", ae_title="GATEWAY")])
    if is_proved:
        assert directory.identify("CT1", "GATEWAY", "10.0.0.7", SHOWN)[0] is peer
    else:
        with pytest.raises(Rejected):
            directory.identify("CT1", "GATEWAY", "10.0.0.7", SHOWN)
    with pytest.raises(Rejected):
        directory.identify("CT1", "GATEWAY", "10.0.0.7", None)


class Watched(ssl.SSLSocket):
    """In the instant in which its TLS layer is taken away, another thread sends."""

    is_armed = False

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "_sslobj" and value is None and self.is_armed:
            super().__setattr__("is_armed", False)
            with suppress(OSError):
                self.send(b"in clear")


@pytest.mark.parametrize("end", [sever, lambda connection: ByteStream(connection).close()])
def test_nothing_leaves_in_clear_when_a_connection_is_severed(end):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.sslsocket_class = Watched
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
        with theirs, context.wrap_socket(ours, do_handshake_on_connect=False) as connection:
            connection.is_armed = True
            end(connection)
            connection.close()
            theirs.settimeout(5)
            assert theirs.recv(99) == b""
