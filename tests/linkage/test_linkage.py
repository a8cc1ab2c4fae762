from __future__ import annotations

import msgspec
import pytest

from gateway.errors import KeyGuardError, LedgerUnavailable
from gateway.ledger.message import RecordAudit
from gateway.linkage.linker import Kind, Linker
from gateway.linkage.message import RecordLinkage, UidKind
from gateway.linkage.reidentification import Reidentifier
from gateway.linkage.seal import Sealer
from gateway.linkage.store import LinkageStore

SEALER = Sealer("k1", b"s" * 32)
BLIND_KEY = b"b" * 32
ORIGINALS = {
    "PatientID": "PLANTED-ID-4711",
    "IssuerOfPatientID": "PLANTED-HOSPITAL",
    "PatientName": "Plantédname^Jürgen",
    "PatientBirthDate": "19570823",
    "PatientSex": "M",
    "AccessionNumber": "PLANTEDACC",
    "StudyID": "PLANTEDSTUDY",
    "StudyDate": "20190417",
    "StudyTime": "134756.123",
    "StudyDescription": "Planted description",
    "ReferringPhysicianName": "Plantedreferrer^Änne",
    "StudyInstanceUID": "1.3.6.1.4.1.5962.77.1",
    "SeriesInstanceUID": "1.3.6.1.4.1.5962.77.2",
    "SOPInstanceUID": "1.3.6.1.4.1.5962.77.3",
}
UIDS = {
    "1.3.6.1.4.1.5962.77.1": "2.25.1",
    "1.3.6.1.4.1.5962.77.2": "2.25.2",
    "1.3.6.1.4.1.5962.77.3": "2.25.3",
    "1.3.6.1.4.1.5962.77.4": "2.25.4",
}


