"""A gateway under strace and under load: what is sent, and the recording of what it did."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from nodes.dcmtk import Address
from nodes.gateway import SCANNER, Gateway
from nodes.process import program
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage
from pynetdicom import AE, evt
from pynetdicom.association import Association

from powercutting.trace import TRACED

TITLES = ("GATEWAY", "SECOND")
ARCHIVE = "archive"
FACTS = "sent.json"
"""The sender's own list."""
_SENDERS = 4
_SERIES, _PATIENT = 5, 8
"""Instances of a series and of a patient, of one sender."""
_RESENT = 6
"""One instance in so many is sent again: a duplicate is answered Success as well."""
_LONGEST_TEXT = 1 << 26
_PATIENCE, _ATTEMPTS = 15.0, 5


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of an instance that was sent."""

    project: str
    sop_instance_uid: str
    patient_id: str


def strace(trace: Path) -> list[str]:
    """Return what stands before a command to have it recorded in a file."""
    options = ["-f", "--seccomp-bpf", "-y", "-xx", "-s", str(_LONGEST_TEXT), "-e", "signal=none"]
    return [program("strace"), *options, "-e", f"trace={','.join(TRACED)}", "-o", str(trace)]


class TracedGateway(Gateway):
    """A gateway with strace around it, from its first call on."""

    def command(self) -> list[str]:
        """What to run."""
        return [*strace(self.folder / "trace"), *super().command()]

    def stop(self) -> int:
        """Stop the gateway itself: strace would let go of it and leave it running."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        code = self.process.wait(self.STOPS_WITHIN)
        self.process = None
        return code

    def kill(self) -> None:
        """End strace and, as they would live on without it, all processes of the gateway."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
        super().kill()


class Archive:
    """A Storage SCP in this process; remembers Instance Numbers."""

    def __init__(self) -> None:
        self.received: set[int] = set()
        entity = AE(ARCHIVE.upper())
        entity.maximum_associations = 50
        entity.add_supported_context(MRImageStorage, [ExplicitVRLittleEndian])
        self._server = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)]
        )
        self.address = Address(self._server.server_address[1], ARCHIVE.upper())

    def _store(self, event: evt.Event) -> int:
        self.received.add(int(event.dataset.InstanceNumber))
        return 0

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()


def gateway(kind: type[Gateway], folder: Path, archive: Address) -> Gateway:
    """Return a gateway with both projects."""
    return kind(
        folder, {ARCHIVE: archive}, titles=TITLES, server={"processes": 2}, storage={"min_free_gib": 0.0}
    )


def number_of(sop_instance_uid: str) -> int:
    """Return the Instance Number of what is sent under a UID."""
    return int(sop_instance_uid.rpartition(".")[2])


def original(number: int, sender: int, place: int) -> Dataset:
    """An instance of an invented patient, from 2 to 34 KiB."""
    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    study, series = f"1.2.3.4.{sender}.{place // _PATIENT}", place // _SERIES
    data_set.SOPClassUID, data_set.SOPInstanceUID = MRImageStorage, f"1.2.3.4.9.{number}"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = study, f"{study}.{series}"
    data_set.PatientID = f"PWC-{sender}-{place // _PATIENT:04}"
    data_set.PatientName, data_set.Modality = "Stromausfall^Ottokar", "MR"
    data_set.StudyDate, data_set.StudyID, data_set.AccessionNumber = "20240102", "S1", f"A-{sender}-{place}"
    data_set.StudyTime = data_set.ReferringPhysicianName = None
    data_set.InstanceNumber = number
    data_set.Rows, data_set.Columns = 32 + 96 * (number % 6), 64
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes([number % 256]) * (data_set.Rows * 64)
    return data_set


def record(folder: Path, instances: int) -> None:
    """Record one life of a gateway in `folder`, from nothing to its end.

    Raises
    ------
    RuntimeError
        Something was not answered Success.
    """
    archive = Archive()
    try:
        with gateway(TracedGateway, folder, archive.address) as traced:
            sent = _load(traced, instances)
    finally:
        archive.close()
    facts = {"sent": [asdict(one) for one in sent], "archived": sorted(archive.received)}
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def recorded(folder: Path) -> list[Sent]:
    """Return what was sent in the recording that is in `folder`."""
    return [Sent(**one) for one in json.loads((folder / FACTS).read_bytes())["sent"]]


def archived(folder: Path) -> set[int]:
    """Return the Instance Numbers that the archive got during the recording."""
    return set(json.loads((folder / FACTS).read_bytes())["archived"])


def _load(traced: Gateway, instances: int) -> list[Sent]:
    """Send from several senders at once, so that one commit answers several of them."""
    places = range(max(1, instances // _SENDERS))
    with ThreadPoolExecutor(_SENDERS) as pool:
        sent = pool.map(lambda sender: _Sender(traced.address, sender).send(places), range(_SENDERS))
        return [one for several in sent for one in several]


class _Sender:
    """Sends one instance after the other to one project.

    pynetdicom's requestor now and then waits for a response that has come; so after `_PATIENCE` seconds
    the instance is sent again, as by any scanner.
    """

    def __init__(self, address: Address, number: int) -> None:
        self._address, self._number = address, number
        self._title = TITLES[number % len(TITLES)]
        self._entity = AE(SCANNER)
        self._entity.acse_timeout = self._entity.dimse_timeout = self._entity.network_timeout = _PATIENCE
        self._entity.add_requested_context(MRImageStorage, ExplicitVRLittleEndian)
        self._association = self._associated()

    def send(self, places: Iterable[int]) -> list[Sent]:
        sent = []
        try:
            for place in places:
                data_set = original(1 + self._number + _SENDERS * place, self._number, place)
                for _ in range(2 if place % _RESENT == 0 else 1):
                    self._store(data_set)
                uid, patient = str(data_set.SOPInstanceUID), str(data_set.PatientID)
                sent.append(Sent(self._title.lower(), uid, patient))
        finally:
            self._association.release()
        return sent

    def _store(self, data_set: Dataset) -> None:
        for _ in range(_ATTEMPTS):
            try:
                status = self._association.send_c_store(data_set).get("Status")
            except RuntimeError:  # the association is gone
                status = None
            if status == 0:
                return
            if status is not None:
                raise RuntimeError(f"the gateway answered {status:04X}H instead of Success")
            self._association = self._associated()
        raise RuntimeError("the gateway does not answer")

    def _associated(self) -> Association:
        association = self._entity.associate(self._address.host, self._address.port, ae_title=self._title)
        if not association.is_established:
            raise RuntimeError("the gateway accepts no association")
        return association
