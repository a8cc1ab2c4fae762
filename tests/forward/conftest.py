import hashlib
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, evt

from gateway.association.peer import Peer, Role
from gateway.association.requestor import Timeouts
from gateway.forward.forwarder import Forwarder, Pace
from gateway.forward.retry import Backoff
from gateway.ledger.client import LedgerClient
from gateway.ledger.endpoint import listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance
from gateway.ledger.reader import LedgerReader
from gateway.ledger.writer import Writer

CT, EXPLICIT = str(CTImageStorage), str(ExplicitVRLittleEndian)
QUICK = Pace(
    idle=0.3,
    grace=2.0,
    backoff=Backoff(first=0.02, longest=0.2),
    timeouts=Timeouts(connect=2.0, associate=2.0, response=2.0, stall=2.0),
)


def archive_peer(name: str, port: int, ae_title: str = "ARCHIVE") -> Peer:
    return Peer(name=name, roles=(Role.ARCHIVE,), ae_title=ae_title, host="127.0.0.1", port=port)


class Store:
    """A spool and a ledger, with forward tasks for what is added."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()
        self._socket = directory / "run" / "ledger.sock"
        self._database = LedgerStore(directory / "ledger.sqlite")
        self.client = LedgerClient(self._socket)
        self.reader = LedgerReader(directory / "ledger.sqlite")
        self._bell = self.client.subscribe()
        self.start()

    def start(self) -> None:
        self._writer = Writer(listen(self._socket), [self._database])
        self._thread = threading.Thread(target=self._writer.run)
        self._thread.start()

    def stop(self) -> None:
        self._writer.stop()
        self._thread.join()

    def close(self) -> None:
        self.client.close()
        self.stop()
        self.reader.close()
        self._database.close()

    def path(self, relative: str) -> Path:
        return self.directory / "spool" / relative

    def add(
        self,
        number: int,
        series: str = "2.25.1",
        *,
        destinations: tuple[str, ...] = ("archive",),
        sop_class: str = CT,
        syntax: str = EXPLICIT,
        size: int = 2000,
        write: bool = True,
    ) -> str:
        uid = f"2.25.9{number}"
        relative = f"default/{series}/{uid}.dcm"
        file = self.path(relative)
        if write:
            self._write(file, uid, series, sop_class, syntax, size)
        self.client.call(
            RecordInstance(
                project="default",
                input_digest=hashlib.sha256(uid.encode()).digest(),
                output_digest=hashlib.sha256(uid.encode()).hexdigest()[:32],
                path=relative,
                size=size,
                sop_class_uid=sop_class,
                sop_instance_uid=uid,
                series_instance_uid=series,
                study_instance_uid="2.25.8",
                transfer_syntax_uid=syntax,
                attributes={"PatientID": "PSEUDONYM", "Modality": "CT"},
                destinations=list(destinations),
                peer="ct1",
            )
        )
        return uid

    def _write(self, file: Path, uid: str, series: str, sop_class: str, syntax: str, size: int) -> None:
        data_set = Dataset()
        data_set.file_meta = FileMetaDataset()
        data_set.file_meta.TransferSyntaxUID = syntax
        data_set.SOPClassUID, data_set.SOPInstanceUID = sop_class, uid
        data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "2.25.8", series
        data_set.PatientID = data_set.PatientName = "PSEUDONYM"
        data_set.StudyID = data_set.Modality = "1"
        data_set.add_new(0x00420011, "OB", os.urandom(size))
        file.parent.mkdir(parents=True, exist_ok=True)
        data_set.save_as(file, enforce_file_format=True)

    def sums(self, destination: str = "archive") -> tuple[int, int, int]:
        """Tasks forwarded, waiting and held."""
        for row in self.reader.sums():
            if row.destination == destination:
                return row.forwarded, row.waiting, row.held
        return 0, 0, 0

    def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Look again at each change of the ledger, and now and then."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.reader.sums()
            self._bell.wait(0.05)
            self._bell.clear()

    def until_sums(self, forwarded: int, waiting: int, held: int, seconds: float = 20.0) -> None:
        self.until(lambda: self.sums() == (forwarded, waiting, held), seconds)

    def data_set(self, uid: str) -> bytes:
        """What of an instance's file follows its File Meta Information."""
        (file,) = self.directory.rglob(f"{uid}.dcm")
        return self.data_set_of(file.read_bytes())

    @staticmethod
    def data_set_of(content: bytes) -> bytes:
        """What follows the File Meta Information of a Part 10 file."""
        return content[144 + int.from_bytes(content[140:144], "little") :]

    def attempts(self, destination: str = "archive") -> list[int]:
        return [task.attempts for task in self.reader.due_tasks(destination, time.time() + 1e6, 1000)]

    def errors(self) -> dict[str, str]:
        return {held.sop_instance_uid: held.error for held in self.reader.held()}


class Archive:
    """A pynetdicom Storage SCP that answers as it is told and remembers what it saw."""

    def __init__(self, contexts=((CT, EXPLICIT),), answer=lambda event: 0x0000, port=0, **settings):
        self.lock = threading.Lock()
        self.stored: dict[str, list[bytes]] = {}
        self.order: list[tuple[int, str]] = []
        self.established: list[object] = []
        self.released = threading.Event()
        entity = AE(ae_title="ARCHIVE")
        entity.maximum_associations = 100
        for abstract, transfer in contexts:
            entity.add_supported_context(abstract, transfer)
        for name, value in settings.items():
            setattr(entity, name, value)

        def store(event):
            uid = str(event.request.AffectedSOPInstanceUID)
            with self.lock:
                self.order.append((id(event.assoc), uid))
            status = answer(event)
            if status == 0x0000:
                with self.lock:
                    self.stored.setdefault(uid, []).append(event.request.DataSet.getvalue())
            return status

        def established(event):
            with self.lock:
                self.established.append(event.assoc)

        handlers = [
            (evt.EVT_C_STORE, store),
            (evt.EVT_ESTABLISHED, established),
            (evt.EVT_RELEASED, lambda event: self.released.set()),
        ]
        self._server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
        self.port = self._server.server_address[1]
        self.peer = archive_peer("archive", self.port)

    def on_request(self, handler):
        self._server.bind(evt.EVT_REQUESTED, handler)

    def close(self):
        self._server.shutdown()


class Running:
    """A forwarder in a thread."""

    def __init__(self, store: Store, peers: dict[str, Peer], pace: Pace) -> None:
        self.stop = threading.Event()
        forwarder = Forwarder(peers, {}, store.reader, store.client, store, pace)
        self._thread = threading.Thread(target=forwarder.run, args=(self.stop,))
        self._thread.start()

    def close(self) -> None:
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "storage")
    yield opened
    opened.close()


@pytest.fixture
def archive():
    with ExitStack() as stack:

        def start(*args, **kw):
            made = Archive(*args, **kw)
            stack.callback(made.close)
            return made

        yield start


@pytest.fixture
def forward(store):
    with ExitStack() as stack:

        def start(*peers, pace=QUICK):
            running = Running(store, {peer.name: peer for peer in peers}, pace)
            stack.callback(running.close)
            return running

        yield start


@pytest.fixture
def peer_at():
    return archive_peer


@pytest.fixture
def pace():
    return QUICK
