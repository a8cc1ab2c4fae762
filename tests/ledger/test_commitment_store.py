import json
from contextlib import closing

import pytest

from gateway.ledger.commitment_message import (
    AskForCommitment,
    CloseRequest,
    CommitmentState,
    PostponeAsking,
    PostponeReport,
    RecordReport,
    RecordRequest,
    ReportOutcome,
    RequestOutcome,
    WaiveCommitment,
)
from gateway.ledger.commitment_reader import CommitmentReader
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import InstanceState, RecordInstance, TaskOutcome, TaskState
from gateway.ledger.store import Rejected

CT = "1.2.840.10008.5.1.4.1.1.2"
DAY = 86_400.0


class Ledger:
    """A ledger with a clock that goes by hand."""

    def __init__(self, directory):
        self.now = 1_000_000.0
        self.store = LedgerStore(directory / "ledger.sqlite", clock=lambda: self.now)
        self.reader = CommitmentReader(directory / "ledger.sqlite")
        self.rang = False

    def call(self, message):
        self.store.begin()
        reply = self.store.apply(message)
        self.rang = self.store.commit()
        assert not isinstance(reply, Rejected), reply
        return reply

    def sent(self, number, destination="pacs", content=""):
        """Have an instance stored here and there; return its task."""
        message = RecordInstance(
            project="trial",
            input_digest=f"{number}{content}".encode(),
            output_digest=f"{number}{content}",
            path=f"{number}{content}.dcm",
            size=1,
            sop_class_uid=CT,
            sop_instance_uid=f"2.25.{number}",
            series_instance_uid="2.25.1",
            study_instance_uid="2.25.2",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            attributes={},
            destinations=[destination],
            peer="ct",
            hold_conflict=False,
        )
        self.call(message)
        (task,) = self.rows("SELECT MAX(id) FROM forwardtask")[0]
        self.send(task)
        return task

    def send(self, task):
        self.call(TaskOutcome(task, TaskState.SENT, 0x0000, next_attempt=self.now))

    def ask(self, *tasks, transaction="2.25.7", destination="pacs", seconds=60.0):
        return self.call(AskForCommitment(destination, transaction, list(tasks), self.now + seconds))

    def report(self, *committed, transaction="2.25.7", destination="pacs", **failed):
        uids = [f"2.25.{number}" for number in committed]
        reasons = {f"2.25.{name[1:]}": reason for name, reason in failed.items()}
        return self.call(RecordReport(destination, transaction, uids, reasons, 10.0))

    def request(self, transaction="aa", most=10, peer="ct", count=3, references=1000):
        times = self.now + 60, self.now + 3
        return self.call(
            RecordRequest("trial", peer, transaction, b"sealed", count, *times, most, references)
        )

    def rows(self, text):
        return self.store.database.execute_sql(text).fetchall()

    def tasks(self):
        return {
            task: (state, error)
            for task, state, error in self.rows("SELECT id, state, last_error FROM forwardtask")
        }

    def audit(self, kind):
        return [
            json.loads(detail)
            for (detail,) in self.rows(f"SELECT detail FROM auditentry WHERE kind = '{kind}'")
        ]

    def close(self):
        self.reader.close()
        self.store.close()


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger(tmp_path)) as made:
        yield made


def test_what_is_sent_is_asked_for_once_until_the_time_for_the_report_is_over(ledger):
    first, second = ledger.sent(1), ledger.sent(2)
    ledger.sent(3, "other")
    due = ledger.reader.uncommitted("pacs", ledger.now, 10, 3600.0)
    assert [(one.id, one.sop_class_uid, one.sop_instance_uid) for one in due] == [
        (first, CT, "2.25.1"),
        (second, CT, "2.25.2"),
    ]
    assert ledger.ask(first, second, 3) == 2
    assert ledger.reader.uncommitted("pacs", ledger.now + 59, 10, 3600.0) == []
    assert ledger.reader.next_due("pacs") == ledger.now + 60
    assert len(ledger.reader.uncommitted("pacs", ledger.now + 60, 10, 3600.0)) == 2
    assert ledger.reader.is_awaited("2.25.7")
    assert ledger.report(1, 2) is ReportOutcome.APPLIED
    assert ledger.rang
    assert not ledger.reader.is_awaited("2.25.7")
    assert ledger.reader.next_due("pacs") is None


