import json
import signal
import threading
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage
from pynetdicom import AE, evt

from gateway.operate import cli

pytestmark = [
    pytest.mark.flow,
    # pynetdicom's requestor leaves its socket to the garbage collector when the gateway is killed.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PATIENT_ID, PATIENT_NAME = "MRN-4711-ORIGINAL", "Schmidt^Wilhelmine"
DESTINATION = """
[[peer]]
name = "archive"
roles = ["archive"]
ae_title = "ARCHIVE"
host = "127.0.0.1"
port = {port}
"""


def original(number: int) -> Dataset:
    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.SOPClassUID, data_set.SOPInstanceUID = MRImageStorage, f"1.2.3.4.3.{number}"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "1.2.3.4.1", f"1.2.3.4.2.{number % 3}"
    data_set.PatientID, data_set.PatientName, data_set.Modality = PATIENT_ID, PATIENT_NAME, "MR"
    data_set.StudyDate, data_set.StudyID, data_set.AccessionNumber = "20240102", "S1", "A4711"
    data_set.PatientBirthDate, data_set.PatientSex = "19500101", "F"
    data_set.StudyTime = data_set.ReferringPhysicianName = data_set.InstanceNumber = None
    data_set.Rows = data_set.Columns = 8
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes([number % 256] * 64)
    return data_set


class Archive:
    """Keeps what it is sent, in memory."""

    def __init__(self, port: int = 0) -> None:
        self.received: dict[str, bytes] = {}
        self._changed = threading.Condition()
        entity = AE("ARCHIVE")
        entity.add_supported_context(MRImageStorage, [ExplicitVRLittleEndian])
        entity.add_supported_context("1.2.840.10008.1.1")
        handlers = [(evt.EVT_C_STORE, self._store)]
        self._server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
        self.port = self._server.socket.getsockname()[1]

    def _store(self, event: evt.Event) -> int:
        with self._changed:
            self.received[str(event.request.AffectedSOPInstanceUID)] = event.encoded_dataset()
            self._changed.notify_all()
        return 0

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, 60), len(self.received)

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def archive():
    archives = [Archive()]
    yield archives
    archives[-1].close()


def send(port: int, numbers) -> list[int]:
    """Return the status of each instance that was answered."""
    entity = AE("CT1")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 5
    entity.add_requested_context(MRImageStorage, ExplicitVRLittleEndian)
    association = entity.associate("127.0.0.1", port, ae_title="GATEWAY")
    assert association.is_established
    answers = []
    # pynetdicom leaves it to the garbage collector when the peer is killed
    with association.dul.socket.socket:
        for number in numbers:
            try:
                status = association.send_c_store(original(number))
            except RuntimeError:  # the association is gone
                break
            if "Status" in status:
                answers.append(status.Status)
        association.release()
    return answers


def status_of(gateway, capsys) -> dict:
    capsys.readouterr()
    assert cli.run(["status", "--json", "--settings", str(gateway.settings)]) == 0
    return json.loads(capsys.readouterr().out)


def with_archive(write_settings, archive: Archive) -> Path:
    return write_settings(project='destinations = ["archive"]', peers=DESTINATION.format(port=archive.port))


def test_what_a_scanner_stores_reaches_the_archive_without_the_patient(
    serve, write_settings, archive, capsys
):
    gateway = serve(with_archive(write_settings, archive[0])).ready()
    assert send(gateway.port, range(12)) == [0] * 12
    archive[0].wait_for(12)
    for content in archive[0].received.values():
        assert PATIENT_ID.encode() not in content
        assert b"Schmidt" not in content
        received = dcmread(BytesIO(content))
        assert received.PatientIdentityRemoved == "YES"
        assert not received.StudyInstanceUID.startswith("1.2.3.4")
    assert gateway.stop() == 0
    status = status_of(gateway, capsys)
    (account,) = status["sums"]
    assert (account["answered"], account["stored"], account["forwarded"]) == (12, 12, 12)
    assert status["balanced"] is True
    assert status["running"] is False


def test_the_original_is_nowhere_on_the_disk_and_in_no_log_line(serve, write_settings, archive):
    gateway = serve(with_archive(write_settings, archive[0])).ready()
    send(gateway.port, range(3))
    archive[0].wait_for(3)
    assert gateway.stop() == 0
    for path in gateway.settings.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PATIENT_ID.encode() not in content, path.name
            assert b"Schmidt" not in content, path.name
    assert PATIENT_ID not in json.dumps(gateway.events)


def test_what_waits_for_the_archive_survives_a_restart(serve, write_settings, archive, capsys):
    port = archive[0].port
    archive[0].close()
    gateway = serve(with_archive(write_settings, archive[0])).ready()
    assert send(gateway.port, range(5)) == [0] * 5
    gateway.wait_for("destination_unavailable")
    assert gateway.stop() == 0
    assert status_of(gateway, capsys)["sums"][0]["waiting"] == 5
    archive.append(Archive(port))
    serve(gateway.settings).ready()
    archive[-1].wait_for(5)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["supervisor", "receiver-0", "ledger", "forwarder", "steward"])
def test_nothing_acknowledged_is_lost_when_a_process_is_killed(
    serve, write_settings, archive, capsys, victim
):
    import os

    gateway = serve(with_archive(write_settings, archive[0])).ready()
    answered: list[list[int]] = []
    sender = threading.Thread(target=lambda: answered.append(send(gateway.port, range(200))))
    sender.start()
    archive[0].wait_for(10)
    os.kill(gateway.process.pid if victim == "supervisor" else gateway.pid_of(victim), signal.SIGKILL)
    sender.join(60)
    acknowledged = answered[0].count(0)
    assert acknowledged >= 10
    if victim == "supervisor":
        gateway.end()
        gateway = serve(gateway.settings).ready()
    archive[0].wait_for(acknowledged)
    assert gateway.stop() == 0
    status = status_of(gateway, capsys)
    assert status["balanced"] is True
    assert status["sums"][0]["stored"] >= acknowledged


def test_a_resend_after_the_acknowledgement_is_a_duplicate(serve, write_settings, archive, capsys):
    gateway = serve(with_archive(write_settings, archive[0])).ready()
    assert send(gateway.port, range(4)) == [0] * 4
    assert send(gateway.port, range(4)) == [0] * 4
    archive[0].wait_for(4)
    assert gateway.stop() == 0
    (account,) = status_of(gateway, capsys)["sums"]
    assert (account["answered"], account["stored"], account["duplicates"]) == (8, 4, 4)


def test_status_is_shown_to_people_while_the_gateway_runs(serve, capsys):
    gateway = serve().ready()
    send(gateway.port, range(2))
    assert cli.run(["status", "--settings", str(gateway.settings)]) == 0
    text = capsys.readouterr().out
    assert f"port {gateway.port}" in text
    assert "(own archive)" in text
    assert "DOES NOT ADD UP" not in text


def test_status_before_the_first_start_is_empty(write_settings, capsys):
    assert cli.run(["status", "--settings", str(write_settings())]) == 0
    assert "not running" in capsys.readouterr().out


def test_another_key_stops_the_start(serve):
    gateway = serve().ready()
    send(gateway.port, range(1))
    assert gateway.stop() == 0
    key = gateway.storage / "keys" / "default.key"
    key.rename(key.with_suffix(".old"))
    again = serve(gateway.settings)
    assert again.end() == 4
    assert "pseudonym key" in again.events[-2]["text"]
