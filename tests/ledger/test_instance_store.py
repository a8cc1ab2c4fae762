from __future__ import annotations

import json
import zlib
from contextlib import closing

import pytest

from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import (
    Outcome,
    RecordAudit,
    RecordDuplicate,
    RecordInstance,
    RecordRefusal,
    TaskOutcome,
    TaskState,
)
from gateway.ledger.store import Rejected


def rows(store, text):
    return store.database.execute_sql(text).fetchall()


def only_sum(reader):
    (account,) = reader.sums()
    assert account.balanced
    return account


def test_a_new_instance_is_stored_with_its_tasks_and_an_audit_entry(store, reader, commit, record):
    assert commit(store, record(destinations=["archive", "second", "archive"])) == [Outcome.STORED]
    assert [account.destination for account in reader.sums()] == ["archive", "second"]
    assert all(account.balanced and account.waiting == 1 for account in reader.sums())
    (entry,) = reader.audit()
    assert (entry.kind, entry.project, entry.peer) == ("stored", "default", "ct1")
    assert entry.detail == {"sop_instance_uid": "2.25.91"}


def test_a_project_without_destination_has_an_account(store, reader, commit, record):
    commit(store, record(destinations=[]))
    account = only_sum(reader)
    assert (account.destination, account.answered, account.stored, account.waiting) == ("", 1, 1, 0)


def test_the_same_input_is_a_duplicate(store, reader, commit, record):
    assert commit(store, record(), record()) == [Outcome.STORED, Outcome.DUPLICATE]
    account = only_sum(reader)
    assert (account.answered, account.stored, account.duplicates) == (2, 1, 1)


def test_the_same_output_from_another_input_is_a_duplicate(store, reader, commit, record):
    other = record(input_digest=b"other")
    assert commit(store, record(), other) == [Outcome.STORED, Outcome.DUPLICATE]
    assert not reader.known("default", b"other")
    only_sum(reader)


def test_other_content_under_the_same_uid_is_a_conflict_and_held(store, reader, commit, record):
    other = record(input_digest=b"other", output_digest="0" * 32, path="default/2.25.10/2.25.91.x.dcm")
    assert commit(store, record(), other, other) == [Outcome.STORED, Outcome.CONFLICT, Outcome.DUPLICATE]
    account = only_sum(reader)
    assert (account.stored, account.duplicates, account.waiting, account.held) == (2, 1, 1, 1)
    (held,) = reader.held()
    assert (held.error, held.path) == ("conflict", other.path)
    assert rows(store, "SELECT state FROM instance ORDER BY id") == [("kept",), ("conflict",)]


def test_a_conflict_is_forwarded_where_the_project_says_so(store, reader, commit, record):
    other = record(input_digest=b"other", output_digest="0" * 32, hold_conflict=False)
    assert commit(store, record(), other) == [Outcome.STORED, Outcome.CONFLICT]
    assert (only_sum(reader).waiting, only_sum(reader).held) == (2, 0)


def test_two_projects_do_not_share_anything(store, reader, commit, record):
    assert commit(store, record(), record(project="other")) == [Outcome.STORED, Outcome.STORED]
    assert [(account.project, account.stored) for account in reader.sums()] == [("default", 1), ("other", 1)]
    assert rows(store, "SELECT COUNT(*) FROM patient") == [(2,)]


def test_a_file_indexed_anew_learns_its_input_from_the_next_send(store, reader, commit, record):
    assert commit(store, record(input_digest=b"", peer="")) == [Outcome.STORED]
    assert not reader.known("default", record().input_digest)
    assert commit(store, record()) == [Outcome.DUPLICATE]
    assert reader.known("default", record().input_digest)


def test_the_first_value_of_an_entity_stays_and_an_empty_one_is_filled(store, commit, record):
    commit(
        store,
        record(1, attributes={"PatientID": "A", "PatientName": "First", "StudyDate": ""}),
        record(2, attributes={"PatientID": "A", "PatientName": "Second", "StudyDate": "20200101"}),
        record(3, attributes={"PatientID": "A", "PatientName": "", "StudyDate": "20210101"}),
    )
    assert rows(store, "SELECT PatientName FROM patient") == [("First",)]
    assert rows(store, "SELECT StudyDate FROM study") == [("20200101",)]
    assert rows(store, "SELECT COUNT(*) FROM series") == [(1,)]


def test_the_uids_of_the_message_count_not_those_of_its_attributes(store, commit, record):
    commit(store, record(attributes={"SOPInstanceUID": "1", "StudyInstanceUID": "2", "Rows": "512"}))
    assert rows(store, 'SELECT SOPInstanceUID, "Rows" FROM instance') == [("2.25.91", "512")]
    assert rows(store, "SELECT StudyInstanceUID FROM study") == [("2.25.7",)]


