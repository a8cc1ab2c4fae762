import pytest

from gateway.errors import LedgerUnavailable
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance
from gateway.linkage.coverage import Unlinked, unlinked
from gateway.linkage.message import RecordLinkage, SealedStudy, SealedUid, UidKind
from gateway.linkage.store import LinkageStore


class World:
    def __init__(self, folder):
        self.paths = folder / "ledger.sqlite", folder / "linkage.sqlite"
        self.ledger, self.linkage = LedgerStore(self.paths[0]), LinkageStore(self.paths[1])

    def commit(self, store, message):
        store.begin()
        assert store.apply(message) in (None, "stored")
        store.commit()

    def receive(self, number, study, project="default", *, linked=True, with_uid=True):
        uid = f"2.25.{number}"
        if linked:
            studies = [SealedStudy(study, "P", "A", "S", b"variant", b"", b"sealed")]
            uids = [SealedUid(uid, UidKind.INSTANCE, study, b"index", b"sealed")] if with_uid else []
            self.commit(self.linkage, RecordLinkage(project, "key", [], studies, uids))
        self.commit(
            self.ledger,
            RecordInstance(
                project=project,
                input_digest=b"%d" % number,
                output_digest=f"{number:032x}",
                path=f"{project}/2.25.8/{uid}.{number:032x}.dcm",
                size=1,
                sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
                sop_instance_uid=uid,
                series_instance_uid=f"{study}.1",
                study_instance_uid=study,
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                attributes={"StudyInstanceUID": study},
                destinations=[],
                peer="ct1",
            ),
        )

    def close(self):
        self.ledger.close()
        self.linkage.close()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def test_what_is_linked_is_not_reported(world):
    assert unlinked(*world.paths) == []
    for number in range(3):
        world.receive(number, "2.25.100")
    assert unlinked(*world.paths) == []


def test_studies_and_instances_without_rows_are_counted_by_project(world):
    world.receive(1, "2.25.100")
    world.receive(2, "2.25.100", linked=False)
    world.receive(3, "2.25.101", linked=False)
    world.receive(4, "2.25.100", "other", linked=False)
    assert unlinked(*world.paths) == [Unlinked("default", 1, 2), Unlinked("other", 1, 0)]


def test_only_the_newest_are_looked_for_when_asked_so(world):
    world.receive(1, "2.25.100", linked=False)
    world.receive(2, "2.25.100")
    assert unlinked(*world.paths, newest=1) == []
    assert unlinked(*world.paths, newest=2) == [Unlinked("default", 0, 1)]


def test_a_project_that_retains_uids_is_judged_by_its_studies(world):
    world.receive(1, "2.25.100", with_uid=False)
    assert unlinked(*world.paths) == []


def test_a_database_that_is_missing_is_said(world, tmp_path):
    with pytest.raises(LedgerUnavailable, match="SQLITE_CANTOPEN"):
        unlinked(world.paths[0], tmp_path / "missing.sqlite")
