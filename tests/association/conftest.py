import copy
import logging
import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

import pydicom.config
import pynetdicom._config
import pytest

from gateway.association.acceptor import Acceptor
from gateway.association.directory import Directory
from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.association.session import Session

PEERS = (
    Peer(name="ct", roles=(Role.MODALITY,), ae_title="CT"),
    Peer(name="lab", roles=(Role.RESEARCHER,), ae_title="LAB", projects=("trial",)),
    Peer(name="far", roles=(Role.MODALITY,), ae_title="FAR", addresses=("192.0.2.0/24",)),
    Peer(name="old", roles=(Role.MODALITY,), ae_title="GERÄT"),
    Peer(name="patient", roles=(Role.MODALITY,), ae_title="PATIENT", idle_timeout_s=60.0),
    Peer(name="hasty", roles=(Role.MODALITY,), ae_title="HASTY", idle_timeout_s=0.3),
)
PROJECTS = (Project(name="trial", ae_title="TRIAL", private_sop_classes=("1.2.826.0.1.3680043.9.1",)),)

IMPLICIT = "1.2.840.10008.1.2"
VERIFICATION = "1.2.840.10008.1.1"


@pytest.fixture(autouse=True)
def restored_library_settings():
    """What Acceptor sets for its whole process must not outlive a test."""
    pynetdicom_settings = copy.copy(vars(pynetdicom._config))
    validators = dict(pynetdicom._config.VALIDATORS)
    reading = pydicom.config.settings.reading_validation_mode
    writing = pydicom.config.settings.writing_validation_mode
    loggers = {name: logging.getLogger(name) for name in ("pynetdicom", "pydicom")}
    levels = {name: (one.level, one.propagate) for name, one in loggers.items()}
    yield
    vars(pynetdicom._config).update(pynetdicom_settings)
    pynetdicom._config.VALIDATORS.clear()
    pynetdicom._config.VALIDATORS.update(validators)
    pydicom.config.settings.reading_validation_mode = reading
    pydicom.config.settings.writing_validation_mode = writing
    for name, one in loggers.items():
        one.level, one.propagate = levels[name]


@dataclass
class Running:
    acceptor: Acceptor
    port: int
    ended: list[Session] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, session):
        with self.changed:
            self.ended.append(session)
            self.changed.notify_all()

    def wait_for_end(self, count=1, seconds=10.0):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.ended) >= count, seconds)
        return self.ended[-1]


@pytest.fixture
def serve():
    """Give a function that starts an acceptor behind a listening socket on a free port."""
    with contextmanager(_serving)() as start:
        yield start


def _serving():
    listening = []

    def start(**options):
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        running = Running(None, listener.getsockname()[1])
        running.acceptor = Acceptor(Directory(PEERS, PROJECTS), ended=running.note, **options)
        thread = threading.Thread(target=_accept, args=(listener, running.acceptor, "tls" in options))
        thread.start()
        listening.append((listener, thread, running))
        return running

    yield start
    for listener, thread, running in listening:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        running.acceptor.stop(0)
        assert running.acceptor.active == 0


def _accept(listener, acceptor, secure):
    while True:
        try:
            connection, address = listener.accept()
        except OSError:
            return
        acceptor.handle(connection, address, secure=secure)


class Wire:
    """A peer that says what it is told to, byte by byte."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, count):
        received = b""
        while len(received) < count:
            piece = self.socket.recv(count - len(received))
            if not piece:
                return received
            received += piece
        return received

    def pdu(self):
        """Receive one PDU: type and body; (None, b"") when the peer closed or reset."""
        try:
            header = self.receive(6)
            return (header[0], self.receive(struct.unpack(">L", header[2:])[0])) if header else (None, b"")
        except ConnectionError:
            return None, b""

    def closes(self):
        """Receive everything up to the end; True when it comes."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True

    def trickle(self, pieces):
        """Send piece by piece; True when the peer hangs up before the last one."""
        try:
            for piece in pieces:
                self.send(piece)
                threading.Event().wait(0.02)
        except ConnectionError:
            return True
        return False

    def close(self):
        self.socket.close()

    @staticmethod
    def encoded(kind, body):
        return struct.pack(">BBL", kind, 0, len(body)) + body

    @staticmethod
    def item(kind, body):
        return struct.pack(">BBH", kind, 0, len(body)) + body

    def request(self, contexts, calling=b"CT", called=b"TRIAL", user=b"", version=1):
        """Encode an A-ASSOCIATE-RQ; contexts are (abstract syntax, [transfer syntax, ...])."""
        items = self.item(0x10, b"1.2.840.10008.3.1.1.1")
        for number, (abstract, transfers) in enumerate(contexts):
            sub = self.item(0x30, abstract.encode())
            sub += b"".join(self.item(0x40, transfer.encode()) for transfer in transfers)
            items += self.item(0x20, bytes([(2 * number + 1) % 256, 0, 0, 0]) + sub)
        maximum = self.item(0x51, struct.pack(">L", 65536))
        items += self.item(0x50, maximum + self.item(0x52, b"1.2.3") + user)
        head = struct.pack(">HH", version, 0) + called.ljust(16)[:16] + calling.ljust(16)[:16] + bytes(32)
        return self.encoded(1, head + items)

    def associate(self, contexts=((VERIFICATION, [IMPLICIT]),), **options):
        """Request an association; return (type, body) of the answer."""
        self.send(self.request(contexts, **options))
        return self.pdu()

    def results(self, body):
        """Return {context id: (result, transfer syntax)} of an A-ASSOCIATE-AC body."""
        found, offset = {}, 68
        while offset < len(body):
            kind, length = body[offset], struct.unpack(">H", body[offset + 2 : offset + 4])[0]
            if kind == 0x21:
                context = body[offset + 4 : offset + 4 + length]
                found[context[0]] = (context[2], context[8:].rstrip(b"\0").decode())
            offset += 4 + length
        return found

    @staticmethod
    def command(**elements):
        """Encode a command set; keys are t0100 for (0000,0100), values int (US) or bytes."""
        encoded = b""
        for key, value in sorted(elements.items()):
            data = struct.pack("<H", value) if isinstance(value, int) else value
            encoded += struct.pack("<HHL", 0, int(key[1:], 16), len(data)) + data
        return struct.pack("<HHLL", 0, 0, 4, len(encoded)) + encoded

    def fragment(self, context, control, data):
        """Encode a P-DATA-TF PDU of one PDV."""
        return self.encoded(4, struct.pack(">LBB", len(data) + 2, context, control) + data)

    def echo(self, context=1, message_id=1):
        command = self.command(
            t0002=VERIFICATION.encode() + b"\0", t0100=0x30, t0110=message_id, t0800=0x0101
        )
        return self.fragment(context, 3, command)

    def response(self):
        """Receive a response; return its elements {element number: bytes}."""
        kind, body = self.pdu()
        if kind != 4:
            return kind
        elements, data = {}, body[6:]
        while data:
            _, element, length = struct.unpack("<HHL", data[:8])
            elements[element] = data[8 : 8 + length]
            data = data[8 + length :]
        return elements

    def release(self):
        self.send(self.encoded(5, bytes(4)))
        return self.pdu()[0]


@pytest.fixture
def dial():
    """Give a function that connects a `Wire` to a port."""
    wires = []

    def connect(port):
        wires.append(Wire(port))
        return wires[-1]

    yield connect
    for wire in wires:
        wire.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Give (server context, client context) of one self-signed certificate."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    client = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    return server, client