def test_entities_are_made_again_after_their_transaction_was_undone(store, reader, commit, record):
    store.begin()
    store.apply(record(1))
    store.rollback()
    assert commit(store, record(2)) == [Outcome.STORED]
    assert only_sum(reader).stored == 1


def test_entities_are_made_again_after_their_message_was_rejected(store, reader, commit, record):
    spoiled = record(1, size=1 << 70)
    replies = commit(store, spoiled, record(2))
    assert replies == [Rejected("the ledger rejected the message: OverflowError"), Outcome.STORED]
    account = only_sum(reader)
    assert (account.answered, account.stored) == (1, 1)


def test_a_destination_added_later_does_not_unbalance_the_account(store, reader, commit, record):
    commit(store, record(1), record(2, destinations=["archive", "new"]))
    new = next(account for account in reader.sums() if account.destination == "new")
    assert (new.stored, new.unaddressed, new.waiting) == (2, 1, 1)
    assert new.balanced


def test_a_lost_task_or_instance_unbalances_the_account(store, reader, commit, record):
    commit(store, record(1), record(2))
    store.database.execute_sql("DELETE FROM forwardtask WHERE id = 1")
    assert not reader.sums()[0].balanced
    store.database.execute_sql("DELETE FROM forwardtask")
    store.database.execute_sql("DELETE FROM instance WHERE id = 1")
    assert not reader.sums()[0].balanced


def test_refusals_are_counted_and_audited(store, reader, commit):
    refusal = RecordRefusal("default", "ct1", "residual", "1.2", "1.3", 0x00101010)
    commit(store, refusal, refusal, RecordRefusal("default", "ct1", "limit"))
    assert [(row.reason, row.count) for row in reader.refusals()] == [("limit", 1), ("residual", 2)]
    first, other = reader.audit()
    assert (first.kind, first.detail["tag"], first.detail["count"]) == ("refused", "00101010", "2")
    assert (other.kind, other.detail["reason"]) == ("refused", "limit")
    assert "count" not in other.detail


@pytest.fixture
def flooded(tmp_path):
    now = [1000.0]
    with closing(LedgerStore(tmp_path / "ledger.sqlite", clock=lambda: now[0])) as opened:
        yield opened, now


def test_a_flood_of_refusals_is_one_entry_a_minute_and_counted_each(flooded, reader, commit):
    store, now = flooded
    alike = [RecordRefusal("default", "ct1", "structure", "1.2")] * 300
    commit(store, *alike)
    now[0] = 1059.9
    commit(store, *alike, RecordRefusal("default", "ct2", "structure", "1.2"))
    now[0] = 1060.0
    commit(store, *alike, RecordRefusal("default", "ct1", "structure", "1.3"))
    found = [
        (entry.peer, entry.detail["sop_class_uid"], entry.detail.get("count")) for entry in reader.audit()
    ]
    assert found == [("ct1", "1.2", "600"), ("ct2", "1.2", None), ("ct1", "1.2", "300"), ("ct1", "1.3", None)]
    assert [(row.reason, row.count) for row in reader.refusals()] == [("structure", 902)]


def test_who_may_not_store_has_one_entry_a_minute_whatever_it_sends(flooded, reader, commit):
    store, now = flooded
    commit(store, *(RecordRefusal("default", "r", "not_authorized", f"1.{number}") for number in range(50)))
    now[0] = 1060.0
    commit(store, RecordRefusal("default", "r", "not_authorized"))
    assert [entry.detail["sop_class_uid"] for entry in reader.audit()] == ["1.0", ""]
    assert [(row.reason, row.count) for row in reader.refusals()] == [("not_authorized", 51)]


def test_a_refusal_whose_transaction_was_undone_is_entered_anew(store, reader, commit):
    refusal = RecordRefusal("default", "ct1", "structure", "1.2")
    store.begin()
    store.apply(refusal)
    store.rollback()
    commit(store, refusal, refusal)
    (entry,) = reader.audit()
    assert entry.detail["count"] == "2"
    assert [row.count for row in reader.refusals()] == [2]


def test_duplicates_recognised_by_the_receiver_are_answered_and_counted(store, reader, commit, record):
    commit(store, record(), RecordDuplicate("default", "ct1"))
    account = only_sum(reader)
    assert (account.answered, account.duplicates) == (2, 1)


def test_an_attempt_that_failed_is_due_later(store, reader, commit, record):
    commit(store, record())
    assert commit(store, TaskOutcome(1, TaskState.WAITING, 0xA700, "out of resources", 2000.0)) == [True]
    assert reader.due_tasks("archive", 1999.0, 10) == []
    (task,) = reader.due_tasks("archive", 2000.0, 10)
    assert task.attempts == 1
    assert reader.next_due("archive") == 2000.0


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        (TaskState.FORWARDED, TaskState.WAITING, False),
        (TaskState.FORWARDED, TaskState.DROPPED, False),
        (TaskState.DROPPED, TaskState.WAITING, False),
        (TaskState.DROPPED, TaskState.FORWARDED, True),
        (TaskState.HELD, TaskState.FORWARDED, True),
        (TaskState.HELD, TaskState.DROPPED, True),
    ],
)
def test_what_was_delivered_stays_delivered(store, reader, commit, record, before, now, changes):
    commit(store, record(), TaskOutcome(1, before))
    assert commit(store, TaskOutcome(1, now)) == [changes]
    assert getattr(only_sum(reader), (now if changes else before).value) == 1


