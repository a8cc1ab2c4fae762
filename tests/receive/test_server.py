"""The receiver with everything real behind it, and DCMTK before it."""

import hashlib
import os
import shutil
import subprocess
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.ledger.client import LedgerClient
from gateway.ledger.endpoint import listen
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.reader import LedgerReader
from gateway.ledger.writer import Writer
from gateway.linkage.linker import Linker
from gateway.linkage.seal import Sealer, key_id_of
from gateway.linkage.store import LinkageStore
from gateway.operate.wiring.linking import LinkingLedger, ProjectLinker
from gateway.receive.reception import Reception
from gateway.spool.spool import Spool

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"
PROFILE = Path(__file__).parents[2] / "config" / "profiles" / "basic_dates.toml"

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(shutil.which("storescu") is None, reason="DCMTK is not installed"),
]


@pytest.fixture
def store(tmp_path):
    """Give (reception, spool, reader, client) over real databases and files."""
    key = PseudonymKey(bytes(range(32)))
    (tmp_path / "run").mkdir(mode=0o700)
    stores = [LinkageStore(tmp_path / "linkage.sqlite"), LedgerStore(tmp_path / "ledger.sqlite")]
    writer = Writer(listen(tmp_path / "run" / "ledger.sock"), stores)
    thread = threading.Thread(target=writer.run)
    thread.start()
    with ExitStack() as stack:
        for one in stores:
            stack.callback(one.close)
        stack.callback(thread.join)
        stack.callback(writer.stop)
        client = stack.enter_context(LedgerClient(tmp_path / "run" / "ledger.sock"))
        reader = stack.enter_context(closing(LedgerReader(tmp_path / "ledger.sqlite")))
        sealing = bytes(range(1, 33))
        linkers = {"trial": Linker(Sealer(key_id_of(sealing), sealing), key.subkey("blind"))}
        spool = Spool(tmp_path, min_free_bytes=0)
        reception = Reception(
            {"trial": Deidentifier(Profile.load(PROFILE.read_text(), PROFILE.name), key)},
            spool,
            {name: ProjectLinker(linker) for name, linker in linkers.items()},
            LinkingLedger(client, linkers),
            reader,
            {"trial": key.subkey("digest")},
            100_000_000,
        )
        yield reception, spool, reader


def written(folder, number, **changes):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = EXPLICIT, CT
    data_set = Dataset()
    data_set.SOPClassUID, data_set.SOPInstanceUID = CT, f"1.2.3.4.{number}"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    data_set.PatientName, data_set.PatientID, data_set.Modality = "Doe^John", "PID-4711", "CT"
    data_set.StudyDate, data_set.PatientBirthDate = "20200102", "19500607"
    data_set.Rows = data_set.Columns = 64
    data_set.BitsAllocated = data_set.BitsStored = 16
    data_set.HighBit, data_set.PixelRepresentation, data_set.SamplesPerPixel = 15, 0, 1
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.PixelData = hashlib.shake_256(b"%d" % number).digest(64 * 64 * 2)
    for keyword, value in changes.items():
        setattr(data_set, keyword, value)
    data_set.file_meta = meta
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    data_set.save_as(folder / f"{number:04}.dcm", enforce_file_format=True)


def dcmtk(program, port, *arguments, calling="CT"):
    environment = {**os.environ, "TCP_NODELAY": "1"}
    command = [program, "-aet", calling, "-aec", "TRIAL", "127.0.0.1", str(port), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_echoscu_verifies(store, serve):
    _, port = serve(store[0])
    assert dcmtk("echoscu", port).returncode == 0
    assert "Calling AE Title Not Recognized" in dcmtk("echoscu", port, calling="NOBODY").stderr


def test_what_storescu_sends_is_kept_deidentified_and_due_for_the_archive(store, serve, tmp_path):
    reception, spool, reader = store
    sent = tmp_path / "sent"
    sent.mkdir()
    for number in range(1, 21):
        written(sent, number)
    _, port = serve(reception)
    for _ in range(2):
        assert dcmtk("storescu", port, "+sd", sent).returncode == 0
    files = [spool.path(relative) for relative in spool.files()]
    assert len(files) == 20
    for file in files:
        content = file.read_bytes()
        assert not any(value in content for value in (b"Doe", b"PID-4711", b"1.2.3.4.", b"19500607"))
        assert pydicom.dcmread(file).PatientIdentityRemoved == "YES"
    (account,) = reader.sums()
    assert (account.answered, account.stored, account.duplicates, account.waiting) == (40, 20, 20, 20)
    assert len(reader.due_tasks("pacs", 2e9, 100)) == 20
    assert all(reader.known_path(relative) for relative in spool.files())


def test_several_senders_at_once_lose_and_repeat_nothing(store, serve, tmp_path):
    reception, spool, reader = store
    sent = tmp_path / "sent"
    sent.mkdir()
    for number in range(1, 16):
        written(sent, number)
    _, port = serve(reception)
    results = []

    def send():
        results.append(dcmtk("storescu", port, "+sd", sent).returncode)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0] * 4
    assert len(list(spool.files())) == 15
    (account,) = reader.sums()
    assert (account.stored, account.duplicates) == (15, 45)


def test_changed_content_under_a_known_uid_is_held(store, serve, tmp_path):
    reception, spool, reader = store
    sent = tmp_path / "sent"
    sent.mkdir()
    _, port = serve(reception)
    written(sent, 1)
    assert dcmtk("storescu", port, "+sd", sent).returncode == 0
    written(sent, 1, InstanceNumber="7")
    assert dcmtk("storescu", port, "+sd", sent).returncode == 0
    assert len(list(spool.files())) == 2
    assert len(reader.held()) == 1


def test_a_refusal_is_counted_and_leaves_no_file(store, serve, tmp_path):
    reception, spool, reader = store
    sent = tmp_path / "sent"
    sent.mkdir()
    written(sent, 1, BurnedInAnnotation="YES")
    _, port = serve(reception)
    answer = dcmtk("storescu", port, "-v", "+sd", sent)
    assert "Error: CannotUnderstand" in answer.stderr
    assert list(spool.files()) == []
    assert [(one.reason, one.count) for one in reader.refusals()] == [("unexamined_pixels", 1)]
    assert list((tmp_path / "spool" / "tmp").iterdir()) == []
