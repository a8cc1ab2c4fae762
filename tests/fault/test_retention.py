import pytest
from nodes.gateway import RESEARCHER
from nodes.process import wait_until
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import MRImageStorage, StudyRootQueryRetrieveInformationModelGet

pytestmark = pytest.mark.slow


def retrieve(gateway, study):
    """C-GET a study; return the final response and the Instance Numbers that came."""
    came = []
    entity = AE(RESEARCHER)
    entity.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    entity.add_requested_context(MRImageStorage)
    role = build_role(MRImageStorage, scp_role=True)

    def store(event):
        came.append(int(event.dataset.InstanceNumber))
        return 0

    association = entity.associate(
        gateway.address.host,
        gateway.address.port,
        ae_title=gateway.address.ae_title,
        ext_neg=[role],
        evt_handlers=[(evt.EVT_C_STORE, store)],
    )
    assert association.is_established
    query = Dataset()
    query.QueryRetrieveLevel, query.StudyInstanceUID = "STUDY", study
    *_, (final, _) = association.send_c_get(query, StudyRootQueryRetrieveInformationModelGet)
    association.release()
    return final, came


def study_of(gateway):
    from io import BytesIO

    from pydicom import dcmread

    file = next((gateway.storage / "spool").rglob("*.dcm"))
    return str(dcmread(BytesIO(file.read_bytes())).StudyInstanceUID)


def test_delivered_files_go_their_rows_stay_and_a_resend_is_a_duplicate(start, scanner, make, archive):
    gateway = start({"archive": archive.address}, project={"keep_days": 0})
    assert [scanner(gateway).send(make(number)) for number in (1, 2, 3)] == [0] * 3
    gateway.wait_until_forwarded(3)
    study = study_of(gateway)
    final, came = retrieve(gateway, study)
    assert sorted(came) == [1, 2, 3]

    # A file that is lost is one failed sub-operation, not the end of the others.
    lost = next((gateway.storage / "spool").rglob("*.dcm"))
    lost.unlink()
    final, came = retrieve(gateway, study)
    assert (final.Status, len(came), final.NumberOfFailedSuboperations) == (0xB000, 2, 1)

    gateway.stop()
    gateway.start()  # the first turn of the steward is at its start
    wait_until(lambda: gateway.numbers_kept() == [], 60, "the files are removed")
    assert "files_removed" in {event["event"] for event in gateway.events()}
    final, came = retrieve(gateway, study)
    assert (came, final.NumberOfFailedSuboperations) == ([], 3)

    assert [scanner(gateway).send(make(number)) for number in (1, 2, 3)] == [0] * 3
    (total,) = gateway.status()["sums"]
    assert (total["stored"], total["duplicates"], total["forwarded"]) == (3, 3, 3)
    assert total["waiting"] == total["held"] == 0
    assert gateway.numbers_kept() == []
    assert len(archive.received) == 3


def test_a_ledger_that_is_lost_without_a_backup_is_made_anew_by_command(start, scanner, make, archive):
    gateway = start({"archive": archive.address})
    assert [scanner(gateway).send(make(number)) for number in (1, 2)] == [0] * 2
    gateway.wait_until_forwarded(2)
    options = ("--settings", str(gateway.settings))
    assert gateway.run("renew", "ledger", "--reason", "test", *options).returncode == 5
    gateway.stop()
    for file in gateway.storage.glob("ledger.sqlite*"):
        file.unlink()
    done = gateway.run("serve", *options)
    assert (done.returncode, "gateway renew" in done.stderr) == (4, True)
    assert gateway.run("renew", "linkage", "--reason", "test", *options).returncode == 4
    done = gateway.run("renew", "ledger", "--reason", "test", *options)
    assert (done.returncode, done.stderr) == (0, "")
    gateway.start()
    gateway.wait_until_forwarded(2)
    assert sorted(archive.received) == [1, 1, 2, 2]
    assert scanner(gateway).send(make(1)) == 0
    assert gateway.status()["balanced"]