@pytest.fixture
def store(tmp_path):
    opened = LinkageStore(tmp_path / "linkage.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def linker():
    return Linker(SEALER, BLIND_KEY)


@pytest.fixture
def audited():
    return []


@pytest.fixture
def reidentifier(tmp_path, store, audited):
    opened = Reidentifier(
        tmp_path / "linkage.sqlite",
        {"k1": SEALER},
        {"default": BLIND_KEY, "other": b"o" * 32},
        audited.append,
    )
    yield opened
    opened.close()


def rows(linker, originals=ORIGINALS, uids=UIDS, project="default", sop="2.25.3"):
    return linker.rows(project, "PSEUDO", "ACC", "STUDY", originals, uids, "2.25.1", "2.25.2", sop)


def commit(store, *messages):
    store.begin()
    replies = [store.apply(message) for message in messages]
    store.commit()
    return replies


def count(store, table):
    return store.database.execute_sql(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0]


def test_no_clear_value_is_in_the_database_files(tmp_path, store, linker):
    commit(store, rows(linker))
    written = b"".join(path.read_bytes() for path in tmp_path.glob("linkage.sqlite*"))
    store.close()
    written += b"".join(path.read_bytes() for path in tmp_path.glob("linkage.sqlite*"))
    assert b"2.25.3" in written
    folded = written.lower()
    planted = [value for keyword, value in ORIGINALS.items() if keyword != "PatientSex"]
    parts = [part for value in [*planted, *UIDS] for part in {value, *value.split("^")}]
    for value in parts:
        for form in (
            value.encode(),
            value.encode("utf-16-le"),
            value.encode("utf-16-be"),
            value.encode("latin-1"),
        ):
            assert form.lower() not in folded
            assert form.hex().encode() not in folded


def test_the_message_on_the_wire_holds_no_clear_value(linker):
    message = rows(linker)
    encoded = msgspec.msgpack.encode(message)
    assert b"lanted" not in encoded.lower()
    assert b"5962.77" not in encoded
    assert msgspec.msgpack.decode(encoded, type=RecordLinkage) == message


def test_everything_sealed_comes_back(store, linker, reidentifier):
    commit(store, rows(linker))
    ask = {"peer": "dr", "reason": "incidental finding"}
    patients = reidentifier.reidentify("default", Kind.PATIENT_ID, "PSEUDO", **ask)
    studies = reidentifier.reidentify("default", Kind.ACCESSION_NUMBER, "ACC", **ask)
    assert {**patients[0], **studies[0]} == {
        keyword: value for keyword, value in ORIGINALS.items() if not keyword.endswith("UID")
    }
    for original, replacement in UIDS.items():
        assert reidentifier.reidentify("default", Kind.UID, replacement, **ask) == [{"UID": original}]


def test_originals_are_found_by_their_blind_index(store, linker, reidentifier):
    commit(store, rows(linker))
    ask = {"peer": "dr", "reason": "withdrawn consent"}
    assert reidentifier.find("default", Kind.PATIENT_ID, " PLANTED-ID-4711 ", **ask) == ["PSEUDO"]
    assert reidentifier.find("default", Kind.ACCESSION_NUMBER, "PLANTEDACC", **ask) == ["ACC"]
    assert reidentifier.find("default", Kind.UID, "1.3.6.1.4.1.5962.77.4", **ask) == ["2.25.4"]
    assert reidentifier.find("default", Kind.PATIENT_ID, "other", **ask) == []
    assert reidentifier.find("other", Kind.PATIENT_ID, "PLANTED-ID-4711", **ask) == []


def test_every_look_up_is_audited_first_and_needs_a_reason(store, linker, reidentifier, audited):
    commit(store, rows(linker))
    reidentifier.reidentify("default", Kind.PATIENT_ID, "PSEUDO", peer="dr", reason="finding")
    reidentifier.find("default", Kind.PATIENT_ID, "PLANTED-ID-4711", peer="dr", reason="consent")
    assert audited == [
        RecordAudit(
            "reidentification",
            "default",
            "dr",
            {"by": "PatientID", "reason": "finding", "replacement": "PSEUDO"},
        ),
        RecordAudit("linkage_find", "default", "dr", {"by": "PatientID", "reason": "consent"}),
    ]
    with pytest.raises(ValueError):
        reidentifier.find("default", Kind.PATIENT_ID, "x", peer="dr", reason=" ")
    with pytest.raises(ValueError):
        reidentifier.reidentify("default", Kind.PATIENT_ID, "PSEUDO", peer="dr", reason="")
    assert len(audited) == 2


def test_nothing_is_read_when_the_audit_entry_cannot_be_kept(tmp_path, store, linker):
    commit(store, rows(linker))

    def refuse(_):
        raise LedgerUnavailable("the ledger writer is not running")

    reidentifier = Reidentifier(tmp_path / "linkage.sqlite", {"k1": SEALER}, {}, refuse)
    with pytest.raises(LedgerUnavailable):
        reidentifier.reidentify("default", Kind.PATIENT_ID, "PSEUDO", peer="dr", reason="finding")


def test_a_description_is_kept_once_and_a_changed_one_beside_it(store, linker, reidentifier):
    married = {**ORIGINALS, "PatientName": "Otherplanted^Jürgen"}
    commit(store, rows(linker), rows(linker), rows(linker, married))
    assert (count(store, "patient"), count(store, "study"), count(store, "uid")) == (2, 1, 4)
    found = reidentifier.reidentify("default", Kind.PATIENT_ID, "PSEUDO", peer="dr", reason="finding")
    assert [values["PatientName"] for values in found] == ["Plantédname^Jürgen", "Otherplanted^Jürgen"]


def test_swapped_rows_do_not_open(store, linker, reidentifier):
    commit(store, rows(linker))
    store.database.execute_sql(
        "UPDATE uid SET sealed = (SELECT sealed FROM uid WHERE replacement = '2.25.4') "
        "WHERE replacement = '2.25.3'"
    )
    store.database.execute_sql("UPDATE study SET pseudonym = 'OTHER'")
    with pytest.raises(KeyGuardError):
        reidentifier.reidentify("default", Kind.UID, "2.25.3", peer="dr", reason="finding")
    with pytest.raises(KeyGuardError):
        reidentifier.reidentify("default", Kind.ACCESSION_NUMBER, "ACC", peer="dr", reason="finding")


def test_a_key_that_is_not_at_hand_is_named(store, reidentifier):
    commit(store, rows(Linker(Sealer("k2", b"x" * 32), BLIND_KEY)))
    with pytest.raises(KeyGuardError, match="key k2"):
        reidentifier.reidentify("default", Kind.UID, "2.25.3", peer="dr", reason="finding")
    with pytest.raises(KeyGuardError, match="no pseudonym key"):
        reidentifier.find("unknown", Kind.UID, "1.2", peer="dr", reason="finding")


def test_rows_that_are_committed_are_not_made_again(store, linker):
    first = rows(linker)
    assert not first.empty
    assert rows(linker).patients
    commit(store, first)
    linker.committed(first)
    assert rows(linker).empty
    again = rows(linker, uids={**UIDS, "1.3.6.1.4.1.5962.77.5": "2.25.5"}, sop="2.25.5")
    assert (again.patients, again.studies) == ([], [])
    assert [(uid.replacement, uid.kind) for uid in again.uids] == [
        ("2.25.3", UidKind.REFERENCE),
        ("2.25.5", UidKind.INSTANCE),
    ]
    assert not rows(linker, project="other").empty


def test_a_reference_becomes_what_it_names_and_never_the_other_way(store, linker, reidentifier):
    named = {"1.3.6.1.4.1.5962.77.3": "2.25.3"}
    reference = linker.rows("default", "P", "", "", {}, named, "2.25.9", "2.25.8", "2.25.7")
    instance = rows(linker)

    def kept():
        return store.database.execute_sql(
            "SELECT kind, study_instance_uid FROM uid WHERE replacement = '2.25.3'"
        ).fetchall()

    commit(store, reference)
    assert kept() == [("reference", "2.25.9")]
    commit(store, instance)
    assert kept() == [("instance", "2.25.1")]
    commit(store, reference)
    assert kept() == [("instance", "2.25.1")]
    found = reidentifier.reidentify("default", Kind.UID, "2.25.3", peer="dr", reason="finding")
    assert found == [{"UID": "1.3.6.1.4.1.5962.77.3"}]


def test_a_patient_without_an_id_is_kept_and_not_found_by_an_empty_one(store, linker, reidentifier):
    commit(store, rows(linker, {"PatientName": "Someone"}))
    assert reidentifier.find("default", Kind.PATIENT_ID, "", peer="dr", reason="finding") == []
    found = reidentifier.reidentify("default", Kind.PATIENT_ID, "PSEUDO", peer="dr", reason="finding")
    assert found == [{"PatientName": "Someone"}]


def test_no_more_than_so_many_rows_are_remembered(linker, monkeypatch):
    monkeypatch.setattr("gateway.linkage.linker._REMEMBERED", 3)
    for number in range(10):
        linker.committed(rows(linker, {}, {f"1.{number}": f"2.25.{number}"}, sop=f"2.25.{number}"))
    assert len(linker._committed) == 3


def test_linkage_never_rings_and_tells_its_rows(store, linker):
    assert not store.has_rows()
    store.begin()
    store.apply(rows(linker))
    assert store.commit() is False
    assert store.has_rows()
    assert store.has_rows("default")
    assert not store.has_rows("other")
