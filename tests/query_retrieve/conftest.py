import socket
import threading
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, FileMetaDataset, dcmwrite
from pynetdicom import AE, build_role, evt

from gateway.association.acceptor import Acceptor
from gateway.association.directory import Directory
from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.association.requestor import Timeouts
from gateway.errors import LedgerUnavailable
from gateway.index.search import Search
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import InstanceState, RecordInstance
from gateway.ledger.model import Instance
from gateway.query_retrieve.services import service_classes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
JPEG = "1.2.840.10008.1.2.4.70"


class Destination:
    """A Storage SCP that keeps what it is sent."""

    def __init__(self, contexts: list[tuple[str, list[str]]]) -> None:
        self.reset()
        entity = AE(ae_title="STORE")
        for abstract_syntax, transfer_syntaxes in contexts:
            entity.add_supported_context(abstract_syntax, transfer_syntaxes)
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_ACCEPTED, self._accepted)]
        self.server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.port = self.server.socket.getsockname()[1]

    def reset(self) -> None:
        self.received: list[tuple[str, bytes, str, int]] = []
        self.associations = 0
        self.arrived = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.answer = lambda _event: 0x0000

    def _accepted(self, event: evt.Event) -> None:
        self.associations += 1

    def _store(self, event: evt.Event) -> int:
        request = event.request
        originator = (request.MoveOriginatorApplicationEntityTitle, request.MoveOriginatorMessageID)
        self.received.append((request.AffectedSOPInstanceUID, request.DataSet.getvalue(), *originator))
        self.arrived.set()
        self.go_on.wait(10)
        return self.answer(event)


class Node:
    """The gateway's query and retrieve services on a real socket, with a real ledger."""

    def __init__(self, directory: Path, peers: list[Peer], projects: list[Project]) -> None:
        self.spool = directory / "spool"
        self.store = LedgerStore(directory / "ledger.sqlite")
        self.search = Search(directory / "ledger.sqlite")
        self.audited: list[tuple[str, str, str, dict[str, str]]] = []
        self.audit_written = threading.Event()
        self.audit_fails = False
        self._digest = 0
        services = service_classes(
            self.search,
            self.spool.joinpath,
            peers,
            self._audit,
            timeouts=Timeouts(connect=2, associate=5, response=10, stall=5),
        )
        self.acceptor = Acceptor(Directory(peers, projects), service_classes=services)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        self.acceptor.stop(2)
        self.search.close()
        self.store.close()

    def add(
        self,
        study: str,
        series: str,
        instance: str,
        *,
        project: str = "default",
        transfer_syntax: str = EXPLICIT,
        **attributes: str,
    ) -> bytes:
        """Store an instance; return its encoded data set."""
        attributes = {
            "PatientID": "P1",
            "SOPClassUID": CT,
            "Modality": "CT",
            **attributes,
            "StudyInstanceUID": study,
            "SeriesInstanceUID": series,
            "SOPInstanceUID": instance,
        }
        path = self.spool / _path(project, attributes)
        path.parent.mkdir(parents=True, exist_ok=True)
        encoded = _write(path, attributes, transfer_syntax)
        self.add_rows([attributes], project=project, transfer_syntax=transfer_syntax)
        return encoded

    def add_rows(
        self, rows: Iterable[dict[str, str]], *, project: str = "default", transfer_syntax: str = EXPLICIT
    ) -> None:
        """Record instances without files."""
        self.store.begin()
        for attributes in rows:
            self._digest += 1
            digest = f"{self._digest:032x}"
            self.store.apply(
                RecordInstance(
                    project=project,
                    input_digest=bytes.fromhex(digest),
                    output_digest=digest,
                    path=_path(project, attributes),
                    size=1000,
                    sop_class_uid=attributes.get("SOPClassUID", CT),
                    sop_instance_uid=attributes["SOPInstanceUID"],
                    series_instance_uid=attributes["SeriesInstanceUID"],
                    study_instance_uid=attributes["StudyInstanceUID"],
                    transfer_syntax_uid=transfer_syntax,
                    attributes=attributes,
                    destinations=[],
                    peer="ct1",
                )
            )
        self.store.commit()

    def add_study(self, study: str, instances: int, **attributes: str) -> list[bytes]:
        return [
            self.add(study, f"{study}.1", f"{study}.1.{number}", **attributes)
            for number in range(1, instances + 1)
        ]

    def remove(self, sop_instance_uid: str) -> None:
        change = Instance.update(state=InstanceState.REMOVED.value)
        change.where(Instance.SOPInstanceUID == sop_instance_uid).execute(self.store.database)

    def _audit(self, kind: str, project: str, peer: str, detail: dict[str, str]) -> None:
        if self.audit_fails:
            raise LedgerUnavailable("no writer")
        self.audited.append((kind, project, peer, detail))
        self.audit_written.set()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listening.accept()
            except OSError:
                return
            self.acceptor.handle(connection, address)


