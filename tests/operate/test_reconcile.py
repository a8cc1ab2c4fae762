import time
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from gateway.association.project import Project
from gateway.index.search import Search
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import Message, R, RecordInstance, TaskOutcome, TaskState
from gateway.ledger.reader import LedgerReader
from gateway.ledger.retention_message import RemoveInstances
from gateway.ledger.retention_reader import RetentionReader
from gateway.operate.storage.reconcile import Reconciliation, Report
from gateway.spool.spool import Spool

PROJECT = Project(name="default", ae_title="GATEWAY", destinations=("archive",))
SERIES, INSTANCE = "2.25.2", "2.25.3"


def part_10(instance: str = INSTANCE, series: str = SERIES) -> bytes:
    from io import BytesIO

    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.file_meta.MediaStorageSOPClassUID = MRImageStorage
    data_set.file_meta.MediaStorageSOPInstanceUID = instance
    data_set.SpecificCharacterSet = "ISO_IR 192"
    data_set.SOPClassUID, data_set.SOPInstanceUID = MRImageStorage, instance
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "2.25.1", series
    data_set.PatientID = data_set.PatientName = "0123456789ABC"
    data_set.Modality, data_set.ImageType = "MR", ["DERIVED", "PRIMARY"]
    data_set.SeriesDescription = "Schädel"
    data_set.Rows = data_set.Columns = 4
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes(16)
    file = BytesIO()
    data_set.save_as(file, enforce_file_format=True)
    return file.getvalue()


class Store:
    """The storage directory of a gateway that is not running."""

    def __init__(self, directory: Path) -> None:
        self.spool = Spool(directory, min_free_bytes=0)
        self.ledger = LedgerStore(directory / "ledger.sqlite")
        self.reader = LedgerReader(directory / "ledger.sqlite")
        self.states = RetentionReader(directory / "ledger.sqlite")
        self.search = Search(directory / "ledger.sqlite")

    def put(
        self, content: bytes, series: str = SERIES, instance: str = INSTANCE, project: str = "default"
    ) -> str:
        staged = self.spool.stage(project, series, instance, [content])
        staged.publish()
        return staged.path

    def reconcile(self, *projects: Project) -> Report:
        return Reconciliation(
            self.spool, self.ledger, self.reader, self.states, {project.name: project for project in projects}
        ).run()

    def commit(self, message: Message[R]) -> object:
        self.ledger.begin()
        reply = self.ledger.apply(message)
        self.ledger.commit()
        return reply

    def close(self) -> None:
        self.reader.close()
        self.search.close()
        self.states.close()
        self.ledger.close()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    yield store
    store.close()


def test_a_complete_file_without_a_row_is_indexed_and_queued(store):
    path = store.put(part_10())
    assert store.reconcile(PROJECT) == Report(swept=0, reindexed=1, unreadable=0, missing=0)
    (task,) = store.reader.due_tasks("archive", float("inf"), 10)
    assert (task.path, task.sop_instance_uid, task.transfer_syntax_uid) == (
        path,
        INSTANCE,
        ExplicitVRLittleEndian,
    )
    assert task.size == store.spool.path(path).stat().st_size
    assert [entry.kind for entry in store.reader.audit()] == ["stored", "reindexed"]


def test_its_row_has_the_searchable_attributes(store):
    from gateway.index.query import Query
    from gateway.standard.query_retrieve import Level

    store.put(part_10())
    store.reconcile(PROJECT)
    keys = {
        "PatientID": (),
        "StudyInstanceUID": (),
        "SeriesDescription": (),
        "Modality": (),
        "Rows": (),
        "ImageType": (),
    }
    for level, names in (
        (Level.SERIES, ("SeriesDescription", "Modality")),
        (Level.IMAGE, ("Rows", "ImageType")),
        (Level.PATIENT, ("PatientID",)),
    ):
        query = Query(level, frozenset({"default"}), {name: keys[name] for name in names})
        (match,) = [match for page in store.search.pages(query) for match in page]
        expected = {
            "SeriesDescription": "Schädel",
            "Modality": "MR",
            "Rows": "4",
            "ImageType": "DERIVED\\PRIMARY",
            "PatientID": "0123456789ABC",
        }
        assert match.attributes == {name: expected[name] for name in names}


