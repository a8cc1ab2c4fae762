import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage
from pynetdicom import AE, evt

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from nodes.dcmtk import Address
from nodes.gateway import SCANNER, Gateway
from nodes.process import missing

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]


def pytest_collection_modifyitems(items):
    absent = missing("echoscu")
    for item in (item for item in items if Path(__file__).parent in item.path.parents):
        if "start" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flow)
            if absent:
                item.add_marker(pytest.mark.skip(reason="not installed: echoscu (scripts/set-up as root)"))


def original(number: int, size: int = 1024) -> Dataset:
    """An instance of an invented patient; Instance Number is what tells its output apart."""
    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.SOPClassUID, data_set.SOPInstanceUID = MRImageStorage, f"1.2.3.4.3.{number}"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "1.2.3.4.1", f"1.2.3.4.2.{number % 3}"
    data_set.PatientID, data_set.PatientName, data_set.Modality = "FLT-90412", "Fehlerquist^Ottilie", "MR"
    data_set.StudyDate, data_set.StudyID, data_set.AccessionNumber = "20240102", "S1", "A4711"
    data_set.StudyTime = data_set.ReferringPhysicianName = None
    data_set.InstanceNumber = number
    data_set.Rows, data_set.Columns = size // 64, 64
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes([number % 256]) * (size // 64 * 64)
    return data_set


class Scanner:
    """Sends over one association, until it breaks.

    pynetdicom's requestor now and then does not notice that its peer was killed: it waits for the
    response until `patience` seconds are over. And its own thread takes a response that comes at
    once, where it had not yet woken up after the one before.
    """

    def __init__(self, address: Address, syntax: str, patience: float) -> None:
        entity = AE(SCANNER)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = patience
        entity.add_requested_context(MRImageStorage, syntax)
        self._syntax = syntax
        self._association = entity.associate(address.host, address.port, ae_title=address.ae_title)
        assert self._association.is_established
        # pynetdicom leaves it to the garbage collector when the peer is killed
        self._connection = self._association.dul.socket.socket

    def send(self, data_set: Dataset) -> int | None:
        """Return the status; None when none came."""
        data_set.file_meta.TransferSyntaxUID = self._syntax
        deadline = time.monotonic() + 1
        while self._association._is_paused and time.monotonic() < deadline:
            time.sleep(0.0005)
        try:
            status = self._association.send_c_store(data_set)
        except RuntimeError:  # the association is gone
            return None
        return status.Status if "Status" in status else None

    def close(self) -> None:
        self._association.release()
        self._connection.close()


class Archive:
    """A Storage SCP in this process; remembers Instance Numbers."""

    def __init__(self) -> None:
        self.received: list[int] = []
        self._changed = threading.Condition()
        entity = AE("ARCHIVE")
        entity.maximum_associations = 50
        entity.add_supported_context(MRImageStorage, SYNTAXES)
        handlers = [(evt.EVT_C_STORE, self._store)]
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.address = Address(self._server.server_address[1], "ARCHIVE")

    def _store(self, event: evt.Event) -> int:
        with self._changed:
            self.received.append(int(event.dataset.InstanceNumber))
            self._changed.notify_all()
        return 0

    def wait_for(self, numbers, seconds: float = 60.0) -> None:
        wanted = set(numbers)
        with self._changed:
            assert self._changed.wait_for(lambda: wanted <= set(self.received), seconds), self.received

    def close(self) -> None:
        self._server.shutdown()


class PowerlessGateway(Gateway):
    """A gateway that is killed with all its processes at once."""

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
        super().kill()

    def numbers_kept(self) -> list[int]:
        """Instance Numbers in the spool, of its complete files."""
        from pydicom import dcmread

        files = (self.storage / "spool" / "gateway").rglob("*.dcm")
        return sorted(int(dcmread(BytesIO(file.read_bytes())).InstanceNumber) for file in files)

    def unfinished(self) -> list[Path]:
        return list((self.storage / "spool" / "tmp").iterdir())


@pytest.fixture
def make():
    return original


@pytest.fixture
def scanner():
    with ExitStack() as stack:

        def connect(gateway, syntax=ExplicitVRLittleEndian, patience=30.0):
            made = Scanner(gateway.address, syntax, patience)
            stack.callback(made.close)
            return made

        yield connect


@pytest.fixture
def archive():
    made = Archive()
    yield made
    made.close()


@pytest.fixture
def start(tmp_path):
    """Give a function that starts a gateway, which is killed in the end."""
    with ExitStack() as stack:

        def begin(archives, **options):
            gateway = PowerlessGateway(tmp_path / "gateway", archives, **options)
            stack.callback(gateway.kill)
            return gateway.start()

        yield begin