class Client:
    """A requestor in pynetdicom."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.stored: list[tuple[str, bytes]] = []
        self.store_status = 0x0000
        self.associations = []

    def associate(
        self,
        *abstract_syntaxes: str,
        calling: str = "LAB",
        called: str = "GATEWAY",
        storage: list[tuple[str, str]] = (),
        transfer_syntaxes: tuple[str, ...] = (EXPLICIT, IMPLICIT),
    ):
        entity = AE(ae_title=calling)
        for abstract_syntax in abstract_syntaxes:
            entity.add_requested_context(abstract_syntax, list(transfer_syntaxes))
        roles = []
        for sop_class, transfer_syntax in storage:
            entity.add_requested_context(sop_class, transfer_syntax)
            roles.append(build_role(sop_class, scp_role=True))
        association = entity.associate(
            "127.0.0.1",
            self._node.port,
            ae_title=called,
            ext_neg=roles or None,
            evt_handlers=[(evt.EVT_C_STORE, self._store)],
        )
        self.associations.append(association)
        assert association.is_established
        return association

    def close(self) -> None:
        for association in self.associations:
            if association.is_established:
                association.release()

    def find(self, wanted: Dataset, model: str = "1.2.840.10008.5.1.4.1.2.2.1", **kwargs):
        """Return (status data set, identifier) of every response."""
        association = self.associate(model, **kwargs)
        return list(association.send_c_find(wanted, model))

    def _store(self, event: evt.Event) -> int:
        self.stored.append((event.request.AffectedSOPInstanceUID, event.request.DataSet.getvalue()))
        return self.store_status


@pytest.fixture(scope="module")
def storage_scp() -> Iterator[Destination]:
    made = Destination([(CT, [EXPLICIT, JPEG]), (MR, [EXPLICIT])])
    yield made
    made.server.shutdown()


@pytest.fixture
def destination(storage_scp: Destination) -> Iterator[Destination]:
    storage_scp.reset()
    yield storage_scp
    storage_scp.go_on.set()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def node(tmp_path: Path, destination: Destination, unused_port: int) -> Iterator[Node]:
    local = {"host": "127.0.0.1", "port": destination.port}
    researcher = (Role.RESEARCHER,)
    peers = [
        Peer(
            name="lab",
            ae_title="LAB",
            roles=researcher,
            projects=("default",),
            host="127.0.0.1",
            port=unused_port,
        ),
        Peer(name="both", ae_title="BOTH", roles=researcher, projects=("default", "other")),
        Peer(name="homeless", ae_title="HOMELESS", roles=researcher),
        Peer(name="ct1", ae_title="CT1", roles=(Role.MODALITY,)),
        Peer(name="store", ae_titles=("STORE", "STORE2"), roles=researcher, projects=("default",), **local),
        Peer(name="archive", ae_title="ARCHIVE", roles=(Role.ARCHIVE,), projects=("default",), **local),
        Peer(name="foreign", ae_title="FOREIGN", roles=researcher, projects=("other",), **local),
    ]
    projects = [Project(name="default", ae_title="GATEWAY"), Project(name="other", ae_title="OTHER")]
    made = Node(tmp_path, peers, projects)
    yield made
    made.close()


@pytest.fixture
def client(node: Node) -> Iterator[Client]:
    made = Client(node)
    yield made
    made.close()


def _path(project: str, attributes: dict[str, str]) -> str:
    return f"{project}/{attributes['SeriesInstanceUID']}/{attributes['SOPInstanceUID']}.dcm"


def _write(path: Path, attributes: dict[str, str], transfer_syntax: str) -> bytes:
    instance = Dataset()
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID"):
        setattr(instance, keyword, attributes[keyword])
    instance.file_meta = FileMetaDataset()
    instance.file_meta.MediaStorageSOPClassUID = attributes["SOPClassUID"]
    instance.file_meta.MediaStorageSOPInstanceUID = attributes["SOPInstanceUID"]
    instance.file_meta.TransferSyntaxUID = transfer_syntax
    dcmwrite(path, instance, enforce_file_format=True)
    written = BytesIO(path.read_bytes())
    written.seek(140)
    meta_length = int.from_bytes(written.read(4), "little")
    return written.read()[meta_length:]