def test_what_is_not_reported_on_is_asked_for_again(ledger):
    first, second = ledger.sent(1), ledger.sent(2)
    ledger.ask(first, second)
    assert ledger.report(1) is ReportOutcome.APPLIED
    assert [state for state, _ in ledger.tasks().values()] == ["forwarded", "sent"]
    assert ledger.report(2) is ReportOutcome.APPLIED
    assert ledger.report(2) is ReportOutcome.UNKNOWN


def test_asking_can_be_postponed(ledger):
    task = ledger.sent(1)
    ledger.ask(task)
    ledger.call(PostponeAsking("pacs", "2.25.7", ledger.now + 5))
    assert ledger.reader.next_due("pacs") == ledger.now + 5
    ledger.call(PostponeAsking("other", "2.25.7", ledger.now + 9))
    ledger.call(PostponeAsking("pacs", "", ledger.now + 9))
    assert ledger.reader.next_due("pacs") == ledger.now + 5


def test_a_late_report_proves_what_it_commits_to_unless_it_was_sent_again(ledger):
    task, again = ledger.sent(1), ledger.sent(2)
    ledger.ask(task, again)
    ledger.now += 100
    ledger.ask(task, again, transaction="2.25.8")
    ledger.report(transaction="2.25.8", _2=0x0110)
    ledger.now += 100
    ledger.send(again)
    assert ledger.report(1, 2) is ReportOutcome.APPLIED
    assert [state for state, _ in ledger.tasks().values()] == ["forwarded", "sent"]


def test_a_late_failure_is_not_what_the_newer_request_will_get(ledger):
    task = ledger.sent(1)
    ledger.ask(task)
    ledger.ask(task, transaction="2.25.8")
    ledger.report(_1=0x0122)
    assert ledger.tasks()[task] == ("sent", "")
    ledger.report(1, transaction="2.25.8")
    assert ledger.tasks()[task] == ("forwarded", "")


def test_what_fails_is_sent_again_later_each_time_and_held_in_the_end(ledger):
    task = ledger.sent(1)
    delays = []
    for number in range(5):
        transaction = f"2.25.7{number}"
        ledger.ask(task, transaction=transaction)
        ledger.report(transaction=transaction, _1=0x0213)
        state, error = ledger.tasks()[task]
        assert error == "not committed"
        if state == "waiting":
            delays += [due - ledger.now for (due,) in ledger.rows("SELECT next_attempt FROM forwardtask")]
            ledger.send(task)
    assert state == "held"
    assert delays == [10.0, 20.0, 40.0, 80.0]
    assert ledger.rows("SELECT last_status, transaction_uid FROM forwardtask") == [(0x0213, "")]
    assert ledger.audit("held") == [{"task": str(task), "error": "not committed"}]


@pytest.mark.parametrize("reason", [0x0119, 0x0122])
def test_what_sending_again_does_not_change_is_held_at_once(ledger, reason):
    task = ledger.sent(1)
    ledger.ask(task)
    ledger.report(_1=reason)
    assert ledger.tasks()[task] == ("held", "not committed")


def test_a_transaction_uid_that_is_in_use_is_no_fault_of_the_instance(ledger):
    task = ledger.sent(1)
    ledger.ask(task)
    ledger.report(_1=0x0131)
    assert ledger.tasks()[task][0] == "sent"
    assert ledger.reader.next_due("pacs") == ledger.now + 10


def test_without_the_service_what_was_sent_is_delivered_and_audited(ledger):
    task, other = ledger.sent(1), ledger.sent(2, "other")
    assert ledger.call(WaiveCommitment("pacs")) == 1
    assert ledger.call(WaiveCommitment("pacs")) == 0
    assert (ledger.tasks()[task][0], ledger.tasks()[other][0]) == ("forwarded", "sent")
    assert ledger.audit("commitment_waived") == [{"count": "1"}]


