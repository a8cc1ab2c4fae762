import copy
import logging
import socket
import threading
from contextlib import ExitStack, closing
from io import BytesIO

import pydicom.config
import pynetdicom._config
import pytest
from pynetdicom import AE
from pynetdicom.dimse_primitives import C_STORE

from gateway.association.directory import Directory
from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.deidentify.instance import Deidentified
from gateway.ledger.message import Outcome, RecordAudit, RecordInstance
from gateway.ledger.reader import Known
from gateway.receive.reception import Reception
from gateway.receive.server import ReceiverServer

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"

PEERS = (
    Peer(name="ct", roles=(Role.MODALITY,), ae_title="CT", default_issuer="H", character_set="ISO_IR 100"),
    Peer(name="lab", roles=(Role.RESEARCHER,), ae_title="LAB", projects=("trial",)),
    Peer(name="pacs", roles=(Role.ARCHIVE,), ae_title="PACS"),
)
PROJECT = Project(name="trial", ae_title="TRIAL", destinations=("pacs",))


@pytest.fixture(autouse=True)
def restored_library_settings():
    """What ReceiverServer sets for its whole process must not outlive a test."""
    settings, validators = copy.copy(vars(pynetdicom._config)), dict(pynetdicom._config.VALIDATORS)
    modes = vars(pydicom.config.settings).copy()
    loggers = {name: logging.getLogger(name) for name in ("pynetdicom", "pydicom")}
    levels = {name: (one.level, one.propagate) for name, one in loggers.items()}
    yield
    vars(pynetdicom._config).update(settings)
    pynetdicom._config.VALIDATORS.clear()
    pynetdicom._config.VALIDATORS.update(validators)
    vars(pydicom.config.settings).update(modes)
    for name, one in loggers.items():
        one.level, one.propagate = levels[name]


class World:
    """Everything Reception works with, in memory; writes down what happens, fails where told."""

    def __init__(self):
        self.journal = []
        self.failures = {}
        self.hangs = {}
        self.inputs = set()
        self.is_removed = False
        self.files = {}
        self.outcome = Outcome.STORED
        self.during_deidentify = lambda: None
        self.origins = []

    def did(self, step):
        self.journal.append(step)
        if step in self.hangs:
            assert self.hangs[step].wait(30)
        if step in self.failures:
            raise self.failures[step]

    # Deidentifier
    def deidentify(self, instance, origin=None):
        self.origins.append(origin)
        self.during_deidentify()
        self.did("deidentify")
        return Deidentified(
            sop_class_uid=instance.sop_class_uid,
            sop_instance_uid="2.25.1",
            series_instance_uid="2.25.2",
            study_instance_uid="2.25.3",
            transfer_syntax_uid=instance.transfer_syntax_uid,
            buffers=(b"clean:", memoryview(instance.data_set)[:4]),
            attributes={"PatientID": "P"},
            originals={"PatientID": "SECRET"},
            pseudonym="P",
            accession_number="",
            study_id="",
            uids={},
        )

    # Linker
    def rows(self, project, deidentified):
        self.did("seal")
        return RecordAudit("linkage", project, "", {})

    # Spool and Staged
    def stage(self, project, series, sop_instance, buffers):
        self.did("stage")
        self.staged = b"".join(buffers)
        self.digest, self.size, self.path = "d" * 32, len(self.staged), f"{project}/{series}/{sop_instance}"
        self.is_published = False
        return self

    def publish(self):
        self.did("publish")
        self.files[self.path] = self.staged
        self.is_published = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.is_published:
            self.journal.append("discard")

    # Ledger
    def call(self, message):
        self.did(type(message).__name__)
        self.journal[-1] = message
        if isinstance(message, RecordInstance):
            self.inputs.add((message.project, message.input_digest))
            return self.outcome
        return None

    def known(self, project, digest):
        self.did("known")
        return Known(self.path, self.is_removed) if (project, digest) in self.inputs else None

    def holds(self, path):
        return path in self.files

    @property
    def steps(self):
        return [step if isinstance(step, str) else type(step).__name__ for step in self.journal]

    def reception(self, max_instance_bytes=1_000_000, **options):
        keys = {"trial": b"k" * 32}
        return Reception(
            {"trial": self}, self, {"trial": self}, self, self, keys, max_instance_bytes, **options
        )


@pytest.fixture
def world():
    return World()


@pytest.fixture
def serve():
    """Give a function that serves a Reception on a free port and returns (server, port)."""
    with ExitStack() as stack:

        def start(reception, projects=(PROJECT,), **options):
            listener = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0), backlog=64)))
            server = ReceiverServer(Directory(PEERS, projects), reception, **options)
            thread = threading.Thread(target=_accept, args=(listener, server))
            thread.start()
            stack.callback(server.stop, 0)
            stack.callback(thread.join)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return server, listener.getsockname()[1]

        yield start


def _accept(listener, server):
    while True:
        try:
            connection, address = listener.accept()
        except OSError:
            return
        server.handle(connection, address)


class Sender:
    """A Storage SCU that sends any bytes as a data set."""

    def __init__(self, port, contexts, calling="CT"):
        entity = AE(ae_title=calling)
        for abstract, transfers in contexts:
            entity.add_requested_context(abstract, transfers)
        self.association = entity.associate("127.0.0.1", port, ae_title="TRIAL")
        assert self.association.is_established
        self._message_id = 0

    def store(self, data=b"data", sop_class=CT, instance="1.2.3", context=None):
        """Return (status, error comment)."""
        self._message_id += 1
        request = C_STORE()
        request.MessageID = self._message_id
        request.AffectedSOPClassUID = sop_class
        request.AffectedSOPInstanceUID = instance
        request.Priority = 2
        request.DataSet = BytesIO(data) if data else None
        number = context or self.association.accepted_contexts[0].context_id
        self.association._reactor_checkpoint.clear()
        while not self.association._is_paused:
            threading.Event().wait(0.001)
        self.association.dimse.send_msg(request, number)
        _, response = self.association.dimse.get_msg(block=True)
        self.association._reactor_checkpoint.set()
        return None if response is None else (response.Status, response.ErrorComment or "")


@pytest.fixture
def send():
    """Give a function that opens an association and returns a `Sender`."""
    with ExitStack() as stack:

        def connect(port, contexts=((CT, [EXPLICIT]),), calling="CT"):
            sender = Sender(port, contexts, calling)
            stack.callback(sender.association.release)
            return sender

        yield connect