def test_a_released_task_starts_anew(store, reader, commit, record):
    commit(store, record(), TaskOutcome(1, TaskState.HELD, 0xC000, "refused by the destination"))
    assert commit(store, TaskOutcome(1, TaskState.WAITING)) == [True]
    (task,) = reader.due_tasks("archive", 0.0, 10)
    assert task.attempts == 0
    assert [entry.kind for entry in reader.audit()] == ["stored", "held", "released"]


def test_a_drop_is_audited(store, reader, commit, record):
    commit(store, record(), TaskOutcome(1, TaskState.DROPPED, error="dropped by command"))
    assert (only_sum(reader).dropped, reader.audit()[-1].kind) == (1, "dropped")
    assert reader.audit()[-1].detail == {"task": "1", "error": "dropped by command"}


def test_a_task_that_does_not_exist_is_rejected(store, commit):
    assert isinstance(commit(store, TaskOutcome(7, TaskState.FORWARDED))[0], Rejected)


def test_an_audit_entry_keeps_its_detail(store, reader, commit):
    commit(store, RecordAudit("start", "", "", {"version": "1"}))
    assert reader.audit()[0].detail == {"version": "1"}
    assert json.loads(rows(store, "SELECT detail FROM auditentry")[0][0]) == {"version": "1"}


def test_only_changed_tasks_ring(store, record):
    for message, rings in [
        (record(), True),
        (record(), False),
        (record(2, destinations=[]), False),
        (TaskOutcome(1, TaskState.FORWARDED), True),
        (TaskOutcome(1, TaskState.FORWARDED), False),
    ]:
        store.begin()
        store.apply(message)
        assert store.commit() is rings


def test_rows_of_a_project_are_told(store, commit, record):
    assert not store.has_rows()
    commit(store, record())
    assert store.has_rows()
    assert store.has_rows("default")
    assert not store.has_rows("other")


def test_a_message_of_every_field_survives_the_wire(record):
    import msgspec

    message = record()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=RecordInstance) == message


TREATED = {"treatment_digest": b"digest", "treatment": zlib.compress(b"content")}


def test_what_was_done_is_kept_once_for_instances_that_were_treated_alike(store, reader, commit, record):
    commit(store, record(1, **TREATED), record(2, **TREATED))
    commit(store, record(3, treatment_digest=b"other", treatment=zlib.compress(b"other")), record(4))
    assert rows(store, "SELECT count(*) FROM treatment") == [(2,)]
    assert [one.treatment for n in (1, 2, 3, 4) for one in reader.treated(f"2.25.9{n}")] == [
        "content", "content", "other", "",
    ]  # fmt: skip


def test_what_was_done_is_told_with_the_output_it_was_done_to(store, reader, commit, record):
    commit(store, record(**TREATED))
    (one,) = reader.treated("2.25.91")
    assert (one.project, one.pseudonym, one.study_instance_uid) == ("default", "ABCDE", "2.25.7")
    assert reader.treated("2.25.92") == []


def test_what_was_done_is_undone_with_its_instance(store, reader, commit, record):
    store.begin()
    store.apply(record(**TREATED))
    store.rollback()
    assert rows(store, "SELECT count(*) FROM treatment") == [(0,)]
    broken = record(**TREATED, size="no number", path=None)
    assert [type(reply) for reply in commit(store, broken)] == [Rejected]
    assert rows(store, "SELECT count(*) FROM treatment") == [(0,)]


def test_a_file_that_was_indexed_again_learns_what_was_done_when_it_is_sent_again(
    store, reader, commit, record
):
    commit(store, record(input_digest=b""))
    assert [one.treatment for one in reader.treated("2.25.91")] == [""]
    assert commit(store, record(**TREATED)) == [Outcome.DUPLICATE]
    assert [one.treatment for one in reader.treated("2.25.91")] == ["content"]


def test_a_conflict_has_its_own_treatment(store, reader, commit, record):
    other = {"input_digest": b"other", "output_digest": "0" * 32, "path": "default/x"}
    commit(
        store, record(**TREATED), record(**other, treatment_digest=b"o", treatment=zlib.compress(b"other"))
    )
    assert [one.treatment for one in reader.treated("2.25.91")] == ["content", "other"]


def test_a_treatment_that_cannot_be_read_is_rejected_with_its_instance(store, reader, commit, record):
    (reply,) = commit(store, record(treatment_digest=b"d", treatment=b"not compressed"))
    assert isinstance(reply, Rejected)
    assert reader.sums() == []