def test_reconciling_twice_changes_nothing(store):
    store.put(part_10())
    store.reconcile(PROJECT)
    assert store.reconcile(PROJECT) == Report(0, 0, 0, 0)
    assert len(store.reader.due_tasks("archive", float("inf"), 10)) == 1


def test_a_series_that_was_emptied_goes_at_the_start(store):
    path = store.put(part_10())
    store.spool.remove([path])
    series = store.spool.path(path).parent
    assert series.exists()
    store.reconcile(PROJECT)
    assert not series.exists()


def test_a_file_of_a_project_that_is_not_set_any_more_is_indexed_and_stays(store):
    path = store.put(part_10(), project="former")
    assert store.reconcile(PROJECT).reindexed == 1
    assert store.reader.known_path(path)
    assert store.spool.path(path).exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"not a DICOM file", part_10()[:400], part_10(instance="2.25.9"), part_10(series="2.25.9")],
    ids=["empty", "other", "cut", "other instance", "other series"],
)
def test_a_file_that_is_not_what_its_name_says_is_reported_and_stays(store, content):
    path = store.put(content)
    assert store.reconcile(PROJECT) == Report(0, 0, 1, 0)
    assert not store.reader.known_path(path)
    assert store.spool.path(path).exists()


def test_a_file_whose_content_was_damaged_is_not_queued(store):
    path = store.put(part_10())
    file = store.spool.path(path)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert store.reconcile(PROJECT).unreadable == 1
    assert store.reader.due_tasks("archive", float("inf"), 10) == []


def test_an_unfinished_file_is_removed(store, tmp_path):
    unfinished = tmp_path / "spool" / "tmp" / "0123"
    unfinished.write_bytes(part_10())
    assert store.reconcile(PROJECT).swept == 1
    assert not unfinished.exists()


def test_a_row_without_its_file_is_reported_and_stays(store):
    path = store.put(part_10())
    store.reconcile(PROJECT)
    store.spool.path(path).unlink()
    assert store.reconcile(PROJECT) == Report(0, 0, 0, 1)
    assert store.reader.known_path(path)


def test_a_file_that_retention_was_about_to_unlink_goes(store):
    path, other = store.put(part_10()), store.put(part_10(instance="2.25.4"), instance="2.25.4")
    store.reconcile(PROJECT)
    for task in store.reader.due_tasks("archive", float("inf"), 10):
        store.commit(TaskOutcome(task.id, TaskState.FORWARDED, 0))
    later = time.time() + 60.0
    (row,) = [row for row, of in store.reader.paths() if of == path]
    assert store.commit(RemoveInstances("default", [row], later, later)) == [path]
    assert store.reconcile(PROJECT) == Report(0, 0, 0, 0, removed=1)
    assert not store.spool.path(path).exists()
    assert store.spool.path(other).exists()
    assert store.reconcile(PROJECT) == Report(0, 0, 0, 0)


def test_a_missing_file_is_reported_whatever_its_instance_is(store):
    first, second = part_10(), part_10() + bytes(8)
    paths = [store.put(content, project="former") for content in (first, second)]
    store.reconcile(PROJECT)
    assert len(store.reader.conflicts()) == 1
    for path in paths:
        store.spool.path(path).unlink()
    assert store.reconcile(PROJECT).missing == 2


def test_more_files_than_one_transaction_takes_are_all_indexed(store):
    for number in range(205):
        instance = f"2.25.{1000 + number}"
        store.put(part_10(instance=instance), instance=instance)
    assert store.reconcile(PROJECT).reindexed == 205
    assert len(store.reader.due_tasks("archive", float("inf"), 1000)) == 205


def test_a_resend_of_a_reindexed_instance_is_a_duplicate(store):
    path = store.put(part_10())
    store.reconcile(PROJECT)
    (task,) = store.reader.due_tasks("archive", float("inf"), 10)
    resent = RecordInstance(
        project="default",
        input_digest=b"digest",
        output_digest=path.split(".")[-2],
        path=path,
        size=task.size,
        sop_class_uid=task.sop_class_uid,
        sop_instance_uid=INSTANCE,
        series_instance_uid=SERIES,
        study_instance_uid="2.25.1",
        transfer_syntax_uid=task.transfer_syntax_uid,
        attributes={},
        destinations=["archive"],
        peer="ct1",
    )
    store.ledger.begin()
    assert store.ledger.apply(resent) == "duplicate"
    store.ledger.commit()
    assert len(store.reader.due_tasks("archive", float("inf"), 10)) == 1