def test_a_request_is_pending_until_it_is_closed(ledger):
    assert ledger.request() is RequestOutcome.ACCEPTED
    assert ledger.request() is RequestOutcome.DUPLICATE
    assert ledger.request(peer="mr") is RequestOutcome.ACCEPTED
    assert ledger.reader.pending(ledger.now, 10, 3600.0) == []
    assert [one.content for one in ledger.reader.pending(ledger.now + 3, 10, 3600.0)] == [
        b"sealed",
        b"sealed",
    ]
    ledger.call(PostponeReport("ct", "aa", ledger.now + 9, attempted=True))
    (first, last) = ledger.reader.pending(ledger.now + 9, 10, 3600.0)
    assert (first.peer, first.attempts, last.peer, last.attempts) == ("mr", 0, "ct", 1)
    assert ledger.call(CloseRequest("ct", "aa", CommitmentState.REPORTED, 2, 1))
    assert not ledger.call(CloseRequest("ct", "aa", CommitmentState.REPORTED, 2, 1))
    assert ledger.audit("commitment_reported") == [{"committed": "2", "failed": "1"}]
    assert ledger.rows("SELECT content FROM commitment WHERE peer = 'ct'") == [(b"",)]
    assert ledger.request() is RequestOutcome.ACCEPTED


def test_requests_of_one_modality_are_bounded(ledger):
    assert [ledger.request(str(number), most=2) for number in range(3)][2] is RequestOutcome.FULL
    assert ledger.request("3", most=2, peer="mr") is RequestOutcome.ACCEPTED


def test_what_the_requests_of_one_modality_name_is_bounded(ledger):
    assert ledger.request("0", count=6, references=10) is RequestOutcome.ACCEPTED
    assert ledger.request("1", count=5, references=10) is RequestOutcome.FULL
    assert ledger.request("2", count=5, references=10, peer="mr") is RequestOutcome.ACCEPTED
    assert ledger.request("3", count=4, references=10) is RequestOutcome.ACCEPTED
    ledger.call(CloseRequest("ct", "0", CommitmentState.REPORTED, 6, 0))
    assert ledger.request("4", count=6, references=10) is RequestOutcome.ACCEPTED


def test_requests_of_modalities_that_rest_are_left_out(ledger):
    ledger.request()
    ledger.request(peer="mr")
    (request,) = ledger.reader.pending(ledger.now + 3, 10, 3600.0, ["ct"])
    assert request.peer == "mr"


def test_what_an_archive_never_reported_is_forgotten_after_a_day(ledger):
    task = ledger.sent(1)
    for number in range(3):
        ledger.ask(task, transaction=f"2.25.{number}")
        ledger.now += 0.6 * DAY
    ledger.ask(task, transaction="2.25.3")
    assert ledger.rows("SELECT transaction_uid FROM commitment") == [("2.25.2",), ("2.25.3",)]


def test_what_is_closed_is_forgotten_after_a_month(ledger):
    ledger.request("done")
    ledger.call(CloseRequest("ct", "done", CommitmentState.ABANDONED, 0, 0))
    ledger.request("open")
    ledger.now += 29 * DAY
    ledger.request("other", peer="mr")
    assert len(ledger.rows("SELECT 1 FROM commitment")) == 3
    ledger.now += 2 * DAY
    ledger.request("new")
    assert ledger.rows("SELECT transaction_uid FROM commitment ORDER BY id") == [
        ("open",),
        ("other",),
        ("new",),
    ]


def test_it_is_told_where_every_version_of_an_instance_is(ledger):
    ledger.sent(1)
    task = ledger.sent(2)
    ledger.ask(task)
    ledger.report(2)
    ledger.sent(2, content="changed")
    found = ledger.reader.whereabouts("trial", [f"2.25.{number}" for number in range(1200)])
    assert set(found) == {"2.25.1", "2.25.2"}
    assert [one.tasks for one in found["2.25.1"]] == [(TaskState.SENT,)]
    assert [(one.state, one.tasks, one.path) for one in found["2.25.2"]] == [
        (InstanceState.KEPT, (TaskState.FORWARDED,), "2.dcm"),
        (InstanceState.CONFLICT, (TaskState.SENT,), "2changed.dcm"),
    ]
    assert ledger.reader.whereabouts("other", ["2.25.1"]) == {}


def test_a_clock_that_was_set_back_puts_nothing_off(ledger):
    ledger.ask(ledger.sent(1))
    ledger.request()
    year = 365 * DAY
    assert len(ledger.reader.uncommitted("pacs", ledger.now - year, 10, 3600.0)) == 1
    assert len(ledger.reader.pending(ledger.now - year, 10, 3600.0)) == 1
